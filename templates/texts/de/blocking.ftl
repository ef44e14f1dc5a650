# Blocking people: the list at /account/blocked, and the page of somebody who is blocked.
blocking-title = Blockierte
blocking-lead = Von Leuten, die du blockierst, siehst du hier nichts: keine Beiträge, keine Antworten, keine Likes. Sie können dir in keinem deiner Programme schreiben und sehen nicht, wann du online bist. Davon erfahren sie nichts. Was für alle offen ist, können sie weiterhin lesen.
blocking-label = Jemanden oder einen ganzen Server blockieren
blocking-block = Blockieren
blocking-hint = Eine Person, etwa { $person }, oder alle auf einem Server, etwa { $server }.
blocking-list = Von dir blockiert
blocking-nobody = Du hast niemanden blockiert.
blocking-unblock = Freigeben
blocking-unblock-whom = { $who } freigeben
blocking-left-out =
    { $count ->
        [one] Eine weitere Adresse ist nicht aufgeführt.
       *[other] { $count } weitere Adressen sind nicht aufgeführt.
    }
blocking-unsupported = Dein Server führt keine Liste blockierter Leute, deshalb kann hier niemand blockiert werden. Wer ihn betreibt, kann das einschalten.
blocking-no-address = Das ist keine Adresse. Sie sieht aus wie name@example.org, oder wie example.org für einen ganzen Server.
blocking-yourself = Du kannst dich nicht selbst blockieren.
blocking-own-server = Das ist dein eigener Server, ohne den nichts geht. Blockiere stattdessen einzelne Leute dort.
blocking-is-blocked = Du hast diese Adresse blockiert, deshalb ist nichts von ihr zu sehen.
blocking-is-blocked-with-server = Du hast alle auf { $server } blockiert, deshalb ist von dieser Adresse nichts zu sehen.
blocking-changed = Du hast geändert, wen du blockierst.
blocking-reload = Seite neu laden
blocking-whom = { $who } blockieren…
session-blocked = Du hast diese Adresse oder ihren ganzen Server blockiert.
