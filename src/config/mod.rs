//! Every setting, its default and its bounds. `config/gateway.toml` says the same to the operator.

pub mod faults;
pub mod source;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;

pub use faults::Fault;
pub use source::Source;

/// The commented file with every default; `cirrus print-config` prints it.
pub const DEFAULT_FILE: &str = include_str!("../../config/gateway.toml");

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The web server.
    pub web: Web,
    /// The XMPP servers people sign in to.
    pub xmpp: Xmpp,
    /// The session that reads public channels for everybody.
    pub guest: Guest,
    /// The door for other XMPP clients.
    pub proxy: Proxy,
    /// Pictures and files.
    pub media: Media,
    /// Ceilings.
    pub limits: Limits,
    /// Logging.
    pub log: Log,
    /// The channel service.
    pub channel_service: ChannelService,
}

/// `[web]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address people type, without a trailing slash. `https://…`, or `http://` on loopback.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The file with the sealing key; made at first run, mode 0600. Empty: `$STATE_DIRECTORY/sealing.key`,
    /// else a random key that ends with the process.
    pub key_file: PathBuf,
}

/// `[xmpp]`
#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Xmpp {
    /// Whose members may sign in. The first is offered in the form.
    pub domains: Vec<String>,
    /// A PEM file with further certificate authorities to trust.
    pub ca_file: PathBuf,
    /// Pubsub services to list, besides those that disco finds at `domains`.
    pub services: Vec<String>,
    /// Per domain: a fixed address instead of SRV look-up.
    pub servers: BTreeMap<String, Server>,
}

/// `[xmpp.servers."example.org"]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Host and port to dial. The certificate is still checked for the domain.
    pub address: String,
    /// How the connection is encrypted.
    #[serde(default)]
    pub security: Security,
}

/// How a connection to an XMPP server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// STARTTLS, required (RFC 6120 §5).
    #[default]
    Starttls,
    /// TLS from the first byte (XEP-0368).
    DirectTls,
    /// None; accepted for loopback addresses only.
    Plain,
}

/// `[guest]`
#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Guest {
    /// An account that reads for everybody; empty: SASL ANONYMOUS is tried.
    pub account: String,
    /// The file with its password.
    pub password_file: PathBuf,
    /// A domain that takes SASL ANONYMOUS; empty: the first of `xmpp.domains` is tried.
    pub domain: String,
}

/// `[proxy]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Proxy {
    /// BOSH at `/http-bind` (XEP-0124).
    pub bosh: bool,
    /// WebSocket at `/xmpp-websocket` (RFC 7395).
    pub websocket: bool,
    /// The name of this gateway among several; names of sessions begin with it.
    pub node: String,
    /// Seconds that a request is held at most.
    pub wait_seconds: u64,
    /// Seconds without a request after which a client is taken to be gone.
    pub inactivity_seconds: u64,
    /// Seconds that a client may ask to be away.
    pub max_pause_seconds: u64,
    /// Seconds between two requests that ask for nothing.
    pub polling_seconds: u64,
    /// Bytes of one request, unpacked, and of one message of a WebSocket.
    pub body_bytes: usize,
    /// Bytes of one stanza from a client.
    pub stanza_bytes: usize,
    /// Bytes that wait for one client, or for its server, before the other side has to wait.
    pub queue_bytes: usize,
    /// Bytes that wait for all BOSH clients together, before servers have to wait for those with the most.
    pub backlog_bytes: usize,
    /// Sessions and sockets of everybody at the same time.
    pub sessions: usize,
    /// Of these, from one address (IPv6: per /64).
    pub sessions_per_address: usize,
    /// New ones per minute and address.
    pub new_sessions_per_minute: u32,
    /// Bytes per second that one client may send, for long.
    pub bytes_per_second: u32,
    /// Bytes that it may send at once.
    pub burst_bytes: u32,
    /// Networks to whose clients the four ceilings above do not apply.
    pub exempt_networks: Vec<IpNet>,
}

/// `[media]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// Whether pictures in posts are shown; else they are links.
    pub pictures: bool,
    /// Another address of this gateway that pictures are shown from, without a trailing slash; empty: `web.public_url`.
    pub public_url: String,
    /// Hosts of the operator's own, which may have private addresses and any port.
    pub internal_hosts: Vec<String>,
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Accounts with a live session at the same time.
    pub sessions: usize,
    /// Minutes a session lives on after its last page.
    pub idle_minutes: u64,
    /// Sign-in attempts per minute and client address (IPv6: per /64).
    pub sign_ins_per_address: u32,
    /// Sign-in attempts per five minutes and account.
    pub sign_ins_per_account: u32,
    /// Sign-in attempts without a success that one server may see within an hour; 0 for any number.
    pub failures_per_server: u32,
    /// Live streams one account may have open at the same time.
    pub streams_per_account: usize,
    /// Days a sign-in lasts when it is not used.
    pub sign_in_days: u64,
    /// Days a sign-in lasts at most, however often it is used.
    pub sign_in_days_at_most: u64,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a tracing filter.
    pub level: String,
    /// `text` or `json`.
    pub format: LogFormat,
}

