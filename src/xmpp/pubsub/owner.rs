//! What the owner of a node may ask (XEP-0060 §8).

use minidom::Element;

use super::answer::{Subscription, read_subscription};
use super::{NODE_CONFIG, OWNER};
use crate::xmpp::element::element;
use crate::xmpp::forms::{self, Form};

/// How many followers and affiliations are read from one answer.
const MAX_PEOPLE: usize = 10_000;

fn owner(child: Element) -> Element {
    let mut pubsub = Element::bare("pubsub", OWNER);
    pubsub.append_child(child);
    pubsub
}

/// Asks how a node is configured.
pub fn configuration(node: &str) -> Element {
    owner(element("configure", OWNER, &[("node", node)]))
}

/// Configures a node; fields that are not named stay as they are.
pub fn configure(node: &str, fields: &[(&str, &str)]) -> Element {
    let mut configure = element("configure", OWNER, &[("node", node)]);
    configure.append_child(forms::submit(NODE_CONFIG, fields));
    owner(configure)
}

/// Asks who follows a node.
pub fn subscriptions(node: &str) -> Element {
    owner(element("subscriptions", OWNER, &[("node", node)]))
}

/// Asks who may do what at a node.
pub fn affiliations(node: &str) -> Element {
    owner(element("affiliations", OWNER, &[("node", node)]))
}

/// Gives somebody an affiliation (XEP-0060 §8.9.2).
pub fn set_affiliation(node: &str, jid: &str, affiliation: &str) -> Element {
    let mut affiliations = element("affiliations", OWNER, &[("node", node)]);
    affiliations.append_child(element("affiliation", OWNER, &[("jid", jid), ("affiliation", affiliation)]));
    owner(affiliations)
}

/// Lets somebody follow a node, or ends that (XEP-0060 §8.8.2).
pub fn set_subscription(node: &str, jid: &str, subscription: &str) -> Element {
    let mut subscriptions = element("subscriptions", OWNER, &[("node", node)]);
    subscriptions.append_child(element("subscription", OWNER, &[("jid", jid), ("subscription", subscription)]));
    owner(subscriptions)
}

/// Takes a node away.
pub fn delete(node: &str) -> Element {
    owner(element("delete", OWNER, &[("node", node)]))
}

/// Reads the answer to [`configuration`].
pub fn read_configuration(answer: &Element) -> Option<Form> {
    let configure = answer.children().find(|child| child.name() == "configure")?;
    Form::read_all(configure).into_iter().next()
}

/// Reads the answer to [`subscriptions`].
pub fn read_subscriptions(answer: &Element) -> Vec<Subscription> {
    let lists = answer.children().filter(|child| child.is("subscriptions", OWNER));
    lists.flat_map(Element::children).take(MAX_PEOPLE).filter_map(|child| read_subscription(child, None)).collect()
}

/// Reads the answer to [`affiliations`]: addresses and affiliations as written.
pub fn read_affiliations(answer: &Element) -> Vec<(String, String)> {
    let lists = answer.children().filter(|child| child.is("affiliations", OWNER));
    let people = lists.flat_map(Element::children).take(MAX_PEOPLE);
    people.filter_map(|child| Some((child.attr("jid")?.to_owned(), child.attr("affiliation")?.to_owned()))).collect()
}
