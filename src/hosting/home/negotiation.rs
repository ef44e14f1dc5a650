//! From the first byte to a bound session: RFC 6120 §4.3, §6, §7; resumption (XEP-0198 §5); registration (XEP-0077).

use std::sync::Arc;

use jid::{BareJid, ResourcePart};
use minidom::Element;

use super::command::{Account, BindError, Bound, Command, Source};
use super::registration;
use super::sasl::{self, Failure, Mechanism, Plain, Scram};
use super::session::{Inlet, Outlet};
use super::stream::{End, Incoming, Intact, Reader, Writer};
use super::{Shared, accounts};
use crate::hosting::stanza::{CLIENT, StanzaError, attribute, text_element};
use crate::store::Credentials;
use crate::xml::splitter::Header;

const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
const LEGACY_SESSION: &str = "urn:ietf:params:xml:ns:xmpp-session";
/// Stream management.
pub(super) const MANAGEMENT: &str = "urn:xmpp:sm:3";
/// How many sign-ins one connection may try; RFC 6120 §6.4.5 recommends two to five.
const ATTEMPTS: usize = 5;

/// A connection on its way to a session.
pub(super) struct Negotiation {
    pub reader: Reader,
    pub writer: Writer,
    pub shared: Arc<Shared>,
    /// The number of the connection.
    pub connection: u64,
    /// The domain the client wants to talk to, once it said so.
    pub domain: Option<String>,
}

impl Negotiation {
    /// Signs in and binds or resumes; answers the session and the queue to its connection.
    pub async fn run(&mut self) -> Result<(Source, Outlet, Inlet), End> {
        let header = self.header().await?;
        let domain = header.to.clone().unwrap_or_default();
        let is_guests = domain == self.shared.names.guests;
        let features = self.features_before(is_guests);
        self.open(&header, &features).await?;
        let account = self.sign_in(is_guests).await?;
        self.reader.restart();
        self.writer.restart();
        let header = self.header().await?;
        if header.to.as_deref() != self.domain.as_deref() {
            return Err(End::Error("host-unknown", Some("The domain changed after signing in.")));
        }
        let features = format!(
            "<stream:features><bind xmlns='{BIND}'><required/></bind><session xmlns='{LEGACY_SESSION}'><optional/>\
             </session><sm xmlns='{MANAGEMENT}'/></stream:features>"
        );
        self.open(&header, &features).await?;
        self.bind(account).await
    }

    /// Reads a stream header and checks it (RFC 6120 §4.7).
    async fn header(&mut self) -> Result<Header, End> {
        let Incoming::Open(header) = self.reader.next().await? else {
            return Err(End::Error("bad-format", None));
        };
        if header.namespace != CLIENT {
            return Err(End::Error("invalid-namespace", None));
        }
        let wanted = header.to.as_deref().and_then(|to| BareJid::new(to).ok());
        let names = &self.shared.names;
        let known = wanted.filter(|to| to.as_str() == names.domain || to.as_str() == names.guests);
        let Some(known) = known else { return Err(End::Error("host-unknown", None)) };
        self.domain = Some(known.as_str().to_owned());
        let major = header.version.as_deref().and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        if major.is_none_or(|major| major < 1) {
            return Err(End::Error("unsupported-version", None));
        }
        Ok(Header { to: self.domain.clone(), ..header })
    }

    async fn open(&mut self, header: &Header, features: &str) -> Result<(), End> {
        let domain = self.domain.clone().unwrap_or_default();
        self.writer.open(&domain, header.from.as_deref(), &accounts::fresh(), features).await
    }

    fn features_before(&self, is_guests: bool) -> String {
        let mechanisms = if is_guests { Mechanism::GUESTS } else { Mechanism::ACCOUNTS };
        let mut out = format!("<stream:features><mechanisms xmlns='{SASL}'>");
        for mechanism in mechanisms {
            text_element("mechanism", mechanism.name(), &mut out);
        }
        out.push_str("</mechanisms>");
        if !is_guests && self.shared.open_registration {
            out.push_str("<register xmlns='http://jabber.org/features/iq-register'/>");
        }
        out.push_str("</stream:features>");
        out
    }

    async fn element(&mut self) -> Result<Element, End> {
        match self.reader.next().await? {
            Incoming::Open(_) => Err(End::Error("bad-format", None)),
            Incoming::Element(_, Intact::Cut) => Err(End::Error("policy-violation", None)),
            Incoming::Element(element, Intact::Whole) => Ok(element),
        }
    }

