# The emoji that people attach to a post.
reactions-label = Reakcje
reactions-add = Zareaguj
reactions-any = Dowolne emoji
reactions-send = Dodaj
reactions-of =
    { $count ->
        [one] { $emoji } od jednej osoby
        [few] { $emoji } od { $count } osób
        [many] { $emoji } od { $count } osób
       *[other] { $emoji } od { $count } osoby
    }
reactions-not-one = Wybierz dokładnie jedno emoji.