/// `[channel_service]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelService {
    /// The domain whose accounts are members. Empty: no channel service is run.
    pub domain: String,
    /// The service's own address; empty: `channels.` before the domain.
    pub address: String,
    /// The domain of topic channels; empty: `topics.` before the domain.
    pub topics: String,
    /// Domains whose accounts are anonymous; none: `anon.` before the domain.
    pub guests: Vec<String>,
    /// What the service calls itself.
    pub name: String,
    /// Host and port of the XMPP server's component listener (XEP-0114).
    pub server: String,
    /// The file with the secret that the XMPP server knows it by.
    pub secret_file: PathBuf,
    /// A SQLite file, or `postgresql://…`; empty: `$STATE_DIRECTORY/channels.db`.
    pub database: String,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

impl Default for Web {
    fn default() -> Self {
        Web {
            listen: SocketAddr::from(([127, 0, 0, 1], 8480)),
            public_url: "http://localhost:8480".to_owned(),
            trusted_proxies: Vec::new(),
            key_file: PathBuf::new(),
        }
    }
}

impl Default for Proxy {
    fn default() -> Self {
        Proxy {
            bosh: true,
            websocket: true,
            node: "1".to_owned(),
            wait_seconds: 50,
            inactivity_seconds: 100,
            max_pause_seconds: 300,
            polling_seconds: 5,
            body_bytes: 262_144,
            stanza_bytes: 262_144,
            queue_bytes: 524_288,
            backlog_bytes: 268_435_456,
            sessions: 10_000,
            sessions_per_address: 64,
            new_sessions_per_minute: 10,
            bytes_per_second: 10_000,
            burst_bytes: 65_536,
            exempt_networks: Vec::new(),
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Media { pictures: true, public_url: String::new(), internal_hosts: Vec::new() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            sessions: 5000,
            idle_minutes: 10,
            sign_ins_per_address: 10,
            sign_ins_per_account: 10,
            failures_per_server: 18,
            streams_per_account: 20,
            sign_in_days: 30,
            sign_in_days_at_most: 180,
        }
    }
}

impl Default for ChannelService {
    fn default() -> Self {
        ChannelService {
            domain: String::new(),
            address: String::new(),
            topics: String::new(),
            guests: Vec::new(),
            name: "Channels".to_owned(),
            server: "127.0.0.1:5347".to_owned(),
            secret_file: PathBuf::new(),
            database: String::new(),
        }
    }
}

impl ChannelService {
    /// The same with every address that follows from the domain filled in.
    pub fn filled(mut self) -> Self {
        let before = |prefix: &str| format!("{prefix}.{}", self.domain);
        if self.address.is_empty() {
            self.address = before("channels");
        }
        if self.topics.is_empty() {
            self.topics = before("topics");
        }
        if self.guests.is_empty() {
            self.guests = vec![before("anon")];
        }
        self
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { level: "info".to_owned(), format: LogFormat::Text }
    }
}

impl Config {
    /// The same with domains in the form in which they are compared (RFC 7622 §3.2). What is no domain stays, for
    /// [`Config::faults`] to name.
    pub fn canonical(mut self) -> Self {
        for domain in self.xmpp.domains.iter_mut().chain(&mut self.xmpp.services).chain([&mut self.guest.domain]) {
            *domain = canonical(domain);
        }
        let service = &mut self.channel_service;
        let addresses = [&mut service.domain, &mut service.address, &mut service.topics];
        for domain in addresses.into_iter().chain(&mut service.guests).filter(|domain| !domain.is_empty()) {
            *domain = canonical(domain);
        }
        self.xmpp.servers =
            self.xmpp.servers.into_iter().map(|(domain, server)| (canonical(&domain), server)).collect();
        self
    }
}

fn canonical(domain: &str) -> String {
    jid::BareJid::new(domain).map_or_else(|_| domain.to_owned(), |jid| jid.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_commented_file_says_what_default_does() {
        assert_eq!(toml::from_str::<Config>(DEFAULT_FILE).unwrap(), Config::default());
    }
}
