//! What a post passes on: who wrote that, where it stands, and how it begins as far as the post itself says.
//!
//! Nobody is asked for a card, so that a page of posts costs no requests to the servers of what they quote.

use super::lists;
use crate::channel::{ChannelId, Post, PostRef};
use crate::web::{markup, urls};

/// How the nodes that hold replies are called (XEP-0277 §4).
const COMMENTS: &str = "urn:xmpp:microblog:0:comments/";

/// The longest beginning that is shown, in characters.
const BEGINNING: usize = 200;

/// See the module.
pub(super) struct Quotation {
    pub(super) url: String,
    /// The channel that holds it; that of a person has the person's address.
    pub(super) channel: String,
    /// How it begins, as who quotes it says.
    pub(super) beginning: Option<String>,
    /// Whether the words of the card are those of the quoted post.
    pub(super) is_repeat: bool,
}

impl Quotation {
    /// Of a post that passes another one on.
    pub(super) fn new(post: &Post) -> Option<Self> {
        let at = quoted(post)?;
        let title = post.via().and_then(|via| via.title.as_deref()).filter(|_| !post.is_repeat());
        Some(Quotation {
            url: urls::post(&at),
            channel: lists::shown(&at.channel),
            beginning: title.and_then(|title| markup::line(title, BEGINNING)),
            is_repeat: post.is_repeat(),
        })
    }
}

/// The post that another one passes on: one that is named as its source, or that is answered in another place than where
/// replies stand.
pub fn quoted(post: &Post) -> Option<PostRef> {
    if is_reply(post) {
        return None;
    }
    let source = || {
        let (channel, id) = urls::read(&markup::read_link(&post.via()?.href).filter(|target| target.is_ours)?.href)?;
        Some(PostRef::new(channel, id?))
    };
    post.in_reply_to.clone().or_else(source)
}

/// Whether a post stands among the replies to another.
pub fn is_reply(post: &Post) -> bool {
    is_comments(&post.at.channel) || (post.in_reply_to.is_some() && post.at.channel.is_buddycloud())
}

/// Whether a channel holds the replies to one post.
pub fn is_comments(channel: &ChannelId) -> bool {
    channel.node.as_str().starts_with(COMMENTS)
}