    async fn sign_in(&mut self, is_guests: bool) -> Result<Account, End> {
        let mut attempts = 0;
        let mut has_registered = false;
        loop {
            let element = self.element().await?;
            if element.is("auth", SASL) {
                match self.authenticate(&element, is_guests).await? {
                    Ok((account, last)) => {
                        let last = last.map(|last| sasl::encode(&last)).unwrap_or_default();
                        self.writer.send(&format!("<success xmlns='{SASL}'>{last}</success>")).await?;
                        return Ok(account);
                    }
                    Err(failure) => {
                        attempts += 1;
                        if failure == Failure::NotAuthorized {
                            self.shared.refuse();
                        }
                        self.writer.send(&format!("<failure xmlns='{SASL}'><{failure}/></failure>")).await?;
                        if attempts >= ATTEMPTS {
                            return Err(End::Error("policy-violation", Some("Too many attempts to sign in.")));
                        }
                    }
                }
            } else if element.is("iq", CLIENT) && element.has_child("query", registration::REGISTER) && !is_guests {
                let answer = registration::before_sign_in(&self.shared, &element, &mut has_registered).await;
                self.writer.send(&answer).await?;
            } else {
                return Err(End::Error("not-authorized", None));
            }
        }
    }

    /// One SASL exchange: who it is, and the data that go with success.
    async fn authenticate(
        &mut self,
        auth: &Element,
        is_guests: bool,
    ) -> Result<Result<(Account, Option<String>), Failure>, End> {
        let offered = if is_guests { Mechanism::GUESTS } else { Mechanism::ACCOUNTS };
        let Some(mechanism) = offered.iter().find(|one| Some(one.name()) == auth.attr("mechanism")) else {
            return Ok(Err(Failure::InvalidMechanism));
        };
        let text = auth.text();
        let first = if text.is_empty() { self.challenge("").await? } else { sasl::decode(&text) };
        let first = match first {
            Ok(first) => first,
            Err(failure) => return Ok(Err(failure)),
        };
        Ok(match *mechanism {
            Mechanism::Anonymous => {
                let address = format!("{}@{}", accounts::fresh(), self.shared.names.guests);
                let bare = BareJid::new(&address).map_err(|_| End::Error("internal-server-error", None))?;
                Ok((Account { bare, is_guest: true }, None))
            }
            Mechanism::Plain => self.plain(&first).await.map(|account| (account, None)),
            Mechanism::Scram(hash) => {
                let nonce = accounts::fresh();
                let mut scram = match Scram::begin(hash, &first, &nonce) {
                    Ok(scram) => scram,
                    Err(failure) => return Ok(Err(failure)),
                };
                let (user, credentials) = match self.credentials(&scram.user).await {
                    Ok(found) => found,
                    Err(failure) => return Ok(Err(failure)),
                };
                let last = match self.challenge(&scram.challenge(&credentials)).await? {
                    Ok(last) => last,
                    Err(failure) => return Ok(Err(failure)),
                };
                scram
                    .finish(&last, &credentials)
                    .and_then(|signature| Ok((self.account(&user, &scram.authzid)?, Some(signature))))
            }
        })
    }

    async fn plain(&self, message: &str) -> Result<Account, Failure> {
        let plain = Plain::read(message)?;
        let (user, credentials) = self.credentials(&plain.user).await?;
        let authzid = plain.authzid.clone();
        let fits = tokio::task::spawn_blocking(move || plain.fits(&credentials));
        if fits.await.map_err(|_| Failure::Temporary)? {
            self.account(&user, &authzid)
        } else {
            Err(Failure::NotAuthorized)
        }
    }

    /// The keys for a name, real or pretended.
    async fn credentials(&self, name: &str) -> Result<(String, Credentials), Failure> {
        let user = accounts::user(name).unwrap_or_else(|| name.to_owned());
        let asked = user.clone();
        let found = self.shared.ask(|answer| Command::Credentials { user: asked, answer }).await;
        let found = found.map_err(|_| Failure::Temporary)?;
        let iterations = self.shared.limits.iterations;
        let pretend = || accounts::pretend(&user, &self.shared.pretence, iterations);
        Ok((user.clone(), found.unwrap_or_else(pretend)))
    }

