//! SASL (RFC 6120 §6): SCRAM, else PLAIN over TLS, or ANONYMOUS; the server has to prove itself too.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::{SinkExt, StreamExt};
use minidom::Element;
use ring::hmac;
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio_xmpp::xmlstream::{ReadError, XmlStream};
use xmpp_parsers::sasl_cb;
use xmpp_parsers::stream_features::StreamFeatures;
use zeroize::Zeroizing;

use super::connect::{ConnectError, within};
use super::scram::{Binding, Challenged, First, Hash, Keys, RECOMMENDED_ITERATIONS, Salting, ScramError};

const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
/// Each answer of the server is awaited this long.
const STEP: Duration = Duration::from_secs(3);
/// The longest payload of one SASL element, in base64 characters.
const LONGEST: usize = 8 * 1024;

/// What proves that somebody is who they say. It has no `Debug`, is compared in constant time, and is overwritten
/// when it is dropped.
#[derive(Clone)]
pub enum Secret {
    /// The password itself.
    Password(Zeroizing<String>),
    /// What SCRAM needs in its place: useless at another server, and once the password is changed.
    Scram(Keys),
}

impl Secret {
    /// A password as it was typed.
    pub fn password(password: impl Into<String>) -> Self {
        Secret::Password(Zeroizing::new(password.into()))
    }

    /// As bytes, to be sealed into a cookie. At most 330 bytes for SCRAM keys.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Vec::with_capacity(512);
        match self {
            Secret::Password(password) => {
                bytes.push(0);
                bytes.extend(password.as_bytes());
            }
            Secret::Scram(keys) => keys.write(&mut bytes),
        }
        Zeroizing::new(bytes)
    }

    /// Reads what [`Secret::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (0, password) => Some(Secret::password(std::str::from_utf8(password).ok()?)),
            _ => Keys::read(bytes).map(Secret::Scram),
        }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"equality of two secrets");
        hmac::verify(&key, &self.to_bytes(), hmac::sign(&key, &other.to_bytes()).as_ref()).is_ok()
    }
}

impl Eq for Secret {}

/// Who wants in.
#[derive(Clone, Copy)]
pub(super) enum Claim<'a> {
    /// An account's local part, with its secret.
    Account(&'a str, &'a Secret),
    /// Nobody in particular.
    Anonymous,
}

/// What is known of the channel below.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Channel {
    /// Encrypted, or loopback: a password may be shown to the server.
    pub private: bool,
    /// The TLS exporter's value where there is one.
    pub exporter: Option<[u8; 32]>,
}

/// What was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Scram(Hash, Binding),
    Plain,
    Anonymous,
}

/// Picks the best mechanism of those offered. SCRAM keys never lead to another mechanism than theirs: a server that
/// suddenly offers only PLAIN gets nothing.
fn choose(features: &StreamFeatures, claim: Claim<'_>, channel: Channel) -> Result<Choice, ConnectError> {
    let offered = &features.sasl_mechanisms;
    let scram = |hash| scram(offered, features.sasl_cb.as_ref(), hash, channel);
    match claim {
        Claim::Anonymous if offered.contains("ANONYMOUS") => Ok(Choice::Anonymous),
        Claim::Anonymous => Err(ConnectError::Mechanism),
        Claim::Account(_, Secret::Scram(keys)) => match scram(keys.hash()) {
            Some(choice) => Ok(choice),
            // The server changed how it keeps passwords: the keys will never be right again, a password would.
            None if scram(Hash::Sha256).or(scram(Hash::Sha1)).is_some() => Err(ConnectError::Refused),
            None => Err(ConnectError::Mechanism),
        },
        Claim::Account(_, Secret::Password(_)) => match scram(Hash::Sha256).or(scram(Hash::Sha1)) {
            Some(choice) => Ok(choice),
            None if offered.contains("PLAIN") && channel.private => Ok(Choice::Plain),
            None => Err(ConnectError::Mechanism),
        },
    }
}

/// How one hash is used: bound to the channel where both sides can, and else with the flag that lets the server
/// notice if somebody removed the offer (RFC 5802 §6). Which bindings it knows, the server says by XEP-0440; where
/// it does not say, ours is not guessed to be among them.
fn scram(
    offered: &BTreeSet<String>,
    bindings: Option<&sasl_cb::SaslChannelBinding>,
    hash: Hash,
    channel: Channel,
) -> Option<Choice> {
    let plus = offered.contains(&format!("{}-PLUS", hash.mechanism()));
    let any_plus = offered.iter().any(|name| name.ends_with("-PLUS"));
    let bare = offered.contains(hash.mechanism());
    match channel.exporter {
        Some(exporter) if plus && bindings.is_some_and(|known| known.types.contains(&sasl_cb::Type::TlsExporter)) => {
            Some(Choice::Scram(hash, Binding::Exporter(exporter)))
        }
        Some(_) if bare && !any_plus => Some(Choice::Scram(hash, Binding::NotOffered)),
        _ if bare => Some(Choice::Scram(hash, Binding::Unsupported)),
        _ => None,
    }
}

