//! Pubsub on the wire, XEP-0060: requests become operations, replies and notices become XML.

mod read;
mod write;

pub use read::{Verb, read, read_page};
pub use write::{timestamp, write_event, write_reply};

/// What everybody may ask.
pub const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
/// What owners ask.
pub const OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
/// Events.
pub const EVENT: &str = "http://jabber.org/protocol/pubsub#event";
/// Result set management.
pub const RSM: &str = "http://jabber.org/protocol/rsm";
