//! `<body/>`, the wrapper of everything in BOSH (XEP-0124 §5, XEP-0206 §2): read from requests, written for answers.

use bytes::{BufMut, Bytes, BytesMut};

use crate::xml::relay::{Attribute, Piece, Sort, unwrap};
use crate::xml::{HTTPBIND, Limits, STREAMS, Violation, writer};

const XBOSH: &str = "urn:xmpp:xbosh";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The largest request id: a client may keep it in a floating-point number (XEP-0124 §14.1).
const MAX_RID: u64 = (1 << 53) - 1;

/// Why a session is over, in the words of XEP-0124 §17.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The request is not understood.
    BadRequest,
    /// The server is not one of ours.
    HostUnknown,
    /// There is no `to`.
    ImproperAddressing,
    /// There is no such session or stream, or the request is outside the window.
    ItemNotFound,
    /// Another request ended the session.
    OtherRequest,
    /// Too many requests, or too much in one.
    PolicyViolation,
    /// The server cannot be reached, or the connection to it was lost.
    RemoteConnectionFailed,
    /// The server ended the stream with an error, which is in the body.
    RemoteStreamError,
    /// This gateway stops.
    SystemShutdown,
}

impl Condition {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Condition::BadRequest => "bad-request",
            Condition::HostUnknown => "host-unknown",
            Condition::ImproperAddressing => "improper-addressing",
            Condition::ItemNotFound => "item-not-found",
            Condition::OtherRequest => "other-request",
            Condition::PolicyViolation => "policy-violation",
            Condition::RemoteConnectionFailed => "remote-connection-failed",
            Condition::RemoteStreamError => "remote-stream-error",
            Condition::SystemShutdown => "system-shutdown",
        }
    }

    /// What a client gets instead that did not say which version it speaks (XEP-0124 §17.1).
    pub fn legacy_status(self) -> Option<u16> {
        match self {
            Condition::BadRequest => Some(400),
            Condition::PolicyViolation => Some(403),
            Condition::ItemNotFound => Some(404),
            _ => None,
        }
    }
}

/// A request as it came. Attributes that we do not use are not kept, `route` among them: it is never followed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The request id; required.
    pub rid: u64,
    /// The session; absent from the request that makes one.
    pub sid: Option<String>,
    /// The server's domain.
    pub to: Option<String>,
    /// Who connects.
    pub from: Option<String>,
    /// The language of what people will read.
    pub lang: Option<String>,
    /// The version of BOSH that the client speaks: major, minor.
    pub ver: Option<(u32, u32)>,
    /// Seconds that a request may be held.
    pub wait: Option<u64>,
    /// Requests that may be held.
    pub hold: Option<u64>,
    /// The content type that answers shall have.
    pub content: Option<String>,
    /// At the beginning: that the client acknowledges answers; later the last one that it has.
    pub ack: Option<u64>,
    /// The next key (XEP-0124 §15).
    pub key: Option<String>,
    /// The hash of the first key of a sequence.
    pub new_key: Option<String>,
    /// Seconds that the client wants to be away.
    pub pause: Option<u64>,
    /// Whether the client ends the session or the stream.
    pub is_terminate: bool,
    /// Which stream is meant.
    pub stream: Option<String>,
    /// The version of XMPP.
    pub version: Option<String>,
    /// Whether the stream shall begin anew (XEP-0206 §5).
    pub is_restart: bool,
    /// What is to be sent on.
    pub payloads: Vec<Piece>,
}

