# Cards of posts, and the pages of a post.
card-place = in { $place }
likes =
    { $count ->
        [one] Einer Person gefällt das.
       *[other] { $count } Leuten gefällt das.
    }
card-claims = gibt sich als { $name } aus
card-edited = bearbeitet { $when }
card-channel = in { $channel }
card-taken-away = Dieser Beitrag wurde gelöscht. Seine Antworten bleiben.
card-pictures = Bilder
card-tags = Schlagwörter
card-links = Links und Anhänge
card-read-on = Weiterlesen
card-replies = Antworten
card-unverified = nicht bestätigt
card-edit = Bearbeiten
card-delete = Löschen
card-gone = Dieser Beitrag wurde gelöscht.
timeline-left-out =
    { $count ->
        [one] Ein Eintrag hier ließ sich nicht lesen und fehlt.
       *[other] { $count } Einträge hier ließen sich nicht lesen und fehlen.
    }
timeline-channels-left-out =
    { $count ->
        [one] Ein Kanal ließ sich nicht lesen; er kommt auf einer späteren Seite.
       *[other] { $count } Kanäle ließen sich nicht lesen; sie kommen auf einer späteren Seite.
    }
timeline-beginning = Hier ist der Anfang.
timeline-look-around = Kanäle ansehen
timeline-older = Ältere Beiträge
threads-shown = Die neuesten { $shown } von { $count } Antworten
threads-latest = Neueste Antworten
timeline-empty = Noch keine Beiträge.
threads-older = Ältere Gespräche
post-left-out =
    { $count ->
        [one] Eine Antwort ließ sich nicht lesen und fehlt.
       *[other] { $count } Antworten ließen sich nicht lesen und fehlen.
    }
post-follow-to-reply = { $follow }, um zu antworten.
post-follow = Folge dem Kanal
post-sign-in-to-reply = { $sign-in }, um zu antworten.
post-uri = Für andere XMPP-Programme: { $uri }
post-title = Beitrag und Antworten
post-like = Gefällt mir
post-unlike = Gefällt mir nicht mehr
post-replies = Antworten
post-replies-hidden = Die Antworten sind nicht lesbar: Der Server, auf dem sie liegen, antwortet nicht oder lässt dich nicht.
post-no-replies = Noch keine Antworten.
post-feed = Feed
edit-reply = Antwort bearbeiten
edit-post = Beitrag bearbeiten
edit-text = Text
edit-hint = Alle, die ihn lesen, sehen, dass er bearbeitet wurde.
edit-keep = Lassen, wie es war
edit-save = Speichern
remove-reply = Diese Antwort löschen?
remove-post = Diesen Beitrag löschen?
remove-reply-means = Die Antwort wird auf dem Server gelöscht, auf dem sie liegt. Kopien, die andere gemacht haben, bleiben vielleicht.
remove-post-means = Der Beitrag und seine Antworten werden auf dem Server gelöscht, auf dem sie liegen. Kopien, die andere gemacht haben, bleiben vielleicht.
remove-button = Löschen
remove-keep = Behalten
card-name-unverified = { $name } (nicht bestätigt)
card-somebody-else = jemand anderes
card-picture = Bild
link-attachment = Anhang
link-related = Dazu
link-via = Über
reply-hint = Alle, die den Beitrag lesen können, können deine Antwort lesen.
post-up = Alle Beiträge von { $channel }
post-somebody = Jemand
post-by = Beitrag von { $author }
post-by-begins = { $author }: { $words }
post-answered = Der Beitrag, auf den das antwortet
