//! XEP-0124 §8: payloads both ways, and requests that are held until there are some.

use std::time::Duration;

use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{Door, QUICK_WAIT, message};
use crate::support::foreign::Foreign;

at_every_door! { usual {
    a_message_is_pushed_as_soon_as_it_arrives
    what_waits_is_given_to_the_next_request
    no_more_requests_are_held_than_agreed
    two_may_be_held
    the_oldest_request_gets_what_comes
    a_long_talk_in_both_directions
    a_client_by_other_hands_hears_everything_once
    an_answer_is_an_answer
} }

at_every_door! { quick {
    an_empty_answer_when_the_time_is_over
} }

async fn an_empty_answer_when_the_time_is_over(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    for _ in 0..2 {
        let answer = session.ask("").await;
        answer.must_be_empty();
        assert!(answer.names().is_empty(), "{}", answer.text);
        let late = QUICK_WAIT + Duration::from_secs(1);
        assert!(answer.after >= QUICK_WAIT - Duration::from_millis(50) && answer.after < late, "{:?}", answer.after);
    }
}

async fn a_message_is_pushed_as_soon_as_it_arrives(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let held = bob.poll().await;
    alice.tell(&bob, "now").await;
    let answer = held.answer().await;
    assert_eq!(answer.messages(), ["now"]);
    assert!(answer.after < Duration::from_secs(5), "{:?}", answer.after);
}

async fn what_waits_is_given_to_the_next_request(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let texts = ["one", "two", "three"];
    for text in texts {
        alice.tell(&bob, text).await;
    }
    // Alice is told of her own message after the others have gone their way.
    let itself = alice.ask(&message(&alice.address, "gone")).await;
    alice.messages_from(itself, "gone").await;
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, texts);
}

async fn no_more_requests_are_held_than_agreed(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let first = bob.poll().await;
    let second = bob.send(NOTHING).await;
    let released = first.answer().await;
    released.must_be_empty();
    assert!(released.after < Duration::from_secs(5), "{:?}", released.after);
    alice.tell(&bob, "for the second").await;
    assert_eq!(second.answer().await.messages(), ["for the second"]);
}

async fn two_may_be_held(door: Door) {
    let mut alice = Session::sign_in(door, &[]).await;
    let mut bob = Session::sign_in(door, &[("hold", "2")]).await;
    let first = bob.poll().await;
    let mut second = bob.send(NOTHING).await;
    alice.tell(&bob, "one").await;
    assert_eq!(first.answer().await.messages(), ["one"]);
    assert!(second.is_waiting());
    alice.tell(&bob, "two").await;
    assert_eq!(second.answer().await.messages(), ["two"]);
}

async fn the_oldest_request_gets_what_comes(door: Door) {
    let mut alice = Session::sign_in(door, &[]).await;
    let mut bob = Session::sign_in(door, &[("hold", "5")]).await;
    let mut held = vec![bob.poll().await];
    for _ in 0..4 {
        held.push(bob.send(NOTHING).await);
    }
    for (number, pending) in held.into_iter().enumerate() {
        alice.tell(&bob, &number.to_string()).await;
        assert_eq!(pending.answer().await.messages(), [number.to_string()]);
    }
}

async fn a_long_talk_in_both_directions(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    for number in 0..40 {
        let (question, reply) = (format!("question {number}"), format!("reply {number}"));
        let waiting = alice.send(&message(&bob.address, &question)).await;
        assert_eq!(bob.messages_until(&question).await, [""; 0]);
        bob.tell(&alice, &reply).await;
        let answer = waiting.answer().await;
        assert_eq!(alice.messages_from(answer, &reply).await, [""; 0]);
    }
}

async fn a_client_by_other_hands_hears_everything_once(door: Door) {
    let server = door.server.unwrap();
    let account = server.account();
    let mut foreign = Foreign::sign_in(server, &account).await;
    let mut alice = Session::sign_in(door, &[]).await;
    for number in 0..30 {
        alice.say(&account.address, &format!("<{number}>")).await;
    }
    for number in 0..30 {
        let heard = foreign.message("a message", |_| true).await;
        assert!(heard.contains(&format!("&lt;{number}&gt;")), "{number}: {heard}");
    }
    let back = format!("<message to='{}' type='chat'><body>thanks</body></message>", alice.address);
    foreign.send(&back).await.unwrap();
    assert_eq!(alice.messages_until("thanks").await, [""; 0]);
    foreign.sign_out().await;
}

/// A request may be answered by the server at any time: nothing is promised about which HTTP answer carries it.
async fn an_answer_is_an_answer(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    for number in 0..5 {
        let id = format!("question-{number}");
        let to = door.domain;
        let question = format!(
            "<iq xmlns='jabber:client' type='get' id='{id}' to='{to}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
        );
        let answer = session.ask_for(&question, |element| element.attr("id") == Some(&id)).await;
        assert_eq!(answer.attr("type"), Some("result"));
    }
}
