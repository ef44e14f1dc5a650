//! What all ways in have in common: which servers, how much of everything, who holds it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::network::attempts::Attempts;
use crate::network::client_address::{Peer, client_address};
use crate::network::limiter::network_of;
use crate::network::pace::{Buckets, Pace};
use crate::network::shares::{Share, Shares};
use crate::xml::Limits;
use crate::xmpp::connect::Connector;

/// What the doors share.
pub struct Door {
    /// Every setting.
    pub config: Arc<Config>,
    /// Connects to servers.
    pub connector: Connector,
    /// Attempts to sign in, by whichever door.
    pub attempts: Arc<Attempts>,
    /// Bounds on what clients send.
    pub from_client: Limits,
    /// Bounds on what servers send.
    pub from_server: Limits,
    /// How fast one session may send.
    pub pace: Pace,
    /// Sessions and sockets of everybody, by network.
    sessions: Shares<IpAddr>,
    /// All of them under one key.
    all: Shares<()>,
    fresh: Buckets<IpAddr>,
    /// Bytes that wait for clients, of all sessions.
    waiting: Arc<AtomicUsize>,
    /// Tasks of sessions and sockets.
    pub tasks: TaskTracker,
    /// Set when the gateway stops.
    pub stopping: CancellationToken,
}

/// The right to one session; given back when dropped.
#[derive(Debug)]
pub struct Permit(
    #[expect(dead_code, reason = "held, not read")] Share<()>,
    #[expect(dead_code)] Option<Share<IpAddr>>,
);

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// Whether it came encrypted, as far as a trusted proxy says.
    pub is_secure: bool,
    /// Whether ceilings per client do not hold for it.
    pub is_exempt: bool,
}

impl Door {
    /// With everything shut and nobody in.
    pub fn new(config: Arc<Config>, connector: Connector, attempts: Arc<Attempts>) -> Self {
        let settings = &config.proxy;
        let limits = Limits { stanza_bytes: settings.stanza_bytes, ..Limits::default() };
        let minute = Duration::from_secs(60);
        Door {
            connector,
            attempts,
            from_client: Limits { total_bytes: settings.body_bytes, ..limits },
            from_server: Limits::default(),
            pace: Pace::new(settings.bytes_per_second, Duration::from_secs(1), settings.burst_bytes),
            sessions: Shares::new(),
            all: Shares::new(),
            fresh: Buckets::new(Pace::new(settings.new_sessions_per_minute, minute, settings.new_sessions_per_minute)),
            waiting: Arc::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            config,
        }
    }

    /// The domain in its canonical form, if its members may come in here.
    pub fn allowed(&self, to: &str) -> Option<String> {
        let domain = to.parse::<jid::BareJid>().ok().filter(|jid| jid.node().is_none())?.to_string();
        self.config.xmpp.domains.contains(&domain).then_some(domain)
    }

    /// Lets one more session in, if there is room for it.
    pub fn admit(&self, client: Client) -> Option<Permit> {
        let settings = &self.config.proxy;
        let whole = self.all.take((), 1, settings.sessions)?;
        if client.is_exempt {
            return Some(Permit(whole, None));
        }
        let network = network_of(client.address);
        let share = self.sessions.take(network, 1, settings.sessions_per_address)?;
        let is_in_time = self.fresh.try_take(network, Instant::now());
        if !is_in_time {
            tracing::debug!(client.address = %client.address, "too many new sessions from one network");
        }
        is_in_time.then_some(Permit(whole, Some(share)))
    }

    /// The share of a new session in what waits for clients.
    pub fn backlog(&self) -> Backlog {
        Backlog { all: self.waiting.clone(), most: self.config.proxy.backlog_bytes, own: 0 }
    }

    /// Where a request comes from.
    pub fn client(&self, parts: &Parts) -> Client {
        let trusted = &self.config.web.trusted_proxies;
        let peer = parts.extensions.get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
        let fields = parts.headers.get_all("x-forwarded-for").iter().map(|value| value.as_bytes());
        let address = client_address(peer, fields, trusted);
        let is_trusted = trusted.iter().any(|net| net.contains(&peer.to_canonical()));
        Client {
            address,
            is_secure: is_trusted && is_https(&parts.headers),
            is_exempt: self.config.proxy.exempt_networks.iter().any(|net| net.contains(&address)),
        }
    }
}

/// What waits for one client, counted with all others until this is dropped.
#[derive(Debug)]
pub struct Backlog {
    all: Arc<AtomicUsize>,
    most: usize,
    own: usize,
}

impl Backlog {
    /// So many bytes that any client may have waiting, however much waits for others.
    const ALWAYS: usize = 16 * 1024;

    /// Sets how many bytes are kept: those that wait, and answers that may be asked for again.
    pub fn set(&mut self, own: usize) {
        if own > self.own {
            self.all.fetch_add(own - self.own, Ordering::Relaxed);
        } else if own < self.own {
            self.all.fetch_sub(self.own - own, Ordering::Relaxed);
        }
        self.own = own;
    }

    /// Whether no more should be taken in before this client, for which so many bytes wait, has taken them.
    pub fn is_full(&self, waiting: usize) -> bool {
        waiting >= Self::ALWAYS && self.all.load(Ordering::Relaxed) >= self.most
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// What the nearest proxy says; it replaces what came from further away.
fn is_https(headers: &HeaderMap) -> bool {
    headers.get_all("x-forwarded-proto").iter().next_back().is_some_and(|value| value.as_bytes() == b"https")
}

/// 128 random bits as a name that nobody can guess, and that fits everywhere.
pub fn new_name() -> Box<str> {
    let mut bytes = [0; 16];
    #[expect(clippy::expect_used, reason = "a guessable name would give somebody's session away")]
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes).expect("the system has randomness");
    BASE64_URL_SAFE_NO_PAD.encode(bytes).into()
}
