# Cards of posts, and the pages of a post.
card-place = à { $place }
likes =
    { $count ->
        [one] Une personne aime ceci.
       *[other] { $count } personnes aiment ceci.
    }
card-claims = prétend être { $name }
card-edited = modifié le { $when }
card-channel = dans { $channel }
card-taken-away = Cette publication a été supprimée. Ses réponses restent.
card-pictures = Images
card-tags = Mots-clés
card-links = Liens et pièces jointes
card-read-on = Lire la suite
card-replies = Réponses
card-unverified = non vérifié
card-edit = Modifier
card-delete = Supprimer
card-gone = Cette publication a été supprimée.
timeline-left-out =
    { $count ->
        [one] Un élément n’a pas pu être lu et a été omis ici.
       *[other] { $count } éléments n’ont pas pu être lus et ont été omis ici.
    }
timeline-channels-left-out =
    { $count ->
        [one] Un canal n’a pas pu être lu ; il viendra avec une page suivante.
       *[other] { $count } canaux n’ont pas pu être lus ; ils viendront avec une page suivante.
    }
timeline-beginning = C’est le début.
timeline-look-around = Voir les canaux
timeline-older = Publications plus anciennes
threads-shown = Les { $shown } dernières réponses sur { $count }
threads-latest = Dernières réponses
timeline-empty = Pas encore de publication.
threads-older = Fils plus anciens
post-left-out =
    { $count ->
        [one] Une réponse n’a pas pu être lue et a été omise.
       *[other] { $count } réponses n’ont pas pu être lues et ont été omises.
    }
post-follow-to-reply = { $follow } pour répondre.
post-follow = Suivez le canal
post-sign-in-to-reply = { $sign-in } pour répondre.
post-uri = Pour d’autres logiciels XMPP : { $uri }
post-title = Publication et réponses
post-like = J’aime
post-unlike = Je n’aime plus
post-replies = Réponses
post-replies-hidden = Les réponses ne peuvent pas être lues : le serveur qui les héberge ne répond pas ou ne vous y autorise pas.
post-no-replies = Pas encore de réponse.
post-feed = Flux
edit-reply = Modifier votre réponse
edit-post = Modifier votre publication
edit-text = Texte
edit-hint = Toute personne qui la lit verra qu’elle a été modifiée.
edit-keep = La laisser telle quelle
edit-save = Enregistrer
remove-reply = Supprimer cette réponse ?
remove-post = Supprimer cette publication ?
remove-reply-means = La réponse est supprimée sur le serveur qui l’héberge. Les copies que d’autres ont faites peuvent rester.
remove-post-means = La publication et ses réponses sont supprimées sur le serveur qui les héberge. Les copies que d’autres ont faites peuvent rester.
remove-button = Supprimer
remove-keep = Garder
card-name-unverified = { $name } (non vérifié)
card-somebody-else = quelqu’un d’autre
card-picture = Image
link-attachment = Pièce jointe
link-related = En rapport
link-via = Via
reply-hint = Toute personne qui peut lire la publication peut lire votre réponse.
post-up = Toutes les publications de { $channel }
post-somebody = Quelqu’un
post-by = Publication de { $author }
post-by-begins = { $author } : { $words }
post-answered = La publication à laquelle ceci répond
