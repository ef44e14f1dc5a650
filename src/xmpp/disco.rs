//! Service Discovery (XEP-0030): what is there, and what it can do.

use minidom::Element;

use super::element::{element, has_cut};
use super::forms::Form;

/// The namespace of "what are you".
pub const INFO: &str = "http://jabber.org/protocol/disco#info";
/// The namespace of "what have you".
pub const ITEMS: &str = "http://jabber.org/protocol/disco#items";

/// How many items are read from one answer: a very large channel's ids still fit.
const MAX_ITEMS: usize = 20_000;

/// What something says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info {
    /// Category, type and name.
    pub identities: Vec<Identity>,
    /// The features.
    pub features: Vec<String>,
    /// The forms beside them (XEP-0128).
    pub forms: Vec<Form>,
}

/// One identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `pubsub`, `server`, …
    pub category: String,
    /// `service`, `leaf`, `pep`, …
    pub kind: String,
    /// What it calls itself.
    pub name: Option<String>,
}

impl Info {
    /// Whether it has an identity of this category and kind.
    pub fn is(&self, category: &str, kind: &str) -> bool {
        self.identities.iter().any(|identity| identity.category == category && identity.kind == kind)
    }

    /// The form of this type.
    pub fn form(&self, form_type: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.form_type() == Some(form_type))
    }
}

/// One thing that something has. An id of a pubsub item stands in `name` (XEP-0060 §5.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its address, as written.
    pub jid: String,
    /// Its node.
    pub node: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

fn query(namespace: &str, node: Option<&str>) -> Element {
    match node {
        Some(node) => element("query", namespace, &[("node", node)]),
        None => element("query", namespace, &[]),
    }
}

/// Asks what something is.
pub fn info(node: Option<&str>) -> Element {
    query(INFO, node)
}

/// Asks what something has.
pub fn items(node: Option<&str>) -> Element {
    query(ITEMS, node)
}

/// Reads the answer to [`info`].
pub fn read_info(answer: &Element) -> Info {
    let mut info = Info { forms: Form::read_all(answer), ..Info::default() };
    for child in answer.children() {
        if child.is("identity", INFO) {
            info.identities.push(Identity {
                category: child.attr("category").unwrap_or_default().to_owned(),
                kind: child.attr("type").unwrap_or_default().to_owned(),
                name: child.attr("name").filter(|name| !name.is_empty()).map(str::to_owned),
            });
        } else if child.is("feature", INFO) {
            info.features.extend(child.attr("var").map(str::to_owned));
        }
    }
    info
}

/// Reads the answer to [`items`]; `None` if the guard cut some of it out, so that it is not the whole list.
pub fn read_items(answer: &Element) -> Option<Vec<Item>> {
    if has_cut(answer) {
        return None;
    }
    let item = |item: &Element| {
        Some(Item {
            jid: item.attr("jid")?.to_owned(),
            node: item.attr("node").map(str::to_owned),
            name: item.attr("name").map(str::to_owned),
        })
    };
    Some(answer.children().filter(|child| child.is("item", ITEMS)).take(MAX_ITEMS).filter_map(item).collect())
}
