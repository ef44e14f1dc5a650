//! A pubsub service without a network, XEP-0060: an operation goes in, a reply and notices come out.
//!
//! Items stand in the order they were first published; an edit keeps its place and its id. Every item names the bare
//! address that published it, and nobody can change an item under another's name.

pub mod access;
pub mod bounds;
pub mod node;
mod page;
mod manage;
pub mod disco;
pub mod wire;

#[cfg(test)]
mod tests;

pub use page::{Page, PageAnswer};

use std::collections::{BTreeMap, HashMap};

use jid::{BareJid, Jid};

use self::access::{AccessModel, Affiliation, Denial, Standing, Whose};
use self::node::{Configuration, FieldProblem, SendLast};
use super::form::Answer;
use super::stanza::StanzaError;
use crate::store::{Item, Node, Placed, Store, StoreError};

/// The fields of a submitted form.
pub type Fields = BTreeMap<String, Vec<String>>;

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

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// §8.1; without a name the service chooses one.
    Create {
        /// The wished name.
        node: Option<String>,
        /// What differs from the defaults.
        configuration: Option<Fields>,
    },
    /// §7.1
    Publish {
        /// Where.
        node: String,
        /// Its id; without one the service chooses.
        id: Option<String>,
        /// One element as text, or nothing.
        payload: Option<String>,
        /// Conditions, or the configuration of a node that is made by this.
        options: Option<Fields>,
    },
    /// §7.2
    Retract {
        /// Where.
        node: String,
        /// Which.
        id: String,
        /// Tell subscribers even where the node would not.
        notify: bool,
    },
    /// §6.5
    Items {
        /// Where.
        node: String,
        /// These ones; none means a page.
        ids: Vec<String>,
        /// Only the newest ones.
        max_items: Option<usize>,
        /// Which page (XEP-0059).
        page: Option<Page>,
    },
    /// §6.1
    Subscribe {
        /// To what.
        node: String,
        /// Which address gets the events.
        jid: Jid,
    },
    /// §6.2
    Unsubscribe {
        /// From what.
        node: String,
        /// Which address.
        jid: Jid,
    },
    /// §5.6
    Subscriptions {
        /// Of one node only.
        node: Option<String>,
    },
    /// §5.7
    Affiliations {
        /// Of one node only.
        node: Option<String>,
    },
    /// §8.3
    DefaultConfiguration,
    /// §8.2.1
    Configuration {
        /// Which.
        node: String,
    },
    /// §8.2.4
    Configure {
        /// Which.
        node: String,
        /// The changes, or nothing at all.
        answer: Answer,
    },
    /// §8.4
    Delete {
        /// Which.
        node: String,
    },
    /// §8.5
    Purge {
        /// Which.
        node: String,
    },
    /// §8.9.1
    Affiliates {
        /// Which.
        node: String,
    },
    /// §8.9.2
    SetAffiliates {
        /// Which.
        node: String,
        /// Who becomes what.
        changes: Vec<(BareJid, Affiliation)>,
    },
    /// §8.8.1
    Subscribers {
        /// Which.
        node: String,
    },
    /// §8.8.2: whose subscriptions end.
    EndSubscriptions {
        /// Which.
        node: String,
        /// The addresses.
        jids: Vec<Jid>,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done, nothing to say.
    Done,
    /// A node was made; `chosen` when the service chose the name.
    Created {
        /// Its name.
        node: String,
    },
    /// An item was published.
    Published {
        /// Where.
        node: String,
        /// Its id.
        id: String,
    },
    /// Items, oldest first.
    Items {
        /// Where.
        node: String,
        /// The items.
        items: Vec<Item>,
        /// Where the page stands, when pages were asked for or needed.
        page: Option<PageAnswer>,
    },
    /// A subscription stands.
    Subscribed {
        /// To what.
        node: String,
        /// Which address.
        jid: String,
    },
    /// One's own subscriptions: node, address.
    Subscriptions(Option<String>, Vec<(String, String)>),
    /// One's own affiliations: node, word.
    Affiliations(Option<String>, Vec<(String, String)>),
    /// The defaults.
    DefaultConfiguration(Box<Configuration>),
    /// One node's configuration.
    Configuration(String, Box<Configuration>),
    /// Everybody with a standing: address, word.
    Affiliates(String, Vec<(String, String)>),
    /// Everybody subscribed.
    Subscribers(String, Vec<String>),
}