    fn account(&self, user: &str, authzid: &str) -> Result<Account, Failure> {
        let bare = self.shared.account(user).ok_or(Failure::NotAuthorized)?;
        let is_own = authzid.is_empty() || BareJid::new(authzid).is_ok_and(|wished| wished == bare);
        if is_own { Ok(Account { bare, is_guest: false }) } else { Err(Failure::InvalidAuthzid) }
    }

    /// Sends a challenge and reads the response.
    async fn challenge(&mut self, message: &str) -> Result<Result<String, Failure>, End> {
        let text = if message.is_empty() { String::new() } else { sasl::encode(message) };
        self.writer.send(&format!("<challenge xmlns='{SASL}'>{text}</challenge>")).await?;
        let response = self.element().await?;
        if response.is("response", SASL) {
            Ok(sasl::decode(&response.text()))
        } else if response.is("abort", SASL) {
            Ok(Err(Failure::Aborted))
        } else {
            Err(End::Error("not-authorized", None))
        }
    }

    async fn bind(&mut self, account: Account) -> Result<(Source, Outlet, Inlet), End> {
        loop {
            let element = self.element().await?;
            if element.is("resume", MANAGEMENT) {
                if let Some(resumed) = self.resume(&account, &element).await? {
                    return Ok(resumed);
                }
                continue;
            }
            if element.is("enable", MANAGEMENT) {
                self.failed("unexpected-request").await?;
                continue;
            }
            let id = element.attr("id").filter(|_| element.is("iq", CLIENT) && element.attr("type") == Some("set"));
            let (Some(id), Some(wish)) = (id, element.get_child("bind", BIND)) else {
                return Err(End::Error("not-authorized", Some("A resource is bound first.")));
            };
            let wished = wish.get_child("resource", BIND).map(Element::text).filter(|text| !text.is_empty());
            let (outlet, inlet) = Outlet::new(self.connection);
            let bound = match wished.as_deref().map(ResourcePart::new) {
                Some(Err(_)) => Err(BindError::BadResource),
                resource => {
                    let resource = resource.and_then(Result::ok).map(|part| part.as_str().to_owned());
                    let (account, outlet) = (account.clone(), outlet.clone());
                    self.shared
                        .ask(|answer| Command::Bind { account, resource, outlet, answer })
                        .await
                        .map_err(|_| End::Error("internal-server-error", None))?
                }
            };
            match bound {
                Ok(Bound { session, jid }) => {
                    let mut out = String::from("<iq type='result'");
                    attribute("id", id, &mut out);
                    out.push_str(&format!("><bind xmlns='{BIND}'>"));
                    text_element("jid", jid.as_str(), &mut out);
                    out.push_str("</bind></iq>");
                    self.writer.send(&out).await?;
                    return Ok((Source { session, connection: self.connection }, outlet, inlet));
                }
                Err(BindError::NoAccount) => return Err(End::Error("not-authorized", None)),
                Err(problem) => {
                    let error = match problem {
                        BindError::BadResource => StanzaError::new("bad-request"),
                        _ => StanzaError::new("resource-constraint"),
                    };
                    let mut out = String::from("<iq type='error'");
                    attribute("id", id, &mut out);
                    out.push('>');
                    error.write(&mut out);
                    out.push_str("</iq>");
                    self.writer.send(&out).await?;
                }
            }
        }
    }

    async fn resume(&mut self, account: &Account, element: &Element) -> Result<Option<(Source, Outlet, Inlet)>, End> {
        let handled = element.attr("h").and_then(|count| count.parse().ok());
        let (Some(id), Some(handled)) = (element.attr("previd"), handled) else {
            self.failed("bad-request").await?;
            return Ok(None);
        };
        let (outlet, inlet) = Outlet::new(self.connection);
        let (id, account, queue) = (id.to_owned(), account.clone(), outlet.clone());
        let session = self.shared.ask(|answer| Command::Resume { account, id, handled, outlet: queue, answer }).await;
        match session.map_err(|_| End::Error("internal-server-error", None))? {
            Some(session) => Ok(Some((Source { session, connection: self.connection }, outlet, inlet))),
            None => {
                self.failed("item-not-found").await?;
                Ok(None)
            }
        }
    }

    async fn failed(&mut self, condition: &str) -> Result<(), End> {
        let error = format!("<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>");
        self.writer.send(&format!("<failed xmlns='{MANAGEMENT}'>{error}</failed>")).await
    }
}
