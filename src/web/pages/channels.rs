//! The channels known here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::channel::About;
use crate::language::Text;
use crate::web::filters;
use crate::web::fragments::{ChannelRow, Channels, NoChannels};
use crate::web::html::{self, Frame};
use crate::web::markup::SafeHtml;
use crate::web::sentences::Sentence;
use crate::web::visit::MaybeGuest;

/// How many channels one page lists.
const LISTED: usize = 500;

/// How many of the most followed and the most active are shown.
const BEST: usize = 10;

#[derive(Template)]
#[template(path = "pages/channels.html")]
pub(super) struct ChannelsPage {
    pub(super) frame: Frame,
    pub(super) channels: SafeHtml,
    pub(super) most_followed: Option<SafeHtml>,
    pub(super) most_active: Option<SafeHtml>,
    pub(super) may_create: bool,
    pub(super) may_search: bool,
}

/// Shows them.
pub async fn list(visit: MaybeGuest) -> Response {
    let (channels, popular, abilities) =
        tokio::join!(known(&visit), async { visit.session.as_ref()?.popular().await }, async {
            Some(visit.session.as_ref()?.abilities().await)
        },);
    let abilities = abilities.unwrap_or_default();
    let popular = popular.as_deref();
    let page = ChannelsPage {
        frame: Frame::new(&visit, Text::new("channels-title")),
        channels,
        most_followed: popular.and_then(|popular| best(&visit, &popular.most_followed)),
        most_active: popular.and_then(|popular| best(&visit, &popular.most_active)),
        may_create: visit.viewer.is_some() && abilities.create,
        may_search: abilities.search,
    };
    html::page(StatusCode::OK, &page)
}

/// The first few of a list; `None` if there are none.
fn best(visit: &MaybeGuest, channels: &[About]) -> Option<SafeHtml> {
    let rows: Vec<ChannelRow> = channels.iter().take(BEST).map(ChannelRow::new).collect();
    let list =
        Channels { channels: rows, problem: None, left_out: 0, empty: NoChannels::Known, csrf: visit.csrf.clone() };
    (!list.channels.is_empty()).then(|| list.html())
}

/// The list, or the sentence that says why there is none.
pub(super) async fn known(visit: &MaybeGuest) -> SafeHtml {
    let known = match &visit.session {
        Some(session) => session.known().await.map_err(|error| error.sentence()),
        None => Err(Text::new("channels-sign-in")),
    };
    let (channels, problem) = match &known {
        Ok(known) => (known.iter().take(LISTED).map(ChannelRow::new).collect(), None),
        Err(problem) => (Vec::new(), Some(problem.clone())),
    };
    let left_out = known.as_ref().map_or(0, |known| known.len().saturating_sub(LISTED));
    let empty = if visit.viewer.is_some() { NoChannels::KnownToMember } else { NoChannels::Known };
    Channels { channels, problem, left_out, empty, csrf: visit.csrf.clone() }.html()
}
