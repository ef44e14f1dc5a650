//! The followed channels, and the form that follows one by its address.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::channel::ChannelId;
use crate::web::answer::Echo;
use crate::web::csrf::Protected;
use crate::web::error::{Error, capital};
use crate::web::fragments::{ChannelRow, Channels, NoChannels};
use crate::web::html::{self, Frame};
use crate::web::markup::SafeHtml;
use crate::web::urls;
use crate::web::visit::{SignedIn, Visit};

#[derive(Template)]
#[template(path = "pages/follows.html")]
pub(super) struct FollowsPage {
    pub(super) frame: Frame,
    pub(super) typed: String,
    pub(super) problem: Option<String>,
    pub(super) channels: SafeHtml,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    address: String,
}

/// Shows both.
pub async fn list(SignedIn(visit): SignedIn) -> Response {
    page(&visit, StatusCode::OK, String::new(), None).await
}

/// Follows the channel at the typed address.
pub async fn create(SignedIn(visit): SignedIn, Protected(wanted): Protected<Wanted>) -> Response {
    let id = match ChannelId::parse(&wanted.address) {
        Ok(id) => id,
        Err(error) => {
            let problem = format!("{} It should look like name@example.org.", capital(&error));
            return page(&visit, StatusCode::UNPROCESSABLE_ENTITY, wanted.address, Some(problem)).await;
        }
    };
    let id = visit.session.resolve(id).await;
    match visit.session.follow(&id).await {
        Ok(_) => html::see_other(urls::FOLLOWS),
        Err(error) => {
            let error = Error::from(error);
            page(&visit, error.status(), wanted.address, Some(error.to_string())).await
        }
    }
}

async fn page(visit: &Visit, status: StatusCode, typed: String, problem: Option<String>) -> Response {
    let (channels, trouble) = match visit.session.follows().await {
        Ok(follows) => (follows.iter().map(ChannelRow::followed).collect(), None),
        Err(error) => (Vec::new(), Some(capital(&error))),
    };
    let channels =
        Channels { channels, problem: trouble, left_out: 0, empty: NoChannels::Followed, csrf: visit.csrf.clone() }
            .html();
    let is_echo = !typed.is_empty();
    let page = FollowsPage { frame: Frame::new(visit, "Following"), typed, problem, channels };
    let mut response = html::page(status, &page);
    if is_echo {
        response.extensions_mut().insert(Echo);
    }
    response
}
