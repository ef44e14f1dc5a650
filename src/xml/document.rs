//! One element that stands alone, as XHTML in a post does, through the same guard.

use bytes::BytesMut;

use super::head::Head;
use super::reader::Reader;
use super::scope::Scope;
use super::sieve::{Kind, Outlet};
use super::{Limits, Violation};

/// Reads one document and writes it anew, without an XML declaration. Parts over a bound are cut out and marked; a
/// document over its byte bound, or whose root breaks a bound, is refused. The result is safe to give to minidom.
pub fn check(document: impl AsRef<[u8]>, limits: Limits) -> Result<String, Violation> {
    let mut reader = Reader::new(Kind::Document, limits);
    let mut whole = Whole(BytesMut::new());
    reader.push(document.as_ref(), &mut whole)?;
    if !reader.is_complete() {
        return Err(Violation::NotWellFormed);
    }
    Ok(String::from_utf8(whole.0.into()).expect("it is written from text"))
}

struct Whole(BytesMut);

impl Outlet for Whole {
    fn declaration(&mut self) {}
    fn header(&mut self, _: &Head, _: &Scope) {}
    fn space(&mut self, _: &str) {}
    fn stanza(&mut self, written: BytesMut) {
        self.0 = written;
    }
    fn footer(&mut self, _: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str) -> Result<String, Violation> {
        check(document, Limits { stanza_bytes: 300, depth: 3, attributes: 2, ..Limits::default() })
    }

    #[test]
    fn an_element_passes() {
        for (from, to) in [
            ("<a/>", "<a/>"),
            ("\u{FEFF}<?xml version='1.0' encoding='UTF-8' standalone='no'?>\n<a b='c'>d</a>\n", "<a b=\"c\">d</a>"),
            (" <div xmlns='http://www.w3.org/1999/xhtml'/> ", "<div xmlns=\"http://www.w3.org/1999/xhtml\"/>"),
            ("<a><b><c><d>x</d></c></b></a>", "<a><b><c><cut xmlns=\"urn:cirrus:cut\" bound=\"depth\"/></c></b></a>"),
            (
                "<s:stream xmlns:s='http://etherx.jabber.org/streams2'/>",
                "<s:stream xmlns:s=\"http://etherx.jabber.org/streams2\"/>",
            ),
        ] {
            assert_eq!(read(from).as_deref(), Ok(to));
        }
    }

    #[test]
    fn anything_else_does_not() {
        for (document, violation) in [
            ("", Violation::NotWellFormed),
            (" ", Violation::NotWellFormed),
            ("text", Violation::NotWellFormed),
            ("<a>", Violation::NotWellFormed),
            ("<a/><b/>", Violation::NotWellFormed),
            ("<a/>text", Violation::NotWellFormed),
            ("<a/><", Violation::NotWellFormed),
            ("<a/><?xml version='1.0'?>", Violation::NotWellFormed),
            (" <?xml version='1.0'?><a/>", Violation::NotWellFormed),
            ("\u{FEFF}\u{FEFF}<a/>", Violation::NotWellFormed),
            ("<a/><!-- -->", Violation::Restricted),
            ("<!DOCTYPE a><a/>", Violation::Restricted),
            ("<p:a/>", Violation::BadNamespace),
            ("<a b='' c='' d=''/>", Violation::TooLarge),
            ("<s:error xmlns:s='http://etherx.jabber.org/streams'/>", Violation::Restricted),
            ("<stream xmlns='http://etherx.jabber.org/streams'/>", Violation::Restricted),
        ] {
            assert_eq!(read(document), Err(violation), "{document}");
        }
        assert_eq!(read(&format!("<a>{}</a>", "x".repeat(300))), Err(Violation::TooLarge));
        assert_eq!(check(b"<a>\xE2\x82", Limits::default()), Err(Violation::NotWellFormed));
    }
}
