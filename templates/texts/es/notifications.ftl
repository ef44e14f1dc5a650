# What somebody is told of: the page, and the bell in the frame of every page.
notifications-title = Notificaciones
notifications-count =
    { $count ->
        [one] { $count } notificación nueva
       *[other] { $count } notificaciones nuevas
    }
notifications-new = nuevo
notifications-unverified = sin verificar
notifications-somebody = Alguien
notifications-empty = Aún no hay nada. Cuando alguien te responda, te mencione, le guste algo tuyo, te siga o lo pida, aparecerá aquí. { $post } o { $follow }.
notifications-empty-post = Escribe una publicación
notifications-empty-follow = sigue a alguien
notifications-replied = { $who } te ha respondido
notifications-posted = { $who } ha escrito en tu canal
notifications-mentioned = { $who } te ha mencionado
notifications-liked = A { $who } le gusta tu publicación
notifications-liked-by-two = A { $who } y { $other } les gusta tu publicación
notifications-liked-by-many =
    { $count ->
        [one] A { $who }, { $other } y una persona más les gusta tu publicación
       *[other] A { $who }, { $other } y { $count } personas más les gusta tu publicación
    }
notifications-followed = { $who } te sigue
notifications-followed-by-two = { $who } y { $other } te siguen
notifications-followed-by-many =
    { $count ->
        [one] { $who }, { $other } y una persona más te siguen
       *[other] { $who }, { $other } y { $count } personas más te siguen
    }
notifications-requested = { $who } pide seguir { $channel }
notifications-invited = { $who } te invita a seguir { $channel }
notifications-approve = Aceptar
notifications-approve-who = Aceptar a { $who }
notifications-deny = Rechazar
notifications-deny-who = Rechazar a { $who }
