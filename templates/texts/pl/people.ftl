# Followers, roles, requests.
followers-approve = Zgódź się
followers-deny = Odmów
followers-part = Rola: { $person }
followers-change = Zmień
# Follows the button above, for those who do not see the row.
followers-change-whose = rolę: { $person }
followers-left-out = Wymieniono tu tylko { $count } z nich.
followers-let-in = Wpuść ponownie
followers-requests = Czekają na twoją odpowiedź
followers-asks = prosi o obserwowanie
followers-banned = Wykluczeni
followers-invite = Zaproś kogoś
followers-invited = Zaproszenie jest w drodze.
followers-address = Adres tej osoby
followers-invite-button = Zaproś
followers-invite-hint = Zaproszenie pojawi się w zakładce „Obserwowane”.
followers-ban = Wyklucz kogoś
followers-ban-button = Wyklucz
followers-ban-hint = Ta osoba nie będzie mogła czytać tego kanału ani w nim pisać.
role-may-read = może czytać
role-none = bez roli
followers-page = Obserwujący { $channel }
followers-none = Nikt jeszcze nie obserwuje tego kanału.
followers-count =
    { $count ->
        [one] Jeden obserwujący.
        [few] { $count } obserwujących.
        [many] { $count } obserwujących.
       *[other] { $count } obserwującego.
    }
error-no-such-part = Takiej roli w kanale nie ma.
error-address-form = To nie jest adres. Powinien wyglądać jak name@example.org.
