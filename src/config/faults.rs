//! What the types of the settings cannot say: values that are well-formed and cannot work, or work badly.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::Path;

use tracing_subscriber::EnvFilter;

use super::{Config, Security};

/// A setting that cannot work, or hardly what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, table by table.
    pub key: Vec<String>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Fault {
    fn new(key: &str, reason: impl Into<String>) -> Self {
        Fault { key: key.split('.').map(str::to_owned).collect(), reason: reason.into() }
    }

    fn of_server(domain: &str, key: Option<&str>, reason: impl Into<String>) -> Self {
        let key = ["xmpp", "servers", domain].into_iter().chain(key).map(str::to_owned).collect();
        Fault { key, reason: reason.into() }
    }

    /// The key as it is written in a file.
    pub fn key(&self) -> String {
        let quoted = |name: &String| if name.contains('.') { format!("\"{name}\"") } else { name.clone() };
        self.key.iter().map(quoted).collect::<Vec<_>>().join(".")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key(), self.reason)
    }
}

impl Config {
    /// What cannot work. Every fault is returned, so that one run shows all of them.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.check_domains(&mut faults);
        self.check_servers(&mut faults);
        self.check_public_url(&mut faults);
        self.check_guest(&mut faults);
        self.check_limits(&mut faults);
        self.check_proxy(&mut faults);
        if !self.channel_service.domain.is_empty() {
            faults.extend(self.channel_service_faults());
        }
        check_file("xmpp.ca_file", &self.xmpp.ca_file, &mut faults);
        if let Err(reason) = check_level(&self.log.level) {
            faults.push(Fault::new("log.level", reason));
        }
        faults
    }

    /// What cannot work in the settings of the channel service.
    pub fn channel_service_faults(&self) -> Vec<Fault> {
        let service = self.channel_service.clone().filled();
        let mut faults = Vec::new();
        let fault = |key: &str, reason: String| Fault::new(&format!("channel_service.{key}"), reason);
        let guests = service.guests.iter().map(|domain| ("guests", domain));
        let own = [("domain", &service.domain), ("address", &service.address), ("topics", &service.topics)];
        for (key, domain) in own.into_iter().chain(guests) {
            if service.domain.is_empty() && key != "domain" {
                continue;
            }
            if !is_domain(domain) {
                faults.push(fault(key, not_a_domain(domain)));
            }
        }
        if service.address == service.topics || service.domain == service.address || service.domain == service.topics {
            faults.push(fault("address", "domain, address and topics must be three different names".to_owned()));
        }
        let host_and_port = service.server.rsplit_once(':');
        if host_and_port.is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err()) {
            let reason = format!("\"{}\" must be host:port, such as \"127.0.0.1:5347\"", service.server);
            faults.push(fault("server", reason));
        }
        if service.secret_file.as_os_str().is_empty() {
            faults.push(fault("secret_file", "name the file with the secret that the XMPP server knows".to_owned()));
        }
        check_file("channel_service.secret_file", &service.secret_file, &mut faults);
        faults
    }

    /// What works, but hardly as it was meant.
    pub fn doubts(&self) -> Vec<Fault> {
        let web = &self.web;
        if web.public_url.starts_with("https://") && web.listen.ip().is_loopback() && web.trusted_proxies.is_empty() {
            let reason = "a proxy must stand before this gateway, and all people behind it count as one when they sign \
                          in too often; if the proxy sets X-Forwarded-For, write [\"127.0.0.1/32\", \"::1/128\"]";
            return vec![Fault::new("web.trusted_proxies", reason)];
        }
        Vec::new()
    }

    fn check_domains(&self, faults: &mut Vec<Fault>) {
        if self.xmpp.domains.is_empty() {
            let reason = "name at least one domain whose members may sign in, such as [\"example.org\"]";
            faults.push(Fault::new("xmpp.domains", reason));
        }
        let guest = Some(&self.guest.domain).filter(|domain| !domain.is_empty());
        let domains = self.xmpp.domains.iter().map(|domain| ("xmpp.domains", domain));
        let services = self.xmpp.services.iter().map(|service| ("xmpp.services", service));
        for (key, domain) in domains.chain(services).chain(guest.map(|domain| ("guest.domain", domain))) {
            if !is_domain(domain) {
                faults.push(Fault::new(key, not_a_domain(domain)));
            }
        }
    }

    fn check_servers(&self, faults: &mut Vec<Fault>) {
        for (domain, server) in &self.xmpp.servers {
            if !is_domain(domain) {
                faults.push(Fault::of_server(domain, None, not_a_domain(domain)));
            }
            let host_and_port = server.address.rsplit_once(':');
            let Some((host, _)) = host_and_port.filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
            else {
                let reason = format!("\"{}\" must be host:port, such as \"127.0.0.1:5222\"", server.address);
                faults.push(Fault::of_server(domain, Some("address"), reason));
                continue;
            };
            if server.security == Security::Plain && !is_loopback(host) {
                let reason = "\"plain\" is for loopback addresses only; passwords need \"starttls\" or \"direct-tls\"";
                faults.push(Fault::of_server(domain, Some("security"), reason));
            }
        }
    }

    fn check_public_url(&self, faults: &mut Vec<Fault>) {
        check_url("web.public_url", &self.web.public_url, faults);
        if !self.media.public_url.is_empty() {
            check_url("media.public_url", &self.media.public_url, faults);
        }
        for host in &self.media.internal_hosts {
            if url::Host::parse(host).is_err() {
                let reason = format!("\"{host}\" is no host, such as \"upload.example.org\" or \"10.0.0.5\"");
                faults.push(Fault::new("media.internal_hosts", reason));
            }
        }
    }

    fn check_guest(&self, faults: &mut Vec<Fault>) {
        let guest = &self.guest;
        if guest.account.is_empty() {
            return;
        }
        if guest.account.parse::<jid::BareJid>().map_or(true, |account| account.node().is_none()) {
            let reason = format!("\"{}\" is not an address like reader@example.org", guest.account);
            faults.push(Fault::new("guest.account", reason));
        }
        if guest.password_file.as_os_str().is_empty() {
            faults.push(Fault::new("guest.password_file", "an account needs a file with its password"));
        }
        check_file("guest.password_file", &guest.password_file, faults);
    }

    fn check_proxy(&self, faults: &mut Vec<Fault>) {
        let proxy = &self.proxy;
        let node = &proxy.node;
        if node.is_empty() || node.len() > 16 || !node.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            faults.push(Fault::new("proxy.node", format!("\"{node}\" must be 1 to 16 letters and digits")));
        }
        check_ranges(
            faults,
            &[
                ("proxy.wait_seconds", proxy.wait_seconds, 1..=600),
                ("proxy.inactivity_seconds", proxy.inactivity_seconds, 1..=3_600),
                ("proxy.max_pause_seconds", proxy.max_pause_seconds, 1..=86_400),
                ("proxy.polling_seconds", proxy.polling_seconds, 1..=60),
                ("proxy.body_bytes", proxy.body_bytes as u64, 10_000..=16_777_216),
                ("proxy.stanza_bytes", proxy.stanza_bytes as u64, 10_000..=16_777_216),
                ("proxy.queue_bytes", proxy.queue_bytes as u64, 10_000..=67_108_864),
                ("proxy.backlog_bytes", proxy.backlog_bytes as u64, 100_000..=1 << 40),
                ("proxy.sessions", proxy.sessions as u64, 1..=1_000_000),
                ("proxy.sessions_per_address", proxy.sessions_per_address as u64, 1..=1_000_000),
                ("proxy.new_sessions_per_minute", proxy.new_sessions_per_minute.into(), 1..=1_000_000),
                ("proxy.bytes_per_second", proxy.bytes_per_second.into(), 1_000..=1_000_000_000),
                ("proxy.burst_bytes", proxy.burst_bytes.into(), 1_000..=1_000_000_000),
            ],
        );
    }

    fn check_limits(&self, faults: &mut Vec<Fault>) {
        let limits = &self.limits;
        let ranges = [
            ("limits.sessions", limits.sessions as u64, 1..=1_000_000),
            ("limits.idle_minutes", limits.idle_minutes, 1..=10_080),
            ("limits.sign_ins_per_address", limits.sign_ins_per_address.into(), 1..=1_000),
            ("limits.sign_ins_per_account", limits.sign_ins_per_account.into(), 1..=1_000),
            ("limits.failures_per_server", limits.failures_per_server.into(), 0..=1_000_000),
            ("limits.streams_per_account", limits.streams_per_account as u64, 1..=1_000),
            ("limits.sign_in_days", limits.sign_in_days, 1..=366),
            ("limits.sign_in_days_at_most", limits.sign_in_days_at_most, 1..=3650),
        ];
        check_ranges(faults, &ranges);
    }
}

