//! The guard: every byte of XML from outside passes here before any parser or tree sees it.
//!
//! Bytes go through a [`scanner`](self) that knows restricted XML 1.0 (RFC 6120 §11: no DTD, no comments, no processing
//! instructions, UTF-8 only), then through a sieve that resolves namespaces and counts, and come out written anew:
//! nothing is ever copied from the input as it stood. Nothing here recurses and nothing here builds a tree, so that
//! depth costs a few bytes a level. A part of a stanza that breaks a bound is cut out and marked with an element in the
//! namespace [`CUT`]; the rest of the stanza, and the stream, live on.
//!
//! Within a part that is cut out only the syntax is checked (characters, tags that match), not its names or namespaces:
//! it reaches nobody.

mod characters;
mod scanner;
mod scope;
mod head;
mod sieve;
mod reader;
pub mod guard;
mod guarded;
pub mod splitter;
pub mod relay;
pub mod writer;
pub mod document;

use std::sync::atomic::{AtomicU64, Ordering};

/// Namespace of the element that stands where something was cut out:
/// `<cut xmlns='urn:cirrus:cut' bound='depth'/>`, with a [`Bound`] as its word. Such an element is never let in from
/// outside (it is itself cut, with the bound `forged`), so what it says can be believed.
pub const CUT: &str = "urn:cirrus:cut";

/// Namespace of the stream header and of other elements at stream level (RFC 6120 §4.8.1).
pub const STREAMS: &str = "http://etherx.jabber.org/streams";

/// Namespace of the wrapper of BOSH (XEP-0124 §18.1).
pub const HTTPBIND: &str = "http://jabber.org/protocol/httpbind";

/// What one stanza may cost. All are inclusive: a stanza of exactly the bound passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one stanza as received; a longer one becomes a stub.
    pub stanza_bytes: usize,
    /// Nesting, the stanza itself counted as 1.
    pub depth: usize,
    /// Attributes of one element, namespace declarations not counted.
    pub attributes: usize,
    /// Namespace declarations on one element.
    pub namespaces: usize,
    /// Elements in one stanza, all levels together.
    pub elements: usize,
    /// Bytes of the name of an element or attribute, prefix included.
    pub name_bytes: usize,
    /// Bytes of one attribute value after references are resolved. rxml's token limit (8,192) lies above.
    pub value_bytes: usize,
    /// Bytes after which a stanza that does not end is a stream error.
    pub total_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            stanza_bytes: 1024 * 1024,
            depth: 96,
            attributes: 64,
            namespaces: 16,
            elements: 20_000,
            name_bytes: 1024,
            value_bytes: 8000,
            total_bytes: 16 * 1024 * 1024,
        }
    }
}

/// The bound that a cut-out part broke; its word is the `bound` attribute of the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bound {
    /// The whole stanza was over [`Limits::stanza_bytes`]: a stub remains.
    Bytes,
    /// [`Limits::depth`].
    Depth,
    /// [`Limits::attributes`], or four times [`Limits::elements`] attributes in the whole stanza.
    Attributes,
    /// [`Limits::namespaces`], or 128 declarations in force at once.
    Namespaces,
    /// [`Limits::elements`]: all further elements of the stanza are missing.
    Elements,
    /// [`Limits::name_bytes`], or a name in letters that not every parser takes for letters.
    Name,
    /// [`Limits::value_bytes`].
    Value,
    /// An element of the streams namespace inside a stanza, where it could only confuse.
    Stream,
    /// An element that pretended to be such a mark.
    Forged,
    /// A name with a prefix that is not declared, or that names an attribute twice.
    Prefix,
}

impl Bound {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Depth => "depth",
            Self::Attributes => "attributes",
            Self::Namespaces => "namespaces",
            Self::Elements => "elements",
            Self::Name => "name",
            Self::Value => "value",
            Self::Stream => "stream",
            Self::Forged => "forged",
            Self::Prefix => "prefix",
        }
    }
}

/// Why nothing more can be read from this source: each ends the stream or refuses the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Not XML, not UTF-8, or text between stanzas.
    #[error("the XML is not well-formed")]
    NotWellFormed,
    /// XML that XMPP forbids (RFC 6120 §11.1): DTD, comment, processing instruction, other encoding; also a stream
    /// header where none may be.
    #[error("the XML uses what XMPP forbids")]
    Restricted,
    /// Undeclared or misused prefix, two attributes of one expanded name, or a root that is no stream header.
    #[error("the XML misuses namespaces")]
    BadNamespace,
    /// More bytes than even a stub is worth.
    #[error("the XML is too large")]
    TooLarge,
}

/// What guards of this process cut out so far, for the metrics page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Stanzas of which only a stub was let through.
    pub stubs: u64,
    /// Parts cut out of stanzas that went on without them.
    pub parts: u64,
    /// Bytes in both, as received.
    pub bytes: u64,
    /// Streams and documents refused.
    pub violations: u64,
}

static STUBS: AtomicU64 = AtomicU64::new(0);
static PARTS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static VIOLATIONS: AtomicU64 = AtomicU64::new(0);

/// What all guards of this process cut out so far.
pub fn cuts() -> Cuts {
    Cuts {
        stubs: STUBS.load(Ordering::Relaxed),
        parts: PARTS.load(Ordering::Relaxed),
        bytes: BYTES.load(Ordering::Relaxed),
        violations: VIOLATIONS.load(Ordering::Relaxed),
    }
}

fn count(cuts: &Cuts) {
    STUBS.fetch_add(cuts.stubs, Ordering::Relaxed);
    PARTS.fetch_add(cuts.parts, Ordering::Relaxed);
    BYTES.fetch_add(cuts.bytes, Ordering::Relaxed);
    VIOLATIONS.fetch_add(cuts.violations, Ordering::Relaxed);
}
