//! An item becomes a post, in the shapes of both old servers and of the specification.

use jiff::Timestamp;
use minidom::Element;

use super::{loose, media, names};
use crate::atom::{self, EntryError, date};
use crate::channel::{Address, Author, ChannelId, Content, Link, Post, PostId, PostRef, Standing};
use crate::dialect::microblog::{read, uri};
use crate::dialect::{Problem, shortened};
use crate::xmpp::element::has_cut;

/// The longest claim and the longest place that are kept, in characters.
const MAX_WORDS: usize = 200;

/// COMPAT(buddycloud-server-java): the titles that it gives to entries without one.
const MADE_TITLES: [&str; 2] = ["Post", "Rating"];

/// What of an entry is read as Atom; the rest is read here.
const ATOM: [&str; 7] = ["title", "summary", "content", "published", "updated", "category", "link"];

/// Reads an item of a channel. `files` is the base URL of the media server, where there is one.
pub fn item(channel: &ChannelId, item: &Element, files: Option<&media::Endpoint>) -> Result<Post, Problem> {
    let named = item.attr("id").filter(|id| !id.trim().is_empty());
    let payload = item.children().find(|child| matches!(child.name(), "entry" | "deleted-entry"));
    let inner = || payload.and_then(|entry| loose::text(entry, "id"));
    let id = named.map(str::to_owned).or_else(inner).and_then(|id| names::post_id(&id));
    let Some(id) = id else { return Err(Problem::Broken { id: None }) };
    if has_cut(item) {
        return Err(Problem::TooLarge { id: Some(id) });
    }
    match payload {
        None => Err(Problem::NotAPost),
        Some(entry) if entry.name() == "deleted-entry" => Ok(stub(channel, id, entry)),
        Some(entry) => post(channel, id, item.attr("publisher"), entry, files),
    }
}

/// Reads an entry at its place.
pub fn post(
    channel: &ChannelId,
    id: PostId,
    publisher: Option<&str>,
    entry: &Element,
    files: Option<&media::Endpoint>,
) -> Result<Post, Problem> {
    let read = match atom::read(&as_atom(entry)) {
        Ok(read) => read,
        Err(EntryError::NotAnEntry) => return Err(Problem::NotAPost),
        Err(_) => return Err(Problem::Broken { id: Some(id) }),
    };
    let published = read.published.or(read.updated).unwrap_or(Timestamp::UNIX_EPOCH);
    let in_reply_to = in_reply_to(channel, entry).filter(|to| to.id != id);
    let rating = rating(entry).filter(|_| in_reply_to.is_some());
    let mut links: Vec<Link> = read.links.iter().filter(|link| is_shown(&link.rel)).map(link).collect();
    links.extend(files.into_iter().flat_map(|files| files.enclosures(entry)));
    links.truncate(atom::MAX_PARTS);
    Ok(Post {
        author: author(channel, publisher, entry),
        published,
        updated: read.updated.unwrap_or(published).max(published),
        replies: in_reply_to.is_none().then(|| channel.clone()),
        about: target(channel, entry).filter(|to| in_reply_to.is_some() && to.id != id),
        in_reply_to,
        rating,
        place: place(entry),
        links,
        content: if rating.is_some() { Content::default() } else { content(&read) },
        tags: read.categories,
        at: PostRef::new(channel.clone(), id),
        is_deleted: false,
    })
}

/// The place of a post that was taken away (RFC 6721).
fn stub(channel: &ChannelId, id: PostId, tombstone: &Element) -> Post {
    let when = |name| loose::text(tombstone, name).and_then(|text| date::read(&text));
    let removed = tombstone.attr("when").and_then(date::read);
    let published = when("published").or(when("updated")).or(removed).unwrap_or(Timestamp::UNIX_EPOCH);
    let in_reply_to = in_reply_to(channel, tombstone).filter(|to| to.id != id);
    Post {
        author: Author { address: None, name: None, standing: Standing::Unverified },
        content: Content::default(),
        published,
        updated: published,
        tags: Vec::new(),
        links: Vec::new(),
        replies: in_reply_to.is_none().then(|| channel.clone()),
        in_reply_to,
        about: None,
        rating: None,
        place: None,
        is_deleted: true,
        at: PostRef::new(channel.clone(), id),
    }
}

/// What there is of Atom in an entry, in the namespace where it belongs.
fn as_atom(entry: &Element) -> Element {
    let mut whole = Element::bare("entry", atom::NS);
    let is_there = |name: &str| entry.children().any(|child| child.is(name, atom::NS));
    for child in entry.children().filter(|child| ATOM.contains(&child.name())) {
        // One that is where it belongs outweighs those that are not.
        if child.has_ns(atom::NS) || !is_there(child.name()) {
            let part = whole.append_child(Element::bare(child.name(), atom::NS));
            for ((namespace, name), value) in child.attrs() {
                part.set_attr(namespace.clone(), name.clone(), value.clone());
            }
            for node in child.nodes() {
                part.append_node(node.clone());
            }
        }
    }
    whole
}

