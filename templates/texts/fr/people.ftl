# Followers, roles, requests.
followers-approve = Accepter
followers-deny = Refuser
followers-part = Rôle de { $person }
followers-change = Modifier
# Follows the button above, for those who do not see the row.
followers-change-whose = le rôle de { $person }
followers-left-out = Seuls { $count } d’entre eux sont affichés ici.
followers-let-in = Réadmettre
followers-requests = En attente de votre réponse
followers-asks = demande à suivre
followers-banned = Exclus
followers-invite = Inviter quelqu’un
followers-invited = L’invitation est en route.
followers-address = Son adresse
followers-invite-button = Inviter
followers-invite-hint = La personne trouve l’invitation dans « Suivis ».
followers-ban = Exclure quelqu’un
followers-ban-button = Exclure
followers-ban-hint = La personne ne peut plus lire ce canal ni y écrire.
role-may-read = peut lire
role-none = aucun rôle
followers-page = Abonnés de { $channel }
followers-none = Personne ne suit encore ce canal.
followers-count =
    { $count ->
        [one] Un abonné.
       *[other] { $count } abonnés.
    }
error-no-such-part = Ce rôle n’existe pas dans un canal.
error-address-form = Ce n’est pas une adresse. Elle ressemble à name@example.org.
