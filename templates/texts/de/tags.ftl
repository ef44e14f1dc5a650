# The page of the posts with a tag.
tags-title = #{ $tag }
tags-looked-at-own = Die neuesten Beiträge mit diesem Schlagwort in den Kanälen, denen du folgst, in deinem eigenen und in anderen, die du hier zuletzt gelesen hast.
tags-looked-at-open = Die neuesten Beiträge mit diesem Schlagwort in offenen Kanälen, die hier bekannt sind. Anderswo gibt es vielleicht mehr: Alle kennt niemand.
tags-empty = Keiner dieser Beiträge hat dieses Schlagwort.
tags-feed = Feed
