//! What a domain offers, as discovery found it.

use crate::channel::{Access, Address};

/// What a domain offers, and what was learned about it since.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Services {
    /// Its services that hold channels, but not the one below.
    pub channels: Vec<Service>,
    /// Its service for replies, if it has one of its own.
    pub replies: Option<Service>,
    /// Who may read one's own channel, once that is known.
    pub own_access: Option<Access>,
    /// Its Buddycloud channel service, if it has one.
    pub channel_service: Option<ChannelService>,
    /// Its service for files (XEP-0363), if it has one.
    pub upload: Option<Upload>,
}

/// A service that takes files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Where it is.
    pub address: Address,
    /// The largest file that it takes, in bytes, if it says so.
    pub largest: Option<u64>,
}

/// The Buddycloud channel service of a domain (a domain has at most one), as discovery found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelService {
    /// Where it is.
    pub address: Address,
    /// The domain whose channels it keeps.
    pub domain: Address,
    /// The domain in the names of topic channels.
    pub topics: Address,
    /// Which software it is, as far as that can be told.
    pub software: Software,
    /// What it says that it can do (XEP-0030).
    pub features: Vec<String>,
    /// Services that help it, where the domain has them.
    pub helpers: Helpers,
}

/// The software of a channel service; two kinds have habits of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Software {
    /// buddycloud-server, in CoffeeScript.
    Node,
    /// buddycloud-server-java.
    Java,
    /// Any other; taken to do what the specification says.
    Other,
}

/// Services beside a channel service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Helpers {
    /// The base URL of the media server: `<url>/<channel>/<id>` is a file.
    pub media: Option<String>,
    /// The directory of channels of many domains.
    pub directory: Option<Address>,
    /// The service that sends notices by e-mail.
    pub pusher: Option<Address>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Where it is.
    pub address: Address,
    /// What it calls itself; at most 500 characters.
    pub name: Option<String>,
    /// Whether this person may make channels there, once that was tried.
    pub may_create: Option<bool>,
}

/// Something worth remembering in [`Services`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    /// Whether this person may make channels at a service.
    MayCreate(Address, bool),
    /// Who may read this person's own channel; it exists and is as it should be otherwise.
    OwnAccess(Access),
}

impl Services {
    /// Remembers.
    pub fn learn(&mut self, learned: &[Learned]) {
        for fact in learned {
            match fact {
                Learned::OwnAccess(access) => self.own_access = Some(*access),
                Learned::MayCreate(address, may_create) => {
                    let known = self.channels.iter_mut().chain(&mut self.replies);
                    for service in known.filter(|service| service.address == *address) {
                        service.may_create = Some(*may_create);
                    }
                }
            }
        }
    }
}
