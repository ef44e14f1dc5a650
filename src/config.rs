//! Every setting, its default and its bounds. `config/gateway.toml` says the same to the operator.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;

/// The commented file with every default; `cirrus print-config` prints it.
pub const DEFAULT_FILE: &str = include_str!("../config/gateway.toml");

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
    /// Ceilings.
    pub limits: Limits,
    /// Logging.
    pub log: Log,
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

impl Default for Limits {
    fn default() -> Self {
        Limits {
            sessions: 5000,
            idle_minutes: 10,
            sign_ins_per_address: 10,
            sign_ins_per_account: 10,
            streams_per_account: 20,
            sign_in_days: 30,
            sign_in_days_at_most: 180,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// Why a configuration is not usable. Names file, line and key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or has a key or value that is not known.
    #[error("{}: {message}", path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Line, key and reason.
        message: String,
    },
    /// A value is of the right type but cannot work.
    #[error("{key}: {reason}")]
    Value {
        /// The key, dotted.
        key: &'static str,
        /// What is wrong and what would be right.
        reason: String,
    },
}

impl Config {
    /// Reads a file; keys it does not name keep their defaults.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|error| ConfigError::Parse { path: path.to_owned(), message: error.to_string() })
    }
}

impl Config {
    /// Checks what types cannot say. Every fault is returned, so that one run shows all of them.
    pub fn faults(&self) -> Vec<ConfigError> {
        let mut faults = Vec::new();
        let mut fault = |key, reason: String| faults.push(ConfigError::Value { key, reason });
        if self.xmpp.domains.is_empty() {
            fault(
                "xmpp.domains",
                "name at least one domain whose members may sign in, such as [\"example.org\"]".into(),
            );
        }
        for domain in self.xmpp.domains.iter().chain(self.xmpp.servers.keys()).chain(&self.xmpp.services) {
            if domain.parse::<jid::BareJid>().map_or(true, |jid| jid.node().is_some()) {
                fault("xmpp.domains", format!("\"{domain}\" is not a domain name"));
            }
        }
        let url = &self.web.public_url;
        let host = url.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
        let is_loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host.rsplit_once(':').map_or(
            host,
            |(h, port)| {
                if port.bytes().all(|b| b.is_ascii_digit()) { h } else { host }
            },
        ));
        if host.is_empty() || host.contains('/') || !(url.starts_with("https://") || url.starts_with("http://")) {
            fault("web.public_url", format!("\"{url}\" must be like \"https://social.example.org\", without a path"));
        } else if url.starts_with("http://") && !is_loopback {
            fault("web.public_url", "http:// is accepted for localhost only; people's passwords need https://".into());
        }
        for (domain, server) in &self.xmpp.servers {
            if server
                .address
                .rsplit_once(':')
                .is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err())
            {
                fault("xmpp.servers", format!("the address of \"{domain}\" must be host:port"));
            }
        }
        if !self.guest.account.is_empty()
            && self.guest.account.parse::<jid::BareJid>().map_or(true, |j| j.node().is_none())
        {
            fault("guest.account", format!("\"{}\" is not an address like reader@example.org", self.guest.account));
        }
        if !self.guest.account.is_empty() && self.guest.password_file.as_os_str().is_empty() {
            fault("guest.password_file", "an account needs a file with its password".into());
        }
        let limits = &self.limits;
        for (key, value, range) in [
            ("limits.sessions", limits.sessions as u64, 1..=1_000_000),
            ("limits.idle_minutes", limits.idle_minutes, 1..=10_080),
            ("limits.sign_ins_per_address", limits.sign_ins_per_address.into(), 1..=1_000),
            ("limits.sign_ins_per_account", limits.sign_ins_per_account.into(), 1..=1_000),
            ("limits.streams_per_account", limits.streams_per_account as u64, 1..=1_000),
            ("limits.sign_in_days", limits.sign_in_days, 1..=366),
            ("limits.sign_in_days_at_most", limits.sign_in_days_at_most, 1..=3650),
        ] {
            if !range.contains(&value) {
                fault(key, format!("{value} is outside {} to {}", range.start(), range.end()));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_commented_file_says_what_default_does() {
        assert_eq!(toml::from_str::<Config>(DEFAULT_FILE).unwrap(), Config::default());
    }

    #[test]
    fn errors_name_line_and_key() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[web]\nlisten = \"127.0.0.1:80\"\nlitsen = 1\n").unwrap();
        let error = Config::read(file.path()).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("litsen"), "{error}");
    }

    #[test]
    fn faults_are_all_named() {
        let mut config = Config::default();
        config.web.public_url = "http://example.org".into();
        config.limits.sessions = 0;
        let faults: Vec<_> = config.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 3, "{faults:?}");
        config = Config::default();
        config.xmpp.domains = vec!["example.org".into()];
        assert!(config.faults().is_empty());
    }
}
