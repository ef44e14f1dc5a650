//! Signing in to an XMPP server (RFC 6120 §3 to §6, XEP-0368): found, encrypted, authenticated, each with a deadline.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::select_ok;
use jid::{BareJid, Jid};
use minidom::Element;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_xmpp::stanzastream::Connection;
use tokio_xmpp::xmlstream::{RecvFeaturesError, StreamHeader, Timeouts, XmlStream, initiate_stream};
use xmpp_parsers::stream_features::StreamFeatures;
use xso::FromXml;

use super::dns::{self, Candidate};
use super::sasl::{self, Channel, Claim, Secret};
use super::{mend, starttls, tls};
use crate::config::{self, Security, Server};
use crate::network::address;
use crate::xml::Limits;
use crate::xml::guard::Guarded;

/// From the first look-up to the authenticated stream.
pub const WHOLE: Duration = Duration::from_secs(9);
/// Each of: the TCP connection, the STARTTLS exchange, the TLS handshake, a stream header with its features.
const STEP: Duration = Duration::from_secs(3);
/// The second look at the salt may take this long; it delays the first page of a sign-in.
const SECOND_LOOK: Duration = Duration::from_secs(2);
/// The next address of a host is tried beside the first after this (RFC 8305 §5).
const STAGGER: Duration = Duration::from_millis(250);
/// How long a signed-in stream may be silent before we ask whether the server is still there, and how long the
/// answer may take.
const TIMEOUTS: Timeouts =
    Timeouts { read_timeout: Duration::from_secs(60), response_timeout: Duration::from_secs(20) };
const CLIENT: &str = "jabber:client";

/// Why there is no connection. Causes are logged where they are seen; these are what a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The server refused the password or the keys. Trying again cannot help and would count against the account.
    #[error("the server refused the password")]
    Refused,
    /// No address, nothing listens there, or the server says that it cannot serve us now.
    #[error("the server cannot be reached")]
    Unreachable,
    /// It accepted the connection and then did not answer.
    #[error("the server does not answer")]
    Timeout,
    /// Its certificate is not for this domain, expired, or by an unknown authority.
    #[error("the server's certificate is not valid")]
    Certificate,
    /// It offers no encryption.
    #[error("the server offers no encryption")]
    Unencrypted,
    /// It offers no mechanism that we accept.
    #[error("the server offers no acceptable mechanism")]
    Mechanism,
    /// It does not follow the protocol, or cannot prove that it knows the password's verifier.
    #[error("the server does not follow the protocol")]
    Protocol,
    /// The connection broke.
    #[error("the connection broke")]
    Io,
}

impl ConnectError {
    /// What an error of the socket means.
    pub(super) fn from_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => ConnectError::Protocol,
            io::ErrorKind::TimedOut => ConnectError::Timeout,
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable => ConnectError::Unreachable,
            _ => ConnectError::Io,
        }
    }
}

/// Runs one step of a connection; too late is [`ConnectError::Timeout`].
pub(super) async fn within<T>(
    limit: Duration,
    step: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    timeout(limit, step).await.unwrap_or(Err(ConnectError::Timeout))
}

/// Who signs in.
#[derive(Clone)]
pub enum Login {
    /// A person, or the guest's own account.
    Account {
        /// The account; it must have a local part.
        address: BareJid,
        /// What proves it.
        secret: Secret,
    },
    /// Anybody, where the server allows it (SASL ANONYMOUS, XEP-0175).
    Anonymous {
        /// The server's domain, without a local part.
        domain: BareJid,
    },
}

impl Login {
    /// The account, or the domain of an anonymous one.
    pub fn address(&self) -> &BareJid {
        match self {
            Login::Account { address, .. } => address,
            Login::Anonymous { domain } => domain,
        }
    }

    /// Whether the server bound the stream to whom we asked for. The stream binds itself, so that this can only be
    /// known when it reports `StreamEvent::Reset { bound_jid, .. }`: whoever owns the stream asks this each time,
    /// and ends the session if the answer is no. A server that mixes two accounts up must not show one person the
    /// other's posts (ejabberd did so until 26.07).
    pub fn is_bound_by(&self, bound: &Jid) -> bool {
        match self {
            Login::Account { address, .. } => bound.to_bare() == *address,
            Login::Anonymous { domain } => bound.node().is_some() && bound.domain() == domain.domain(),
        }
    }

    fn claim(&self) -> Result<Claim<'_>, ConnectError> {
        match self {
            Login::Account { address, secret } => {
                let name = address.node().ok_or(ConnectError::Refused)?;
                Ok(Claim::Account(name.as_str(), secret))
            }
            Login::Anonymous { .. } => Ok(Claim::Anonymous),
        }
    }
}

/// A signed-in connection, not yet bound to a resource.
pub struct Authenticated {
    /// For the stream, which binds or resumes on it.
    pub connection: Connection,
    /// What to keep for signing in again: SCRAM keys where the server will accept them again, else the password.
    pub secret: Secret,
}

