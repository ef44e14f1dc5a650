# Followers, roles, requests.
followers-approve = Aceitar
followers-deny = Recusar
followers-part = Papel de { $person }
followers-change = Alterar
# Follows the button above, for those who do not see the row.
followers-change-whose = o papel de { $person }
followers-left-out = Só { $count } estão listados aqui.
followers-let-in = Readmitir
followers-requests = À espera da sua resposta
followers-asks = pede para seguir
followers-banned = Excluídos
followers-invite = Convidar alguém
followers-invited = O convite está a caminho.
followers-address = Endereço da pessoa
followers-invite-button = Convidar
followers-invite-hint = A pessoa encontra o convite em “Seguindo”.
followers-ban = Excluir alguém
followers-ban-button = Excluir
followers-ban-hint = A pessoa não pode mais ler este canal nem escrever nele.
role-may-read = pode ler
role-none = sem papel
followers-page = Seguidores de { $channel }
followers-none = Ninguém segue este canal ainda.
followers-count =
    { $count ->
        [one] Um seguidor.
       *[other] { $count } seguidores.
    }
error-no-such-part = Esse papel não existe num canal.
error-address-form = Isto não é um endereço. Deve ser como name@example.org.
