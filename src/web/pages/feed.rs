//! The feeds of a channel and of a thread, for readers on the web: what the guest may read, whoever asks.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;

use super::{only_open, posts};
use crate::atom::feed::{self, Feed, Item};
use crate::atom::{Entry, Link, Person};
use crate::channel::{ChannelId, Post, PostRef};
use crate::session::PageRequest;
use crate::web::error::Error;
use crate::web::fragments::{ChannelHead, Credit, outside, shown};
use crate::web::html;
use crate::web::markup::{self, MAX_BYTES};
use crate::web::published;
use crate::web::security::Foreign;
use crate::web::state::State;
use crate::web::urls::{self, AtChannel, AtPost};
use crate::web::visit::AsGuest;

/// What a feed is sent as.
const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

/// How many replies a thread's feed has at most, the latest.
const REPLIES: usize = 100;

/// The newest posts of a channel.
pub async fn channel(AtChannel(id): AtChannel, guest: AsGuest, asked: HeaderMap) -> Result<Response, Error> {
    let view = match guest.session.channel(&id, PageRequest::default()).await {
        Ok(view) => view,
        // As on its page, somebody may have a channel at a channel service only.
        Err(error) => {
            let beside = guest.session.beside(&id).await.ok_or(error)?;
            return Ok(html::see_other(&urls::feed(&beside)));
        }
    };
    only_open(&view.about)?;
    let names = Names { state: &guest.state, channel: &id, service: view.service };
    let head = ChannelHead::new(&view.about);
    let posts = view.posts.posts.iter().filter(|post| !post.is_deleted && !post.is_like());
    let items: Vec<Item> = posts.map(|post| names.item(post, urls::post(&post.at))).collect();
    let feed = Feed {
        id: id.held_by(&names.service).uri(),
        title: head.title,
        subtitle: head.description,
        author: names.channel(),
        updated: latest(&items).or(view.about.created).unwrap_or_default(),
        links: vec![
            names.link("self", feed::MEDIA_TYPE, &urls::feed(&id)),
            names.link("alternate", "text/html", &head.url),
        ],
        items,
    };
    Ok(answer(&feed, &asked))
}

/// A post and the latest replies to it.
pub async fn thread(AtPost(at): AtPost, guest: AsGuest, asked: HeaderMap) -> Result<Response, Error> {
    let thread = guest.session.thread(&at).await?;
    only_open(&thread.about)?;
    let title = posts::title(&thread);
    let names = Names { state: &guest.state, channel: &at.channel, service: thread.service };
    let mut items = Vec::new();
    if !thread.post.is_deleted {
        let mut item = names.item(&thread.post, urls::post(&at));
        if let Some((_, count)) = &mut item.replies {
            *count = (!thread.has_hidden_replies).then_some(thread.replies.len());
        }
        items.push(item);
    }
    let replies = thread.replies.iter().rev().filter(|reply| !reply.is_deleted).take(REPLIES);
    items.extend(replies.map(|reply| {
        let to = reply.in_reply_to.as_ref().unwrap_or(&at);
        Item { answers: Some(names.answer(to)), ..names.item(reply, urls::reply_in_thread(&at, &reply.at)) }
    }));
    let own = urls::thread_feed(&at);
    let feed = Feed {
        id: urls::absolute(names.public_url(), &own),
        title,
        subtitle: None,
        author: names.channel(),
        updated: latest(&items).unwrap_or(thread.post.updated),
        links: vec![names.link("self", feed::MEDIA_TYPE, &own), names.link("alternate", "text/html", &urls::post(&at))],
        items,
    };
    Ok(answer(&feed, &asked))
}

/// Posts with a tag, of whatever channels.
pub(super) async fn of_tag(
    guest: &AsGuest,
    tag: &str,
    posts: &[Arc<Post>],
    asked: &HeaderMap,
) -> Result<Response, Error> {
    let mut items = Vec::new();
    for post in posts {
        let service = guest.session.held(&post.at).await?.channel.address;
        let names = Names { state: &guest.state, channel: &post.at.channel, service };
        items.push(names.item(post, urls::post(&post.at)));
    }
    let public_url = &guest.state.config.web.public_url;
    let [own, page] = [urls::tag_feed(tag), urls::tag(tag)].map(|path| urls::absolute(public_url, &path));
    let link = |rel: &str, media_type: &str, href: &String| Link {
        rel: rel.to_owned(),
        href: href.clone(),
        media_type: Some(media_type.to_owned()),
        title: None,
    };
    let feed = Feed {
        id: own.clone(),
        title: format!("#{tag}"),
        subtitle: None,
        author: Person { name: Some("Cirrus".to_owned()), uri: Some(urls::absolute(public_url, urls::HOME)) },
        updated: latest(&items).unwrap_or_default(),
        links: vec![link("self", feed::MEDIA_TYPE, &own), link("alternate", "text/html", &page)],
        items,
    };
    Ok(answer(&feed, asked))
}

