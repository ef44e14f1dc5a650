//! What every handler can reach.

use std::env;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::assets::Assets;
use super::ended::EndedFile;
use super::forms::Forms;
use super::live::Frames;
use super::pictures;
use super::registrations::Registrations;
use super::seal::{KeyError, Lifetime, Seal, SignIn, SignInId};
use super::security::CspReports;
use super::shared_pages::SharedPages;
use super::sign_ins::{InUse, SignIns};
use crate::channel::Address;
use crate::config::Config;
use crate::media::{Client, Pictures};
use crate::network::attempts::Attempts;
use crate::session::Sessions;

/// Sign-ins that may be under way at the same time; each takes up to 9 s of waiting.
const SIGN_INS_AT_ONCE: usize = 64;

/// What time it is.
type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

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
    /// The way to the web.
    pub client: Client,
    /// Strangers' pictures.
    pub pictures: Pictures,
    /// Public pages as bytes.
    pub shared_pages: SharedPages,
    /// Live events as bytes, made once for all who get them.
    pub frames: Frames,
    /// Attempts to sign in, shared with the other doors.
    pub attempts: Arc<Attempts>,
    /// Sign-ins under way.
    pub signing_in: Semaphore,
    /// How accounts are made at the servers.
    pub registrations: Registrations,
    /// Forms that are arriving.
    pub forms: Forms,
    /// How many reports of a stopped script or style came in.
    pub csp_reports: CspReports,
    /// Set when the server is told to stop: streams end.
    pub stopping: CancellationToken,
    /// What time it is.
    pub clock: Clock,
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl State {
    /// Builds the web side on the sessions; reads the sealing key, or makes it at the first run. Beside a key that is
    /// kept, ended sign-ins are kept.
    pub fn new(config: Arc<Config>, sessions: Sessions, attempts: Arc<Attempts>) -> Result<Self, KeyError> {
        let sign_ins = SignIns::new(config.limits.streams_per_account);
        let (seal, sign_ins) = match key_file(&config) {
            Some(path) => {
                let seal = Seal::read_or_make(&path)?;
                let path = path.with_extension("ended");
                let opened = EndedFile::open(&path, Timestamp::now());
                let (file, ended) = opened.map_err(|source| KeyError::File { path, source })?;
                (seal, sign_ins.kept(file, ended))
            }
            None => (Seal::random(), sign_ins),
        };
        Ok(Self::build(config, sessions, seal, sign_ins, attempts, Box::new(Timestamp::now)))
    }

    /// The same with a given seal and clock.
    pub fn with(
        config: Arc<Config>,
        sessions: Sessions,
        seal: Seal,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        let sign_ins = SignIns::new(config.limits.streams_per_account);
        let attempts = Arc::new(Attempts::new(&config.limits));
        Self::build(config, sessions, seal, sign_ins, attempts, Box::new(clock))
    }

    fn build(
        config: Arc<Config>,
        sessions: Sessions,
        seal: Seal,
        sign_ins: SignIns,
        attempts: Arc<Attempts>,
        clock: Clock,
    ) -> Self {
        let client = Client::new(&config).expect("the authorities were read for the sessions already");
        pictures::show_in_cards(&config, &seal);
        State(Arc::new(Shared {
            pictures: Pictures::new(client.clone()),
            client,
            attempts,
            assets: Assets::load(),
            shared_pages: SharedPages::new(),
            frames: Frames::new(),
            signing_in: Semaphore::new(SIGN_INS_AT_ONCE),
            registrations: Registrations::new(&config.xmpp.domains),
            forms: Forms::new(),
            csp_reports: CspReports::default(),
            stopping: CancellationToken::new(),
            clock,
            sign_ins,
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

    /// How long a sign-in lasts.
    pub fn lifetime(&self) -> Lifetime {
        let days = |days: u64| SignedDuration::from_hours(24 * i64::try_from(days).unwrap_or(30).clamp(1, 3650));
        let limits = &self.config.limits;
        Lifetime { idle: days(limits.sign_in_days), at_most: days(limits.sign_in_days_at_most) }
    }

    /// Ends a sign-in: its cookie is refused from now on and its streams end. Says whether the account has no other
    /// one in use here.
    pub fn end(&self, id: SignInId, address: &Address, created: Timestamp) -> bool {
        let now = self.now();
        // A copy of the cookie may have been sealed again a moment ago.
        let left = self.lifetime().left(created, now, now);
        self.sign_ins.end(id, address, now + left, now)
    }

    /// Ends those of an account's other sign-ins that are wanted; those that this process has not seen it cannot end.
    pub(super) fn end_others(&self, than: &SignIn, is_wanted: impl Fn(&InUse) -> bool) {
        for other in self.sign_ins.of(&than.address).iter().filter(|other| other.id != than.id && is_wanted(other)) {
            self.end(other.id, &than.address, other.created);
        }
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
