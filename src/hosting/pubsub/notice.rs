//! What subscribers are told, and who may know (XEP-0060 §12).

use std::collections::HashMap;

use super::access::{AccessModel, Affiliation, Standing};
use super::node::{Configuration, SendLast};
use super::{Refusal, Service, read_configuration};
use crate::store::{Node, StoreError};

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

impl Service<'_> {
    /// The last item of a node as it is sent to somebody who comes online, where the node wants that.
    pub fn last_item(&self, node: &Node) -> Result<Option<Notice>, Refusal> {
        let configuration = read_configuration(node);
        if configuration.send_last != SendLast::OnSubAndPresence {
            return Ok(None);
        }
        self.last_notice(node, &configuration, Vec::new())
    }

    /// A notice to every subscriber who may read the node now.
    pub(super) fn notice(
        &self,
        node: &Node,
        configuration: &Configuration,
        change: Change,
    ) -> Result<Notice, StoreError> {
        let subscribers = self.store.subscribers(node.number)?.into_iter().map(|one| one.jid).collect();
        self.notice_to(node, configuration, change, subscribers)
    }

    pub(super) fn notice_to(
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

    pub(super) fn last_notice(
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
