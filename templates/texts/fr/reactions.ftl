# The emoji that people attach to a post.
reactions-label = Réactions
reactions-add = Réagir
reactions-any = Un émoji au choix
reactions-send = Ajouter
reactions-of =
    { $count ->
        [one] { $emoji } d’une personne
       *[other] { $emoji } de { $count } personnes
    }
reactions-not-one = Choisissez un seul émoji.
