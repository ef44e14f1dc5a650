# Cards of posts, and the pages of a post.
card-place = em { $place }
likes =
    { $count ->
        [one] Uma pessoa curtiu isto.
       *[other] { $count } pessoas curtiram isto.
    }
card-claims = diz ser { $name }
card-edited = editado em { $when }
card-channel = em { $channel }
card-taken-away = Esta publicação foi removida. As respostas ficam.
card-pictures = Imagens
card-tags = Etiquetas
card-links = Links e anexos
card-read-on = Continuar a ler
card-replies = Respostas
card-unverified = não verificado
card-edit = Editar
card-delete = Excluir
card-gone = Esta publicação foi removida.
timeline-left-out =
    { $count ->
        [one] Um item não pôde ser lido e ficou de fora.
       *[other] { $count } itens não puderam ser lidos e ficaram de fora.
    }
timeline-channels-left-out =
    { $count ->
        [one] Um canal não pôde ser lido; ele vem numa página seguinte.
       *[other] { $count } canais não puderam ser lidos; eles vêm numa página seguinte.
    }
timeline-beginning = Este é o começo.
timeline-look-around = Ver os canais
timeline-older = Publicações mais antigas
threads-shown = As últimas { $shown } de { $count } respostas
threads-latest = Últimas respostas
timeline-empty = Nenhuma publicação ainda.
threads-older = Conversas mais antigas
post-left-out =
    { $count ->
        [one] Uma resposta não pôde ser lida e ficou de fora.
       *[other] { $count } respostas não puderam ser lidas e ficaram de fora.
    }
post-follow-to-reply = { $follow } para responder.
post-follow = Siga o canal
post-sign-in-to-reply = { $sign-in } para responder.
post-uri = Para outros programas XMPP: { $uri }
post-title = Publicação e respostas
post-like = Curtir
post-unlike = Retirar a curtida
post-replies = Respostas
post-replies-hidden = As respostas não podem ser lidas: o servidor que as guarda não responde, ou não deixa você ler.
post-no-replies = Nenhuma resposta ainda.
post-feed = Feed
edit-reply = Editar sua resposta
edit-post = Editar sua publicação
edit-text = Texto
edit-hint = Quem ler verá que foi editado.
edit-keep = Deixar como estava
edit-save = Guardar
remove-reply = Excluir esta resposta?
remove-post = Excluir esta publicação?
remove-reply-means = A resposta é removida no servidor que a guarda. Cópias que outros fizeram podem ficar.
remove-post-means = A publicação e as respostas são removidas no servidor que as guarda. Cópias que outros fizeram podem ficar.
remove-button = Excluir
remove-keep = Manter
card-name-unverified = { $name } (não verificado)
card-somebody-else = outra pessoa
card-picture = Imagem
link-attachment = Anexo
link-related = Relacionado
link-via = Via
reply-hint = Quem pode ler a publicação pode ler sua resposta.
post-up = Todas as publicações de { $channel }
post-somebody = Alguém
post-by = Publicação de { $author }
post-by-begins = { $author }: { $words }
post-answered = A publicação a que isto responde
