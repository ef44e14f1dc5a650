//! A channel page that stays open and needs no script: oldest post first, new ones appended as they arrive.

use askama::Template;
use axum::response::Response;

use super::channel;
use crate::channel::Address;
use crate::language::Text;
use crate::session::{Connection, Event, PageRequest, Scope};
use crate::web::error::Error;
use crate::web::filters;
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
    pub(super) liveness: Text,
    pub(super) live_url: String,
}

#[derive(Template)]
#[template(path = "fragments/line.html")]
struct Line<'a> {
    before: Text,
    url: &'a str,
    words: Text,
}

/// Opens it.
pub async fn show(AtChannel(id): AtChannel, visit: Visit) -> Result<Response, Error> {
    let view = visit.session.channel(&id, PageRequest::default()).await?;
    let page = LivePage {
        frame: Frame::new(&visit, Text::new("live-page").with("channel", crate::web::fragments::shown(&view.about.id))),
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
        move |ending| foot.replace(END, &end(ending).to_string()),
        news,
    )
    .await
}

/// Why the page stops here.
fn end(ending: Ending) -> Text {
    match ending {
        Ending::SignedOut => Text::new("live-signed-out"),
        Ending::Stopping => Text::new("live-stopping"),
        Ending::Long => Text::new("live-long"),
        Ending::Behind => Text::new("live-behind"),
    }
}

/// What is appended for one event; an edit or a deletion cannot change what was sent, so it becomes a line.
fn news(event: &Event, viewer: Option<&Address>, path: &str) -> Option<String> {
    match event {
        Event::Posted(post) if post.is_like() => None,
        Event::Posted(post) => Some(entry(post, Place::Post, viewer).to_string()),
        Event::Replied { .. } | Event::Liked { .. } | Event::Notified(_) => None,
        Event::Edited(post) => line(Text::new("live-edited"), &urls::post(&post.at), Text::new("live-read-edited")),
        Event::Removed(at) => {
            line(Text::new("card-gone"), &format!("#{}", urls::card_id(at)), Text::new("live-stood-here"))
        }
        Event::BlocksChanged => line(Text::new("blocking-changed"), path, Text::new("blocking-reload")),
        Event::Resync => line(Text::new("live-missing"), path, Text::new("live-load-again")),
        Event::Connection(Connection::Lost) => line(Text::new("live-lost"), path, Text::new("live-load-again")),
        Event::Connection(Connection::Up) => line(Text::new("live-back-again"), path, Text::new("live-load-again")),
        Event::Connection(Connection::Refused) => {
            line(Text::new("connection-refused"), urls::SIGN_IN, Text::new("connection-sign-in"))
        }
    }
}

fn line(before: Text, url: &str, words: Text) -> Option<String> {
    Line { before, url, words }.render().ok()
}
