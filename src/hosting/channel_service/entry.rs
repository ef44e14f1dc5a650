//! Atom entries: what a client sends, and what the service makes of it (RFC 4287, RFC 4685, RFC 6721).
//!
//! The service writes id, author, dates, links and verb itself: nothing of that is believed. The author is written first,
//! with an address that Buddycloud's clients read; plain pubsub clients get it in their own way ([`speak`]).

use jiff::Timestamp;
use minidom::Element;

use super::bounds;
use super::names::{self, COMMENTS};
use crate::hosting::stanza::{StanzaError, attribute, text_element, to_text};

/// Atom.
pub const ATOM: &str = "http://www.w3.org/2005/Atom";
const THREAD: &str = "http://purl.org/syndication/thread/1.0";
const ACTIVITY: &str = "http://activitystrea.ms/spec/1.0/";
const REVIEW: &str = "http://activitystrea.ms/schema/1.0/review";
const TOMBSTONE: &str = "http://purl.org/atompub/tombstones/1.0";

/// The whole text of a like, as Movim writes it.
const HEART: &str = "♥";
/// How an entry begins; what follows is the author's address.
const START: &str = "<entry xmlns='http://www.w3.org/2005/Atom'><author><uri>acct:";

/// What a client sent, as far as it is looked at.
#[derive(Debug)]
pub struct Draft<'a> {
    entry: &'a Element,
    /// The post it answers: a local id.
    pub parent: Option<String>,
    /// The post it refers to or rates.
    pub target: Option<String>,
    /// One to five.
    pub rating: Option<u8>,
}

/// Where an entry will stand.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The service's address.
    pub service: &'a str,
    /// The channel's name.
    pub channel: &'a str,
    /// The node's kind.
    pub kind: &'a str,
    /// The post's id.
    pub id: &'a str,
    /// Who publishes it.
    pub author: &'a str,
    /// When it was first published, in milliseconds since 1970.
    pub published: i64,
    /// When it is changed.
    pub updated: i64,
}

/// How somebody wants to read entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// With `acct:` addresses, replies beside posts, newest first.
    Buddycloud,
    /// As a community: `xmpp:` addresses, replies in nodes of their own, oldest first.
    Plain,
}

/// Reads an entry. Errors name what is wrong with a reference or a rating (`http://buddycloud.org/v1/errors`).
pub fn read(entry: &Element) -> Result<Draft<'_>, StanzaError> {
    if !entry.is("entry", ATOM) {
        return Err(StanzaError::new("bad-request").pubsub("invalid-payload").text("A post is an Atom entry."));
    }
    let broken = |condition| StanzaError::new("bad-request").buddycloud(condition);
    let parent = entry.get_child("in-reply-to", THREAD).map(|reply| reply.attr("ref").unwrap_or_default());
    let parent = parent.filter(|parent| !parent.is_empty()).map(|parent| local_id(parent).to_owned());
    let target = entry.get_child("target", ACTIVITY);
    let target = match target.map(|target| target.children().find(|child| child.name() == "id")) {
        None => None,
        Some(None) => return Err(broken("missing-target-id")),
        Some(Some(id)) => Some(local_id(id.text().trim()).to_owned()),
    };
    let rating = match entry.get_child("rating", REVIEW).map(Element::text) {
        None => None,
        Some(text) => {
            let value: f32 = text.trim().parse().map_err(|_| broken("invalid-rating"))?;
            if !(1.0..=5.0).contains(&value) {
                return Err(broken("rating-out-of-range"));
            }
            // Whole steps only: the range was checked above.
            [1, 2, 3, 4, 5].into_iter().find(|step| f32::from(*step) >= value.round())
        }
    };
    let mut draft = Draft { entry, parent, target, rating };
    if draft.rating.is_none() && draft.parent.is_some() && draft.target.is_none() && draft.is_heart() {
        // COMPAT(Movim 0.34): a like is a comment whose whole text is a heart.
        draft.rating = Some(5);
        draft.target.clone_from(&draft.parent);
    }
    if (draft.target.is_some() || draft.rating.is_some()) && draft.parent.is_none() {
        return Err(broken("missing-in-reply-to"));
    }
    if draft.rating.is_some() && draft.target.is_none() {
        return Err(broken("missing-target-id"));
    }
    Ok(draft)
}

