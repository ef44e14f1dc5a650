# The emoji that people attach to a post.
reactions-label = Reacciones
reactions-add = Reaccionar
reactions-any = Un emoji cualquiera
reactions-send = Añadir
reactions-of =
    { $count ->
        [one] { $emoji } de una persona
       *[other] { $emoji } de { $count } personas
    }
reactions-not-one = Elige exactamente un emoji.
