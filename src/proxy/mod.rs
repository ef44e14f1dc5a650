//! The door for other XMPP clients: BOSH (XEP-0124, XEP-0206), WebSocket (RFC 7395), and how to find them (XEP-0156).
//!
//! A client's stream passes through to its server as it is, apart from the guard; nothing of an account is known here.

pub mod bosh;
pub mod door;
pub mod host_meta;
mod intake;
mod sign_in;
mod upstream;
pub mod websocket;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use crate::config::Config;
use crate::network::attempts::Attempts;
use crate::network::trust::{self, TlsError};
use crate::xmpp::connect::Connector;
use door::Door;

/// How long clients may take to be told that the gateway stops.
const DRAIN: Duration = Duration::from_millis(900);

/// The doors that are open.
#[derive(Clone)]
pub struct Proxy {
    door: Arc<Door>,
    bosh: bosh::Sessions,
}

impl Proxy {
    /// Opens what the configuration says.
    pub fn new(config: Arc<Config>, attempts: Arc<Attempts>) -> Result<Self, TlsError> {
        let connector = Connector::new(&config.xmpp, trust::client_config(&config.xmpp.ca_file)?);
        let door = Arc::new(Door::new(config, connector, attempts));
        Ok(Proxy { bosh: bosh::Sessions::new(door.clone()), door })
    }

    /// Their addresses.
    pub fn router(&self) -> Router {
        let settings = &self.door.config.proxy;
        let mut router = Router::new();
        if settings.bosh {
            router = router.merge(bosh::router(self.bosh.clone()));
        }
        if settings.websocket {
            router = router.merge(websocket::router(self.door.clone()));
        }
        if settings.bosh || settings.websocket {
            router = router.merge(host_meta::router(&self.door.config));
        }
        router
    }

    /// Tells everybody that the gateway stops, and waits until their streams are closed, for a second at most.
    pub async fn stop(&self) {
        self.door.stopping.cancel();
        self.door.tasks.close();
        if tokio::time::timeout(DRAIN, self.door.tasks.wait()).await.is_err() {
            tracing::info!("some clients' streams were cut off at the end");
        }
    }
}
