# What went wrong.
error-typed = O que você escreveu
error-typed-part = O que você escreveu, até onde chegou
error-sign-in-tab = Entrar em uma nova aba
error-then-here = – depois volte aqui e envie de novo.
error-send-again = Enviar de novo
error-address = Endereço
error-again = Tentar de novo
error-to-channel = Voltar ao canal
error-home = Ir para o início
connection-lost = A conexão com o servidor XMPP caiu. Tentando de novo; o que você vê pode estar desatualizado.
connection-up = Conectado de novo.
error-not-whole = Este formulário não chegou inteiro.
error-field-missing = Falta um campo deste formulário.
files-too-many = No máximo { $most } arquivos podem ser enviados de uma vez.
files-too-large = Um arquivo pode ter { $each } MB, e todos juntos { $all } MB.
error-then-again = – depois envie isto de novo.
error-no-longer = Seu servidor não aceita mais a senha guardada. Entre de novo.
title-not-found = Não encontrado
title-not-allowed = Não permitido
title-not-signed-in = Sem sessão
title-too-often = Vezes demais
title-too-large = Grande demais
title-no-answer = Sem resposta
title-failed = Isto não funcionou
title-wrong-here = Algo deu errado

# What a server or the connection to it says.
session-not-found = Não há nada aqui, ou não é público.
session-forbidden = O servidor não permite isto.
session-timeout = O servidor não respondeu a tempo.
session-disconnected = A conexão com o servidor caiu; tentando de novo.
session-remote-unreachable = O servidor que guarda este canal não pode ser alcançado.
session-unsupported = O servidor não sabe fazer isto.
session-taken = Já existe um canal com esse nome.
session-too-large = Isto é mais do que o servidor aceita.
session-refused = O servidor recusou: { $words }
session-ended = A sessão terminou.
sign-in-refused = O endereço ou a senha está errada.
sign-in-domain = Pessoas desse servidor não podem entrar aqui.
sign-in-unreachable = O servidor não pode ser alcançado.
sign-in-timeout = O servidor não responde.
sign-in-certificate = O certificado do servidor não vale para este domínio.
sign-in-unencrypted = O servidor não oferece conexão cifrada.
sign-in-mechanism = O servidor não oferece um modo seguro de entrar.
sign-in-protocol = O servidor não segue o protocolo.
sign-in-full = Há pessoas demais com sessão aqui no momento.
register-closed = Este servidor não deixa criar contas aqui.
register-elsewhere = Este servidor cria contas na sua própria página: { $page }
register-taken = Este nome já está em uso.
register-not-acceptable = O servidor não aceitou isto: { $words }
register-not-allowed = O servidor não permite isto: { $words }
register-wait = O servidor não cria mais contas por agora, tente mais tarde.
account-unsupported = Seu servidor não pode fazer isto aqui; talvez tenha uma página própria para isso.
account-not-allowed = Seu servidor não permite isto.
account-not-allowed-because = Seu servidor não permite isto: { $words }
account-not-acceptable = Seu servidor não aceitou isto.
account-not-acceptable-because = Seu servidor não aceitou isto: { $words }
account-wait = Seu servidor não aceita essa mudança por agora, tente mais tarde.
account-sign-in-failed = A senha foi alterada, mas entrar com ela falhou. { $reason }
name-empty = O nome está vazio.
name-too-long = O nome tem mais de { $most } bytes.
name-control = O nome tem um caractere de controle.
name-no-address = Isto não é um endereço XMPP.
opml-too-large = O arquivo é grande demais.
opml-not-opml = O arquivo não é OPML.
opml-empty = O arquivo não nomeia nenhum canal por um endereço xmpp:.
opml-too-many = O arquivo nomeia mais de { $most } canais.
file-forbidden = Nada é buscado nesse endereço.
file-unreachable = O site não responde.
file-refused = O site não entrega o arquivo.
file-too-large = O arquivo é grande demais.
file-unfit = Este tipo de arquivo não é mostrado.
file-busy = Há coisas demais em andamento no momento.

# What this gateway says.
error-not-found = Não há página neste endereço.
error-method = Este endereço não aceita esse tipo de pedido.
error-signed-out = Você não entrou.
error-sign-in-ended = Sua sessão terminou.
error-no-guests = Canais públicos não podem ser lidos aqui sem entrar.
error-cross-site = Este formulário veio de outro site, então nada foi feito.
error-stale = Este formulário é antigo demais, ou você entrou ou saiu desde então; nada foi feito. Envie de novo.
error-no-cookie = Seu navegador não enviou cookie, então nada foi feito. Permita cookies para este site e recarregue a página.
error-too-large = Isto é mais do que cabe num formulário.
error-too-often = Tentativas demais. Espere { $wait } e tente de novo.
error-wait-seconds =
    { $seconds ->
        [one] um segundo
       *[other] { $seconds } segundos
    }
error-wait-minutes =
    { $minutes ->
        [one] um minuto
       *[other] { $minutes } minutos
    }
error-too-many-streams = Páginas demais desta conta estão ao vivo ao mesmo tempo.
error-only-json = Isto é oferecido só como JSON.
error-busy = O servidor está ocupado. Tente de novo daqui a pouco.
error-timeout = Isto demorou demais.
error-internal = Algo deu errado aqui. Foi anotado.
error-incomplete = Este pedido não está completo.
error-address-hint = { $problem } Deve ser como name@example.org.
