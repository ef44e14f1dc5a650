//! A stream taken apart: stanzas that stand for themselves, for a server or a proxy.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::head::Head;
use super::reader::Reader;
use super::scope::Scope;
use super::sieve::{Kind, Outlet};
use super::{Cuts, Limits, Violation};

/// What a stream header says (RFC 6120 §4.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The attribute `to`.
    pub to: Option<String>,
    /// The attribute `from`.
    pub from: Option<String>,
    /// The attribute `id`.
    pub id: Option<String>,
    /// The attribute `version`.
    pub version: Option<String>,
    /// The attribute `xml:lang`.
    pub lang: Option<String>,
    /// The default namespace, as `jabber:client`; empty when none is declared.
    pub namespace: String,
}

impl Header {
    pub(super) fn read(head: &Head, scope: &Scope) -> Self {
        let value = |name| head.value(name).map(str::to_owned);
        let namespace = scope.find("", 0).map(|place| scope.get(place).1.to_owned());
        Header {
            to: value("to"),
            from: value("from"),
            id: value("id"),
            version: value("version"),
            lang: value("xml:lang"),
            namespace: namespace.unwrap_or_default(),
        }
    }
}

/// A whole thing that came in on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A stream header, the first or a restart.
    Open(Header),
    /// One element, written anew, on which every namespace that it uses is declared.
    Stanza(Bytes),
    /// The end tag of the stream; nothing but white space can follow.
    Close,
}

/// Reads one direction of a stream and gives it back in pieces. It does no I/O.
///
/// The pieces that wait are bounded by what was pushed: take them after every push.
#[derive(Debug)]
pub struct Splitter {
    reader: Reader,
    pieces: VecDeque<Piece>,
}

impl Splitter {
    /// A splitter for a stream of which nothing was read yet.
    pub fn new(limits: Limits) -> Self {
        Self { reader: Reader::new(Kind::Pieces, limits), pieces: VecDeque::new() }
    }

    /// A splitter for an Atom feed (RFC 4287 §4.1.1) instead of a stream: its children are the pieces. A bound that
    /// breaks is a violation here.
    pub fn of_feed(limits: Limits) -> Self {
        Self { reader: Reader::new(Kind::Feed, limits), pieces: VecDeque::new() }
    }

    /// Reads on. On a violation the pieces before it can still be taken; the splitter then only repeats it.
    pub fn push(&mut self, input: &[u8]) -> Result<(), Violation> {
        self.reader.push(input, &mut Pieces(&mut self.pieces))
    }

    /// The next whole piece.
    #[expect(clippy::should_implement_trait, reason = "more may come after `None`, unlike what iterators promise")]
    pub fn next(&mut self) -> Option<Piece> {
        let piece = self.pieces.pop_front();
        if self.pieces.is_empty() {
            self.pieces = VecDeque::new();
        }
        piece
    }

    /// Says that the next element between stanzas may be a new stream header. After an XML declaration, or right after
    /// an element of SASL, one is let in without this.
    pub fn restart(&mut self) {
        self.reader.expect_header();
    }

    /// What was cut out of this stream so far.
    pub fn cuts(&self) -> Cuts {
        self.reader.cuts()
    }
}

struct Pieces<'a>(&'a mut VecDeque<Piece>);

