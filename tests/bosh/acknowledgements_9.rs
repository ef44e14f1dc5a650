//! XEP-0124 §9: what both sides say about what they have.

use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{Door, message};

const ACK: &[(&str, &str)] = &[("ack", "1")];

at_every_door! { usual {
    requests_are_acknowledged
    nothing_is_acknowledged_twice
    a_gap_is_not_acknowledged
    an_answer_that_did_not_arrive_is_reported
    an_unacknowledged_answer_is_kept_for_longer
    without_the_agreement_nothing_is_said
} }

/// §9.1: the highest request that came with all before it, where that is not the one that is answered.
async fn requests_are_acknowledged(door: Door) {
    let mut session = Session::sign_in(door, ACK).await;
    let held = session.poll().await;
    let itself = message(&session.address, "to myself");
    let last = session.rid;
    let next = session.send(&itself).await;
    assert_eq!(held.answer().await.number("ack"), last);
    let answer = next.answer().await;
    assert_eq!((answer.messages(), answer.attr("ack")), (vec!["to myself".to_owned()], None));
}

async fn nothing_is_acknowledged_twice(door: Door) {
    let mut session = Session::sign_in(door, ACK).await;
    for text in ["one", "two"] {
        let answer = session.ask(&message(&session.address, text)).await;
        assert_eq!(answer.attr("ack"), None, "each answer is to the last request: {}", answer.text);
    }
}

async fn a_gap_is_not_acknowledged(door: Door) {
    let mut session = Session::sign_in(door, &[("ack", "1"), ("hold", "3")]).await;
    let mut first = session.poll().await;
    let missing = session.next(&message(&session.address, "the missing one"));
    let early = session.send(NOTHING).await;
    assert!(first.is_waiting());
    let late = door.send(&missing).await;
    // The first is answered with the message; by then all three are there, unless the early one is slow on the way.
    let answer = first.answer().await;
    assert_eq!(answer.messages(), ["the missing one"]);
    assert!([session.rid - 1, session.rid - 2].contains(&answer.number("ack")), "{}", answer.text);
    drop((early, late));
}

/// §9.2: the client says that it has less than was sent.
async fn an_answer_that_did_not_arrive_is_reported(door: Door) {
    let mut session = Session::sign_in(door, ACK).await;
    let lost = session.rid;
    let itself = message(&session.address, "lost on the way");
    let original = session.next(&itself);
    let answer = door.post(&original).await;
    assert_eq!(answer.messages(), ["lost on the way"]);
    // As if that answer had never come: the client has all before it.
    let told = session.ask_with(&format!("ack='{}'", lost - 1), "").await;
    assert_eq!(told.number("report"), lost, "{}", told.text);
    assert!(told.number("time") < 30_000, "{}", told.text);
    assert!(told.payloads().is_empty());
    assert_eq!(door.post(&original).await.text, answer.text, "it is repeated when the client asks for it");
}

/// §14.3: the buffer holds what was not acknowledged, be it more than the window.
async fn an_unacknowledged_answer_is_kept_for_longer(door: Door) {
    let mut session = Session::sign_in(door, ACK).await;
    let lost = session.rid;
    let original = session.next(&message(&session.address, "the first"));
    let answer = door.post(&original).await;
    for number in 0..5 {
        let itself = message(&session.address, &number.to_string());
        session.ask_with(&format!("ack='{}'", lost - 1), &itself).await.must_go_on();
    }
    assert_eq!(door.post(&original).await.text, answer.text);
    // Once it is acknowledged it is gone, and asking for it is an error as it is for any other.
    let last = session.rid - 1;
    let mut held = session.send_with(&format!("ack='{last}'"), NOTHING).await;
    assert!(held.is_waiting());
    session.ask_with(&format!("ack='{last}'"), &message(&session.address, "on")).await.must_go_on();
    door.post(&original).await.must_end_with("item-not-found");
}

async fn without_the_agreement_nothing_is_said(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let held = session.poll().await;
    let next = session.send(&message(&session.address, "to myself")).await;
    let answers = [held.answer().await, next.answer().await];
    for answer in answers {
        assert_eq!((answer.attr("ack"), answer.attr("report")), (None, None), "{}", answer.text);
    }
}
