# Cards of posts, and the pages of a post.
card-place = at { $place }
likes =
    { $count ->
        [one] One person likes this.
       *[other] { $count } people like this.
    }
card-claims = claims to be { $name }
card-edited = edited { $when }
card-channel = in { $channel }
card-taken-away = This post was taken away. Its replies remain.
card-pictures = Pictures
card-tags = Tags
card-links = Links and attachments
card-read-on = Read on
card-replies = Replies
card-unverified = not verified
card-edit = Edit
card-delete = Delete
card-gone = This post was taken away.
timeline-left-out =
    { $count ->
        [one] One item here could not be read and is left out.
       *[other] { $count } items here could not be read and are left out.
    }
timeline-channels-left-out =
    { $count ->
        [one] One channel could not be read; it comes with a later page.
       *[other] { $count } channels could not be read; they come with a later page.
    }
timeline-beginning = This is the beginning.
timeline-look-around = Look at the channels
timeline-older = Older posts
threads-shown = The latest { $shown } of { $count } replies
threads-latest = Latest replies
timeline-empty = No posts yet.
threads-older = Older threads
post-left-out =
    { $count ->
        [one] One reply could not be read and is left out.
       *[other] { $count } replies could not be read and are left out.
    }
post-follow-to-reply = { $follow } to reply.
post-follow = Follow the channel
post-sign-in-to-reply = { $sign-in } to reply.
post-uri = For other XMPP programs: { $uri }
post-title = Post and replies
post-like = Like
post-unlike = Take your like back
post-replies = Replies
post-replies-hidden = The replies cannot be read: the server that holds them does not answer, or does not let you.
post-no-replies = No replies yet.
post-feed = Feed
edit-reply = Edit your reply
edit-post = Edit your post
edit-text = Text
edit-hint = Everybody who reads it will see that it was edited.
edit-keep = Keep it as it was
edit-save = Save
remove-reply = Delete this reply?
remove-post = Delete this post?
remove-reply-means = The reply is taken away on the server that holds it. Copies that others made may stay.
remove-post-means = The post and its replies are taken away on the server that holds them. Copies that others made may stay.
remove-button = Delete
remove-keep = Keep it
card-name-unverified = { $name } (not verified)
card-somebody-else = somebody else
card-picture = Picture
link-attachment = Attachment
link-related = Related
link-via = Via
reply-hint = Everybody who can read the post can read your reply.
post-up = All posts of { $channel }
post-somebody = Somebody
post-by = Post by { $author }
post-by-begins = { $author }: { $words }
post-answered = The post that this answers
