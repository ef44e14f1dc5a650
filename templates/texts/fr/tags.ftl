# The page of the posts with a tag.
tags-title = #{ $tag }
tags-looked-at-own = Les publications les plus récentes avec ce mot-clé dans les canaux que vous suivez, dans le vôtre et dans ceux que vous avez lus ici dernièrement.
tags-looked-at-open = Les publications les plus récentes avec ce mot-clé dans les canaux ouverts connus ici. Il y en a peut-être d’autres ailleurs : personne ne les connaît toutes.
tags-empty = Aucune de ces publications ne porte ce mot-clé.
tags-feed = Flux
