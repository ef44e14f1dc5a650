//! XEP-0077 In-Band Registration, for somebody who has no account yet: the server's own form, and its answer.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::SinkExt;
use jid::{BareJid, DomainRef, NodePart};
use minidom::Element;
use rxml::xml_ncname;
use tokio::time::timeout;

use super::connect::{ConnectError, Connector, Raw, within};
pub use super::registration_form::{Choice, Field, FieldKind, RegistrationForm};
use super::registration_form::{FormError, cut, fill, read};
use super::sasl;

const CLIENT: &str = "jabber:client";
const REGISTER: &str = "jabber:iq:register";
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// A whole exchange takes at most this.
const WHOLE: Duration = Duration::from_secs(10);
/// The stream's end is said politely for at most this.
const FAREWELL: Duration = Duration::from_millis(500);
/// Stanzas that are not our answer and are passed over.
const MOST_STRAY: usize = 16;
/// A server's own words in an error, in characters.
const LONGEST_TEXT: usize = 300;

/// Why there is no form, or no account. Texts are a server's own words, at most 300 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server takes no registrations this way.
    #[error("the server does not take registrations")]
    NotOffered,
    /// The server takes registrations on this page only.
    #[error("the server takes registrations at {0}")]
    Elsewhere(String),
    /// The form asks for something that cannot be shown here, such as the text in a picture.
    #[error("the server's form cannot be shown")]
    Unsupported,
    /// A required field has no value; its label.
    #[error("{0} is missing")]
    Missing(String),
    /// Somebody has this name already.
    #[error("the name is taken")]
    NameTaken,
    /// The server does not like a value, such as the name or a weak password.
    #[error("the server does not accept this{}", said(.0))]
    NotAcceptable(Option<String>),
    /// Too many registrations: try later.
    #[error("the server takes no more registrations for now{}", said(.0))]
    Wait(Option<String>),
    /// The server refuses us.
    #[error("the server does not allow this registration{}", said(.0))]
    NotAllowed(Option<String>),
}

impl From<FormError> for RegisterError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Empty => RegisterError::NotOffered,
            FormError::Unsupported => RegisterError::Unsupported,
            FormError::Elsewhere(page) => RegisterError::Elsewhere(page),
            FormError::Missing(label) => RegisterError::Missing(label),
            FormError::Value => RegisterError::NotAcceptable(None),
        }
    }
}

fn said(text: &Option<String>) -> String {
    text.as_ref().map(|text| format!(": {text}")).unwrap_or_default()
}

/// Fetches the form of a domain on a connection of its own, within 10 s. Servers that offer registration without
/// naming it among their features are asked all the same.
pub async fn form(connector: &Connector, domain: &DomainRef) -> Result<RegistrationForm, RegisterError> {
    exchange(connector, domain, None).await.map(|(form, _)| form)
}

/// Registers, on a connection of its own, within 10 s. The form is fetched anew there, because its hidden fields
/// may be good for one stream only; `values` are taken by name for the fields it asks for, others are ignored.
/// The account that now exists is returned.
pub async fn submit(
    connector: &Connector,
    domain: &DomainRef,
    values: &BTreeMap<String, String>,
) -> Result<BareJid, RegisterError> {
    exchange(connector, domain, Some(values)).await?.1.ok_or(RegisterError::NotAcceptable(None))
}

async fn exchange(
    connector: &Connector,
    domain: &DomainRef,
    values: Option<&BTreeMap<String, String>>,
) -> Result<(RegistrationForm, Option<BareJid>), RegisterError> {
    let whole = async {
        let mut raw = connector.raw(domain.as_str()).await?;
        let result = converse(&mut raw, domain, values).await;
        // Polite, not necessary: the connection is closed either way.
        let _ = timeout(FAREWELL, SinkExt::<&Element>::close(&mut raw.stream)).await;
        result
    };
    timeout(WHOLE, whole).await.unwrap_or(Err(ConnectError::Timeout.into()))
}

async fn converse(
    raw: &mut Raw,
    domain: &DomainRef,
    values: Option<&BTreeMap<String, String>>,
) -> Result<(RegistrationForm, Option<BareJid>), RegisterError> {
    let query = Element::builder("query", REGISTER).build();
    let form = match ask(raw, domain, "get", "form", query).await? {
        Ok(Some(query)) => read(&query)?,
        Ok(None) => return Err(RegisterError::NotOffered),
        Err((condition, text)) => {
            return Err(match refusal(&condition, text) {
                RegisterError::NotAllowed(_) | RegisterError::NotAcceptable(_) => RegisterError::NotOffered,
                other => other,
            });
        }
    };
    let Some(values) = values else { return Ok((form, None)) };
    let answer = fill(&form, values)?;
    let name = values.get("username").and_then(|name| NodePart::new(name).ok().map(|name| name.into_owned()));
    let Some(name) = name else { return Err(RegisterError::NotAcceptable(None)) };
    match ask(raw, domain, "set", "submit", answer).await? {
        Ok(_) => Ok((form, Some(BareJid::from_parts(Some(&name), domain)))),
        Err((condition, text)) => Err(refusal(&condition, text)),
    }
}

/// A request's result: the payload, or the error's condition and text.
type Reply = Result<Option<Element>, (String, Option<String>)>;

async fn ask(
    raw: &mut Raw,
    domain: &DomainRef,
    kind: &str,
    id: &str,
    payload: Element,
) -> Result<Reply, RegisterError> {
    let request = Element::builder("iq", CLIENT)
        .attr(xml_ncname!("type").to_owned(), kind)
        .attr(xml_ncname!("id").to_owned(), id)
        .attr(xml_ncname!("to").to_owned(), domain.as_str())
        .append(payload)
        .build();
    raw.stream.send(&request).await.map_err(|error| ConnectError::from_io(&error))?;
    for _ in 0..MOST_STRAY {
        let answer = within(WHOLE, sasl::next(&mut raw.stream)).await?;
        if !answer.is("iq", CLIENT) || answer.attr("id") != Some(id) {
            continue;
        }
        return Ok(match answer.attr("type") {
            Some("result") => Ok(answer.get_child("query", REGISTER).cloned()),
            _ => {
                let error = answer.get_child("error", CLIENT);
                let children = || error.into_iter().flat_map(Element::children).filter(|child| child.has_ns(STANZAS));
                let condition = children().find(|child| child.name() != "text").map_or("", Element::name).to_owned();
                let text = children().find(|child| child.name() == "text").map(Element::text);
                Err((condition, text.map(|text| cut(&text, LONGEST_TEXT)).filter(|text| !text.is_empty())))
            }
        });
    }
    Err(ConnectError::Protocol.into())
}

/// What a refusal means (XEP-0077 §3.1.1, and what servers do).
fn refusal(condition: &str, text: Option<String>) -> RegisterError {
    tracing::info!(stanza.condition = condition, "The server refused a registration.");
    match condition {
        "conflict" => RegisterError::NameTaken,
        "not-acceptable" | "bad-request" | "jid-malformed" => RegisterError::NotAcceptable(text),
        "resource-constraint" | "policy-violation" => RegisterError::Wait(text),
        "service-unavailable" | "feature-not-implemented" | "item-not-found" => RegisterError::NotOffered,
        _ => RegisterError::NotAllowed(text),
    }
}