fn content(entry: &atom::Entry) -> Content {
    let content = read::content(entry);
    let is_made = |title: &String| MADE_TITLES.contains(&title.as_str());
    let has_body = entry.text.is_some() || entry.markup.is_some();
    Content {
        title: content.title.filter(|title| !is_made(title)),
        text: content.text.filter(|text| has_body || !is_made(text)),
        markup: content.markup,
    }
}

fn is_shown(rel: &str) -> bool {
    !matches!(rel, "self" | "replies" | "edit")
}

fn link(link: &atom::Link) -> Link {
    Link {
        rel: link.rel.clone(),
        href: link.href.clone(),
        media_type: link.media_type.clone(),
        title: link.title.clone(),
    }
}

/// Who wrote it. The service stamps the publisher, or as the old servers do writes the author's URI itself; two authors
/// or two URIs are nobody's word. COMPAT(buddycloud of 2010, channel directory): the address stands in `<author>` itself.
fn author(channel: &ChannelId, publisher: Option<&str>, entry: &Element) -> Author {
    let authors: Vec<&Element> = loose::children(entry, "author").take(2).collect();
    let claims = authors.first().map(|author| loose::children(author, "uri").take(2).map(Element::text).collect());
    let claims: Vec<String> = claims.unwrap_or_default();
    let name = authors.first().and_then(|author| loose::text(author, "name"));
    let alone = || authors.first().map(|author| author.text()).filter(|text| !text.trim().is_empty());
    let old = || loose::text(entry, "jid");
    let claim = claims.first().cloned().or_else(|| name.clone()).or_else(alone).or_else(old);
    let claimed = claim.as_deref().and_then(uri::address).filter(|address| address.node().is_some());
    let is_clear = authors.len() < 2 && claims.len() == 1;
    // A name that only repeats the address says nothing.
    let name = name.filter(|name| claimed.as_ref().is_none_or(|address| name != address.as_str()));
    let name = name.map(|name| shortened(&name, MAX_WORDS));
    let publisher = publisher.and_then(|jid| jid.parse::<jid::Jid>().ok()).map(|jid| jid.to_bare());
    match (publisher, claimed) {
        (Some(publisher), Some(claimed)) if publisher != claimed => {
            let claimed = shortened(claimed.as_str(), MAX_WORDS);
            Author { address: Some(publisher), name: None, standing: Standing::Contradicted { claimed } }
        }
        (Some(publisher), _) => Author { address: Some(publisher), name, standing: Standing::Verified },
        (None, Some(claimed)) if is_clear => Author { address: Some(claimed), name, standing: Standing::Verified },
        (None, claimed) => {
            tracing::debug!(channel.id = %channel, "a service does not say who wrote a post");
            Author { address: claimed, name, standing: Standing::Unverified }
        }
    }
}

/// What an entry answers (RFC 4685): by its local or global id, or by its URI. Never in another channel.
fn in_reply_to(channel: &ChannelId, entry: &Element) -> Option<PostRef> {
    let answer = loose::child(entry, "in-reply-to")?;
    let by_id = answer.attr("ref").and_then(names::post_id);
    let by_uri = || uri::post(answer.attr("href")?).map(|post| post.id);
    Some(PostRef::new(channel.clone(), by_id.or_else(by_uri)?))
}

fn target(channel: &ChannelId, entry: &Element) -> Option<PostRef> {
    let id = loose::text(loose::child(entry, "target")?, "id")?;
    Some(PostRef::new(channel.clone(), names::post_id(&id)?))
}

/// A rating of 1 to 5, written with or without decimals.
fn rating(entry: &Element) -> Option<u8> {
    let rating: f32 = loose::text(entry, "rating")?.parse().ok()?;
    (1..=5_u8).find(|whole| (rating - f32::from(*whole)).abs() < 0.5)
}

/// Where an entry was written (XEP-0080), in words.
pub fn place(entry: &Element) -> Option<String> {
    let place = loose::child(entry, "geoloc")?;
    let part = |name| loose::text(place, name);
    let in_parts = || {
        let parts: Vec<String> = ["area", "locality", "region", "country"].into_iter().filter_map(part).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    };
    let in_numbers = || Some(format!("{}, {}", part("lat")?, part("lon")?));
    let words = part("text").or_else(in_parts).or_else(in_numbers)?;
    Some(shortened(&words.split_whitespace().collect::<Vec<_>>().join(" "), MAX_WORDS))
}

/// An address as the old servers write it: with or without `acct:` or a resource.
pub fn address(text: &str) -> Option<Address> {
    uri::address(text)
}
