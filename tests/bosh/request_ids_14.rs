//! XEP-0124 §14.1 and §14.2: numbers of requests, and their order.

use super::inactivity_10::{see_gone, show};
use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{Door, HTTPBIND, first_rid, message};

at_every_door! { usual {
    numbers_up_to_the_last_that_a_float_holds
    what_is_no_number_of_a_request
    a_request_that_overtakes_another
    many_requests_in_the_opposite_order
    answers_keep_the_order_of_requests
    the_next_request_twice_before_its_turn
    beyond_the_window
    far_below_the_window
    a_gap_that_is_closed_by_a_request_from_before
} }

async fn numbers_up_to_the_last_that_a_float_holds(door: Door) {
    let last = (1_u64 << 53) - 1;
    for first in [1, u64::from(u32::MAX) - 2, last - 50] {
        let mut session = Session::open_at(door, first, "", &[]).await;
        session.enter(&door.account()).await;
        let answer = session.ask(&message(&session.address, "counted")).await;
        assert_eq!(session.messages_from(answer, "counted").await, [""; 0]);
    }
    assert!(door.post(&door.creation(last, &[])).await.attr("sid").is_some());
    door.post(&door.creation(last + 1, &[])).await.must_end_with("bad-request");
}

async fn what_is_no_number_of_a_request(door: Door) {
    let mut session = Session::open(door, &[("wait", "1")]).await;
    for rid in
        ["", "rid=''", "rid='x'", "rid='-1'", "rid='1.0'", "rid='1e3'", "rid='0x10'", "rid='99999999999999999999'"]
    {
        let body = format!("<body xmlns='{HTTPBIND}' sid='{}' {rid}/>", session.sid);
        door.post(&body).await.must_end_with("bad-request");
        let creation = door.creation(first_rid(), &[("rid", "")]).replace("<body", &format!("<body {rid}"));
        door.post(&creation).await.must_end_with("bad-request");
    }
    // Nobody ends the session of somebody else without its number.
    session.ask("").await.must_go_on();
}

async fn a_request_that_overtakes_another(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let first = alice.next(&message(&bob.address, "first"));
    let mut second = alice.send(&message(&bob.address, "second")).await;
    // Bob hears from himself, and nothing from Alice, whose second request has come by then.
    let answer = bob.ask(&message(&bob.address, "to myself")).await;
    assert_eq!(bob.messages_from(answer, "to myself").await, [""; 0]);
    assert!(second.is_waiting());
    door.send(&first).await.answer().await.must_be_empty();
    assert_eq!(bob.messages_until("second").await, ["first"]);
    alice.tell(&bob, "end").await;
    second.answer().await.must_be_empty();
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

async fn many_requests_in_the_opposite_order(door: Door) {
    let mut alice = Session::sign_in(door, &[("hold", "8")]).await;
    let mut bob = Session::sign_in(door, &[]).await;
    let texts: Vec<String> = (0..9).map(|number| format!("message {number}")).collect();
    let bodies: Vec<String> = texts.iter().map(|text| alice.next(&message(&bob.address, text))).collect();
    let mut pending = Vec::new();
    for body in bodies.iter().rev() {
        pending.push(door.send(body).await);
    }
    assert_eq!(bob.messages_until(&texts[8]).await, texts[..8]);
    pending.pop().unwrap().answer().await.must_be_empty();
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

async fn answers_keep_the_order_of_requests(door: Door) {
    let mut alice = Session::sign_in(door, &[]).await;
    let mut bob = Session::sign_in(door, &[("hold", "3")]).await;
    let first = bob.next(NOTHING);
    let (mut second, mut third) = (bob.send(NOTHING).await, bob.send(NOTHING).await);
    alice.tell(&bob, "for the first").await;
    let answer = alice.ask(&message(&alice.address, "sent")).await;
    alice.messages_from(answer, "sent").await;
    assert!(second.is_waiting() && third.is_waiting(), "nothing is answered before its turn");
    assert_eq!(door.post(&first).await.messages(), ["for the first"]);
    alice.tell(&bob, "for the second").await;
    assert_eq!(second.answer().await.messages(), ["for the second"]);
    alice.tell(&bob, "for the third").await;
    assert_eq!(third.answer().await.messages(), ["for the third"]);
}

async fn the_next_request_twice_before_its_turn(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let first = alice.next(&message(&bob.address, "first"));
    let second = alice.next(&message(&bob.address, "second"));
    let early = door.send(&second).await;
    let (answer, again) = early.or(door.send(&second).await).await;
    answer.must_be_recoverable();
    let _first = door.send(&first).await;
    assert_eq!(bob.messages_until("second").await, ["first"]);
    alice.tell(&bob, "end").await;
    again.answer().await.must_be_empty();
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

async fn beyond_the_window(door: Door) {
    for hold in ["1", "4"] {
        let mut alice = Session::sign_in(door, &[("hold", hold)]).await;
        let mut bob = Session::sign_in(door, &[]).await;
        show(&mut alice, &mut bob).await;
        // The last that may come is the one after which all that are allowed are under way.
        let last = alice.rid + alice.created.number("requests") - 1;
        let allowed = door.send(&alice.at(last, "", NOTHING)).await;
        let body = alice.at(last + 1, "", &message(&bob.address, "never"));
        door.post(&body).await.must_end_with("item-not-found");
        let answer = allowed.answer().await;
        assert!(answer.is_terminate(), "{}", answer.text);
        see_gone(&alice.address, &mut bob).await;
        alice.must_be_gone().await;
    }
}

/// §14.3: it is the same error, so that nobody learns on which side of the window a number is. A copy that was long on
/// its way costs a client nothing that knows where it is.
async fn far_below_the_window(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let body = alice.at(alice.rid - 1000, "", &message(&bob.address, "never"));
    let above = door.post(&body).await;
    above.must_end_with("item-not-found");
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0]);
    let below = door.post(&alice.at(alice.rid + 1000, "", "")).await;
    assert_eq!(below.text, above.text);
}

/// A browser that was offline: the held request survives, the next is lost on the way, the one after it arrives.
async fn a_gap_that_is_closed_by_a_request_from_before(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let held = alice.send(&message(&bob.address, "it has come")).await;
    bob.messages_until("it has come").await;
    let lost = alice.next(&message(&bob.address, "lost at first"));
    let mut next = alice.send(&message(&bob.address, "next")).await;
    bob.tell(&alice, "you are heard of").await;
    assert_eq!(held.answer().await.messages(), ["you are heard of"]);
    assert!(next.is_waiting());
    door.post(&lost).await.must_be_empty();
    alice.tell(&bob, "end").await;
    next.answer().await.must_be_empty();
    assert_eq!(bob.messages_until("end").await, ["lost at first", "next"]);
}
