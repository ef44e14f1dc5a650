//! A channel: its posts, what it says about itself, who follows it.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;

use super::home::{self, Before};
pub use super::live::show as live;
use super::{closed, readers};
use crate::channel::{About, Access, ChannelId, Kind, Role};
use crate::language::Text;
use crate::session::view::Liveness;
use crate::session::{self, ChannelView, PageRequest, Part, Scope};
use crate::web::attach;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{ChannelHead, Composer, FollowButton, Powers, Preview, Timeline, When};
use crate::web::html::{self, Frame};
use crate::web::markup::SafeHtml;
use crate::web::urls::{self, AtChannel};
use crate::web::visit::Visit;

#[derive(Template)]
#[template(path = "pages/channel.html")]
pub(super) struct ChannelPage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) note: Option<Text>,
    pub(super) composer: Option<SafeHtml>,
    pub(super) liveness: Text,
    pub(super) live_url: String,
    pub(super) feed_url: Option<String>,
    pub(super) hides_publisher: bool,
    /// What the person whose channel it is says about themselves.
    pub(super) profile_url: Option<String>,
    /// The form that blocks the person whose channel it is.
    pub(super) block: Option<(String, String)>,
    pub(super) timeline: SafeHtml,
    pub(super) is_newest: bool,
}

#[derive(Template)]
#[template(path = "pages/about.html")]
pub(super) struct AboutPage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) access: Text,
    pub(super) followers: Option<u64>,
    pub(super) role: Option<Text>,
    pub(super) kind: Option<Text>,
    pub(super) newcomers: Option<Text>,
    pub(super) creator: Option<(String, String)>,
    pub(super) created: Option<When>,
    pub(super) liveness: Text,
    pub(super) hides_publisher: bool,
    pub(super) feed_url: Option<String>,
    pub(super) uri: String,
}