/// Whatever carries bytes below the XML: a TCP connection, or TLS on one.
pub trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Carrier for T {}

/// The socket as the XML reader sees it: through the guard, which holds no buffer while the stream is idle.
pub(super) type Wire = Guarded<Box<dyn Carrier>>;

/// A stream on which nobody has signed in yet, and what its server offers.
pub struct Raw {
    pub(super) stream: XmlStream<Wire, Element>,
    /// The features of the encrypted stream.
    pub features: StreamFeatures,
    pub(super) channel: Channel,
}

/// Makes connections: knows the configured servers and the one TLS configuration. Cheap to clone.
#[derive(Clone)]
pub struct Connector(Arc<Inner>);

struct Inner {
    servers: BTreeMap<String, Server>,
    starttls: TlsConnector,
    direct_tls: TlsConnector,
}

impl Connector {
    /// With the servers of the configuration. Which domains may be asked for is not decided here, but by whoever
    /// takes the address from a person.
    pub fn new(config: &config::Xmpp, tls: Arc<rustls::ClientConfig>) -> Self {
        let servers = config.servers.clone();
        let direct_tls = TlsConnector::from(tls::for_direct_tls(&tls));
        Connector(Arc::new(Inner { servers, starttls: TlsConnector::from(tls), direct_tls }))
    }

    /// Signs in, within 9 s. A refused password was tried once, and is not tried again here.
    ///
    /// A password is exchanged for SCRAM keys, provided that the server will accept them again. Some do not: one that
    /// stores passwords in plain text makes up a new salt each time (ejabberd's default). So the salt is looked at a
    /// second time, on a second connection that ends there; where it differs, or cannot be seen, the password stays.
    pub async fn authenticate(&self, login: &Login) -> Result<Authenticated, ConnectError> {
        let started = Instant::now();
        let (connection, keys) = within(WHOLE, self.sign_in(login)).await?;
        let secret = match (login, keys) {
            (Login::Account { secret: Secret::Password(password), .. }, Some(keys)) => {
                let left = WHOLE.saturating_sub(started.elapsed()).min(SECOND_LOOK);
                match within(left, self.is_steady(login.address(), &keys)).await {
                    Ok(true) => Secret::Scram(keys),
                    Ok(false) | Err(_) => Secret::Password(password.clone()),
                }
            }
            (Login::Account { secret, .. }, _) => secret.clone(),
            (Login::Anonymous { .. }, _) => Secret::password(""),
        };
        Ok(Authenticated { connection, secret })
    }

    /// Signs in again with a kept secret, within 9 s, on one connection.
    pub(super) async fn again(&self, login: &Login) -> Result<Connection, ConnectError> {
        Ok(within(WHOLE, self.sign_in(login)).await?.0)
    }

    async fn sign_in(&self, login: &Login) -> Result<(Connection, Option<super::scram::Keys>), ConnectError> {
        let domain = login.address().domain().as_str();
        let claim = login.claim()?;
        let Raw { mut stream, features, channel } = self.open(domain).await?;
        let keys = sasl::authenticate(&mut stream, &features, claim, channel).await?;
        let mut io = stream.into_inner();
        io.restart();
        let (stream, mut features) = within(STEP, header(io, domain)).await?;
        // They are held as long as the stream lives, and nobody asks for the unknown ones: 3 kB with Prosody.
        features.others = Vec::new();
        if !features.can_bind() {
            tracing::warn!(xmpp.domain = domain, "The server offers no resource binding.");
            return Err(ConnectError::Protocol);
        }
        let identity = Jid::from(login.address().clone());
        Ok((Connection { stream: stream.box_stream(), features, identity }, keys))
    }

    async fn is_steady(&self, address: &BareJid, keys: &super::scram::Keys) -> Result<bool, ConnectError> {
        let name = address.node().ok_or(ConnectError::Refused)?;
        let Raw { mut stream, features, channel } = self.open(address.domain().as_str()).await?;
        sasl::is_steady(&mut stream, &features, name.as_str(), keys, channel).await
    }

    /// An encrypted stream on which nobody has signed in, within 9 s; for registration (XEP-0077).
    pub async fn raw(&self, domain: &str) -> Result<Raw, ConnectError> {
        within(WHOLE, self.open(domain)).await
    }

    /// A connection to the server of a domain, encrypted and checked as for everybody else, on which no stream is open
    /// yet; within 9 s. For whoever passes on the stream of another client.
    pub async fn carrier(&self, domain: &str) -> Result<Box<dyn Carrier>, ConnectError> {
        Ok(within(WHOLE, self.dial(domain)).await?.0)
    }

    async fn open(&self, domain: &str) -> Result<Raw, ConnectError> {
        let (carrier, channel) = self.dial(domain).await?;
        let (stream, features) =
            within(STEP, header(Guarded::new(carrier, Limits::default()).mended_by(mend::stanza), domain)).await?;
        Ok(Raw { stream, features, channel })
    }

