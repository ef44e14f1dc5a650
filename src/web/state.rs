//! What every handler can reach.

use std::env;
use std::net::IpAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::assets::Assets;
use super::live::Frames;
use super::seal::{KeyError, Seal};
use super::shared_pages::SharedPages;
use super::sign_ins::SignIns;
use crate::channel::Address;
use crate::config::Config;
use crate::network::limiter::{Acquainted, Limiter};
use crate::session::Sessions;

/// Sign-ins and registrations that may be under way at the same time; each takes up to 9 s of waiting.
const SIGN_INS_AT_ONCE: usize = 64;

/// Forms that may be read at the same time; with 256 KiB each that is 128 MiB at worst.
const FORMS_AT_ONCE: usize = 512;

/// The state of the web side. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Shared>);

/// What [`State`] leads to.
pub struct Shared {
    /// The XMPP sessions.
    pub sessions: Sessions,
    /// Every setting.
    pub config: Arc<Config>,
    /// The style sheet, the script and the other files.
    pub assets: Assets,
    /// Cookies, tokens and nonces.
    pub seal: Seal,
    /// Which sign-ins are in use here, which have ended, and their streams.
    pub sign_ins: SignIns,
    /// Public pages as bytes.
    pub shared_pages: SharedPages,
    /// Live events as bytes, made once for all who get them.
    pub frames: Frames,
    /// Sign-in attempts by client address.
    pub attempts_by_address: Limiter<IpAddr>,
    /// Sign-in attempts by account.
    pub attempts_by_account: Limiter<Address>,
    /// Sign-in attempts by account and address, for addresses from which that account has signed in before.
    pub attempts_by_friend: Limiter<(Address, IpAddr)>,
    /// From where which account has signed in.
    pub friends: Acquainted<(Address, IpAddr)>,
    /// Sign-ins and registrations under way.
    pub signing_in: Semaphore,
    /// Forms being read.
    pub forms: Arc<Semaphore>,
    /// How many reports of a stopped script or style came in.
    pub csp_reports: AtomicU64,
    /// Set when the server is told to stop: streams end.
    pub stopping: CancellationToken,
    /// What time it is.
    pub clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl State {
    /// Builds the web side on the sessions; reads the sealing key, or makes it at the first run.
    pub fn new(config: Arc<Config>, sessions: Sessions) -> Result<Self, KeyError> {
        let seal = match key_file(&config) {
            Some(path) => Seal::read_or_make(&path)?,
            None => Seal::random(),
        };
        Ok(Self::with(config, sessions, seal, Timestamp::now))
    }

    /// The same with a given seal and clock.
    pub fn with(
        config: Arc<Config>,
        sessions: Sessions,
        seal: Seal,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        let (minute, limits) = (Duration::from_secs(60), &config.limits);
        State(Arc::new(Shared {
            attempts_by_address: Limiter::new(limits.sign_ins_per_address, minute),
            attempts_by_account: Limiter::new(limits.sign_ins_per_account, 5 * minute),
            attempts_by_friend: Limiter::new(limits.sign_ins_per_account, 5 * minute),
            friends: Acquainted::new(),
            assets: Assets::load(),
            sign_ins: SignIns::new(limits.streams_per_account),
            shared_pages: SharedPages::new(),
            frames: Frames::new(),
            signing_in: Semaphore::new(SIGN_INS_AT_ONCE),
            forms: Arc::new(Semaphore::new(FORMS_AT_ONCE)),
            csp_reports: AtomicU64::new(0),
            stopping: CancellationToken::new(),
            clock: Box::new(clock),
            sessions,
            config,
            seal,
        }))
    }

    /// Whether browsers reach us by https, as far as `web.public_url` says.
    pub fn is_https(&self) -> bool {
        self.config.web.public_url.starts_with("https://")
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// How long a sign-in lasts when it is not used.
    pub fn idle(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::try_from(self.config.limits.sign_in_days).unwrap_or(30).clamp(1, 3650))
    }
}

/// Where the sealing key is kept: as configured, else in the state folder that systemd gives, else nowhere.
fn key_file(config: &Config) -> Option<PathBuf> {
    let configured = &config.web.key_file;
    if !configured.as_os_str().is_empty() {
        return Some(configured.clone());
    }
    // systemd separates several state folders by colons; ours is the first.
    let folder = env::var("STATE_DIRECTORY").ok()?;
    let folder = folder.split(':').next().filter(|folder| !folder.is_empty())?;
    Some(PathBuf::from(folder).join("sealing.key"))
}
