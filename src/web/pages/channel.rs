//! A channel: its posts, what it says about itself, who follows it.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;

use super::home::{self, Before};
pub use super::live::show as live;
use crate::channel::{Access, Followers, Role};
use crate::session::view::Liveness;
use crate::session::{ChannelView, PageRequest, Scope};
use crate::web::error::Error;
use crate::web::fragments::{ChannelHead, Composer, FollowButton, PersonRow, Timeline};
use crate::web::html::{self, Frame};
use crate::web::markup::SafeHtml;
use crate::web::urls::{self, AtChannel};
use crate::web::visit::Visit;

/// How many followers one page lists.
const LISTED: usize = 500;

#[derive(Template)]
#[template(path = "pages/channel.html")]
pub(super) struct ChannelPage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) composer: Option<SafeHtml>,
    pub(super) liveness: &'static str,
    pub(super) live_url: String,
    pub(super) hides_publisher: bool,
    pub(super) timeline: SafeHtml,
    pub(super) is_newest: bool,
}

#[derive(Template)]
#[template(path = "pages/about.html")]
pub(super) struct AboutPage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) access: &'static str,
    pub(super) followers: Option<u64>,
    pub(super) role: Option<&'static str>,
    pub(super) liveness: &'static str,
    pub(super) hides_publisher: bool,
    pub(super) uri: String,
}

#[derive(Template)]
#[template(path = "pages/followers.html")]
pub(super) struct FollowersPage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) sentence: String,
    pub(super) people: Vec<PersonRow>,
    pub(super) left_out: usize,
}

/// A page of its posts, newest first.
pub async fn show(
    AtChannel(id): AtChannel,
    before: Result<Query<Before>, QueryRejection>,
    visit: Visit,
) -> Result<Response, Error> {
    let Query(before) = before.unwrap_or_default();
    let request = before.request();
    let is_newest = request.before.is_none();
    let view = visit.session.channel(&id, request).await?;
    let channel = head(&visit, &view);
    let mut frame = Frame::new(&visit, channel.title.clone());
    if is_newest {
        frame = frame.live(&Scope::Channel(id.clone()), view.posts.seen);
    }
    let hint = if view.is_made { home::hint(view.about.access) } else { home::FIRST_POST };
    let may_write = is_newest && visit.viewer.is_some() && view.may_publish;
    let page = ChannelPage {
        frame,
        channel,
        composer: may_write.then(|| Composer::post(&visit, &id, hint).html()),
        liveness: liveness(view.liveness),
        live_url: urls::live(&id),
        hides_publisher: view.hides_publisher,
        timeline: Timeline::channel(&visit, &view.posts, &id).html(),
        is_newest,
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// What it says about itself, and what the server says about it.
pub async fn about(AtChannel(id): AtChannel, visit: Visit) -> Result<Response, Error> {
    let view = visit.session.channel(&id, PageRequest { before: None, size: 1 }).await?;
    let channel = head(&visit, &view);
    let page = AboutPage {
        frame: Frame::new(&visit, format!("About {}", channel.title)),
        channel,
        access: access(view.about.access),
        followers: view.about.followers,
        role: visit.viewer.as_ref().map(|_| role(&view)),
        liveness: liveness(view.liveness),
        hides_publisher: view.hides_publisher,
        uri: id.uri(),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// Who follows it, where the server tells.
pub async fn followers(AtChannel(id): AtChannel, visit: Visit) -> Result<Response, Error> {
    let request = PageRequest { before: None, size: 1 };
    let (view, followers) = tokio::join!(visit.session.channel(&id, request), visit.session.followers(&id));
    let (view, followers) = (view?, followers?);
    let channel = head(&visit, &view);
    let (sentence, people) = match followers {
        Followers::Known(people) => (count(people.len() as u64), people),
        Followers::Counted(number) => (format!("{} The server does not say who.", count(number)), Vec::new()),
        Followers::Hidden => ("The server does not tell who follows this channel.".to_owned(), Vec::new()),
    };
    let page = FollowersPage {
        frame: Frame::new(&visit, format!("Followers of {}", channel.title)),
        channel,
        sentence,
        left_out: people.len().saturating_sub(LISTED),
        people: people.iter().take(LISTED).map(PersonRow::new).collect(),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// The head with the button that fits this visitor.
pub(super) fn head(visit: &Visit, view: &ChannelView) -> ChannelHead {
    let mut head = ChannelHead::new(&view.about);
    let is_own = view.about.id.is_personal() && visit.viewer.as_ref() == Some(&view.about.id.address);
    if visit.viewer.is_some() && !is_own {
        let button = match view {
            ChannelView { is_followed: true, .. } => FollowButton::followed,
            ChannelView { is_requested: true, .. } => FollowButton::requested,
            _ => FollowButton::stranger,
        };
        head.follow = Some(button(visit, &view.about.id).html());
    }
    head
}

/// How news of a channel come, as a sentence.
pub(super) fn liveness(liveness: Liveness) -> &'static str {
    match liveness {
        Liveness::Events => "New posts appear here as they are written.",
        Liveness::Polled => {
            "New posts appear here within 15 seconds: the server has not announced any so far, so it is asked."
        }
    }
}

fn access(access: Access) -> &'static str {
    match access {
        Access::Open => "Anybody, signed in or not",
        Access::Restricted => "Those whom the owner lets in",
        Access::Unknown => "The server does not say",
    }
}

fn role(view: &ChannelView) -> &'static str {
    match view.role {
        Role::Banned => "You are kept out",
        Role::Owner => "It is yours",
        Role::Moderator => "You look after it",
        Role::Publisher => "You may post",
        Role::Follower => "You follow it",
        Role::Stranger if view.is_requested => "You have asked to follow it; the owner has yet to agree",
        Role::Stranger => "None",
    }
}

fn count(number: u64) -> String {
    match number {
        0 => "Nobody follows this channel yet.".to_owned(),
        1 => "One follower.".to_owned(),
        number => format!("{number} followers."),
    }
}
