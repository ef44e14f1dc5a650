//! A channel as one file, so that a community can move: an Atom feed (RFC 4287) with tombstones (RFC 6721).
//!
//! Title, description, creator and posts are what any reader of Atom knows. What only a channel service knows stands in
//! elements of its own ([`NS`]), roles and followers in those of XEP-0060 §8.8 and §8.9, other nodes in `<items/>`. The
//! threads come one after the other, the oldest first, each with its replies; followers come last.
//!
//! Not in it: who is online, subscriptions that end with somebody's presence, and whom a person follows elsewhere.

mod writing;
mod reading;

use std::io::{Read, Write};

pub use self::reading::{Import, read};
pub use self::writing::write;
use super::Settings;
use crate::hosting::home::accounts;
use crate::store::StoreError;
use crate::store::channels::{ChannelStore, Place};

/// Namespace of what only a channel service knows.
const NS: &str = "urn:cirrus:archive:0";

/// Why a channel was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Only one program at a time writes into a database.
    #[error("the channel service is running on this database: stop it, import, start it again")]
    Running,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file failed.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// There is nothing to write.
    #[error("there is no channel {0} here")]
    NoChannel(String),
    /// What would be written is the copy of a channel that lives elsewhere.
    #[error("the channel {0} is kept by {1}, and only that service can write all of it")]
    Elsewhere(String, String),
    /// The channel cannot be taken in, whatever is in the archive.
    #[error("{0}")]
    Unwanted(String),
    /// Something in the archive cannot be used.
    #[error("{place}: {reason}")]
    Refused {
        /// Where: `element 7 of the feed, <entry/>`.
        place: String,
        /// Why.
        reason: String,
    },
}

/// Writes a channel of a service, whether or not it is running. See [`write`].
pub fn export(place: &Place, settings: &Settings, name: &str, out: &mut impl Write) -> Result<(), ArchiveError> {
    write(&ChannelStore::open_to_read(place)?, settings, name, out)
}

/// Takes a channel in, into a service that is not running. See [`read`].
pub fn import(
    place: &Place,
    settings: &Settings,
    archive: &mut impl Read,
    wanted: Option<&str>,
    now: i64,
) -> Result<Import, ArchiveError> {
    let store = ChannelStore::open(place).map_err(|error| match error {
        StoreError::InUse => ArchiveError::Running,
        other => ArchiveError::Store(other),
    })?;
    read(&store, settings, archive, wanted, accounts::fresh, now)
}
