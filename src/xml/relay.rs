//! XML on its way between a client and its server: taken apart, bounded, written anew, and told apart as far as whoever
//! passes it on must know. Nothing here builds a tree.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::head::{Head, Meaning};
use super::reader::Reader;
use super::scope::{self, Scope};
use super::sieve::{Kind, Outlet};
use super::splitter::Header;
use super::{Limits, STREAMS, Violation};

const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const SASL2: &str = "urn:xmpp:sasl:2";
const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";

/// What an element at stream level is, as far as passing it on depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// `<stream:features/>` (RFC 6120 §4.3.2).
    Features,
    /// `<stream:error/>` (RFC 6120 §4.9).
    StreamError,
    /// A client begins to sign in: `<auth/>` (RFC 6120 §6.4.2) or `<authenticate/>` (XEP-0388).
    Auth,
    /// A client's further word while it signs in: `<response/>`.
    Response,
    /// The server let it in.
    Success,
    /// The server did not.
    Failure,
    /// An `<iq/>`.
    Iq,
    /// `<open/>` of a WebSocket (RFC 7395 §3.3).
    Open,
    /// `<close/>` of a WebSocket (RFC 7395 §3.6).
    Close,
    /// Anything else.
    #[default]
    Other,
}

impl Sort {
    fn of(meaning: Meaning<'_>) -> Self {
        match (meaning.namespace, meaning.local) {
            (STREAMS, "features") => Sort::Features,
            (STREAMS, "error") => Sort::StreamError,
            (SASL, "auth") | (SASL2, "authenticate") => Sort::Auth,
            (SASL | SASL2, "response") => Sort::Response,
            (SASL | SASL2, "success") => Sort::Success,
            (SASL | SASL2, "failure") => Sort::Failure,
            (FRAMING, "open") => Sort::Open,
            (FRAMING, "close") => Sort::Close,
            (_, "iq") => Sort::Iq,
            _ => Sort::Other,
        }
    }
}

/// An element at stream level, written anew, on which every namespace that it uses is declared, `jabber:client` as the
/// default where nothing else is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub sort: Sort,
    /// Its text.
    pub bytes: Bytes,
}

/// A whole thing that came from a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromServer {
    /// A stream header, the first or a restart.
    Open(Header),
    /// An element. Elements of the streams namespace have the prefix `stream`, and features do not offer what only
    /// concerns the connection between us and the server: TLS and compression.
    Piece(Piece),
    /// The end of the stream.
    Close,
}

/// Reads a server's stream for a client. It does no I/O. What waits is bounded by what was pushed: take it after each
/// push.
#[derive(Debug)]
pub struct Relay {
    reader: Reader,
    /// What the element is whose start tag came last.
    sort: Sort,
    things: VecDeque<FromServer>,
}

impl Relay {
    /// For a stream of which nothing was read yet.
    pub fn new(limits: Limits) -> Self {
        Self { reader: Reader::new(Kind::Relay, limits), sort: Sort::Other, things: VecDeque::new() }
    }

    /// Reads on. After a violation what came before it can still be taken.
    pub fn push(&mut self, input: &[u8]) -> Result<(), Violation> {
        let mut outlet = Things { things: &mut self.things, sort: &mut self.sort };
        self.reader.push(input, &mut outlet)
    }

    /// The next whole thing.
    #[expect(clippy::should_implement_trait, reason = "more may come after `None`, unlike what iterators promise")]
    pub fn next(&mut self) -> Option<FromServer> {
        let thing = self.things.pop_front();
        if self.things.is_empty() {
            self.things = VecDeque::new();
        }
        thing
    }

    /// Says that a new stream header may follow.
    pub fn restart(&mut self) {
        self.reader.expect_header();
    }
}

struct Things<'a> {
    things: &'a mut VecDeque<FromServer>,
    sort: &'a mut Sort,
}

impl Outlet for Things<'_> {
    fn declaration(&mut self) {}

    fn header(&mut self, head: &Head, scope: &Scope) {
        self.things.push_back(FromServer::Open(Header::read(head, scope)));
    }

    fn space(&mut self, _: &str) {}

    fn stanza(&mut self, written: BytesMut) {
        self.things.push_back(FromServer::Piece(Piece { sort: *self.sort, bytes: written.freeze() }));
    }

    fn begin(&mut self, _: &Head, meaning: Meaning<'_>) {
        *self.sort = Sort::of(meaning);
    }

    fn footer(&mut self, _: &str) {
        self.things.push_back(FromServer::Close);
    }
}

/// One attribute of a wrapper, or of `<open/>`, with its namespace; empty without a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name without a prefix.
    pub local: &'a str,
    /// Its value.
    pub value: &'a str,
}

