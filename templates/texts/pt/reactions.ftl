# The emoji that people attach to a post.
reactions-label = Reações
reactions-add = Reagir
reactions-any = Um emoji qualquer
reactions-send = Adicionar
reactions-of =
    { $count ->
        [one] { $emoji } de uma pessoa
       *[other] { $emoji } de { $count } pessoas
    }
reactions-not-one = Escolha exatamente um emoji.
