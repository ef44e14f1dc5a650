# What went wrong.
error-typed = Was du geschrieben hast
error-typed-part = Was du geschrieben hast, soweit es angekommen ist
error-sign-in-tab = In einem neuen Tab anmelden
error-then-here = – dann komm hierher zurück und sende es noch einmal.
error-send-again = Noch einmal senden
error-address = Adresse
error-again = Noch einmal versuchen
error-to-channel = Zurück zum Kanal
error-home = Zur Startseite
connection-lost = Die Verbindung zum XMPP-Server ist weg. Neuer Versuch läuft; was du siehst, ist vielleicht veraltet.
connection-up = Wieder verbunden.
error-not-whole = Dieses Formular ist nicht ganz angekommen.
error-field-missing = In diesem Formular fehlt ein Feld.
files-too-many = Höchstens { $most } Dateien lassen sich auf einmal senden.
files-too-large = Eine Datei darf { $each } MB haben, alle zusammen { $all } MB.
error-then-again = – dann sende dies noch einmal.
error-no-longer = Dein Server nimmt das gespeicherte Passwort nicht mehr an. Bitte melde dich neu an.
title-not-found = Nicht gefunden
title-not-allowed = Nicht erlaubt
title-not-signed-in = Nicht angemeldet
title-too-often = Zu oft
title-too-large = Zu groß
title-no-answer = Keine Antwort
title-failed = Das hat nicht geklappt
title-wrong-here = Etwas ist schiefgegangen

# What a server or the connection to it says.
session-not-found = Hier ist nichts, oder es ist nicht öffentlich.
session-forbidden = Der Server erlaubt das nicht.
session-timeout = Der Server hat nicht rechtzeitig geantwortet.
session-disconnected = Die Verbindung zum Server ist weg; neuer Versuch läuft.
session-remote-unreachable = Der Server, auf dem dieser Kanal liegt, ist nicht erreichbar.
session-unsupported = Der Server kann das nicht.
session-taken = Einen Kanal mit diesem Namen gibt es schon.
session-too-large = Das ist mehr, als der Server annimmt.
session-refused = Der Server hat abgelehnt: { $words }
session-ended = Die Sitzung ist beendet.
sign-in-refused = Die Adresse oder das Passwort ist falsch.
sign-in-domain = Leute dieses Servers können sich hier nicht anmelden.
sign-in-unreachable = Der Server ist nicht erreichbar.
sign-in-timeout = Der Server antwortet nicht.
sign-in-certificate = Das Zertifikat des Servers gilt nicht für diese Domain.
sign-in-unencrypted = Der Server bietet keine verschlüsselte Verbindung an.
sign-in-mechanism = Der Server bietet keine sichere Art der Anmeldung an.
sign-in-protocol = Der Server hält sich nicht an das Protokoll.
sign-in-full = Gerade sind hier zu viele Leute angemeldet.
register-closed = Auf diesem Server kann man von hier aus keine Konten anlegen.
register-elsewhere = Dieser Server legt Konten auf seiner eigenen Seite an: { $page }
register-taken = Dieser Name ist vergeben.
register-not-acceptable = Der Server hat das nicht angenommen: { $words }
register-not-allowed = Der Server erlaubt das nicht: { $words }
register-wait = Der Server legt gerade keine weiteren Konten an, versuch es später noch einmal.
account-unsupported = Dein Server kann das hier nicht; vielleicht hat er dafür eine eigene Seite.
account-not-allowed = Dein Server erlaubt das nicht.
account-not-allowed-because = Dein Server erlaubt das nicht: { $words }
account-not-acceptable = Dein Server hat das nicht angenommen.
account-not-acceptable-because = Dein Server hat das nicht angenommen: { $words }
account-wait = Dein Server nimmt gerade keine solche Änderung an, versuch es später noch einmal.
account-sign-in-failed = Das Passwort ist geändert, aber die Anmeldung damit hat nicht geklappt. { $reason }
name-empty = Der Name ist leer.
name-too-long = Der Name ist länger als { $most } Bytes.
name-control = Der Name enthält ein Steuerzeichen.
name-no-address = Das ist keine XMPP-Adresse.
opml-too-large = Die Datei ist zu groß.
opml-not-opml = Die Datei ist kein OPML.
opml-empty = Die Datei nennt keinen Kanal mit einer xmpp:-Adresse.
opml-too-many = Die Datei nennt mehr als { $most } Kanäle.
file-forbidden = Von dieser Adresse wird nichts geholt.
file-unreachable = Die Seite antwortet nicht.
file-refused = Die Seite gibt die Datei nicht heraus.
file-too-large = Die Datei ist zu groß.
file-unfit = Dateien dieser Art werden nicht gezeigt.
file-busy = Gerade ist zu viel unterwegs.

# What this gateway says.
error-not-found = Unter dieser Adresse gibt es keine Seite.
error-method = Diese Adresse nimmt solche Anfragen nicht an.
error-signed-out = Du bist nicht angemeldet.
error-sign-in-ended = Deine Anmeldung ist beendet.
error-no-guests = Öffentliche Kanäle lassen sich hier nicht ohne Anmeldung lesen.
error-cross-site = Dieses Formular kam von einer anderen Website, deshalb ist nichts geschehen.
error-stale = Dieses Formular ist zu alt, oder du hast dich inzwischen an- oder abgemeldet; deshalb ist nichts geschehen. Bitte sende es noch einmal.
error-no-cookie = Dein Browser hat kein Cookie gesendet, deshalb ist nichts geschehen. Erlaube Cookies für diese Seite und lade sie neu.
error-too-large = Das ist mehr, als in ein Formular passt.
error-too-often = Zu viele Versuche. Bitte warte { $wait } und versuch es noch einmal.
error-wait-seconds =
    { $seconds ->
        [one] eine Sekunde
       *[other] { $seconds } Sekunden
    }
error-wait-minutes =
    { $minutes ->
        [one] eine Minute
       *[other] { $minutes } Minuten
    }
error-too-many-streams = Von diesem Konto sind zu viele Seiten gleichzeitig live.
error-only-json = Das gibt es nur als JSON.
error-busy = Der Server ist ausgelastet. Bitte versuch es gleich noch einmal.
error-timeout = Das hat zu lange gedauert.
error-internal = Hier ist etwas schiefgegangen. Es ist notiert.
error-incomplete = Diese Anfrage ist unvollständig.
error-address-hint = { $problem } Sie sieht aus wie name@example.org.
