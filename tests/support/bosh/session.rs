//! A session of a BOSH client, from the first request on.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minidom::Element;

use super::answer::{Answer, text_of};
use super::http::PATIENCE;
use super::keys::Keys;
use super::{CLIENT, Door, HTTPBIND, Pending, XBOSH, first_rid, message};
use crate::support::foreign::escape;
use crate::support::servers::Account;

/// The namespace of SASL.
pub const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";

/// A payload that asks for nothing and tells nobody anything.
pub const NOTHING: &str = "<iq xmlns='jabber:client' type='result' id='nothing'/>";

/// A session. Its requests have each a connection of their own.
pub struct Session {
    /// Where it is.
    pub door: Door,
    /// Header fields of all its requests, each with its line end.
    pub fields: String,
    /// Its id.
    pub sid: String,
    /// The id of the next request.
    pub rid: u64,
    /// The answer to the first request.
    pub created: Answer,
    /// The full address, once signed in.
    pub address: String,
    /// The keys that its requests show, if they show any.
    pub keys: Option<Keys>,
    /// The stream that its requests name, if they name one (XEP-0124 §16).
    pub stream: Option<String>,
    /// How long it waits before it asks for news; a polling session must.
    pub distance: Duration,
    told: VecDeque<Pending>,
    inbox: VecDeque<Element>,
}

impl Session {
    /// Not signed in. The first request is changed as [`Door::creation`] says.
    pub async fn open(door: Door, changes: &[(&str, &str)]) -> Session {
        Session::open_with(door, "", changes).await
    }

    /// Not signed in, with these header fields.
    pub async fn open_with(door: Door, fields: &str, changes: &[(&str, &str)]) -> Session {
        Session::open_at(door, first_rid(), fields, changes).await
    }

    /// The same, with the number of the first request.
    pub async fn open_at(door: Door, rid: u64, fields: &str, changes: &[(&str, &str)]) -> Session {
        let created = door.send_with(fields, &door.creation(rid, changes)).await.answer().await;
        created.must_go_on();
        Session {
            door,
            fields: fields.to_owned(),
            sid: created.attr("sid").unwrap_or_else(|| panic!("no sid: {}", created.text)).to_owned(),
            rid: rid + 1,
            created,
            address: String::new(),
            keys: None,
            stream: None,
            distance: Duration::ZERO,
            told: VecDeque::new(),
            inbox: VecDeque::new(),
        }
    }

    /// Signed in with an account of its own.
    pub async fn sign_in(door: Door, changes: &[(&str, &str)]) -> Session {
        let account = door.account();
        Session::sign_in_as(door, &account, changes).await
    }

    /// Signed in with an account.
    pub async fn sign_in_as(door: Door, account: &Account, changes: &[(&str, &str)]) -> Session {
        let mut session = Session::open(door, changes).await;
        session.enter(account).await;
        session
    }

    /// Two people, signed in.
    pub async fn pair(door: Door) -> (Session, Session) {
        (Session::sign_in(door, &[]).await, Session::sign_in(door, &[]).await)
    }

    /// Signs in to the open session and binds a resource. No presence is sent: nothing comes that was not asked for.
    pub async fn enter(&mut self, account: &Account) {
        if self.created.features().is_none() {
            self.hear(|element| element.name() == "features").await;
        }
        self.authenticate(account).await;
        self.restart().await;
        self.bind("bosh").await;
    }

    /// SASL PLAIN.
    pub async fn authenticate(&mut self, account: &Account) {
        let outcome = self.try_authenticate(account.name(), &account.password).await;
        assert!(outcome.is("success", SASL), "{} is refused: {}", account.address, String::from(&outcome));
    }

    /// The same, with what comes of it.
    pub async fn try_authenticate(&mut self, name: &str, password: &str) -> Element {
        self.ask_for(&plain(name, password), |element| element.ns() == SASL && element.name() != "mechanisms").await
    }

    /// Begins the stream anew (XEP-0206 §5).
    pub async fn restart(&mut self) {
        let attributes = format!("to='{}' xmlns:xmpp='{XBOSH}' xmpp:restart='true'", self.door.domain);
        let body = self.next_with(&attributes, "");
        let answer = self.door.send_with(&self.fields, &body).await.answer().await;
        self.hear_from(answer, |element| element.name() == "features").await;
    }

    /// Binds a resource.
    pub async fn bind(&mut self, resource: &str) {
        let request = format!(
            "<iq xmlns='{CLIENT}' type='set' id='bind'><bind xmlns='{BIND}'><resource>{resource}</resource></bind></iq>"
        );
        let answer = self.ask_for(&request, |element| element.attr("id") == Some("bind")).await;
        let bound = answer.get_child("bind", BIND).and_then(|bind| bind.get_child("jid", BIND));
        self.address = bound.unwrap_or_else(|| panic!("{}", String::from(&answer))).text();
    }

    /// The body of the next request.
    pub fn next(&mut self, payloads: &str) -> String {
        self.next_with("", payloads)
    }

