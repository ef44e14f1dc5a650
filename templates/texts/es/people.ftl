# Followers, roles, requests.
followers-approve = Aceptar
followers-deny = Rechazar
followers-part = Papel de { $person }
followers-change = Cambiar
# Follows the button above, for those who do not see the row.
followers-change-whose = el papel de { $person }
followers-left-out = Aquí solo se muestran { $count }.
followers-let-in = Readmitir
followers-requests = Esperan tu respuesta
followers-asks = pide seguir
followers-banned = Expulsados
followers-invite = Invitar a alguien
followers-invited = La invitación está en camino.
followers-address = Su dirección
followers-invite-button = Invitar
followers-invite-hint = Encontrará la invitación en «Siguiendo».
followers-ban = Expulsar a alguien
followers-ban-button = Expulsar
followers-ban-hint = Ya no podrá leer este canal ni escribir en él.
role-may-read = puede leer
role-none = sin papel
followers-page = Seguidores de { $channel }
followers-none = Nadie sigue este canal todavía.
followers-count =
    { $count ->
        [one] Un seguidor.
       *[other] { $count } seguidores.
    }
error-no-such-part = Ese papel no existe en un canal.
error-address-form = Esto no es una dirección. Debe ser como name@example.org.
