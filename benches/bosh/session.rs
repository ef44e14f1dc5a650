//! A BOSH client that costs little: one session over at most two connections, signed in by SASL PLAIN.

use std::io;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::wire::{Route, Wire};
use crate::support::servers::PASSWORD;

/// Why a session is over: what the manager said last.
#[derive(Debug)]
pub struct Over(pub String);

impl From<io::Error> for Over {
    fn from(error: io::Error) -> Self {
        Over(error.to_string())
    }
}

/// Asks for the resource that all members of a crowd have.
pub const BIND: &str = "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                        <resource>bench</resource></bind></iq>";

/// The words by which the account with a number signs in (SASL PLAIN).
pub fn auth(number: usize) -> String {
    let secret = STANDARD.encode(format!("\0p{number}\0{PASSWORD}"));
    format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>")
}

/// How often the same request is sent again before its session counts as lost.
const REPEATS: usize = 5;

/// A session with a manager.
pub struct Session {
    /// The address that it is bound to.
    pub jid: String,
    /// How often a connection broke and its request was sent again.
    pub repeats: usize,
    route: Route,
    sid: String,
    rid: u64,
    wires: [Option<Wire>; 2],
    waiting: String,
}

impl Session {
    /// Opens a session and signs the account with a number in.
    pub async fn sign_in(to: SocketAddr, domain: &str, number: usize) -> Result<Session, Over> {
        Session::sign_in_by(Route::new(to, number), domain, number).await
    }

    /// The same over a route of one's own.
    pub async fn sign_in_by(route: Route, domain: &str, number: usize) -> Result<Session, Over> {
        let mut session = Session {
            jid: String::new(),
            repeats: 0,
            route,
            sid: String::new(),
            rid: 1_000_000 + number as u64,
            wires: [None, None],
            waiting: String::new(),
        };
        let created = session.dialogue(&creation(domain), "", "mechanisms").await?;
        assert!(created.contains("PLAIN"), "{created}");
        session.dialogue("", &auth(number), "<success").await?;
        let restart = format!("xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='true' to='{domain}'");
        session.dialogue(&restart, "", "urn:ietf:params:xml:ns:xmpp-bind").await?;
        let bound = session.dialogue("", BIND, "<jid>").await?;
        session.jid = between(&bound, "<jid>", "</jid>").expect("an address").to_owned();
        session.dialogue("", "<presence xmlns='jabber:client'/>", "<presence").await?;
        Ok(session)
    }

    /// Sends and waits until an answer has what is wanted; meanwhile polls.
    async fn dialogue(&mut self, attributes: &str, payload: &str, wanted: &str) -> Result<String, Over> {
        self.ask(attributes, payload).await?;
        let mut answers = String::new();
        loop {
            answers.push_str(&self.hear().await?);
            if self.sid.is_empty() {
                let sid = between(&answers, "sid='", "'").or_else(|| between(&answers, "sid=\"", "\""));
                self.sid = sid.ok_or_else(|| Over(answers.clone()))?.to_owned();
            }
            if answers.contains(wanted) {
                return Ok(answers);
            }
            if answers.contains("<failure") {
                return Err(Over(answers));
            }
            self.ask("", "").await?;
        }
    }

    /// Says something as soon as a connection is free.
    pub async fn say(&mut self, payload: &str) -> Result<(), Over> {
        self.waiting.push_str(payload);
        self.go_on().await
    }

    /// Sends what waits, or an empty request if the manager has none to answer.
    pub async fn go_on(&mut self) -> Result<(), Over> {
        let under_way = self.wires.iter().flatten().filter(|wire| wire.is_waiting()).count();
        if under_way == 0 || under_way == 1 && !self.waiting.is_empty() {
            let payload = std::mem::take(&mut self.waiting);
            self.ask("", &payload).await?;
        }
        Ok(())
    }

    async fn ask(&mut self, attributes: &str, payload: &str) -> Result<(), Over> {
        self.rid += 1;
        let sid = if self.sid.is_empty() { String::new() } else { format!("sid='{}' ", self.sid) };
        let rid = self.rid;
        let body =
            format!("<body xmlns='http://jabber.org/protocol/httpbind' rid='{rid}' {sid}{attributes}>{payload}</body>");
        let request = self.route.request(&body);
        let is_free = |wire: &Option<Wire>| wire.as_ref().is_some_and(|wire| !wire.is_waiting());
        let free = self.wires.iter().position(is_free).or_else(|| self.wires.iter().position(Option::is_none));
        let place = &mut self.wires[free.expect("a client sends no more than it may")];
        let sent = async {
            if place.is_none() {
                *place = Some(Wire::open(&self.route).await?);
            }
            place.as_mut().expect("just opened").send(&self.route, request).await
        };
        sent.await.map_err(|error: io::Error| error.into())
    }

    /// The next answer to any request.
    pub async fn hear(&mut self) -> Result<String, Over> {
        for _ in 0..REPEATS {
            let [first, second] = &mut self.wires;
            let (place, answer) = tokio::select! {
                answer = heard(first) => (0, answer),
                answer = heard(second) => (1, answer),
            };
            match answer {
                Ok(body) if is_last(&body) => return Err(Over(body)),
                Ok(body) => return Ok(body),
                Err(_) => {
                    self.repeats += 1;
                    let wire = self.wires[place].as_mut().expect("it was read");
                    wire.repeat(&self.route).await?;
                }
            }
        }
        Err(Over(format!("{REPEATS} connections broke one after the other")))
    }
}

/// What comes on a connection that has something to wait for.
async fn heard(wire: &mut Option<Wire>) -> io::Result<String> {
    match wire {
        Some(wire) if wire.is_waiting() => wire.answer().await,
        _ => std::future::pending().await,
    }
}

fn is_last(body: &str) -> bool {
    let tag = &body[..body.find('>').unwrap_or(body.len())];
    tag.contains("type='terminate'") || tag.contains("type=\"terminate\"")
}

/// The attributes of a request that opens a session.
pub fn creation(domain: &str) -> String {
    format!(
        "to='{domain}' content='text/xml; charset=utf-8' ver='1.6' wait='60' hold='1' xml:lang='en' \
         xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'"
    )
}

/// What stands between two words.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let length = text[start..].find(after)?;
    Some(&text[start..start + length])
}
