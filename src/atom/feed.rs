//! An Atom feed (RFC 4287) written piece by piece, so that nobody needs to hold all of it.

use jiff::Timestamp;
use minidom::Element;
use rxml::{Namespace, xml_ncname};

use super::write::{set, text_element, write};
use super::{Entry, NS, date};

/// What ends a feed.
pub const END: &str = "</feed>\n";

/// What begins a feed of one author. Addresses within it are read against `base`.
pub fn begin(id: &str, title: &str, author: &str, base: &str, updated: Timestamp) -> String {
    let mut feed = Element::bare("feed", NS);
    feed.set_attr(Namespace::XML, xml_ncname!("base").to_owned(), base);
    feed.append_child(text_element("id", id));
    feed.append_child(text_element("title", title));
    feed.append_child(text_element("updated", &date::whole(updated).to_string()));
    let person = feed.append_child(Element::bare("author", NS));
    person.append_child(text_element("name", author));
    let mut written = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", String::from(&feed));
    written.truncate(written.len() - "</feed>".len());
    written.push('\n');
    written
}

/// An entry of a feed. Feeds have one content (§4.1.2), so the text goes into the summary and `html`, which must be
/// harmless, into the content.
pub fn entry(entry: &Entry, html: &str) -> String {
    let mut element = write(&Entry { text: None, markup: None, ..entry.clone() });
    // In a feed only the feed itself says what made it (§4.1.2).
    element.remove_child("generator", NS);
    if let Some(text) = &entry.text {
        set(element.append_child(text_element("summary", text)), "type", "text");
    }
    set(element.append_child(text_element("content", html)), "type", "html");
    String::from(&element) + "\n"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_feed_is_whole() {
        let evil = "</title></feed><script>\u{0}&";
        let one = Entry {
            id: Some("xmpp:a@b.c?;node=n;item=1".to_owned()),
            title: Some(evil.to_owned()),
            text: Some(evil.to_owned()),
            markup: Some("<p>left out</p>".to_owned()),
            updated: Some(Timestamp::UNIX_EPOCH),
            ..Entry::default()
        };
        let written =
            [&begin("xmpp:a@b.c", evil, evil, "https://d.e", Timestamp::UNIX_EPOCH), &entry(&one, "<p>&amp;</p>"), END]
                .concat();
        assert!(!written.contains("<script>"), "{written}");
        let feed: Element = written.split_once('\n').unwrap().1.parse().unwrap();
        assert!(feed.is("feed", NS));
        assert!(written.contains("xml:base='https://d.e'"), "{written}");
        let read = feed.get_child("entry", NS).unwrap();
        let contents: Vec<_> = read.children().filter(|child| child.is("content", NS)).collect();
        assert_eq!(contents.len(), 1);
        assert_eq!((contents[0].attr("type"), contents[0].text()), (Some("html"), "<p>&amp;</p>".to_owned()));
        assert_eq!(read.get_child("summary", NS).unwrap().text(), evil.replace('\u{0}', ""));
    }
}
