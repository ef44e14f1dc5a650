# The page of the posts with a tag.
tags-title = #{ $tag }
tags-looked-at-own = Najnowsze wpisy z tym tagiem w kanałach, które obserwujesz, w twoim własnym i w innych czytanych tu ostatnio.
tags-looked-at-open = Najnowsze wpisy z tym tagiem w znanych tu otwartych kanałach. Gdzie indziej może być ich więcej: nikt nie zna wszystkich.
tags-empty = Żaden z tych wpisów nie ma tego tagu.
tags-feed = Kanał Atom
