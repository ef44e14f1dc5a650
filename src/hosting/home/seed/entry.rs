//! Posts and replies as social clients write them: Atom entries of XEP-0277 and XEP-0472.

use jiff::Timestamp;

use crate::hosting::stanza::{attribute, text_element};

/// Where a post stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The service: an account's address or a domain.
    pub service: String,
    /// The node.
    pub node: String,
}

/// Something to be written as an entry.
pub struct Entry<'a> {
    /// Where it will stand.
    pub place: &'a Place,
    /// Its item id.
    pub id: &'a str,
    /// The author's bare address.
    pub author: &'a str,
    /// The author's name.
    pub name: &'a str,
    /// The title of a longer text, or nothing.
    pub title: Option<&'a str>,
    /// Markdown; of an entry without a title, one line.
    pub text: &'a str,
    /// When.
    pub at: Timestamp,
    /// The service that holds the comments; replies have none.
    pub comments: Option<&'a str>,
}

/// The node of the comments to a post.
pub fn comments_node(id: &str) -> String {
    format!("urn:xmpp:microblog:0:comments/{id}")
}

impl Entry<'_> {
    /// The `entry` element.
    pub fn write(&self) -> String {
        let mut out = String::from("<entry xmlns='http://www.w3.org/2005/Atom' xml:lang='en'>");
        let uri = format!("xmpp:{}?;node={};item={}", self.place.service, encode(&self.place.node), self.id);
        text_element("id", &uri, &mut out);
        out.push_str("<title type='text'>");
        crate::xml::writer::escape_text(self.title.unwrap_or(self.text), &mut out);
        out.push_str("</title>");
        if self.title.is_some() {
            out.push_str("<content type='text'>");
            crate::xml::writer::escape_text(self.text, &mut out);
            out.push_str("</content><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>");
            // Our own texts hold no HTML, so what comes out of Markdown is well-formed.
            pulldown_cmark::html::push_html(&mut out, pulldown_cmark::Parser::new(self.text));
            out.push_str("</div></content>");
        }
        out.push_str("<author>");
        text_element("name", self.name, &mut out);
        text_element("uri", &format!("xmpp:{}", self.author), &mut out);
        out.push_str("</author>");
        let at = format!("{:.0}", self.at);
        text_element("published", &at, &mut out);
        text_element("updated", &at, &mut out);
        for tag in tags(self.text) {
            out.push_str("<category");
            attribute("term", &tag, &mut out);
            out.push_str("/>");
        }
        if let Some(comments) = self.comments {
            out.push_str("<link rel='alternate'");
            attribute("href", &uri, &mut out);
            out.push_str("/><link rel='replies' title='comments'");
            let node = encode(&comments_node(self.id));
            attribute("href", &format!("xmpp:{comments}?;node={node}"), &mut out);
            out.push_str("/>");
        }
        out.push_str("</entry>");
        out
    }
}

/// The words of a text that begin with `#`, in lower case, each once.
pub fn tags(text: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for word in text.split_whitespace().filter_map(|word| word.strip_prefix('#')) {
        let tag: String = word.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let tag = tag.to_lowercase();
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// An item id that can be read: what the title says, and something that makes it the only one.
pub fn item_id(text: &str, unique: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= 40 {
            break;
        }
    }
    format!("{}-{unique}", slug.trim_end_matches('-'))
}

/// Percent-encodes what an XMPP URI query cannot hold (RFC 5122 §2.2).
fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, UNRESERVED).to_string()
}

const UNRESERVED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use minidom::Element;

    use super::*;

    #[test]
    fn an_entry_looks_as_social_clients_expect() {
        let place = Place { service: "mira@demo.test".into(), node: "urn:xmpp:microblog:0".into() };
        let text = "One *two* <three>.\n\nAnd #Soil, #soil & #a-b.";
        let entry = Entry {
            place: &place,
            id: "clay-x1",
            author: "mira@demo.test",
            name: "Mira",
            title: Some("Clay & more"),
            text: "One *two* & three.\n\nAnd #Soil, #soil.",
            at: "2026-11-23T16:00:00.5Z".parse().unwrap(),
            comments: Some("comments.demo.test"),
        };
        let atom = "http://www.w3.org/2005/Atom";
        let xml: Element = entry.write().parse().unwrap();
        let text_of = |name: &str| xml.get_child(name, atom).unwrap().text();
        assert_eq!(text_of("title"), "Clay & more");
        assert_eq!(text_of("id"), "xmpp:mira@demo.test?;node=urn%3Axmpp%3Amicroblog%3A0;item=clay-x1");
        assert_eq!(
            (text_of("published"), text_of("updated")),
            ("2026-11-23T16:00:00Z".into(), "2026-11-23T16:00:00Z".into())
        );
        assert_eq!(
            xml.get_child("author", atom).unwrap().get_child("uri", atom).unwrap().text(),
            "xmpp:mira@demo.test"
        );
        let replies = xml.children().find(|child| child.attr("rel") == Some("replies")).unwrap();
        assert_eq!(replies.attr("title"), Some("comments"));
        assert_eq!(
            replies.attr("href"),
            Some("xmpp:comments.demo.test?;node=urn%3Axmpp%3Amicroblog%3A0%3Acomments%2Fclay-x1")
        );
        let xhtml = xml.children().find(|child| child.attr("type") == Some("xhtml")).unwrap();
        assert_eq!(xhtml.children().next().unwrap().children().count(), 2);
        assert_eq!(tags(text), ["soil", "a"]);
    }

    #[test]
    fn ids_are_short_and_plain() {
        assert_eq!(item_id("Clay & more: Ærø!", "x1"), "clay-more-r-x1");
        assert!(item_id(&"long ".repeat(50), "x1").len() < 60);
    }
}
