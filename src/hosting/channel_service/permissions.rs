//! Who may do what in a channel: the table of docs/channels.md, without any I/O.

use crate::hosting::stanza::StanzaError;

/// A person's part in a channel (XEP-0060 §4.1 and Buddycloud's `moderator`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Kept out.
    Outcast,
    /// No part in it.
    None,
    /// Reads: a follower.
    Member,
    /// Reads and writes: follower+post.
    Publisher,
    /// Helps the owner.
    Moderator,
    /// It is theirs.
    Owner,
}

impl Role {
    const ALL: [Role; 6] = [Role::Outcast, Role::None, Role::Member, Role::Publisher, Role::Moderator, Role::Owner];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Role::Outcast => "outcast",
            Role::None => "none",
            Role::Member => "member",
            Role::Publisher => "publisher",
            Role::Moderator => "moderator",
            Role::Owner => "owner",
        }
    }

    /// Reads the word of the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// Who may read a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody who is not banned.
    Open,
    /// The people of the service's own domain, and those who were let in.
    Local,
    /// Those whom an owner or moderator approved.
    Authorize,
    /// Those who were invited or given a role.
    Whitelist,
}

impl Access {
    /// Reads the word of the wire. What is stored and cannot be read any more closes the channel.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Access::Open),
            "local" => Some(Access::Local),
            "authorize" => Some(Access::Authorize),
            "whitelist" => Some(Access::Whitelist),
            _ => None,
        }
    }
}

/// What counts about somebody who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The role in the channel.
    pub role: Role,
    /// Signed in without an account.
    pub is_guest: bool,
    /// Of the service's own domain.
    pub is_local: bool,
    /// Has asked to follow and is not let in yet.
    pub is_waiting: bool,
}

type Verdict = Result<(), StanzaError>;

fn allow(is_allowed: bool) -> Verdict {
    if is_allowed { Ok(()) } else { Err(StanzaError::new("forbidden")) }
}

impl Standing {
    /// Reading posts, status and location, listing followers, being told of news.
    pub fn may_read(&self, access: Access) -> Verdict {
        let is_in = self.role >= Role::Member;
        match access {
            _ if self.role == Role::Outcast => allow(false),
            Access::Open => Ok(()),
            Access::Local if self.is_local && !self.is_guest => Ok(()),
            _ if is_in && !self.is_guest => Ok(()),
            _ if self.is_waiting => Err(StanzaError::new("not-authorized").pubsub("pending-subscription")),
            Access::Local | Access::Authorize | Access::Whitelist => {
                Err(StanzaError::new("forbidden").pubsub("closed-node"))
            }
        }
    }

    /// Following a channel, or asking to.
    pub fn may_follow(&self) -> Verdict {
        if self.is_guest {
            return Err(StanzaError::new("not-allowed").text("Following a channel needs an account."));
        }
        allow(self.role != Role::Outcast)
    }

    /// Posting, commenting, rating.
    pub fn may_post(&self) -> Verdict {
        if self.is_guest {
            return Err(StanzaError::new("not-allowed").text("Writing needs an account."));
        }
        allow(self.role >= Role::Publisher)
    }

    /// Deleting a post; `is_own`: whether one wrote it.
    pub fn may_retract(&self, whose: Whose) -> Verdict {
        self.may_post()?;
        allow(whose == Whose::Own || self.role >= Role::Moderator)
    }

    /// Changing a post's text: nobody's words are changed by another.
    pub fn may_edit(&self, whose: Whose) -> Verdict {
        self.may_post()?;
        allow(whose == Whose::Own)
    }

    /// Lists of banned and pending people; approvals, invitations; title and description.
    pub fn may_moderate(&self) -> Verdict {
        allow(self.role >= Role::Moderator && !self.is_guest)
    }

    /// Status, location, access, default role, deleting the channel.
    pub fn may_own(&self) -> Verdict {
        allow(self.role == Role::Owner && !self.is_guest)
    }

    /// Changing somebody's role. Nobody changes their own; moderators and owners are made and unmade by owners.
    pub fn may_set_role(&self, whose: Whose, from: Role, to: Role) -> Verdict {
        self.may_moderate()?;
        if whose == Whose::Own {
            return Err(StanzaError::new("not-allowed").buddycloud("can-not-modify-own-affiliation"));
        }
        allow(self.role == Role::Owner || (from < Role::Moderator && to < Role::Moderator))
    }
}

/// Whose a post or a role is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The asker's own.
    Own,
    /// Somebody else's.
    Others,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guest, stranger, follower, follower+post, moderator, banned, owner: the columns of docs/channels.md.
    fn everybody() -> [Standing; 7] {
        let of = |role| Standing { role, is_guest: false, is_local: false, is_waiting: false };
        let guest = Standing { is_guest: true, ..of(Role::None) };
        let [stranger, member, publisher, moderator, banned, owner] =
            [Role::None, Role::Member, Role::Publisher, Role::Moderator, Role::Outcast, Role::Owner].map(of);
        [guest, stranger, member, publisher, moderator, banned, owner]
    }

    fn row(may: impl Fn(Standing) -> Verdict) -> String {
        everybody().map(|standing| if may(standing).is_ok() { 'y' } else { '-' }).iter().collect()
    }

    #[test]
    fn the_table() {
        assert_eq!(row(|one| one.may_read(Access::Open)), "yyyyy-y");
        assert_eq!(row(|one| one.may_read(Access::Authorize)), "--yyy-y");
        assert_eq!(row(|one| one.may_read(Access::Whitelist)), "--yyy-y");
        assert_eq!(row(|one| one.may_read(Access::Local)), "--yyy-y");
        assert_eq!(row(|one| Standing { is_local: true, ..one }.may_read(Access::Local)), "-yyyy-y");
        assert_eq!(row(|one| one.may_follow()), "-yyyy-y");
        assert_eq!(row(|one| one.may_post()), "---yy-y");
        assert_eq!(row(|one| one.may_edit(Whose::Own)), "---yy-y");
        assert_eq!(row(|one| one.may_edit(Whose::Others)), "-------");
        assert_eq!(row(|one| one.may_retract(Whose::Own)), "---yy-y");
        assert_eq!(row(|one| one.may_retract(Whose::Others)), "----y-y");
        assert_eq!(row(|one| one.may_moderate()), "----y-y");
        assert_eq!(row(|one| one.may_own()), "------y");
        let set = |from, to| row(|one| one.may_set_role(Whose::Others, from, to));
        for (from, to) in
            [(Role::None, Role::Member), (Role::Member, Role::Publisher), (Role::Publisher, Role::Outcast)]
        {
            assert_eq!(set(from, to), "----y-y");
        }
        assert_eq!(set(Role::Member, Role::Moderator), "------y");
        assert_eq!(set(Role::Moderator, Role::Member), "------y");
        assert_eq!(set(Role::Owner, Role::Outcast), "------y");
        assert_eq!(row(|one| one.may_set_role(Whose::Own, one.role, Role::Publisher)), "-------");
    }
}
