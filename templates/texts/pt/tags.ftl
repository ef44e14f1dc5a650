# The page of the posts with a tag.
tags-title = #{ $tag }
tags-looked-at-own = As publicações mais recentes com esta etiqueta nos canais que você segue, no seu e em outros que você leu aqui há pouco.
tags-looked-at-open = As publicações mais recentes com esta etiqueta nos canais abertos conhecidos aqui. Pode haver mais em outros lugares: ninguém conhece todas.
tags-empty = Nenhuma destas publicações tem esta etiqueta.
tags-feed = Feed
