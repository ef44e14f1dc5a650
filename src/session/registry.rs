//! Which sessions live: signing in, finding a session again from a cookie, the end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use jid::Jid;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_xmpp::stanzastream::{Event as Incoming, StreamEvent};
use zeroize::Zeroizing;

use super::command::{Command, WAITING};
use super::failures::Failures;
use super::guest::Guest;
use super::shared::Shared;
use super::state::State;
use super::task::Task;
use super::wire::Wire;
use super::{Session, SignInError};
use crate::channel::Address;
use crate::config::Config;
use crate::xmpp::connect::{ConnectError, Connector, Login};
use crate::xmpp::sasl::Secret;
use crate::xmpp::stream;

/// Ways to sign in that are remembered per account, so that a second browser does not sign in again on the wire.
const SECRETS: usize = 10;

/// How long binding may take after the password was accepted.
const BIND: Duration = Duration::from_secs(5);

/// Stanzas buffered each way between a session's task and its socket.
const DEPTH: usize = 8;

/// All live sessions. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    connector: Connector,
    accounts: Mutex<HashMap<Address, Account>>,
    failures: Failures,
    guest: Mutex<Guest>,
    /// One attempt for the guest at a time.
    guest_turn: Semaphore,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

/// What is kept of an account while it has a session or is about to get one.
#[derive(Default)]
struct Account {
    session: Option<Session>,
    /// What the server accepted for this account since the session began.
    accepted: Vec<Secret>,
    /// One sign-in on the wire at a time.
    turn: Option<Arc<Semaphore>>,
}

impl Sessions {
    /// Prepares sessions to the servers of a configuration. Nothing is dialled yet.
    pub fn new(config: Arc<Config>, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let tls = crate::network::trust::client_config(&config.xmpp.ca_file)?;
        let connector = Connector::new(&config.xmpp, tls);
        let inner = Inner {
            shared: Arc::new(Shared::new(config)),
            connector,
            accounts: Mutex::default(),
            failures: Failures::new(random()),
            guest: Mutex::default(),
            guest_turn: Semaphore::new(1),
            tasks: TaskTracker::new(),
            shutdown,
        };
        Ok(Sessions { inner: Arc::new(inner) })
    }

    /// Signs in with a password, which is tried once. Returns the session and what to keep of the password.
    pub async fn sign_in(&self, address: &Address, password: String) -> Result<(Session, Secret), SignInError> {
        self.has_room(address)?;
        let secret = Secret::Password(Zeroizing::new(password));
        let login = Login::Account { address: address.clone(), secret: secret.clone() };
        let (connection, kept) = self.authenticate(&login).await?;
        for accepted in [&secret, &kept] {
            self.inner.failures.forget(address, accepted);
        }
        // Guesses do not wait for each other, but who is in starts no second session beside another browser's.
        let turn = self.turn(address);
        let _turn = turn.acquire().await;
        let session = self.enter(address, connection, &kept).await?;
        Ok((session, kept))
    }

    /// The running session of an account whose secret was accepted before, else a new one. A secret that the server
    /// refused is not sent again.
    pub async fn resume(&self, address: &Address, secret: &Secret) -> Result<Session, SignInError> {
        if let Some(known) = self.known(address, secret) {
            return known;
        }
        let turn = self.turn(address);
        let _turn = turn.acquire().await;
        // Another request of the same browser may have tried while this one waited.
        if let Some(known) = self.known(address, secret) {
            return known;
        }
        self.has_room(address)?;
        let login = Login::Account { address: address.clone(), secret: secret.clone() };
        match self.authenticate(&login).await {
            Ok((connection, kept)) => self.enter(address, connection, &kept).await,
            Err(error) => {
                self.inner.failures.insert(address, secret, error.clone(), Instant::now());
                Err(error)
            }
        }
    }

    /// What came of a secret before, if the server need not be asked.
    fn known(&self, address: &Address, secret: &Secret) -> Option<Result<Session, SignInError>> {
        let failed = || self.inner.failures.get(address, secret, Instant::now());
        self.running(address, secret).map(Ok).or_else(|| failed().map(Err))
    }

    fn turn(&self, address: &Address) -> Arc<Semaphore> {
        let mut accounts = self.accounts();
        let turn = &mut accounts.entry(address.clone()).or_default().turn;
        Arc::clone(turn.get_or_insert_with(|| Arc::new(Semaphore::new(1))))
    }

    fn running(&self, address: &Address, secret: &Secret) -> Option<Session> {
        let accounts = self.accounts();
        let account = accounts.get(address)?;
        let session = account.session.as_ref().filter(|session| !session.is_ended())?;
        account.accepted.iter().any(|accepted| accepted == secret).then(|| {
            session.touch();
            session.clone()
        })
    }

    /// Whether somebody may have a session here. One that runs already takes no more room.
    fn has_room(&self, address: &Address) -> Result<(), SignInError> {
        if address.node().is_none() || !self.admits(address) {
            return Err(SignInError::Domain);
        }
        let is_full = self.count() >= self.config().limits.sessions;
        if is_full && self.session_of(address).is_none() { Err(SignInError::Full) } else { Ok(()) }
    }

    fn session_of(&self, address: &Address) -> Option<Session> {
        let session = self.accounts().get(address)?.session.clone();
        session.filter(|session| !session.is_ended())
    }

