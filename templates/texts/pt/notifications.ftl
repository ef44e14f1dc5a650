# What somebody is told of: the page, and the bell in the frame of every page.
notifications-title = Notificações
notifications-count =
    { $count ->
        [one] { $count } notificação nova
       *[other] { $count } notificações novas
    }
notifications-new = novo
notifications-unverified = não verificado
notifications-somebody = Alguém
notifications-empty = Nada aqui ainda. Quando alguém responder a você, mencionar você, curtir algo seu, seguir você ou pedir para seguir, aparecerá aqui. { $post } ou { $follow }.
notifications-empty-post = Escreva uma publicação
notifications-empty-follow = siga alguém
notifications-replied = { $who } respondeu a você
notifications-posted = { $who } escreveu no seu canal
notifications-mentioned = { $who } mencionou você
notifications-liked = { $who } curtiu sua publicação
notifications-liked-by-two = { $who } e { $other } curtiram sua publicação
notifications-liked-by-many =
    { $count ->
        [one] { $who }, { $other } e mais uma pessoa curtiram sua publicação
       *[other] { $who }, { $other } e mais { $count } pessoas curtiram sua publicação
    }
notifications-followed = { $who } segue você
notifications-followed-by-two = { $who } e { $other } seguem você
notifications-followed-by-many =
    { $count ->
        [one] { $who }, { $other } e mais uma pessoa seguem você
       *[other] { $who }, { $other } e mais { $count } pessoas seguem você
    }
notifications-requested = { $who } pede para seguir { $channel }
notifications-invited = { $who } convida você a seguir { $channel }
notifications-approve = Aceitar
notifications-approve-who = Aceitar { $who }
notifications-deny = Recusar
notifications-deny-who = Recusar { $who }
