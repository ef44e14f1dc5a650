# Blocking people: the list at /account/blocked, and the page of somebody who is blocked.
blocking-title = Zablokowani
blocking-lead = Od osób, które blokujesz, nie widzisz tu nic: ani wpisów, ani odpowiedzi, ani polubień. Nie mogą do ciebie pisać ani widzieć, kiedy jesteś online, w żadnym twoim programie. Nie są o tym powiadamiane. To, co jest otwarte dla wszystkich, nadal mogą czytać.
blocking-label = Zablokuj osobę albo cały serwer
blocking-block = Zablokuj
blocking-hint = Osobę, na przykład { $person }, albo wszystkich z serwera, na przykład { $server }.
blocking-list = Zablokowane przez ciebie
blocking-nobody = Nikogo nie blokujesz.
blocking-unblock = Odblokuj
blocking-unblock-whom = Odblokuj { $who }
blocking-left-out =
    { $count ->
        [one] Jeszcze jednego adresu nie ma na liście.
        [few] Jeszcze { $count } adresów nie ma na liście.
        [many] Jeszcze { $count } adresów nie ma na liście.
       *[other] Jeszcze { $count } adresu nie ma na liście.
    }
blocking-unsupported = Twój serwer nie prowadzi listy zablokowanych, więc nikogo nie można tu zablokować. Może to włączyć osoba, która go prowadzi.
blocking-no-address = To nie jest adres. Powinien wyglądać jak name@example.org albo jak example.org dla całego serwera.
blocking-yourself = Nie można zablokować samego siebie.
blocking-own-server = To twój własny serwer, bez którego nic nie działa. Zablokuj raczej pojedyncze osoby.
blocking-is-blocked = Ten adres jest przez ciebie zablokowany, więc nic z niego nie widać.
blocking-is-blocked-with-server = Blokujesz wszystkich z { $server }, więc nic z tego adresu nie widać.
blocking-changed = Lista zablokowanych się zmieniła.
blocking-reload = Wczytaj stronę ponownie
blocking-whom = Zablokuj { $who }…
session-blocked = Ten adres albo cały jego serwer jest przez ciebie zablokowany.
