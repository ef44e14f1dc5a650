//! One's own posts as a file to keep: an Atom feed, read and written page by page.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use crate::atom::feed::{self, Feed, Item};
use crate::atom::{self, Person};
use crate::channel::{Address, ChannelId, Post};
use crate::language::Text;
use crate::session::{self, PageRequest, Posts, Session};
use crate::web::error::Error;
use crate::web::markup;
use crate::web::visit::SignedIn;

/// How many posts are asked for at once: as many as a session gives.
const PAGE: usize = 50;

/// How many pages are read: 50,000 posts. A server that never comes to an end is not followed for ever.
const PAGES: usize = 1000;

/// The feed of all own posts. What stops it on the way breaks the answer off, so that nobody takes half of it for all.
pub async fn download(SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let me = visit.viewer.clone().ok_or(Error::SignedOut)?;
    let own = visit.session.own_channel().await?;
    let begin = feed::begin(&Feed {
        id: own.uri(),
        title: Text::new("export-posts").with("person", me.to_string()).to_string(),
        subtitle: None,
        author: Person { name: Some(me.to_string()), uri: Some(format!("xmpp:{me}")) },
        updated: visit.state.now(),
        links: Vec::new(),
        items: Vec::new(),
    });
    let reader = Reader { session: visit.session.clone(), own, me, ended: visit.ended.clone() };
    let first = reader.read(None).await?;
    let pages = stream::try_unfold(Some((first, 1)), move |next| {
        let reader = reader.clone();
        async move {
            let Some((page, number)) = next else { return Ok(None) };
            let mut written: String =
                page.posts.iter().filter(|post| reader.is_own(post)).map(|post| write(post)).collect();
            let next = match page.older.filter(|_| number < PAGES) {
                Some(older) => Some((reader.read(Some(older)).await?, number + 1)),
                None => {
                    written.push_str(feed::END);
                    None
                }
            };
            Ok::<_, session::Error>(Some((Bytes::from(written), next)))
        }
    });
    let whole = stream::once(async { Ok(Bytes::from(begin)) }).chain(pages);
    let fields = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/atom+xml; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"posts.atom\"")),
    ];
    Ok((fields, Body::from_stream(whole)).into_response())
}

/// Who reads, and where.
#[derive(Clone)]
struct Reader {
    session: Session,
    own: ChannelId,
    me: Address,
    /// The file stops when its sign-in ends.
    ended: CancellationToken,
}

impl Reader {
    async fn read(&self, before: Option<String>) -> Result<Posts, session::Error> {
        if self.ended.is_cancelled() {
            return Err(session::Error::Ended);
        }
        let page = PageRequest { before, size: PAGE };
        Ok(self.session.channel(&self.own, page).await?.posts)
    }

    /// Others may write into a channel too.
    fn is_own(&self, post: &Post) -> bool {
        !post.is_deleted && post.author.address.as_ref().is_none_or(|author| *author == self.me)
    }
}

fn write(post: &Post) -> String {
    let author = atom::Person {
        name: post.author.name.clone(),
        uri: post.author.address.as_ref().map(|address| format!("xmpp:{address}")),
    };
    let link = |link: &crate::channel::Link| atom::Link {
        rel: link.rel.clone(),
        href: link.href.clone(),
        media_type: link.media_type.clone(),
        title: link.title.clone(),
    };
    let entry = atom::Entry {
        id: Some(post.at.uri()),
        title: post.content.title.clone().or_else(|| markup::words(&post.content, 100)),
        text: post.content.text.clone(),
        markup: Some(markup::published(&post.content, markup::MAX_BYTES).to_string()),
        authors: vec![author],
        published: Some(post.published),
        updated: Some(post.updated),
        categories: post.tags.clone(),
        links: post.links.iter().map(link).collect(),
        ..atom::Entry::default()
    };
    let answers = post.in_reply_to.as_ref().map(|to| (to.uri(), to.uri()));
    feed::entry(&Item { entry, answers, replies: None })
}
