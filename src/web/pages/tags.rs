//! The posts with a tag, among what is at hand here: a page, and a feed of what everybody may read.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{self, FromRequestParts, Path, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::feed;
use crate::language::Text;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{self, Place};
use crate::web::html::{self, Frame};
use crate::web::markup::{self, SafeHtml};
use crate::web::state::State;
use crate::web::urls;
use crate::web::visit::{AsGuest, Visit};

/// The longest tag, in characters.
const MAX_TAG: usize = 100;

#[derive(Template)]
#[template(path = "pages/tag.html")]
pub(super) struct TagPage {
    pub(super) frame: Frame,
    pub(super) looked_at: Text,
    pub(super) entries: Vec<SafeHtml>,
    pub(super) feed_url: String,
}

/// The page, or the feed.
pub async fn show(
    name: Result<Path<String>, PathRejection>,
    extract::State(state): extract::State<State>,
    request: Request,
) -> Result<Response, Error> {
    let Path(name) = name.map_err(|_| Error::NotFound)?;
    let (mut parts, _) = request.into_parts();
    match name.strip_suffix(".atom") {
        Some(name) => {
            let tag = tag(name).ok_or(Error::NotFound)?;
            let guest = AsGuest::from_request_parts(&mut parts, &state).await?;
            in_feed(&tag, &guest, &parts.headers).await
        }
        None => {
            let tag = tag(&name).ok_or(Error::NotFound)?;
            if urls::name(&name) != tag {
                return Ok(html::see_other(&urls::tag(&tag)));
            }
            let visit = Visit::from_request_parts(&mut parts, &state).await?;
            on_page(&tag, &visit).await
        }
    }
}

/// A tag in the one form that posts have it in.
fn tag(name: &str) -> Option<String> {
    let tag = urls::name(name).trim().trim_start_matches('#').to_lowercase();
    let is_tag = tag.chars().count() <= MAX_TAG && markup::line(&tag, MAX_TAG).is_some();
    is_tag.then_some(tag).filter(|tag| !tag.chars().any(char::is_control))
}

async fn on_page(tag: &str, visit: &Visit) -> Result<Response, Error> {
    let posts = visit.session.tagged(tag).await?;
    let looked_at = if visit.viewer.is_some() { "tags-looked-at-own" } else { "tags-looked-at-open" };
    let shown = markup::line(tag, MAX_TAG).unwrap_or_default();
    let title = Text::new("tags-title").with("tag", shown).to_string();
    let page = TagPage {
        frame: Frame::new(visit, title).beside(visit, &visit.session).await,
        looked_at: Text::new(looked_at),
        entries: posts.iter().map(|post| fragments::entry(post, Place::Post, visit.viewer.as_ref())).collect(),
        feed_url: urls::tag_feed(tag),
    };
    Ok(html::page(StatusCode::OK, &page))
}

async fn in_feed(tag: &str, guest: &AsGuest, asked: &HeaderMap) -> Result<Response, Error> {
    let posts = guest.session.tagged(tag).await?;
    feed::of_tag(guest, tag, &posts, asked).await
}
