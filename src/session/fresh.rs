//! Answers that are believed for a while, so that many who want the same ask for it once.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use crate::xmpp::AskError;

/// How long a failure is believed: long enough for those who wait already, and no longer.
const FAILED: Duration = Duration::from_secs(3);

type Slot<V> = Arc<tokio::sync::Mutex<Option<(Instant, Result<V, AskError>)>>>;

/// See the module. The least recently wanted answers are forgotten first.
pub(super) struct Fresh<K: Hash + Eq, V> {
    slots: Mutex<LruCache<K, Slot<V>>>,
    most: usize,
    time: Duration,
}

impl<K: Hash + Eq, V: Clone> Fresh<K, V> {
    /// Keeps at most so many answers, each for so long.
    pub(super) fn new(most: usize, time: Duration) -> Self {
        Fresh { slots: Mutex::new(LruCache::unbounded()), most, time }
    }

    /// The answer; asks if it is not known, or waits for whoever asks already.
    pub(super) async fn get(&self, key: K, ask: impl Future<Output = Result<V, AskError>>) -> Result<V, AskError> {
        self.get_while(key, |_| self.time, ask).await
    }

    /// The same, where it depends on the answer for how long it is believed.
    pub(super) async fn get_while(
        &self,
        key: K,
        time: impl Fn(&V) -> Duration,
        ask: impl Future<Output = Result<V, AskError>>,
    ) -> Result<V, AskError> {
        let slot = self.slot(key);
        let mut known = slot.lock().await;
        if let Some((at, answer)) = &*known {
            let time = answer.as_ref().map_or(FAILED, &time);
            if at.elapsed() < time {
                return answer.clone();
            }
        }
        let answer = ask.await;
        *known = Some((Instant::now(), answer.clone()));
        answer
    }

    /// Forgets an answer: it is another one now.
    pub(super) fn forget(&self, key: &K) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).pop(key);
    }

    fn slot(&self, key: K) -> Slot<V> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Arc::clone(slots.get_or_insert_mut(key, Slot::default));
        if slots.len() > self.most {
            slots.pop_lru();
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn many_who_want_the_same_ask_once() {
        let (fresh, asked) = (Fresh::new(2, Duration::from_secs(60)), AtomicU32::new(0));
        let get = || {
            fresh.get("a", async {
                tokio::task::yield_now().await;
                Ok(asked.fetch_add(1, Ordering::Relaxed))
            })
        };
        assert_eq!(tokio::join!(get(), get(), get()), (Ok(0), Ok(0), Ok(0)));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(get().await, Ok(0));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(get().await, Ok(1), "a minute is over");
        fresh.forget(&"a");
        assert_eq!(get().await, Ok(2));
        for key in ["b", "c"] {
            assert_eq!(fresh.get(key, async { Ok(9) }).await, Ok(9));
        }
        assert_eq!(get().await, Ok(3), "only two are kept");
    }

    #[tokio::test(start_paused = true)]
    async fn some_answers_are_believed_for_a_shorter_time() {
        let fresh = Fresh::new(2, Duration::from_secs(60));
        let get = |answer| fresh.get_while("a", |answer| Duration::from_secs(*answer), async move { Ok(answer) });
        assert_eq!(get(5).await, Ok(5));
        assert_eq!(get(60).await, Ok(5));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(get(60).await, Ok(60));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(get(5).await, Ok(60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_soon_forgotten() {
        let fresh = Fresh::new(2, Duration::from_secs(60));
        assert_eq!(fresh.get("a", async { Err(AskError::Timeout) }).await, Err(AskError::Timeout));
        assert_eq!(fresh.get("a", async { Ok(1) }).await, Err(AskError::Timeout));
        tokio::time::advance(FAILED).await;
        assert_eq!(fresh.get("a", async { Ok(1) }).await, Ok(1));
    }
}
