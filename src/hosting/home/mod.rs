//! The small loopback XMPP server of the demo and the tests: accounts, rosters, presence, messages and pubsub of one
//! domain. No federation and no TLS: it is not for the open network.

pub mod accounts;
pub mod sasl;
pub mod registration;
mod session;
mod command;
mod stream;
mod negotiation;
mod c2s;
mod router;
mod stanzas;
mod presence;
mod roster;
mod blocking;
mod subscription;
mod query;
mod disco;
mod capabilities;
mod pep;
mod management;
mod component;
mod files;
pub mod seed;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jid::{BareJid, DomainPart};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::command::Command;
pub use self::component::Component;
use self::files::Files;
use crate::hosting::pubsub::{Operation, Reply};
use crate::hosting::stanza::StanzaError;
use crate::store::{Store, StoreError};

/// Requests waiting for the router.
const COMMANDS: usize = 1_024;
/// How long connections may take to say good-bye at the end.
const FAREWELL: Duration = Duration::from_millis(800);

/// What is chosen about a home server.
#[derive(Debug, Clone)]
pub struct HomeConfig {
    /// The domain of its accounts. `pubsub.`, `comments.` and `anon.` stand before it for the services and guests.
    pub domain: String,
    /// A folder for the database, made if it is not there; without one everything is in memory.
    pub data: Option<PathBuf>,
    /// Whether strangers may make accounts (XEP-0077).
    pub open_registration: bool,
    /// Programs that may connect as components (XEP-0114).
    pub components: Vec<Component>,
    /// How the addresses of people's files begin, if the server takes any: see [`Home::run_files`].
    pub files: Option<String>,
}

/// Bounds and times, which tests choose otherwise.
#[derive(Debug, Clone)]
pub struct HomeLimits {
    /// Connections at the same time.
    pub connections: usize,
    /// Accounts in all.
    pub accounts: usize,
    /// PBKDF2 rounds for new passwords.
    pub iterations: u32,
    /// How long a lost session waits for its client (XEP-0198).
    pub resume: Duration,
    /// The clock: seconds since 1970.
    pub clock: fn() -> i64,
}

impl Default for HomeLimits {
    fn default() -> Self {
        HomeLimits {
            connections: 15_000,
            accounts: 20_000,
            iterations: accounts::ITERATIONS,
            resume: Duration::from_secs(60),
            clock: || jiff::Timestamp::now().as_second(),
        }
    }
}

/// Why the server did not start or did not do something.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Not a domain.
    #[error("{0:?} is not a domain name")]
    Domain(String),
    /// Not a name for an account, not a password, or not an address.
    #[error("{0:?} cannot be used here")]
    Name(String),
    /// The folder cannot be made.
    #[error("{}: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pubsub service refused.
    #[error("refused: {}", .0.condition)]
    Refused(StanzaError),
    /// The server has ended.
    #[error("the home server has ended")]
    Ended,
}

/// The addresses a home server answers for.
#[derive(Debug, Clone)]
struct Names {
    pub domain: String,
    pub pubsub: String,
    pub comments: String,
    pub guests: String,
    pub files: String,
}

/// What connections share.
struct Shared {
    pub open_registration: bool,
    pub limits: HomeLimits,
    pub names: Names,
    pub commands: mpsc::Sender<Command>,
    pub components: Vec<Component>,
    pub files: Option<Arc<Files>>,
    /// Makes salts for names that do not exist.
    pub pretence: Vec<u8>,
    connections: AtomicU64,
    refused: AtomicU64,
}

/// A home server. Clones are the same server; it ends when the last one is dropped.
#[derive(Clone)]
pub struct Home {
    shared: Arc<Shared>,
    slots: Arc<Semaphore>,
}

impl Home {
    /// Opens the database and starts the router, a thread of its own; nothing listens yet.
    pub async fn open(config: HomeConfig) -> Result<Self, HomeError> {
        Self::open_with(config, HomeLimits::default()).await
    }

    /// The same with other bounds and times.
    pub async fn open_with(config: HomeConfig, limits: HomeLimits) -> Result<Self, HomeError> {
        tokio::task::spawn_blocking(move || Self::start(config, limits)).await.map_err(|_| HomeError::Ended)?
    }