/// What changed in a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An item came or was replaced.
    Published {
        /// Its id.
        id: String,
        /// Who published it.
        publisher: String,
        /// The payload, where the node delivers it.
        payload: Option<String>,
        /// When it was published, for an item that is sent late.
        stamp: Option<i64>,
    },
    /// An item went.
    Retracted(String),
    /// All items went.
    Purged,
    /// The node went.
    Deleted,
    /// The configuration changed.
    Configured,
}

/// Something subscribers are told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The service.
    pub service: String,
    /// The node.
    pub node: String,
    /// What changed.
    pub change: Change,
    /// The subscribed addresses that may know, bare or full.
    pub subscribers: Vec<String>,
    /// Who else may know.
    pub audience: Audience,
    /// The type of the messages.
    pub message_type: &'static str,
}

/// Who may receive a node's events, besides those that subscribed.
#[derive(Debug, Clone)]
pub struct Audience {
    access: AccessModel,
    affiliations: HashMap<String, Affiliation>,
}

impl Audience {
    /// Whether an account may.
    pub fn has(&self, bare: &str, sees_presence: bool) -> bool {
        let affiliation = self.affiliations.get(bare).copied().unwrap_or(Affiliation::None);
        Standing { affiliation, is_subscribed: false, sees_presence, is_guest: false }.may_read(self.access).is_ok()
    }
}

