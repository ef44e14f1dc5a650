//! Buddycloud channels for any XMPP server: a component (XEP-0114) that plain pubsub clients can use too.
//!
//! [`Service`] has no network and no clock: stanzas go in, stanzas come out. One thread owns it (`runner`), does what
//! waits in one transaction and lets its answers out after the commit; `link` is the connection to the XMPP server.

mod federation;

use minidom::Element;

use crate::store::StoreError;
use crate::store::channels::ChannelStore;

/// What is chosen about a service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The domain whose accounts are members: `example.org`.
    pub domain: String,
    /// Domains whose accounts are anonymous: they read, and do nothing else.
    pub guests: Vec<String>,
    /// The service's own address: `channels.example.org`.
    pub address: String,
    /// The domain of topic channels: `topics.example.org`.
    pub topics: String,
    /// What the service calls itself.
    pub name: String,
}

/// A channel service at work.
pub struct Service {
    store: ChannelStore,
    settings: Settings,
    fresh: fn() -> String,
    federation: federation::Federation,
    outgoing: Vec<Outgoing>,
}

/// A stanza to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Which of our addresses it is from: by that connection it leaves.
    pub from: String,
    /// The whole stanza, with `from` and `to`, in the default namespace that the stream declares.
    pub text: String,
}

impl Service {
    /// Takes the service up. `fresh` makes names that nobody can guess.
    pub fn new(store: ChannelStore, settings: Settings, fresh: fn() -> String) -> Result<Self, StoreError> {
        let federation = federation::Federation::new(&settings.address, fresh);
        Ok(Service { store, settings, fresh, federation, outgoing: Vec::new() })
    }

    /// Takes one stanza (in `jabber:client`), with its `from` and `to`, as the XMPP server delivered it. `is_cut`: parts
    /// of it broke a bound and are missing. `now` is in milliseconds since 1970.
    pub fn stanza(&mut self, stanza: &Element, is_cut: bool, now: i64) -> Result<(), StoreError> {
        let _ = (stanza, is_cut, now);
        Ok(())
    }

    /// The connection to the XMPP server stands (again).
    pub fn connected(&mut self, now: i64) -> Result<(), StoreError> {
        let _ = now;
        Ok(())
    }

    /// Once a second: requests to others that took too long, copies that are due.
    pub fn tick(&mut self, now: i64) -> Result<(), StoreError> {
        let _ = now;
        Ok(())
    }

    /// What is to be sent, in this order, once everything so far is on disk.
    pub fn take(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outgoing)
    }

    /// The batch could not be committed: what was to be sent is forgotten, and so is what was only remembered here.
    pub fn forget(&mut self) {
        self.outgoing.clear();
    }
}
