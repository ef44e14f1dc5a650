//! Looking for channels and posts.

use std::sync::Arc;

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::language::Text;
use crate::web::answer::Echo;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{self, ChannelRow, Channels, NoChannels, Place};
use crate::web::html::{self, Frame};
use crate::web::markup::SafeHtml;
use crate::web::sentences::Sentence;
use crate::web::visit::Visit;

/// The longest words that are looked for, in characters.
const MAX_WORDS: usize = 200;

/// How many results of each kind one page lists.
const LISTED: usize = 50;

#[derive(Template)]
#[template(path = "pages/search.html")]
pub(super) struct SearchPage {
    pub(super) frame: Frame,
    pub(super) words: String,
    pub(super) problem: Option<String>,
    pub(super) channels: Option<SafeHtml>,
    pub(super) posts: Option<Vec<SafeHtml>>,
}

/// `?q=`: what to look for.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
}

/// The form, and what was found.
pub async fn show(wanted: Result<Query<Wanted>, QueryRejection>, visit: Visit) -> Result<Response, Error> {
    let Query(Wanted { q }) = wanted.unwrap_or_default();
    let words: String = q.chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect();
    let mut page = SearchPage {
        frame: Frame::new(&visit, Text::new("search-title")),
        words: words.trim().to_owned(),
        problem: None,
        channels: None,
        posts: None,
    };
    if !page.words.is_empty() {
        match visit.session.search(&page.words).await {
            Ok(found) => {
                let channels: Vec<_> = found.channels.iter().take(LISTED).map(ChannelRow::new).collect();
                page.channels = (!channels.is_empty()).then(|| list(&visit, channels));
                let posts = found.posts.into_iter().take(LISTED).map(Arc::new);
                let viewer = visit.viewer.as_ref();
                page.posts = Some(posts.map(|post| fragments::entry(&post, Place::Post, viewer)).collect());
            }
            Err(error) => page.problem = Some(error.sentence().to_string()),
        }
    }
    let mut response = html::page(StatusCode::OK, &page);
    response.extensions_mut().insert(Echo);
    Ok(response)
}

fn list(visit: &Visit, channels: Vec<ChannelRow>) -> SafeHtml {
    Channels { channels, problem: None, left_out: 0, empty: NoChannels::Known, csrf: visit.csrf.clone() }.html()
}
