//! Memory of idle signed-in sessions, plain and encrypted, in front of Prosody.

use futures::{StreamExt, stream};

use crate::figures::settled_memory;
use crate::support::gateway::{Gateway, Settings};
use crate::support::person::Person;
use crate::support::prosody::{self, Place};
use crate::support::servers::{Setup, Tls};

/// People signed in at the same time.
const SESSIONS: usize = 1_000;

pub async fn run() {
    println!("\nMemory of an idle signed-in session with {SESSIONS} of them:");
    for (name, domain, tls) in [("plain TCP", "plain.bench.test", Tls::Off), ("TLS", "tls.bench.test", Tls::Required)] {
        let place = Place { accounts: SESSIONS + 2, ..Place::on_loopback(domain) };
        let server = prosody::start_at(&place, Setup::Recommended, tls);
        let gateway = Gateway::start(&Settings::for_server(&server));
        // The first one pays for what all share.
        Person::signed_in(&gateway, &server.account()).await;
        let before = settled_memory(&gateway).await;
        // The browsers close, the sessions live on.
        stream::iter(1..SESSIONS)
            .for_each_concurrent(8, async |_| {
                let account = server.account();
                Person::signed_in(&gateway, &account).await;
            })
            .await;
        let after = settled_memory(&gateway).await;
        println!("{name:<10} {:>6.1} kB", (after - before) / 1000.0 / (SESSIONS - 1) as f64);
    }
}