impl Draft<'_> {
    /// The same as an answer to a post: for what is published into the view of a thread.
    pub fn answering(mut self, parent: &str) -> Self {
        self.parent = Some(parent.to_owned());
        if self.rating.is_none() && self.target.is_none() && self.is_heart() {
            self.rating = Some(5);
            self.target = Some(parent.to_owned());
        }
        self
    }

    fn is_heart(&self) -> bool {
        let text = |name| self.entry.get_child(name, ATOM).map(|child: &Element| child.text());
        match (text("title"), text("content")) {
            (Some(title), None) => title.trim() == HEART,
            (None, Some(content)) => content.trim() == HEART,
            (Some(title), Some(content)) => title.trim() == HEART && content.trim() == HEART,
            (None, None) => false,
        }
    }

    /// Title and text, for the search.
    pub fn words(&self) -> String {
        if self.rating.is_some() {
            return String::new();
        }
        let texts = ["title", "summary", "content"].into_iter();
        let texts = texts.filter_map(|name| self.entry.get_child(name, ATOM)).map(text_of);
        texts.collect::<Vec<_>>().join(" ")
    }

    /// The entry as it is stored and read.
    pub fn write(&self, at: &Setting<'_>) -> Result<String, StanzaError> {
        self.write_within(at, bounds::PAYLOAD)
    }

    /// The same with another bound, in bytes.
    pub fn write_within(&self, at: &Setting<'_>, bytes: usize) -> Result<String, StanzaError> {
        let mut out = String::from(START);
        crate::xml::writer::escape_text(at.author, &mut out);
        out.push_str("</uri>");
        let name = self.entry.get_child("author", ATOM).and_then(|author| author.get_child("name", ATOM));
        let name = name.map(|name| name.text().trim().chars().take(bounds::TITLE).collect::<String>());
        text_element("name", name.as_deref().filter(|name| !name.is_empty()).unwrap_or(at.author), &mut out);
        out.push_str(&format!("<object-type xmlns='{ACTIVITY}'>person</object-type></author>"));
        let node = names::node(at.channel, at.kind);
        text_element("id", &format!("tag:{},{node},{}", at.service, at.id), &mut out);
        text_element("published", &date(at.published), &mut out);
        text_element("updated", &date(at.updated), &mut out);
        self.write_text(&mut out);
        let mut link = |rel: &str, title: Option<&str>, href: &str| {
            out.push_str("<link");
            attribute("rel", rel, &mut out);
            if let Some(title) = title {
                attribute("title", title, &mut out);
            }
            attribute("href", href, &mut out);
            out.push_str("/>");
        };
        link("self", None, &uri(at.service, &node, Some(at.id)));
        if self.parent.is_none() && at.kind == "posts" {
            // Movim and Libervia look for exactly this form.
            link("replies", Some("comments"), &uri(at.service, &format!("{COMMENTS}{}", at.id), None));
        }
        self.write_relations(at, &node, &mut out);
        out.push_str("</entry>");
        if out.len() > bytes {
            return Err(StanzaError::new("not-acceptable").pubsub("payload-too-big").text("The post is too long."));
        }
        Ok(out)
    }

    /// Title, text, and everything that is not the service's to write.
    fn write_text(&self, out: &mut String) {
        if let Some(rating) = self.rating {
            let stars = ["★☆☆☆☆", "★★☆☆☆", "★★★☆☆", "★★★★☆", HEART];
            text_element("title", stars[usize::from(rating - 1)], out);
            return;
        }
        let has =
            |name| self.entry.get_child(name, ATOM).is_some_and(|child: &Element| !child.text().trim().is_empty());
        if !has("title") {
            // COMPAT(Movim 0.34): an entry without a title is dropped.
            let text = self.entry.get_child("content", ATOM).map(text_of).unwrap_or_default();
            let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Post");
            let short: String = line.chars().take(bounds::HEADLINE).collect();
            text_element("title", &if short.len() < line.len() { format!("{short}…") } else { short }, out);
        }
        for child in self.entry.children() {
            let is_ours = match child.name() {
                "author" | "id" | "published" | "updated" | "source" => child.ns() == ATOM,
                "title" => child.ns() == ATOM && !has("title"),
                "link" => child.ns() == ATOM && matches!(child.attr("rel"), Some("self" | "replies")),
                "verb" | "object" | "target" | "object-type" => child.ns() == ACTIVITY,
                "in-reply-to" => child.ns() == THREAD && self.parent.is_some(),
                "rating" => child.ns() == REVIEW,
                _ => false,
            };
            if !is_ours {
                out.push_str(&to_text(child).replacen(
                    " xmlns='http://www.w3.org/2005/Atom'",
                    "",
                    usize::from(child.ns() == ATOM),
                ));
            }
        }
    }

    /// What it answers, rates and is (activitystrea.ms).
    fn write_relations(&self, at: &Setting<'_>, node: &str, out: &mut String) {
        if let Some(parent) = &self.parent {
            out.push_str(&format!("<in-reply-to xmlns='{THREAD}'"));
            attribute("ref", parent, out);
            attribute("href", &uri(at.service, node, Some(parent)), out);
            out.push_str("/>");
        }
        if let Some(target) = &self.target {
            out.push_str(&format!("<target xmlns='{ACTIVITY}'><id xmlns='{ATOM}'>"));
            crate::xml::writer::escape_text(&format!("tag:{},{node},{target}", at.service), out);
            out.push_str("</id><object-type>post</object-type></target>");
        }
        if let Some(rating) = self.rating {
            out.push_str(&format!("<rating xmlns='{REVIEW}'>{rating}.0</rating>"));
        }
        let (verb, object) = match (self.rating, &self.parent) {
            (Some(_), _) => ("rated", "comment"),
            (None, Some(_)) => ("post", "comment"),
            (None, None) => ("post", "note"),
        };
        out.push_str(&format!(
            "<verb xmlns='{ACTIVITY}'>{verb}</verb><object xmlns='{ACTIVITY}'><object-type>{object}</object-type></object>"
        ));
    }
}

