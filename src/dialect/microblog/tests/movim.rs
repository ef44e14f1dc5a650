//! The rules by which Movim drops, hides or refuses what others publish, applied to what we publish.

use minidom::Element;
use percent_encoding::percent_decode_str;

use crate::atom::{NS, date, xhtml};

const PUBSUB: &str = "http://jabber.org/protocol/pubsub";

/// Checks a publish request as Movim would read the item that comes of it. `publisher` is what the server stamps.
pub fn check(service: &str, publish: &Element, publisher: &str) {
    let xml = String::from(publish);
    assert!((6..=64).contains(&service.chars().count()), "length of the service: {service}");
    let publish = publish.get_child("publish", PUBSUB).expect("a publish");
    let node = publish.attr("node").expect("a node");
    assert!((2..=256).contains(&node.chars().count()), "length of the node: {node}");
    let item = publish.get_child("item", PUBSUB).expect("an item");
    let id = item.attr("id").expect("an id");
    assert!((6..=128).contains(&id.chars().count()) && !id.contains(char::is_whitespace), "id: {id}");
    let mut payload = item.children();
    let entry = payload.next().expect("a payload");
    assert!(payload.next().is_none(), "one payload");
    assert!(entry.is("entry", NS));
    check_names(&xml);
    check_entry(entry, publisher);
}

/// Its reader loses the colon of a prefixed name and with it the element.
fn check_names(xml: &str) {
    for tag in xml.split('<').skip(1) {
        let name: String =
            tag.trim_start_matches('/').chars().take_while(|c| !c.is_whitespace() && !"/>".contains(*c)).collect();
        assert!(!name.contains(':'), "<{name}> has a prefix");
    }
}

fn check_entry(entry: &Element, publisher: &str) {
    let only = |name: &str| {
        let mut found = entry.children().filter(|child| child.is(name, NS));
        let first = found.next().unwrap_or_else(|| panic!("no {name}"));
        assert!(found.next().is_none(), "two {name}");
        first.text()
    };
    assert!(!only("title").trim().is_empty());
    for name in ["published", "updated"] {
        assert!(date::read(&only(name)).is_some());
    }
    let author = entry.get_child("author", NS).expect("an author");
    assert!(!author.get_child("name", NS).expect("a name").text().is_empty());
    let uri = author.get_child("uri", NS).expect("a uri").text();
    assert_eq!(uri.replacen("xmpp:", "", 1), publisher.split('/').next().unwrap());
    let contents: Vec<&Element> = entry.children().filter(|child| child.is("content", NS)).collect();
    let kinds: Vec<&str> = contents.iter().map(|content| content.attr("type").unwrap_or("text")).collect();
    assert!(matches!(kinds.as_slice(), [] | ["text"] | ["text", "xhtml"]), "contents: {kinds:?}");
    if let [_, markup] = contents.as_slice() {
        let mut inside = markup.children();
        assert!(inside.next().expect("a div").is("div", xhtml::NS) && inside.next().is_none());
    }
    for link in entry.children().filter(|child| child.is("link", NS) && child.attr("rel") == Some("replies")) {
        check_replies(link);
    }
}

/// `substr(query, 36)` of the decoded query is the id of the post.
fn check_replies(link: &Element) {
    assert_eq!(link.attr("title"), Some("comments"));
    let href = link.attr("href").unwrap();
    let (_, query) = href.split_once('?').unwrap();
    assert!(href.starts_with("xmpp:"));
    assert_eq!(query.matches('/').count(), 0, "the slash is escaped: {href}");
    let query = percent_decode_str(query).decode_utf8().unwrap();
    assert!(query.starts_with(";node=urn:xmpp:microblog:0:comments/") && query.len() > 36, "{href}");
}
