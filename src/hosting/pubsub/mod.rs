//! A pubsub service without a network, XEP-0060: an operation goes in, a reply and notices come out.
//!
//! Items stand in the order they were first published; an edit keeps its place and its id. Every item names the bare
//! address that published it, and nobody can change an item under another's name.

mod operation;
mod notice;
pub mod access;
pub mod node;
pub mod bounds;
mod items;
mod page;
mod subscriptions;
mod manage;
pub mod disco;
pub mod wire;
#[cfg(test)]
mod tests;

pub use notice::{Audience, Change, Notice};
pub use operation::{Fields, Operation, Outcome, Refusal, Reply};
pub use page::{Page, PageAnswer};

use jid::{BareJid, Jid};

use self::access::{AccessModel, Affiliation, Standing};
use self::node::{Configuration, FieldProblem};
use super::stanza::StanzaError;
use crate::store::{Node, Store, StoreError};

/// Whose service it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The nodes of one account (XEP-0163); the account owns them all.
    Personal(BareJid),
    /// A service of a domain, where every member may make nodes.
    Shared,
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The full address.
    pub jid: Jid,
    /// Its account.
    pub bare: BareJid,
    /// Signed in without an account.
    pub is_guest: bool,
}

/// One pubsub service at work.
pub struct Service<'a> {
    /// Where everything is kept.
    pub store: &'a Store,
    /// The service's address.
    pub address: &'a str,
    /// Whose it is.
    pub kind: Kind,
    /// Seconds since 1970.
    pub now: i64,
    /// Makes names for nodes and items that come without one.
    pub fresh: &'a dyn Fn() -> String,
}

impl Service<'_> {
    /// Does what is asked, or says why not. Nothing was changed when it was refused, provided that the caller
    /// undoes the step.
    pub fn handle(&self, caller: &Caller, operation: Operation) -> Result<Outcome, Refusal> {
        match operation {
            Operation::Create { node, configuration } => self.create(caller, node, configuration),
            Operation::Publish { node, id, payload, options } => self.publish(caller, &node, id, payload, options),
            Operation::Retract { node, id, notify } => self.retract(caller, &node, &id, notify),
            Operation::Items { node, ids, max_items, page } => self.items(caller, &node, &ids, max_items, page),
            Operation::Subscribe { node, jid } => self.subscribe(caller, &node, &jid),
            Operation::Unsubscribe { node, jid } => self.unsubscribe(caller, &node, &jid),
            Operation::Subscriptions { node } => self.subscriptions(caller, node),
            Operation::Affiliations { node } => self.affiliations(caller, node),
            Operation::DefaultConfiguration => self.default_configuration(caller),
            Operation::Configuration { node } => self.configuration(caller, &node),
            Operation::Configure { node, answer } => self.configure(caller, &node, answer),
            Operation::Delete { node } => self.delete(caller, &node),
            Operation::Purge { node } => self.purge(caller, &node),
            Operation::Affiliates { node } => self.affiliates(caller, &node),
            Operation::SetAffiliates { node, changes } => self.set_affiliates(caller, &node, &changes),
            Operation::Subscribers { node } => self.subscribers(caller, &node),
            Operation::EndSubscriptions { node, jids } => self.end_subscriptions(caller, &node, &jids),
        }
    }

    fn create(&self, caller: &Caller, name: Option<String>, fields: Option<Fields>) -> Result<Outcome, Refusal> {
        let name = match name {
            Some(name) => name,
            None => (self.fresh)(),
        };
        let node = self.make(caller, &name, fields)?;
        Ok(Reply::Created { node: node.name }.into())
    }

    /// Makes a node; the caller becomes its owner.
    fn make(&self, caller: &Caller, name: &str, fields: Option<Fields>) -> Result<Node, Refusal> {
        self.check_maker(caller)?;
        check_name(name, bounds::NODE_NAME)?;
        if self.store.node(self.address, name)?.is_some() {
            return Err(StanzaError::new("conflict").into());
        }
        let bare = caller.bare.as_str();
        if self.store.node_count(bare)? >= bounds::NODES {
            return Err(StanzaError::new("resource-constraint").text("This account has too many nodes.").into());
        }
        let mut configuration = self.defaults(name);
        self.change(&mut configuration, &fields.unwrap_or_default())?;
        let number = self.store.add_node(self.address, name, bare, &write_configuration(&configuration), self.now)?;
        self.store.set_affiliation(number, bare, Some(Affiliation::Owner.word()))?;
        self.find(name)
    }

    fn check_maker(&self, caller: &Caller) -> Result<(), Refusal> {
        let is_own = match &self.kind {
            Kind::Personal(owner) => *owner == caller.bare,
            Kind::Shared => true,
        };
        if caller.is_guest || !is_own {
            return Err(StanzaError::new("forbidden").into());
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Result<Node, Refusal> {
        Ok(self.store.node(self.address, name)?.ok_or_else(|| StanzaError::new("item-not-found"))?)
    }

    fn standing(&self, node: &Node, caller: &Caller) -> Result<Standing, StoreError> {
        let bare = caller.bare.as_str();
        let is_owner = matches!(&self.kind, Kind::Personal(owner) if *owner == caller.bare);
        let affiliation = match self.store.affiliation(node.number, bare)? {
            _ if is_owner => Affiliation::Owner,
            Some(word) => Affiliation::parse(&word).unwrap_or(Affiliation::None),
            None => Affiliation::None,
        };
        Ok(Standing {
            affiliation,
            is_subscribed: self.store.is_subscribed(node.number, bare)?,
            sees_presence: self.sees_presence(bare)?,
            is_guest: caller.is_guest,
        })
    }

    fn has_presence(&self) -> bool {
        matches!(self.kind, Kind::Personal(_))
    }

    fn sees_presence(&self, bare: &str) -> Result<bool, StoreError> {
        match &self.kind {
            Kind::Personal(owner) if owner.as_str() == bare => Ok(true),
            Kind::Personal(owner) => match owner.node() {
                Some(user) => self.store.is_seen_by(user.as_str(), bare),
                None => Ok(false),
            },
            Kind::Shared => Ok(false),
        }
    }

    fn defaults(&self, name: &str) -> Configuration {
        match self.kind {
            Kind::Personal(_) => Configuration::personal(name),
            Kind::Shared => Configuration::default(),
        }
    }

    fn change(&self, configuration: &mut Configuration, fields: &Fields) -> Result<(), Refusal> {
        for (name, values) in fields {
            configuration.set(name, values, self.has_presence()).map_err(|problem| {
                let what = match problem {
                    FieldProblem::Unknown => "There is no field",
                    FieldProblem::Value => "This value cannot be had for",
                };
                StanzaError::new("not-acceptable").text(format!("{what} {name}."))
            })?;
        }
        Ok(())
    }
}

/// Names are opaque, but neither empty, nor endless, nor made of control characters.
fn check_name(name: &str, bound: usize) -> Result<(), StanzaError> {
    if name.is_empty() || name.len() > bound || name.chars().any(char::is_control) {
        return Err(StanzaError::new("not-acceptable").text("This name or id cannot be used."));
    }
    Ok(())
}

/// The configuration of a node; one that cannot be read any more closes the node to strangers.
fn read_configuration(node: &Node) -> Configuration {
    serde_json::from_str(&node.configuration)
        .unwrap_or(Configuration { access_model: AccessModel::Whitelist, ..Configuration::default() })
}

fn write_configuration(configuration: &Configuration) -> String {
    serde_json::to_string(configuration).expect("strings, numbers and words are always JSON")
}
