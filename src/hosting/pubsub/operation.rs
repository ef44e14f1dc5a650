//! What can be asked of a pubsub service, and what it answers (XEP-0060 §5 to §8).

use std::collections::BTreeMap;

use jid::{BareJid, Jid};

use super::access::{Affiliation, Denial};
use super::node::Configuration;
use super::{Notice, Page, PageAnswer};
use crate::hosting::form::Answer;
use crate::hosting::stanza::StanzaError;
use crate::store::{Item, StoreError};

/// The fields of a submitted form.
pub type Fields = BTreeMap<String, Vec<String>>;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// §8.1; without a name the service chooses one.
    Create {
        /// The wished name.
        node: Option<String>,
        /// What differs from the defaults.
        configuration: Option<Fields>,
    },
    /// §7.1
    Publish {
        /// Where.
        node: String,
        /// Its id; without one the service chooses.
        id: Option<String>,
        /// One element as text, or nothing.
        payload: Option<String>,
        /// Conditions, or the configuration of a node that is made by this.
        options: Option<Fields>,
    },
    /// §7.2
    Retract {
        /// Where.
        node: String,
        /// Which.
        id: String,
        /// Tell subscribers even where the node would not.
        notify: bool,
    },
    /// §6.5
    Items {
        /// Where.
        node: String,
        /// These ones; none means a page.
        ids: Vec<String>,
        /// Only the newest ones.
        max_items: Option<usize>,
        /// Which page (XEP-0059).
        page: Option<Page>,
    },
    /// §6.1
    Subscribe {
        /// To what.
        node: String,
        /// Which address gets the events.
        jid: Jid,
    },
    /// §6.2
    Unsubscribe {
        /// From what.
        node: String,
        /// Which address.
        jid: Jid,
    },
    /// §5.6
    Subscriptions {
        /// Of one node only.
        node: Option<String>,
    },
    /// §5.7
    Affiliations {
        /// Of one node only.
        node: Option<String>,
    },
    /// §8.3
    DefaultConfiguration,
    /// §8.2.1
    Configuration {
        /// Which.
        node: String,
    },
    /// §8.2.4
    Configure {
        /// Which.
        node: String,
        /// The changes, or nothing at all.
        answer: Answer,
    },
    /// §8.4
    Delete {
        /// Which.
        node: String,
    },
    /// §8.5
    Purge {
        /// Which.
        node: String,
    },
    /// §8.9.1
    Affiliates {
        /// Which.
        node: String,
    },
    /// §8.9.2
    SetAffiliates {
        /// Which.
        node: String,
        /// Who becomes what.
        changes: Vec<(BareJid, Affiliation)>,
    },
    /// §8.8.1
    Subscribers {
        /// Which.
        node: String,
    },
    /// §8.8.2: whose subscriptions end.
    EndSubscriptions {
        /// Which.
        node: String,
        /// The addresses.
        jids: Vec<Jid>,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done, nothing to say.
    Done,
    /// A node was made; `chosen` when the service chose the name.
    Created {
        /// Its name.
        node: String,
    },
    /// An item was published.
    Published {
        /// Where.
        node: String,
        /// Its id.
        id: String,
    },
    /// Items, oldest first.
    Items {
        /// Where.
        node: String,
        /// The items.
        items: Vec<Item>,
        /// Where the page stands, when pages were asked for or needed.
        page: Option<PageAnswer>,
    },
    /// A subscription stands.
    Subscribed {
        /// To what.
        node: String,
        /// Which address.
        jid: String,
    },
    /// One's own subscriptions: node, address.
    Subscriptions(Option<String>, Vec<(String, String)>),
    /// One's own affiliations: node, word.
    Affiliations(Option<String>, Vec<(String, String)>),
    /// The defaults.
    DefaultConfiguration(Box<Configuration>),
    /// One node's configuration.
    Configuration(String, Box<Configuration>),
    /// Everybody with a standing: address, word.
    Affiliates(String, Vec<(String, String)>),
    /// Everybody subscribed.
    Subscribers(String, Vec<String>),
}

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What the caller is told.
    #[error("{}", .0.condition)]
    Told(StanzaError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<StanzaError> for Refusal {
    fn from(error: StanzaError) -> Self {
        Refusal::Told(error)
    }
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Refusal::Told(denial.into())
    }
}

/// A reply and what others are told.
#[derive(Debug)]
pub struct Outcome {
    /// To the one who asked.
    pub reply: Reply,
    /// To others, after the reply.
    pub notices: Vec<Notice>,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Outcome { reply, notices: Vec::new() }
    }
}
