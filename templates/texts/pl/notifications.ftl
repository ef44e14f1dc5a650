# What somebody is told of: the page, and the bell in the frame of every page.
notifications-title = Powiadomienia
notifications-count =
    { $count ->
        [one] { $count } nowe powiadomienie
        [few] { $count } nowe powiadomienia
        [many] { $count } nowych powiadomień
       *[other] { $count } nowego powiadomienia
    }
notifications-new = nowe
notifications-unverified = niezweryfikowane
notifications-somebody = Ktoś
notifications-empty = Na razie nic tu nie ma. Gdy ktoś ci odpowie, wspomni o tobie, polubi twój wpis, zacznie cię obserwować albo o to poprosi, pojawi się to tutaj. { $post } albo { $follow }.
notifications-empty-post = Napisz coś
notifications-empty-follow = zacznij kogoś obserwować
notifications-replied = { $who } odpowiada na twój wpis
notifications-posted = { $who } pisze w twoim kanale
notifications-mentioned = { $who } wspomina o tobie
notifications-liked = { $who } lubi twój wpis
notifications-liked-by-two = { $who } i { $other } lubią twój wpis
notifications-liked-by-many =
    { $count ->
        [one] { $who }, { $other } i jeszcze jedna osoba lubią twój wpis
        [few] { $who }, { $other } i jeszcze { $count } osoby lubią twój wpis
        [many] { $who }, { $other } i jeszcze { $count } osób lubi twój wpis
       *[other] { $who }, { $other } i jeszcze { $count } osoby lubią twój wpis
    }
notifications-followed = { $who } cię obserwuje
notifications-followed-by-two = { $who } i { $other } cię obserwują
notifications-followed-by-many =
    { $count ->
        [one] { $who }, { $other } i jeszcze jedna osoba cię obserwują
        [few] { $who }, { $other } i jeszcze { $count } osoby cię obserwują
        [many] { $who }, { $other } i jeszcze { $count } osób cię obserwuje
       *[other] { $who }, { $other } i jeszcze { $count } osoby cię obserwują
    }
notifications-requested = { $who } prosi o obserwowanie { $channel }
notifications-invited = { $who } zaprasza cię do obserwowania { $channel }
notifications-approve = Zgódź się
notifications-approve-who = Zgódź się: { $who }
notifications-deny = Odmów
notifications-deny-who = Odmów: { $who }