impl Body {
    /// Reads one. The condition says what to tell the client: `policy-violation` for what breaks a bound.
    pub fn read(bytes: &[u8], limits: Limits) -> Result<Body, Condition> {
        let mut body = Body::default();
        let (mut rid, mut is_sound) = (None, true);
        let payloads = unwrap(bytes, limits, |Attribute { namespace, local, value }| {
            let text = || Some(value.to_owned());
            let mut number = || {
                let number = decimal(value);
                is_sound &= number.is_some();
                number
            };
            match (namespace, local) {
                ("", "rid") => rid = number().filter(|rid| *rid <= MAX_RID),
                ("", "sid") => body.sid = text(),
                ("", "to") => body.to = text().filter(|to| !to.is_empty()),
                ("", "from") => body.from = text(),
                ("", "ver") => {
                    body.ver = version(value);
                    is_sound &= body.ver.is_some();
                }
                ("", "wait") => body.wait = number(),
                ("", "hold") => body.hold = number(),
                ("", "content") => body.content = text(),
                ("", "ack") => body.ack = number(),
                ("", "key") => body.key = text(),
                ("", "newkey") => body.new_key = text(),
                ("", "pause") => body.pause = number(),
                ("", "type") => body.is_terminate = value == "terminate",
                ("", "stream") => body.stream = text(),
                (XML, "lang") => body.lang = text(),
                (XBOSH, "version") => body.version = text(),
                (XBOSH, "restart") => body.is_restart = matches!(value, "true" | "1"),
                _ => {}
            }
        });
        body.payloads = payloads.map_err(|violation| match violation {
            Violation::TooLarge => Condition::PolicyViolation,
            _ => Condition::BadRequest,
        })?;
        body.rid = rid.filter(|_| is_sound).ok_or(Condition::BadRequest)?;
        Ok(body)
    }

    /// Whether it carries nothing and asks for nothing but news.
    pub fn is_empty(&self) -> bool {
        self.payloads.is_empty() && !self.is_restart && !self.is_terminate && self.pause.is_none()
    }
}

fn decimal(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.len() <= 19 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    let number = |text| decimal(text).and_then(|number| u32::try_from(number).ok());
    Some((number(major)?, number(minor)?))
}

/// How an answer stands to the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// It goes on.
    #[default]
    Normal,
    /// It goes on, and the client should repeat what has no answer (XEP-0124 §17.3).
    Error,
    /// It is over, or one stream is.
    Terminate(Option<Condition>),
}

/// An answer to be written.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    /// How it stands to the session.
    pub kind: Kind,
    /// Attributes that are written already, with a space before each.
    pub attributes: &'a str,
    /// The last request that came, with all before it.
    pub ack: Option<u64>,
    /// An answer that the client does not seem to have, and how many milliseconds ago it was sent.
    pub report: Option<(u64, u128)>,
    /// Which stream the payloads are of.
    pub stream: Option<&'a str>,
}

impl Answer<'_> {
    /// Writes it around `payloads`.
    pub fn write<'p>(&self, payloads: impl Iterator<Item = &'p Piece> + Clone) -> Bytes {
        let length: usize = payloads.clone().map(|piece| piece.bytes.len()).sum();
        let mut out = BytesMut::with_capacity(length + self.attributes.len() + 160);
        out.put_slice(b"<body xmlns='");
        out.put_slice(HTTPBIND.as_bytes());
        out.put_slice(b"'");
        out.put_slice(self.attributes.as_bytes());
        if self.attributes.contains(" xmpp:") {
            attribute("xmlns:xmpp", XBOSH, &mut out);
        }
        match self.kind {
            Kind::Normal => {}
            Kind::Error => out.put_slice(b" type='error'"),
            Kind::Terminate(condition) => {
                out.put_slice(b" type='terminate'");
                if let Some(condition) = condition {
                    attribute("condition", condition.word(), &mut out);
                }
            }
        }
        if let Some(ack) = self.ack {
            attribute("ack", &ack.to_string(), &mut out);
        }
        if let Some((rid, time)) = self.report {
            attribute("report", &rid.to_string(), &mut out);
            attribute("time", &time.to_string(), &mut out);
        }
        if let Some(stream) = self.stream {
            attribute("stream", stream, &mut out);
        }
        if payloads.clone().any(|piece| matches!(piece.sort, Sort::Features | Sort::StreamError)) {
            // Required on the body itself, where some clients look for it (XEP-0206 §2).
            attribute("xmlns:stream", STREAMS, &mut out);
        }
        if length == 0 {
            out.put_slice(b"/>");
        } else {
            out.put_u8(b'>');
            payloads.for_each(|piece| out.put_slice(&piece.bytes));
            out.put_slice(b"</body>");
        }
        out.freeze()
    }
}

