# Who can read something: in the composer, and beside a post.
readers-open = Tout le monde peut lire ceci, même sans compte.
readers-closed = Seules les personnes admises par le propriétaire du canal peuvent lire ceci.
readers-contacts = Seuls les contacts du propriétaire du canal peuvent lire ceci.
readers-followers = Seuls les abonnés admis par le propriétaire du canal peuvent lire ceci.
readers-members = Seuls les membres du canal peuvent lire ceci.
readers-own-contacts = Seuls vos contacts peuvent lire ceci : ceux qui peuvent voir quand vous êtes en ligne.
readers-own-followers = Seuls les abonnés que vous avez admis peuvent lire ceci.
readers-own-members = Seules vous et les personnes que vous avez désignées pouvez lire ceci.
