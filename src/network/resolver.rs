//! How names are looked up: one resolver with one cache for the whole process.

use std::sync::OnceLock;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::net::NetError;

/// The resolver of this process, with the system's configuration, its cache shared by all. Settings that cannot be read
/// are logged and read again the next time: they may be written at this moment.
pub fn system() -> Result<&'static TokioResolver, NetError> {
    static RESOLVER: OnceLock<TokioResolver> = OnceLock::new();
    if let Some(made) = RESOLVER.get() {
        return Ok(made);
    }
    let made = TokioResolver::builder_tokio().and_then(|mut builder| {
        builder.options_mut().timeout = Duration::from_secs(1);
        builder.options_mut().cache_size = 1024;
        builder.build()
    });
    match made {
        Ok(made) => Ok(RESOLVER.get_or_init(|| made)),
        Err(error) => {
            tracing::error!(%error, "The system's resolver settings cannot be read.");
            Err(error)
        }
    }
}