/// Takes a BOSH `<body/>` (XEP-0124 §5) apart: its attributes go to `attribute`, then its payloads come back in their
/// order. It is refused as a whole when it is not well-formed, uses what XMPP forbids, or breaks a bound; the bound of
/// the whole is the caller's. Payloads that lean on the wrapper's default namespace are of `jabber:client`
/// (XEP-0206 §2), and prefixes that the wrapper declares are declared on them.
pub fn unwrap(body: &[u8], limits: Limits, attribute: impl FnMut(Attribute<'_>)) -> Result<Vec<Piece>, Violation> {
    let mut reader = Reader::new(Kind::Wrapper, limits);
    let mut outlet = Whole { attribute, pieces: Vec::new(), sort: Sort::Other };
    reader.push(body, &mut outlet)?;
    if reader.is_complete() { Ok(outlet.pieces) } else { Err(Violation::NotWellFormed) }
}

/// Reads the one element that a message of a WebSocket is (RFC 7395 §3.3); the attributes of `<open/>` go to
/// `attribute`. It is refused like a body.
pub fn message(text: &[u8], limits: Limits, attribute: impl FnMut(Attribute<'_>)) -> Result<Piece, Violation> {
    let mut reader = Reader::new(Kind::Message, limits);
    let mut outlet = Whole { attribute, pieces: Vec::with_capacity(1), sort: Sort::Other };
    reader.push(text, &mut outlet)?;
    outlet.pieces.pop().filter(|_| reader.is_complete()).ok_or(Violation::NotWellFormed)
}

struct Whole<A> {
    attribute: A,
    pieces: Vec<Piece>,
    sort: Sort,
}

impl<A: FnMut(Attribute<'_>)> Whole<A> {
    fn tell(&mut self, head: &Head, scope: Option<&Scope>) {
        for (name, value) in head.all() {
            // The sieve has checked the names.
            let Ok((prefix, local)) = scope::split(name) else { continue };
            let bound = |prefix| scope.and_then(|scope| scope.find(prefix, 0).map(|place| scope.get(place).1));
            let namespace = match prefix {
                "" => "",
                "xml" => scope::XML,
                _ => bound(prefix).unwrap_or(scope::XMLNS),
            };
            (self.attribute)(Attribute { namespace, local, value });
        }
    }
}

impl<A: FnMut(Attribute<'_>)> Outlet for Whole<A> {
    fn declaration(&mut self) {}

    fn header(&mut self, head: &Head, scope: &Scope) {
        self.tell(head, Some(scope));
    }

    fn space(&mut self, _: &str) {}

    fn begin(&mut self, head: &Head, meaning: Meaning<'_>) {
        self.sort = Sort::of(meaning);
        if self.sort == Sort::Open {
            self.tell(head, None);
        }
    }

    fn stanza(&mut self, written: BytesMut) {
        self.pieces.push(Piece { sort: self.sort, bytes: written.freeze() });
    }

    fn footer(&mut self, _: &str) {}
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SERVER: &str = "<?xml version='1.0'?><stream:stream from='b.c' id='7' version='1.0' xmlns='jabber:client' \
                          xmlns:stream='http://etherx.jabber.org/streams'>";

    fn from_server(header: &str, input: &str) -> (Sort, String) {
        let mut relay = Relay::new(Limits::default());
        for byte in format!("{header}{input}").as_bytes().chunks(1) {
            relay.push(byte).unwrap();
        }
        let things: Vec<FromServer> = std::iter::from_fn(|| relay.next()).collect();
        match &things[..] {
            [FromServer::Open(_), FromServer::Piece(piece)] => {
                (piece.sort, String::from_utf8(piece.bytes.to_vec()).unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_server_s_stream_is_told_apart() {
        for (input, sort) in [
            ("<message/>", Sort::Other),
            ("<iq/>", Sort::Iq),
            ("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", Sort::Success),
            ("<failure xmlns='urn:xmpp:sasl:2'/>", Sort::Failure),
            ("<stream:error/>", Sort::StreamError),
        ] {
            assert_eq!(from_server(SERVER, input).0, sort, "{input}");
        }
    }

    #[test]
    fn features_are_what_a_client_can_use() {
        let features = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>\
                        <compression xmlns='http://jabber.org/features/compress'><method>zlib</method></compression>\
                        <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";
        let passed = "<stream:features xmlns:stream=\"http://etherx.jabber.org/streams\">\
                      <bind xmlns=\"urn:ietf:params:xml:ns:xmpp-bind\"/></stream:features>";
        assert_eq!(from_server(SERVER, features), (Sort::Features, passed.to_owned()));
        // Only as features: elsewhere such elements mean something else.
        let iq = "<iq><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></iq>";
        assert!(from_server(SERVER, iq).1.contains("starttls"));
    }

    #[test]
    fn the_prefix_that_clients_look_for() {
        let bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
        let streams = "http://etherx.jabber.org/streams";
        for (header, input) in [
            (
                format!("<s:stream xmlns='jabber:client' xmlns:s='{streams}'>"),
                format!("<s:features>{bind}</s:features>"),
            ),
            (format!("<stream xmlns='{streams}'>"), format!("<features>{bind}</features>")),
            (SERVER.to_owned(), format!("<features xmlns='{streams}'>{bind}</features>")),
            (SERVER.to_owned(), format!("<f:features xmlns:f='{streams}'>{bind}</f:features>")),
        ] {
            let (sort, written) = from_server(&header, &input);
            assert_eq!(sort, Sort::Features);
            assert!(written.starts_with("<stream:features ") && written.ends_with("</stream:features>"), "{written}");
            let declaration = format!(" xmlns:stream=\"{streams}\"");
            assert_eq!(written.matches(&declaration).count(), 1, "{written}");
            super::super::guard::Guard::new(Limits::default())
                .push(format!("{SERVER}{written}").as_bytes(), &mut BytesMut::new())
                .unwrap();
        }
        assert!(from_server(&format!("<s:stream xmlns:s='{streams}'>"), "<s:error/>").1.starts_with("<stream:error "));
    }

    fn body(input: &str) -> Result<(Vec<String>, Vec<String>), Violation> {
        let mut attributes = Vec::new();
        let pieces = unwrap(input.as_bytes(), Limits { depth: 4, ..Limits::default() }, |attribute| {
            let Attribute { namespace, local, value } = attribute;
            if namespace != scope::XMLNS && local != "xmlns" {
                attributes.push(format!("{{{namespace}}}{local}={value}"));
            }
        })?;
        let text = |piece: &Piece| String::from_utf8(piece.bytes.to_vec()).unwrap();
        Ok((attributes, pieces.iter().map(text).collect()))
    }

    #[test]
    fn a_body_comes_apart() {
        let (attributes, pieces) = body(
            "<b:body rid='1' xml:lang='en' x:restart='true' xmlns:b='http://jabber.org/protocol/httpbind' \
             xmlns:x='urn:xmpp:xbosh'> <presence/>\n</b:body>\n",
        )
        .unwrap();
        assert_eq!(
            attributes,
            ["{}rid=1", "{http://www.w3.org/XML/1998/namespace}lang=en", "{urn:xmpp:xbosh}restart=true"]
        );
        assert_eq!(pieces, ["<presence/>"]);
    }

    #[test]
    fn payloads_stand_for_themselves() {
        for (payload, written) in [
            ("<message><body>a</body></message>", "<message xmlns=\"jabber:client\"><body>a</body></message>"),
            ("<message xmlns='jabber:client'/>", "<message xmlns=\"jabber:client\"/>"),
            ("<p:iq xmlns='u'/>", "<p:iq xmlns:p=\"u:p\" xmlns=\"u\"/>"),
            ("<a xmlns='u' p:b=''/>", "<a xmlns:p=\"u:p\" xmlns=\"u\" p:b=\"\"/>"),
        ] {
            let whole = format!("<body xmlns='http://jabber.org/protocol/httpbind' xmlns:p='u:p'>{payload}</body>");
            assert_eq!(body(&whole).unwrap().1, [written]);
        }
    }

    #[test]
    fn what_is_no_body_is_refused() {
        let inside = |payload: &str| format!("<body xmlns='http://jabber.org/protocol/httpbind'>{payload}</body>");
        for (input, violation) in [
            (String::new(), Violation::NotWellFormed),
            ("<body/>".to_owned(), Violation::BadNamespace),
            ("<message xmlns='http://jabber.org/protocol/httpbind'/>".to_owned(), Violation::BadNamespace),
            (inside("text"), Violation::NotWellFormed),
            (inside("<a>"), Violation::NotWellFormed),
            (inside("<a/></body>"), Violation::NotWellFormed),
            (inside("<!-- -->"), Violation::Restricted),
            (inside("<?a?>"), Violation::Restricted),
            (inside("<p:a/>"), Violation::BadNamespace),
            (inside("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>"), Violation::Restricted),
            (inside("<stream:error xmlns:stream='http://etherx.jabber.org/streams'/>"), Violation::Restricted),
            (inside("<a><stream:error xmlns:stream='http://etherx.jabber.org/streams'/></a>"), Violation::TooLarge),
            (inside("<a><a><a><a><a/></a></a></a></a>"), Violation::TooLarge),
            (format!("{}<body xmlns='http://jabber.org/protocol/httpbind'/>", inside("")), Violation::NotWellFormed),
            (format!("{}<?xml version='1.0'?>", inside("")), Violation::NotWellFormed),
            (format!("<!DOCTYPE body>{}", inside("")), Violation::Restricted),
        ] {
            assert_eq!(body(&input), Err(violation), "{input}");
        }
    }

    #[test]
    fn a_message_is_one_element() {
        let mut to = None;
        let open = message(b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='b.c'/>", Limits::default(), |a| {
            if a.local == "to" {
                to = Some(a.value.to_owned());
            }
        });
        assert_eq!((open.unwrap().sort, to.as_deref()), (Sort::Open, Some("b.c")));
        let auth = message(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", Limits::default(), |_| ()).unwrap();
        assert_eq!(auth.sort, Sort::Auth);
        for bad in ["", "<a>", "<a/><a/>", "<stream:error xmlns:stream='http://etherx.jabber.org/streams'/>"] {
            assert!(message(bad.as_bytes(), Limits::default(), |_| ()).is_err(), "{bad}");
        }
    }
}
