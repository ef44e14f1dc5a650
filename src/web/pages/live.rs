//! A channel page that stays open and needs no script: oldest post first, new ones appended as they arrive.

use askama::Template;
use axum::response::Response;

use super::channel;
use crate::channel::Address;
use crate::language::Text;
use crate::session::{Connection, Event, PageRequest, Scope};
use crate::web::error::Error;
use crate::web::fragments::{ChannelHead, Place, entry};
use crate::web::html::Frame;
use crate::web::live::{self, Ending};
use crate::web::urls::{self, AtChannel};
use crate::web::visit::Visit;

/// What stands in the template where the stream goes.
const MARK: &str = "<!--stream-->";

/// What stands in the template where the end is explained.
const END: &str = "<!--end-->";

#[derive(Template)]
#[template(path = "pages/live.html")]
pub(super) struct LivePage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) liveness: &'static str,
    pub(super) live_url: String,
}

#[derive(Template)]
#[template(path = "fragments/line.html")]
struct Line<'a> {
    before: &'a str,
    url: &'a str,
    words: &'a str,
}

/// Opens it.
pub async fn show(AtChannel(id): AtChannel, visit: Visit) -> Result<Response, Error> {
    let view = visit.session.channel(&id, PageRequest::default()).await?;
    let page = LivePage {
        frame: Frame::new(&visit, format!("{} live", crate::web::fragments::shown(&view.about.id))),
        channel: channel::head(&visit, &view),
        liveness: channel::liveness(view.liveness),
        live_url: urls::live(&id),
    };
    let whole = page.render().map_err(|_| Error::Internal)?;
    let (head, foot) = whole.split_once(MARK).ok_or(Error::Internal)?;
    let (mut head, foot) = (head.to_owned(), foot.to_owned());
    for post in view.posts.posts.iter().rev() {
        head.push_str(entry(post, Place::Post, visit.viewer.as_ref()).as_str());
    }
    let (viewer, path) = (visit.viewer.clone(), visit.path.clone());
    let news = move |event: &Event| news(event, viewer.as_ref(), &path);
    live::page(
        &visit,
        Scope::Channel(id),
        Some(view.posts.seen),
        head,
        move |ending| foot.replace(END, end(ending)),
        news,
    )
    .await
}

/// Why the page stops here.
fn end(ending: Ending) -> &'static str {
    match ending {
        Ending::SignedOut => "You have signed out, so this page stops here.",
        Ending::Stopping => "The gateway was stopped, so this page stops here. It is back in a moment, most likely.",
        Ending::Long => "This page has been open for long and stops here.",
        Ending::Behind => "This page has lost touch and stops here.",
    }
}

/// What is appended for one event; an edit or a deletion cannot change what was sent, so it becomes a line.
fn news(event: &Event, viewer: Option<&Address>, path: &str) -> Option<String> {
    match event {
        Event::Posted(post) if post.is_like() => None,
        Event::Posted(post) => Some(entry(post, Place::Post, viewer).to_string()),
        Event::Replied { .. } | Event::Liked { .. } => None,
        Event::Edited(post) => line("A post was edited.", &urls::post(&post.at), "Read it as it is now"),
        Event::Removed(at) => line("A post was taken away.", &format!("#{}", urls::card_id(at)), "It stood here"),
        Event::Resync => line("Something may be missing here.", path, "Load this page again"),
        Event::BlocksChanged => {
            let (before, words) = (Text::new("blocking-changed").to_string(), Text::new("blocking-reload").to_string());
            line(&before, path, &words)
        }
        Event::Connection(Connection::Lost) => {
            line("The connection to the server is lost. Trying again.", path, "Load this page again")
        }
        Event::Connection(Connection::Up) => {
            line("The connection to the server is back.", path, "Load this page again")
        }
        Event::Connection(Connection::Refused) => {
            line("Your server no longer accepts the saved password.", urls::SIGN_IN, "Sign in again")
        }
    }
}

fn line(before: &str, url: &str, words: &str) -> Option<String> {
    Line { before, url, words }.render().ok()
}
