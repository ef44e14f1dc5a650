//! A cache with a bound that takes memory only for what is in it: most gateways never reach their bounds.

use std::hash::Hash;
use std::num::NonZeroUsize;

use lru::LruCache;

/// A cache of at most `bound` entries; the least recently used go first. Where `LruCache::new` makes a table for all of
/// them at once, in which every new entry wakes another page of memory, this one grows.
pub fn bounded<K: Hash + Eq, V>(bound: usize) -> LruCache<K, V> {
    let mut cache = LruCache::unbounded();
    cache.resize(NonZeroUsize::new(bound).unwrap_or(NonZeroUsize::MIN));
    cache
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_go_first() {
        let mut cache = bounded(2);
        cache.push("a", 1);
        cache.push("b", 2);
        assert_eq!(cache.get("a"), Some(&1));
        assert_eq!(cache.push("c", 3), Some(("b", 2)));
        assert_eq!(cache.len(), 2);
        cache.get_or_insert_mut("d", || 4);
        assert!(cache.len() == 2 && !cache.contains("a"));
    }
}
