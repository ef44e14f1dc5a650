//! Components: other programs that answer for an address beside the domain (XEP-0114 Jabber Component Protocol).

use std::sync::Arc;
use std::time::Duration;

use jid::Jid;
use minidom::Element;
use ring::digest;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::accounts::equal;
use super::c2s::write_all;
use super::command::Command;
use super::router::Router;
use super::session::{Out, Outlet, SessionId};
use super::stanzas::Place;
use super::stream::{End, Incoming, Intact, Reader, Writer, error};
use super::{Shared, accounts, disco};
use crate::hosting::stanza::{StanzaError, addressed, attribute};

/// The default namespace of a component's stream.
pub(super) const ACCEPT: &str = "jabber:component:accept";
/// How long the handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// A component that may connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its address: `channels.example.org`.
    pub address: String,
    /// What it proves itself with.
    pub secret: String,
}

/// Serves one connection of a component until it ends.
pub(super) async fn serve(socket: TcpStream, connection: u64, shared: Arc<Shared>, shutdown: CancellationToken) {
    let _ = socket.set_nodelay(true);
    let (read, write) = socket.into_split();
    let mut reader = Reader::for_components(read);
    let mut writer = Writer::for_components(write);
    let address = tokio::select! {
        address = tokio::time::timeout(HANDSHAKE, handshake(&mut reader, &mut writer, &shared)) => {
            address.unwrap_or(Err(End::Error("connection-timeout", None)))
        }
        () = shutdown.cancelled() => Err(End::Error("system-shutdown", None)),
    };
    let address = match address {
        Ok(address) => address,
        Err(end) => {
            tracing::debug!(connection, end = ?end, "a component was not let in");
            let _ = tokio::time::timeout(FAREWELL, writer.close(&end, &shared.names.domain)).await;
            return;
        }
    };
    let (outlet, inlet) = Outlet::new(connection);
    let up = Command::ComponentUp { address: address.clone(), outlet: outlet.clone() };
    if shared.commands.send(up).await.is_err() {
        return;
    }
    let mut writing = tokio::spawn(write_all(writer.socket, inlet, outlet.stop.clone()));
    let end = tokio::select! {
        end = read_all(&mut reader, &address, connection, &shared) => end,
        () = outlet.stop.cancelled() => End::Lost,
        () = shutdown.cancelled() => End::Error("system-shutdown", None),
    };
    if !outlet.stop.is_cancelled() {
        let last = match &end {
            End::Error(condition, words) => error(condition, *words) + "</stream:stream>",
            End::Closed | End::Lost => "</stream:stream>".to_owned(),
        };
        outlet.push(Out::Close(last.into()));
        let _ = tokio::time::timeout(FAREWELL, &mut writing).await;
    }
    writing.abort();
    let _ = shared.commands.send(Command::ComponentGone { address, connection }).await;
}

/// Which component it is, once it has proved it.
async fn handshake(reader: &mut Reader, writer: &mut Writer, shared: &Shared) -> Result<String, End> {
    let Incoming::Open(header) = reader.next().await? else { return Err(End::Error("bad-format", None)) };
    if header.namespace != ACCEPT {
        return Err(End::Error("invalid-namespace", None));
    }
    let wanted = header.to.as_deref().and_then(|to| jid::BareJid::new(to).ok()).map(|jid| jid.to_string());
    let component = shared.components.iter().find(|component| Some(&component.address) == wanted.as_ref());
    let component = component.ok_or(End::Error("host-unknown", None))?;
    let id = accounts::fresh();
    writer.open(&component.address, None, &id, "").await?;
    let Incoming::Element(element, Intact::Whole) = reader.next().await? else {
        return Err(End::Error("bad-format", None));
    };
    let proof = format!("{id}{}", component.secret);
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, proof.as_bytes());
    let proof: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    if element.name() != "handshake" || !equal(element.text().trim().as_bytes(), proof.as_bytes()) {
        return Err(End::Error("not-authorized", None));
    }
    writer.send("<handshake/>").await?;
    Ok(component.address.clone())
}

async fn read_all(reader: &mut Reader, address: &str, connection: u64, shared: &Shared) -> End {
    loop {
        let (stanza, intact) = match reader.next().await {
            Ok(Incoming::Element(stanza, intact)) => (stanza, intact),
            Ok(Incoming::Open(_)) => return End::Error("bad-format", None),
            Err(end) => return end,
        };
        if !matches!(stanza.name(), "iq" | "message" | "presence") {
            return End::Error("unsupported-stanza-type", None);
        }
        if intact == Intact::Cut {
            return End::Error("policy-violation", Some("A part of a stanza is beyond what is taken here."));
        }
        let address = address.to_owned();
        if shared.commands.send(Command::FromComponent { address, connection, stanza }).await.is_err() {
            return End::Error("internal-server-error", None);
        }
    }
}

