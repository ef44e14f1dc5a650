# Followers, roles, requests.
followers-approve = Zulassen
followers-deny = Ablehnen
followers-part = Rolle von { $person }
followers-change = Ändern
# Follows the button above, for those who do not see the row.
followers-change-whose = : die Rolle von { $person }
followers-left-out = Nur { $count } davon sind hier aufgeführt.
followers-let-in = Wieder zulassen
followers-requests = Warten auf deine Antwort
followers-asks = möchte folgen
followers-banned = Ausgeschlossen
followers-invite = Jemanden einladen
followers-invited = Die Einladung ist unterwegs.
followers-address = Adresse der Person
followers-invite-button = Einladen
followers-invite-hint = Die Einladung steht dann bei ihr unter „Gefolgt“.
followers-ban = Jemanden ausschließen
followers-ban-button = Ausschließen
followers-ban-hint = Die Person kann diesen Kanal dann weder lesen noch darin schreiben.
role-may-read = darf lesen
role-none = keine Rolle
followers-page = Follower von { $channel }
followers-none = Diesem Kanal folgt noch niemand.
followers-count =
    { $count ->
        [one] Ein Follower.
       *[other] { $count } Follower.
    }
error-no-such-part = Diese Rolle gibt es in einem Kanal nicht.
error-address-form = Das ist keine Adresse. Sie sieht aus wie name@example.org.
