//! A draft becomes an entry that Movim and Libervia show completely (XEP-0277 §3).

use jiff::Timestamp;
use minidom::{Element, Node};

use super::{headline, uri};
use crate::atom::{self, Entry, Link, MAX_PARTS, MAX_URI, Person, Revision, date, xhtml};
use crate::channel::{Address, ChannelId, Draft, PostRef, SENSITIVE, Share};
use crate::xmpp::element::clean;

/// The longest text that is published as a title alone, in characters.
const MAX_SHORT: usize = 120;

/// The entry of a new post.
pub fn post(
    at: &PostRef,
    me: &Address,
    draft: &Draft,
    replies: Option<&ChannelId>,
    page: Option<&str>,
    now: Timestamp,
) -> Element {
    let body = body_of_post(draft);
    let mut links = vec![link("alternate", at.uri())];
    if let Some(page) = page.filter(|page| page.len() <= MAX_URI) {
        let media_type = Some("text/html".to_owned());
        links.push(Link { media_type, title: Some(body.title.clone()), ..link("alternate", page.to_owned()) });
    }
    if let Some(replies) = replies {
        // COMPAT(Movim, Libervia): only this title and this form of the URI are recognised.
        links.push(Link { title: Some("comments".to_owned()), ..link("replies", replies.uri()) });
    }
    links.extend(files(draft));
    let shared = draft.shares.as_ref();
    // COMPAT(Movim): it shows what a post answers as a quotation, and knows nothing of `via`.
    let quoted = shared.filter(|shared| !shared.is_repeat);
    links.extend(
        shared.map(|shared| Link { title: shared.beginning.as_deref().map(clean), ..link("via", shared.at.uri()) }),
    );
    let in_reply_to = quoted.map(|shared| uri::plain(&shared.at)).into_iter().collect();
    let entry = self::entry(at, me, body, now);
    // Who wrote the words of a post that is published again (XEP-0472 §4.4).
    let authors =
        shared.filter(|shared| shared.is_repeat).and_then(original).map_or(entry.authors, |author| vec![author]);
    atom::write(&Entry { links, categories: tags(draft), in_reply_to, authors, ..entry })
}

fn original(shared: &Share) -> Option<Person> {
    let author = shared.author.as_ref()?;
    Some(Person {
        name: shared.name.as_deref().map(clean).or_else(|| self::author(author).name),
        ..self::author(author)
    })
}

/// The entry of a reply.
///
/// COMPAT(Movim): it shows nothing but the title of a reply, so the title has all of it.
pub fn reply(at: &PostRef, me: &Address, draft: &Draft, now: Timestamp) -> Element {
    let links = files(draft).collect();
    atom::write(&Entry { links, categories: tags(draft), ..entry(at, me, body(draft, headline::of_reply), now) })
}

/// What an edit changes. A headline that is more than the beginning of the text stays.
pub fn revision(draft: &Draft, is_reply: bool, title: Option<&str>, updated: Timestamp) -> Revision {
    let body = match title {
        _ if draft.warning.is_some() => body_of_post(draft),
        Some(title) => Body { title: title.to_owned(), ..whole(draft, headline::of_post) },
        None if is_reply => body(draft, headline::of_reply),
        None => body(draft, headline::of_post),
    };
    let Body { title, text, markup, summary } = body;
    Revision { title, text, markup, summary, categories: tags(draft), updated }
}

struct Body {
    title: String,
    text: Option<String>,
    markup: Option<String>,
    summary: Option<String>,
}

/// What readers are warned of is the headline, for all show that; the text is never the headline then. Movim shows the
/// summary too, above what it hides.
fn body_of_post(draft: &Draft) -> Body {
    let Some(warning) = draft.warning.as_deref().map(clean) else { return body(draft, headline::of_post) };
    let text = Some(text_of(draft)).filter(|text| !text.is_empty()).unwrap_or_else(|| "📎".to_owned());
    Body { title: warning.clone(), text: Some(text), markup: Some(draft.xhtml.clone()), summary: Some(warning) }
}

/// A short line without any markup is a title alone: both readers then show it as a short post, once.
fn body(draft: &Draft, headline: fn(&str) -> String) -> Body {
    let text = text_of(draft);
    if let Some(file) = draft.files.first().filter(|_| text.is_empty()) {
        // COMPAT(Movim): what has no title is not shown.
        let title = file.title.as_deref().map(clean).filter(|title| !title.trim().is_empty());
        return Body { title: title.unwrap_or_else(|| "📎".to_owned()), text: None, markup: None, summary: None };
    }
    let is_short = !text.is_empty() && !text.contains('\n') && text.chars().count() <= MAX_SHORT;
    if is_short && says_the_same(&draft.xhtml, &text) {
        return Body { title: text, text: None, markup: None, summary: None };
    }
    whole(draft, headline)
}

fn whole(draft: &Draft, headline: fn(&str) -> String) -> Body {
    let text = text_of(draft);
    Body { title: headline(&text), text: Some(text), markup: Some(draft.xhtml.clone()), summary: None }
}

fn text_of(draft: &Draft) -> String {
    clean(&draft.text).trim().to_owned()
}

/// Whether the markup is nothing but the text in one paragraph.
fn says_the_same(markup: &str, text: &str) -> bool {
    let Some(div) = xhtml::from_ours(markup.trim()) else { return false };
    let mut nodes = div.nodes();
    match (nodes.next(), nodes.next()) {
        (Some(Node::Element(paragraph)), None) => {
            paragraph.name() == "p" && paragraph.children().next().is_none() && paragraph.text().trim() == text
        }
        _ => false,
    }
}

fn entry(at: &PostRef, me: &Address, body: Body, now: Timestamp) -> Entry {
    let now = date::whole(now);
    Entry {
        id: Some(at.uri()),
        title: Some(body.title),
        summary: body.summary,
        text: body.text,
        markup: body.markup,
        authors: vec![author(me)],
        published: Some(now),
        updated: Some(now),
        ..Entry::default()
    }
}

fn author(me: &Address) -> Person {
    let name = me.node().map_or(me.domain().as_str(), |node| node.as_str());
    Person { name: Some(name.to_owned()), uri: Some(format!("xmpp:{me}")) }
}

fn tags(draft: &Draft) -> Vec<String> {
    let mut tags: Vec<String> = draft.warning.iter().map(|_| SENSITIVE.to_owned()).collect();
    for tag in &draft.tags {
        let tag = clean(tag.trim()).to_lowercase();
        if !tag.is_empty() && !tags.contains(&tag) && tags.len() < MAX_PARTS {
            tags.push(tag);
        }
    }
    tags
}

/// What goes with the text; Movim shows the pictures among it.
fn files(draft: &Draft) -> impl Iterator<Item = Link> + '_ {
    draft.files.iter().filter(|file| file.href.len() <= MAX_URI).take(MAX_PARTS).map(|file| Link {
        media_type: file.media_type.clone(),
        title: file.title.as_deref().map(clean),
        ..link("enclosure", file.href.clone())
    })
}

fn link(rel: &str, href: String) -> Link {
    Link { rel: rel.to_owned(), href, media_type: None, title: None }
}
