//! XEP-0124 §13: the end of a session, by the client's own wish.

use super::inactivity_10::{see_gone, show};
use crate::support::bosh::answer::text_of;
use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{Door, message};

at_every_door! { usual {
    what_it_carries_is_forwarded_first
    the_server_sees_the_client_go
    the_oldest_request_is_told
    after_the_end_there_is_nothing
    an_end_before_anybody_signed_in
    an_end_that_waits_for_its_turn
    what_was_sent_before_arrives
} }

async fn what_it_carries_is_forwarded_first(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    show(&mut alice, &mut bob).await;
    let payloads = format!(
        "{}<presence xmlns='jabber:client' type='unavailable'><status>good night</status></presence>",
        message(&bob.address, "farewell")
    );
    alice.ask_with("type='terminate'", &payloads).await;
    let first = bob.hear(|_| true).await;
    assert_eq!(text_of(&first).as_deref(), Some("farewell"), "{}", String::from(&first));
    bob.hear(|element| String::from(element).contains("good night")).await;
}

async fn the_server_sees_the_client_go(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    show(&mut alice, &mut bob).await;
    assert!(alice.terminate().await.is_terminate());
    see_gone(&alice.address, &mut bob).await;
}

async fn the_oldest_request_is_told(door: Door) {
    let mut session = Session::sign_in(door, &[("hold", "2")]).await;
    let (oldest, other) = (session.poll().await, session.send(NOTHING).await);
    let last = session.send_with("type='terminate'", "").await;
    let told = oldest.answer().await;
    assert_eq!((told.attr("type"), told.attr("condition")), (Some("terminate"), None), "{}", told.text);
    other.answer().await.must_be_empty();
    last.answer().await.must_be_empty();
}

async fn after_the_end_there_is_nothing(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let answer = session.terminate().await;
    assert_eq!((answer.attr("type"), answer.attr("condition")), (Some("terminate"), None), "{}", answer.text);
    assert!(answer.payloads().is_empty());
    session.must_be_gone().await;
    session.rid -= 2;
    session.must_be_gone().await;
}

async fn an_end_before_anybody_signed_in(door: Door) {
    let mut session = Session::open(door, &[]).await;
    assert!(session.terminate().await.is_terminate());
    session.must_be_gone().await;
}

async fn an_end_that_waits_for_its_turn(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let last_words = alice.next(&message(&bob.address, "last words"));
    let mut end = alice.send_with("type='terminate'", "").await;
    bob.ask(&message(&bob.address, "to myself")).await.must_go_on();
    assert!(end.is_waiting(), "a request before it is missing");
    let before = door.send(&last_words).await;
    assert_eq!(bob.messages_until("last words").await, [""; 0]);
    let answers = [before.answer().await, end.answer().await];
    assert!(answers[0].is_terminate() || answers[1].is_terminate(), "{answers:?}");
    alice.must_be_gone().await;
}

async fn what_was_sent_before_arrives(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let texts: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    for text in &texts {
        alice.tell(&bob, text).await;
    }
    let _end = alice.send_with("type='terminate'", &message(&bob.address, "end")).await;
    assert_eq!(bob.messages_until("end").await, texts);
}
