//! The one HTTP client and its limits: which addresses it may reach, how long that may take, how much may come back.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Method, Response, StatusCode, header};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};
use url::{Host, Url};

use crate::config::Config;
use crate::network::address::{self, is_global};
use crate::network::resolver;
use crate::network::trust::{self, TlsError};

/// How long one file may take, redirects and all (security.md O4).
const WHOLE: Duration = Duration::from_secs(10);
/// How long putting a file may take.
const PUT: Duration = Duration::from_secs(60);
/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(5);
/// How often somebody may send us elsewhere.
const REDIRECTS: usize = 3;
/// Requests under way at the same time, of everybody and to one host.
const AT_ONCE: usize = 32;
const PER_HOST: usize = 6;
/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(5);

/// Why a file cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The URL is none that we go to: its scheme, port, credentials or address.
    #[error("this address is not fetched from")]
    Forbidden,
    /// The site does not answer, or not in time.
    #[error("the site does not answer")]
    Unreachable,
    /// It answers that there is nothing, or something broken.
    #[error("the site does not give the file")]
    Refused,
    /// The file is larger than is taken.
    #[error("the file is too large")]
    TooLarge,
    /// It is of no kind that is shown.
    #[error("this kind of file is not shown")]
    Unfit,
    /// Too much is under way.
    #[error("too much is under way at the moment")]
    Busy,
}

