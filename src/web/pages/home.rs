//! The home timeline of somebody who is signed in; for everybody else a welcome and the channels known here.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::channels;
use crate::channel::{Access, Address, ChannelId};
use crate::language::Text;
use crate::session::{PageRequest, Scope, Session};
use crate::web::attach;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{Composer, Timeline};
use crate::web::html::{self, Frame};
use crate::web::markup::SafeHtml;
use crate::web::visit::{MaybeGuest, Visitor};

/// The longest paging token that is passed on, in bytes.
const MAX_TOKEN: usize = 4096;

/// `?before=`: which page of a list.
#[derive(Debug, Default, Deserialize)]
pub struct Before {
    before: Option<String>,
}

impl Before {
    /// What to ask the session for, as large as this visitor wants pages to be.
    pub fn request(self, visitor: &Visitor) -> PageRequest {
        PageRequest { before: self.before.filter(|token| token.len() <= MAX_TOKEN), size: visitor.looks.page_size() }
    }
}

#[derive(Template)]
#[template(path = "pages/home.html")]
pub(super) struct HomePage {
    pub(super) frame: Frame,
    pub(super) composer: Option<SafeHtml>,
    pub(super) timeline: SafeHtml,
    pub(super) is_newest: bool,
}

#[derive(Template)]
#[template(path = "pages/welcome.html")]
pub(super) struct WelcomePage {
    pub(super) frame: Frame,
    pub(super) may_register: bool,
    pub(super) channels: SafeHtml,
}

/// The first page that people see.
pub async fn show(visit: MaybeGuest, before: Result<Query<Before>, QueryRejection>) -> Result<Response, Error> {
    match (&visit.viewer, &visit.session) {
        (Some(viewer), Some(session)) => {
            let Query(before) = before.unwrap_or_default();
            home(&visit, viewer, session, before.request(&visit)).await
        }
        _ => Ok(welcome(&visit).await),
    }
}

async fn home(visitor: &Visitor, viewer: &Address, session: &Session, page: PageRequest) -> Result<Response, Error> {
    let is_newest = page.before.is_none();
    let own = session.own_channel().await.unwrap_or_else(|_| ChannelId::personal(viewer.clone()));
    let (posts, hint) = if is_newest {
        tokio::join!(session.home(page), own_hint(session))
    } else {
        (session.home(page).await, first_post())
    };
    let posts = posts?;
    let mut frame = Frame::new(visitor, Text::new("frame-home")).beside(visitor, session).await;
    if is_newest {
        frame = frame.live(&Scope::Home, posts.seen);
    }
    let limit = if is_newest { attach::limit(session).await } else { None };
    let page = HomePage {
        frame,
        composer: is_newest.then(|| Composer::post(visitor, &own, hint).taking(limit).html()),
        timeline: Timeline::home(visitor, &posts).html(),
        is_newest,
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// Who will be able to read what a person writes into the own channel.
async fn own_hint(session: &Session) -> Text {
    match session.own_access().await {
        Ok(Some(Access::Open)) => Text::new("home-hint-open"),
        Ok(Some(access)) => hint(access),
        Ok(None) | Err(_) => first_post(),
    }
}

/// What is said above the first post ever.
pub(super) fn first_post() -> Text {
    Text::new("home-first-post")
}

/// Who can read a channel, told to somebody who is about to write into it.
pub(super) fn hint(access: Access) -> Text {
    Text::new(match access {
        Access::Open => "hint-open",
        Access::Restricted => "closed-restricted",
        Access::Unknown => "hint-unknown",
    })
}

async fn welcome(visit: &MaybeGuest) -> Response {
    let page = WelcomePage {
        frame: Frame::new(visit, "Cirrus"),
        may_register: visit.state.registrations.is_offered(&visit.state),
        channels: channels::known(visit).await,
    };
    html::page(StatusCode::OK, &page)
}
