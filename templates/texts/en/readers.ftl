# Who can read something: in the composer, and beside a post.
readers-open = Everybody can read this, also without an account.
readers-closed = Only those whom the owner of the channel lets in can read this.
readers-contacts = Only contacts of the channel’s owner can read this.
readers-followers = Only followers whom the owner of the channel has let in can read this.
readers-members = Only members of the channel can read this.
readers-own-contacts = Only your contacts can read this: those who may see when you are online.
readers-own-followers = Only followers whom you have let in can read this.
readers-own-members = Only you and those whom you have named can read this.
