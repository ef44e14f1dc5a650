//! Passing a post on into one's own channel, with words of one's own or without.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{compose, home};
use crate::channel::{Access, Draft, Post, PostId, PostRef, Share};
use crate::language::Text;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{self, Place};
use crate::web::html::{self, Frame};
use crate::web::markup::{self, MAX_BYTES, SafeHtml};
use crate::web::urls::{self, AtPost};
use crate::web::visit::{SignedIn, Visit};

/// How much of the shared post is told beside one's own words, in characters.
const BEGINNING: usize = 199;

#[derive(Template)]
#[template(path = "pages/share.html")]
pub(super) struct SharePage {
    pub(super) frame: Frame,
    pub(super) action: String,
    pub(super) form_id: PostId,
    pub(super) hint: Text,
    pub(super) entry: SafeHtml,
    pub(super) back_url: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Words {
    #[serde(default)]
    id: String,
    #[serde(default)]
    text: String,
}

/// The form, with the post below it. What passes on another post leads to that one.
pub async fn form(AtPost(at): AtPost, SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let post = visit.session.post(&at).await?;
    if let Some(original) = fragments::quoted(&post).filter(|_| post.is_repeat()) {
        return Ok(html::see_other(&urls::share(&original)));
    }
    only_shareable(&visit, &post).await?;
    let page = SharePage {
        frame: Frame::new(&visit, Text::new("share-title")),
        action: urls::share(&at),
        form_id: fragments::fresh_id(&visit),
        hint: home::own_hint(&visit.session).await,
        entry: fragments::entry(&post, Place::Post, None),
        back_url: urls::post(&at),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// Publishes it.
pub async fn create(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    Protected(words): Protected<Words>,
) -> Result<Response, Error> {
    let post = visit.session.post(&at).await?;
    only_shareable(&visit, &post).await?;
    let own = visit.session.own_channel().await?;
    let access = visit.session.access(&own).await;
    let held = visit.session.held(&at).await?;
    let text = if words.text.trim().is_empty() { None } else { Some(compose::plain(&words.text)?) };
    let id = compose::item(&words.id, &format!("{}\0{}", text.as_deref().unwrap_or_default(), held.uri()))?;
    let place = PostRef::new(own.clone(), id);
    let shares = Share {
        at: held,
        author: post.author.address.clone(),
        name: post.author.name.as_deref().and_then(markup::name),
        beginning: markup::words(&fragments::outside(&post).content, BEGINNING),
        is_repeat: text.is_none(),
    };
    let draft = match text {
        Some(text) => compose::drafted(&visit, &place, text, access),
        None => repeated(&visit, &place, &post, access),
    };
    let shared = visit.session.publish(&own, Draft { shares: Some(shares), ..draft }).await?;
    Ok(html::see_other(&urls::post_in_channel(&shared.at)))
}

/// A post as the draft of the same post in another place.
fn repeated(visit: &Visit, place: &PostRef, post: &Post, access: Access) -> Draft {
    let content = &post.content;
    let headline = content.title.as_deref();
    let headline = headline.filter(|_| content.text.is_some() || content.markup.is_some());
    // As the warning it is told already.
    let headline = headline.filter(|_| !post.is_sensitive());
    let body = content.text.as_deref().or(content.title.as_deref()).unwrap_or_default();
    let text: Vec<&str> = headline.into_iter().chain([body]).collect();
    let above = headline.map(|headline| markup::text(headline).to_string()).unwrap_or_default();
    let files = post.links.iter().filter(|link| link.rel == "enclosure" && markup::read_link(&link.href).is_some());
    Draft {
        xhtml: format!("{above}{}", markup::published(content, MAX_BYTES)),
        tags: post.tags.clone(),
        warning: post.is_sensitive().then(|| fragments::warning(post)).flatten(),
        files: files.cloned().collect(),
        ..compose::drafted(visit, place, text.join("\n\n"), access)
    }
}

/// Only what everybody can read may be passed on to everybody.
async fn only_shareable(visit: &Visit, post: &Arc<Post>) -> Result<(), Error> {
    let refused = |text| Err(Error::Form(Text::new(text)));
    if fragments::is_reply(post) {
        return refused("share-reply");
    }
    let is_empty = post.content.text.is_none() && post.content.title.is_none() && post.content.markup.is_none();
    if post.is_deleted || (is_empty && post.links.is_empty()) {
        return refused("share-gone");
    }
    if is_open(visit, post).await { Ok(()) } else { refused("share-closed") }
}

/// Whether everybody can read a post. Where the server tells people nothing, the guest tries.
async fn is_open(visit: &Visit, post: &Post) -> bool {
    match visit.session.access(&post.at.channel).await {
        Access::Open => true,
        Access::Restricted => false,
        Access::Unknown => match visit.state.sessions.guest().await {
            Ok(guest) => guest.may_read(&post.at.channel).await.is_ok(),
            Err(_) => false,
        },
    }
}
