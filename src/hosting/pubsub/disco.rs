//! What a service tells about itself and its nodes, XEP-0060 §5.1 to §5.5.

use super::access::AccessModel;
use super::node::META_DATA;
use super::{Caller, Kind, Page, PageAnswer, Refusal, Service, bounds, read_configuration};
use crate::hosting::form::{self, Kind as Field};
use crate::hosting::stanza::{StanzaError, attribute};

/// What is built here; each is `http://jabber.org/protocol/pubsub#…`.
const FEATURES: &[&str] = &[
    "access-open",
    "access-whitelist",
    "config-node",
    "config-node-max",
    "create-and-configure",
    "create-nodes",
    "delete-items",
    "delete-nodes",
    "instant-nodes",
    "item-ids",
    "last-published",
    "member-affiliation",
    "meta-data",
    "modify-affiliations",
    "manage-subscriptions",
    "outcast-affiliation",
    "persistent-items",
    "publish",
    "publish-only-affiliation",
    "publish-options",
    "publisher-affiliation",
    "purge-nodes",
    "retract-items",
    "retrieve-affiliations",
    "retrieve-default",
    "retrieve-items",
    "retrieve-subscriptions",
    "rsm",
    "subscribe",
];
/// What the nodes of an account have besides.
const PERSONAL: &[&str] = &["access-presence", "auto-create", "auto-subscribe", "filtered-notifications"];

/// Writes the features a service of this kind announces.
pub fn features(kind: &Kind, out: &mut String) {
    let personal: &[&str] = if matches!(kind, Kind::Personal(_)) { PERSONAL } else { &[] };
    for feature in FEATURES.iter().chain(personal) {
        out.push_str("<feature var='http://jabber.org/protocol/pubsub#");
        out.push_str(feature);
        out.push_str("'/>");
    }
}

impl Service<'_> {
    /// The children of disco#info for one node.
    pub fn node_info(&self, caller: &Caller, name: &str) -> Result<String, Refusal> {
        let node = self.find(name)?;
        let configuration = read_configuration(&node);
        self.standing(&node, caller)?.may_read(configuration.access_model)?;
        let mut out = String::from(
            "<identity category='pubsub' type='leaf'/><feature var='http://jabber.org/protocol/pubsub'/>\
             <feature var='http://jabber.org/protocol/disco#info'/>",
        );
        form::open("result", META_DATA, &mut out);
        let mut add = |name: &str, kind: Field, values: &[&str]| {
            form::field(&format!("pubsub#{name}"), kind, None, values, &mut out);
        };
        add("type", Field::Line, &[&configuration.kind]);
        add("title", Field::Line, &[&configuration.title]);
        add("description", Field::Line, &[&configuration.description]);
        add("creator", Field::Address, &[&node.creator]);
        add("creation_date", Field::Line, &[&super::wire::timestamp(node.created)]);
        let affiliates = self.store.affiliates(node.number)?;
        let with = |word: &str| -> Vec<&str> {
            affiliates.iter().filter(|one| one.affiliation == word).map(|one| one.jid.as_str()).collect()
        };
        add("owner", Field::Addresses, &with("owner"));
        add("publisher", Field::Addresses, &with("publisher"));
        add("num_subscribers", Field::Line, &[&self.store.subscriber_count(node.number)?.to_string()]);
        add("access_model", Field::Line, &[configuration.access_word()]);
        add("publish_model", Field::Line, &[configuration.publish_word()]);
        form::close(&mut out);
        Ok(out)
    }

    /// The children of disco#items: the nodes the caller may read.
    pub fn node_list(&self, caller: &Caller, page: Option<&Page>) -> Result<String, Refusal> {
        let after = match page.and_then(|page| page.after.as_deref()) {
            Some(token) => token.parse().map_err(|_| StanzaError::new("item-not-found"))?,
            None => 0,
        };
        let size = page.and_then(|page| page.max).unwrap_or(usize::MAX).min(bounds::PAGE_NODES);
        let nodes = self.store.nodes(self.address, after, size)?;
        let mut out = String::new();
        for node in &nodes {
            let configuration = read_configuration(node);
            let is_readable = match configuration.access_model {
                AccessModel::Open => true,
                model => self.standing(node, caller)?.may_read(model).is_ok(),
            };
            if is_readable {
                out.push_str("<item");
                attribute("jid", self.address, &mut out);
                attribute("node", &node.name, &mut out);
                if !configuration.title.is_empty() {
                    attribute("name", &configuration.title, &mut out);
                }
                out.push_str("/>");
            }
        }
        if page.is_some() || nodes.len() == bounds::PAGE_NODES {
            let count = self.store.node_total(self.address)?;
            let ends = nodes.first().zip(nodes.last());
            let ends = match ends {
                Some((first, last)) => {
                    let index = self.store.node_index(self.address, first.number)?;
                    Some((first.number.to_string(), index, last.number.to_string()))
                }
                None => None,
            };
            PageAnswer { ends, count }.write(&mut out);
        }
        Ok(out)
    }

    /// The children of disco#items for one node: its newest items.
    pub fn item_list(&self, caller: &Caller, name: &str) -> Result<String, Refusal> {
        let node = self.find(name)?;
        self.standing(&node, caller)?.may_read(read_configuration(&node).access_model)?;
        let mut out = String::new();
        for id in self.store.item_ids(node.number, bounds::PAGE_NODES)? {
            out.push_str("<item");
            attribute("jid", self.address, &mut out);
            attribute("name", &id, &mut out);
            out.push_str("/>");
        }
        Ok(out)
    }
}
