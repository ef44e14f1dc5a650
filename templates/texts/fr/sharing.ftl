# Passing on a post: the form, and what its card says.
share-do = Partager
share-title = Partager cette publication
share-text = Ce que vous en dites
share-text-hint = Vous pouvez laisser vide. La publication elle-même apparaît alors dans votre canal, avec le nom de la personne qui l’a écrite.
share-send = Partager
share-back = Revenir sans partager
share-closed = On ne peut partager qu’une publication que tout le monde peut lire. Celle-ci est réservée à certaines personnes.
share-reply = Une réponse ne se partage pas seule. Partagez la publication à laquelle elle appartient.
share-gone = Il ne reste rien de cette publication à partager.
share-no-edit = Ceci transmet ce qu’une autre personne a écrit : vous ne pouvez pas le modifier. Vous pouvez le supprimer.
card-shared = Partagé depuis { $channel }
card-quoted = À propos d’une publication dans { $channel }
