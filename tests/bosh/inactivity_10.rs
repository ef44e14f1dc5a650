//! XEP-0124 §10: a client that is not heard of any more.

use std::time::{Duration, Instant};

use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{Door, QUICK_INACTIVITY, message};
use crate::support::gateway::{Gateway, Settings};
use crate::support::servers;

at_every_door! { quick {
    a_silent_client_is_forgotten
    a_client_that_asks_now_and_then_stays
    a_cut_connection_is_silence
    a_session_that_nobody_signs_in_to_ends_too
} }

/// Says to Bob that Alice is there, so that the server tells him when she is not.
pub async fn show(alice: &mut Session, bob: &mut Session) {
    let from = alice.address.clone();
    let presence = format!("<presence xmlns='jabber:client'/><presence xmlns='jabber:client' to='{}'/>", bob.address);
    let answer = alice.ask(&(presence + &message(&from, "shown"))).await;
    alice.messages_from(answer, "shown").await;
    bob.hear(|element| element.name() == "presence" && element.attr("from") == Some(&from)).await;
}

/// Waits until Bob is told that Alice is gone.
pub async fn see_gone(alice: &str, bob: &mut Session) {
    bob.hear(|element| {
        element.name() == "presence"
            && element.attr("from") == Some(alice)
            && element.attr("type") == Some("unavailable")
    })
    .await;
}

async fn a_silent_client_is_forgotten(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    show(&mut alice, &mut bob).await;
    let since = Instant::now();
    see_gone(&alice.address, &mut bob).await;
    let after = since.elapsed();
    assert!(after > QUICK_INACTIVITY - Duration::from_secs(1), "{after:?}");
    assert!(after < QUICK_INACTIVITY + Duration::from_secs(3), "{after:?}");
    alice.must_be_gone().await;
}

async fn a_client_that_asks_now_and_then_stays(door: Door) {
    let mut session = Session::open(door, &[("wait", "1")]).await;
    let until = Instant::now() + QUICK_INACTIVITY + Duration::from_secs(2);
    while Instant::now() < until {
        session.ask("").await.must_go_on();
    }
}

/// Nobody waits behind a connection that is gone.
async fn a_cut_connection_is_silence(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    show(&mut alice, &mut bob).await;
    alice.send(NOTHING).await.reset();
    let since = Instant::now();
    see_gone(&alice.address, &mut bob).await;
    assert!(since.elapsed() < QUICK_INACTIVITY + Duration::from_secs(3), "{:?}", since.elapsed());
    alice.must_be_gone().await;
}

async fn a_session_that_nobody_signs_in_to_ends_too(door: Door) {
    let mut session = Session::open(door, &[]).await;
    tokio::time::sleep(QUICK_INACTIVITY + Duration::from_secs(1)).await;
    session.must_be_gone().await;
}

#[tokio::test]
async fn a_held_request_is_no_silence() {
    let server = servers::home();
    let mut settings = Settings::for_server(server);
    settings.proxy.push_str("wait_seconds = 4\ninactivity_seconds = 1\n");
    let gateway = Gateway::start(&settings);
    let mut session = Session::sign_in(Door::to(&gateway, server), &[]).await;
    for _ in 0..2 {
        let answer = session.ask("").await;
        answer.must_be_empty();
        assert!(answer.after > Duration::from_secs(3), "{:?}", answer.after);
    }
}
