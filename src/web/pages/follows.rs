//! The followed channels, and the form that follows one by its address.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::channel::ChannelId;
use crate::language::Text;
use crate::web::answer::Echo;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{ChannelRow, Channels, NoChannels};
use crate::web::html::{self, Frame};
use crate::web::markup::SafeHtml;
use crate::web::sentences::Sentence;
use crate::web::urls;
use crate::web::visit::{SignedIn, Visit};

/// So many channels can be looked through without looking for one.
const FEW: usize = 8;

#[derive(Template)]
#[template(path = "pages/follows.html")]
pub(super) struct FollowsPage {
    pub(super) frame: Frame,
    pub(super) typed: String,
    pub(super) problem: Option<String>,
    pub(super) channels: SafeHtml,
    /// The words that narrow the list down.
    pub(super) words: String,
    pub(super) can_filter: bool,
    pub(super) has_news: bool,
}

/// `?q=`: which of the channels are wanted.
#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    q: String,
}

/// What the button that marks everything as read sends.
#[derive(Deserialize)]
pub struct Read {
    #[serde(default)]
    back: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    address: String,
}

/// Shows both.
pub async fn list(SignedIn(visit): SignedIn, filter: Result<Query<Filter>, QueryRejection>) -> Response {
    let words = filter.map(|Query(filter)| filter.q).unwrap_or_default();
    page(&visit, StatusCode::OK, Typed { words, ..Typed::default() }, None).await
}

/// Everything was read.
pub async fn mark_read(
    SignedIn(visit): SignedIn,
    Protected(Read { back }): Protected<Read>,
) -> Result<Response, Error> {
    visit.session.mark_all_read().await?;
    Ok(html::see_other(&if back.is_empty() { urls::FOLLOWS.to_owned() } else { urls::local_path(&back) }))
}

/// Follows the channel at the typed address.
pub async fn create(SignedIn(visit): SignedIn, Protected(wanted): Protected<Wanted>) -> Response {
    let id = match ChannelId::parse(&wanted.address) {
        Ok(id) => id,
        Err(error) => {
            let problem = Text::new("error-address-hint").with("problem", error.sentence()).to_string();
            return page(&visit, StatusCode::UNPROCESSABLE_ENTITY, Typed::address(wanted.address), Some(problem)).await;
        }
    };
    let id = visit.session.resolve(id).await;
    match visit.session.follow(&id).await {
        Ok(_) => html::see_other(urls::FOLLOWS),
        Err(error) => {
            let error = Error::from(error);
            page(&visit, error.status(), Typed::address(wanted.address), Some(error.sentence().to_string())).await
        }
    }
}

/// What was typed: an address to follow, or words to look for in the list.
#[derive(Default)]
struct Typed {
    address: String,
    words: String,
}

impl Typed {
    fn address(address: String) -> Self {
        Typed { address, ..Typed::default() }
    }
}

async fn page(visit: &Visit, status: StatusCode, typed: Typed, problem: Option<String>) -> Response {
    let (rows, trouble) = match visit.session.overview().await {
        Ok(lines) => (lines.iter().map(ChannelRow::with_news).collect(), None),
        Err(error) => (Vec::new(), Some(error.sentence())),
    };
    let has_news = rows.iter().any(|row: &ChannelRow| row.unread.is_some());
    let can_filter = rows.len() > FEW || !typed.words.is_empty();
    let wanted = typed.words.trim().to_lowercase();
    let fits = |row: &ChannelRow| [&row.title, &row.shown].iter().any(|name| name.to_lowercase().contains(&wanted));
    // One's own channel alone is no list.
    let follows_any = rows.iter().any(|row| !row.is_own);
    let channels: Vec<ChannelRow> = rows.into_iter().filter(|row| follows_any && fits(row)).collect();
    let empty = if follows_any { NoChannels::Filtered } else { NoChannels::Followed };
    let channels = Channels { channels, problem: trouble, left_out: 0, empty, csrf: visit.csrf.clone() };
    let is_echo = !typed.address.is_empty();
    let page = FollowsPage {
        frame: Frame::new(visit, Text::new("frame-following")),
        typed: typed.address,
        problem,
        channels: channels.html(),
        words: typed.words,
        can_filter,
        has_news,
    };
    let mut response = html::page(status, &page);
    if is_echo {
        response.extensions_mut().insert(Echo);
    }
    response
}
