//! What somebody has begun to write and keeps for later.

use jiff::Timestamp;

use super::id::{ChannelId, PostId};
use super::post::Link;

/// The most drafts that one person keeps, and the most bytes of text in all of them.
pub const MAX_DRAFTS: usize = 20;
/// See [`MAX_DRAFTS`].
pub const MAX_DRAFT_BYTES: usize = 256 * 1024;

/// A post that is not published yet, as it stands in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDraft {
    /// Its name among the others.
    pub id: PostId,
    /// Where it is to be published.
    pub channel: ChannelId,
    /// The Markdown source; at most 64 KiB.
    pub text: String,
    /// What readers are to be warned of.
    pub warning: Option<String>,
    /// Files that are at the author's server already; at most 50.
    pub files: Vec<Link>,
    /// When it was kept.
    pub changed: Timestamp,
}

impl KeptDraft {
    /// How many bytes its words take.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.warning.as_ref().map_or(0, String::len)
    }
}
