# Drafts: in the composer, and their list.
drafts-title = Your drafts
drafts-where = They are kept on your own server, and only you can read them.
drafts-none = You keep no drafts.
drafts-no-words = Without words
drafts-for = for { $channel }, kept { $when }
drafts-go-on = Go on writing
drafts-remove = Throw away
drafts-keep = Keep as draft
drafts-list = Your drafts
drafts-full = No more drafts can be kept. Post or throw away one of them first.
