//! XEP-0206 §5: signing in, beginning the stream anew, binding a resource.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::bosh::session::{SASL, Session};
use crate::support::bosh::{CLIENT, Door, XBOSH, message, scram};

const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";

at_every_door! { usual {
    a_wrong_password_and_then_the_right_one
    restart_is_true_or_1
    a_restart_that_says_nothing_else
    a_payload_in_a_restart_is_ignored
    what_is_sent_with_the_restart_s_successor
    features_of_the_new_stream_are_forwarded
    two_sessions_of_one_account
    a_session_whose_resource_is_taken
    an_exchange_in_several_steps
} }

async fn a_wrong_password_and_then_the_right_one(door: Door) {
    let account = door.account();
    let mut session = Session::open(door, &[]).await;
    let refused = session.try_authenticate(account.name(), "a wrong one").await;
    assert!(refused.is("failure", SASL) && refused.has_child("not-authorized", SASL), "{}", String::from(&refused));
    session.enter(&account).await;
}

async fn restart_with(door: Door, attributes: &str, payloads: &str) -> Session {
    let account = door.account();
    let mut session = Session::open(door, &[]).await;
    session.authenticate(&account).await;
    let answer = session.ask_with(&format!("xmlns:xmpp='{XBOSH}' {attributes}"), payloads).await;
    session.hear_from(answer, |element| element.name() == "features").await;
    session.bind("bosh").await;
    session
}

async fn restart_is_true_or_1(door: Door) {
    for value in ["true", "1"] {
        restart_with(door, &format!("xmpp:restart='{value}' to='{}' xml:lang='en'", door.domain), "").await;
    }
}

async fn a_restart_that_says_nothing_else(door: Door) {
    restart_with(door, "xmpp:restart='true'", "").await;
}

async fn a_payload_in_a_restart_is_ignored(door: Door) {
    let mut bob = Session::sign_in(door, &[]).await;
    let mut session = restart_with(door, "xmpp:restart='true'", &message(&bob.address, "ignored")).await;
    session.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

/// A client need not wait for the features before it binds.
async fn what_is_sent_with_the_restart_s_successor(door: Door) {
    let account = door.account();
    let mut session = Session::open(door, &[]).await;
    session.authenticate(&account).await;
    let restart = session.send_with(&format!("xmlns:xmpp='{XBOSH}' xmpp:restart='true'"), "").await;
    let bind = format!("<iq xmlns='{CLIENT}' type='set' id='b'><bind xmlns='{BIND}'/></iq>");
    let binding = session.send(&bind).await;
    let mut texts = restart.answer().await.text;
    texts.push_str(&binding.answer().await.text);
    while !texts.contains("<jid>") {
        texts.push_str(&session.ask("").await.text);
    }
    assert!(texts.contains("stream:features"), "{texts}");
}

async fn features_of_the_new_stream_are_forwarded(door: Door) {
    let account = door.account();
    let mut session = Session::open(door, &[]).await;
    session.authenticate(&account).await;
    let answer = session.ask_with(&format!("xmlns:xmpp='{XBOSH}' xmpp:restart='true'"), "").await;
    let features = session.hear_from(answer, |element| element.name() == "features").await;
    assert!(features.has_child("bind", BIND), "{}", String::from(&features));
    assert!(!features.has_child("mechanisms", SASL), "{}", String::from(&features));
}

async fn two_sessions_of_one_account(door: Door) {
    let account = door.account();
    let mut one = Session::open(door, &[]).await;
    let mut other = Session::open(door, &[]).await;
    for (session, resource) in [(&mut one, "one"), (&mut other, "other")] {
        session.authenticate(&account).await;
        session.restart().await;
        session.bind(resource).await;
    }
    one.tell(&other, "hello").await;
    assert_eq!(other.messages_until("hello").await, [""; 0]);
}

/// The server ends the older stream with `<conflict/>`, and the client is told why.
async fn a_session_whose_resource_is_taken(door: Door) {
    let account = door.account();
    let mut older = Session::sign_in_as(door, &account, &[]).await;
    let held = older.poll().await;
    let mut newer = Session::sign_in_as(door, &account, &[]).await;
    let answer = held.answer().await;
    assert_eq!(
        (answer.attr("type"), answer.attr("condition")),
        (Some("terminate"), Some("remote-stream-error")),
        "{}",
        answer.text
    );
    let error = answer.payloads().into_iter().find(|element| element.name() == "error").expect("the error itself");
    assert!(error.has_child("conflict", "urn:ietf:params:xml:ns:xmpp-streams"), "{}", answer.text);
    older.must_be_gone().await;
    let itself = message(&newer.address, "here");
    let answer = newer.ask(&itself).await;
    assert_eq!(newer.messages_from(answer, "here").await, [""; 0]);
}

/// SCRAM: a challenge comes, and is answered.
async fn an_exchange_in_several_steps(door: Door) {
    let account = door.account();
    let mut session = Session::open(door, &[]).await;
    let first = scram::first(account.name());
    let auth = STANDARD.encode(format!("n,,{first}"));
    let auth = format!("<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>{auth}</auth>");
    let challenge = session.ask_for(&auth, |element| element.is("challenge", SASL)).await;
    let challenge = String::from_utf8(STANDARD.decode(challenge.text()).unwrap()).unwrap();
    let last = STANDARD.encode(scram::last(&first, &challenge, &account.password));
    let response = format!("<response xmlns='{SASL}'>{last}</response>");
    session.ask_for(&response, |element| element.is("success", SASL)).await;
    session.restart().await;
    session.bind("bosh").await;
}
