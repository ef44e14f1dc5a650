//! One post with its replies; how its author changes it and takes it away.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;

use super::{channel, compose};
use crate::channel::{Address, ChannelId, Post, PostRef, Role};
use crate::language::Text;
use crate::session::{self, Scope, Thread};
use crate::web::attach;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{self, Composer, Place, Powers, Preview};
use crate::web::html::{self, Frame};
use crate::web::markup::{self, SafeHtml};
use crate::web::urls::{self, AtPost};
use crate::web::visit::{SignedIn, Visit};

pub use super::compose::{create, reply};

/// How the nodes that hold replies are called.
const COMMENTS: &str = "urn:xmpp:microblog:0:comments/";

/// Who will be able to read a reply.
pub(super) fn reply_hint() -> Text {
    Text::new("reply-hint")
}

#[derive(Template)]
#[template(path = "pages/post.html")]
pub(super) struct PostPage {
    pub(super) frame: Frame,
    pub(super) up: Option<(String, String)>,
    pub(super) entry: SafeHtml,
    pub(super) likes: usize,
    pub(super) like_url: Option<String>,
    pub(super) unlike_url: Option<String>,
    pub(super) replies: Vec<SafeHtml>,
    pub(super) may_moderate: bool,
    pub(super) left_out: usize,
    pub(super) has_hidden_replies: bool,
    pub(super) note: Option<Text>,
    pub(super) composer: Option<SafeHtml>,
    pub(super) follow_url: Option<String>,
    pub(super) feed_url: Option<String>,
    pub(super) uri: String,
    pub(super) sign_in_url: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/post_edit.html")]
pub(super) struct EditPage {
    pub(super) frame: Frame,
    pub(super) is_reply: bool,
    pub(super) action: String,
    pub(super) text: String,
    pub(super) back_url: String,
}

#[derive(Template)]
#[template(path = "pages/post_remove.html")]
pub(super) struct RemovePage {
    pub(super) frame: Frame,
    pub(super) is_reply: bool,
    pub(super) action: String,
    pub(super) entry: SafeHtml,
    pub(super) back_url: String,
    pub(super) next_url: String,
}

/// What the form for a changed text sends.
#[derive(Deserialize)]
pub struct Changed {
    #[serde(default)]
    text: String,
    #[serde(default)]
    back: String,
}

/// What the question whether a post shall go sends.
#[derive(Deserialize)]
pub struct Gone {
    #[serde(default)]
    back: String,
}

/// The post, its replies and the form for another one.
pub async fn show(AtPost(at): AtPost, visit: Visit) -> Result<Response, Error> {
    let thread = visit.session.thread(&at).await?;
    let viewer = visit.viewer.as_ref();
    let may_reply = viewer.is_some() && thread.may_reply;
    let powers = Powers { viewer, may_moderate: thread.may_moderate(), can_edit: thread.abilities.edit };
    let limit = if may_reply { attach::limit(&visit.session).await } else { None };
    let title = title(&thread);
    let preview = Preview::post(&visit.state.config.web.public_url, &thread, &title);
    let page = PostPage {
        feed_url: preview.is_some().then(|| urls::thread_feed(&at)),
        uri: at.held_by(&thread.service).uri(),
        frame: Frame::new(&visit, title)
            .live(&Scope::Thread(at.clone()), thread.seen)
            .presenting(preview.as_ref())
            .beside(&visit, &visit.session)
            .await,
        up: up(&thread),
        entry: fragments::entry_for(&thread.post, Place::Whole, powers),
        like_url: (may_like(viewer, &thread) && !thread.is_liked).then(|| urls::like(&at)),
        unlike_url: (may_like(viewer, &thread) && thread.is_liked).then(|| urls::unlike(&at)),
        likes: thread.likes,
        replies: fragments::replies(&thread.replies, powers),
        may_moderate: powers.may_moderate,
        left_out: thread.left_out,
        has_hidden_replies: thread.has_hidden_replies,
        note: (thread.liveness == crate::session::view::Liveness::Polled).then(|| channel::liveness(thread.liveness)),
        composer: may_reply.then(|| Composer::reply(&visit, &at, reply_hint()).taking(limit).html()),
        follow_url: may_follow(viewer, &thread).then(|| urls::channel(&at.channel)),
        sign_in_url: viewer.is_none().then(|| urls::sign_in_then(&visit.path)),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// The form for another text.
pub async fn edit_form(AtPost(at): AtPost, SignedIn(visit): SignedIn, headers: HeaderMap) -> Result<Response, Error> {
    let thread = visit.session.thread(&at).await?;
    only_own(&visit, &thread.post)?;
    let content = &thread.post.content;
    let page = EditPage {
        frame: Frame::new(&visit, Text::new("card-edit")),
        is_reply: is_reply(&thread.post),
        action: urls::edit(&at),
        text: content.text.clone().or_else(|| content.title.clone()).unwrap_or_default(),
        back_url: came_from(&headers, &at).unwrap_or_else(|| back(&thread.post)),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// Publishes the other text.
pub async fn edit(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    Protected(changed): Protected<Changed>,
) -> Result<Response, Error> {
    let access = visit.session.about(&at.channel).await.access;
    let draft = compose::draft(&visit, &at, &changed.text, access)?;
    let post = visit.session.edit(&at, draft).await?;
    let back = if changed.back.is_empty() { back(&post) } else { urls::local_path(&changed.back) };
    Ok(html::see_other(&back))
}

/// The question whether it shall go.
pub async fn confirm_remove(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let thread = visit.session.thread(&at).await?;
    let post = &thread.post;
    if !thread.may_moderate() {
        only_own(&visit, post)?;
    }
    let came_from = came_from(&headers, &at);
    let own_page = urls::post(&at);
    // The page of the post itself will be gone.
    let next_url = came_from.clone().filter(|from| !from.starts_with(&own_page));
    let next_url = next_url.unwrap_or_else(|| match &post.in_reply_to {
        Some(to) if is_reply(post) => urls::post(to),
        _ => urls::channel(&after(&at)),
    });
    let page = RemovePage {
        frame: Frame::new(&visit, Text::new("card-delete")),
        is_reply: is_reply(post),
        action: urls::remove(&at),
        entry: fragments::entry(post, if is_reply(post) { Place::Reply } else { Place::Whole }, None),
        back_url: came_from.unwrap_or_else(|| back(post)),
        next_url,
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// Takes it away.
pub async fn remove(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    Protected(gone): Protected<Gone>,
) -> Result<Response, Error> {
    visit.session.remove(&at).await?;
    let back = if gone.back.is_empty() { urls::channel(&after(&at)) } else { urls::local_path(&gone.back) };
    Ok(html::see_other(&back))
}

/// Whether following the channel would let somebody reply.
fn may_follow(viewer: Option<&Address>, thread: &Thread) -> bool {
    let is_for_followers = thread.about.default_role.is_some_and(|role| role >= Role::Publisher);
    viewer.is_some() && !thread.may_reply && thread.role == Role::Stranger && is_for_followers
}

/// Whether a like makes sense: of what somebody else wrote, where this person may write.
fn may_like(viewer: Option<&Address>, thread: &Thread) -> bool {
    viewer.is_some_and(|viewer| thread.may_reply && !fragments::is_by(&thread.post, viewer))
}

/// The server decides in the end; this spares people a form that it would refuse.
fn only_own(visit: &Visit, post: &Post) -> Result<(), Error> {
    let is_own = visit.viewer.as_ref().is_some_and(|viewer| fragments::is_by(post, viewer));
    if is_own { Ok(()) } else { Err(session::Error::Forbidden.into()) }
}

/// Where a post's page leads up to, and how that is called.
fn up(thread: &Thread) -> Option<(String, String)> {
    let channel = &thread.post.at.channel;
    match &thread.post.in_reply_to {
        Some(to) if is_reply(&thread.post) => Some((urls::post(to), Text::new("post-answered").to_string())),
        _ if is_comments(channel) => None,
        _ => {
            let title = thread.about.title.as_deref().and_then(markup::name);
            Some((
                urls::channel(channel),
                Text::new("post-up").with("channel", title.unwrap_or_else(|| fragments::shown(channel))).to_string(),
            ))
        }
    }
}

/// Where a post is read: a reply among the others, a post on its channel's page.
fn back(post: &Post) -> String {
    match &post.in_reply_to {
        Some(to) if is_reply(post) => urls::reply_in_thread(to, &post.at),
        _ => urls::post(&post.at),
    }
}

/// The page of ours that led here, at the post; not the form itself.
fn came_from(headers: &HeaderMap, at: &PostRef) -> Option<String> {
    let from = url::Url::parse(headers.get(header::REFERER)?.to_str().ok()?).ok()?;
    let host = from.host_str().map(|host| from.port().map_or(host.to_owned(), |port| format!("{host}:{port}")))?;
    let is_form = [urls::edit(at), urls::remove(at)].iter().any(|form| from.path() == form);
    if headers.get(header::HOST)?.to_str().ok()? != host || is_form {
        return None;
    }
    let query = from.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(urls::local_path(&format!("{}{query}#{}", from.path(), urls::card_id(at))))
}

/// Whether a post stands among the replies to another, in a channel of their own.
fn is_reply(post: &Post) -> bool {
    let is_elsewhere = post.in_reply_to.as_ref().is_some_and(|to| to.channel != post.at.channel);
    let is_in_place = post.in_reply_to.is_some() && post.at.channel.is_buddycloud();
    is_elsewhere || is_in_place || is_comments(&post.at.channel)
}

/// Whether a channel holds the replies to one post (XEP-0277 §4).
fn is_comments(channel: &ChannelId) -> bool {
    channel.node.as_str().starts_with(COMMENTS)
}

/// The channel to look at when a post is gone.
fn after(at: &PostRef) -> ChannelId {
    if is_comments(&at.channel) && at.channel.address.node().is_some() {
        ChannelId::personal(at.channel.address.clone())
    } else {
        at.channel.clone()
    }
}

/// The page's name: who wrote, and how it begins.
pub(super) fn title(thread: &Thread) -> String {
    let content = &thread.post.content;
    let words = content.title.as_deref().or(content.text.as_deref()).and_then(markup::name).unwrap_or_default();
    let mut letters = words.chars();
    let beginning: String = letters.by_ref().take(60).collect();
    let cut = if letters.next().is_some() { "…" } else { "" };
    let author =
        thread.post.author.address.as_ref().map_or_else(|| Text::new("post-somebody").to_string(), ToString::to_string);
    if beginning.is_empty() {
        Text::new("post-by").with("author", author).to_string()
    } else {
        Text::new("post-by-begins").with("author", author).with("words", format!("{beginning}{cut}")).to_string()
    }
}