/// Appends ` name='value'`.
fn attribute(name: &str, value: &str, out: &mut BytesMut) {
    out.put_u8(b' ');
    out.put_slice(name.as_bytes());
    out.put_slice(b"='");
    out.put_slice(value.as_bytes());
    out.put_u8(b'\'');
}

/// The same for a value that comes from outside.
pub fn add_attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("='");
    writer::escape_attribute(value, out);
    out.push('\'');
}

/// The answer that ends what is not even a session.
pub fn refusal(condition: Condition) -> Bytes {
    Answer { kind: Kind::Terminate(Some(condition)), ..Answer::default() }.write([].iter())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(attributes: &str) -> Result<Body, Condition> {
        let body = format!("<body xmlns='http://jabber.org/protocol/httpbind' {attributes}/>");
        Body::read(body.as_bytes(), Limits::default())
    }

    #[test]
    fn attributes_are_read() {
        let body = read(
            "rid='9007199254740991' sid='s' to='b.c' ver='1.11' wait='60' hold='1' xml:lang='en' ack='1' \
             xmlns:x='urn:xmpp:xbosh' x:version='1.0' x:restart='1' route='xmpp:evil:1' type='terminate'",
        )
        .unwrap();
        assert_eq!((body.rid, body.sid.as_deref(), body.ver), (MAX_RID, Some("s"), Some((1, 11))));
        assert_eq!((body.wait, body.hold, body.ack), (Some(60), Some(1), Some(1)));
        assert_eq!((body.lang.as_deref(), body.version.as_deref()), (Some("en"), Some("1.0")));
        assert!(body.is_restart && body.is_terminate && !body.is_empty());
        assert!(read("rid='1' type='error' x='y'").unwrap().is_empty());
        assert!(!read("rid='1' xmlns:xmpp='urn:other' xmpp:restart='true'").unwrap().is_restart, "by namespace");
    }

    #[test]
    fn numbers_are_numbers() {
        for bad in
            ["", "rid=''", "rid='-1'", "rid='1e3'", "rid='9007199254740992'", "rid='1' wait='x'", "rid='1' ver='1'"]
        {
            assert_eq!(read(bad), Err(Condition::BadRequest), "{bad}");
        }
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        let deep = format!("<body xmlns='http://jabber.org/protocol/httpbind' rid='1'>{deep}</body>");
        assert_eq!(Body::read(deep.as_bytes(), Limits::default()), Err(Condition::PolicyViolation));
    }

    #[test]
    fn answers_are_written() {
        let write = |answer: Answer<'_>, payloads: &[Piece]| {
            String::from_utf8(answer.write(payloads.iter()).to_vec()).unwrap().replace(HTTPBIND, "h")
        };
        assert_eq!(write(Answer::default(), &[]), "<body xmlns='h'/>");
        let end = Answer { kind: Kind::Terminate(Some(Condition::ItemNotFound)), ack: Some(7), ..Answer::default() };
        assert_eq!(write(end, &[]), "<body xmlns='h' type='terminate' condition='item-not-found' ack='7'/>");
        let features = Piece { sort: Sort::Features, bytes: "<stream:features/>".into() };
        let first = Answer { attributes: " sid='s'", stream: Some("one"), ..Answer::default() };
        assert_eq!(
            write(first, &[features]),
            format!("<body xmlns='h' sid='s' stream='one' xmlns:stream='{STREAMS}'><stream:features/></body>")
        );
        let mut escaped = String::new();
        add_attribute("from", "a'b", &mut escaped);
        assert_eq!(escaped, " from='a&apos;b'");
    }
}
