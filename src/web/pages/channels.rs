//! The channels known here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::web::error::{Error, capital};
use crate::web::fragments::{ChannelRow, Channels};
use crate::web::html::{self, Frame};
use crate::web::markup::SafeHtml;
use crate::web::visit::MaybeGuest;

/// How many channels one page lists.
const LISTED: usize = 500;

#[derive(Template)]
#[template(path = "pages/channels.html")]
pub(super) struct ChannelsPage {
    pub(super) frame: Frame,
    pub(super) channels: SafeHtml,
}

/// Shows them.
pub async fn list(visit: MaybeGuest) -> Response {
    let page = ChannelsPage { frame: Frame::new(&visit, "Channels"), channels: known(&visit).await };
    html::page(StatusCode::OK, &page)
}

/// The list, or the sentence that says why there is none.
pub(super) async fn known(visit: &MaybeGuest) -> SafeHtml {
    let known = match &visit.session {
        Some(session) => session.known().await.map_err(|error| capital(&error)),
        None => Err(format!("{} Sign in to read them.", Error::GuestUnavailable)),
    };
    let (channels, problem) = match &known {
        Ok(known) => (known.iter().take(LISTED).map(ChannelRow::new).collect(), None),
        Err(problem) => (Vec::new(), Some(problem.clone())),
    };
    let left_out = known.as_ref().map_or(0, |known| known.len().saturating_sub(LISTED));
    Channels { channels, problem, left_out, is_signed_in: visit.viewer.is_some(), csrf: visit.csrf.clone() }.html()
}
