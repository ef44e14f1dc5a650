//! What both old servers really sent, replayed; and what the specification's own would.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod reading;
mod threads;
mod writing;
mod people;
mod events;
mod finding;
mod any_item;

use jiff::Timestamp;
use minidom::Element;

use super::Buddycloud;
use crate::channel::{Address, ChannelId, Draft, PostId, PostRef};
use crate::dialect::microblog::tests::script::Script;
use crate::dialect::{ChannelService, Helpers, Software};
use crate::xmpp::AskError;
use crate::xmpp::error::read_element;

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn channel(name: &str) -> ChannelId {
    ChannelId::buddycloud(address(name))
}

fn at(name: &str, id: &str) -> PostRef {
    PostRef::new(channel(name), PostId::new(id).unwrap())
}

fn now() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().unwrap()
}

fn draft(text: &str) -> Draft {
    Draft::new(PostId::new("x7k2p9").unwrap(), text.into(), String::new())
}

fn service(software: Software, domain: &str) -> Buddycloud {
    let features = match software {
        Software::Node => &["jabber:iq:register", "jabber:iq:version"][..],
        Software::Java => &["jabber:iq:register", "jabber:iq:search"],
        Software::Other => &["jabber:iq:register", "jabber:iq:search", "jabber:iq:version"],
    };
    Buddycloud::new(ChannelService {
        address: address(&format!("buddycloud.{domain}")),
        domain: address(domain),
        topics: address(&format!("topics.{domain}")),
        software,
        features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        helpers: Helpers::default(),
    })
}

fn node() -> Buddycloud {
    service(Software::Node, "capulet.lit")
}

fn java() -> Buddycloud {
    service(Software::Java, "montague.lit")
}

fn other() -> Buddycloud {
    service(Software::Other, "verona.lit")
}

fn element(xml: &str) -> Element {
    xml.parse().expect(xml)
}

/// With double quotes, whatever the writer prefers.
fn xml(element: &Element) -> String {
    String::from(element).replace('\'', "\"")
}

/// The stanzas of a recording: whether we sent them, and what they are.
fn recording(name: &str) -> Vec<(bool, Element)> {
    let path = format!("{}/tests/fixtures/wire/buddycloud-{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let stanza = |line: &str| {
        let (mark, stanza) = line.split_at_checked(4)?;
        let start = stanza.find([' ', '/', '>']).filter(|_| stanza.starts_with('<'))?;
        let stanza = format!("{} xmlns='jabber:client'{}", &stanza[..start], &stanza[start..]);
        matches!(mark, ">>> " | "<<< ").then(|| (mark == ">>> ", element(&stanza)))
    };
    text.lines().filter_map(stanza).collect()
}

/// What a client of that time asked.
fn asked(name: &str, id: &str) -> Element {
    let stanzas = recording(name);
    let request = stanzas.iter().find(|(is_ours, iq)| *is_ours && iq.attr("id") == Some(id));
    request.unwrap().1.children().next().unwrap().clone()
}

/// The first answer: a later one to the same id is for nobody.
fn answer(name: &str, id: &str) -> Result<Option<Element>, AskError> {
    let stanzas = recording(name);
    let (_, iq) =
        stanzas.into_iter().find(|(is_ours, iq)| !is_ours && iq.name() == "iq" && iq.attr("id") == Some(id)).unwrap();
    if iq.attr("type") == Some("error") {
        return Err(read_element(iq.children().find(|child| child.name() == "error").unwrap()));
    }
    Ok(iq.children().next().cloned())
}

/// The messages of a recording.
fn messages(name: &str) -> Vec<Element> {
    let stanzas = recording(name).into_iter();
    stanzas.filter(|(is_ours, stanza)| !is_ours && stanza.name() == "message").map(|(_, stanza)| stanza).collect()
}

/// A dialogue whose answers were recorded.
trait Recorded {
    fn recorded(self, head: &str, parts: &[&str], name: &str, id: &str) -> Self;
}

impl Recorded for Script {
    fn recorded(self, head: &str, parts: &[&str], name: &str, id: &str) -> Self {
        self.push(head, parts, answer(name, id))
    }
}

/// The answer to a request for items.
fn items(items: &[&str]) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='x'>{}</items></pubsub>", items.concat())
}

/// An item of a few words, published in a minute of some hour; `inside` goes into the entry.
fn item(id: &str, minute: u32, inside: &str) -> String {
    format!(
        "<item id='{id}'><entry xmlns='http://www.w3.org/2005/Atom'><content>{id}</content>\
         <author><uri>acct:juliet@capulet.lit</uri></author><published>2026-01-01T00:{minute:02}:00Z</published>\
         <updated>2026-01-01T00:{minute:02}:00Z</updated>{inside}</entry></item>"
    )
}

fn answers(id: &str) -> String {
    format!("<in-reply-to xmlns='http://purl.org/syndication/thread/1.0' ref='{id}'/>")
}

/// The place of an item that was taken away.
fn tombstone(id: &str) -> String {
    format!(
        "<item id='{id}'><deleted-entry xmlns='http://purl.org/atompub/tombstones/1.0' when='2026-01-01T01:00:00Z'>\
         <published xmlns='http://www.w3.org/2005/Atom'>2026-01-01T00:00:00Z</published></deleted-entry></item>"
    )
}

/// The names of posts, in order.
fn ids(posts: &[crate::channel::Post]) -> Vec<&str> {
    posts.iter().map(|post| post.at.id.as_str()).collect()
}
