//! What a person may do in a channel, who may read it, and who follows it.

use super::id::Address;

/// A person's part in a channel (pubsub affiliations, XEP-0060 §4.1, and subscriptions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Kept out.
    Banned,
    /// No part in it.
    Stranger,
    /// Reads along.
    Follower,
    /// May also publish.
    Publisher,
    /// May also let people in, keep people out, and take posts away.
    Moderator,
    /// It is theirs.
    Owner,
}

/// Who may read a channel (`pubsub#access_model`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, signed in or not.
    Open,
    /// Those the owner lets in: contacts, members, approved followers.
    Restricted,
    /// The server did not say.
    Unknown,
}

/// For whom a channel is that not everybody may read (XEP-0060 §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circle {
    /// Contacts of its owner, or some groups of them (`presence`, `roster`).
    Contacts,
    /// Followers whom the owner let in (`authorize`).
    Followers,
    /// Those who were named (`whitelist`).
    Members,
}

/// Who may publish into a channel (`pubsub#publish_model`), besides its publishers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posting {
    /// Anybody who may read it.
    Anybody,
    /// Those who follow it.
    Followers,
    /// Nobody else.
    Publishers,
    /// The server did not say.
    Unknown,
}

/// Who follows a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followers {
    /// The server tells the list; at most 10,000.
    Known(Vec<(Address, Role)>),
    /// It tells only how many.
    Counted(u64),
    /// It tells nothing.
    Hidden,
}
