//! The forms that pages share: the composer and the follow button.

use askama::Template;

use super::card::rendered;
use crate::channel::{ChannelId, PostId, PostRef};
use crate::language::Text;
use crate::web::attach::Attached;
use crate::web::filters;
use crate::web::markup::SafeHtml;
use crate::web::urls;
use crate::web::visit::Visitor;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComposerKind {
    /// A new post.
    Post,
    /// A reply to a post.
    Reply,
}

impl ComposerKind {
    fn id(self) -> &'static str {
        match self {
            ComposerKind::Post => "composer",
            ComposerKind::Reply => "reply",
        }
    }

    /// The list that the new card joins.
    fn list(self) -> &'static str {
        match self {
            ComposerKind::Post => "#posts",
            ComposerKind::Reply => "#replies",
        }
    }

    fn swap(self) -> &'static str {
        match self {
            ComposerKind::Post => "afterbegin",
            ComposerKind::Reply => "beforeend",
        }
    }

    fn label(self) -> Text {
        match self {
            ComposerKind::Post => Text::new("composer-new-post"),
            ComposerKind::Reply => Text::new("composer-your-reply"),
        }
    }

    fn button(self) -> Text {
        match self {
            ComposerKind::Post => Text::new("composer-post"),
            ComposerKind::Reply => Text::new("composer-reply"),
        }
    }

    fn rows(self) -> u8 {
        match self {
            ComposerKind::Post => 3,
            ComposerKind::Reply => 3,
        }
    }
}

/// The form for a new post or a reply.
#[derive(Template)]
#[template(path = "fragments/composer.html")]
pub struct Composer {
    kind: ComposerKind,
    action: String,
    nonce: String,
    csrf: String,
    post_id: PostId,
    text: String,
    problem: String,
    hint: Text,
    /// The files that go with it.
    files: Vec<Attached>,
    /// How large a file may be; none can be added where this is missing.
    limit: Option<String>,
    /// What it will look like.
    preview: Option<SafeHtml>,
}

impl Composer {
    /// For a new post in a channel. The hint says who will be able to read it.
    pub fn post(visitor: &Visitor, channel: &ChannelId, hint: Text) -> Self {
        Self::new(visitor, ComposerKind::Post, urls::posts(channel), hint)
    }

    /// For a reply to a post.
    pub fn reply(visitor: &Visitor, to: &PostRef, hint: Text) -> Self {
        Self::new(visitor, ComposerKind::Reply, urls::replies(to), hint)
    }

    fn new(visitor: &Visitor, kind: ComposerKind, action: String, hint: Text) -> Self {
        Composer {
            kind,
            action,
            nonce: visitor.nonce.clone(),
            csrf: visitor.csrf.clone(),
            post_id: fresh_id(visitor),
            text: String::new(),
            problem: String::new(),
            hint,
            files: Vec::new(),
            limit: None,
            preview: None,
        }
    }

    /// The same with a place for files, each at most so large.
    pub fn taking(mut self, limit: Option<String>) -> Self {
        self.limit = limit;
        self
    }

    /// The same with files that were added.
    pub fn with_files(mut self, files: Vec<Attached>) -> Self {
        self.files = files;
        self
    }

    /// The same below what it will look like.
    pub fn below(mut self, preview: SafeHtml) -> Self {
        self.preview = Some(preview);
        self
    }

    /// The same with what was typed, and why it was not sent. The id stays, so that sending again publishes once.
    pub fn given_back(mut self, post_id: Option<PostId>, text: &str, problem: &str) -> Self {
        self.post_id = post_id.unwrap_or(self.post_id);
        self.text = text.to_owned();
        self.problem = problem.to_owned();
        self
    }

    /// As HTML.
    pub fn html(&self) -> SafeHtml {
        rendered(self)
    }

    /// As HTML that replaces the form in an open page.
    pub fn replacing(&self) -> SafeHtml {
        rendered(&Replacing { target: self.kind.id(), form: self.html() })
    }
}

#[derive(Template)]
#[template(
    ext = "html",
    source = "<hx-partial data-hx-target=\"#{{ target }}\" data-hx-swap=\"outerHTML\">{{ form }}</hx-partial>"
)]
struct Replacing {
    target: &'static str,
    form: SafeHtml,
}

/// An id for a post that is yet to be written: 128 random bits.
fn fresh_id(visitor: &Visitor) -> PostId {
    let bits = u128::from_be_bytes(visitor.state.seal.random_bytes());
    PostId::new(format!("{bits:032x}")).expect("32 hexadecimal digits are an id")
}

/// The button that follows a channel, or stops following it.
#[derive(Template)]
#[template(path = "fragments/follow.html")]
pub struct FollowButton {
    action: String,
    nonce: String,
    csrf: String,
    kind: FollowKind,
}

/// How far following got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FollowKind {
    Stranger,
    Requested,
    Invited,
    Followed,
}

impl FollowButton {
    /// The button for a channel that this visitor follows.
    pub fn followed(visitor: &Visitor, channel: &ChannelId) -> Self {
        Self::new(visitor, urls::unfollow(channel), FollowKind::Followed)
    }

    /// The button for a channel whose owner has yet to let this visitor in.
    pub fn requested(visitor: &Visitor, channel: &ChannelId) -> Self {
        Self::new(visitor, urls::unfollow(channel), FollowKind::Requested)
    }

    /// The button for a channel that somebody invites this visitor to follow.
    pub fn invited(visitor: &Visitor, channel: &ChannelId) -> Self {
        Self::new(visitor, urls::follow(channel), FollowKind::Invited)
    }

    /// The button for a channel that this visitor does not follow.
    pub fn stranger(visitor: &Visitor, channel: &ChannelId) -> Self {
        Self::new(visitor, urls::follow(channel), FollowKind::Stranger)
    }

    fn new(visitor: &Visitor, action: String, kind: FollowKind) -> Self {
        let (nonce, csrf) = (visitor.nonce.clone(), visitor.csrf.clone());
        FollowButton { action, nonce, csrf, kind }
    }

    /// As HTML.
    pub fn html(&self) -> SafeHtml {
        rendered(self)
    }
}
