# Passing on a post: the form, and what its card says.
share-do = Compartir
share-title = Compartir esta publicación
share-text = Qué dices sobre ella
share-text-hint = Puedes dejarlo vacío. Entonces aparece la propia publicación en tu canal, con el nombre de quien la escribió.
share-send = Compartir
share-back = Volver sin compartir
share-closed = Solo se puede compartir lo que todo el mundo puede leer. Esta publicación es solo para algunas personas.
share-reply = Una respuesta no se puede compartir sola. Comparte la publicación a la que pertenece.
share-gone = De esta publicación no queda nada que compartir.
share-no-edit = Esto transmite lo que escribió otra persona, así que no puedes cambiarlo. Puedes eliminarlo.
card-shared = Compartido desde { $channel }
card-quoted = Sobre una publicación en { $channel }
