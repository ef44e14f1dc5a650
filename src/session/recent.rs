//! What one session knows for a while, so that one page after the other does not ask for it again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use super::blocking::BlockList;
use super::fresh::Fresh;
use super::unread::Unread;
use crate::channel::{About, Address, ChannelId, Role};
use crate::dialect::{ChannelService, Services};

/// How long what a server said about somebody's rights is believed.
const TIME: Duration = Duration::from_secs(60);

/// How long channels are read one by one where they could not be read at once.
const AT_ONCE_AGAIN: Duration = Duration::from_secs(600);

/// Services whose roles are remembered, a list of at most 10,000 each.
const SERVICES: usize = 10;

/// Channels of which is remembered that they could be read.
const READ: usize = 100;

/// See the module.
pub(super) struct Recent {
    /// What this person's own domain offers to them, with what was learned by trying.
    pub(super) services: Mutex<Option<Services>>,
    /// This person's part in the channels of a service.
    pub(super) roles: Fresh<Address, Arc<Vec<(ChannelId, Role)>>>,
    /// This person's part in all Buddycloud channels, as the own service knows it.
    pub(super) buddycloud: Fresh<(), Arc<Vec<(ChannelId, Role)>>>,
    /// What is known of this person's own channel; `None` while it is not made.
    pub(super) own: Fresh<(), Option<About>>,
    /// How far this person has read.
    pub(super) unread: Unread,
    /// Whom this person has blocked, which the session's task keeps.
    pub(super) blocks: Arc<BlockList>,
    read: Mutex<LruCache<ChannelId, Instant>>,
    /// Whether the channel service was not found when it was last looked for.
    is_missed: AtomicBool,
    /// When the channel service did not tell what is new in all channels.
    one_by_one: Mutex<Option<Instant>>,
}

impl Recent {
    pub(super) fn new() -> Self {
        Recent {
            services: Mutex::default(),
            roles: Fresh::new(SERVICES, TIME),
            buddycloud: Fresh::new(1, TIME),
            own: Fresh::new(1, TIME),
            unread: Unread::default(),
            blocks: Arc::default(),
            read: Mutex::new(LruCache::unbounded()),
            is_missed: AtomicBool::new(false),
            one_by_one: Mutex::default(),
        }
    }

    /// Discovery looked for the channel service of one's own domain: it may come while a session lasts, or move. One that
    /// is not found is gone only when it is not found again: while it restarts, nobody's own channel becomes another.
    /// Returns whether what was found is believed.
    pub(super) fn replace_channel_service(&self, found: Option<&ChannelService>) -> bool {
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        let was_missed = self.is_missed.swap(found.is_none(), Ordering::Relaxed);
        let Some(known) = &mut *services else { return true };
        if found.is_none() && known.channel_service.is_some() && !was_missed {
            return false;
        }
        known.channel_service = found.cloned();
        true
    }

    /// Whether the channel service may be asked for what is new in all channels: it was not found lately that it
    /// does not tell.
    pub(super) fn may_ask_at_once(&self) -> bool {
        let known = self.one_by_one.lock().unwrap_or_else(PoisonError::into_inner);
        known.is_none_or(|at| at.elapsed() > AT_ONCE_AGAIN)
    }

    /// It does not tell: channels are read one by one for a while.
    pub(super) fn note_one_by_one(&self) {
        *self.one_by_one.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// A channel was read just now.
    pub(super) fn note_read(&self, channel: &ChannelId) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.put(channel.clone(), Instant::now());
        if read.len() > READ {
            read.pop_lru();
        }
    }

    /// Whether a channel was read in the last minute.
    pub(super) fn was_read(&self, channel: &ChannelId) -> bool {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(channel).is_some_and(|at| at.elapsed() < TIME)
    }

    /// A channel is not what it was: its rights are asked for again.
    pub(super) fn forget(&self, channel: &ChannelId) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).pop(channel);
        self.roles.forget(&channel.address);
        if channel.is_buddycloud() {
            self.buddycloud.forget(&());
        }
        self.own.forget(&());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dialect::{Helpers, Software};

    fn service(domain: &str) -> ChannelService {
        ChannelService {
            address: format!("channels.{domain}").parse().unwrap(),
            domain: domain.parse().unwrap(),
            topics: format!("topics.{domain}").parse().unwrap(),
            software: Software::Other,
            features: Vec::new(),
            helpers: Helpers::default(),
        }
    }

    #[test]
    fn a_service_that_is_silent_once_is_not_gone() {
        let recent = Recent::new();
        let known = || recent.services.lock().unwrap().clone().unwrap().channel_service;
        assert!(recent.replace_channel_service(None), "nothing was known");
        *recent.services.lock().unwrap() = Some(Services::default());
        let (old, new) = (service("old.example.org"), service("example.org"));
        assert!(recent.replace_channel_service(Some(&old)));
        assert!(!recent.replace_channel_service(None));
        assert_eq!(known(), Some(old.clone()), "it restarts");
        assert!(recent.replace_channel_service(Some(&old)));
        assert!(!recent.replace_channel_service(None), "it answered in between");
        assert!(recent.replace_channel_service(Some(&new)));
        assert_eq!(known(), Some(new), "it moved");
        assert!(!recent.replace_channel_service(None));
        assert!(recent.replace_channel_service(None));
        assert_eq!(known(), None, "it is gone");
    }
}