    /// Connects to the configured address, or to what DNS names; tries one way after another and tells why the most
    /// telling of them failed.
    async fn dial(&self, domain: &str) -> Result<(Box<dyn Carrier>, Channel), ConnectError> {
        if let Some(server) = self.0.servers.get(domain) {
            return self.dial_configured(domain, server).await;
        }
        let mut worst = ConnectError::Unreachable;
        for Candidate { addresses, direct_tls } in dns::find(domain).await? {
            let security = if direct_tls { Security::DirectTls } else { Security::Starttls };
            match self.secure(domain, &addresses, security).await {
                Ok(made) => return Ok(made),
                Err(error) => worst = telling(worst, error),
            }
        }
        Err(worst)
    }

    async fn dial_configured(
        &self,
        domain: &str,
        server: &Server,
    ) -> Result<(Box<dyn Carrier>, Channel), ConnectError> {
        let port = if server.security == Security::DirectTls { 5223 } else { 5222 };
        let found = timeout(STEP, address::configured(&server.address, port)).await;
        let Ok(Ok(mut addresses)) = found else {
            tracing::warn!(xmpp.domain = domain, xmpp.server = server.address, "The configured address is not found.");
            return Err(ConnectError::Unreachable);
        };
        if server.security == Security::Plain {
            addresses.retain(|address| address.ip().is_loopback());
            if addresses.is_empty() {
                tracing::error!(
                    xmpp.domain = domain,
                    xmpp.server = server.address,
                    "An unencrypted connection is accepted to loopback addresses only; nothing was sent."
                );
                return Err(ConnectError::Unencrypted);
            }
        }
        self.secure(domain, &addresses, server.security).await
    }

    /// A TCP connection to the first address that answers, and TLS on it.
    async fn secure(
        &self,
        domain: &str,
        addresses: &[SocketAddr],
        security: Security,
    ) -> Result<(Box<dyn Carrier>, Channel), ConnectError> {
        let mut socket = within(STEP, connect(addresses)).await.inspect_err(|error| {
            tracing::info!(xmpp.domain = domain, ?addresses, %error, "No TCP connection.");
        })?;
        let connector = match security {
            Security::Plain => return Ok((Box::new(socket), Channel { private: true, exporter: None })),
            Security::DirectTls => &self.0.direct_tls,
            Security::Starttls => {
                within(STEP, starttls::negotiate(&mut socket, domain)).await?;
                &self.0.starttls
            }
        };
        let stream = within(STEP, tls::handshake(connector, domain, socket)).await?;
        let channel = Channel { private: true, exporter: tls::exporter(&stream) };
        Ok((Box::new(stream), channel))
    }
}

/// Of two failures, the one that says more to a person.
fn telling(one: ConnectError, other: ConnectError) -> ConnectError {
    let rank = |error| match error {
        ConnectError::Certificate => 0,
        ConnectError::Unencrypted => 1,
        ConnectError::Protocol => 2,
        ConnectError::Timeout => 3,
        ConnectError::Io => 4,
        _ => 5,
    };
    if rank(other) < rank(one) { other } else { one }
}

/// The addresses of one host, each a quarter of a second after the one before; the first that answers wins.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let attempts = addresses.iter().zip(0..).map(|(address, turn)| {
        Box::pin(async move {
            sleep(STAGGER * turn).await;
            TcpStream::connect(address).await
        })
    });
    let (socket, _) = select_ok(attempts).await.map_err(|error| ConnectError::from_io(&error))?;
    socket.set_nodelay(true).map_err(|error| ConnectError::from_io(&error))?;
    Ok(socket)
}

/// Opens a stream on the socket and reads what the server offers.
async fn header<T: FromXml>(io: Wire, domain: &str) -> Result<(XmlStream<Wire, T>, StreamFeatures), ConnectError> {
    let header = StreamHeader { to: Some(Cow::Borrowed(domain)), from: None, id: None };
    let stream = initiate_stream(io, CLIENT, header, TIMEOUTS).await.map_err(|error| ConnectError::from_io(&error))?;
    match stream.recv_features().await {
        Ok((features, stream)) => Ok((stream, features)),
        Err(RecvFeaturesError::Io(error)) => Err(ConnectError::from_io(&error)),
        Err(RecvFeaturesError::StreamError(error)) => Err(stream_error(&error.0.into())),
    }
}

/// What a stream error before sign-in means (RFC 6120 §4.9.3): most say "not here" or "not now".
pub(super) fn stream_error(element: &Element) -> ConnectError {
    let condition = element.children().map(Element::name).find(|name| *name != "text").unwrap_or("none");
    tracing::info!(stream.condition = condition, "The server ended the stream.");
    match condition {
        "host-gone"
        | "host-unknown"
        | "internal-server-error"
        | "policy-violation"
        | "remote-connection-failed"
        | "reset"
        | "resource-constraint"
        | "see-other-host"
        | "system-shutdown" => ConnectError::Unreachable,
        "connection-timeout" => ConnectError::Timeout,
        "not-authorized" => ConnectError::Refused,
        _ => ConnectError::Protocol,
    }
}
