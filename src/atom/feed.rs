//! Feeds for readers on the web (RFC 4287), with what answers what (RFC 4685).
//!
//! An entry in a feed has one content only (RFC 4287 §4.1.3), so it is not written as for XMPP, where the text stands
//! beside the markup. Every name and value goes through the tree, which escapes it.

use jiff::Timestamp;
use minidom::Element;
use rxml::{Namespace, NcName};

use super::write::{generator, person, set, text_element, write_categories, written_link};
use super::{Entry, Link, NS, Person, THREAD, date, xhtml};

/// The media type of a feed.
pub const MEDIA_TYPE: &str = "application/atom+xml";

/// A feed that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its permanent name, an IRI.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// A few words about it.
    pub subtitle: Option<String>,
    /// Whose it is.
    pub author: Person,
    /// When something in it last changed.
    pub updated: Timestamp,
    /// Itself and its page.
    pub links: Vec<Link>,
    /// What is in it, in the order of the reader.
    pub items: Vec<Item>,
}

/// An entry in a feed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// What it says. Its `id` and `updated` must be there; `in_reply_to` is told by `answers`.
    pub entry: Entry,
    /// What it answers: its permanent name, and where to read it.
    pub answers: Option<(String, String)>,
    /// The feed of its replies, and how many there are where that is known.
    pub replies: Option<(String, Option<usize>)>,
}

/// Writes a whole document.
pub fn write(feed: &Feed) -> String {
    let items: String = feed.items.iter().map(entry).collect();
    [&begin(feed), items.as_str(), END].concat()
}

/// What ends a feed.
pub const END: &str = "</feed>\n";

/// What begins a feed, for those that are written piece by piece, so that nobody needs to hold all of it; its items are
/// not looked at.
pub fn begin(feed: &Feed) -> String {
    let mut element = Element::bare("feed", NS);
    element.append_child(text_element("id", &feed.id));
    element.append_child(text_element("title", &feed.title));
    if let Some(subtitle) = &feed.subtitle {
        element.append_child(text_element("subtitle", subtitle));
    }
    element.append_child(text_element("updated", &date::whole(feed.updated).to_string()));
    element.append_child(person(&feed.author));
    for link in &feed.links {
        element.append_child(written_link(link));
    }
    element.append_child(generator());
    let whole = String::from(&element);
    let head = whole.strip_suffix("</feed>").unwrap_or(&whole);
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{head}\n")
}

/// One item of a feed.
pub fn entry(item: &Item) -> String {
    String::from(&written(item)) + "\n"
}

fn written(item: &Item) -> Element {
    let Item { entry, answers, replies } = item;
    let mut element = Element::bare("entry", NS);
    element.append_child(text_element("id", entry.id.as_deref().unwrap_or_default()));
    element.append_child(text_element("title", entry.title.as_deref().unwrap_or_default()));
    for (name, time) in [("published", entry.published), ("updated", entry.updated)] {
        if let Some(time) = time {
            element.append_child(text_element(name, &date::whole(time).to_string()));
        }
    }
    for author in &entry.authors {
        element.append_child(person(author));
    }
    write_categories(&mut element, &entry.categories);
    if let Some((id, href)) = answers {
        let answer = element.append_child(Element::bare("in-reply-to", THREAD));
        set(answer, "ref", id);
        set(answer, "type", "text/html");
        set(answer, "href", href);
    }
    for link in &entry.links {
        element.append_child(written_link(link));
    }
    if let Some((href, count)) = replies {
        let link = Link { rel: "replies".to_owned(), href: href.clone(), ..Link::default() };
        let link = element.append_child(written_link(&Link { media_type: Some(MEDIA_TYPE.to_owned()), ..link }));
        if let Some(count) = count {
            let name = NcName::try_from("count").expect("the name is a literal of ours");
            link.set_attr(Namespace::from(THREAD), name, count.to_string());
        }
    }
    element.append_child(content(entry));
    element
}

