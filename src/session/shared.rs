//! What all sessions of a process share: configuration, what services can do, channels known here. Bounded caches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use super::fresh::Fresh;
use crate::channel::{About, Access, Address, ChannelId};
use crate::config::Config;
use crate::dialect::{Page, Popular, Services};

/// Domains whose services are remembered.
const DOMAINS: usize = 200;

/// How long what a domain offers is believed.
const OFFERED: Duration = Duration::from_secs(600);

/// How long it is believed that a domain served here has no channel service: its service may start after its server, or
/// have been silent for a moment, and then its people's channels must not be missing for long.
const NO_SERVICE: Duration = Duration::from_secs(60);

/// How long a list of channels, and what a channel says about itself, is believed.
const HEADER: Duration = Duration::from_secs(60);

/// Lists of channels that are remembered; each holds at most 200. Members may be told of more channels than others, so
/// that each has a list of their own; the guest's is everybody's.
const LISTS: usize = 64;

/// Open channels remembered because somebody read them here.
const CHANNELS: usize = 1000;

/// See the module.
pub(super) struct Shared {
    pub(super) config: Arc<Config>,
    /// What domains offer to anybody.
    pub(super) services: Fresh<Address, Arc<Services>>,
    /// The channels of a service, as somebody (`None`: the guest) is told.
    pub(super) lists: Fresh<(Address, Option<Address>), Arc<Vec<About>>>,
    /// The best known channels of a channel service.
    pub(super) popular: Fresh<Address, Arc<Popular>>,
    channels: Mutex<LruCache<ChannelId, (Instant, About)>>,
    /// By address: whether posts came without their publisher.
    secretive: Mutex<LruCache<Address, bool>>,
}

impl Shared {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Shared {
            config,
            services: Fresh::new(DOMAINS, OFFERED),
            lists: Fresh::new(LISTS, HEADER),
            popular: Fresh::new(LISTS, HEADER),
            channels: Mutex::new(LruCache::unbounded()),
            secretive: Mutex::new(LruCache::unbounded()),
        }
    }

    /// How long what a domain offers is believed.
    pub(super) fn offered_for(&self, domain: &Address, offered: &Services) -> Duration {
        let is_served = self.config.xmpp.domains.iter().any(|served| served == domain.as_str());
        if is_served && offered.channel_service.is_none() { NO_SERVICE } else { OFFERED }
    }

    /// Remembers a channel that anybody may read; forgets one that closed. A server that says nothing proves nothing.
    pub(super) fn learn_channel(&self, about: &About) {
        let mut channels = lock(&self.channels);
        match about.access {
            Access::Open => {
                channels.put(about.id.clone(), (Instant::now(), about.clone()));
                if channels.len() > CHANNELS {
                    channels.pop_lru();
                }
            }
            Access::Restricted => _ = channels.pop(&about.id),
            Access::Unknown => {}
        }
    }

    /// Forgets a channel: it changed, or somebody could not read it.
    pub(super) fn forget_channel(&self, id: &ChannelId) {
        lock(&self.channels).pop(id);
    }

    /// Remembers whether the server names the publishers of what was read at a place.
    pub(super) fn learn_publishers(&self, place: &ChannelId, page: &Page) {
        if place.is_personal() || page.posts.is_empty() {
            return;
        }
        let mut secretive = lock(&self.secretive);
        secretive.put(place.address.clone(), page.hides_publisher);
        if secretive.len() > CHANNELS {
            secretive.pop_lru();
        }
    }

    /// Whether the server is known to keep publishers to itself at a place.
    pub(super) fn hides_publisher(&self, place: &ChannelId) -> bool {
        lock(&self.secretive).get(&place.address).copied().unwrap_or_default()
    }

    /// What is remembered of one channel, however old.
    pub(super) fn channel(&self, id: &ChannelId) -> Option<About> {
        lock(&self.channels).peek(id).map(|(_, about)| about.clone())
    }

    /// What one channel said about itself lately.
    pub(super) fn fresh_channel(&self, id: &ChannelId) -> Option<About> {
        let channels = lock(&self.channels);
        let (at, about) = channels.peek(id)?;
        (at.elapsed() < HEADER).then(|| about.clone())
    }

    /// The open channels read here, the latest first.
    pub(super) fn channels(&self) -> Vec<About> {
        lock(&self.channels).iter().map(|(_, (_, about))| about.clone()).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Caches of whole values: whatever panicked while one was held, it is usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn that_a_served_domain_has_no_channel_service_is_believed_for_a_minute_only() {
        let mut config = Config::default();
        config.xmpp.domains = vec!["example.org".to_owned()];
        let shared = Shared::new(Arc::new(config));
        let offered_for = |domain: &str| shared.offered_for(&domain.parse().unwrap(), &Services::default());
        assert_eq!(offered_for("example.org"), NO_SERVICE);
        assert_eq!(offered_for("example.net"), OFFERED, "others are not asked every minute");
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_is_believed_for_a_minute_and_a_closed_channel_leaves_the_list() {
        let shared = Shared::new(Arc::default());
        let id = ChannelId::parse("alice@example.org").unwrap();
        let about = |access| About { access, title: Some("Alice".to_owned()), ..About::unknown(id.clone()) };
        shared.learn_channel(&about(Access::Open));
        assert_eq!(shared.fresh_channel(&id), Some(about(Access::Open)));
        tokio::time::advance(HEADER).await;
        assert_eq!(shared.fresh_channel(&id), None, "it is asked for again");
        shared.learn_channel(&about(Access::Unknown));
        assert_eq!(shared.channels(), [about(Access::Open)], "who is told nothing knows nothing better");
        shared.learn_channel(&about(Access::Restricted));
        assert_eq!(shared.channels(), []);
        shared.learn_channel(&about(Access::Open));
        shared.forget_channel(&id);
        assert_eq!((shared.channel(&id), shared.channels()), (None, Vec::new()));
    }
}