/// All text inside an element, without recursion: a stranger chose its depth.
fn text_of(element: &Element) -> String {
    let mut out = String::new();
    let mut waiting: Vec<&minidom::Node> = element.nodes().collect();
    waiting.reverse();
    while let Some(node) = waiting.pop() {
        match node {
            minidom::Node::Text(text) => out.push_str(text),
            minidom::Node::Element(element) => {
                out.push(' ');
                let nodes: Vec<_> = element.nodes().collect();
                waiting.extend(nodes.into_iter().rev());
            }
        }
    }
    out
}

/// A stored entry as somebody reads it. COMPAT(Movim 0.34): it hides an author whose address is not `xmpp:`.
pub fn speak(payload: &str, tongue: Tongue) -> String {
    match (tongue, payload.strip_prefix(START)) {
        (Tongue::Plain, Some(rest)) => format!("<entry xmlns='http://www.w3.org/2005/Atom'><author><uri>xmpp:{rest}"),
        _ => payload.to_owned(),
    }
}

/// What stands in a deleted post's place (RFC 6721).
pub fn tombstone(service: &str, channel: &str, kind: &str, id: &str, parent: Option<&str>, now: i64) -> String {
    let node = names::node(channel, kind);
    let mut out = format!("<deleted-entry xmlns='{TOMBSTONE}'");
    attribute("ref", &format!("tag:{service},{node},{id}"), &mut out);
    attribute("when", &date(now), &mut out);
    out.push('>');
    let mut atom = |name: &str, text: &str| {
        out.push_str(&format!("<{name} xmlns='{ATOM}'>"));
        crate::xml::writer::escape_text(text, &mut out);
        out.push_str(&format!("</{name}>"));
    };
    atom("id", &format!("tag:{service},{node},{id}"));
    atom("updated", &date(now));
    if let Some(parent) = parent {
        out.push_str(&format!("<in-reply-to xmlns='{THREAD}'"));
        attribute("ref", parent, &mut out);
        out.push_str("/>");
    }
    out.push_str("</deleted-entry>");
    out
}

/// The `xmpp:` address of a node or an item (XEP-0060 §12.22).
pub fn uri(service: &str, node: &str, item: Option<&str>) -> String {
    let mut out = format!("xmpp:{service}?;node={}", escaped(node));
    if let Some(item) = item {
        out.push_str(&format!(";item={}", escaped(item)));
    }
    out
}

fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
        .replace("%2E", ".")
        .replace("%5F", "_")
}

