//! A stream made safe, as bytes: what comes out is XML that no parser behind can be hurt by.
//!
//! A new stream header (RFC 6120 §4.3.3) is known by the XML declaration before it, or by the SASL `<success/>` that was
//! the last thing before it, or because [`Guard::restart`] announced it. At any other place a stream header between
//! stanzas is a violation, and inside a stanza it is cut out.

use bytes::{BufMut, BytesMut};

use super::head::Head;
use super::reader::Reader;
use super::scope::Scope;
use super::sieve::{Kind, Outlet};
use super::{Cuts, Limits, Violation};

pub use super::guarded::Guarded;

/// Reads one direction of an XMPP stream and writes it anew, a stanza at a time. It does no I/O.
#[derive(Debug)]
pub struct Guard {
    reader: Reader,
    mend: Option<Mend>,
}

/// Looks at a whole stanza that was written anew, and gives it or another in its place.
pub type Mend = fn(BytesMut) -> BytesMut;

impl Guard {
    /// A guard for a stream of which nothing was read yet.
    pub fn new(limits: Limits) -> Self {
        Self { reader: Reader::new(Kind::Stream, limits), mend: None }
    }

    /// Reads `input` and appends to `out` what became complete: stanzas, the stream's header and footer, white space.
    /// On a violation everything before it was appended; the guard then only repeats it.
    pub fn push(&mut self, input: &[u8], out: &mut BytesMut) -> Result<(), Violation> {
        self.reader.push(input, &mut Bytes { out, mend: self.mend })
    }

    /// From now on whole stanzas pass through this before they come out.
    pub fn mend_by(&mut self, mend: Mend) {
        self.mend = Some(mend);
    }

    /// Says that the next element between stanzas may be a new stream header.
    pub fn restart(&mut self) {
        self.reader.expect_header();
    }

    /// Has something been read that is not complete yet?
    pub fn has_unread(&self) -> bool {
        self.reader.has_unread()
    }

    /// Bytes of memory held beside the guard itself.
    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        self.reader.held_bytes()
    }

    /// What was cut out of this stream so far.
    pub fn cuts(&self) -> Cuts {
        self.reader.cuts()
    }
}

struct Bytes<'a> {
    out: &'a mut BytesMut,
    mend: Option<Mend>,
}

impl Outlet for Bytes<'_> {
    fn declaration(&mut self) {
        self.out.put_slice(b"<?xml version=\"1.0\"?>");
    }

    fn header(&mut self, head: &Head, _: &Scope) {
        head.write(self.out);
        self.out.put_u8(b'>');
    }

    fn space(&mut self, text: &str) {
        self.out.put_slice(text.as_bytes());
    }

    fn stanza(&mut self, written: BytesMut) {
        let written = match self.mend {
            Some(mend) => mend(written),
            None => written,
        };
        if self.out.is_empty() {
            *self.out = written;
        } else {
            self.out.put_slice(&written);
        }
    }

    fn footer(&mut self, name: &str) {
        self.out.put_slice(b"</");
        self.out.put_slice(name.as_bytes());
        self.out.put_u8(b'>');
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
