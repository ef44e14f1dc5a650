# What went wrong.
error-typed = What you wrote
error-typed-part = What you wrote, as far as it arrived
error-sign-in-tab = Sign in in a new tab
error-then-here = – then come back here and send it again.
error-send-again = Send again
error-address = Address
error-again = Try again
error-to-channel = Back to the channel
error-home = Go home
connection-lost = The connection to the XMPP server is lost. Trying again; what you see may be out of date.
connection-up = Connected again.
error-not-whole = This form did not arrive whole.
error-field-missing = A field of this form is missing.
files-too-many = At most { $most } files can be sent at once.
files-too-large = A file may have { $each } MB, and all together { $all } MB.
error-then-again = – then send this again.
error-no-longer = Your server no longer accepts the saved password. Please sign in again.
title-not-found = Not found
title-not-allowed = Not allowed
title-not-signed-in = Not signed in
title-too-often = Too often
title-too-large = Too large
title-no-answer = No answer
title-failed = This did not work
title-wrong-here = Something went wrong

# What a server or the connection to it says.
session-not-found = There is nothing here, or it is not public.
session-forbidden = The server does not allow this.
session-timeout = The server did not answer in time.
session-disconnected = The connection to the server is lost; trying again.
session-remote-unreachable = The server that holds this channel cannot be reached.
session-unsupported = The server cannot do this.
session-taken = There is a channel of that name already.
session-too-large = This is more than the server accepts.
session-refused = The server refused: { $words }
session-ended = The session has ended.
sign-in-refused = The address or the password is wrong.
sign-in-domain = People of this server cannot sign in here.
sign-in-unreachable = The server cannot be reached.
sign-in-timeout = The server does not answer.
sign-in-certificate = The server's certificate is not valid for this domain.
sign-in-unencrypted = The server offers no encrypted connection.
sign-in-mechanism = The server offers no safe way to sign in.
sign-in-protocol = The server does not follow the protocol.
sign-in-full = Too many people are signed in here at the moment.
register-closed = This server does not let people make accounts here.
register-elsewhere = This server makes accounts on its own page: { $page }
register-taken = This name is taken.
register-not-acceptable = The server did not accept this: { $words }
register-not-allowed = The server does not allow this: { $words }
register-wait = The server makes no more accounts for now, try again later.
account-unsupported = Your server cannot do this here; it may have a page of its own for it.
account-not-allowed = Your server does not allow this.
account-not-allowed-because = Your server does not allow this: { $words }
account-not-acceptable = Your server did not accept this.
account-not-acceptable-because = Your server did not accept this: { $words }
account-wait = Your server takes no such change for now, try again later.
account-sign-in-failed = The password is changed, but signing in with it failed. { $reason }
name-empty = The name is empty.
name-too-long = The name is longer than { $most } bytes.
name-control = The name has a control character.
name-no-address = This is not an XMPP address.
opml-too-large = The file is too large.
opml-not-opml = The file is not OPML.
opml-empty = The file names no channel by an xmpp: address.
opml-too-many = The file names more than { $most } channels.
file-forbidden = This address is not fetched from.
file-unreachable = The site does not answer.
file-refused = The site does not give the file.
file-too-large = The file is too large.
file-unfit = This kind of file is not shown.
file-busy = Too much is under way at the moment.

# What this gateway says.
error-not-found = There is no page at this address.
error-method = This address does not take that kind of request.
error-signed-out = You are not signed in.
error-sign-in-ended = Your sign-in has ended.
error-no-guests = Public channels cannot be read here without signing in.
error-cross-site = This form was sent from another site, so nothing was done.
error-stale = This form is too old, or you have signed in or out since, so nothing was done. Please send it again.
error-no-cookie = Your browser sent no cookie, so nothing was done. Allow cookies for this site and load the page again.
error-too-large = This is more than a form may hold.
error-too-often = Too many attempts. Please wait { $wait } and try again.
error-wait-seconds =
    { $seconds ->
        [one] a second
       *[other] { $seconds } seconds
    }
error-wait-minutes =
    { $minutes ->
        [one] a minute
       *[other] { $minutes } minutes
    }
error-too-many-streams = Too many pages of this account are live at the same time.
error-only-json = This is offered as JSON only.
error-busy = The server is busy. Please try again in a moment.
error-timeout = This took too long.
error-internal = Something went wrong here. It has been noted.
error-incomplete = This request is not complete.
error-address-hint = { $problem } It should look like name@example.org.
