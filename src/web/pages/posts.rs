//! One post with its replies; how its author changes it and takes it away.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{channel, compose};
use crate::channel::{Access, ChannelId, Post, PostRef};
use crate::session::{self, Scope, Thread};
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::fragments::{self, Composer, Place};
use crate::web::html::{self, Frame};
use crate::web::markup::{self, SafeHtml};
use crate::web::urls::{self, AtPost};
use crate::web::visit::{SignedIn, Visit};

pub use super::compose::{create, reply};

/// Who will be able to read a reply.
pub(super) const REPLY_HINT: &str = "Everybody who can read the post can read your reply.";

#[derive(Template)]
#[template(path = "pages/post.html")]
pub(super) struct PostPage {
    pub(super) frame: Frame,
    pub(super) channel_url: String,
    pub(super) channel_title: String,
    pub(super) entry: SafeHtml,
    pub(super) likes: usize,
    pub(super) replies: Vec<SafeHtml>,
    pub(super) left_out: usize,
    pub(super) note: Option<&'static str>,
    pub(super) composer: Option<SafeHtml>,
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
    let channel_title = thread.about.title.as_deref().and_then(markup::name);
    let may_reply = viewer.is_some() && thread.may_reply;
    let page = PostPage {
        frame: Frame::new(&visit, title(&thread)).live(&Scope::Thread(at.clone()), thread.seen),
        channel_url: urls::channel(&at.channel),
        channel_title: channel_title.unwrap_or_else(|| at.channel.to_string()),
        entry: fragments::entry(&thread.post, Place::Post, viewer),
        likes: thread.likes,
        replies: fragments::replies(&thread.replies, &visit),
        left_out: thread.left_out,
        note: (thread.liveness == crate::session::view::Liveness::Polled).then(|| channel::liveness(thread.liveness)),
        composer: may_reply.then(|| Composer::reply(&visit, &at, REPLY_HINT).html()),
        sign_in_url: viewer.is_none().then(|| urls::sign_in_then(&visit.path)),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// The form for another text.
pub async fn edit_form(AtPost(at): AtPost, SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let thread = visit.session.thread(&at).await?;
    only_own(&visit, &thread.post)?;
    let content = &thread.post.content;
    let page = EditPage {
        frame: Frame::new(&visit, "Edit"),
        is_reply: thread.post.in_reply_to.is_some(),
        action: urls::edit(&at),
        text: content.text.clone().or_else(|| content.title.clone()).unwrap_or_default(),
        back_url: back(&thread.post),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// Publishes the other text.
pub async fn edit(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    Protected(changed): Protected<Changed>,
) -> Result<Response, Error> {
    let access = visit.session.thread(&at).await.map_or(Access::Unknown, |thread| thread.about.access);
    let draft = compose::draft(&visit, &at, &changed.text, access)?;
    let post = visit.session.edit(&at, draft).await?;
    Ok(html::see_other(&back(&post)))
}

/// The question whether it shall go.
pub async fn confirm_remove(AtPost(at): AtPost, SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let thread = visit.session.thread(&at).await?;
    let post = &thread.post;
    only_own(&visit, post)?;
    let next_url = match &post.in_reply_to {
        Some(to) if is_reply(post) => urls::post(to),
        _ => urls::channel(&at.channel),
    };
    let page = RemovePage {
        frame: Frame::new(&visit, "Delete"),
        is_reply: is_reply(post),
        action: urls::remove(&at),
        entry: fragments::entry(post, if is_reply(post) { Place::Reply } else { Place::Post }, None),
        back_url: back(post),
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

/// The server decides in the end; this spares people a form that it would refuse.
fn only_own(visit: &Visit, post: &Post) -> Result<(), Error> {
    let is_own = visit.viewer.as_ref().is_some_and(|viewer| fragments::is_by(post, viewer));
    if is_own { Ok(()) } else { Err(session::Error::Forbidden.into()) }
}

/// Where a post is read: a reply among the others, a post on its channel's page.
fn back(post: &Post) -> String {
    match &post.in_reply_to {
        Some(to) if is_reply(post) => urls::reply_in_thread(to, &post.at),
        _ => urls::post(&post.at),
    }
}

/// Whether a post stands among the replies to another, in a channel of their own.
fn is_reply(post: &Post) -> bool {
    post.in_reply_to.as_ref().is_some_and(|to| to.channel != post.at.channel)
}

/// The channel to look at when a post is gone.
fn after(at: &PostRef) -> ChannelId {
    if at.channel.address.node().is_some() {
        ChannelId::personal(at.channel.address.clone())
    } else {
        at.channel.clone()
    }
}

/// The page's name: who wrote, and how it begins.
fn title(thread: &Thread) -> String {
    let content = &thread.post.content;
    let words = content.title.as_deref().or(content.text.as_deref()).and_then(markup::name).unwrap_or_default();
    let mut letters = words.chars();
    let beginning: String = letters.by_ref().take(60).collect();
    let cut = if letters.next().is_some() { "…" } else { "" };
    let author = thread.post.author.address.as_ref().map_or_else(|| "Somebody".to_owned(), ToString::to_string);
    if beginning.is_empty() { format!("Post by {author}") } else { format!("{author}: {beginning}{cut}") }
}
