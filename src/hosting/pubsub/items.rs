//! Publishing, retracting and reading items (XEP-0060 §6.5, §7).

use super::access::Whose;
use super::node::Configuration;
use super::{
    Caller, Change, Fields, Kind, Notice, Outcome, Page, Refusal, Reply, Service, bounds, check_name, page,
    read_configuration,
};
use crate::hosting::stanza::StanzaError;
use crate::store::{Item, Placed};

impl Service<'_> {
    /// Puts an item into a node as it is, whoever could have done so.
    pub fn plant(&self, name: &str, publisher: &str, id: &str, payload: &str) -> Result<Notice, Refusal> {
        let node = self.find(name)?;
        let configuration = read_configuration(&node);
        self.store.put_item(node.number, id, publisher, payload, self.now)?;
        let payload = configuration.deliver_payloads.then(|| payload.to_owned());
        let change = Change::Published { id: id.to_owned(), publisher: publisher.to_owned(), payload, stamp: None };
        Ok(self.notice(&node, &configuration, change)?)
    }

    pub(super) fn publish(
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
    pub(super) fn check_options(&self, configuration: &Configuration, options: &Fields) -> Result<(), Refusal> {
        let mut wished = configuration.clone();
        for (name, values) in options {
            if wished.set(name, values, self.has_presence()).is_err() || wished != *configuration {
                let text = format!("The node is not as the option {name} says.");
                return Err(StanzaError::new("conflict").pubsub("precondition-not-met").text(text).into());
            }
        }
        Ok(())
    }

    pub(super) fn retract(&self, caller: &Caller, name: &str, id: &str, notify: bool) -> Result<Outcome, Refusal> {
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

    pub(super) fn items(
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
}

fn whose(item: &Item, caller: &Caller) -> Whose {
    if item.publisher == caller.bare.as_str() { Whose::Own } else { Whose::Others }
}
