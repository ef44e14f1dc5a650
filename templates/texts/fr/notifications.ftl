# What somebody is told of: the page, and the bell in the frame of every page.
notifications-title = Notifications
notifications-count =
    { $count ->
        [one] { $count } nouvelle notification
       *[other] { $count } nouvelles notifications
    }
notifications-new = nouveau
notifications-unverified = non vérifié
notifications-somebody = Quelqu’un
notifications-empty = Rien pour le moment. Quand quelqu’un vous répond, vous mentionne, aime ce que vous écrivez, vous suit ou le demande, cela apparaît ici. { $post }, ou { $follow }.
notifications-empty-post = Écrivez une publication
notifications-empty-follow = suivez quelqu’un
notifications-replied = { $who } vous a répondu
notifications-posted = { $who } a écrit dans votre canal
notifications-mentioned = { $who } vous a mentionné
notifications-liked = { $who } aime votre publication
notifications-liked-by-two = { $who } et { $other } aiment votre publication
notifications-liked-by-many =
    { $count ->
        [one] { $who }, { $other } et une autre personne aiment votre publication
       *[other] { $who }, { $other } et { $count } autres personnes aiment votre publication
    }
notifications-followed = { $who } vous suit
notifications-followed-by-two = { $who } et { $other } vous suivent
notifications-followed-by-many =
    { $count ->
        [one] { $who }, { $other } et une autre personne vous suivent
       *[other] { $who }, { $other } et { $count } autres personnes vous suivent
    }
notifications-requested = { $who } demande à suivre { $channel }
notifications-invited = { $who } vous invite à suivre { $channel }
notifications-approve = Accepter
notifications-approve-who = Accepter { $who }
notifications-deny = Refuser
notifications-deny-who = Refuser { $who }
