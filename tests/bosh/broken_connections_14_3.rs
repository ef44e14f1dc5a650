//! XEP-0124 §14.3: connections that break at any moment, and requests that are sent again. Nothing is lost, nothing is
//! doubled.

use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{Door, message};

at_every_door! { usual {
    the_same_request_gets_the_same_answer
    as_many_answers_are_kept_as_requests_are_allowed
    an_answer_that_is_not_kept_any_more
    the_same_request_while_it_is_held
    a_request_whose_connection_is_gone_is_sent_again
    a_page_that_is_loaded_again_goes_on_with_the_next_request
    a_connection_that_breaks_in_the_middle_of_a_request
    a_client_that_closes_before_it_reads
    a_request_that_is_sent_again_from_elsewhere
    an_answer_to_a_repeated_request_is_the_newest_s
    everything_breaks_all_the_time
} }

/// Waits until the gateway has done what it was asked for before: a message to oneself has come back.
async fn settle(session: &mut Session, text: &str) {
    let answer = session.ask(&message(&session.address, text)).await;
    session.messages_from(answer, text).await;
}

async fn the_same_request_gets_the_same_answer(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let original = alice.next(&(message(&bob.address, "once") + &message(&alice.address, "to myself")));
    let answer = door.post(&original).await;
    assert_eq!(answer.messages(), ["to myself"]);
    for _ in 0..3 {
        let again = door.post(&original).await;
        assert_eq!(again.response.body, answer.response.body, "to the byte");
    }
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, ["once"]);
}

async fn as_many_answers_are_kept_as_requests_are_allowed(door: Door) {
    for hold in ["1", "4"] {
        let mut session = Session::sign_in(door, &[("hold", hold)]).await;
        let mut sent = Vec::new();
        for number in 0..session.created.number("requests") {
            let original = session.next(&message(&session.address, &number.to_string()));
            let answer = door.post(&original).await;
            assert_eq!(answer.messages(), [number.to_string()]);
            sent.push((original, answer));
        }
        for (original, answer) in sent {
            assert_eq!(door.post(&original).await.text, answer.text);
        }
    }
}

async fn an_answer_that_is_not_kept_any_more(door: Door) {
    let mut alice = Session::sign_in(door, &[]).await;
    let original = alice.next(&message(&alice.address, "0"));
    door.post(&original).await.must_go_on();
    for number in 1..10 {
        settle(&mut alice, &number.to_string()).await;
    }
    door.post(&original).await.must_end_with("item-not-found");
}

async fn the_same_request_while_it_is_held(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let original = bob.next("");
    let older = door.send(&original).await;
    settle(&mut alice, "the older one has come").await;
    let mut newer = door.send(&original).await;
    older.answer().await.must_be_recoverable();
    assert!(newer.is_waiting());
    alice.tell(&bob, "for the newer one").await;
    assert_eq!(newer.answer().await.messages(), ["for the newer one"]);
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

async fn a_request_whose_connection_is_gone_is_sent_again(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    for text in ["closed", "reset"] {
        let original = bob.next("");
        let held = door.send(&original).await;
        settle(&mut alice, "before").await;
        if text == "closed" {
            held.close()
        } else {
            held.reset()
        }
        settle(&mut alice, "after").await;
        alice.tell(&bob, text).await;
        settle(&mut alice, "sent").await;
        assert_eq!(door.repeat(&original).await.messages(), [text]);
    }
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

/// What Strophe's `restore()` does: the answer to the last request is never asked for.
async fn a_page_that_is_loaded_again_goes_on_with_the_next_request(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    for text in ["closed", "reset"] {
        let held = bob.poll().await;
        settle(&mut alice, "before").await;
        if text == "closed" {
            held.close()
        } else {
            held.reset()
        }
        settle(&mut alice, "after").await;
        alice.tell(&bob, text).await;
        settle(&mut alice, "sent").await;
        assert_eq!(bob.ask("").await.messages(), [text]);
    }
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

async fn a_connection_that_breaks_in_the_middle_of_a_request(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let original = alice.next(&message(&bob.address, "whole"));
    let request = door.request(&original);
    for length in [1, 20, request.len() / 2, request.len() - 1] {
        let mut connection = door.connect().await;
        connection.send(&request[..length]).await;
        if length % 2 == 0 { connection.reset() } else { drop(connection) }
    }
    let _held = door.send(&original).await;
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, ["whole"]);
}

async fn a_client_that_closes_before_it_reads(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    for number in 0..10 {
        let text = number.to_string();
        let original = alice.next(&(message(&bob.address, &text) + &message(&alice.address, &text)));
        let pending = door.send(&original).await;
        if number % 2 == 0 {
            pending.close()
        } else {
            pending.reset()
        }
        assert_eq!(door.repeat(&original).await.messages(), [&*text]);
        assert_eq!(bob.messages_until(&text).await, [""; 0]);
    }
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

/// A request may come in any connection, with any header fields.
async fn a_request_that_is_sent_again_from_elsewhere(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let original = bob.next("");
    let held = door.send(&original).await;
    let again = door.send_with("User-Agent: another one\r\nAccept-Encoding: gzip\r\n", &original).await;
    let (answer, again) = held.or(again).await;
    answer.must_be_recoverable();
    alice.tell(&bob, "there").await;
    assert_eq!(again.answer().await.messages(), ["there"]);
}

async fn an_answer_to_a_repeated_request_is_the_newest_s(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let original = bob.next(NOTHING);
    let mut held = door.send(&original).await;
    for _ in 0..4 {
        let (answer, waiting) = held.or(door.send(&original).await).await;
        answer.must_be_recoverable();
        held = waiting;
    }
    alice.tell(&bob, "for the last one").await;
    assert_eq!(held.answer().await.messages(), ["for the last one"]);
}

/// Every second request of both sides loses its connection before its answer, and is sent again.
async fn everything_breaks_all_the_time(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let mut heard = Vec::new();
    for number in 0..20 {
        let original = bob.next("");
        let held = door.send(&original).await;
        let said = alice.next(&message(&bob.address, &number.to_string()));
        door.send(&said).await.close();
        let again = door.send(&said).await;
        held.close();
        heard.extend(door.repeat(&original).await.messages());
        again.close();
    }
    alice.tell(&bob, "end").await;
    heard.extend(bob.messages_until("end").await);
    let expected: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(heard, expected);
}
