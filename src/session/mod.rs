//! One task per signed-in account, and the guest who reads public channels: the handles that pages use.

pub mod event;
pub mod view;

use std::pin::Pin;

use futures::Stream;

use crate::channel::{About, Address, ChannelId, Draft, Post, PostRef};
pub use event::{Connection, Event, EventId, Numbered, Scope};
pub use view::{
    ChannelView, Choice, FieldKind, Follow, Followers, PageRequest, Posts, RegistrationField, RegistrationForm, Thread,
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
    /// No answer in time.
    #[error("the server did not answer in time")]
    Timeout,
    /// The XMPP connection is down; it is being rebuilt.
    #[error("the connection to the server is lost; trying again")]
    Disconnected,
    /// The other server cannot be reached by ours.
    #[error("the server that holds this channel cannot be reached")]
    RemoteUnreachable,
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

/// Why there is no form, or no account. Texts are a server's own words, at most 300 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] SignInError),
    /// The server takes no registrations this way.
    #[error("the server does not take registrations")]
    NotOffered,
    /// The server takes registrations on this page only.
    #[error("the server takes registrations at {0}")]
    Elsewhere(String),
    /// The form asks for something that cannot be shown here.
    #[error("the server's form cannot be shown")]
    Unsupported,
    /// A required field has no value; its label.
    #[error("{0} is missing")]
    Missing(String),
    /// Somebody has this name already.
    #[error("the name is taken")]
    NameTaken,
    /// The server does not like a value.
    #[error("the server does not accept this")]
    NotAcceptable(Option<String>),
    /// Too many registrations: try later.
    #[error("the server takes no more registrations for now")]
    Wait(Option<String>),
    /// The server refuses us.
    #[error("the server does not allow this registration")]
    NotAllowed(Option<String>),
}

/// What is kept of a password: enough to sign in again, and no more where SCRAM is spoken.
pub struct Secret(zeroize::Zeroizing<Vec<u8>>);

impl Secret {
    /// For the sealed cookie only.
    pub fn to_bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        self.0.clone()
    }

    /// Reads what [`Secret::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Secret(zeroize::Zeroizing::new(bytes.to_vec())))
    }
}

/// A page of the API below is written against these handles; `registry` builds them.
#[derive(Clone)]
pub struct Sessions {}

impl Sessions {
    /// The session of a sign-in that a cookie brought back: the running one if the secret fits, else a new one.
    pub async fn resume(&self, address: &Address, secret: &Secret) -> Result<Session, SignInError> {
        let _ = (address, secret);
        Err(SignInError::Unreachable)
    }

    /// Signs in with a password. Gives the session, and what to keep for [`Sessions::resume`].
    pub async fn sign_in(&self, address: &Address, password: String) -> Result<(Session, Secret), SignInError> {
        let _ = (address, password);
        Err(SignInError::Unreachable)
    }

    /// The session that reads public channels for everybody, if there is one.
    pub async fn guest(&self) -> Result<Session, SignInError> {
        Err(SignInError::Unreachable)
    }

    /// Prepares sessions to the servers of a configuration. Nothing is dialled yet.
    pub fn new(
        config: std::sync::Arc<crate::config::Config>,
        shutdown: tokio_util::sync::CancellationToken,
    ) -> anyhow::Result<Self> {
        let _ = (config, shutdown);
        Ok(Sessions {})
    }

    /// Ends an account's session.
    pub async fn end(&self, address: &Address) {
        let _ = address;
    }

    /// The form that a server wants filled in for a new account (XEP-0077).
    pub async fn registration_form(&self, domain: &str) -> Result<RegistrationForm, RegistrationError> {
        let _ = domain;
        Err(RegistrationError::NotOffered)
    }

    /// Sends such a form, with the server's own field names.
    pub async fn register(&self, domain: &str, fields: &[(String, String)]) -> Result<(), RegistrationError> {
        let _ = (domain, fields);
        Err(RegistrationError::NotOffered)
    }
}

/// One account's session, or the guest's. Cheap to clone; every browser of the account shares it.
#[derive(Clone)]
pub struct Session {}

impl Session {
    /// Whose it is; `None` for the guest.
    pub fn address(&self) -> Option<&Address> {
        unimplemented!()
    }

    /// Posts of all followed channels, newest first.
    pub async fn home(&self, page: PageRequest) -> Result<Posts, Error> {
        let _ = page;
        unimplemented!()
    }

    /// A channel's header, this person's part in it, and one page of its posts, newest first.
    pub async fn channel(&self, id: &ChannelId, page: PageRequest) -> Result<ChannelView, Error> {
        let _ = (id, page);
        unimplemented!()
    }

    /// A post with its replies, oldest first.
    pub async fn thread(&self, post: &PostRef) -> Result<Thread, Error> {
        let _ = post;
        unimplemented!()
    }

    /// Who follows a channel, where the server tells us.
    pub async fn followers(&self, id: &ChannelId) -> Result<Followers, Error> {
        let _ = id;
        unimplemented!()
    }

    /// The channels this person follows.
    pub async fn follows(&self) -> Result<Vec<Follow>, Error> {
        unimplemented!()
    }

    /// The channels known here: those of the configured services, and open ones read here.
    pub async fn known(&self) -> Result<Vec<About>, Error> {
        unimplemented!()
    }

    /// Publishes into a channel. The personal channel is made on the first post.
    pub async fn publish(&self, channel: &ChannelId, draft: Draft) -> Result<Post, Error> {
        let _ = (channel, draft);
        unimplemented!()
    }

    /// Publishes a reply to a post.
    pub async fn reply(&self, to: &PostRef, draft: Draft) -> Result<Post, Error> {
        let _ = (to, draft);
        unimplemented!()
    }

    /// Changes one of one's own posts or replies; `published` and unknown parts of the entry stay.
    pub async fn edit(&self, post: &PostRef, draft: Draft) -> Result<Post, Error> {
        let _ = (post, draft);
        unimplemented!()
    }

    /// Takes one's own post (with its replies) or reply away.
    pub async fn remove(&self, post: &PostRef) -> Result<(), Error> {
        let _ = post;
        unimplemented!()
    }

    /// Follows a channel.
    pub async fn follow(&self, id: &ChannelId) -> Result<(), Error> {
        let _ = id;
        unimplemented!()
    }

    /// Stops following a channel.
    pub async fn unfollow(&self, id: &ChannelId) -> Result<(), Error> {
        let _ = id;
        unimplemented!()
    }

    /// What happens from now on in a scope; with `after`, first what was missed. An id that is not in the
    /// backlog (another epoch, too old) is answered by one [`Event::Resync`].
    pub fn watch(&self, scope: Scope, after: Option<EventId>) -> Watch {
        let _ = (scope, after);
        unimplemented!()
    }
}
