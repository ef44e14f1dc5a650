//! Replies and events (XEP-0060 §5 to §8, §12).

use super::{OWNER, PUBSUB};
use crate::hosting::pubsub::{Change, Reply};
use crate::hosting::stanza::attribute;

/// Writes a reply: the child of the result, or nothing.
pub fn write_reply(reply: &Reply, has_presence: bool) -> String {
    let mut inner = String::new();
    let out = &mut inner;
    let mut space = PUBSUB;
    match reply {
        Reply::Done => return inner,
        Reply::Created { node } => empty("create", &[("node", node)], out),
        Reply::Published { node, id } => {
            open("publish", Some(node), out);
            empty("item", &[("id", id)], out);
            out.push_str("</publish>");
        }
        Reply::Items { node, items, page } => {
            open("items", Some(node), out);
            items.iter().for_each(|one| item(&one.id, &one.publisher, &one.payload, out));
            out.push_str("</items>");
            if let Some(page) = page {
                page.write(out);
            }
        }
        Reply::Subscribed { node, jid } => subscription(Some(node), jid, out),
        Reply::Subscriptions(node, list) => {
            open("subscriptions", node.as_deref(), out);
            list.iter().for_each(|(node, jid)| subscription(Some(node), jid, out));
            out.push_str("</subscriptions>");
        }
        Reply::Affiliations(node, list) => {
            open("affiliations", node.as_deref(), out);
            list.iter().for_each(|(node, word)| empty("affiliation", &[("node", node), ("affiliation", word)], out));
            out.push_str("</affiliations>");
        }
        Reply::DefaultConfiguration(configuration) => {
            space = OWNER;
            open("default", None, out);
            configuration.write("form", has_presence, out);
            out.push_str("</default>");
        }
        Reply::Configuration(node, configuration) => {
            space = OWNER;
            open("configure", Some(node), out);
            configuration.write("form", has_presence, out);
            out.push_str("</configure>");
        }
        Reply::Affiliates(node, list) => {
            space = OWNER;
            open("affiliations", Some(node), out);
            list.iter().for_each(|(jid, word)| empty("affiliation", &[("jid", jid), ("affiliation", word)], out));
            out.push_str("</affiliations>");
        }
        Reply::Subscribers(node, list) => {
            space = OWNER;
            open("subscriptions", Some(node), out);
            list.iter().for_each(|jid| subscription(None, jid, out));
            out.push_str("</subscriptions>");
        }
    }
    format!("<pubsub xmlns='{space}'>{inner}</pubsub>")
}

/// Writes an event message's children.
pub fn write_event(node: &str, change: &Change) -> String {
    let mut out = String::from("<event xmlns='http://jabber.org/protocol/pubsub#event'>");
    let mut delay = None;
    match change {
        Change::Published { id, publisher, payload, stamp } => {
            open("items", Some(node), &mut out);
            item(id, publisher, payload.as_deref().unwrap_or(""), &mut out);
            out.push_str("</items>");
            delay = *stamp;
        }
        Change::Retracted(id) => {
            open("items", Some(node), &mut out);
            empty("retract", &[("id", id)], &mut out);
            out.push_str("</items>");
        }
        Change::Purged => empty("purge", &[("node", node)], &mut out),
        Change::Deleted => empty("delete", &[("node", node)], &mut out),
        Change::Configured => empty("configuration", &[("node", node)], &mut out),
    }
    out.push_str("</event>");
    if let Some(stamp) = delay {
        out.push_str("<delay xmlns='urn:xmpp:delay'");
        attribute("stamp", &timestamp(stamp), &mut out);
        out.push_str("/>");
    }
    out
}

/// Seconds since 1970 as XEP-0082 writes them.
pub fn timestamp(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

fn open(name: &str, node: Option<&str>, out: &mut String) {
    out.push('<');
    out.push_str(name);
    if let Some(node) = node {
        attribute("node", node, out);
    }
    out.push('>');
}

fn empty(name: &str, attributes: &[(&str, &str)], out: &mut String) {
    out.push('<');
    out.push_str(name);
    for (name, value) in attributes {
        attribute(name, value, out);
    }
    out.push_str("/>");
}

/// The payload is text that was read and written anew when it came in.
fn item(id: &str, publisher: &str, payload: &str, out: &mut String) {
    out.push_str("<item");
    attribute("id", id, out);
    attribute("publisher", publisher, out);
    out.push('>');
    out.push_str(payload);
    out.push_str("</item>");
}

fn subscription(node: Option<&str>, jid: &str, out: &mut String) {
    out.push_str("<subscription");
    if let Some(node) = node {
        attribute("node", node, out);
    }
    attribute("jid", jid, out);
    attribute("subscription", "subscribed", out);
    out.push_str("/>");
}
