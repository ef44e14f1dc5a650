//! The people of the demo.
use super::{Home, HomeError};
/// Seeds.
pub async fn seed(_: &Home, _: jiff::Timestamp) -> Result<(), HomeError> {
    Ok(())
}
/// Runs.
pub async fn run(_: Home, _: tokio_util::sync::CancellationToken) {}
