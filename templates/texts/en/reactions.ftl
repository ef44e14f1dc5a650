# The emoji that people attach to a post.
reactions-label = Reactions
reactions-add = React
reactions-any = Any one emoji
reactions-send = Add it
reactions-of =
    { $count ->
        [one] { $emoji } from one person
       *[other] { $emoji } from { $count } people
    }
reactions-not-one = Please choose exactly one emoji.
