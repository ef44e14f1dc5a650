//! The threads of a channel: what is talked about, that with the latest reply first.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;

use super::home::Before;
use super::{channel, closed};
use crate::language::Text;
use crate::session::PageRequest;
use crate::session::view::BriefThread;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{self, ChannelHead, Place};
use crate::web::html::{self, Frame};
use crate::web::markup::SafeHtml;
use crate::web::urls::{self, AtChannel};
use crate::web::visit::Visit;

/// How many replies are shown below each post.
const SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "pages/threads.html")]
pub(super) struct ThreadsPage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) threads: Vec<Thread>,
    pub(super) left_out: usize,
    pub(super) older_url: Option<String>,
    pub(super) is_first: bool,
}

/// A post and the latest replies to it.
pub(super) struct Thread {
    pub(super) card: SafeHtml,
    pub(super) replies: Vec<SafeHtml>,
    /// How many replies there are, if not all of them are shown.
    pub(super) count: Option<usize>,
}

impl Thread {
    pub(super) fn new(thread: &BriefThread) -> Self {
        let count = thread.replies.len();
        let latest = &thread.replies[count.saturating_sub(SHOWN)..];
        Thread {
            card: fragments::card(&thread.post, Place::Post),
            replies: latest.iter().map(|reply| fragments::card(reply, Place::Reply)).collect(),
            count: (count > SHOWN).then_some(count),
        }
    }
}

/// One page of them.
pub async fn show(
    AtChannel(id): AtChannel,
    before: Result<Query<Before>, QueryRejection>,
    visit: Visit,
) -> Result<Response, Error> {
    if !id.is_buddycloud() {
        return Ok(html::see_other(&urls::channel(&id)));
    }
    let Query(before) = before.unwrap_or_default();
    let request = before.request(&visit);
    let is_first = request.before.is_none();
    let head = visit.session.channel(&id, PageRequest { before: None, size: 1 });
    let (view, threads) = tokio::join!(head, visit.session.threads(&id, request));
    let (view, threads) = match view.and_then(|view| Ok((view, threads?))) {
        Ok(read) => read,
        Err(error) => return closed::page(&visit, &id, error).await,
    };
    let channel = channel::head(&visit, &view);
    let page = ThreadsPage {
        frame: Frame::new(&visit, Text::new("threads-page").with("channel", &channel.title))
            .beside(&visit, &visit.session)
            .await,
        channel,
        threads: threads.threads.iter().map(Thread::new).collect(),
        left_out: threads.left_out,
        older_url: threads.older.as_deref().map(|token| urls::threads_before(&id, token)),
        is_first,
    };
    Ok(html::page(StatusCode::OK, &page))
}