/// The id within a node, of an id or a global one (`tag:service,node,id`).
pub fn local_id(id: &str) -> &str {
    match id.strip_prefix("tag:").and_then(|rest| rest.rsplit_once(',')) {
        Some((_, local)) => local,
        None => id,
    }
}

/// A moment as Atom writes it.
pub fn date(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).map(|moment| format!("{moment:.3}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(id: &str) -> Setting<'_> {
        Setting {
            service: "channels.x",
            channel: "a@x",
            kind: "posts",
            id,
            author: "a@x",
            published: 1_000,
            updated: 2_500,
        }
    }

    fn written(entry: &str) -> String {
        read(&format!("<entry xmlns='{ATOM}'>{entry}</entry>").parse().unwrap()).unwrap().write(&at("1")).unwrap()
    }

    fn refused(entry: &str) -> Option<&'static str> {
        read(&format!("<entry xmlns='{ATOM}'>{entry}</entry>").parse().unwrap()).unwrap_err().buddycloud
    }

    #[test]
    fn what_the_service_vouches_for_is_written_by_the_service() {
        let text = written(
            "<id>x</id><author><name>Alice</name><uri>acct:eve@y</uri></author><published>1999-01-01T00:00:00Z</published>\
             <link rel='self' href='u'/><link rel='enclosure' href='https://x/y.png'/><content>Hello &lt;b&gt;</content>\
             <meta xmlns='http://buddycloud.org/v1'>kept</meta>",
        );
        let element: Element = text.parse().unwrap();
        let child = |name| element.get_child(name, ATOM).map(Element::text).unwrap();
        assert_eq!(child("id"), "tag:channels.x,/user/a@x/posts,1");
        assert_eq!(
            (child("published").as_str(), child("updated").as_str()),
            ("1970-01-01T00:00:01.000Z", "1970-01-01T00:00:02.500Z")
        );
        assert!(text.contains("acct:a@x") && text.contains("<name>Alice</name>") && !text.contains("eve@y"), "{text}");
        assert_eq!(child("title"), "Hello <b>");
        assert!(text.contains("enclosure") && text.contains(">kept</meta>"), "{text}");
        assert!(text.contains("href='xmpp:channels.x?;node=urn%3Axmpp%3Amicroblog%3A0%3Acomments%2F1'"), "{text}");
        assert!(speak(&text, Tongue::Plain).contains("<uri>xmpp:a@x</uri>"));
        assert_eq!(speak(&text, Tongue::Buddycloud), text);
    }

    #[test]
    fn references_and_ratings() {
        let reply = format!("<in-reply-to xmlns='{THREAD}' ref='tag:s,/user/a@x/posts,7'/>");
        let target = format!("<target xmlns='{ACTIVITY}'><id xmlns='{ATOM}'>7</id></target>");
        let rating = |value: &str| format!("<rating xmlns='{REVIEW}'>{value}</rating>");
        let text = written(&format!("{reply}{target}{}", rating("4.6")));
        assert!(text.contains("ref='7'") && text.contains(">5.0</rating>") && text.contains(">rated<"), "{text}");
        assert!(text.contains("<title>♥</title>") && !text.contains("rel='replies'"), "{text}");
        let like = written(&format!("{reply}<title>♥</title>"));
        assert!(like.contains(">5.0</rating>"), "{like}");
        assert_eq!(refused(&format!("{target}{}", rating("3"))), Some("missing-in-reply-to"));
        assert_eq!(refused(&format!("{reply}{}", rating("3"))), Some("missing-target-id"));
        assert_eq!(refused(&format!("{reply}{target}{}", rating("6"))), Some("rating-out-of-range"));
        assert_eq!(refused(&format!("{reply}{target}{}", rating("NaN"))), Some("rating-out-of-range"));
        assert_eq!(refused(&format!("{reply}{target}{}", rating("much"))), Some("invalid-rating"));
    }

    #[test]
    fn a_post_that_would_not_travel_is_refused() {
        let long = format!("<entry xmlns='{ATOM}'><content>{}</content></entry>", "x".repeat(bounds::PAYLOAD))
            .parse()
            .unwrap();
        assert_eq!(read(&long).unwrap().write(&at("1")).unwrap_err().pubsub, Some("payload-too-big"));
    }
}