/// A page of its posts, newest first.
pub async fn show(
    AtChannel(id): AtChannel,
    before: Result<Query<Before>, QueryRejection>,
    visit: Visit,
) -> Result<Response, Error> {
    let Query(before) = before.unwrap_or_default();
    let request = before.request(&visit);
    let is_newest = request.before.is_none();
    let view = match visit.session.channel(&id, request).await {
        Ok(view) if view.is_made || !id.is_personal() => view,
        Err(error @ session::Error::Blocked) => return closed::page(&visit, &id, error).await,
        // Somebody may have a channel at a channel service only, and is found there under the same name.
        other => match visit.session.beside(&id).await {
            Some(beside) => return Ok(html::see_other(&urls::channel(&beside))),
            None => match other {
                Ok(view) => view,
                Err(error) => return closed::page(&visit, &id, error).await,
            },
        },
    };
    let mut channel = head(&visit, &view);
    if view.may_manage() && view.abilities.requests && view.about.access != Access::Open {
        channel.waiting = visit.session.requests(&id).await.map_or(0, |requests| requests.len());
    }
    if is_newest && (view.part.is_followed || view.part.role == Role::Owner) {
        let newest = view.posts.posts.iter().map(|post| post.published).max();
        if let Some(newest) = newest {
            visit.session.mark_read(&id, newest).await;
        }
    }
    let mut frame = Frame::new(&visit, channel.title.clone()).beside(&visit, &visit.session).await;
    if is_newest {
        let preview = Preview::channel(&visit.state.config.web.public_url, &view.about, &channel.url);
        frame = frame.live(&Scope::Channel(id.clone()), view.posts.seen).presenting(preview.as_ref());
    }
    let hint = match visit.viewer.as_ref() == Some(&id.address) {
        _ if !view.is_made => home::first_post(),
        true => readers::hint(&visit.session.audience(&id).await, true),
        false => readers::hint(&view.about, false),
    };
    let may_write = is_newest && visit.viewer.is_some() && view.may_publish;
    let limit = if may_write { attach::limit(&visit.session).await } else { None };
    let page = ChannelPage {
        frame,
        channel,
        note: follow_to_write(&visit, &view),
        composer: may_write.then(|| Composer::post(&visit, &id, hint).taking(limit).html()),
        liveness: liveness(view.liveness),
        live_url: urls::live(&id),
        feed_url: feed_url(&view.about),
        hides_publisher: view.hides_publisher,
        profile_url: is_of_person(&id).then(|| urls::profile(&id.address)),
        block: block(&visit, &id),
        timeline: Timeline::channel(&visit, &view.posts, &id, powers(&visit, &view)).html(),
        is_newest,
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// What it says about itself, and what the server says about it.
pub async fn about(AtChannel(id): AtChannel, visit: Visit) -> Result<Response, Error> {
    let view = match visit.session.channel(&id, PageRequest { before: None, size: 1 }).await {
        Ok(view) => view,
        Err(error) => return closed::page(&visit, &id, error).await,
    };
    let channel = head(&visit, &view);
    let preview = Preview::channel(&visit.state.config.web.public_url, &view.about, &channel.about_url);
    let page = AboutPage {
        frame: Frame::new(&visit, Text::new("about-page").with("channel", &channel.title)).presenting(preview.as_ref()),
        channel,
        access: access(view.about.access),
        followers: view.about.followers,
        role: visit.viewer.as_ref().map(|_| role(&view)),
        kind: kind(view.about.kind),
        newcomers: view.about.default_role.map(newcomers),
        creator: view.about.creator.as_ref().map(|creator| (urls::author(creator, &id), creator.to_string())),
        created: view.about.created.map(When::new),
        liveness: liveness(view.liveness),
        hides_publisher: view.hides_publisher,
        feed_url: feed_url(&view.about),
        uri: id.held_by(&view.service).uri(),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// Whether a channel bears the name of an account.
fn is_of_person(id: &ChannelId) -> bool {
    (id.is_personal() || id.is_buddycloud()) && id.address.node().is_some()
}

/// Where the person whose channel it is can be blocked, and how they are called; `None` if it is nobody else's.
fn block(visit: &Visit, id: &ChannelId) -> Option<(String, String)> {
    let is_another = visit.viewer.as_ref().is_some_and(|viewer| *viewer != id.address);
    (is_of_person(id) && is_another && visit.session.can_block())
        .then(|| (urls::block(&id.address), id.address.to_string()))
}

/// Where feed readers read the channel; only an open one has a feed.
fn feed_url(about: &About) -> Option<String> {
    (about.access == Access::Open).then(|| urls::feed(&about.id))
}

/// The head with the button that fits this visitor.
pub(super) fn head(visit: &Visit, view: &ChannelView) -> ChannelHead {
    let mut head = ChannelHead::new(&view.about);
    if view.may_configure() {
        head.settings_url = Some(urls::settings(&view.about.id));
    }
    head.follow = follow_button(visit, &view.about.id, &view.part);
    head
}

/// The button that fits what this visitor is to a channel.
pub(super) fn follow_button(visit: &Visit, id: &ChannelId, part: &Part) -> Option<SafeHtml> {
    if visit.viewer.is_none() || matches!(part.role, Role::Owner | Role::Banned) {
        return None;
    }
    let button = match part {
        Part { is_followed: true, .. } => FollowButton::followed,
        Part { is_requested: true, .. } => FollowButton::requested,
        Part { invited_by: Some(_), .. } => FollowButton::invited,
        _ => FollowButton::stranger,
    };
    Some(button(visit, id).html())
}

/// What this visitor may do about the posts of a channel.
fn powers<'a>(visit: &'a Visit, view: &ChannelView) -> Powers<'a> {
    Powers { viewer: visit.viewer.as_ref(), may_moderate: view.may_moderate(), can_edit: view.abilities.edit }
}

/// What somebody reads who would have to follow first, to whoever follows may write.
fn follow_to_write(visit: &Visit, view: &ChannelView) -> Option<Text> {
    let is_stranger = visit.viewer.is_some() && view.part.role == Role::Stranger && !view.part.is_requested;
    let is_for_followers = view.about.default_role.is_some_and(|role| role >= Role::Publisher);
    (is_stranger && is_for_followers).then_some(Text::new("channel-follow-to-write"))
}

/// How news of a channel come, as a sentence.
pub(super) fn liveness(liveness: Liveness) -> Text {
    match liveness {
        Liveness::Events => Text::new("channel-live-events"),
        Liveness::Polled => Text::new("channel-live-polled"),
    }
}

fn access(access: Access) -> Text {
    match access {
        Access::Open => Text::new("settings-access-open"),
        Access::Restricted => Text::new("about-access-restricted"),
        Access::Unknown => Text::new("about-access-unknown"),
    }
}

fn kind(kind: Kind) -> Option<Text> {
    match kind {
        Kind::Personal => Some(Text::new("about-kind-personal")),
        Kind::Topic => Some(Text::new("about-kind-topic")),
        Kind::Unknown => None,
    }
}

/// What people may do who begin to follow.
fn newcomers(role: Role) -> Text {
    if role >= Role::Publisher { Text::new("settings-newcomers-post") } else { Text::new("settings-newcomers-read") }
}

fn role(view: &ChannelView) -> Text {
    match view.part.role {
        Role::Banned => Text::new("about-role-banned"),
        Role::Owner => Text::new("about-role-owner"),
        Role::Moderator => Text::new("about-role-moderator"),
        Role::Publisher => Text::new("about-role-publisher"),
        Role::Follower => Text::new("about-role-follower"),
        Role::Stranger if view.part.is_requested => Text::new("about-role-asked"),
        Role::Stranger => Text::new("about-role-none"),
    }
}