/// The markup, or else the text: markup that is not well-formed is left out, for the text says the same.
fn content(entry: &Entry) -> Element {
    let mut content = match entry.markup.as_deref().and_then(xhtml::from_ours) {
        Some(div) => {
            let mut content = Element::bare("content", NS);
            set(&mut content, "type", "xhtml");
            content.append_child(div);
            return content;
        }
        None => text_element("content", entry.text.as_deref().unwrap_or_default()),
    };
    set(&mut content, "type", "text");
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: &str = "\"'><script>alert(1)</script>]]>&\u{0}\u{b}\u{fffe}</title>";

    fn hostile() -> Feed {
        let evil = || EVIL.to_owned();
        let link = || Link { rel: evil(), href: evil(), media_type: Some(evil()), title: Some(evil()) };
        let person = || Person { name: Some(evil()), uri: Some(evil()) };
        let entry = Entry {
            id: Some(evil()),
            title: Some(evil()),
            text: Some(evil()),
            markup: Some("<p>a &amp; b</p>".to_owned()),
            authors: vec![person()],
            published: Some(Timestamp::UNIX_EPOCH),
            updated: Some(Timestamp::UNIX_EPOCH),
            categories: vec![evil()],
            links: vec![link()],
            ..Entry::default()
        };
        let items = vec![
            Item { entry: entry.clone(), answers: Some((evil(), evil())), replies: Some((evil(), Some(3))) },
            Item { entry: Entry { markup: Some(EVIL.to_owned()), ..entry }, answers: None, replies: None },
        ];
        Feed {
            id: evil(),
            title: evil(),
            subtitle: Some(evil()),
            author: person(),
            updated: Timestamp::UNIX_EPOCH,
            links: vec![link()],
            items,
        }
    }

    #[test]
    fn whatever_is_in_it_stays_text() {
        let xml = write(&hostile());
        assert!(!xml.contains("<script") && !xml.contains('\u{0}'), "{xml}");
        let feed: Element = xml.parse().expect("well-formed");
        assert!(feed.is("feed", NS));
        let clean: String = EVIL.chars().filter(|c| !matches!(c, '\u{0}' | '\u{b}' | '\u{fffe}')).collect();
        for name in ["id", "title", "subtitle"] {
            assert_eq!(feed.get_child(name, NS).map(Element::text).as_ref(), Some(&clean), "{name}");
        }
        let entries: Vec<&Element> = feed.children().filter(|child| child.is("entry", NS)).collect();
        let contents = entries.iter().map(|entry| entry.children().filter(|child| child.name() == "content").count());
        assert_eq!(contents.collect::<Vec<_>>(), [1, 1], "one content each");
        let content = |entry: &Element| entry.get_child("content", NS).cloned().expect("a content");
        assert_eq!(content(entries[0]).attr("type"), Some("xhtml"));
        assert!(content(entries[0]).get_child("div", xhtml::NS).is_some());
        assert_eq!((content(entries[1]).attr("type"), content(entries[1]).text()), (Some("text"), clean));
    }

    #[test]
    fn replies_are_counted_and_answers_named() {
        let feed: Element = write(&hostile()).parse().expect("well-formed");
        let entry = feed.children().find(|child| child.is("entry", NS)).expect("an entry");
        let answer = entry.get_child("in-reply-to", THREAD).expect("it is a reply");
        assert!(answer.attr("ref").is_some() && answer.attr("href").is_some());
        let replies = entry.children().find(|child| child.attr("rel") == Some("replies")).expect("it has replies");
        let count = replies.attrs().iter().find(|((_, name), _)| name.as_str() == "count").expect("they are counted");
        assert_eq!((count.0.0.as_str(), count.1.as_str()), (THREAD, "3"));
    }

    #[test]
    fn an_entry_reads_back() {
        let feed: Element = write(&hostile()).parse().expect("well-formed");
        let entry = feed.children().find(|child| child.is("entry", NS)).expect("an entry");
        let read = crate::atom::read(entry).expect("an entry");
        assert_eq!(read.markup.as_deref(), Some("<p>a &amp; b</p>"));
        assert_eq!(read.published, Some(Timestamp::UNIX_EPOCH));
    }
}