    /// The same with attributes.
    pub fn next_with(&mut self, attributes: &str, payloads: &str) -> String {
        self.rid += 1;
        let key = self.keys.as_mut().map(|keys| format!(" key='{}'", keys.next())).unwrap_or_default();
        let stream = self.stream.as_ref().map(|name| format!(" stream='{name}'")).unwrap_or_default();
        self.at(self.rid - 1, &format!("{attributes}{key}{stream}"), payloads)
    }

    /// The body of any request.
    pub fn at(&self, rid: u64, attributes: &str, payloads: &str) -> String {
        format!("<body xmlns='{HTTPBIND}' sid='{}' rid='{rid}' {attributes}>{payloads}</body>", escape(&self.sid))
    }

    /// Sends the next request.
    pub async fn send(&mut self, payloads: &str) -> Pending {
        self.send_with("", payloads).await
    }

    /// The same with attributes.
    pub async fn send_with(&mut self, attributes: &str, payloads: &str) -> Pending {
        let body = self.next_with(attributes, payloads);
        self.door.send_with(&self.fields, &body).await
    }

    /// Sends the next request, which holds nothing.
    pub async fn poll(&mut self) -> Pending {
        self.send("").await
    }

    /// Sends the next request and waits for its answer.
    pub async fn ask(&mut self, payloads: &str) -> Answer {
        self.ask_with("", payloads).await
    }

    /// The same with attributes.
    pub async fn ask_with(&mut self, attributes: &str, payloads: &str) -> Answer {
        let pending = self.send_with(attributes, payloads).await;
        self.read_told(self.hold().saturating_sub(1)).await;
        pending.answer().await
    }

    /// Sends something and asks on until an element fits.
    pub async fn ask_for(&mut self, payloads: &str, fits: impl Fn(&Element) -> bool) -> Element {
        let answer = self.ask(payloads).await;
        self.hear_from(answer, fits).await
    }

    /// Asks on until an element fits; those before it are let go.
    pub async fn hear(&mut self, fits: impl Fn(&Element) -> bool) -> Element {
        loop {
            let element = self.news().await;
            if fits(&element) {
                return element;
            }
        }
    }

    /// The same, beginning with an answer that has come.
    pub async fn hear_from(&mut self, answer: Answer, fits: impl Fn(&Element) -> bool) -> Element {
        self.file(&answer);
        self.hear(fits).await
    }

    /// Reads messages until one says `last`; gives the texts of those before it.
    pub async fn messages_until(&mut self, last: &str) -> Vec<String> {
        let mut texts = Vec::new();
        loop {
            match text_of(&self.news().await) {
                Some(text) if text == last => return texts,
                text => texts.extend(text),
            }
        }
    }

    /// The same, beginning with an answer that has come.
    pub async fn messages_from(&mut self, answer: Answer, last: &str) -> Vec<String> {
        self.file(&answer);
        self.messages_until(last).await
    }

    /// Sends a message to another session.
    pub async fn tell(&mut self, other: &Session, text: &str) {
        self.say(&other.address, text).await;
    }

    /// Sends a message. Nothing is waited for but answers that must be there before the next request may be sent; they
    /// are read with the next news.
    pub async fn say(&mut self, to: &str, text: &str) {
        let pending = self.send(&message(to, text)).await;
        self.told.push_back(pending);
        self.read_told(self.hold()).await;
    }

    fn hold(&self) -> usize {
        self.created.number("hold") as usize
    }

    async fn read_told(&mut self, left: usize) {
        while self.told.len() > left {
            let pending = self.told.pop_front().expect("there are more than none");
            let answer = pending.answer().await;
            self.file(&answer);
        }
    }

    fn file(&mut self, answer: &Answer) {
        answer.must_go_on();
        self.inbox.extend(answer.payloads().into_iter().cloned());
    }

    /// The next element at which nobody has looked yet.
    async fn news(&mut self) -> Element {
        let since = Instant::now();
        loop {
            if let Some(element) = self.inbox.pop_front() {
                return element;
            }
            assert!(since.elapsed() < PATIENCE, "{} hears nothing", self.address);
            if self.told.is_empty() {
                tokio::time::sleep(self.distance).await;
                let pending = self.poll().await;
                self.told.push_back(pending);
            }
            self.read_told(self.told.len() - 1).await;
        }
    }

    /// Ends the session; gives the answer that says so, which is the one to the oldest request (XEP-0124 §13).
    pub async fn terminate(&mut self) -> Answer {
        let pending = self.send_with("type='terminate'", "").await;
        self.told.pop_front().unwrap_or(pending).answer().await
    }

    /// The session is not there any more.
    pub async fn must_be_gone(&mut self) {
        self.ask("").await.must_end_with("item-not-found");
    }
}

/// `<auth/>` with SASL PLAIN (RFC 4616).
pub fn plain(name: &str, password: &str) -> String {
    let secret = STANDARD.encode(format!("\0{name}\0{password}"));
    format!("<auth xmlns='{SASL}' mechanism='PLAIN'>{secret}</auth>")
}
