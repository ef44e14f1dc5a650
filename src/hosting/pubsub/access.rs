//! Who may do what with a node (XEP-0060 §4.1, §4.5, §6.1.3, §7.1.3): a matrix without any I/O.

use serde::{Deserialize, Serialize};

use crate::hosting::stanza::StanzaError;

/// A standing in a node (XEP-0060 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Affiliation {
    /// Shut out of everything.
    Outcast,
    /// The standing of a stranger.
    None,
    /// May read what is closed to strangers.
    Member,
    /// May publish, and not read what is closed.
    PublishOnly,
    /// May publish and read.
    Publisher,
    /// May do everything.
    Owner,
}

impl Affiliation {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Affiliation::Outcast => "outcast",
            Affiliation::None => "none",
            Affiliation::Member => "member",
            Affiliation::PublishOnly => "publish-only",
            Affiliation::Publisher => "publisher",
            Affiliation::Owner => "owner",
        }
    }

    /// Reads the word of the wire.
    pub fn parse(word: &str) -> Option<Self> {
        use Affiliation::{Member, None as Stranger, Outcast, Owner, PublishOnly, Publisher};
        [Outcast, Stranger, Member, PublishOnly, Publisher, Owner].into_iter().find(|one| one.word() == word)
    }
}

/// Who may read and subscribe (XEP-0060 §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessModel {
    /// Everybody.
    Open,
    /// Those who see the owner's presence.
    Presence,
    /// Those with a standing.
    Whitelist,
}

/// Who may publish (XEP-0060 §4.5, `pubsub#publish_model`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PublishModel {
    /// Publishers and the owner.
    Publishers,
    /// Subscribers too.
    Subscribers,
    /// Everybody with an account.
    Open,
}

/// What counts about somebody who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The affiliation with the node.
    pub affiliation: Affiliation,
    /// Whether an address of the account is subscribed.
    pub is_subscribed: bool,
    /// Whether the owner lets the account see its presence.
    pub sees_presence: bool,
    /// Signed in without an account: may read and subscribe, and nothing else.
    pub is_guest: bool,
}

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The affiliation does not suffice.
    Forbidden,
    /// Only those who see the owner's presence.
    PresenceRequired,
    /// Only those on the list.
    Closed,
}

impl From<Denial> for StanzaError {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Forbidden => StanzaError::new("forbidden"),
            Denial::PresenceRequired => StanzaError::new("not-authorized").pubsub("presence-subscription-required"),
            Denial::Closed => StanzaError::new("not-allowed").pubsub("closed-node"),
        }
    }
}

impl Standing {
    /// Reading items, subscribing, receiving events.
    pub fn may_read(&self, access: AccessModel) -> Result<(), Denial> {
        if self.affiliation == Affiliation::Outcast {
            return Err(Denial::Forbidden);
        }
        let is_listed = matches!(self.affiliation, Affiliation::Member | Affiliation::Publisher | Affiliation::Owner);
        match access {
            AccessModel::Open => Ok(()),
            _ if is_listed => Ok(()),
            AccessModel::Presence if self.sees_presence => Ok(()),
            AccessModel::Presence => Err(Denial::PresenceRequired),
            AccessModel::Whitelist => Err(Denial::Closed),
        }
    }

    /// Publishing a new item.
    pub fn may_publish(&self, model: PublishModel) -> Result<(), Denial> {
        if self.is_guest {
            return Err(Denial::Forbidden);
        }
        match self.affiliation {
            Affiliation::Outcast => Err(Denial::Forbidden),
            Affiliation::Owner | Affiliation::Publisher | Affiliation::PublishOnly => Ok(()),
            Affiliation::Member | Affiliation::None => match model {
                PublishModel::Open => Ok(()),
                PublishModel::Subscribers if self.is_subscribed => Ok(()),
                PublishModel::Subscribers | PublishModel::Publishers => Err(Denial::Forbidden),
            },
        }
    }

