//! One client's stream: header, pieces in, stream errors out (RFC 6120 §4).

use std::time::Duration;

use bytes::Bytes;
use minidom::Element;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::hosting::stanza::{CLIENT, attribute};
use crate::xml::splitter::{Header, Piece, Splitter};
use crate::xml::{CUT, Limits, Violation};

/// The largest stanza a client may send.
const STANZA: usize = 256 * 1024;
/// Read at once.
const CHUNK: usize = 16 * 1024;
/// How long one write may take until the client counts as gone.
pub(super) const WRITE: Duration = Duration::from_secs(30);

/// Why a stream ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The client closed its stream.
    Closed,
    /// The connection broke.
    Lost,
    /// Something was wrong; the client is told which condition (RFC 6120 §4.9.3), with some words.
    Error(&'static str, Option<&'static str>),
}

impl From<Violation> for End {
    fn from(violation: Violation) -> Self {
        End::Error(
            match violation {
                Violation::NotWellFormed => "not-well-formed",
                Violation::Restricted => "restricted-xml",
                Violation::BadNamespace => "bad-namespace-prefix",
                Violation::TooLarge => "policy-violation",
            },
            None,
        )
    }
}

/// What comes in.
pub(super) enum Incoming {
    /// A stream header.
    Open(Header),
    /// An element, and whether parts were cut out of it.
    Element(Element, Intact),
}

/// Whether an element came through whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intact {
    /// It did.
    Whole,
    /// Something in it broke a bound and is missing.
    Cut,
}

/// The reading half.
pub(super) struct Reader {
    socket: OwnedReadHalf,
    splitter: Splitter,
    chunk: Box<[u8]>,
    violation: Option<Violation>,
    is_component: bool,
}

impl Reader {
    pub fn new(socket: OwnedReadHalf) -> Self {
        let limits = Limits { stanza_bytes: STANZA, total_bytes: 2 * STANZA, ..Limits::default() };
        let splitter = Splitter::new(limits);
        Reader { socket, splitter, chunk: vec![0; CHUNK].into(), violation: None, is_component: false }
    }

    /// One for a component, whose stanzas are given in the namespace of clients.
    pub fn for_components(socket: OwnedReadHalf) -> Self {
        Reader { is_component: true, ..Reader::new(socket) }
    }

    /// The next header or element. Safe to drop and call again.
    pub async fn next(&mut self) -> Result<Incoming, End> {
        loop {
            match self.splitter.next() {
                Some(Piece::Open(header)) => return Ok(Incoming::Open(header)),
                Some(Piece::Stanza(bytes)) if self.is_component => return element(&as_client(&bytes)),
                Some(Piece::Stanza(bytes)) => return element(&bytes),
                Some(Piece::Close) => return Err(End::Closed),
                None => {}
            }
            if let Some(violation) = self.violation {
                return Err(violation.into());
            }
            let length = match self.socket.read(&mut self.chunk).await {
                Ok(0) | Err(_) => return Err(End::Lost),
                Ok(length) => length,
            };
            self.violation = self.splitter.push(&self.chunk[..length]).err();
        }
    }

    /// After sign-in the client opens its stream anew.
    pub fn restart(&mut self) {
        self.splitter.restart();
    }
}

/// What stands inside a stanza by default is of the stream's namespace, which the first declaration names.
fn as_client(bytes: &Bytes) -> Bytes {
    String::from_utf8_lossy(bytes).replacen(super::component::ACCEPT, CLIENT, 1).into()
}

fn element(bytes: &Bytes) -> Result<Incoming, End> {
    let element = Element::from_reader(&bytes[..]).map_err(|_| End::Error("not-well-formed", None))?;
    // The guard lets no such mark in from outside, so where one stands it is the guard's own.
    let mark = bytes.windows(CUT.len()).any(|window| window == CUT.as_bytes());
    if mark && element.children().any(|child| child.is("cut", CUT) && child.attr("bound") == Some("bytes")) {
        return Err(End::Error("policy-violation", Some("The stanza is too large.")));
    }
    Ok(Incoming::Element(element, if mark { Intact::Cut } else { Intact::Whole }))
}

/// The writing half while there is no queue yet.
pub(super) struct Writer {
    pub socket: OwnedWriteHalf,
    has_header: bool,
    is_component: bool,
}

impl Writer {
    pub fn new(socket: OwnedWriteHalf) -> Self {
        Writer { socket, has_header: false, is_component: false }
    }

    /// One for a component.
    pub fn for_components(socket: OwnedWriteHalf) -> Self {
        Writer { socket, has_header: false, is_component: true }
    }

    /// Writes all of it, or says that the client is gone.
    pub async fn send(&mut self, text: &str) -> Result<(), End> {
        match tokio::time::timeout(WRITE, self.socket.write_all(text.as_bytes())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Lost),
        }
    }

    /// Opens our side of the stream, with what follows.
    pub async fn open(&mut self, from: &str, to: Option<&str>, id: &str, features: &str) -> Result<(), End> {
        self.has_header = true;
        let mut header = header(from, to, id);
        if self.is_component {
            header = header.replacen(CLIENT, super::component::ACCEPT, 1);
        }
        self.send(&(header + features)).await
    }

    /// After sign-in our side is opened anew.
    pub fn restart(&mut self) {
        self.has_header = false;
    }

    /// Ends the stream: says why, closes, and lets go of the connection.
    pub async fn close(mut self, end: &End, domain: &str) {
        let mut text = String::new();
        match end {
            End::Lost => return,
            End::Closed => {}
            End::Error(condition, words) => {
                if !self.has_header {
                    text.push_str(&header(domain, None, &super::accounts::fresh()));
                }
                text.push_str(&error(condition, *words));
            }
        }
        text.push_str("</stream:stream>");
        if self.send(&text).await.is_ok() {
            let _ = self.socket.shutdown().await;
        }
    }
}

/// Our stream header.
fn header(from: &str, to: Option<&str>, id: &str) -> String {
    let mut out = String::from(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
         version='1.0' xml:lang='en'",
    );
    attribute("from", from, &mut out);
    attribute("id", id, &mut out);
    if let Some(to) = to {
        attribute("to", to, &mut out);
    }
    out.push('>');
    out
}

/// A stream error.
pub(super) fn error(condition: &str, words: Option<&str>) -> String {
    let mut out = format!("<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>");
    if let Some(words) = words {
        out.push_str("<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>");
        crate::xml::writer::escape_text(words, &mut out);
        out.push_str("</text>");
    }
    out.push_str("</stream:error>");
    out
}
