# The frame around every page, Home and the front page.
frame-following = Seguindo
frame-following-news = { $count } com novidades
frame-account = Conta { $address }
frame-skip = Ir para o conteúdo
frame-home = Início
frame-channels = Canais
frame-own = Meu canal
frame-sign-out = Sair
frame-looks = Aparência
frame-sign-in = Entrar
frame-places = Menu principal
frame-about = O Cirrus mostra os canais sociais do XMPP. Suas publicações e o que você segue ficam no seu próprio servidor.
channel-newest = Publicações mais recentes
welcome-title = Canais de pessoas, nos seus próprios servidores
welcome-lead = Leia, escreva e siga pelo XMPP. Você entra com a conta que já tem; nada seu fica guardado aqui.
register-title = Criar uma conta
welcome-channels = Canais conhecidos aqui
home-hint-open = Vai para o seu canal, que é aberto: qualquer pessoa pode ler, com ou sem sessão.
home-first-post = Sua primeira publicação cria o seu canal. Ele é aberto: qualquer pessoa pode ler, com ou sem sessão.
hint-open = Este canal é aberto: qualquer pessoa pode ler, com ou sem sessão.
hint-unknown = O servidor decide quem pode ler este canal.

# A moment, to the minute, in universal time.
moment =
    { $day } { $month ->
        [1] jan.
        [2] fev.
        [3] mar.
        [4] abr.
        [5] maio
        [6] jun.
        [7] jul.
        [8] ago.
        [9] set.
        [10] out.
        [11] nov.
       *[12] dez.
    } { $year }, { $time } UTC

# What the page's script says. The number comes in where $count stands.
script-posts = Mostrar novas publicações ({ $count })
script-replies = Mostrar novas respostas ({ $count })
script-still = Esta página não está mais ao vivo.
script-many = Há páginas demais ao vivo ao mesmo tempo. Esta ficará quando outra for fechada.
script-lost = Sem conexão. As novas publicações aparecem quando ela voltar.
script-size = { $now } de { $most } bytes
script-sending = Enviando os arquivos
script-failed = Isto não chegou, e nada se perdeu: tente de novo daqui a pouco.