impl Router {
    /// A component is there; one that was there under the same address goes.
    pub(super) fn component_up(&mut self, address: String, outlet: Outlet) {
        if let Some(old) = self.components.insert(address, outlet) {
            old.stop.cancel();
        }
    }

    pub(super) fn component_gone(&mut self, address: &str, connection: u64) {
        if self.components.get(address).is_some_and(|outlet| outlet.connection == connection) {
            self.components.remove(address);
        }
    }

    /// Hands a stanza to a component; false if it is not there.
    pub(super) fn hand_to_component(&mut self, address: &str, stanza: &Element, from: &str, to: &str) -> bool {
        let text = addressed(stanza, from, to);
        self.tell_component(address, text)
    }

    pub(super) fn tell_component(&mut self, address: &str, text: String) -> bool {
        let Some(outlet) = self.components.get(address).cloned() else { return false };
        self.queue(outlet, text);
        true
    }

    /// A stanza of a component, which speaks for its own address only.
    pub(super) fn component_says(&mut self, address: &str, connection: u64, stanza: &Element) {
        if self.components.get(address).is_none_or(|outlet| outlet.connection != connection) {
            return;
        }
        let from = stanza.attr("from").and_then(|from| Jid::new(from).ok());
        let Some(from) = from.filter(|from| from.domain().as_str() == address).map(|from| from.to_string()) else {
            return;
        };
        let Some(to) = stanza.attr("to").and_then(|to| Jid::new(to).ok()) else { return };
        let target = to.to_string();
        let is_request = stanza.name() == "iq" && matches!(stanza.attr("type"), Some("get" | "set"));
        let sender = Jid::new(&from);
        let is_apart = sender.is_ok_and(|sender| self.has_blocked(&to.to_bare(), &sender).unwrap_or_default());
        let done = match self.place(&to) {
            _ if is_apart => Err("service-unavailable"),
            Place::Resource(full) => match self.find(&full) {
                Some(session) => {
                    self.hand_over(session, stanza, &from);
                    Ok(())
                }
                None => Err("service-unavailable"),
            },
            Place::Account(bare) if stanza.name() == "iq" => {
                let _ = bare;
                Err("service-unavailable")
            }
            Place::Account(bare) => {
                let targets: Vec<SessionId> = if stanza.name() == "message" {
                    self.listening(&bare).into_iter().map(|(_, id)| id).collect()
                } else {
                    self.ids_of(&bare).collect()
                };
                targets.into_iter().for_each(|session| self.hand_over(session, stanza, &from));
                Ok(())
            }
            Place::Component(other) => {
                if self.hand_to_component(&other, stanza, &from, &target) {
                    Ok(())
                } else {
                    Err("service-unavailable")
                }
            }
            Place::Server if is_request => match self.server_answer(stanza) {
                Some(payload) => {
                    self.answer_component(address, stanza, "result", &payload);
                    Ok(())
                }
                None => Err("service-unavailable"),
            },
            Place::Server | Place::Service | Place::Files => Err("service-unavailable"),
            Place::Elsewhere => Err("remote-server-not-found"),
        };
        if let (Err(condition), true) = (done, is_request) {
            let mut payload = String::new();
            StanzaError::new(condition).write(&mut payload);
            self.answer_component(address, stanza, "error", &payload);
        }
    }

    /// What the domain says to a component that asks.
    fn server_answer(&self, stanza: &Element) -> Option<String> {
        let payload = stanza.children().next()?;
        let answer = match (payload.name(), payload.ns().as_str()) {
            ("ping", "urn:xmpp:ping") => return Some(String::new()),
            ("query", disco::INFO) => self.server_info(payload),
            ("query", disco::ITEMS) => self.server_items(payload),
            _ => return None,
        };
        match answer {
            super::query::Answer::Result(payload) => Some(payload),
            _ => None,
        }
    }

    fn answer_component(&mut self, address: &str, stanza: &Element, kind: &str, payload: &str) {
        let mut out = String::from("<iq");
        attribute("type", kind, &mut out);
        attribute("id", stanza.attr("id").unwrap_or_default(), &mut out);
        attribute("from", stanza.attr("to").unwrap_or_default(), &mut out);
        attribute("to", stanza.attr("from").unwrap_or_default(), &mut out);
        out.push('>');
        out.push_str(payload);
        out.push_str("</iq>");
        self.tell_component(address, out);
    }
}
