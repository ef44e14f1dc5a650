# Who can read something: in the composer, and beside a post.
readers-open = Das können alle lesen, auch ohne Konto.
readers-closed = Das können nur die lesen, die der Kanal zulässt.
readers-contacts = Das können nur Kontakte der Person lesen, der der Kanal gehört.
readers-followers = Das können nur zugelassene Follower des Kanals lesen.
readers-members = Das können nur Mitglieder des Kanals lesen.
readers-own-contacts = Das können nur deine Kontakte lesen: die, die sehen dürfen, wann du online bist.
readers-own-followers = Das können nur Follower lesen, die du zugelassen hast.
readers-own-members = Das können nur du und die lesen, die du benannt hast.
