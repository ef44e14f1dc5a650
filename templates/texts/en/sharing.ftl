# Passing on a post: the form, and what its card says.
share-do = Share
share-title = Share this post
share-text = What you say about it
share-text-hint = You may leave this empty. Then the post itself appears in your channel, with the name of who wrote it.
share-send = Share it
share-back = Back without sharing
share-closed = Only a post that everybody can read can be shared. This one is for some people only.
share-reply = A reply cannot be shared by itself. Share the post that it belongs to.
share-gone = There is nothing left of this post to share.
share-no-edit = This passes on what somebody else wrote, so you cannot change it. You can delete it.
card-shared = Shared from { $channel }
card-quoted = About a post in { $channel }
