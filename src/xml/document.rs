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
    fn header(&mut self, _: &Head, _: &Scope, _: BytesMut) {}
    fn space(&mut self, _: &str) {}
    fn stanza(&mut self, written: BytesMut) {
        self.0 = written;
    }
    fn footer(&mut self, _: &str) {}
}
