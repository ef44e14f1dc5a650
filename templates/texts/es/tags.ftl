# The page of the posts with a tag.
tags-title = #{ $tag }
tags-looked-at-own = Las publicaciones más recientes con esta etiqueta en los canales que sigues, en el tuyo y en otros que has leído aquí hace poco.
tags-looked-at-open = Las publicaciones más recientes con esta etiqueta en los canales abiertos conocidos aquí. Puede haber más en otros sitios: nadie las conoce todas.
tags-empty = Ninguna de estas publicaciones tiene esta etiqueta.
tags-feed = Canal Atom