/// When something in it last changed.
fn latest(items: &[Item]) -> Option<jiff::Timestamp> {
    items.iter().filter_map(|item| item.entry.updated).max()
}

/// The feed as an answer. Strangers wrote what is in it, and a browser that opens it must run nothing of that.
fn answer(feed: &Feed, asked: &HeaderMap) -> Response {
    let mut response = published::answer(MEDIA_TYPE, feed::write(feed), asked);
    response.extensions_mut().insert(Foreign);
    response
}

/// How things are named outside of this gateway.
struct Names<'a> {
    state: &'a State,
    channel: &'a ChannelId,
    /// Who holds the channel.
    service: crate::channel::Address,
}

impl Names<'_> {
    fn public_url(&self) -> &str {
        &self.state.config.web.public_url
    }

    fn link(&self, rel: &str, media_type: &str, path: &str) -> Link {
        Link {
            rel: rel.to_owned(),
            href: urls::absolute(self.public_url(), path),
            media_type: Some(media_type.to_owned()),
            title: None,
        }
    }

    /// Whose the channel is, in the words of a feed.
    fn channel(&self) -> Person {
        let uri = urls::absolute(self.public_url(), &urls::channel(self.channel));
        Person { name: Some(shown(self.channel)), uri: Some(uri) }
    }

    /// The permanent name of a post: the same on every gateway.
    fn post(&self, at: &PostRef) -> String {
        if at.channel == *self.channel { at.held_by(&self.service).uri() } else { at.uri() }
    }

    fn answer(&self, to: &PostRef) -> (String, String) {
        (self.post(to), urls::absolute(self.public_url(), &urls::post(to)))
    }

    fn item(&self, post: &Post, page: String) -> Item {
        let post = &*outside(post);
        let credit = Credit::new(post);
        let title = post.content.title.as_deref().and_then(|title| markup::line(title, 100));
        let title = title.or_else(|| markup::words(&post.content, 100));
        let mut links = vec![self.link("alternate", "text/html", &page)];
        links.extend(post.links.iter().filter_map(beside));
        let entry = Entry {
            id: Some(self.post(&post.at)),
            title: Some(title.unwrap_or_else(|| "Post".to_owned())),
            text: post.content.text.clone().or_else(|| post.content.title.clone()),
            markup: Some(markup::published(&post.content, MAX_BYTES).to_string()),
            authors: vec![Person {
                uri: credit.page.map(|page| urls::absolute(self.public_url(), &page)),
                name: Some(credit.name),
            }],
            published: Some(post.published),
            updated: Some(post.updated),
            categories: post.tags.iter().filter_map(|tag| markup::line(tag, 100)).collect(),
            links,
            ..Entry::default()
        };
        let replies = post.replies.as_ref();
        Item {
            entry,
            answers: post.in_reply_to.as_ref().map(|to| self.answer(to)),
            replies: replies.map(|_| (urls::absolute(self.public_url(), &urls::thread_feed(&post.at)), None)),
        }
    }
}

/// A link that came beside the text, if it may be followed.
fn beside(link: &crate::channel::Link) -> Option<Link> {
    if !matches!(link.rel.as_str(), "enclosure" | "related" | "via") {
        return None;
    }
    let target = markup::read_link(&link.href).filter(|target| !target.is_ours)?;
    Some(Link {
        rel: link.rel.clone(),
        href: target.original,
        media_type: link.media_type.as_deref().filter(|kind| is_media_type(kind)).map(str::to_owned),
        title: link.title.as_deref().and_then(markup::name),
    })
}

/// Whether a stranger's word has the form of a media type (RFC 4287 §4.2.7.3).
fn is_media_type(kind: &str) -> bool {
    let is_token =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "+-._".contains(c));
    kind.len() <= 100 && kind.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
}
