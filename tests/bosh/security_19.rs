//! XEP-0124 §19: who may take part in a session.

use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{Door, HTTPBIND, message};
use crate::support::gateway::{Gateway, Settings};
use crate::support::servers;

const HTTPS: &str = "X-Forwarded-Proto: https\r\n";

/// A gateway behind a proxy on this machine, or before the world.
fn door(web: &str) -> (Gateway, Door) {
    let server = servers::home();
    let gateway = Gateway::start(&Settings { web: web.to_owned(), ..Settings::for_server(server) });
    let door = Door::to(&gateway, server);
    (gateway, door)
}

const BEHIND_PROXY: &str = "trusted_proxies = [\"127.0.0.1/32\"]\n";

/// §19.1: the connection is closed, and the session goes on where it was begun.
#[tokio::test]
async fn what_began_encrypted_stays_encrypted() {
    let (_gateway, door) = door(BEHIND_PROXY);
    let mut session = Session::open_with(door, HTTPS, &[]).await;
    session.enter(&door.account()).await;
    let body = session.at(session.rid, "", &message(&session.address, "over http"));
    for fields in ["", "X-Forwarded-Proto: http\r\n", "X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http\r\n"] {
        assert!(door.send_with(fields, &body).await.try_response().await.is_none(), "{fields}");
    }
    let itself = message(&session.address, "over https");
    let answer = session.ask(&itself).await;
    assert_eq!(session.messages_from(answer, "over https").await, [""; 0]);
}

#[tokio::test]
async fn what_began_unencrypted_may_become_encrypted() {
    let (_gateway, door) = door(BEHIND_PROXY);
    let mut session = Session::open(door, &[]).await;
    session.fields = HTTPS.to_owned();
    session.enter(&door.account()).await;
    session.fields = String::new();
    let itself = message(&session.address, "back");
    let answer = session.ask(&itself).await;
    assert_eq!(session.messages_from(answer, "back").await, [""; 0]);
}

#[tokio::test]
async fn a_stranger_cannot_claim_encryption() {
    let (_gateway, door) = door("");
    let mut session = Session::open_with(door, HTTPS, &[]).await;
    session.fields = String::new();
    session.enter(&door.account()).await;
}

/// §19.3: without the name of a session nobody touches it, and without its number nobody reads it.
#[tokio::test]
async fn a_guessed_name_leads_nowhere() {
    let (_gateway, door) = door("");
    let mut session = Session::sign_in(door, &[]).await;
    let mut sid = session.sid.clone();
    let last = sid.pop().unwrap();
    for other in ["", "A", "B", &format!("{last}{last}"), " "] {
        let guess = format!("{sid}{other}");
        if guess == session.sid {
            continue;
        }
        let body = format!("<body xmlns='{HTTPBIND}' sid='{guess}' rid='{}'>{NOTHING}</body>", session.rid);
        door.post(&body).await.must_end_with("item-not-found");
    }
    let swapped: String = session
        .sid
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    let body = format!("<body xmlns='{HTTPBIND}' sid='{swapped}' rid='{}'/>", session.rid);
    door.post(&body).await.must_end_with("item-not-found");
    let itself = message(&session.address, "untouched");
    let answer = session.ask(&itself).await;
    assert_eq!(session.messages_from(answer, "untouched").await, [""; 0]);
}

/// What strangers write comes under a content type that somebody chose: a browser must not take it for a page of ours.
#[tokio::test]
async fn an_answer_is_never_a_page() {
    let (_gateway, door) = door("");
    let answer = door.send(&door.creation(7, &[("content", "text/html")])).await.answer_as("text/html").await;
    assert_eq!(answer.response.header("x-content-type-options"), Some("nosniff"));
    let policy = answer.response.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(answer.response.header("cache-control").is_some_and(|control| control.contains("no-store")));
}
