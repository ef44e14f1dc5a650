//! Atom entries (RFC 4287) as the social web of XMPP writes them (XEP-0277, XEP-0472).
//!
//! Reading is lenient about what people forget and firm about what could deceive: an element that may occur once and
//! occurs twice is an error, never first or last wins. Writing is strict.

pub mod read;
pub mod write;
pub mod feed;
pub mod xhtml;
pub mod plain;
pub mod date;

use jiff::Timestamp;

pub use read::read;
pub use write::{Revision, revise, write};

/// The namespace of Atom.
pub const NS: &str = "http://www.w3.org/2005/Atom";
/// The namespace of threads in Atom (RFC 4685).
pub const THREAD: &str = "http://purl.org/syndication/thread/1.0";

/// The longest title, in characters, beside a content. A title that stands alone is the text, and bounded as that.
pub const MAX_TITLE: usize = 500;
/// The longest text or markup, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;
/// The longest name of a person, in characters.
pub const MAX_NAME: usize = 200;
/// The longest URI, in bytes.
pub const MAX_URI: usize = 2_000;
/// The longest tag, in characters.
pub const MAX_TAG: usize = 100;
/// The most tags, links, and so on.
pub const MAX_PARTS: usize = 50;

/// An entry as it was read, or as it is to be written; every part within the bounds above.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Its permanent name, an IRI.
    pub id: Option<String>,
    /// The headline, as plain text.
    pub title: Option<String>,
    /// A short version, as plain text.
    pub summary: Option<String>,
    /// The content as plain text, which is Markdown source by custom; made from the markup where there is no other.
    pub text: Option<String>,
    /// The content as the inside of an HTML or XHTML element. A stranger wrote it.
    pub markup: Option<String>,
    /// Who wrote it, by its own account.
    pub authors: Vec<Person>,
    /// When it was first published.
    pub published: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Tags, lower case.
    pub categories: Vec<String>,
    /// Links of every kind.
    pub links: Vec<Link>,
    /// The URIs of the entries that it answers.
    pub in_reply_to: Vec<String>,
}

/// A person, by the entry's own account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The name.
    pub name: Option<String>,
    /// A URI, `xmpp:` by custom.
    pub uri: Option<String>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// What it is to the entry; `alternate` where nothing is said.
    pub rel: String,
    /// Where it leads: an absolute URI.
    pub href: String,
    /// The media type there.
    pub media_type: Option<String>,
    /// What to call it.
    pub title: Option<String>,
}

/// Why an element is no entry that we read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Something else than an Atom entry.
    #[error("this is not an Atom entry")]
    NotAnEntry,
    /// An element that may occur once occurs twice.
    #[error("there are two {0} elements")]
    Twice(&'static str),
    /// No date that could be understood: RFC 4287 §4.1.2 asks for `updated`.
    #[error("there is no date")]
    Undated,
}
