//! What only the owner of a node may do, XEP-0060 §8.

use jid::{BareJid, Jid};

use super::access::Affiliation;
use super::node::Configuration;
use super::{Caller, Change, Kind, Outcome, Refusal, Reply, Service, bounds, read_configuration, write_configuration};
use crate::hosting::form::Answer;
use crate::hosting::stanza::StanzaError;
use crate::store::Node;

impl Service<'_> {
    /// The node, if the caller owns it.
    fn owned(&self, caller: &Caller, name: &str) -> Result<(Node, Configuration), Refusal> {
        let node = self.find(name)?;
        self.standing(&node, caller)?.may_manage()?;
        let configuration = read_configuration(&node);
        Ok((node, configuration))
    }

    pub(super) fn default_configuration(&self, caller: &Caller) -> Result<Outcome, Refusal> {
        self.check_maker(caller)?;
        Ok(Reply::DefaultConfiguration(Box::new(self.defaults(""))).into())
    }

    pub(super) fn configuration(&self, caller: &Caller, name: &str) -> Result<Outcome, Refusal> {
        let (node, configuration) = self.owned(caller, name)?;
        Ok(Reply::Configuration(node.name, Box::new(configuration)).into())
    }

    pub(super) fn configure(&self, caller: &Caller, name: &str, answer: Answer) -> Result<Outcome, Refusal> {
        let (node, mut configuration) = self.owned(caller, name)?;
        let Answer::Submit(fields) = answer else { return Ok(Reply::Done.into()) };
        self.change(&mut configuration, &fields)?;
        self.store.configure_node(node.number, &write_configuration(&configuration))?;
        self.store.trim_items(node.number, configuration.kept())?;
        let mut outcome = Outcome::from(Reply::Done);
        if configuration.notify_config {
            outcome.notices.push(self.notice(&node, &configuration, Change::Configured)?);
        }
        Ok(outcome)
    }

    pub(super) fn delete(&self, caller: &Caller, name: &str) -> Result<Outcome, Refusal> {
        let (node, configuration) = self.owned(caller, name)?;
        let mut outcome = Outcome::from(Reply::Done);
        if configuration.notify_delete {
            outcome.notices.push(self.notice(&node, &configuration, Change::Deleted)?);
        }
        self.store.remove_node(node.number)?;
        Ok(outcome)
    }

    pub(super) fn purge(&self, caller: &Caller, name: &str) -> Result<Outcome, Refusal> {
        let (node, configuration) = self.owned(caller, name)?;
        if !configuration.persist_items {
            return Err(StanzaError::unsupported("persistent-items").into());
        }
        self.store.trim_items(node.number, 0)?;
        let mut outcome = Outcome::from(Reply::Done);
        if configuration.notify_retract {
            outcome.notices.push(self.notice(&node, &configuration, Change::Purged)?);
        }
        Ok(outcome)
    }

    pub(super) fn affiliates(&self, caller: &Caller, name: &str) -> Result<Outcome, Refusal> {
        let (node, _) = self.owned(caller, name)?;
        let all = self.store.affiliates(node.number)?;
        Ok(Reply::Affiliates(node.name, all.into_iter().map(|one| (one.jid, one.affiliation)).collect()).into())
    }

    pub(super) fn set_affiliates(
        &self,
        caller: &Caller,
        name: &str,
        changes: &[(BareJid, Affiliation)],
    ) -> Result<Outcome, Refusal> {
        let (node, _) = self.owned(caller, name)?;
        for (jid, affiliation) in changes {
            let is_account = matches!(&self.kind, Kind::Personal(owner) if owner == jid);
            if is_account && *affiliation != Affiliation::Owner {
                return Err(StanzaError::new("not-acceptable").text("An account owns its own nodes.").into());
            }
            let word = Some(affiliation.word()).filter(|_| *affiliation != Affiliation::None);
            self.store.set_affiliation(node.number, jid.as_str(), word)?;
            if *affiliation == Affiliation::Outcast {
                self.store.unsubscribe_all(node.number, jid.as_str())?;
            }
        }
        let all = self.store.affiliates(node.number)?;
        if !all.iter().any(|one| one.affiliation == Affiliation::Owner.word()) {
            return Err(StanzaError::new("not-acceptable").text("A node cannot be without an owner.").into());
        }
        if all.len() > bounds::AFFILIATES {
            return Err(StanzaError::new("resource-constraint").text("Too many affiliations.").into());
        }
        Ok(Reply::Done.into())
    }

    pub(super) fn subscribers(&self, caller: &Caller, name: &str) -> Result<Outcome, Refusal> {
        let (node, _) = self.owned(caller, name)?;
        let all = self.store.subscribers(node.number)?;
        Ok(Reply::Subscribers(node.name, all.into_iter().map(|one| one.jid).collect()).into())
    }

    pub(super) fn end_subscriptions(&self, caller: &Caller, name: &str, jids: &[Jid]) -> Result<Outcome, Refusal> {
        let (node, _) = self.owned(caller, name)?;
        for jid in jids {
            if !self.store.unsubscribe(node.number, jid.as_str())? {
                return Err(StanzaError::new("item-not-found").into());
            }
        }
        Ok(Reply::Done.into())
    }
}