/// Signs in. On success the stream must be started anew by the caller. Returns the SCRAM keys if SCRAM was used.
pub(super) async fn authenticate<Io>(
    stream: &mut XmlStream<Io, Element>,
    features: &StreamFeatures,
    claim: Claim<'_>,
    channel: Channel,
) -> Result<Option<Keys>, ConnectError>
where
    Io: AsyncBufRead + AsyncWrite + Unpin,
{
    let choice = choose(features, claim, channel).inspect_err(|error| {
        tracing::info!(sasl.offered = ?features.sasl_mechanisms, %error, "No acceptable mechanism is offered.");
    })?;
    match (choice, claim) {
        (Choice::Scram(hash, binding), Claim::Account(name, secret)) => {
            let challenged = challenge(stream, hash, name, binding).await?;
            let keys = match secret {
                Secret::Scram(keys) => keys.clone(),
                Secret::Password(password) => derive(challenged.salting.clone(), password).await?,
            };
            let (message, expected) = challenged.answer(&keys).map_err(refuse)?;
            send(stream, "response", None, message.as_bytes()).await?;
            // The signature comes with <success/>, or in a challenge of its own before it (RFC 6120 §6.3.10).
            match receive(stream).await? {
                Answer::Success(data) => expected.verify(&data).map_err(refuse)?,
                Answer::Challenge(data) => {
                    expected.verify(&data).map_err(refuse)?;
                    send(stream, "response", None, b"").await?;
                    let Answer::Success(_) = receive(stream).await? else { return Err(ConnectError::Protocol) };
                }
            }
            Ok(Some(keys))
        }
        (Choice::Plain, Claim::Account(name, Secret::Password(password))) => {
            // RFC 4616: no authorisation identity, so that the server cannot mix two of them up.
            let message = Zeroizing::new([b"\0", name.as_bytes(), b"\0", password.as_bytes()].concat());
            send(stream, "auth", Some("PLAIN"), &message).await?;
            let Answer::Success(_) = receive(stream).await? else { return Err(ConnectError::Protocol) };
            Ok(None)
        }
        (Choice::Anonymous, Claim::Anonymous) => {
            send(stream, "auth", Some("ANONYMOUS"), b"").await?;
            if let Answer::Challenge(_) = receive(stream).await? {
                send(stream, "response", None, b"").await?;
                let Answer::Success(_) = receive(stream).await? else { return Err(ConnectError::Protocol) };
            }
            Ok(None)
        }
        _ => Err(ConnectError::Mechanism),
    }
}

/// Begins an exchange only to see which salt and rounds the server uses for this account. The caller closes the
/// stream then: nothing was tried, so that no server counts it as a failure.
pub(super) async fn is_steady<Io>(
    stream: &mut XmlStream<Io, Element>,
    features: &StreamFeatures,
    name: &str,
    keys: &Keys,
    channel: Channel,
) -> Result<bool, ConnectError>
where
    Io: AsyncBufRead + AsyncWrite + Unpin,
{
    let claim = Secret::Scram(keys.clone());
    let Choice::Scram(hash, binding) = choose(features, Claim::Account(name, &claim), channel)? else {
        return Ok(false);
    };
    Ok(challenge(stream, hash, name, binding).await?.salting.fits(keys))
}

/// Sends the client-first-message and reads the server's.
async fn challenge<Io>(
    stream: &mut XmlStream<Io, Element>,
    hash: Hash,
    name: &str,
    binding: Binding,
) -> Result<Challenged, ConnectError>
where
    Io: AsyncBufRead + AsyncWrite + Unpin,
{
    let first = First::new(hash, name, nonce()?, binding);
    let plus = if matches!(binding, Binding::Exporter(_)) { "-PLUS" } else { "" };
    send(stream, "auth", Some(&format!("{}{plus}", hash.mechanism())), first.message().as_bytes()).await?;
    let Answer::Challenge(data) = receive(stream).await? else {
        tracing::warn!("The server let us in without proving who it is.");
        return Err(ConnectError::Protocol);
    };
    let challenged = first.challenged(&data).map_err(refuse)?;
    let iterations = challenged.salting.iterations();
    if iterations < RECOMMENDED_ITERATIONS {
        tracing::info!(scram.iterations = iterations, "The server keeps this password with few iterations.");
    }
    Ok(challenged)
}

