# Drafts: in the composer, and their list.
drafts-title = Twoje szkice
drafts-where = Są przechowywane na twoim własnym serwerze i tylko ty możesz je czytać.
drafts-none = Nie masz szkiców.
drafts-no-words = Bez tekstu
drafts-for = do { $channel }, zapisany { $when }
drafts-go-on = Pisz dalej
drafts-remove = Wyrzuć
drafts-keep = Zapisz jako szkic
drafts-list = Twoje szkice
drafts-full = Więcej szkiców się nie zmieści. Najpierw opublikuj lub wyrzuć któryś z nich.
