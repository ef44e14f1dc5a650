//! XEP-0124 §11 and §12: clients that ask too often, and clients that can do nothing but ask.

use std::time::Duration;

use crate::support::bosh::session::{NOTHING, Session, plain};
use crate::support::bosh::{Door, QUICK_POLLING, message};

at_every_door! { usual {
    asking_for_nothing_again_and_again
    many_messages_are_no_overactivity
    data_and_then_a_poll
    an_answered_poll_may_be_followed_by_another
    requests_whose_connections_are_gone_do_not_count
    polling_too_often
    a_polling_client_may_send_at_any_time
    the_same_request_over_and_over
} }

at_every_door! { quick {
    a_polling_session_that_keeps_its_distance
} }

/// §11: as many requests as allowed, none answered, and the last one asks for nothing, soon after the one before.
async fn asking_for_nothing_again_and_again(door: Door) {
    let mut session = Session::open(door, &[]).await;
    let _held = session.poll().await;
    session.poll().await.answer().await.must_end_with("policy-violation");
    session.must_be_gone().await;
}

async fn many_messages_are_no_overactivity(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let texts: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    for text in &texts {
        alice.tell(&bob, text).await;
    }
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, texts);
}

/// What Strophe does all the time.
async fn data_and_then_a_poll(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    for _ in 0..5 {
        let data = session.send(NOTHING).await;
        let poll = session.poll().await;
        data.answer().await.must_be_empty();
        let itself = message(&session.address, "to myself");
        let more = session.send(&itself).await;
        poll.answer().await.must_go_on();
        let answer = more.answer().await;
        assert_eq!(session.messages_from(answer, "to myself").await, [""; 0]);
    }
}

async fn an_answered_poll_may_be_followed_by_another(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    for number in 0..5 {
        let held = bob.poll().await;
        alice.tell(&bob, &number.to_string()).await;
        assert_eq!(held.answer().await.messages(), [number.to_string()]);
    }
}

/// A page that is loaded again and again.
async fn requests_whose_connections_are_gone_do_not_count(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    for number in 0..5 {
        let held = bob.poll().await;
        // What comes back to Alice shows that the gateway had time to see the poll, and the end of its connection.
        let (one, other) = (format!("before {number}"), format!("after {number}"));
        let seen = alice.ask(&message(&alice.address, &one)).await;
        alice.messages_from(seen, &one).await;
        held.close();
        let seen = alice.ask(&message(&alice.address, &other)).await;
        alice.messages_from(seen, &other).await;
    }
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

/// §12: two polls soon after each other, and nothing had come in between.
async fn polling_too_often(door: Door) {
    for changes in [[("wait", "0")], [("hold", "0")]] {
        let mut session = Session::open(door, &changes).await;
        let mut before = session.ask("").await;
        while !before.payloads().is_empty() {
            before.must_go_on();
            before = session.ask("").await;
        }
        before.must_go_on();
        session.ask("").await.must_end_with("policy-violation");
        session.must_be_gone().await;
    }
}

async fn a_polling_client_may_send_at_any_time(door: Door) {
    let account = door.account();
    let mut polling = Session::open(door, &[("hold", "0")]).await;
    for _ in 0..5 {
        let answer = polling.ask(&plain(account.name(), "not the password")).await;
        assert!(answer.after < Duration::from_secs(5), "{:?}", answer.after);
        assert_ne!(answer.attr("condition"), Some("policy-violation"), "{}", answer.text);
        if answer.is_terminate() {
            break; // The server has heard enough wrong passwords.
        }
    }
}

async fn a_polling_session_that_keeps_its_distance(door: Door) {
    let account = door.account();
    let mut polling = Session::open(door, &[("wait", "0")]).await;
    polling.distance = QUICK_POLLING;
    assert!(polling.created.after < Duration::from_secs(1), "{:?}", polling.created.after);
    polling.enter(&account).await;
    let mut alice = Session::sign_in(door, &[]).await;
    alice.tell(&polling, "one").await;
    alice.tell(&polling, "two").await;
    assert_eq!(polling.messages_until("two").await, ["one"]);
}

/// §14.3: a poll is not made rarer by being repeated. Clients repeat a request some five times.
async fn the_same_request_over_and_over(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let original = session.next("");
    let mut held = door.send(&original).await;
    for _ in 0..5 {
        let (answer, waiting) = held.or(door.send(&original).await).await;
        answer.must_be_recoverable();
        held = waiting;
    }
    let mut is_over = false;
    for _ in 0..100 {
        let (answer, waiting) = held.or(door.send(&original).await).await;
        is_over = answer.is_terminate();
        if is_over {
            break;
        }
        answer.must_be_recoverable();
        held = waiting;
    }
    assert!(is_over, "a hundred times the same request");
    session.must_be_gone().await;
}