fn check_ranges(faults: &mut Vec<Fault>, ranges: &[(&str, u64, RangeInclusive<u64>)]) {
    for (key, value, range) in ranges {
        if !range.contains(value) {
            let reason = format!("{value} is outside {} to {}", range.start(), range.end());
            faults.push(Fault::new(key, reason));
        }
    }
}

fn is_domain(domain: &str) -> bool {
    domain.parse::<jid::BareJid>().is_ok_and(|jid| jid.node().is_none())
}

fn not_a_domain(domain: &str) -> String {
    format!("\"{domain}\" is not a domain name")
}

fn is_loopback(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

/// Whether a file that is named can be opened.
fn check_file(key: &str, path: &Path, faults: &mut Vec<Fault>) {
    if path.as_os_str().is_empty() {
        return;
    }
    if let Err(error) = std::fs::File::open(path) {
        faults.push(Fault::new(key, format!("{} cannot be read: {error}", path.display())));
    }
}

/// A lone word that is no level would be taken for the name of a target, and silence everything else.
fn check_level(level: &str) -> Result<(), String> {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let is_bare = |part: &&str| !part.contains(['=', '[']);
    let unknown = level.split(',').map(str::trim).filter(is_bare).find(|part| {
        let part = part.to_ascii_lowercase();
        !levels.contains(&part.as_str())
    });
    if let Some(word) = unknown {
        return Err(format!("\"{word}\" is none of {}, nor a filter such as \"info,hyper=warn\"", levels.join(", ")));
    }
    EnvFilter::try_new(level).map(drop).map_err(|error| error.to_string())
}

/// An address that people's browsers use.
fn check_url(key: &str, url: &str, faults: &mut Vec<Fault>) {
    let host = url.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if host.is_empty() || host.contains('/') || !is_web {
        let reason = format!("\"{url}\" must be like \"https://social.example.org\", without a path");
        faults.push(Fault::new(key, reason));
    } else if url.starts_with("http://") && !is_loopback(name.map_or(host, |(name, _)| name)) {
        let reason = "http:// is accepted for localhost only; people's passwords need https://";
        faults.push(Fault::new(key, reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_all_named() {
        let mut config = Config::default();
        config.web.public_url = "http://example.org".into();
        config.limits.sessions = 0;
        let keys: Vec<_> = config.faults().iter().map(Fault::key).collect();
        assert_eq!(keys, ["xmpp.domains", "web.public_url", "limits.sessions"]);
        config = Config::default();
        config.xmpp.domains = vec!["example.org".into()];
        assert_eq!(config.faults(), []);
        assert_eq!(config.doubts(), []);
    }

    #[test]
    fn a_level_is_a_word_or_a_filter() {
        for good in ["info", "WARN", "info,hyper=warn", "off"] {
            assert_eq!(check_level(good), Ok(()), "{good}");
        }
        for bad in ["inof", "", "info,hyper", "cirrus=loud"] {
            assert!(check_level(bad).is_err(), "{bad}");
        }
    }
}
