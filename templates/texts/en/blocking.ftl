# Blocking people: the list at /account/blocked, and the page of somebody who is blocked.
blocking-title = Blocked people
blocking-lead = Of people whom you block you see nothing here: no posts, no replies, no likes. They cannot write to you or see when you are online, in any of your programs. They are not told. What is open to everybody they can still read.
blocking-label = Block a person, or a whole server
blocking-block = Block
blocking-hint = A person, like { $person }, or everybody on a server, like { $server }.
blocking-list = You have blocked
blocking-nobody = You have blocked nobody.
blocking-unblock = Unblock
blocking-unblock-whom = Unblock { $who }
blocking-left-out =
    { $count ->
        [one] One more address is not listed.
       *[other] { $count } more addresses are not listed.
    }
blocking-unsupported = Your server keeps no list of blocked people, so nobody can be blocked here. Whoever runs it can switch that on.
blocking-no-address = This is not an address. It should look like name@example.org, or like example.org for a whole server.
blocking-yourself = You cannot block yourself.
blocking-own-server = This is your own server, without which nothing works. Block single people of it instead.
blocking-is-blocked = You have blocked this address, so nothing of it is shown.
blocking-is-blocked-with-server = You have blocked everybody on { $server }, so nothing of this address is shown.
blocking-changed = You have changed whom you block.
blocking-reload = Load the page again
blocking-whom = Block { $who }…
session-blocked = You have blocked this address, or its whole server.
