//! How often an address or an account may try something.

use std::collections::VecDeque;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use super::bounded::bounded;

/// How many keys one limiter remembers; the least recently tried are forgotten first. About 20 MB at worst.
const MAX_KEYS: usize = 65_536;

/// The longest a key has to wait.
const MAX_WAIT: Duration = Duration::from_secs(15 * 60);

/// Of an IPv6 address the first 64 bits count: whoever has one such address has them all.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// At most `attempts` in any `window` for each key. A key that tries more waits for one window, then two, then
/// four, up to 15 minutes; what is tried while waiting neither counts nor makes the wait longer, so that nobody
/// can keep a stranger's key shut for ever by trying on.
pub struct Limiter<K: Hash + Eq> {
    attempts: usize,
    window: Duration,
    keys: Mutex<LruCache<K, Tries>>,
}

/// What one key did.
#[derive(Default)]
struct Tries {
    /// When it tried, oldest first; at most `attempts`.
    at: VecDeque<Instant>,
    /// How often it tried too much.
    strikes: u32,
    /// Until when it has to wait.
    until: Option<Instant>,
}

impl<K: Hash + Eq> Limiter<K> {
    /// A limiter that allows `attempts` (at least one) in any `window`.
    pub fn new(attempts: u32, window: Duration) -> Self {
        Limiter { attempts: attempts.clamp(1, 1000) as usize, window, keys: Mutex::new(bounded(MAX_KEYS)) }
    }

    /// Counts one attempt. `Err` says how long to wait before the next one is counted at all.
    pub fn attempt(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let tries = keys.get_or_insert_mut(key, Tries::default);
        if let Some(until) = tries.until {
            if now < until {
                return Err(until - now);
            }
            tries.until = None;
            tries.at.clear();
            if now - until >= MAX_WAIT {
                tries.strikes = 0;
            }
        }
        while tries.at.front().is_some_and(|first| now - *first >= self.window) {
            tries.at.pop_front();
        }
        if tries.at.len() < self.attempts {
            tries.at.push_back(now);
            return Ok(());
        }
        let wait = self.window.saturating_mul(1 << tries.strikes.min(10)).min(MAX_WAIT);
        tries.strikes = tries.strikes.saturating_add(1);
        tries.until = Some(now + wait);
        Err(wait)
    }

    /// Forgets a key, because it showed that it is no guesser.
    pub fn forgive(&self, key: &K) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).pop(key);
    }
}

/// Keys that showed themselves to be no guessers; the least recently seen are forgotten first.
pub struct Acquainted<K: Hash + Eq> {
    keys: Mutex<LruCache<K, ()>>,
}

impl<K: Hash + Eq> Acquainted<K> {
    /// Nobody yet.
    pub fn new() -> Self {
        Acquainted { keys: Mutex::new(bounded(MAX_KEYS)) }
    }

    /// Remembers a key.
    pub fn insert(&self, key: K) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).push(key, ());
    }

    /// Whether a key is remembered.
    pub fn contains(&self, key: &K) -> bool {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(key).is_some()
    }
}

impl<K: Hash + Eq> Default for Acquainted<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn counts_in_any_window() {
        let limiter = Limiter::new(3, MINUTE);
        let start = Instant::now();
        for second in [0, 30, 59] {
            assert_eq!(limiter.attempt("a", start + Duration::from_secs(second)), Ok(()));
        }
        assert_eq!(limiter.attempt("b", start), Ok(()), "another key has its own count");
        assert_eq!(limiter.attempt("a", start + MINUTE), Ok(()), "the first attempt left the window");
        assert!(limiter.attempt("a", start + MINUTE).is_err());
    }

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let limiter = Limiter::new(1, MINUTE);
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..7 {
            assert_eq!(limiter.attempt("a", now), Ok(()));
            let wait = limiter.attempt("a", now).expect_err("one is allowed");
            assert_eq!(limiter.attempt("a", now), Err(wait), "trying on does not make it longer");
            waits.push(wait.as_secs() / 60);
            now += wait;
        }
        assert_eq!(waits, [1, 2, 4, 8, 15, 15, 15]);
        now += MAX_WAIT;
        assert_eq!(limiter.attempt("a", now), Ok(()));
        assert_eq!(limiter.attempt("a", now), Err(MINUTE), "after a quiet quarter of an hour it starts afresh");
    }

    #[test]
    fn forgiveness_starts_afresh() {
        let limiter = Limiter::new(1, MINUTE);
        let now = Instant::now();
        assert_eq!(limiter.attempt("a", now), Ok(()));
        assert!(limiter.attempt("a", now).is_err());
        limiter.forgive(&"a");
        assert_eq!(limiter.attempt("a", now), Ok(()));
    }

    #[test]
    fn a_thousand_guesses_from_one_address_reach_ten() {
        let limiter = Limiter::new(10, MINUTE);
        let now = Instant::now();
        let through = (0..1000).filter(|n| limiter.attempt("a", now + Duration::from_millis(*n)).is_ok()).count();
        assert_eq!(through, 10);
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::new(1, MINUTE);
        let now = Instant::now();
        for key in 0..MAX_KEYS + 1000 {
            let _ = limiter.attempt(key, now);
        }
        assert_eq!(limiter.keys.lock().expect("not poisoned").len(), MAX_KEYS);
    }

    #[test]
    fn an_ipv6_network_is_one_key() {
        let of = |text: &str| network_of(text.parse().expect("an address")).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("203.0.113.5"), "203.0.113.5");
        assert_eq!(of("::ffff:203.0.113.5"), "203.0.113.5");
    }
}
