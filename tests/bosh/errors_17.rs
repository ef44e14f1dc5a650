//! XEP-0124 §17: what goes wrong, and how it is told.

use std::time::Duration;

use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{Door, HTTPBIND, first_rid, message};
use crate::support::gateway::{Gateway, Settings};
use crate::support::impostor::{Impostor, Trick};
use crate::support::ports::free_port;
use crate::support::proxy::{Proxy, Weather};
use crate::support::servers::{self, Server};

at_every_door! { usual {
    a_session_that_does_not_exist
    an_old_client_gets_errors_of_http
    nobody_else_gets_errors_of_http
    what_ends_one_session_leaves_others_alone
    a_request_under_way_when_another_one_fails
} }

on_servers! { [home prosody_tls ejabberd] {
    a_server_that_is_lost
} }

async fn a_session_that_does_not_exist(door: Door) {
    let long = "x".repeat(5000);
    for sid in ["", "unknown", "1.AAAAAAAAAAAAAAAAAAAAAA", "../../etc/passwd", "' or 1=1", "\u{1f600}", &long] {
        let sid = crate::support::foreign::escape(sid);
        for more in ["", " type='terminate'", " pause='10'", " to='home.test'", " ver='1.6'"] {
            let body = format!("<body xmlns='{HTTPBIND}' sid='{sid}' rid='{}'{more}/>", first_rid());
            door.post(&body).await.must_end_with("item-not-found");
        }
    }
}

/// §17.1: a session that was begun without `ver`.
async fn an_old_client_gets_errors_of_http(door: Door) {
    let old = [("ver", "")];
    let mut session = Session::open(door, &old).await;
    let far = session.at(session.rid + 100, "", NOTHING);
    assert_eq!(door.send(&far).await.response().await.status, 404);
    let gone = session.next("");
    assert_ne!(door.send(&gone).await.response().await.status, 500);

    let mut session = Session::open(door, &old).await;
    let _held = session.poll().await;
    assert_eq!(session.poll().await.response().await.status, 403);

    let mut session = Session::sign_in(door, &old).await;
    let answer = session.ask(&message(&session.address, "as anybody else")).await;
    assert_eq!(session.messages_from(answer, "as anybody else").await, [""; 0]);
    assert!(session.terminate().await.is_terminate());
}

/// The strict reader takes nothing but 200.
async fn nobody_else_gets_errors_of_http(door: Door) {
    let mut session = Session::open(door, &[]).await;
    door.post(&session.at(session.rid + 100, "", NOTHING)).await.must_end_with("item-not-found");
    session.must_be_gone().await;
    let mut session = Session::open(door, &[]).await;
    let _held = session.poll().await;
    session.poll().await.answer().await.must_end_with("policy-violation");
    door.post("<body").await.must_end_with("bad-request");
}

async fn what_ends_one_session_leaves_others_alone(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let mut held = bob.poll().await;
    for _ in 0..5 {
        let mut other = Session::open(door, &[]).await;
        door.post(&other.at(other.rid + 100, "", NOTHING)).await.must_end_with("item-not-found");
        other.must_be_gone().await;
    }
    assert!(held.is_waiting());
    alice.tell(&bob, "still here").await;
    assert_eq!(held.answer().await.messages(), ["still here"]);
}

async fn a_request_under_way_when_another_one_fails(door: Door) {
    let mut session = Session::sign_in(door, &[("hold", "3")]).await;
    let held = [session.send(NOTHING).await, session.send(NOTHING).await];
    door.post(&session.at(session.rid + 100, "", NOTHING)).await.must_end_with("item-not-found");
    for pending in held {
        let answer = pending.answer().await;
        assert!(answer.is_terminate() || answer.payloads().is_empty(), "{}", answer.text);
        assert!(answer.after < Duration::from_secs(5), "{:?}", answer.after);
    }
}

/// The connection between gateway and server breaks while a request is held.
async fn a_server_that_is_lost(server: &'static Server) {
    let proxy = Proxy::before(server.port).await;
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{}\"", proxy.port));
    let gateway = Gateway::start(&settings);
    let door = Door::to(&gateway, server);
    // Neither has said that they are there: the one who is cut off first would be missed by the other.
    let (mut alice, mut bob) = Session::pair(door).await;
    let held = bob.poll().await;
    proxy.becomes(Weather::Cut);
    held.answer().await.must_end_with("remote-connection-failed");
    // Who had no request under way is told with the next one.
    let answer = alice.ask("").await;
    assert!(matches!(answer.attr("condition"), Some("remote-connection-failed" | "item-not-found")), "{}", answer.text);
    alice.must_be_gone().await;
    bob.must_be_gone().await;
    door.post(&door.creation(first_rid(), &[])).await.must_end_with("remote-connection-failed");
    proxy.becomes(Weather::Fair);
    Session::sign_in(door, &[]).await;
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let gateway = Gateway::start(&Settings::for_domain("absent.test", free_port()));
    let door = Door::to_domain(&gateway, "absent.test");
    let answer = door.post(&door.creation(first_rid(), &[])).await;
    answer.must_end_with("remote-connection-failed");
    assert!(answer.after < Duration::from_secs(5), "{:?}", answer.after);
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    let server = Impostor::start(Trick::Silent, "silent.test").await;
    let gateway = Gateway::start(&Settings::for_domain("silent.test", server.port));
    let door = Door::to_domain(&gateway, "silent.test");
    let mut session = Session::open(door, &[("wait", "1")]).await;
    assert!(session.created.features().is_none(), "the client does not wait longer than it wants to");
    session.ask("").await.must_be_empty();
    assert!(session.terminate().await.is_terminate());
}

/// Certificates are checked: the client cannot do it.
#[tokio::test]
async fn a_server_that_is_somebody_else() {
    for trick in [Trick::WrongName, Trick::UnknownAuthority, Trick::Stripped] {
        let server = Impostor::start(trick, "false.test").await;
        let mut settings = Settings::for_domain("false.test", server.port);
        let authority = crate::support::certificates::authority().file();
        settings.xmpp = settings
            .xmpp
            .replace("\"plain\"", "\"starttls\"")
            .replace("[xmpp]\n", &format!("[xmpp]\nca_file = \"{}\"\n", authority.display()));
        let gateway = Gateway::start(&settings);
        let door = Door::to_domain(&gateway, "false.test");
        door.post(&door.creation(first_rid(), &[])).await.must_end_with("remote-connection-failed");
    }
}

#[tokio::test]
async fn a_server_behind_starttls() {
    for server in [servers::prosody_tls(), servers::ejabberd_tls()] {
        let gateway = Gateway::start(&Settings::for_server(server));
        let (mut alice, mut bob) = Session::pair(Door::to(&gateway, server)).await;
        assert!(!alice.created.text.contains("starttls"), "{}", alice.created.text);
        alice.tell(&bob, "encrypted").await;
        assert_eq!(bob.messages_until("encrypted").await, [""; 0]);
    }
}
