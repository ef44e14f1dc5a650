//! A gateway that stops, and one that starts again.

use std::time::{Duration, Instant};

use super::inactivity_10::{see_gone, show};
use crate::support::bosh::session::Session;
use crate::support::bosh::{Door, message};
use crate::support::gateway::{Gateway, Settings};
use crate::support::servers::Server;

on_servers! { [home prosody_tls ejabberd] {
    clients_are_told_and_the_server_sees_them_go
} }

on_servers! { [home] {
    a_client_that_must_wait_is_told_too
} }

async fn clients_are_told_and_the_server_sees_them_go(server: &'static Server) {
    let mut gateway = Gateway::start(&Settings::for_server(server));
    let elsewhere = Door::usual(server);
    let mut bob = Session::sign_in(elsewhere, &[]).await;
    let mut alice = Session::sign_in(Door::to(&gateway, server), &[("hold", "2")]).await;
    show(&mut alice, &mut bob).await;
    let held = [alice.poll().await, alice.send(&message(&bob.address, "they have come")).await];
    bob.messages_until("they have come").await;
    let since = Instant::now();
    let stopping = tokio::task::spawn_blocking(move || {
        gateway.stop();
        gateway
    });
    let [oldest, other] = held;
    oldest.answer().await.must_end_with("system-shutdown");
    other.answer().await.must_be_empty();
    see_gone(&alice.address, &mut bob).await;
    let mut gateway = stopping.await.unwrap();
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    // Nobody carries sessions over; a client begins anew.
    gateway.restart();
    alice.must_be_gone().await;
    Session::sign_in(Door::to(&gateway, server), &[]).await;
}

/// Its requests are not taken at the moment, because it has sent too much.
async fn a_client_that_must_wait_is_told_too(server: &'static Server) {
    let mut settings = Settings::for_server(server);
    settings.proxy = "bytes_per_second = 1000\nburst_bytes = 30000\n".to_owned();
    let mut gateway = Gateway::start(&settings);
    let mut alice = Session::sign_in(Door::to(&gateway, server), &[]).await;
    let words = message(&alice.address, &"long ".repeat(10_000));
    let said = alice.send(&words).await;
    said.answer().await.must_go_on();
    let waiting = alice.poll().await;
    let stopping = tokio::task::spawn_blocking(move || gateway.stop());
    waiting.answer().await.must_end_with("system-shutdown");
    stopping.await.unwrap();
}
