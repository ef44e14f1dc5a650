# Passing on a post: the form, and what its card says.
share-do = Partilhar
share-title = Partilhar esta publicação
share-text = O que você diz sobre ela
share-text-hint = Você pode deixar vazio. Então a própria publicação aparece no seu canal, com o nome de quem a escreveu.
share-send = Partilhar
share-back = Voltar sem partilhar
share-closed = Só se pode partilhar o que todos podem ler. Esta publicação é só para algumas pessoas.
share-reply = Uma resposta não se partilha sozinha. Partilhe a publicação a que ela pertence.
share-gone = Não resta nada desta publicação para partilhar.
share-no-edit = Isto passa adiante o que outra pessoa escreveu, então você não pode alterar. Você pode excluir.
card-shared = Partilhado de { $channel }
card-quoted = Sobre uma publicação em { $channel }
