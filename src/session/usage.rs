//! When a session was last used.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Shared between a session's handles and its task.
pub(super) struct Usage {
    began: Instant,
    last: AtomicU64,
}

impl Usage {
    pub(super) fn new(now: Instant) -> Self {
        Usage { began: now, last: AtomicU64::new(0) }
    }

    /// Somebody asked for something.
    pub(super) fn touch(&self, now: Instant) {
        self.last.fetch_max(now.duration_since(self.began).as_secs(), Ordering::Relaxed);
    }

    /// When that was, to the second.
    pub(super) fn last(&self) -> Instant {
        self.began + Duration::from_secs(self.last.load(Ordering::Relaxed))
    }
}
