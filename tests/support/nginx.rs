//! nginx before a gateway, with the file that operators have, for clients that look at every byte: without TLS.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use super::front::{Front, Kind};

/// The one that stands before this gateway for all tests; gives its address.
pub fn before(gateway: SocketAddr) -> SocketAddr {
    static RUNNING: Mutex<Option<HashMap<SocketAddr, Front>>> = Mutex::new(None);
    let mut running = RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let front = running
        .get_or_insert_default()
        .entry(gateway)
        .or_insert_with(|| Front::shared(Kind::PlainNginx, gateway.port(), "front.test"));
    SocketAddr::from(([127, 0, 0, 1], front.port))
}
