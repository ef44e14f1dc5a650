//! One task per signed-in account, and the guest who reads public channels: the handles that pages use.

mod registry;
mod failures;
mod guest;
mod registration;
mod account;
mod reading;
mod writing;
mod languages;
mod directory;
mod managing;
mod task;
mod traffic;
mod command;
pub mod event;
pub mod view;
mod state;
mod follows;
mod deeds;
mod timeline;
mod memory;
mod backlog;
mod live;
mod wire;
mod shared;
mod recent;
mod fresh;
mod usage;
mod unread;
mod tagged;
mod reactions;
mod drafts;
mod notifications;
mod notified;
mod blocking;
mod people;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use futures::Stream;
use tokio::time::Instant;

use self::recent::Recent;
use self::shared::Shared;
use self::usage::Usage;
use self::wire::Wire;
use crate::channel::Address;
pub use crate::dialect::avatar::Avatar;
pub use crate::dialect::{Abilities, Verdict};
use crate::xmpp::AskError;
pub use crate::xmpp::sasl::Secret;
pub use account::AccountError;
pub use drafts::DraftError;
pub use event::{Connection, Event, EventId, Numbered, Scope};
pub use people::Person;
pub use reactions::Counted;
pub use registration::RegisterError;
pub use registry::Sessions;
pub use view::{
    ChannelView, FieldKind, Follow, FollowNews, Notifications, PageRequest, Part, Posts, RegistrationField,
    RegistrationForm, RegistrationOption, Thread,
};

/// A live stream of numbered events. It ends when the session ends.
pub type Watch = Pin<Box<dyn Stream<Item = Numbered> + Send>>;

/// What went wrong, in the words that a page can show. Causes are logged where they are handled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The server, the channel or the post does not exist, or the server will not say.
    #[error("there is nothing here, or it is not public")]
    NotFound,
    /// The server refused this person.
    #[error("the server does not allow this")]
    Forbidden,
    /// This person has blocked whoever it is about.
    #[error("you have blocked this address, or its whole server")]
    Blocked,
    /// No answer in time.
    #[error("the server did not answer in time")]
    Timeout,
    /// The XMPP connection is down; it is being rebuilt.
    #[error("the connection to the server is lost; trying again")]
    Disconnected,
    /// The other server cannot be reached by ours.
    #[error("the server that holds this channel cannot be reached")]
    RemoteUnreachable,
    /// The service has no such function.
    #[error("the server cannot do this")]
    Unsupported,
    /// There is one already.
    #[error("there is a channel of that name already")]
    Taken,
    /// More than a server takes: too long, too many.
    #[error("this is more than the server accepts")]
    TooLarge,
    /// The server answered with something else; its own text, at most 300 characters, is a stranger's.
    #[error("the server refused: {0}")]
    Refused(String),
    /// The session ended while this was asked.
    #[error("the session has ended")]
    Ended,
}

/// Why signing in failed. Each has its own plain sentence on the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The server refused the password (or the account does not exist: the same answer).
    #[error("the address or the password is wrong")]
    Refused,
    /// The domain is not among the configured ones.
    #[error("people of this server cannot sign in here")]
    Domain,
    /// Nothing answers at the server's address, or the address cannot be found.
    #[error("the server cannot be reached")]
    Unreachable,
    /// It accepted the connection and then did not answer.
    #[error("the server does not answer")]
    Timeout,
    /// Its certificate is not for this domain, expired, or by an unknown authority.
    #[error("the server's certificate is not valid for this domain")]
    Certificate,
    /// It offers no encryption although we require it.
    #[error("the server offers no encrypted connection")]
    Unencrypted,
    /// It offers no way to sign in that we accept.
    #[error("the server offers no safe way to sign in")]
    Mechanism,
    /// It said something that is not XMPP, broke the stream, or bound another account than asked.
    #[error("the server does not follow the protocol")]
    Protocol,
    /// Our own ceiling on sessions is reached.
    #[error("too many people are signed in here at the moment")]
    Full,
}

/// One account's session, or the guest's. Cheap to clone; every browser of the account shares it.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Handle>,
}

struct Handle {
    address: Option<Address>,
    wire: Wire,
    usage: Usage,
    shared: Arc<Shared>,
    recent: Recent,
    /// How many notifications are new.
    notified: Arc<AtomicUsize>,
}

impl Session {
    fn new(address: Option<Address>, wire: Wire, shared: Arc<Shared>, notified: Arc<AtomicUsize>) -> Self {
        let usage = Usage::new(Instant::now());
        Session { inner: Arc::new(Handle { address, wire, usage, shared, recent: Recent::new(), notified }) }
    }

    /// Whose it is; `None` for the guest.
    pub fn address(&self) -> Option<&Address> {
        self.inner.address.as_ref()
    }

    /// Whether it is over; a new one must be opened.
    pub fn is_ended(&self) -> bool {
        self.inner.wire.is_ended()
    }

    fn wire(&self) -> &Wire {
        &self.inner.wire
    }

    fn shared(&self) -> &Shared {
        &self.inner.shared
    }

    fn recent(&self) -> &Recent {
        &self.inner.recent
    }

    fn last_used(&self) -> Instant {
        self.inner.usage.last()
    }

    /// Puts off the end that comes when nobody uses the session.
    fn touch(&self) {
        self.inner.usage.touch(Instant::now());
    }
}

impl From<AskError> for Error {
    fn from(error: AskError) -> Self {
        if error.is("blocked") {
            return Error::Blocked;
        }
        let AskError::Stanza { condition, text, .. } = error else {
            return match error {
                AskError::TooLarge => Error::TooLarge,
                AskError::Unreachable => Error::RemoteUnreachable,
                AskError::Timeout => Error::Timeout,
                AskError::Disconnected | AskError::Stanza { .. } => Error::Disconnected,
            };
        };
        match condition.as_str() {
            // A server that knows no such account answers for it that it offers nothing.
            "item-not-found" | "gone" | "service-unavailable" => Error::NotFound,
            "forbidden" | "not-authorized" | "not-allowed" | "registration-required" | "subscription-required" => {
                Error::Forbidden
            }
            "remote-server-not-found" | "remote-server-timeout" => Error::RemoteUnreachable,
            "feature-not-implemented" => Error::Unsupported,
            "conflict" => Error::Taken,
            "resource-constraint" | "policy-violation" => Error::TooLarge,
            _ => Error::Refused(text.unwrap_or(condition)),
        }
    }
}
