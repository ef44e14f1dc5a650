//! What all sessions of a process share: configuration, what services can do, channels known here. Bounded caches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use crate::channel::{About, Access, Address, ChannelId};
use crate::config::Config;
use crate::dialect::{Page, Services};

/// Domains whose services are remembered.
const DOMAINS: usize = 200;

/// How long what a domain offers is believed.
const FRESH: Duration = Duration::from_secs(600);

/// Open channels remembered because somebody read them here.
const CHANNELS: usize = 1000;

/// See the module.
pub(super) struct Shared {
    pub(super) config: Arc<Config>,
    services: Mutex<LruCache<String, (Instant, Arc<Services>)>>,
    channels: Mutex<LruCache<ChannelId, About>>,
    /// By address: whether posts came without their publisher.
    secretive: Mutex<LruCache<Address, bool>>,
}

impl Shared {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Shared {
            config,
            services: Mutex::new(LruCache::unbounded()),
            channels: Mutex::new(LruCache::unbounded()),
            secretive: Mutex::new(LruCache::unbounded()),
        }
    }

    /// What a domain offers, if it was asked lately.
    pub(super) fn services(&self, domain: &str) -> Option<Arc<Services>> {
        let mut services = lock(&self.services);
        let (at, known) = services.get(domain)?;
        (at.elapsed() < FRESH).then(|| Arc::clone(known))
    }

    /// Remembers what a domain offers.
    pub(super) fn learn_services(&self, domain: &str, offered: Arc<Services>) {
        let mut services = lock(&self.services);
        services.put(domain.to_owned(), (Instant::now(), offered));
        if services.len() > DOMAINS {
            services.pop_lru();
        }
    }

    /// Remembers a channel that anybody may read; forgets one that closed.
    pub(super) fn learn_channel(&self, about: &About) {
        let mut channels = lock(&self.channels);
        if about.access == Access::Open {
            channels.put(about.id.clone(), about.clone());
            if channels.len() > CHANNELS {
                channels.pop_lru();
            }
        } else {
            channels.pop(&about.id);
        }
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

    /// What is remembered of one channel.
    pub(super) fn channel(&self, id: &ChannelId) -> Option<About> {
        lock(&self.channels).peek(id).cloned()
    }

    /// The open channels read here, the latest first.
    pub(super) fn channels(&self) -> Vec<About> {
        lock(&self.channels).iter().map(|(_, about)| about.clone()).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Caches of whole values: whatever panicked while one was held, it is usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