impl Outlet for Pieces<'_> {
    fn declaration(&mut self) {}

    fn header(&mut self, head: &Head, scope: &Scope) {
        self.0.push_back(Piece::Open(Header::read(head, scope)));
    }

    fn space(&mut self, _: &str) {}

    fn stanza(&mut self, written: BytesMut) {
        self.0.push_back(Piece::Stanza(written.freeze()));
    }

    fn footer(&mut self, _: &str) {
        self.0.push_back(Piece::Close);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HEADER: &str = "<stream:stream to='b.c' from='a@b.c' version='1.0' xml:lang='en' xmlns='jabber:client' \
                          xmlns:stream='http://etherx.jabber.org/streams' xmlns:p='u:p' xmlns:q='u:q'>";

    fn pieces(input: &str) -> Vec<Piece> {
        let split = |size| {
            let mut splitter = Splitter::new(Limits::default());
            let mut pieces = Vec::new();
            for part in input.as_bytes().chunks(size) {
                splitter.push(part).unwrap();
                pieces.extend(std::iter::from_fn(|| splitter.next()));
            }
            pieces
        };
        let whole = split(input.len());
        assert_eq!(split(1), whole);
        whole
    }

    fn stanza(input: &str) -> String {
        match pieces(&format!("{HEADER}{input}")).pop() {
            Some(Piece::Stanza(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn header() -> Piece {
        Piece::Open(Header {
            to: Some("b.c".into()),
            from: Some("a@b.c".into()),
            id: None,
            version: Some("1.0".into()),
            lang: Some("en".into()),
            namespace: "jabber:client".into(),
        })
    }

    #[test]
    fn a_stream_comes_apart() {
        let iq = Piece::Stanza("<iq xmlns=\"jabber:client\"/>".into());
        assert_eq!(
            pieces(&format!("<?xml version='1.0'?>{HEADER} <iq/>\n<iq/></stream:stream>")),
            [header(), iq.clone(), iq, Piece::Close]
        );
    }

    #[test]
    fn a_stanza_declares_what_it_uses() {
        for (input, output) in [
            ("<iq id='1'><a/></iq>", "<iq xmlns=\"jabber:client\" id=\"1\"><a/></iq>"),
            ("<iq xmlns='v'><a/></iq>", "<iq xmlns=\"v\"><a/></iq>"),
            ("<iq xmlns=''><a/></iq>", "<iq xmlns=\"\"><a/></iq>"),
            ("<p:iq><a/></p:iq>", "<p:iq xmlns=\"jabber:client\" xmlns:p=\"u:p\"><a/></p:iq>"),
            ("<p:iq><a xmlns='v'/></p:iq>", "<p:iq xmlns:p=\"u:p\"><a xmlns=\"v\"/></p:iq>"),
            (
                "<iq xmlns='v'><a q:b='' xmlns:p='w' p:c=''/></iq>",
                "<iq xmlns:q=\"u:q\" xmlns=\"v\"><a q:b=\"\" xmlns:p=\"w\" p:c=\"\"/></iq>",
            ),
            ("<q:a/>", "<q:a xmlns:q=\"u:q\"/>"),
        ] {
            assert_eq!(stanza(input), output);
        }
        assert!(stanza("<stream:features/>").contains("xmlns:stream=\"http://etherx.jabber.org/streams\""));
    }

    #[test]
    fn a_stub_stands_for_itself_too() {
        let over = "x".repeat(1024 * 1024);
        assert_eq!(
            stanza(&format!("<p:iq id='1'>{over}</p:iq>")),
            "<p:iq xmlns:p=\"u:p\" id=\"1\"><cut xmlns=\"urn:cirrus:cut\" bound=\"bytes\"/></p:iq>"
        );
    }

    #[test]
    fn a_feed_comes_apart_and_nothing_else_does() {
        let feed = |input: &str| {
            let limits = Limits { stanza_bytes: 300, depth: 3, ..Limits::default() };
            let mut splitter = Splitter::of_feed(limits);
            splitter.push(input.as_bytes()).map(|()| std::iter::from_fn(|| splitter.next()).collect::<Vec<_>>())
        };
        let open = "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:p='u:p'>";
        let pieces = feed(&format!("<?xml version='1.0'?>\n{open}\n<id/><p:x/>\n</feed>\n")).unwrap();
        let text = |text: &'static str| Piece::Stanza(text.into());
        let (id, x) = (text("<id xmlns=\"http://www.w3.org/2005/Atom\"/>"), text("<p:x xmlns:p=\"u:p\"/>"));
        assert_eq!(pieces[1..], [id, x, Piece::Close]);
        for (bad, violation) in [
            (HEADER.to_owned(), Violation::BadNamespace),
            ("<feed xmlns='u:x'>".to_owned(), Violation::BadNamespace),
            (format!("{open}<a/></feed>{open}"), Violation::NotWellFormed),
            (format!("{open}<a/><?xml version='1.0'?>"), Violation::NotWellFormed),
            (format!("{open}<!DOCTYPE a>"), Violation::Restricted),
            (format!("{open}<a><b><c><d/></c></b></a>"), Violation::TooLarge),
            (format!("{open}<a>{}</a>", "x".repeat(300)), Violation::TooLarge),
            (format!("{open}<a><cut xmlns='urn:cirrus:cut'/></a>"), Violation::TooLarge),
            (format!("{open}text"), Violation::NotWellFormed),
        ] {
            assert_eq!(feed(&bad).unwrap_err(), violation, "{bad}");
        }
    }

    #[test]
    fn a_stream_restarts() {
        let auth = "<auth xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\">YQ==</auth>";
        let restarted = [header(), Piece::Stanza(auth.into()), header()];
        assert_eq!(pieces(&format!("{HEADER}{auth}{HEADER}")), restarted);
        assert_eq!(pieces(&format!("{HEADER}{auth}\n<?xml version='1.0'?>\n{HEADER}")), restarted);

        let mut splitter = Splitter::new(Limits::default());
        splitter.push(format!("{HEADER}<starttls/>").as_bytes()).unwrap();
        splitter.restart();
        splitter.push(HEADER.as_bytes()).unwrap();
        assert_eq!(std::iter::from_fn(|| splitter.next()).count(), 3);
        assert_eq!(splitter.push(HEADER.as_bytes()), Err(Violation::Restricted));
    }
}
