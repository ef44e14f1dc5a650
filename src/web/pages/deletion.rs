//! How a channel is taken away: a question first, then the deed.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::channel;
use super::follow::Nothing;
use crate::channel::Kind;
use crate::language::Text;
use crate::session::{self, ChannelView, PageRequest};
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::urls::{self, AtChannel};
use crate::web::visit::SignedIn;

#[derive(Template)]
#[template(path = "pages/channel_delete.html")]
pub(super) struct DeletePage {
    pub(super) frame: Frame,
    pub(super) title: String,
    pub(super) shown: String,
    pub(super) action: String,
    pub(super) back_url: String,
}

/// Whether somebody may take this channel away. A personal one belongs to its account and stays.
pub(super) fn may_delete(view: &ChannelView) -> bool {
    view.may_configure() && view.abilities.delete && view.about.kind != Kind::Personal
}

/// The question.
pub async fn confirm(AtChannel(id): AtChannel, SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let view = visit.session.channel(&id, PageRequest { before: None, size: 1 }).await?;
    if !may_delete(&view) {
        return Err(session::Error::Forbidden.into());
    }
    let head = channel::head(&visit, &view);
    let page = DeletePage {
        frame: Frame::new(&visit, Text::new("delete-page").with("channel", &head.title)),
        title: head.title,
        shown: head.shown,
        action: urls::delete_channel(&id),
        back_url: urls::settings(&id),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// Takes it away.
pub async fn remove(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(Nothing {}): Protected<Nothing>,
) -> Result<Response, Error> {
    visit.session.delete(&id).await?;
    Ok(html::see_other(urls::CHANNELS))
}
