# What somebody is told of: the page, and the bell in the frame of every page.
notifications-title = Mitteilungen
notifications-count =
    { $count ->
        [one] { $count } neue Mitteilung
       *[other] { $count } neue Mitteilungen
    }
notifications-new = neu
notifications-unverified = nicht bestätigt
notifications-somebody = Jemand
notifications-empty = Noch nichts da. Wenn dir jemand antwortet, dich erwähnt, etwas von dir mag, dir folgt oder folgen möchte, steht es hier. { $post } oder { $follow }.
notifications-empty-post = Schreib einen Beitrag
notifications-empty-follow = folge jemandem
notifications-replied = { $who } hat dir geantwortet
notifications-posted = { $who } hat in deinem Kanal geschrieben
notifications-mentioned = { $who } hat dich erwähnt
notifications-liked = { $who } gefällt dein Beitrag
notifications-liked-by-two = { $who } und { $other } gefällt dein Beitrag
notifications-liked-by-many =
    { $count ->
        [one] { $who }, { $other } und einer weiteren Person gefällt dein Beitrag
       *[other] { $who }, { $other } und { $count } weiteren gefällt dein Beitrag
    }
notifications-followed = { $who } folgt dir
notifications-followed-by-two = { $who } und { $other } folgen dir
notifications-followed-by-many =
    { $count ->
        [one] { $who }, { $other } und eine weitere Person folgen dir
       *[other] { $who }, { $other } und { $count } weitere folgen dir
    }
notifications-requested = { $who } möchte { $channel } folgen
notifications-invited = { $who } lädt dich ein, { $channel } zu folgen
notifications-approve = Zulassen
notifications-approve-who = { $who } zulassen
notifications-deny = Ablehnen
notifications-deny-who = { $who } ablehnen
