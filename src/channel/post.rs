//! A post, and the draft that becomes one.

use jiff::Timestamp;

use super::id::{Address, ChannelId, PostId, PostRef};

/// A post or a reply, as read from a server. Everything in it was written by a stranger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Where it stands.
    pub at: PostRef,
    /// Who wrote it, and how sure that is.
    pub author: Author,
    /// What it says.
    pub content: Content,
    /// When it was first published, as the author says.
    pub published: Timestamp,
    /// When it was last changed; equal to `published` if never.
    pub updated: Timestamp,
    /// Tags without the `#`, lower case; at most 50.
    pub tags: Vec<String>,
    /// Enclosures, related pages and other ways to see it; at most 50.
    pub links: Vec<Link>,
    /// The channel that holds the replies, where the post takes any: one of their own (XEP-0277), or the very channel in
    /// which the post stands (Buddycloud).
    pub replies: Option<ChannelId>,
    /// The post this one answers or quotes.
    pub in_reply_to: Option<PostRef>,
    /// What a reply refers to inside its thread, or what a rating is about.
    pub about: Option<PostRef>,
    /// A rating, 1 to 5. It is a like and not shown as a reply.
    pub rating: Option<u8>,
    /// Where it was written, in words; at most 200 characters.
    pub place: Option<String>,
    /// Whether it was taken away and only its place is left, because it has replies.
    pub is_deleted: bool,
}

impl Post {
    /// Whether it was changed after it was published.
    pub fn is_edited(&self) -> bool {
        self.updated > self.published
    }

    /// About how much memory it takes, for the bounds of what is kept.
    pub fn bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let links = self.links.iter().map(|link| {
            size_of::<Link>() + link.rel.len() + link.href.len() + text(&link.media_type) + text(&link.title)
        });
        let words = [&self.content.title, &self.content.text, &self.content.markup, &self.author.name, &self.place];
        size_of::<Post>()
            + words.into_iter().map(text).sum::<usize>()
            + self.tags.iter().map(|tag| size_of::<String>() + tag.len()).sum::<usize>()
            + links.sum::<usize>()
    }

    /// The link to the post that it passes on (XEP-0472 §4.4).
    pub fn via(&self) -> Option<&Link> {
        self.links.iter().find(|link| link.rel == "via" && link.href.starts_with("xmpp:"))
    }

    /// Whether it is another post published again: its words are not those of who published it. A post with words of its
    /// own about another says also what it answers; in a Buddycloud channel it can not, and has always words of its own.
    pub fn is_repeat(&self) -> bool {
        self.via().is_some() && self.in_reply_to.is_none() && !self.at.channel.is_buddycloud()
    }

    /// Whether not everybody wants to see it: it has the tag that says so, or its service bears that name (Movim).
    pub fn is_sensitive(&self) -> bool {
        let is_of_service = || self.at.channel.address.domain().as_str().starts_with("nsfw.");
        self.tags.iter().any(|tag| tag == SENSITIVE) || is_of_service()
    }

    /// Whether it is a like: a rating, or in Movim's manner a reply whose whole text is one heart.
    pub fn is_like(&self) -> bool {
        self.rating.is_some()
            || self.content.text.as_deref().or(self.content.title.as_deref()).is_some_and(|text| text.trim() == "♥")
    }
}

/// Who wrote a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The account; for an unverified author the one that the entry claims.
    pub address: Option<Address>,
    /// The name the author chose; at most 200 characters.
    pub name: Option<String>,
    /// What stands behind the address.
    pub standing: Standing,
}

/// How an author is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The server named the publisher, or the post stands in the author's own personal channel.
    Verified,
    /// The server does not say who published; the entry's claim is all there is.
    Unverified,
    /// The entry claims another author than the one who published it. `address` is the publisher.
    Contradicted {
        /// What the entry claims, as written; at most 200 characters.
        claimed: String,
    },
}

/// The text of a post in the forms it came in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// A headline; at most 500 characters. A short post has only this, and it is then in `text`.
    pub title: Option<String>,
    /// Plain text or Markdown source; at most 64 KiB.
    pub text: Option<String>,
    /// XHTML or HTML as the stranger wrote it, at most 64 KiB. Only `web::markup` may turn it into a page.
    pub markup: Option<String>,
}

impl Content {
    /// Whether the text names somebody by their whole address.
    pub fn mentions(&self, who: &Address) -> bool {
        let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let names = |text: &String| {
            let text = text.to_lowercase();
            text.match_indices(who.as_str()).any(|(start, found)| {
                let (before, after) = (&text[..start], &text[start + found.len()..]);
                let is_start = !before.chars().next_back().is_some_and(|c| goes_on(c) || c == '.');
                let is_end = !after.starts_with(goes_on)
                    && !after.strip_prefix('.').is_some_and(|rest| rest.starts_with(goes_on));
                is_start && is_end
            })
        };
        [&self.title, &self.text, &self.markup].into_iter().flatten().any(names)
    }
}

/// A link that came beside the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is to the post: `enclosure`, `related`, `alternate`, `via`.
    pub rel: String,
    /// An absolute URL, unchecked; at most 2,000 bytes.
    pub href: String,
    /// Media type, where given.
    pub media_type: Option<String>,
    /// What to call it, where given.
    pub title: Option<String>,
}

/// What a person wrote into a form, ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The id it will have; made when the form is shown, so that sending twice publishes once.
    pub id: PostId,
    /// The Markdown source; 1 byte to 64 KiB, no control characters but tab and newline.
    pub text: String,
    /// The source rendered as well-formed XHTML (the inside of a `<div>`).
    pub xhtml: String,
    /// Tags found in the text, lower case, without `#`.
    pub tags: Vec<String>,
    /// Files that go with it, as enclosures; at most 50.
    pub files: Vec<Link>,
    /// The address of its page here, when the channel is open to everybody.
    pub page: Option<String>,
    /// The post that it passes on.
    pub shares: Option<Share>,
    /// What readers are warned of before they see the rest; one line of at most 200 characters.
    pub warning: Option<String>,
}

/// The tag of what not everybody wants to see, in the way of Movim.
pub const SENSITIVE: &str = "nsfw";

impl Draft {
    /// A text and nothing else.
    pub fn new(id: PostId, text: String, xhtml: String) -> Self {
        Draft { id, text, xhtml, tags: Vec::new(), files: Vec::new(), page: None, shares: None, warning: None }
    }
}

/// A post that another one passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Where it stands, at the service that holds it.
    pub at: PostRef,
    /// Who wrote it.
    pub author: Option<Address>,
    /// The name that its author chose; at most 200 characters.
    pub name: Option<String>,
    /// How it begins, in plain words on one line; at most 200 characters.
    pub beginning: Option<String>,
    /// Whether the text of the draft is the shared post's own, because who shares it says nothing about it.
    pub is_repeat: bool,
}
