//! The page of a channel whose posts are not for this reader, and the way to ask for them.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::channel;
use crate::channel::{ChannelId, Role};
use crate::language::Text;
use crate::session::{self, Part};
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{self, ChannelHead};
use crate::web::html::{self, Frame};
use crate::web::urls;
use crate::web::visit::Visit;

#[derive(Template)]
#[template(path = "pages/channel_closed.html")]
pub(super) struct ClosedPage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) sentence: Text,
    pub(super) sign_in_url: Option<String>,
    /// Whether the button above asks the owner.
    pub(super) may_ask: bool,
}

#[derive(Template)]
#[template(path = "pages/channel_blocked.html")]
pub(super) struct ChannelBlockedPage {
    pub(super) frame: Frame,
    pub(super) shown: String,
    /// What is on the list: the address, or its server.
    pub(super) name: String,
    pub(super) is_server: bool,
}

/// What is shown instead of a channel that could not be read. What a Buddycloud channel says about itself is for
/// everybody, so that people can ask to follow it.
pub(super) async fn page(visit: &Visit, id: &ChannelId, why: session::Error) -> Result<Response, Error> {
    if why == session::Error::Blocked {
        return Ok(blocked(visit, id));
    }
    if why != session::Error::Forbidden || !id.is_buddycloud() {
        return Err(why.into());
    }
    let (about, part) = tokio::join!(visit.session.about(id), visit.session.part(id));
    let mut channel = ChannelHead::new(&about);
    channel.follow = channel::follow_button(visit, id, &part);
    let page = ClosedPage {
        frame: Frame::new(visit, channel.title.clone()),
        channel,
        sentence: sentence(&part),
        may_ask: may_ask(&part),
        sign_in_url: visit.viewer.is_none().then(|| urls::sign_in_then(&visit.path)),
    };
    Ok(html::page(StatusCode::FORBIDDEN, &page))
}

/// Somebody whom this person has blocked: nothing of theirs, and the way back.
fn blocked(visit: &Visit, id: &ChannelId) -> Response {
    let blocks = visit.session.blocks();
    let (who, server) = (id.address.to_string(), id.address.domain().to_string());
    let is_server = !blocks.has(&who) && blocks.has(&server);
    let shown = fragments::shown(id);
    let page = ChannelBlockedPage {
        frame: Frame::new(visit, shown.clone()),
        shown,
        name: if is_server { server } else { who },
        is_server,
    };
    html::page(StatusCode::FORBIDDEN, &page)
}

fn may_ask(part: &Part) -> bool {
    part.role != Role::Banned && !part.is_requested && !part.is_followed && part.invited_by.is_none()
}

fn sentence(part: &Part) -> Text {
    match part {
        Part { role: Role::Banned, .. } => Text::new("closed-banned"),
        Part { is_requested: true, .. } => Text::new("closed-asked"),
        Part { is_followed: true, .. } => Text::new("closed-let-in"),
        Part { invited_by: Some(_), .. } => Text::new("closed-invited"),
        _ => Text::new("closed-restricted"),
    }
}
