# The frame around every page, Home and the front page.
frame-following = Obserwowane
frame-following-news = { $count } z nowościami
frame-account = Konto { $address }
frame-skip = Przejdź do treści
frame-home = Start
frame-channels = Kanały
frame-own = Mój kanał
frame-sign-out = Wyloguj
frame-looks = Wygląd
frame-sign-in = Zaloguj się
frame-places = Menu główne
frame-about = Cirrus pokazuje społecznościowe kanały XMPP. Twoje wpisy i to, co obserwujesz, są na twoim własnym serwerze.
channel-newest = Najnowsze wpisy
welcome-title = Kanały ludzi, na ich własnych serwerach
welcome-lead = Czytaj, pisz i obserwuj przez XMPP. Logujesz się kontem, które już masz; nic twojego nie jest tu przechowywane.
register-title = Załóż konto
welcome-channels = Kanały znane tutaj
home-hint-open = Trafi to do twojego kanału, który jest otwarty: każdy może go czytać, zalogowany lub nie.
home-first-post = Pierwszy wpis tworzy twój kanał. Jest otwarty: każdy może go czytać, zalogowany lub nie.
hint-open = Ten kanał jest otwarty: każdy może go czytać, zalogowany lub nie.
hint-unknown = O tym, kto może czytać ten kanał, decyduje serwer.

# A moment, to the minute, in universal time.
moment =
    { $day } { $month ->
        [1] sty
        [2] lut
        [3] mar
        [4] kwi
        [5] maj
        [6] cze
        [7] lip
        [8] sie
        [9] wrz
        [10] paź
        [11] lis
       *[12] gru
    } { $year }, { $time } UTC

# What the page's script says. The number comes in where $count stands.
script-posts = Pokaż nowe wpisy ({ $count })
script-replies = Pokaż nowe odpowiedzi ({ $count })
script-still = Ta strona nie jest już na żywo.
script-many = Zbyt wiele stron jest naraz na żywo. Ta będzie, gdy zamkniesz inną.
script-lost = Brak połączenia. Nowe wpisy pojawią się, gdy wróci.
script-size = { $now } z { $most } bajtów
script-sending = Wysyłanie plików
script-failed = To nie dotarło, ale nic nie przepadło: spróbuj ponownie za chwilę.
