//! XEP-0124 §10: a client that says that it will be away for a while.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::inactivity_10::{see_gone, show};
use crate::support::bosh::answer::text_of;
use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{Door, QUICK_INACTIVITY, QUICK_PAUSE, message};

at_every_door! { quick {
    everything_is_answered_at_once
    no_payload_in_the_answer_to_a_pause
    a_paused_session_waits_for_its_client
    the_pause_ends_with_the_next_request
    a_pause_may_be_shorter_than_usual
    a_pause_that_is_too_long
    a_pause_beside_all_requests
    an_answer_to_a_pause_takes_no_place_in_the_buffer
} }

fn pause(seconds: u64) -> String {
    format!("pause='{seconds}'")
}

async fn everything_is_answered_at_once(door: Door) {
    let mut session = Session::sign_in(door, &[("hold", "2")]).await;
    let held = [session.poll().await, session.send(NOTHING).await];
    let paused = session.send_with(&pause(QUICK_PAUSE.as_secs()), "").await;
    for pending in held.into_iter().chain([paused]) {
        let answer = pending.answer().await;
        answer.must_be_empty();
        assert!(answer.after < Duration::from_secs(1), "{:?}", answer.after);
    }
}

async fn no_payload_in_the_answer_to_a_pause(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let request = message(&alice.address, "to myself");
    // Whatever the pause itself sends comes back after it.
    alice.ask_with(&pause(QUICK_PAUSE.as_secs()), &request).await.must_be_empty();
    bob.tell(&alice, "while you were away").await;
    let mut heard = Vec::new();
    while heard.len() < 2 {
        heard.extend(text_of(&alice.hear(|_| true).await));
    }
    heard.sort();
    assert_eq!(heard, ["to myself", "while you were away"]);
}

async fn a_paused_session_waits_for_its_client(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    alice.ask_with(&pause(QUICK_PAUSE.as_secs()), "").await.must_be_empty();
    let until = Instant::now() + QUICK_INACTIVITY + Duration::from_secs(1);
    while Instant::now() < until {
        bob.ask("").await.must_be_empty();
    }
    bob.tell(&alice, "welcome back").await;
    assert_eq!(alice.messages_until("welcome back").await, [""; 0]);
}

async fn the_pause_ends_with_the_next_request(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    show(&mut alice, &mut bob).await;
    alice.ask_with(&pause(QUICK_PAUSE.as_secs()), "").await.must_be_empty();
    let from = alice.address.clone();
    let answer = alice.ask(&message(&from, "back")).await;
    alice.messages_from(answer, "back").await;
    let since = Instant::now();
    see_gone(&alice.address, &mut bob).await;
    assert!(since.elapsed() < QUICK_PAUSE - Duration::from_secs(1), "{:?}", since.elapsed());
}

async fn a_pause_may_be_shorter_than_usual(door: Door) {
    let mut session = Session::open(door, &[]).await;
    session.ask_with(&pause(1), "").await.must_be_empty();
    sleep(Duration::from_millis(1800)).await;
    session.must_be_gone().await;
}

/// More than was offered is not given.
async fn a_pause_that_is_too_long(door: Door) {
    let mut session = Session::open(door, &[]).await;
    session.ask_with(&pause(QUICK_PAUSE.as_secs() + 1), "").await.must_end_with("policy-violation");
    session.must_be_gone().await;
}

/// §11: one more request than usual may be under way when it is a pause.
async fn a_pause_beside_all_requests(door: Door) {
    let (mut session, mut bob) = Session::pair(door).await;
    let held = session.send(&message(&bob.address, "it has come")).await;
    bob.messages_until("it has come").await;
    let early = session.next(NOTHING);
    let paused = session.send_with(&pause(QUICK_PAUSE.as_secs()), "").await;
    let last = door.send(&early).await;
    held.answer().await.must_be_empty();
    last.answer().await.must_be_empty();
    paused.answer().await.must_be_empty();
}

async fn an_answer_to_a_pause_takes_no_place_in_the_buffer(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let mut originals = Vec::new();
    for text in ["one", "two"] {
        let original = session.next(&message(&session.address, text));
        let answer = door.post(&original).await;
        assert_eq!(answer.messages(), [text]);
        originals.push((original, answer));
    }
    session.ask_with(&pause(QUICK_PAUSE.as_secs()), "").await.must_be_empty();
    for (original, answer) in originals {
        assert_eq!(door.post(&original).await.text, answer.text);
    }
}
