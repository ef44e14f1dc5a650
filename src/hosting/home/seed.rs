//! The people of the demo.

use tokio_util::sync::CancellationToken;

use super::{Home, HomeError};

/// Fills a new server.
pub async fn seed(home: &Home, now: jiff::Timestamp) -> Result<(), HomeError> {
    let _ = (home, now);
    Ok(())
}

/// Posts now and then.
pub async fn run(home: Home, shutdown: CancellationToken) {
    let _ = home;
    shutdown.cancelled().await;
}
