//! What somebody is told of: replies, mentions, likes, followers, requests and invitations. Reading the page reads them.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::channel::{Author, Content, Notification, Standing, What};
use crate::language::Text;
use crate::session::Notifications;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{Monogram, When, shown};
use crate::web::html::{self, Frame};
use crate::web::visit::SignedIn;
use crate::web::{markup, urls};

/// How many faces stand beside what several people did.
const FACES: usize = 3;

/// How much of a text is quoted, in characters.
const QUOTED: usize = 160;

#[derive(Template)]
#[template(path = "pages/notifications.html")]
pub(super) struct NotificationsPage {
    pub(super) frame: Frame,
    pub(super) rows: Vec<Row>,
}

/// A person's face.
pub(super) struct Face {
    hue: u8,
    initial: String,
    picture: Option<String>,
}

/// What one person did, or several did to the same thing.
pub(super) struct Row {
    faces: Vec<Face>,
    /// With gaps for `who`, `other` and `channel`.
    sentence: Text,
    who: String,
    other: String,
    channel: String,
    /// The address of who did it, where it is one.
    address: Option<String>,
    is_unverified: bool,
    is_new: bool,
    quotation: Option<String>,
    when: When,
    url: String,
    request: Option<Request>,
}

/// The answer that a request waits for.
pub(super) struct Request {
    action: String,
    who: String,
}

/// Shows them, and has them read.
pub async fn show(SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let told = visit.session.notifications().await?;
    if let Some(newest) = told.list.first() {
        visit.session.mark_notifications_read(newest.at).await?;
    }
    let title = Text::new("notifications-title").to_string();
    Ok(html::page(StatusCode::OK, &NotificationsPage { frame: Frame::new(&visit, title), rows: rows(&told) }))
}

/// The rows, newest first. Likes of one post stand together, and so do new followers.
pub(super) fn rows(told: &Notifications) -> Vec<Row> {
    let mut groups: Vec<Vec<&Arc<Notification>>> = Vec::new();
    for one in &told.list {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| stand_together(&first.what, &one.what)))
        {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups.iter().filter_map(|group| Row::new(group, told)).collect()
}

fn stand_together(first: &What, other: &What) -> bool {
    match (first, other) {
        (What::Liked { post, .. }, What::Liked { post: other, .. }) => post == other,
        (What::Followed(channel), What::Followed(other)) => channel == other,
        _ => false,
    }
}

impl Row {
    fn new(group: &[&Arc<Notification>], told: &Notifications) -> Option<Self> {
        let first = *group.first()?;
        let others = group.len() - 1;
        let by_number = |one, two, many| match others {
            0 => Text::new(one),
            1 => Text::new(two),
            _ => Text::new(many).with("count", others - 1),
        };
        let sentence = match &first.what {
            What::Replied { .. } => Text::new("notifications-replied"),
            What::Posted(_) => Text::new("notifications-posted"),
            What::Mentioned { .. } => Text::new("notifications-mentioned"),
            What::Liked { .. } => {
                by_number("notifications-liked", "notifications-liked-by-two", "notifications-liked-by-many")
            }
            What::Followed(_) => {
                by_number("notifications-followed", "notifications-followed-by-two", "notifications-followed-by-many")
            }
            What::Requested(_) => Text::new("notifications-requested"),
            What::Invited(_) => Text::new("notifications-invited"),
        };
        let channel = match &first.what {
            What::Followed(channel) | What::Requested(channel) | What::Invited(channel) => shown(channel),
            _ => String::new(),
        };
        let address = first.who.address.as_ref().filter(|_| others == 0).map(ToString::to_string);
        let who = name(&first.who);
        Some(Row {
            faces: group.iter().take(FACES).map(|one| Face::new(&one.who)).collect(),
            other: group.get(1).map(|one| name(&one.who)).unwrap_or_default(),
            channel,
            address: address.filter(|address| *address != who),
            who,
            is_unverified: group.iter().any(|one| one.who.standing == Standing::Unverified),
            is_new: told.read.is_some_and(|read| first.at > read),
            quotation: first.words.as_deref().and_then(quotation),
            when: When::new(first.at),
            url: url(first),
            request: Request::of(first),
            sentence,
        })
    }
}

impl Face {
    fn new(who: &Author) -> Self {
        let shown = who.address.as_ref().map(ToString::to_string).unwrap_or_default();
        let Monogram { hue, initial } = Monogram::new(&shown, &name(who));
        // A picture would vouch for a claim.
        let vouched = who.address.as_ref().filter(|_| who.standing != Standing::Unverified);
        Face { hue, initial, picture: vouched.map(urls::face) }
    }
}

impl Request {
    fn of(one: &Notification) -> Option<Self> {
        let What::Requested(channel) = &one.what else { return None };
        Some(Request { action: urls::requests(channel), who: one.who.address.as_ref()?.to_string() })
    }
}

fn name(who: &Author) -> String {
    let chosen = who.name.as_deref().and_then(markup::name);
    let address = || who.address.as_ref().map(ToString::to_string);
    chosen.or_else(address).unwrap_or_else(|| Text::new("notifications-somebody").to_string())
}

fn quotation(text: &str) -> Option<String> {
    markup::words(&Content { text: Some(text.to_owned()), ..Content::default() }, QUOTED)
}

/// The place where it happened.
fn url(one: &Notification) -> String {
    match &one.what {
        What::Replied { to, reply } => urls::reply_in_thread(to, reply),
        What::Mentioned { within: Some(head), post } => urls::reply_in_thread(head, post),
        What::Posted(post) | What::Mentioned { within: None, post } | What::Liked { post, .. } => urls::post(post),
        What::Followed(channel) => match &one.who.address {
            Some(who) => urls::author(who, channel),
            None => urls::followers(channel),
        },
        What::Requested(channel) => urls::followers(channel),
        What::Invited(channel) => urls::channel(channel),
    }
}