/// Fetches what strangers name. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    internal: Arc<BTreeSet<String>>,
    turns: Semaphore,
    /// Of each host that something is fetched from at the moment.
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Client {
    /// A client with the operator's own hosts (`media.internal_hosts`) and authorities (`xmpp.ca_file`).
    pub fn new(config: &Config) -> Result<Self, TlsError> {
        let internal: Arc<BTreeSet<String>> =
            Arc::new(config.media.internal_hosts.iter().map(|host| host.to_ascii_lowercase()).collect());
        let http = build(&config.xmpp.ca_file, Guard { internal: internal.clone() })?;
        let (turns, hosts) = (Semaphore::new(AT_ONCE), Mutex::default());
        Ok(Client(Arc::new(Inner { http, internal, turns, hosts })))
    }

    /// Gets a file of at most `most` bytes.
    pub async fn get(&self, url: &Url, accept: &'static str, most: usize) -> Result<Bytes, Trouble> {
        let deadline = Instant::now() + WHOLE;
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let host = self.check(&url)?;
            let _turn = self.turn(&host).await?;
            let request = self.0.http.request(Method::GET, url.clone()).header(header::ACCEPT, accept);
            let answer = timeout_at(deadline, request.send()).await.map_err(|_| Trouble::Unreachable)?;
            let response = answer.map_err(|error| explain(&url, &error))?;
            if response.status().is_redirection() {
                let target = response.headers().get(header::LOCATION).and_then(|target| target.to_str().ok());
                url = target.and_then(|target| url.join(target).ok()).ok_or(Trouble::Refused)?;
                continue;
            }
            if !response.status().is_success() {
                return Err(Trouble::Refused);
            }
            return timeout_at(deadline, collect(response, most)).await.map_err(|_| Trouble::Unreachable)?;
        }
        Err(Trouble::Refused)
    }

    /// Puts a file where a server said (XEP-0363 §4): over TLS, unless the host is the operator's own. `fields` are
    /// header fields.
    pub async fn put(
        &self,
        url: &Url,
        fields: &[(&'static str, String)],
        media_type: &str,
        bytes: Bytes,
    ) -> Result<(), Trouble> {
        let host = self.check(url)?;
        if url.scheme() != "https" && !self.0.internal.contains(&host) {
            return Err(Trouble::Forbidden);
        }
        let _turn = self.turn(&host).await?;
        let deadline = Instant::now() + PUT;
        let mut request = self.0.http.request(Method::PUT, url.clone()).header(header::CONTENT_TYPE, media_type);
        for (name, value) in fields {
            request = request.header(*name, value);
        }
        let answer = timeout_at(deadline, request.body(bytes).send()).await.map_err(|_| Trouble::Unreachable)?;
        let response = answer.map_err(|error| explain(url, &error))?;
        match response.status() {
            status if status.is_success() => Ok(()),
            StatusCode::PAYLOAD_TOO_LARGE => Err(Trouble::TooLarge),
            status => {
                tracing::info!(media.host = host, http.status = status.as_u16(), "A file was not taken.");
                Err(Trouble::Refused)
            }
        }
    }

    /// Whether we go there at all; its host, by which requests are counted. Only the operator's own hosts may be named
    /// with a port of their own.
    fn check(&self, url: &Url) -> Result<String, Trouble> {
        let host = url.host_str().ok_or(Trouble::Forbidden)?.to_ascii_lowercase();
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !is_plain || !matches!(url.scheme(), "http" | "https") {
            return Err(Trouble::Forbidden);
        }
        if self.0.internal.contains(&host) {
            return Ok(host);
        }
        // An address that stands in the URL itself is never looked up.
        let is_public = match url.host() {
            Some(Host::Ipv4(ip)) => is_global(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => is_global(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        if is_public && url.port().is_none() { Ok(host) } else { Err(Trouble::Forbidden) }
    }

    /// A place among the requests under way.
    async fn turn(&self, host: &str) -> Result<(SemaphorePermit<'_>, OwnedSemaphorePermit), Trouble> {
        let of_host = {
            let mut hosts = self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            hosts.retain(|_, turns| Arc::strong_count(turns) > 1);
            hosts.entry(host.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(PER_HOST))).clone()
        };
        let both = async { Ok::<_, AcquireError>((of_host.acquire_owned().await?, self.0.turns.acquire().await?)) };
        let turns = timeout(TURN, both).await.ok().and_then(Result::ok);
        turns.map(|(of_host, turn)| (turn, of_host)).ok_or(Trouble::Busy)
    }
}

fn build(ca_file: &Path, guard: Guard) -> Result<reqwest::Client, TlsError> {
    let tls = trust::client_config(ca_file)?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.as_ref().clone())
        .dns_resolver(Arc::new(guard))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(2)
        .pool_idle_timeout(Duration::from_secs(20))
        .user_agent(concat!("Cirrus/", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(client.expect("a client with a TLS configuration of ours can be made"))
}

/// Says what was wrong, and logs it for the operator.
fn explain(url: &Url, error: &reqwest::Error) -> Trouble {
    let mut reason: &dyn std::error::Error = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    tracing::info!(media.host = url.host_str(), media.error = %reason, "A file could not be fetched.");
    if error.is_connect() || error.is_timeout() { Trouble::Unreachable } else { Trouble::Refused }
}

/// The body, if it is not larger than it may be. What it says of its own length is believed only against it.
async fn collect(mut response: Response, most: usize) -> Result<Bytes, Trouble> {
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Err(Trouble::TooLarge);
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Trouble::Refused)? {
        if bytes.len() + chunk.len() > most {
            return Err(Trouble::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Looks names up and lets only public addresses through; the client connects to exactly these.
struct Guard {
    internal: Arc<BTreeSet<String>>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let internal = self.internal.clone();
        Box::pin(async move {
            let host = name.as_str().to_ascii_lowercase();
            let found: Vec<SocketAddr> = if internal.contains(&host) {
                // The port of the URL is put in place of this one.
                address::configured(&host, 0).await?
            } else {
                let found = resolver::system()?.lookup_ip(format!("{host}.")).await?;
                let public = found.iter().filter(|ip| is_global(*ip)).take(address::MOST);
                public.map(|ip| SocketAddr::new(ip, 0)).collect()
            };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn client(internal: &[&str]) -> Client {
        let mut config = Config::default();
        config.media.internal_hosts = internal.iter().map(|host| (*host).to_owned()).collect();
        Client::new(&config).unwrap()
    }

    #[tokio::test]
    async fn only_the_public_web_is_reached() {
        let client = client(&["files.home"]);
        for hostile in [
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://example.org:22/",
            "http://8.8.8.8:8080/",
            "https://user:word@example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "data:image/png;base64,AA",
        ] {
            let url = Url::parse(hostile).unwrap();
            assert_eq!(client.get(&url, "*/*", 10).await.unwrap_err(), Trouble::Forbidden, "{hostile}");
        }
        for good in ["https://example.org/a.png", "http://8.8.8.8/", "https://FILES.home:5443/a"] {
            assert!(client.check(&Url::parse(good).unwrap()).is_ok(), "{good}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_no_way_in() {
        let client = client(&[]);
        let found = client.get(&Url::parse("http://localhost/").unwrap(), "*/*", 10).await;
        assert_eq!(found.unwrap_err(), Trouble::Unreachable);
    }
}
