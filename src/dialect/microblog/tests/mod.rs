//! What is asked of servers and what is made of their answers, as dialogues.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub(in crate::dialect) mod script;
mod movim;
mod reading;
mod authors;
mod paging;
mod publishing;
mod sharing;
mod attachments;
mod places;
mod changing;
mod following;
mod events;
mod any_text;

use jiff::Timestamp;
use minidom::Element;

use crate::channel::{Address, ChannelId, Draft, Node, PostId, PostRef};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn alice() -> Address {
    address("alice@example.org")
}

fn own() -> ChannelId {
    ChannelId::personal(alice())
}

fn community() -> ChannelId {
    ChannelId::new(address("pubsub.example.org"), Node::new("birds").unwrap())
}

fn at(channel: &ChannelId, id: &str) -> PostRef {
    PostRef::new(channel.clone(), PostId::new(id).unwrap())
}

fn now() -> Timestamp {
    "2026-11-23T16:00:00.75Z".parse().unwrap()
}

fn draft(text: &str, xhtml: &str) -> Draft {
    Draft {
        tags: vec!["xmpp".into()],
        page: Some("https://gate.example/@alice@example.org/posts/hello-x7k2p9".into()),
        ..Draft::new(PostId::new("hello-x7k2p9").unwrap(), text.into(), xhtml.into())
    }
}

fn long_draft() -> Draft {
    draft("Hello **world** #xmpp\n\nMore.", "<p>Hello <strong>world</strong> #xmpp</p>\n<p>More.</p>")
}

fn element(xml: &str) -> Element {
    xml.parse().unwrap()
}

/// With double quotes, whatever the writer prefers.
fn xml(element: &Element) -> String {
    String::from(element).replace('\'', "\"")
}

/// One of the items in `tests/fixtures/entries`.
macro_rules! fixture {
    ($name:literal) => {
        crate::xmpp::pubsub::answer::read_item(super::element(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/entries/",
            $name,
            ".xml"
        ))))
    };
}
use fixture;
