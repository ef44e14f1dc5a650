//! XEP-0124 §15: a sequence of keys, so that whoever only listens cannot take part.

use super::inactivity_10::{see_gone, show};
use crate::support::bosh::keys::{Keys, sha1};
use crate::support::bosh::session::Session;
use crate::support::bosh::{Door, message};

at_every_door! { usual {
    a_client_that_shows_the_right_keys
    the_case_of_a_key_does_not_matter
    another_sequence
    a_wrong_key
    no_key_at_all
    a_key_from_before
    a_repeated_request_has_its_key
    a_repeated_request_with_another_key
    keys_in_requests_that_overtake_each_other
} }

/// A session that is signed in by somebody who shows a key with every request.
async fn with_keys(door: Door) -> Session {
    let mut keys = Keys::new("a seed that nobody guesses", 60);
    let mut session = Session::open(door, &[("newkey", &keys.next())]).await;
    session.keys = Some(keys);
    let account = door.account();
    session.enter(&account).await;
    session
}

fn next_key(session: &mut Session) -> String {
    session.keys.as_mut().unwrap().next()
}

/// Sends itself a message, which must come.
async fn talk(session: &mut Session, text: &str) {
    let answer = session.ask(&message(&session.address, text)).await;
    session.messages_from(answer, text).await;
}

async fn a_client_that_shows_the_right_keys(door: Door) {
    let mut alice = with_keys(door).await;
    for text in ["one", "two", "three"] {
        talk(&mut alice, text).await;
    }
}

async fn the_case_of_a_key_does_not_matter(door: Door) {
    let mut alice = with_keys(door).await;
    let mut keys = alice.keys.take().unwrap();
    for text in ["one", "two", "three"] {
        let key = format!("key='{}'", keys.next().to_ascii_uppercase());
        assert_eq!(alice.ask_with(&key, &message(&alice.address, text)).await.messages(), [text]);
    }
}

async fn another_sequence(door: Door) {
    let mut alice = with_keys(door).await;
    let mut new = Keys::new("another seed", 20);
    let switch = format!("newkey='{}'", new.next());
    let itself = message(&alice.address, "switched");
    assert_eq!(alice.ask_with(&switch, &itself).await.messages(), ["switched"]);
    let old = alice.keys.replace(new);
    talk(&mut alice, "with a new key").await;
    alice.keys = old;
    alice.ask(&itself).await.must_end_with("item-not-found");
}

/// The request is not processed, and the session is over.
async fn must_be_refused(door: Door, make: impl FnOnce(&mut Session, &str) -> String) {
    let mut bob = Session::sign_in(door, &[]).await;
    let mut alice = with_keys(door).await;
    show(&mut alice, &mut bob).await;
    let body = make(&mut alice, &message(&bob.address, "never"));
    door.post(&body).await.must_end_with("item-not-found");
    see_gone(&alice.address, &mut bob).await;
    alice.must_be_gone().await;
    let answer = bob.ask(&message(&bob.address, "end")).await;
    assert_eq!(bob.messages_from(answer, "end").await, [""; 0]);
}

async fn a_wrong_key(door: Door) {
    must_be_refused(door, |alice, payload| alice.at(alice.rid, &format!("key='{}'", sha1("guessed")), payload)).await;
}

async fn no_key_at_all(door: Door) {
    must_be_refused(door, |alice, payload| alice.at(alice.rid, "", payload)).await;
}

async fn a_key_from_before(door: Door) {
    must_be_refused(door, |alice, payload| {
        let shown_before = sha1(&next_key(alice));
        alice.at(alice.rid, &format!("key='{shown_before}'"), payload)
    })
    .await;
}

async fn a_repeated_request_has_its_key(door: Door) {
    let mut alice = with_keys(door).await;
    let original = alice.next(&message(&alice.address, "to myself"));
    let answer = door.post(&original).await;
    assert_eq!(door.post(&original).await.text, answer.text);
    talk(&mut alice, "on").await;
}

async fn a_repeated_request_with_another_key(door: Door) {
    let mut alice = with_keys(door).await;
    let original = alice.next(&message(&alice.address, "a secret"));
    assert_eq!(door.post(&original).await.messages(), ["a secret"]);
    let forged = alice.at(alice.rid - 1, &format!("key='{}'", sha1("guessed")), "");
    door.post(&forged).await.must_end_with("item-not-found");
}

async fn keys_in_requests_that_overtake_each_other(door: Door) {
    let mut bob = Session::sign_in(door, &[]).await;
    let mut alice = with_keys(door).await;
    let first = alice.next(&message(&bob.address, "first"));
    let second = alice.next(&message(&bob.address, "second"));
    let _early = door.send(&second).await;
    let _late = door.send(&first).await;
    assert_eq!(bob.messages_until("second").await, ["first"]);
}
