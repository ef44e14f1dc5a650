//! Waiting for what has no other way to tell: it is looked at again and again, and has a deadline.

use std::time::{Duration, Instant};

/// How soon something is looked at again.
const AGAIN: Duration = Duration::from_millis(20);

/// Waits until something holds; fails after so many seconds.
#[track_caller]
pub fn until(what: &str, seconds: u64, mut holds: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        while !holds().await {
            assert!(Instant::now() < deadline, "not within {seconds} s ({caller}): {what}");
            tokio::time::sleep(AGAIN).await;
        }
    }
}