    /// The session for a secret that was right. Where one runs already, the stream that proved it is not needed.
    async fn enter(
        &self,
        address: &Address,
        connection: tokio_xmpp::stanzastream::Connection,
        kept: &Secret,
    ) -> Result<Session, SignInError> {
        let session = match self.session_of(address) {
            Some(session) => session,
            None => {
                let login = Login::Account { address: address.clone(), secret: kept.clone() };
                self.start(Some(address.clone()), login, connection).await?
            }
        };
        let mut accounts = self.accounts();
        let account = accounts.entry(address.clone()).or_default();
        if account.session.as_ref().is_none_or(Session::is_ended) {
            account.accepted.clear();
        }
        account.session = Some(session.clone());
        if !account.accepted.contains(kept) {
            account.accepted.truncate(SECRETS - 1);
            account.accepted.insert(0, kept.clone());
        }
        session.touch();
        Ok(session)
    }

    pub(super) async fn authenticate(
        &self,
        login: &Login,
    ) -> Result<(tokio_xmpp::stanzastream::Connection, Secret), SignInError> {
        let authenticated = self.inner.connector.authenticate(login).await.map_err(sign_in_error)?;
        Ok((authenticated.connection, authenticated.secret))
    }

    /// Binds, checks who was bound, and starts the session's task.
    pub(super) async fn start(
        &self,
        address: Option<Address>,
        login: Login,
        connection: tokio_xmpp::stanzastream::Connection,
    ) -> Result<Session, SignInError> {
        let asked = login.clone();
        let nudge = Arc::new(Notify::new());
        let (mut stream, failures) =
            stream::open(self.inner.connector.clone(), login, connection, DEPTH, nudge.clone());
        let first = timeout(BIND, stream.next()).await.map_err(|_| SignInError::Timeout)?;
        let Some(Incoming::Stream(StreamEvent::Reset { bound_jid, .. })) = first else {
            return Err(SignInError::Protocol);
        };
        let is_right = asked.is_bound_by(&bound_jid);
        if !is_right {
            tracing::error!(account.jid = ?address, "the server bound another account than the one asked");
            return Err(SignInError::Protocol);
        }
        Ok(self.spawn(address, asked, bound_jid, stream, failures, nudge))
    }

    fn spawn(
        &self,
        address: Option<Address>,
        login: Login,
        bound: Jid,
        stream: tokio_xmpp::stanzastream::StanzaStream,
        failures: mpsc::Receiver<ConnectError>,
        nudge: Arc<Notify>,
    ) -> Session {
        let (sender, commands) = mpsc::channel(WAITING);
        let epoch = u64::from_be_bytes(random());
        let state = State::new(address.clone(), epoch, Instant::now(), Timestamp::now());
        let shared = Arc::clone(&self.inner.shared);
        let session = Session::new(address.clone(), Wire::new(sender), shared, state.notified());
        let minutes = self.config().limits.idle_minutes;
        let task = Task {
            state: state.with_blocks(Arc::clone(&session.recent().blocks)),
            idle: address.is_some().then(|| Duration::from_secs(60 * minutes)),
            address: address.clone(),
            login,
            bound,
            stream,
            failures,
            nudge,
            commands,
            session: session.clone(),
            shutdown: self.inner.shutdown.child_token(),
        };
        tracing::info!(account.jid = address.as_ref().map_or("guest", |a| a.as_str()), "a session began");
        self.inner.tasks.spawn(task.run());
        session
    }

    /// How many accounts have a session. Forgets those that ended.
    pub fn count(&self) -> usize {
        let mut accounts = self.accounts();
        accounts.retain(|_, account| {
            account.session.as_ref().is_some_and(|session| !session.is_ended())
                || account.turn.as_ref().is_some_and(|turn| Arc::strong_count(turn) > 1)
        });
        accounts.values().filter(|account| account.session.is_some()).count()
    }

    /// How many notifications are new to an account that has a session; 0 without one.
    pub fn notified(&self, address: &Address) -> usize {
        self.accounts().get(address).and_then(|account| account.session.as_ref()).map_or(0, Session::notified)
    }

    /// Ends an account's session: nobody is signed in with it any more.
    pub async fn sign_out(&self, address: &Address) {
        let session = self.accounts().remove(address).and_then(|account| account.session);
        if let Some(session) = session {
            let _ = session.wire().tell(Command::End).await;
        }
    }

    /// Whether members of a domain may sign in here.
    pub(super) fn admits(&self, address: &Address) -> bool {
        self.config().xmpp.domains.iter().any(|allowed| allowed == address.domain().as_str())
    }

    pub(super) fn config(&self) -> &Config {
        &self.inner.shared.config
    }

    pub(super) fn guest_turn(&self) -> &Semaphore {
        &self.inner.guest_turn
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.inner.connector
    }

    /// Whether a domain's server can be reached and speaks XMPP over a connection that we accept.
    pub async fn probe(&self, domain: &str) -> Result<(), SignInError> {
        self.inner.connector.raw(domain).await.map(drop).map_err(sign_in_error)
    }

    /// Ends every session and waits until they have said goodbye.
    pub async fn stop(&self) {
        self.inner.shutdown.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<Address, Account>> {
        // The map is whole whatever panicked while it was held: entries are put and taken in single steps.
        self.inner.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn guest_slot(&self) -> MutexGuard<'_, Guest> {
        self.inner.guest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random<const N: usize>() -> [u8; N] {
    use ring::rand::{SecureRandom, SystemRandom};
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

pub(super) fn sign_in_error(error: ConnectError) -> SignInError {
    match error {
        ConnectError::Refused => SignInError::Refused,
        ConnectError::Unreachable | ConnectError::Io => SignInError::Unreachable,
        ConnectError::Timeout => SignInError::Timeout,
        ConnectError::Certificate => SignInError::Certificate,
        ConnectError::Unencrypted => SignInError::Unencrypted,
        ConnectError::Mechanism => SignInError::Mechanism,
        ConnectError::Protocol => SignInError::Protocol,
    }
}