/// A reply and what others are told.
#[derive(Debug)]
pub struct Outcome {
    /// To the one who asked.
    pub reply: Reply,
    /// To others, after the reply.
    pub notices: Vec<Notice>,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Outcome { reply, notices: Vec::new() }
    }
}

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What the caller is told.
    #[error("{}", .0.condition)]
    Told(StanzaError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<StanzaError> for Refusal {
    fn from(error: StanzaError) -> Self {
        Refusal::Told(error)
    }
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Refusal::Told(denial.into())
    }
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

    /// The last item of a node as it is sent to somebody who comes online, where the node wants that.
    pub fn last_item(&self, node: &Node) -> Result<Option<Notice>, Refusal> {
        let configuration = read_configuration(node);
        if configuration.send_last != SendLast::OnSubAndPresence {
            return Ok(None);
        }
        self.last_notice(node, &configuration, Vec::new())
    }

    /// Puts an item into a node as it is, whoever could have done so.
    pub fn plant(&self, name: &str, publisher: &str, id: &str, payload: &str) -> Result<Notice, Refusal> {
        let node = self.find(name)?;
        let configuration = read_configuration(&node);
        self.store.put_item(node.number, id, publisher, payload, self.now)?;
        let payload = configuration.deliver_payloads.then(|| payload.to_owned());
        let change = Change::Published { id: id.to_owned(), publisher: publisher.to_owned(), payload, stamp: None };
        Ok(self.notice(&node, &configuration, change)?)
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

    fn publish(
        &self,
        caller: &Caller,
        name: &str,
        id: Option<String>,
        payload: Option<String>,
        options: Option<Fields>,
    ) -> Result<Outcome, Refusal> {
        let node = match (self.store.node(self.address, name)?, &self.kind) {
            (Some(node), _) => node,
            (None, Kind::Personal(owner)) if *owner == caller.bare => self.make(caller, name, options.clone())?,
            (None, _) => return Err(StanzaError::new("item-not-found").into()),
        };
        let configuration = read_configuration(&node);
        let standing = self.standing(&node, caller)?;
        standing.may_publish(configuration.publish_model)?;
        if let Some(options) = &options {
            self.check_options(&configuration, options)?;
        }
        match &payload {
            Some(payload) if payload.len() > bounds::PAYLOAD => {
                return Err(StanzaError::new("not-acceptable").pubsub("payload-too-big").into());
            }
            None if configuration.persist_items || configuration.deliver_payloads => {
                return Err(StanzaError::new("bad-request").pubsub("payload-required").into());
            }
            _ => {}
        }
        let id = id.unwrap_or_else(|| (self.fresh)());
        check_name(&id, bounds::ITEM_ID)?;
        let publisher = caller.bare.as_str();
        if let Some(item) = self.store.item(node.number, &id)? {
            standing.may_replace(configuration.publish_model, whose(&item, caller))?;
        }
        if configuration.persist_items {
            let text = payload.as_deref().unwrap_or("");
            if self.store.put_item(node.number, &id, publisher, text, self.now)? == Placed::Added {
                self.store.trim_items(node.number, configuration.kept())?;
            }
        }
        let payload = if configuration.deliver_payloads { payload } else { None };
        let change = Change::Published { id: id.clone(), publisher: publisher.to_owned(), payload, stamp: None };
        let mut outcome = Outcome::from(Reply::Published { node: name.to_owned(), id });
        if configuration.deliver_notifications {
            outcome.notices.push(self.notice(&node, &configuration, change)?);
        }
        Ok(outcome)
    }

    /// A publish with options is done only where the node already is as they say (§7.1.5).
    fn check_options(&self, configuration: &Configuration, options: &Fields) -> Result<(), Refusal> {
        let mut wished = configuration.clone();
        for (name, values) in options {
            if wished.set(name, values, self.has_presence()).is_err() || wished != *configuration {
                let text = format!("The node is not as the option {name} says.");
                return Err(StanzaError::new("conflict").pubsub("precondition-not-met").text(text).into());
            }
        }
        Ok(())
    }

    fn retract(&self, caller: &Caller, name: &str, id: &str, notify: bool) -> Result<Outcome, Refusal> {
        let node = self.find(name)?;
        let configuration = read_configuration(&node);
        let standing = self.standing(&node, caller)?;
        let item = self.store.item(node.number, id)?;
        let whose = item.as_ref().map_or(Whose::Others, |item| whose(item, caller));
        standing.may_retract(whose)?;
        if !configuration.persist_items {
            return Err(StanzaError::unsupported("persistent-items").into());
        }
        if item.is_none() || !self.store.remove_item(node.number, id)? {
            return Err(StanzaError::new("item-not-found").into());
        }
        let mut outcome = Outcome::from(Reply::Done);
        if notify || configuration.notify_retract {
            outcome.notices.push(self.notice(&node, &configuration, Change::Retracted(id.to_owned()))?);
        }
        Ok(outcome)
    }

    fn items(
        &self,
        caller: &Caller,
        name: &str,
        ids: &[String],
        max_items: Option<usize>,
        page: Option<Page>,
    ) -> Result<Outcome, Refusal> {
        let node = self.find(name)?;
        let configuration = read_configuration(&node);
        self.standing(&node, caller)?.may_read(configuration.access_model)?;
        if let Some(seconds) = configuration.item_expire {
            self.store.expire_items(node.number, self.now - i64::from(seconds))?;
        }
        let (items, page) = if ids.is_empty() {
            page::read(self.store, node.number, max_items, page)?
        } else if ids.len() > bounds::IDS {
            return Err(StanzaError::new("resource-constraint").text("Too many items at once.").into());
        } else {
            let found = ids.iter().map(|id| self.store.item(node.number, id));
            (page::fitting(found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten()), None)
        };
        Ok(Reply::Items { node: node.name, items, page }.into())
    }

    fn subscribe(&self, caller: &Caller, name: &str, jid: &Jid) -> Result<Outcome, Refusal> {
        check_subscriber(caller, jid)?;
        let node = self.find(name)?;
        let configuration = read_configuration(&node);
        self.standing(&node, caller)?.may_read(configuration.access_model)?;
        let full = self.store.subscription_count(caller.bare.as_str())? >= bounds::SUBSCRIPTIONS
            || self.store.subscriber_count(node.number)? >= bounds::SUBSCRIBERS;
        if full && !self.store.is_subscribed(node.number, caller.bare.as_str())? {
            return Err(StanzaError::new("policy-violation").pubsub("too-many-subscriptions").into());
        }
        self.store.subscribe(node.number, jid.as_str(), caller.bare.as_str())?;
        let mut outcome = Outcome::from(Reply::Subscribed { node: name.to_owned(), jid: jid.to_string() });
        if configuration.send_last != SendLast::Never {
            outcome.notices.extend(self.last_notice(&node, &configuration, vec![jid.to_string()])?);
        }
        Ok(outcome)
    }

    fn unsubscribe(&self, caller: &Caller, name: &str, jid: &Jid) -> Result<Outcome, Refusal> {
        check_subscriber(caller, jid)?;
        let node = self.find(name)?;
        if !self.store.unsubscribe(node.number, jid.as_str())? {
            return Err(StanzaError::new("unexpected-request").pubsub("not-subscribed").into());
        }
        Ok(Reply::Done.into())
    }

    fn subscriptions(&self, caller: &Caller, node: Option<String>) -> Result<Outcome, Refusal> {
        if let Some(name) = &node {
            self.find(name)?;
        }
        let all = self.store.subscriptions_of(self.address, caller.bare.as_str())?;
        let wanted = all.into_iter().filter(|one| node.as_ref().is_none_or(|name| *name == one.node));
        let list = wanted.map(|one| (one.node, one.jid)).collect();
        Ok(Reply::Subscriptions(node, list).into())
    }

    fn affiliations(&self, caller: &Caller, node: Option<String>) -> Result<Outcome, Refusal> {
        if let Some(name) = &node {
            self.find(name)?;
        }
        let all = self.store.affiliations_of(self.address, caller.bare.as_str(), bounds::NODES)?;
        let wanted = all.into_iter().filter(|one| node.as_ref().is_none_or(|name| *name == one.node));
        let list = wanted.map(|one| (one.node, one.affiliation)).collect();
        Ok(Reply::Affiliations(node, list).into())
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

    /// A notice to every subscriber who may read the node now.
    fn notice(&self, node: &Node, configuration: &Configuration, change: Change) -> Result<Notice, StoreError> {
        let subscribers = self.store.subscribers(node.number)?.into_iter().map(|one| one.jid).collect();
        self.notice_to(node, configuration, change, subscribers)
    }

    fn notice_to(
        &self,
        node: &Node,
        configuration: &Configuration,
        change: Change,
        mut subscribers: Vec<String>,
    ) -> Result<Notice, StoreError> {
        let affiliates = self.store.affiliates(node.number)?;
        let affiliations = affiliates
            .into_iter()
            .filter_map(|one| Some((one.jid, Affiliation::parse(&one.affiliation)?)))
            .collect::<HashMap<_, _>>();
        let audience = Audience { access: configuration.access_model, affiliations };
        let mut failure = None;
        subscribers.retain(|jid| {
            let bare = jid.split_once('/').map_or(jid.as_str(), |(bare, _)| bare);
            let needs_presence = configuration.access_model == AccessModel::Presence;
            let sees = match needs_presence.then(|| self.sees_presence(bare)) {
                Some(Ok(sees)) => sees,
                Some(Err(error)) => {
                    failure = Some(error);
                    false
                }
                None => false,
            };
            audience.has(bare, sees)
        });
        match failure {
            Some(error) => Err(error),
            None => Ok(Notice {
                service: self.address.to_owned(),
                node: node.name.clone(),
                change,
                subscribers,
                audience,
                message_type: configuration.message_word(),
            }),
        }
    }

    fn last_notice(
        &self,
        node: &Node,
        configuration: &Configuration,
        to: Vec<String>,
    ) -> Result<Option<Notice>, Refusal> {
        let Some(item) = self.store.items_before(node.number, None, 1)?.pop() else { return Ok(None) };
        let payload = configuration.deliver_payloads.then_some(item.payload);
        let change = Change::Published { id: item.id, publisher: item.publisher, payload, stamp: Some(item.created) };
        Ok(Some(self.notice_to(node, configuration, change, to)?))
    }
}

fn whose(item: &Item, caller: &Caller) -> Whose {
    if item.publisher == caller.bare.as_str() { Whose::Own } else { Whose::Others }
}

/// Names are opaque, but neither empty, nor endless, nor made of control characters.
fn check_name(name: &str, bound: usize) -> Result<(), StanzaError> {
    if name.is_empty() || name.len() > bound || name.chars().any(char::is_control) {
        return Err(StanzaError::new("not-acceptable").text("This name or id cannot be used."));
    }
    Ok(())
}

fn check_subscriber(caller: &Caller, jid: &Jid) -> Result<(), StanzaError> {
    if jid.to_bare() == caller.bare { Ok(()) } else { Err(StanzaError::new("bad-request").pubsub("invalid-jid")) }
}

/// The configuration of a node; one that cannot be read any more closes the node to strangers.
fn read_configuration(node: &Node) -> Configuration {
    serde_json::from_str(&node.configuration)
        .unwrap_or(Configuration { access_model: AccessModel::Whitelist, ..Configuration::default() })
}

fn write_configuration(configuration: &Configuration) -> String {
    serde_json::to_string(configuration).expect("strings, numbers and words are always JSON")
}
