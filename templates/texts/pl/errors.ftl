# What went wrong.
error-typed = Twój tekst
error-typed-part = Twój tekst, o ile dotarł
error-sign-in-tab = Zaloguj się w nowej karcie
error-then-here = – potem wróć tutaj i wyślij to jeszcze raz.
error-send-again = Wyślij jeszcze raz
error-address = Adres
error-again = Spróbuj ponownie
error-to-channel = Wróć do kanału
error-home = Na start
connection-lost = Utracono połączenie z serwerem XMPP. Trwa ponowna próba; to, co widzisz, może być nieaktualne.
connection-up = Połączono ponownie.
error-not-whole = Ten formularz nie dotarł w całości.
error-field-missing = W tym formularzu brakuje pola.
files-too-many = Naraz można wysłać najwyżej { $most } plików.
files-too-large = Plik może mieć { $each } MB, a wszystkie razem { $all } MB.
error-then-again = – potem wyślij to jeszcze raz.
error-no-longer = Twój serwer nie przyjmuje już zapisanego hasła. Zaloguj się ponownie.
title-not-found = Nie znaleziono
title-not-allowed = Niedozwolone
title-not-signed-in = Niezalogowano
title-too-often = Za często
title-too-large = Za duże
title-no-answer = Brak odpowiedzi
title-failed = To się nie udało
title-wrong-here = Coś poszło nie tak

# What a server or the connection to it says.
session-not-found = Nic tu nie ma albo nie jest publiczne.
session-forbidden = Serwer na to nie pozwala.
session-timeout = Serwer nie odpowiedział na czas.
session-disconnected = Utracono połączenie z serwerem; trwa ponowna próba.
session-remote-unreachable = Serwer, na którym jest ten kanał, jest nieosiągalny.
session-unsupported = Serwer tego nie potrafi.
session-taken = Kanał o tej nazwie już istnieje.
session-too-large = To więcej, niż przyjmuje serwer.
session-refused = Serwer odmówił: { $words }
session-ended = Sesja się zakończyła.
sign-in-refused = Adres albo hasło jest błędne.
sign-in-domain = Osoby z tego serwera nie mogą się tu zalogować.
sign-in-unreachable = Serwer jest nieosiągalny.
sign-in-timeout = Serwer nie odpowiada.
sign-in-certificate = Certyfikat serwera nie jest ważny dla tej domeny.
sign-in-unencrypted = Serwer nie oferuje szyfrowanego połączenia.
sign-in-mechanism = Serwer nie oferuje bezpiecznego sposobu logowania.
sign-in-protocol = Serwer nie przestrzega protokołu.
sign-in-full = W tej chwili zalogowanych jest tu zbyt wiele osób.
register-closed = Ten serwer nie pozwala zakładać tu kont.
register-elsewhere = Ten serwer zakłada konta na własnej stronie: { $page }
register-taken = Ta nazwa jest zajęta.
register-not-acceptable = Serwer tego nie przyjął: { $words }
register-not-allowed = Serwer na to nie pozwala: { $words }
register-wait = Serwer na razie nie zakłada więcej kont, spróbuj później.
account-unsupported = Twój serwer nie potrafi tego tutaj; może mieć do tego własną stronę.
account-not-allowed = Twój serwer na to nie pozwala.
account-not-allowed-because = Twój serwer na to nie pozwala: { $words }
account-not-acceptable = Twój serwer tego nie przyjął.
account-not-acceptable-because = Twój serwer tego nie przyjął: { $words }
account-wait = Twój serwer na razie nie przyjmuje takiej zmiany, spróbuj później.
account-sign-in-failed = Hasło zmienione, ale logowanie nim się nie udało. { $reason }
name-empty = Nazwa jest pusta.
name-too-long = Nazwa jest dłuższa niż { $most } bajtów.
name-control = Nazwa zawiera znak sterujący.
name-no-address = To nie jest adres XMPP.
opml-too-large = Plik jest za duży.
opml-not-opml = Ten plik to nie OPML.
opml-empty = Plik nie wymienia żadnego kanału adresem xmpp:.
opml-too-many = Plik wymienia więcej niż { $most } kanałów.
file-forbidden = Z tego adresu nic nie jest pobierane.
file-unreachable = Strona nie odpowiada.
file-refused = Strona nie wydaje pliku.
file-too-large = Plik jest za duży.
file-unfit = Takie pliki nie są pokazywane.
file-busy = W tej chwili dzieje się zbyt wiele.

# What this gateway says.
error-not-found = Pod tym adresem nie ma strony.
error-method = Ten adres nie przyjmuje takich żądań.
error-signed-out = Nie jesteś zalogowany.
error-sign-in-ended = Twoje logowanie wygasło.
error-no-guests = Publicznych kanałów nie można tu czytać bez zalogowania.
error-cross-site = Ten formularz przyszedł z innej strony, więc nic nie zrobiono.
error-stale = Ten formularz jest za stary albo w międzyczasie nastąpiło zalogowanie lub wylogowanie, więc nic nie zrobiono. Wyślij go jeszcze raz.
error-no-cookie = Przeglądarka nie wysłała ciasteczka, więc nic nie zrobiono. Zezwól na ciasteczka tej strony i wczytaj ją ponownie.
error-too-large = To więcej, niż mieści formularz.
error-too-often = Za dużo prób. Odczekaj { $wait } i spróbuj ponownie.
error-wait-seconds =
    { $seconds ->
        [one] sekundę
        [few] { $seconds } sekundy
        [many] { $seconds } sekund
       *[other] { $seconds } sekundy
    }
error-wait-minutes =
    { $minutes ->
        [one] minutę
        [few] { $minutes } minuty
        [many] { $minutes } minut
       *[other] { $minutes } minuty
    }
error-too-many-streams = Zbyt wiele stron tego konta jest naraz na żywo.
error-only-json = To jest dostępne tylko jako JSON.
error-busy = Serwer jest zajęty. Spróbuj ponownie za chwilę.
error-timeout = To trwało za długo.
error-internal = Coś poszło tu nie tak. Zostało to odnotowane.
error-incomplete = To żądanie jest niepełne.
error-address-hint = { $problem } Powinien wyglądać jak name@example.org.
