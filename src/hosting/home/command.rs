//! Everything the router can be asked to do.

use jid::{BareJid, FullJid};
use minidom::Element;
use tokio::sync::oneshot;

use super::HomeError;
use super::session::{Outlet, SessionId};
use crate::hosting::pubsub::{Operation, Reply};
use crate::hosting::stanza::StanzaError;
use crate::store::Credentials;

/// One request to the router; it does them one after the other and answers after the commit.
pub(super) enum Command {
    /// The keys of an account.
    Credentials { user: String, answer: oneshot::Sender<Option<Credentials>> },
    /// A new account; refused when there is one of this name.
    Register { user: String, keys: Credentials, answer: oneshot::Sender<Result<(), Registration>> },
    /// Makes an account, or changes its password.
    SetAccount { user: String, keys: Credentials, answer: oneshot::Sender<Result<(), HomeError>> },
    /// A signed-in connection wants a resource.
    Bind {
        account: Account,
        resource: Option<String>,
        outlet: Outlet,
        answer: oneshot::Sender<Result<Bound, BindError>>,
    },
    /// A signed-in connection takes a session over (XEP-0198 §5).
    Resume { account: Account, id: String, handled: u32, outlet: Outlet, answer: oneshot::Sender<Option<SessionId>> },
    /// A session sent a stanza. `keys` come with a new password.
    Stanza { from: Source, stanza: Element, keys: Option<Credentials> },
    /// A session sent a stanza that is not even looked at.
    Refused { from: Source, stanza: Element, error: StanzaError },
    /// A session sent an element of stream management.
    Management { from: Source, element: Element },
    /// A connection ended.
    Gone { from: Source, ending: Ending },
    /// A session waited long enough for its client.
    Expire { from: Source },
    /// A component has proved itself.
    ComponentUp { address: String, outlet: Outlet },
    /// A component sent a stanza.
    FromComponent { address: String, connection: u64, stanza: Element },
    /// A component's connection ended.
    ComponentGone { address: String, connection: u64 },
    /// A pubsub operation of the program itself, on behalf of an account.
    Operate {
        service: String,
        caller: BareJid,
        operation: Operation,
        at: i64,
        answer: oneshot::Sender<Result<Reply, HomeError>>,
    },
    /// Puts an item into a node as it is, unchecked.
    Plant {
        service: String,
        node: String,
        publisher: String,
        id: String,
        payload: String,
        answer: oneshot::Sender<Result<(), HomeError>>,
    },
    /// Makes two accounts see each other's presence.
    Befriend { one: String, other: String, answer: oneshot::Sender<Result<(), HomeError>> },
    /// Sets a vcard.
    SetCard { user: String, xml: String, answer: oneshot::Sender<Result<(), HomeError>> },
    /// Drops the connections of an account; answers how many.
    Kick { account: BareJid, answer: oneshot::Sender<usize> },
    /// How many sessions an account has.
    Sessions { account: BareJid, answer: oneshot::Sender<usize> },
}

/// Who signed in.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub bare: BareJid,
    pub is_guest: bool,
}

/// A session by one of its connections: what an older connection still says is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    pub session: SessionId,
    pub connection: u64,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The stream was closed: the session is over.
    Closed,
    /// The connection was lost: the session may be resumed.
    Lost,
}

/// A bound session.
#[derive(Debug)]
pub(super) struct Bound {
    pub session: SessionId,
    pub jid: FullJid,
}

/// Why no resource was bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BindError {
    /// Not a resource.
    BadResource,
    /// Too many already.
    TooMany,
    /// The account is gone.
    NoAccount,
}

/// Why no account was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Registration {
    /// There is one of this name.
    Taken,
    /// Too many already.
    Full,
    /// The database failed.
    Failed,
}