/// PBKDF2 on a thread where it may block.
async fn derive(salting: Salting, password: &Zeroizing<String>) -> Result<Keys, ConnectError> {
    let password = password.clone();
    let keys = tokio::task::spawn_blocking(move || salting.derive(&password)).await;
    keys.map_err(|_| ConnectError::Protocol)?.map_err(refuse)
}

/// 144 random bits, in base64, which has no comma.
fn nonce() -> Result<String, ConnectError> {
    let mut bytes = [0; 18];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes).map_err(|_| ConnectError::Io)?;
    Ok(BASE64.encode(bytes))
}

/// What a broken exchange means. A password that cannot be prepared is as wrong as any other, and so are keys for
/// another salt; in all other cases the server is at fault.
fn refuse(error: ScramError) -> ConnectError {
    tracing::info!(%error, "The SCRAM exchange was broken off.");
    match error {
        ScramError::OtherSalt | ScramError::Password => ConnectError::Refused,
        _ => ConnectError::Protocol,
    }
}

async fn send<Io>(
    stream: &mut XmlStream<Io, Element>,
    name: &str,
    mechanism: Option<&str>,
    data: &[u8],
) -> Result<(), ConnectError>
where
    Io: AsyncBufRead + AsyncWrite + Unpin,
{
    let mut element = Element::builder(name, SASL);
    if let Some(mechanism) = mechanism {
        element = element.attr(rxml::xml_ncname!("mechanism").to_owned(), mechanism);
    }
    // RFC 6120 §6.4.2: data of no length are one equals sign; no text at all would mean that nothing was sent.
    let data = if data.is_empty() { "=".to_owned() } else { BASE64.encode(data) };
    let element = element.append(data).build();
    within(STEP, async { stream.send(&element).await.map_err(|error| ConnectError::from_io(&error)) }).await
}

/// An answer that lets the exchange go on.
enum Answer {
    Challenge(Vec<u8>),
    Success(Vec<u8>),
}

async fn receive<Io>(stream: &mut XmlStream<Io, Element>) -> Result<Answer, ConnectError>
where
    Io: AsyncBufRead + AsyncWrite + Unpin,
{
    let element = within(STEP, next(stream)).await?;
    if !element.has_ns(SASL) {
        return Err(ConnectError::Protocol);
    }
    let data = || {
        let text = element.text();
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(ConnectError::Protocol);
        }
        if text == "=" { Ok(Vec::new()) } else { BASE64.decode(text).map_err(|_| ConnectError::Protocol) }
    };
    match element.name() {
        "challenge" => Ok(Answer::Challenge(data()?)),
        "success" => Ok(Answer::Success(data()?)),
        "failure" => Err(failure(&element)),
        _ => Err(ConnectError::Protocol),
    }
}

/// What a refusal means (RFC 6120 §6.5).
fn failure(element: &Element) -> ConnectError {
    let condition = element.children().map(Element::name).find(|name| *name != "text").unwrap_or("none");
    tracing::info!(sasl.condition = condition, "The server refused the sign-in.");
    match condition {
        "not-authorized" | "account-disabled" | "credentials-expired" | "invalid-authzid" => ConnectError::Refused,
        "temporary-auth-failure" => ConnectError::Unreachable,
        "encryption-required" | "invalid-mechanism" | "mechanism-too-weak" => ConnectError::Mechanism,
        _ => ConnectError::Protocol,
    }
}

/// The next element of a stream before it is bound; a stream error ends it.
pub(super) async fn next<Io>(stream: &mut XmlStream<Io, Element>) -> Result<Element, ConnectError>
where
    Io: AsyncBufRead + AsyncWrite + Unpin,
{
    loop {
        return match stream.next().await {
            Some(Ok(element)) if element.is("error", "http://etherx.jabber.org/streams") => {
                Err(super::connect::stream_error(&element))
            }
            Some(Ok(element)) => Ok(element),
            Some(Err(ReadError::SoftTimeout)) => continue,
            Some(Err(ReadError::HardError(error))) => Err(ConnectError::from_io(&error)),
            Some(Err(ReadError::ParseError(_))) => Err(ConnectError::Protocol),
            Some(Err(ReadError::StreamFooterReceived)) | None => {
                Err(ConnectError::from_io(&io::ErrorKind::UnexpectedEof.into()))
            }
        };
    }
}
