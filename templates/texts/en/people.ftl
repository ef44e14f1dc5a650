# Followers, roles, requests.
followers-approve = Approve
followers-deny = Deny
followers-part = Part of { $person }
followers-change = Change
# Follows the button above, for those who do not see the row.
followers-change-whose = the part of { $person }
followers-left-out = Only { $count } of them are listed here.
followers-let-in = Let in again
followers-requests = Waiting for your answer
followers-asks = asks to follow
followers-banned = Kept out
followers-invite = Invite somebody
followers-invited = The invitation is on its way.
followers-address = Their address
followers-invite-button = Invite
followers-invite-hint = They find the invitation at “Following”.
followers-ban = Keep somebody out
followers-ban-button = Keep out
followers-ban-hint = They can no longer read this channel or write in it.
role-may-read = may read
role-none = no part in it
followers-page = Followers of { $channel }
followers-none = Nobody follows this channel yet.
followers-count =
    { $count ->
        [one] One follower.
       *[other] { $count } followers.
    }
error-no-such-part = There is no such part in a channel.
error-address-form = This is not an address. It should look like name@example.org.
