//! Memory of idle signed-in sessions, plain and encrypted, in front of Prosody.

use futures::{StreamExt, stream};

use crate::figures::settled_memory;
use crate::support::gateway::{Gateway, Settings};
use crate::support::person::Person;
use crate::support::prosody::{self, Place};
use crate::support::servers::{Server, Setup, Tls};

/// People signed in at the same time.
const SESSIONS: usize = 1_000;

/// Of these, so many are signed in before the memory of the others is measured: the first ones pay for what all share.
const FIRST: usize = 200;

pub async fn run() {
    println!("\nMemory of an idle signed-in session with {SESSIONS} of them:");
    for (name, domain, tls) in [("plain TCP", "plain.bench.test", Tls::Off), ("TLS", "tls.bench.test", Tls::Required)] {
        let place = Place { accounts: SESSIONS + 2, ..Place::on_loopback(domain) };
        let server = prosody::start_at(&place, Setup::Recommended, tls);
        let gateway = Gateway::start(&Settings::for_server(&server));
        sign_in(FIRST, &gateway, &server).await;
        let before = settled_memory(&gateway).await;
        sign_in(SESSIONS - FIRST, &gateway, &server).await;
        let after = settled_memory(&gateway).await;
        println!("{name:<10} {:>6.1} kB", (after - before) / 1000.0 / (SESSIONS - FIRST) as f64);
    }
}

/// Signs people in whose browsers close at once: their sessions live on.
async fn sign_in(number: usize, gateway: &Gateway, server: &Server) {
    stream::iter(0..number)
        .for_each_concurrent(8, async |_| {
            let account = server.account();
            Person::signed_in(gateway, &account).await;
        })
        .await;
}
