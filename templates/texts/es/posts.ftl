# Cards of posts, and the pages of a post.
card-place = en { $place }
likes =
    { $count ->
        [one] A una persona le gusta.
       *[other] A { $count } personas les gusta.
    }
card-claims = dice ser { $name }
card-edited = editado { $when }
card-channel = en { $channel }
card-taken-away = Esta publicación se ha eliminado. Sus respuestas siguen.
card-pictures = Imágenes
card-tags = Etiquetas
card-links = Enlaces y adjuntos
card-read-on = Seguir leyendo
card-replies = Respuestas
card-unverified = sin verificar
card-edit = Editar
card-delete = Eliminar
card-gone = Esta publicación se ha eliminado.
timeline-left-out =
    { $count ->
        [one] Un elemento no se ha podido leer y falta aquí.
       *[other] { $count } elementos no se han podido leer y faltan aquí.
    }
timeline-channels-left-out =
    { $count ->
        [one] Un canal no se ha podido leer; vendrá en una página posterior.
       *[other] { $count } canales no se han podido leer; vendrán en una página posterior.
    }
timeline-beginning = Este es el principio.
timeline-look-around = Mirar los canales
timeline-older = Publicaciones anteriores
threads-shown = Las últimas { $shown } de { $count } respuestas
threads-latest = Últimas respuestas
timeline-empty = Aún no hay publicaciones.
threads-older = Hilos anteriores
post-left-out =
    { $count ->
        [one] Una respuesta no se ha podido leer y falta.
       *[other] { $count } respuestas no se han podido leer y faltan.
    }
post-follow-to-reply = { $follow } para responder.
post-follow = Sigue el canal
post-sign-in-to-reply = { $sign-in } para responder.
post-uri = Para otros programas XMPP: { $uri }
post-title = Publicación y respuestas
post-like = Me gusta
post-unlike = Ya no me gusta
post-replies = Respuestas
post-replies-hidden = Las respuestas no se pueden leer: el servidor que las guarda no responde o no te deja.
post-no-replies = Aún no hay respuestas.
post-feed = Canal Atom
edit-reply = Editar tu respuesta
edit-post = Editar tu publicación
edit-text = Texto
edit-hint = Quien la lea verá que se ha editado.
edit-keep = Dejarla como estaba
edit-save = Guardar
remove-reply = ¿Eliminar esta respuesta?
remove-post = ¿Eliminar esta publicación?
remove-reply-means = La respuesta se elimina en el servidor que la guarda. Las copias que otros hayan hecho pueden quedar.
remove-post-means = La publicación y sus respuestas se eliminan en el servidor que las guarda. Las copias que otros hayan hecho pueden quedar.
remove-button = Eliminar
remove-keep = Conservar
card-name-unverified = { $name } (sin verificar)
card-somebody-else = otra persona
card-picture = Imagen
link-attachment = Adjunto
link-related = Relacionado
link-via = Vía
reply-hint = Quien puede leer la publicación puede leer tu respuesta.
post-up = Todas las publicaciones de { $channel }
post-somebody = Alguien
post-by = Publicación de { $author }
post-by-begins = { $author }: { $words }
post-answered = La publicación a la que responde