    fn start(config: HomeConfig, limits: HomeLimits) -> Result<Self, HomeError> {
        let domain = DomainPart::new(&config.domain).map_err(|_| HomeError::Domain(config.domain.clone()))?;
        let domain = domain.as_str().to_owned();
        let path = match &config.data {
            Some(folder) => {
                std::fs::create_dir_all(folder).map_err(|source| HomeError::Folder { path: folder.clone(), source })?;
                Some(folder.join("home.db"))
            }
            None => None,
        };
        let store = Store::open(path.as_deref())?;
        let pretence = store.secret("pretence", || accounts::random::<32>().to_vec())?;
        let names = Names {
            pubsub: format!("pubsub.{domain}"),
            comments: format!("comments.{domain}"),
            guests: format!("anon.{domain}"),
            files: format!("upload.{domain}"),
            domain,
        };
        store.forget_domain(&names.guests)?;
        let files = match &config.files {
            Some(base) => {
                let folder = match &config.data {
                    Some(folder) => folder.join("files"),
                    None => std::env::temp_dir().join(format!("cirrus-files-{}", accounts::fresh())),
                };
                let failed = |source| HomeError::Folder { path: folder.clone(), source };
                Some(Arc::new(Files::new(&folder, base.clone()).map_err(failed)?))
            }
            None => None,
        };
        let (commands, receiver) = mpsc::channel(COMMANDS);
        router::start(router::Router::new(store, names.clone(), &config, files.clone(), limits.clone()), receiver)
            .map_err(|source| HomeError::Folder { path: PathBuf::from("thread"), source })?;
        let slots = Arc::new(Semaphore::new(limits.connections));
        let shared = Shared {
            open_registration: config.open_registration,
            limits,
            names,
            commands,
            components: config.components,
            files,
            pretence,
            connections: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        };
        Ok(Home { shared: Arc::new(shared), slots })
    }

    /// The domain in its one form.
    pub fn domain(&self) -> &str {
        &self.shared.names.domain
    }

