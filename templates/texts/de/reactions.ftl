# The emoji that people attach to a post.
reactions-label = Reaktionen
reactions-add = Reagieren
reactions-any = Ein beliebiges Emoji
reactions-send = Hinzufügen
reactions-of =
    { $count ->
        [one] { $emoji } von einer Person
       *[other] { $emoji } von { $count } Personen
    }
reactions-not-one = Bitte wähle genau ein Emoji.
