//! How much of something may happen in a time, with room for a burst: a bucket that fills steadily.

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use super::bounded::bounded;

/// How many keys are remembered; the least recently used are forgotten first, which gives them a full bucket.
const MAX_KEYS: usize = 65_536;

/// `amount` in each `window`, and as much as `burst` at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The time that one unit takes.
    unit: Duration,
    /// The time that a whole burst takes.
    burst: Duration,
}

impl Pace {
    /// At least one unit in a window, and one at once.
    pub fn new(amount: u32, window: Duration, burst: u32) -> Self {
        let unit = window / amount.max(1);
        Pace { unit, burst: unit * burst.max(1) }
    }
}

/// How far one holder is ahead of its pace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    /// When the bucket is full again; nothing is remembered of who has long been quiet.
    full_at: Option<Instant>,
}

impl Bucket {
    /// Takes `amount`, even if it is not there: then says how long to wait until there is something again.
    pub fn take(&mut self, amount: u32, pace: &Pace, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.unwrap_or(now).max(now) + pace.unit * amount;
        self.full_at = Some(full_at);
        match (full_at - now).checked_sub(pace.burst) {
            Some(debt) if !debt.is_zero() => Err(debt),
            _ => Ok(()),
        }
    }

    /// Takes `amount` only if it is there.
    pub fn try_take(&mut self, amount: u32, pace: &Pace, now: Instant) -> bool {
        let before = self.full_at;
        let is_there = self.take(amount, pace, now).is_ok();
        if !is_there {
            self.full_at = before;
        }
        is_there
    }
}

/// One bucket for each key.
pub struct Buckets<K: Hash + Eq> {
    pace: Pace,
    keys: Mutex<LruCache<K, Bucket>>,
}

impl<K: Hash + Eq> Buckets<K> {
    /// All are full.
    pub fn new(pace: Pace) -> Self {
        Buckets { pace, keys: Mutex::new(bounded(MAX_KEYS)) }
    }

    /// Takes one from the bucket of `key`, if there is one.
    pub fn try_take(&self, key: K, now: Instant) -> bool {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.get_or_insert_mut(key, Bucket::default).try_take(1, &self.pace, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_a_steady_pace() {
        let buckets = Buckets::new(Pace::new(10, Duration::from_secs(60), 10));
        let start = Instant::now();
        assert!((0..10).all(|_| buckets.try_take("a", start)));
        assert!(!buckets.try_take("a", start), "the bucket is empty");
        assert!(buckets.try_take("b", start), "another one is not");
        assert!(!buckets.try_take("a", start + Duration::from_secs(5)));
        assert!(buckets.try_take("a", start + Duration::from_secs(6)), "one in six seconds");
        assert!(!buckets.try_take("a", start + Duration::from_secs(6)));
    }

    #[test]
    fn a_debt_is_paid_off() {
        let (mut bucket, pace, start) = (Bucket::default(), Pace::new(10, Duration::from_secs(1), 20), Instant::now());
        assert_eq!(bucket.take(20, &pace, start), Ok(()));
        assert_eq!(bucket.take(50, &pace, start), Err(Duration::from_secs(5)));
        assert_eq!(bucket.take(0, &pace, start + Duration::from_secs(5)), Ok(()));
        assert_eq!(bucket.take(1, &pace, start + Duration::from_secs(5)), Err(Duration::from_millis(100)));
    }
}
