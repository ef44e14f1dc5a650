# The frame around every page, Home and the front page.
frame-following = Gefolgt
frame-following-news = { $count } mit Neuem
frame-account = Konto { $address }
frame-skip = Zum Inhalt springen
frame-home = Start
frame-channels = Kanäle
frame-own = Mein Kanal
frame-sign-out = Abmelden
frame-looks = Aussehen
frame-sign-in = Anmelden
frame-places = Hauptmenü
frame-about = Cirrus zeigt die sozialen Kanäle von XMPP. Deine Beiträge und wem du folgst, das liegt auf deinem eigenen Server.
channel-newest = Neueste Beiträge
welcome-title = Kanäle von Menschen, auf ihren eigenen Servern
welcome-lead = Lesen, schreiben und folgen über XMPP. Du meldest dich mit dem Konto an, das du schon hast; hier wird nichts von dir aufbewahrt.
register-title = Konto anlegen
welcome-channels = Hier bekannte Kanäle
home-hint-open = Es geht in deinen Kanal. Der ist offen: Alle können ihn lesen, angemeldet oder nicht.
home-first-post = Mit deinem ersten Beitrag entsteht dein Kanal. Er ist offen: Alle können ihn lesen, angemeldet oder nicht.
hint-open = Dieser Kanal ist offen: Alle können ihn lesen, angemeldet oder nicht.
hint-unknown = Der Server entscheidet, wer diesen Kanal lesen kann.

# A moment, to the minute, in universal time.
moment =
    { $day }. { $month ->
        [1] Jan.
        [2] Feb.
        [3] März
        [4] Apr.
        [5] Mai
        [6] Juni
        [7] Juli
        [8] Aug.
        [9] Sept.
        [10] Okt.
        [11] Nov.
       *[12] Dez.
    } { $year }, { $time } UTC

# What the page's script says. The number comes in where $count stands.
script-posts = Neue Beiträge zeigen ({ $count })
script-replies = Neue Antworten zeigen ({ $count })
script-still = Diese Seite ist nicht mehr live.
script-many = Es sind zu viele Seiten gleichzeitig live. Diese wird es, wenn eine andere geschlossen ist.
script-lost = Keine Verbindung. Neue Beiträge erscheinen, sobald sie zurück ist.
script-size = { $now } von { $most } Bytes
script-sending = Die Dateien werden gesendet
script-failed = Das ist nicht angekommen, und nichts ist verloren: Versuch es gleich noch einmal.
