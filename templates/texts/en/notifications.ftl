# What somebody is told of: the page, and the bell in the frame of every page.
notifications-title = Notifications
notifications-count =
    { $count ->
        [one] { $count } new notification
       *[other] { $count } new notifications
    }
notifications-new = new
notifications-unverified = not verified
notifications-somebody = Somebody
notifications-empty = Nothing here yet. When somebody replies to you, mentions or likes you, follows you or asks to, it shows here. { $post }, or { $follow }.
notifications-empty-post = Write a post
notifications-empty-follow = follow somebody
notifications-replied = { $who } replied to you
notifications-posted = { $who } wrote in your channel
notifications-mentioned = { $who } mentioned you
notifications-liked = { $who } likes your post
notifications-liked-by-two = { $who } and { $other } like your post
notifications-liked-by-many =
    { $count ->
        [one] { $who }, { $other } and one more like your post
       *[other] { $who }, { $other } and { $count } more like your post
    }
notifications-followed = { $who } follows you
notifications-followed-by-two = { $who } and { $other } follow you
notifications-followed-by-many =
    { $count ->
        [one] { $who }, { $other } and one more follow you
       *[other] { $who }, { $other } and { $count } more follow you
    }
notifications-requested = { $who } asks to follow { $channel }
notifications-invited = { $who } invites you to follow { $channel }
notifications-approve = Approve
notifications-approve-who = Approve { $who }
notifications-deny = Deny
notifications-deny-who = Deny { $who }