    /// Serves clients until `shutdown`, then ends their streams (`system-shutdown`) within a second. May be called
    /// again with another listener: accounts and nodes stay.
    pub async fn run(self, listener: TcpListener, shutdown: CancellationToken) {
        let tasks = TaskTracker::new();
        loop {
            let socket = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((socket, _)) => socket,
                    Err(error) => {
                        tracing::warn!(error = %error, "a connection to the home server was not accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            let Ok(slot) = self.slots.clone().try_acquire_owned() else {
                tracing::warn!("the home server has no room for another connection");
                continue;
            };
            let number = self.shared.connections.fetch_add(1, Ordering::Relaxed);
            tasks.spawn(c2s::serve(socket, number, self.shared.clone(), shutdown.clone(), slot, tasks.clone()));
        }
        drop(listener);
        tasks.close();
        if tokio::time::timeout(FAREWELL, tasks.wait()).await.is_err() {
            tracing::debug!("some connections did not end in time");
        }
    }

    /// Serves people's files until `shutdown`, if the server takes any.
    pub async fn run_files(self, listener: TcpListener, shutdown: CancellationToken) {
        if let Some(files) = self.shared.files.clone() {
            files::serve(files, listener, shutdown).await;
        }
    }

    /// Serves components until `shutdown`.
    pub async fn run_components(self, listener: TcpListener, shutdown: CancellationToken) {
        let tasks = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, _)) => {
                    let number = self.shared.connections.fetch_add(1, Ordering::Relaxed);
                    tasks.spawn(component::serve(socket, number, self.shared.clone(), shutdown.clone()));
                }
                Err(error) => {
                    tracing::warn!(error = %error, "a connection of a component was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        tasks.close();
        let _ = tokio::time::timeout(FAREWELL, tasks.wait()).await;
    }

    /// Makes an account, or gives it a new password.
    pub async fn create_account(&self, user: &str, password: &str) -> Result<(), HomeError> {
        let user = accounts::user(user).ok_or_else(|| HomeError::Name(user.to_owned()))?;
        let password = accounts::password(password).ok_or_else(|| HomeError::Name("the password".to_owned()))?;
        let iterations = self.shared.limits.iterations;
        let keys = tokio::task::spawn_blocking(move || accounts::derive(&password, iterations))
            .await
            .map_err(|_| HomeError::Ended)?;
        self.ask(|answer| Command::SetAccount { user, keys, answer }).await?
    }

    /// Does a pubsub operation as the account `caller` (a bare address), at a moment of the past if wished (seconds
    /// since 1970). Subscribers are told.
    pub async fn operate(
        &self,
        service: &str,
        caller: &str,
        operation: Operation,
        at: Option<i64>,
    ) -> Result<Reply, HomeError> {
        let caller = BareJid::new(caller).map_err(|_| HomeError::Name(caller.to_owned()))?;
        let at = at.unwrap_or_else(self.shared.limits.clock);
        self.ask(|answer| Command::Operate { service: service.to_owned(), caller, operation, at, answer }).await?
    }

    /// Publishes one item as `publisher` (a bare address); `payload` is one element that declares its namespaces.
    pub async fn publish(
        &self,
        service: &str,
        node: &str,
        publisher: &str,
        id: &str,
        payload: &str,
    ) -> Result<(), HomeError> {
        let operation = Operation::Publish {
            node: node.to_owned(),
            id: Some(id.to_owned()),
            payload: Some(payload.to_owned()),
            options: None,
        };
        self.operate(service, publisher, operation, None).await.map(drop)
    }

    /// Puts an item into a node as it is and tells subscribers: no bound and no permission is looked at, and the
    /// payload is sent on unread. A test door: a hostile server can be played with it.
    pub async fn plant(
        &self,
        service: &str,
        node: &str,
        publisher: &str,
        id: &str,
        payload: &str,
    ) -> Result<(), HomeError> {
        self.ask(|answer| Command::Plant {
            service: service.to_owned(),
            node: node.to_owned(),
            publisher: publisher.to_owned(),
            id: id.to_owned(),
            payload: payload.to_owned(),
            answer,
        })
        .await?
    }

    /// Hands a stanza to a component as it is, with its addresses; false if the component is not there.
    pub async fn tell_component(&self, component: &str, stanza: String) -> Result<bool, HomeError> {
        self.ask(|answer| Command::TellComponent { address: component.to_owned(), stanza, answer }).await
    }

    /// Makes two accounts see each other's presence, as if both had asked and agreed.
    pub async fn befriend(&self, one: &str, other: &str) -> Result<(), HomeError> {
        self.ask(|answer| Command::Befriend { one: one.to_owned(), other: other.to_owned(), answer }).await?
    }

    /// Sets an account's vcard: the text of a `vCard` element (XEP-0054).
    pub async fn set_card(&self, user: &str, xml: &str) -> Result<(), HomeError> {
        self.ask(|answer| Command::SetCard { user: user.to_owned(), xml: xml.to_owned(), answer }).await?
    }

    /// Drops the connections of an account without a word, as a broken network would; answers how many there were.
    pub async fn kick(&self, user: &str) -> usize {
        match self.address(user) {
            Some(account) => self.ask(|answer| Command::Kick { account, answer }).await.unwrap_or(0),
            None => 0,
        }
    }

    /// How many sessions an account has, with those that wait for their client.
    pub async fn session_count(&self, user: &str) -> usize {
        match self.address(user) {
            Some(account) => self.ask(|answer| Command::Sessions { account, answer }).await.unwrap_or(0),
            None => 0,
        }
    }

    /// How many sign-ins were refused so far.
    pub fn refused_sign_ins(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// How many connections were accepted so far.
    pub fn connection_count(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    fn address(&self, user: &str) -> Option<BareJid> {
        if user.contains('@') { BareJid::new(user).ok() } else { self.shared.account(user) }
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, HomeError> {
        self.shared.ask(command).await
    }
}

impl Shared {
    /// Asks the router and waits for its answer.
    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, HomeError> {
        let (sender, receiver) = oneshot::channel();
        self.commands.send(command(sender)).await.map_err(|_| HomeError::Ended)?;
        receiver.await.map_err(|_| HomeError::Ended)
    }

    /// The address of an account of this domain.
    fn account(&self, user: &str) -> Option<BareJid> {
        BareJid::new(&format!("{}@{}", accounts::user(user)?, self.names.domain)).ok()
    }

    /// Notes that somebody could not sign in.
    fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }
}
