# The page of the posts with a tag.
tags-title = #{ $tag }
tags-looked-at-own = The newest posts with this tag in the channels you follow, in your own, and in others that you read here lately.
tags-looked-at-open = The newest posts with this tag in open channels that are known here. There may be more elsewhere: nobody knows all of them.
tags-empty = None of these posts has this tag.
tags-feed = Feed