    /// Replacing an item: only who published it, whoever else may publish here, so that nobody's words are changed
    /// under their name.
    pub fn may_replace(&self, model: PublishModel, whose: Whose) -> Result<(), Denial> {
        self.may_publish(model)?;
        match whose {
            Whose::Own => Ok(()),
            Whose::Others => Err(Denial::Forbidden),
        }
    }

    /// Retracting an item: the owner everything, others what they published themselves.
    pub fn may_retract(&self, whose: Whose) -> Result<(), Denial> {
        match (self.affiliation, whose) {
            (Affiliation::Owner, _) => Ok(()),
            (Affiliation::Outcast, _) | (_, Whose::Others) => Err(Denial::Forbidden),
            (_, Whose::Own) if self.is_guest => Err(Denial::Forbidden),
            (_, Whose::Own) => Ok(()),
        }
    }

    /// Configuring, purging, deleting, and seeing who is there.
    pub fn may_manage(&self) -> Result<(), Denial> {
        if self.affiliation == Affiliation::Owner && !self.is_guest { Ok(()) } else { Err(Denial::Forbidden) }
    }
}

/// Whose item it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Published by the one who asks.
    Own,
    /// Published by somebody else.
    Others,
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYBODY: [Affiliation; 6] = [
        Affiliation::Outcast,
        Affiliation::None,
        Affiliation::Member,
        Affiliation::PublishOnly,
        Affiliation::Publisher,
        Affiliation::Owner,
    ];

    fn standing(affiliation: Affiliation) -> Standing {
        Standing { affiliation, is_subscribed: false, sees_presence: false, is_guest: false }
    }

    /// One row per access model, one letter per affiliation in the order of `EVERYBODY`.
    #[test]
    fn reading() {
        let row = |access, sees_presence| {
            EVERYBODY
                .map(|one| match (Standing { sees_presence, ..standing(one) }).may_read(access) {
                    Ok(()) => 'y',
                    Err(Denial::Forbidden) => 'f',
                    Err(Denial::PresenceRequired) => 'p',
                    Err(Denial::Closed) => 'c',
                })
                .iter()
                .collect::<String>()
        };
        assert_eq!(row(AccessModel::Open, false), "fyyyyy");
        assert_eq!(row(AccessModel::Presence, false), "fpypyy");
        assert_eq!(row(AccessModel::Presence, true), "fyyyyy");
        assert_eq!(row(AccessModel::Whitelist, false), "fcycyy");
        assert_eq!(row(AccessModel::Whitelist, true), "fcycyy");
    }

    #[test]
    fn publishing() {
        let row = |model, is_subscribed, is_guest| {
            EVERYBODY
                .map(|one| match (Standing { is_subscribed, is_guest, ..standing(one) }).may_publish(model) {
                    Ok(()) => 'y',
                    Err(_) => 'n',
                })
                .iter()
                .collect::<String>()
        };
        assert_eq!(row(PublishModel::Publishers, true, false), "nnnyyy");
        assert_eq!(row(PublishModel::Subscribers, false, false), "nnnyyy");
        assert_eq!(row(PublishModel::Subscribers, true, false), "nyyyyy");
        assert_eq!(row(PublishModel::Open, false, false), "nyyyyy");
        assert_eq!(row(PublishModel::Open, true, true), "nnnnnn");
    }

    #[test]
    fn retracting_replacing_managing() {
        let retract = |whose| EVERYBODY.map(|one| standing(one).may_retract(whose).is_ok());
        assert_eq!(retract(Whose::Own), [false, true, true, true, true, true]);
        assert_eq!(retract(Whose::Others), [false, false, false, false, false, true]);
        let replace = |whose| EVERYBODY.map(|one| standing(one).may_replace(PublishModel::Open, whose).is_ok());
        assert_eq!(replace(Whose::Own), [false, true, true, true, true, true]);
        assert_eq!(replace(Whose::Others), [false; 6]);
        assert_eq!(EVERYBODY.map(|one| standing(one).may_manage().is_ok()), [false, false, false, false, false, true]);
    }
}
