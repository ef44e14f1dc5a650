//! Free ports for servers, below those that the system hands out to clients, so that no connection takes one first.

use std::fs::File;
use std::net::TcpListener;
use std::sync::Mutex;

const FIRST: u16 = 18_000;
const COUNT: u16 = 14_000;

/// Ports of this process: the next to try, and the claims, held until it ends.
static CLAIMS: Mutex<(u16, Vec<File>)> = Mutex::new((0, Vec::new()));

/// A port that nothing listens on, and that no other test run on this machine is given.
pub fn free_port() -> u16 {
    let folder = std::env::temp_dir().join("cirrus-ports");
    std::fs::create_dir_all(&folder).expect("a folder for claims on ports");
    let mut claims = CLAIMS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let start = (std::process::id() % u32::from(COUNT)) as u16;
    for _ in 0..COUNT {
        let port = FIRST + (start + claims.0) % COUNT;
        claims.0 += 1;
        let claim = File::create(folder.join(port.to_string())).expect("a claim on a port");
        if claim.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            claims.1.push(claim);
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}
