//! Signing in to servers that are good, wrong, hostile, silent or gone: each gives its own answer, soon, and only once.

mod broken;
mod encryption;
mod scripted;

use std::time::Duration;

use cirrus::config::Security;
use cirrus::xmpp::connect::{ConnectError, Login};
use cirrus::xmpp::sasl::Secret;
use cirrus::xmpp::stream;
use futures::StreamExt;
use tokio_xmpp::stanzastream::{Event, StreamEvent};

use self::scripted::*;
use crate::support::patience::until;

#[tokio::test]
async fn a_password_is_exchanged_for_keys_that_work_again() {
    let server = scripted(|socket, _| Box::pin(good(socket, SALT))).await;
    let connector = connector(server.address, Security::Plain);
    let (signed_in, _) = sign_in(&connector, &juliet()).await;
    let secret = signed_in.map_err(|error| error.to_string()).unwrap().secret;
    assert!(matches!(secret, Secret::Scram(_)));
    assert_eq!(server.connections(), 2, "one to sign in, one to see whether the salt stays");
    let sealed = Secret::from_bytes(&secret.to_bytes()).unwrap();
    assert!(sealed == secret && sealed != Secret::password("pencil"));
    assert!(connector.authenticate(&login(sealed)).await.is_ok());
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn where_the_salt_changes_the_password_is_kept() {
    let server =
        scripted(|socket, turn| Box::pin(async move { good(socket, format!("salt number {turn}").as_bytes()).await }))
            .await;
    let connector = connector(server.address, Security::Plain);
    let secret = connector.authenticate(&juliet()).await.map_err(|error| error.to_string()).unwrap().secret;
    assert!(secret == Secret::password("pencil"));
}

#[tokio::test]
async fn keys_for_another_salt_are_refused_without_a_guess() {
    let server = scripted(|socket, turn| {
        Box::pin(async move { good(socket, if turn < 2 { SALT } else { b"changed password" }).await })
    })
    .await;
    let connector = connector(server.address, Security::Plain);
    let secret = connector.authenticate(&juliet()).await.map_err(|error| error.to_string()).unwrap().secret;
    assert_failed(sign_in(&connector, &login(secret)).await, ConnectError::Refused, 2);
}

#[tokio::test]
async fn a_wrong_password_is_told_at_once_and_tried_once() {
    let server = scripted(|socket, _| Box::pin(good(socket, SALT))).await;
    let connector = connector(server.address, Security::Plain);
    assert_failed(sign_in(&connector, &login(Secret::password("pencils"))).await, ConnectError::Refused, 2);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_stream_that_is_refused_later_stops_for_good() {
    // The first connection signs in and is cut; from then on the password is another one.
    let server = scripted(|socket, turn| {
        Box::pin(async move {
            match turn {
                0 => tokio::time::timeout(Duration::from_millis(700), good(socket, SALT)).await.ok()?,
                1 => good(socket, SALT).await,
                _ => {
                    let mut talk = Talk::new(socket);
                    talk.open(&mechanisms(&["SCRAM-SHA-256"])).await?;
                    talk.sasl().await?;
                    talk.fail("not-authorized").await;
                    Some(())
                }
            }
        })
    })
    .await;
    let connector = connector(server.address, Security::Plain);
    let signed_in = connector.authenticate(&juliet()).await.map_err(|error| error.to_string()).unwrap();
    let login = login(signed_in.secret);
    let (mut stream, mut failures) =
        stream::open(connector, login.clone(), signed_in.connection, 16, Default::default());
    let Some(Event::Stream(StreamEvent::Reset { bound_jid, .. })) = stream.next().await else { panic!("not bound") };
    assert!(login.is_bound_by(&bound_jid));
    assert!(matches!(stream.next().await, Some(Event::Stream(StreamEvent::Suspended))));
    let failure = tokio::time::timeout(Duration::from_secs(5), failures.recv()).await.unwrap();
    assert_eq!(failure, Some(ConnectError::Refused));
    assert_eq!(server.connections(), 3);
    let more = tokio::time::timeout(Duration::from_secs(3), stream.next()).await;
    assert!(more.is_err(), "the stream stays suspended: {more:?}");
    assert_eq!(server.connections(), 3, "nothing retries a refused password");
    drop((stream, failures));
    all_tasks_end().await;
}

/// Waits until only the listener's task is left.
async fn all_tasks_end() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    until("no task is left", 5, async || tasks() <= 1).await;
}

#[tokio::test]
async fn dropping_the_session_ends_the_attempts() {
    let server = scripted(|socket, turn| {
        Box::pin(async move {
            let good = good(socket, SALT);
            if turn == 0 { tokio::time::timeout(Duration::from_millis(300), good).await.ok()? } else { good.await }
        })
    })
    .await;
    let connector = connector(server.address, Security::Plain);
    let signed_in = connector.authenticate(&juliet()).await.map_err(|error| error.to_string()).unwrap();
    let (mut stream, failures) =
        stream::open(connector, login(signed_in.secret), signed_in.connection, 16, Default::default());
    while !matches!(stream.next().await, Some(Event::Stream(StreamEvent::Suspended))) {}
    let before = server.connections();
    drop((stream, failures));
    all_tasks_end().await;
    assert_eq!(server.connections(), before);
}

#[test]
fn another_account_than_asked_is_noticed() {
    assert!(juliet().is_bound_by(&"juliet@example.org/x".parse().unwrap()));
    for other in ["romeo@example.org/x", "juliet@example.com/x", "example.org", "juliet.@example.org/x"] {
        assert!(!juliet().is_bound_by(&other.parse().unwrap()), "{other}");
    }
    let guest = Login::Anonymous { domain: "anon.example.org".parse().unwrap() };
    assert!(guest.is_bound_by(&"x1y2@anon.example.org/z".parse().unwrap()));
    assert!(!guest.is_bound_by(&"x1y2@example.org/z".parse().unwrap()));
    assert!(!guest.is_bound_by(&"anon.example.org/z".parse().unwrap()));
}
