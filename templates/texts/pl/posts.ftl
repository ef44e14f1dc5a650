# Cards of posts, and the pages of a post.
card-place = w { $place }
likes =
    { $count ->
        [one] Jedna osoba to lubi.
        [few] { $count } osoby to lubią.
        [many] { $count } osób to lubi.
       *[other] { $count } osoby to lubi.
    }
card-claims = podaje się za { $name }
card-edited = zmieniono { $when }
card-channel = w { $channel }
card-taken-away = Ten wpis usunięto. Odpowiedzi pozostały.
card-pictures = Obrazy
card-tags = Tagi
card-links = Odnośniki i załączniki
card-read-on = Czytaj dalej
card-replies = Odpowiedzi
card-unverified = niezweryfikowane
card-edit = Zmień
card-delete = Usuń
card-gone = Ten wpis usunięto.
timeline-left-out =
    { $count ->
        [one] Jednego elementu nie dało się odczytać i pominięto go.
        [few] { $count } elementów nie dało się odczytać i pominięto je.
        [many] { $count } elementów nie dało się odczytać i pominięto je.
       *[other] { $count } elementu nie dało się odczytać i pominięto je.
    }
timeline-channels-left-out =
    { $count ->
        [one] Jednego kanału nie dało się odczytać; pojawi się na dalszej stronie.
        [few] { $count } kanałów nie dało się odczytać; pojawią się na dalszej stronie.
        [many] { $count } kanałów nie dało się odczytać; pojawią się na dalszej stronie.
       *[other] { $count } kanału nie dało się odczytać; pojawią się na dalszej stronie.
    }
timeline-beginning = To jest początek.
timeline-look-around = Obejrzyj kanały
timeline-older = Starsze wpisy
threads-shown = Ostatnie { $shown } z { $count } odpowiedzi
threads-latest = Ostatnie odpowiedzi
timeline-empty = Nie ma jeszcze wpisów.
threads-older = Starsze wątki
post-left-out =
    { $count ->
        [one] Jednej odpowiedzi nie dało się odczytać i pominięto ją.
        [few] { $count } odpowiedzi nie dało się odczytać i pominięto je.
        [many] { $count } odpowiedzi nie dało się odczytać i pominięto je.
       *[other] { $count } odpowiedzi nie dało się odczytać i pominięto je.
    }
post-follow-to-reply = { $follow }, żeby odpowiedzieć.
post-follow = Obserwuj kanał
post-sign-in-to-reply = { $sign-in }, żeby odpowiedzieć.
post-uri = Dla innych programów XMPP: { $uri }
post-title = Wpis i odpowiedzi
post-like = Lubię to
post-unlike = Cofnij polubienie
post-replies = Odpowiedzi
post-replies-hidden = Odpowiedzi nie można odczytać: serwer, na którym są, nie odpowiada albo na to nie pozwala.
post-no-replies = Nie ma jeszcze odpowiedzi.
post-feed = Kanał Atom
edit-reply = Zmień swoją odpowiedź
edit-post = Zmień swój wpis
edit-text = Tekst
edit-hint = Każdy, kto to przeczyta, zobaczy, że tekst zmieniono.
edit-keep = Zostaw, jak było
edit-save = Zapisz
remove-reply = Usunąć tę odpowiedź?
remove-post = Usunąć ten wpis?
remove-reply-means = Odpowiedź zniknie z serwera, na którym jest. Kopie zrobione przez innych mogą pozostać.
remove-post-means = Wpis i odpowiedzi znikną z serwera, na którym są. Kopie zrobione przez innych mogą pozostać.
remove-button = Usuń
remove-keep = Zachowaj
card-name-unverified = { $name } (niezweryfikowane)
card-somebody-else = ktoś inny
card-picture = Obraz
link-attachment = Załącznik
link-related = Powiązane
link-via = Przez
reply-hint = Kto może przeczytać wpis, może przeczytać twoją odpowiedź.
post-up = Wszystkie wpisy: { $channel }
post-somebody = Ktoś
post-by = Wpis: { $author }
post-by-begins = { $author }: { $words }
post-answered = Wpis, którego to jest odpowiedź
