# Blocking people: the list at /account/blocked, and the page of somebody who is blocked.
blocking-title = Pessoas bloqueadas
blocking-lead = Das pessoas que você bloqueia, nada aparece aqui: nem publicações, nem respostas, nem curtidas. Elas não podem escrever para você nem ver quando você está online, em nenhum dos seus programas. Elas não são avisadas. O que está aberto a todos elas ainda podem ler.
blocking-label = Bloquear uma pessoa ou um servidor inteiro
blocking-block = Bloquear
blocking-hint = Uma pessoa, como { $person }, ou todas de um servidor, como { $server }.
blocking-list = Você bloqueou
blocking-nobody = Você não bloqueou ninguém.
blocking-unblock = Desbloquear
blocking-unblock-whom = Desbloquear { $who }
blocking-left-out =
    { $count ->
        [one] Mais um endereço não está na lista.
       *[other] Mais { $count } endereços não estão na lista.
    }
blocking-unsupported = Seu servidor não mantém uma lista de pessoas bloqueadas, então ninguém pode ser bloqueado aqui. Quem o administra pode ativar isso.
blocking-no-address = Isto não é um endereço. Deve ser como name@example.org, ou como example.org para um servidor inteiro.
blocking-yourself = Você não pode bloquear a si.
blocking-own-server = Este é o seu próprio servidor, sem o qual nada funciona. Bloqueie pessoas dele, uma a uma.
blocking-is-blocked = Você bloqueou este endereço, então nada dele é mostrado.
blocking-is-blocked-with-server = Você bloqueou todas as pessoas em { $server }, então nada deste endereço é mostrado.
blocking-changed = Você mudou quem bloqueia.
blocking-reload = Recarregar a página
blocking-whom = Bloquear { $who }…
session-blocked = Você bloqueou este endereço ou todo o servidor dele.
