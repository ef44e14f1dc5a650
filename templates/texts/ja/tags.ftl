# The page of the posts with a tag.
tags-title = #{ $tag }
tags-looked-at-own = フォロー中のチャンネル、自分のチャンネル、最近ここで読んだチャンネルから、このタグが付いた新しい投稿を表示しています。
tags-looked-at-open = このサイトが把握している公開チャンネルから、このタグが付いた新しい投稿を表示しています。すべてのチャンネルを把握することは誰にもできないため、ほかにもあるかもしれません。
tags-empty = このタグが付いた投稿は、この中にはありません。
tags-feed = フィード
