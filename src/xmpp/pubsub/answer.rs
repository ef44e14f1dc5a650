//! What a pubsub service answers: items with their publishers, result sets, subscriptions (XEP-0060 §§5, 6).

use minidom::{Element, Node};

use super::{NS, RSM};
use crate::xmpp::element::{has_cut, is_cut_mark, only_child};

/// How many items are read from one answer.
const MAX_ITEMS: usize = 20_000;
/// How many subscriptions or affiliations are read from one answer.
const MAX_SUBSCRIPTIONS: usize = 10_000;

/// One item, as the server gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its id; `None` if it has none, which no server should do.
    pub id: Option<String>,
    /// Who published it, stamped by the server, as written; may be a full JID.
    pub publisher: Option<String>,
    /// What is in it; more than one element is against the rules.
    pub payload: Vec<Element>,
    /// Whether the guard cut something out of it.
    pub is_cut: bool,
}

/// A list of items, in the server's order (which is oldest first, as a rule).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Items {
    /// The items.
    pub items: Vec<Item>,
    /// What the server says about the whole, if it knows result sets.
    pub set: Option<ResultSet>,
    /// Whether the guard left the list itself incomplete: fewer must be asked for.
    pub is_cut: bool,
}

/// What a server says about the part of a list that it gave (XEP-0059).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultSet {
    /// The token of the first.
    pub first: Option<String>,
    /// The position of the first.
    pub index: Option<usize>,
    /// The token of the last.
    pub last: Option<String>,
    /// How many there are in all.
    pub count: Option<usize>,
}

/// Somebody follows a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The node, where the answer names one.
    pub node: Option<String>,
    /// Who follows, as written.
    pub jid: String,
    /// How far it got.
    pub state: SubscriptionState,
    /// The server's name for it.
    pub subid: Option<String>,
}

/// How far a subscription got (XEP-0060 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionState {
    /// News are sent.
    Subscribed,
    /// The owner must agree first.
    Pending,
    /// Not, or not yet.
    None,
}

/// Takes a list of items out of an answer. A list that is absent is empty.
pub fn read_items(answer: Option<Element>) -> Items {
    let Some(mut answer) = answer else { return Items::default() };
    let mut items = Items { set: only_child(&answer, "set", RSM).map(read_set), ..Items::default() };
    for child in answer.take_nodes().into_iter().filter_map(Node::into_element) {
        if is_cut_mark(&child) {
            items.is_cut = true;
        } else if child.is("items", NS) {
            read_list(child, &mut items);
        }
    }
    items
}

fn read_list(mut list: Element, items: &mut Items) {
    let name_space = list.ns();
    for child in list.take_nodes().into_iter().filter_map(Node::into_element) {
        if is_cut_mark(&child) {
            items.is_cut |= child.attr("bound") != Some("attributes");
        } else if child.is("item", name_space.as_str()) && items.items.len() < MAX_ITEMS {
            items.items.push(read_item(child));
        }
    }
}

/// Takes an item apart.
pub fn read_item(mut item: Element) -> Item {
    let is_cut = has_cut(&item);
    Item {
        id: item.attr("id").filter(|id| !id.is_empty()).map(str::to_owned),
        publisher: item.attr("publisher").filter(|jid| !jid.is_empty()).map(str::to_owned),
        payload: item.take_nodes().into_iter().filter_map(Node::into_element).collect(),
        is_cut,
    }
}

fn read_set(set: &Element) -> ResultSet {
    let first = only_child(set, "first", RSM);
    ResultSet {
        first: first.map(Element::text).filter(|token| !token.is_empty()),
        index: first.and_then(|first| first.attr("index")?.parse().ok()),
        last: only_child(set, "last", RSM).map(Element::text).filter(|token| !token.is_empty()),
        count: only_child(set, "count", RSM).and_then(|count| count.text().trim().parse().ok()),
    }
}

/// Reads one `<subscription/>`, in any of the namespaces it occurs in.
pub fn read_subscription(element: &Element, node: Option<&str>) -> Option<Subscription> {
    if element.name() != "subscription" {
        return None;
    }
    Some(Subscription {
        node: element.attr("node").or(node).map(str::to_owned),
        jid: element.attr("jid")?.to_owned(),
        state: match element.attr("subscription") {
            Some("subscribed") => SubscriptionState::Subscribed,
            Some("pending") => SubscriptionState::Pending,
            _ => SubscriptionState::None,
        },
        subid: element.attr("subid").map(str::to_owned),
    })
}

/// Reads the answer to a subscribe: `None` if the server only said yes.
pub fn read_subscribed(answer: &Element) -> Option<Subscription> {
    read_subscription(only_child(answer, "subscription", NS)?, None)
}

/// Reads the answer to "which nodes do I follow".
pub fn read_subscriptions(answer: &Element) -> Vec<Subscription> {
    let Some(list) = only_child(answer, "subscriptions", NS) else { return Vec::new() };
    let node = list.attr("node");
    list.children().take(MAX_SUBSCRIPTIONS).filter_map(|child| read_subscription(child, node)).collect()
}

/// Reads the answer to "what may I do": nodes and affiliations, as written.
pub fn read_affiliations(answer: &Element) -> Vec<(String, String)> {
    let Some(list) = only_child(answer, "affiliations", NS) else { return Vec::new() };
    let entry = |child: &Element| Some((child.attr("node")?.to_owned(), child.attr("affiliation")?.to_owned()));
    list.children().take(MAX_SUBSCRIPTIONS).filter_map(entry).collect()
}
