//! The XMPP servers the suites run against: three kinds, in the configurations that operators have.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{ejabberd, home, prosody};

/// How many accounts are made at the start of a server; each test takes its own.
pub const ACCOUNTS: usize = 600;

/// The password of every account.
pub const PASSWORD: &str = "a horse, correct";

/// What components prove themselves with.
pub const COMPONENT_SECRET: &str = "a component, correct";

/// Which program it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The small server of the demo.
    Home,
    /// Prosody.
    Prosody,
    /// ejabberd.
    Ejabberd,
}

/// Whose configuration it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// As Debian ships it.
    Stock,
    /// As we recommend it.
    Recommended,
}

/// Whether clients must encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// No encryption, on loopback.
    Off,
    /// STARTTLS is required; the certificate is by the tests' own authority.
    Required,
}

/// A running XMPP server.
pub struct Server {
    /// Its program.
    pub kind: Kind,
    /// Its configuration.
    pub setup: Setup,
    /// Its encryption.
    pub tls: Tls,
    /// The domain of its accounts.
    pub domain: String,
    /// Where clients connect, on 127.0.0.1.
    pub port: u16,
    /// Where components connect, on 127.0.0.1, if they may.
    pub components: Option<u16>,
    /// The pubsub service for communities, if it has one.
    pub pubsub: Option<String>,
    /// A domain that takes SASL ANONYMOUS, if it has one.
    pub anonymous: Option<String>,
    /// The authority of its certificate, if it encrypts.
    pub authority: Option<PathBuf>,
    /// How many accounts it has.
    pub accounts: usize,
    /// What keeps it running.
    pub running: Running,
    next_account: AtomicUsize,
}

/// What keeps a server running.
pub enum Running {
    /// A thread of this process, which makes accounts when they are wanted.
    Thread(home::Accounts),
    /// A program of its own.
    Program(std::sync::Mutex<super::process::Process>),
}

/// An account on a server.
#[derive(Debug, Clone)]
pub struct Account {
    /// `name@domain`.
    pub address: String,
    /// Its password.
    pub password: String,
}

impl Account {
    /// The part before the `@`.
    pub fn name(&self) -> &str {
        self.address.split('@').next().unwrap()
    }
}

impl Server {
    /// The server as its starter describes it.
    pub fn new(kind: Kind, setup: Setup, tls: Tls, domain: &str, port: u16, running: Running) -> Server {
        let recommended = setup == Setup::Recommended;
        let pubsub = match (kind, setup) {
            (Kind::Prosody, Setup::Stock) => None,
            _ => Some(format!("pubsub.{domain}")),
        };
        Server {
            kind,
            setup,
            tls,
            domain: domain.to_owned(),
            port,
            components: None,
            pubsub,
            anonymous: recommended.then(|| format!("anon.{domain}")),
            authority: (tls == Tls::Required).then(|| super::certificates::authority().file()),
            accounts: if kind == Kind::Home { usize::MAX } else { ACCOUNTS },
            running,
            next_account: AtomicUsize::new(1),
        }
    }

    /// An account that no other test has.
    pub fn account(&self) -> Account {
        let number = self.next_account.fetch_add(1, Ordering::Relaxed);
        assert!(number <= self.accounts, "more than the {} accounts of {} are taken", self.accounts, self.domain);
        if let Running::Thread(accounts) = &self.running {
            accounts.make(&format!("p{number}"));
        }
        Account { address: format!("p{number}@{}", self.domain), password: PASSWORD.to_owned() }
    }

    /// The part of a gateway's configuration that leads to this server.
    pub fn gateway_config(&self) -> String {
        let security = match self.tls {
            Tls::Off => "plain",
            Tls::Required => "starttls",
        };
        let mut text = String::new();
        for domain in [Some(&self.domain), self.anonymous.as_ref()].into_iter().flatten() {
            text.push_str(&format!(
                "[xmpp.servers.\"{domain}\"]\naddress = \"127.0.0.1:{}\"\nsecurity = \"{security}\"\n",
                self.port
            ));
        }
        text
    }

    /// Whether its process still lives.
    pub fn is_alive(&self) -> bool {
        match &self.running {
            Running::Thread(_) => std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok(),
            Running::Program(process) => process.lock().unwrap().is_alive(),
        }
    }

    /// What it has written, for the message of a failed test.
    pub fn log(&self) -> String {
        match &self.running {
            Running::Thread(_) => String::new(),
            Running::Program(process) => process.lock().unwrap().log(),
        }
    }
}

/// An example of config/examples for this domain, this port and our secret.
pub fn channel_service_example(name: &str, domain: &str, port: u16) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/examples").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.replace("example.org", domain)
        .replace("a long random secret", COMPONENT_SECRET)
        .replace("5347", &port.to_string())
}

macro_rules! shared {
    ($($(#[$doc:meta])* $name:ident = $start:expr;)*) => {
        $($(#[$doc])* pub fn $name() -> &'static Server {
            static SERVER: OnceLock<Server> = OnceLock::new();
            SERVER.get_or_init(|| $start)
        })*
    };
}

shared! {
    /// The server of the demo.
    home = home::start("home.test");
    /// The server of the demo, for tests that put a channel service beside it: it changes what one's own channel is.
    home_channels = home::start("home-channels.test");
    /// Prosody as recommended, for a channel service beside it.
    prosody_channels = prosody::start("prosody-channels.test", Setup::Recommended, Tls::Off);
    /// ejabberd as recommended, for a channel service beside it.
    ejabberd_channels = ejabberd::start("ejabberd-channels.test", Setup::Recommended, Tls::Off);
    /// Prosody as Debian ships it; encrypts.
    prosody_stock = prosody::start("prosody-stock.test", Setup::Stock, Tls::Required);
    /// Prosody as recommended, without encryption.
    prosody = prosody::start("prosody.test", Setup::Recommended, Tls::Off);
    /// Prosody as recommended, encrypting.
    prosody_tls = prosody::start("prosody-tls.test", Setup::Recommended, Tls::Required);
    /// ejabberd as Debian ships it; encrypts.
    ejabberd_stock = ejabberd::start("ejabberd-stock.test", Setup::Stock, Tls::Required);
    /// ejabberd as recommended, without encryption.
    ejabberd = ejabberd::start("ejabberd.test", Setup::Recommended, Tls::Off);
    /// ejabberd as recommended, encrypting.
    ejabberd_tls = ejabberd::start("ejabberd-tls.test", Setup::Recommended, Tls::Required);
}
