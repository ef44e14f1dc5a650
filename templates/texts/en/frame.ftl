# The frame around every page, Home and the front page.
frame-following = Following
frame-following-news = { $count } with news
frame-account = Account { $address }
frame-skip = Skip to the content
frame-home = Home
frame-channels = Channels
frame-own = My channel
frame-sign-out = Sign out
frame-looks = Looks
frame-sign-in = Sign in
frame-places = Main
frame-about = Cirrus shows the social channels of XMPP. Your posts and follows live on your own server.
channel-newest = Newest posts
welcome-title = Channels of people, on servers of their own
welcome-lead = Read, write and follow on XMPP. You sign in with the account that you have; nothing of yours is kept here.
register-title = Make an account
welcome-channels = Channels known here
home-hint-open = It goes into your channel, which is open: anybody can read it, signed in or not.
home-first-post = Your first post makes your channel. It is open: anybody can read it, signed in or not.
hint-open = This channel is open: anybody can read it, signed in or not.
hint-unknown = The server decides who can read this channel.

# A moment, to the minute, in universal time.
moment =
    { $day } { $month ->
        [1] Jan
        [2] Feb
        [3] Mar
        [4] Apr
        [5] May
        [6] Jun
        [7] Jul
        [8] Aug
        [9] Sep
        [10] Oct
        [11] Nov
       *[12] Dec
    } { $year }, { $time } UTC

# What the page's script says. The number comes in where $count stands.
script-posts = Show new posts ({ $count })
script-replies = Show new replies ({ $count })
script-still = This page is not live any more.
script-many = Too many pages are live at the same time. This one will be when another is closed.
script-lost = No connection. New posts will show when it is back.
script-size = { $now } of { $most } bytes
script-sending = Sending the files
script-failed = This did not get through, and nothing is lost: try again in a moment.
