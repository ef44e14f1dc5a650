//! An item becomes a post: what it says, and who stands behind it (XEP-0277, XEP-0472).

use jiff::Timestamp;

use super::{is_comments_node, uri};
use crate::atom::{self, Entry, EntryError};
use crate::channel::{Author, ChannelId, Content, Link, Post, PostId, PostRef, Standing};
use crate::dialect::{Problem, shortened};
use crate::xmpp::pubsub::Item;

/// The longest claim that is kept, in characters.
const MAX_CLAIM: usize = 200;
/// Movim publishes an item of this name to find out whether it may, and takes it away again.
const TEST_ITEM: &str = "test_post";

/// Reads an item of a channel.
pub fn item(channel: &ChannelId, item: &Item) -> Result<Post, Problem> {
    let Some(id) = item.id.as_deref() else { return Err(Problem::Broken { id: None }) };
    let id = PostId::new(id).map_err(|_| Problem::Broken { id: None })?;
    if item.is_cut {
        return Err(Problem::TooLarge { id: Some(id) });
    }
    if id.as_str() == TEST_ITEM {
        return Err(Problem::NotAPost);
    }
    let mut entries = item.payload.iter().filter(|element| element.is("entry", atom::NS));
    let entry = match (entries.next(), entries.next()) {
        (Some(entry), None) => entry,
        (None, _) => return Err(Problem::NotAPost),
        (Some(_), Some(_)) => return Err(Problem::Broken { id: Some(id) }),
    };
    match atom::read(entry) {
        Ok(entry) => Ok(post(channel, id, item.publisher.as_deref(), entry)),
        Err(EntryError::NotAnEntry) => Err(Problem::NotAPost),
        Err(_) => Err(Problem::Broken { id: Some(id) }),
    }
}

/// An entry at its place.
pub fn post(channel: &ChannelId, id: PostId, publisher: Option<&str>, entry: Entry) -> Post {
    // An entry without any date is not read at all, so that the last resort is never seen.
    let published = entry.published.or(entry.updated).unwrap_or(Timestamp::UNIX_EPOCH);
    Post {
        at: PostRef::new(channel.clone(), id),
        author: author(channel, publisher, &entry),
        published,
        updated: entry.updated.unwrap_or(published).max(published),
        replies: replies(&entry),
        in_reply_to: entry.in_reply_to.iter().find_map(|href| uri::post(href)),
        links: links(&entry),
        content: content(&entry),
        tags: entry.categories,
        about: None,
        rating: None,
        place: None,
        is_deleted: false,
    }
}

/// The channel for replies. Only nodes that are named as such are believed: an entry could otherwise lead its readers'
/// replies into any node they may write to. Two different ones are none.
fn replies(entry: &Entry) -> Option<ChannelId> {
    let links = entry.links.iter().filter(|link| link.rel == "replies");
    let mut nodes = links.filter_map(|link| uri::channel(&link.href)).filter(|id| is_comments_node(id.node.as_str()));
    let first = nodes.next()?;
    nodes.all(|other| other == first).then_some(first)
}

fn links(entry: &Entry) -> Vec<Link> {
    let links = entry.links.iter().filter(|link| link.rel != "replies");
    let link = |link: &atom::Link| Link {
        rel: link.rel.clone(),
        href: link.href.clone(),
        media_type: link.media_type.clone(),
        title: link.title.clone(),
    };
    links.map(link).collect()
}

/// The text. A title that stands alone is the text; one that only repeats how the text begins is no headline.
pub(in crate::dialect) fn content(entry: &Entry) -> Content {
    let has_content = entry.text.is_some() || entry.markup.is_some();
    if !has_content {
        return match (&entry.title, &entry.summary) {
            (title, Some(summary)) => {
                Content { title: title.as_deref().and_then(headline), text: Some(summary.clone()), markup: None }
            }
            (title, None) => Content { title: None, text: title.clone(), markup: None },
        };
    }
    let body = entry.text.as_deref().map(words_of_markdown).unwrap_or_default();
    let title = entry.title.as_deref().and_then(headline).filter(|title| {
        let start = words_of_markdown(title);
        !body.starts_with(start.trim_end_matches('…').trim_end())
    });
    Content { title, text: entry.text.clone(), markup: entry.markup.clone() }
}

fn headline(title: &str) -> Option<String> {
    let title = words(title);
    (!title.is_empty()).then(|| shortened(&title, atom::MAX_TITLE))
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a Markdown text says, on one line.
fn words_of_markdown(text: &str) -> String {
    words(&text.lines().map(super::headline::plain).collect::<Vec<_>>().join(" "))
}

/// Who wrote it (security: authority comes from the transport, never from the payload).
///
/// The server's `publisher` decides, and in a personal channel without one the owner. The entry's own claim is compared
/// with that, in canonical form. A repost says where it comes from (`via`) and then rightly names another author; who
/// published it stays its author here.
fn author(channel: &ChannelId, publisher: Option<&str>, entry: &Entry) -> Author {
    let publisher = publisher.and_then(|jid| jid.parse::<jid::Jid>().ok()).map(|jid| jid.to_bare());
    let known = publisher.or_else(|| channel.is_personal().then(|| channel.address.clone()));
    let claims =
        || entry.authors.iter().filter_map(|author| author.uri.as_deref()).filter(|uri| uri::names_account(uri));
    let name = match entry.authors.as_slice() {
        [author] => author.name.clone(),
        _ => None,
    };
    let Some(known) = known else {
        let mut addresses = claims().map(uri::address);
        let first = addresses.next().flatten();
        let address = first.filter(|first| addresses.all(|other| other.as_ref() == Some(first)));
        return Author { address, name, standing: Standing::Unverified };
    };
    match claims().find(|claim| uri::address(claim).as_ref() != Some(&known)) {
        None => Author { address: Some(known), name, standing: Standing::Verified },
        Some(_) if is_repost(entry) => Author { address: Some(known), name: None, standing: Standing::Verified },
        Some(claim) => {
            let standing = Standing::Contradicted { claimed: shortened(claim, MAX_CLAIM) };
            Author { address: Some(known), name: None, standing }
        }
    }
}

fn is_repost(entry: &Entry) -> bool {
    entry.links.iter().any(|link| link.rel == "via" && uri::post(&link.href).is_some())
}
