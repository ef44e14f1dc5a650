//! Subscribing, and seeing one's own subscriptions and affiliations (XEP-0060 §5.6, §5.7, §6.1, §6.2).

use jid::Jid;

use super::node::SendLast;
use super::{Caller, Outcome, Refusal, Reply, Service, bounds, read_configuration};
use crate::hosting::stanza::StanzaError;

impl Service<'_> {
    pub(super) fn subscribe(&self, caller: &Caller, name: &str, jid: &Jid) -> Result<Outcome, Refusal> {
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

    pub(super) fn unsubscribe(&self, caller: &Caller, name: &str, jid: &Jid) -> Result<Outcome, Refusal> {
        check_subscriber(caller, jid)?;
        let node = self.find(name)?;
        if !self.store.unsubscribe(node.number, jid.as_str())? {
            return Err(StanzaError::new("unexpected-request").pubsub("not-subscribed").into());
        }
        Ok(Reply::Done.into())
    }

    pub(super) fn subscriptions(&self, caller: &Caller, node: Option<String>) -> Result<Outcome, Refusal> {
        if let Some(name) = &node {
            self.find(name)?;
        }
        let all = self.store.subscriptions_of(self.address, caller.bare.as_str())?;
        let wanted = all.into_iter().filter(|one| node.as_ref().is_none_or(|name| *name == one.node));
        let list = wanted.map(|one| (one.node, one.jid)).collect();
        Ok(Reply::Subscriptions(node, list).into())
    }

    pub(super) fn affiliations(&self, caller: &Caller, node: Option<String>) -> Result<Outcome, Refusal> {
        if let Some(name) = &node {
            self.find(name)?;
        }
        let all = self.store.affiliations_of(self.address, caller.bare.as_str(), bounds::NODES)?;
        let wanted = all.into_iter().filter(|one| node.as_ref().is_none_or(|name| *name == one.node));
        let list = wanted.map(|one| (one.node, one.affiliation)).collect();
        Ok(Reply::Affiliations(node, list).into())
    }
}

fn check_subscriber(caller: &Caller, jid: &Jid) -> Result<(), StanzaError> {
    if jid.to_bare() == caller.bare { Ok(()) } else { Err(StanzaError::new("bad-request").pubsub("invalid-jid")) }
}
