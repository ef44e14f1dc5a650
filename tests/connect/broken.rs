//! Servers that are absent, silent, slow, hostile or refuse for other reasons than the password.

use std::time::Duration;

use cirrus::config::Security;
use cirrus::xmpp::connect::{Authenticated, ConnectError};
use cirrus::xmpp::register::{self, RegisterError};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::scripted::*;

#[tokio::test]
async fn nothing_listens() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for security in [Security::Plain, Security::Starttls, Security::DirectTls] {
        assert_failed(sign_in(&connector(address, security), &juliet()).await, ConnectError::Unreachable, 2);
    }
    let unknown = connector("nowhere.invalid:5222", Security::Starttls);
    assert_failed(sign_in(&unknown, &juliet()).await, ConnectError::Unreachable, 4);
}

#[tokio::test]
async fn a_server_that_accepts_and_stays_silent() {
    let server = scripted(|socket, _| {
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(socket);
            None
        })
    })
    .await;
    let attempts = [Security::Plain, Security::Starttls, Security::DirectTls].map(|security| async move {
        let connector = connector(server.address, security);
        assert_failed(sign_in(&connector, &juliet()).await, ConnectError::Timeout, 4);
    });
    futures::future::join_all(attempts).await;
}

#[tokio::test]
async fn a_server_that_drips_is_given_up_on() {
    let server = scripted(|mut socket, _| {
        Box::pin(async move {
            let mut drip = tokio::time::interval(Duration::from_millis(100));
            for byte in HEADER.bytes().cycle() {
                drip.tick().await;
                socket.write_all(&[byte]).await.ok()?;
            }
            None
        })
    })
    .await;
    assert_failed(sign_in(&connector(server.address, Security::Plain), &juliet()).await, ConnectError::Timeout, 4);
    assert_failed(sign_in(&connector(server.address, Security::Starttls), &juliet()).await, ConnectError::Timeout, 4);
}

#[tokio::test]
async fn an_answer_that_never_comes_in_the_middle() {
    let server = scripted(|socket, _| {
        Box::pin(async move {
            let mut talk = Talk::new(socket);
            talk.open(&mechanisms(&["SCRAM-SHA-256"])).await?;
            talk.hear("nobody says this").await;
            None
        })
    })
    .await;
    assert_failed(sign_in(&connector(server.address, Security::Plain), &juliet()).await, ConnectError::Timeout, 5);
}

/// Answers the client-first-message with `first` (`NONCE` stands for the client's), and what follows with `last`.
async fn hostile(first: &'static str, last: &'static str) -> (Result<Authenticated, ConnectError>, Duration) {
    let server = scripted(move |socket, _| {
        Box::pin(async move {
            let mut talk = Talk::new(socket);
            talk.open(&mechanisms(&["SCRAM-SHA-256", "PLAIN"])).await?;
            let (_, message) = talk.sasl().await?;
            let nonce = message.rsplit_once("r=")?.1.to_owned();
            if !first.is_empty() {
                talk.challenge(&first.replace("NONCE", &nonce)).await;
                talk.sasl().await?;
            }
            talk.say(last).await;
            talk.open(BIND).await?;
            talk.hear("nobody says this").await;
            None
        })
    })
    .await;
    sign_in(&connector(server.address, Security::Plain), &juliet()).await
}

#[tokio::test]
async fn hostile_scram_servers() {
    let success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    let forged = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj1BQUFB</success>";
    for (first, last) in [
        ("r=NONCE,s=QSXCR+Q6sek8bf92,i=4096", ""),
        ("r=other,s=QSXCR+Q6sek8bf92,i=4096", ""),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4294967295", ""),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=0", ""),
        ("m=x,r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", ""),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", success),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", forged),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>!</success>"),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", "<message><body>in</body></message>"),
        ("", success),
        ("", forged),
    ] {
        assert_failed(hostile(first, last).await, ConnectError::Protocol, 3);
    }
}

#[tokio::test]
async fn refusals_that_are_not_about_the_password() {
    for (condition, error) in [
        ("temporary-auth-failure", ConnectError::Unreachable),
        ("account-disabled", ConnectError::Refused),
        ("credentials-expired", ConnectError::Refused),
        ("mechanism-too-weak", ConnectError::Mechanism),
        ("encryption-required", ConnectError::Mechanism),
        ("something-new", ConnectError::Protocol),
    ] {
        let server = scripted(move |socket, _| {
            Box::pin(async move {
                let mut talk = Talk::new(socket);
                talk.open(&mechanisms(&["PLAIN"])).await?;
                talk.sasl().await?;
                talk.fail(condition).await;
                talk.hear("nobody says this").await;
                None
            })
        })
        .await;
        assert_failed(sign_in(&connector(server.address, Security::Plain), &juliet()).await, error, 2);
    }
}

#[tokio::test]
async fn stream_errors_and_nonsense_in_place_of_features() {
    let failed = |condition: &str| {
        format!("{HEADER}<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
    };
    for (answer, error) in [
        (failed("host-unknown"), ConnectError::Unreachable),
        (failed("policy-violation"), ConnectError::Unreachable),
        (failed("system-shutdown"), ConnectError::Unreachable),
        (failed("not-well-formed"), ConnectError::Protocol),
        ("HTTP/1.1 400 Bad Request\r\n\r\n<html>".to_owned(), ConnectError::Protocol),
        (format!("{HEADER}<message/>"), ConnectError::Protocol),
        ("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>".to_owned(), ConnectError::Protocol),
        (format!("{HEADER}<stream:features></stream:stream>"), ConnectError::Protocol),
    ] {
        let sent = answer.clone();
        let server = scripted(move |socket, _| {
            let answer = answer.clone();
            Box::pin(async move {
                let mut talk = Talk::new(socket);
                talk.hear("<stream:stream").await?;
                talk.hear(">").await?;
                talk.say(answer).await;
                talk.hear("nobody says this").await;
                None
            })
        })
        .await;
        let outcome = sign_in(&connector(server.address, Security::Plain), &juliet()).await;
        assert_eq!(outcome.0.map(|_| ()), Err(error), "{sent}");
        assert!(outcome.1 < Duration::from_secs(2), "{sent}");
    }
}

#[tokio::test]
async fn registration_with_a_form() {
    let server = scripted(|socket, turn| {
        Box::pin(async move {
            let mut talk = Talk::new(socket);
            talk.open("<register xmlns='http://jabber.org/features/iq-register'/>").await?;
            talk.hear("</iq>").await?;
            talk.say(
                "<iq type='result' id='form'><query xmlns='jabber:iq:register'><username/><password/></query></iq>",
            )
            .await;
            let asked = talk.hear("</iq>").await?;
            assert!(asked.contains("Juliet") && asked.contains("pencil"), "{asked}");
            let stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";
            let error =
                |condition: &str| format!("<iq type='error' id='submit'><error type='cancel'>{condition}</error></iq>");
            talk.say(match turn {
                1 => "<message/><iq type='result' id='other'/><iq type='result' id='submit'/>".to_owned(),
                2 => error(&format!("<conflict xmlns='{stanzas}'/>")),
                3 => {
                    error(&format!("<text xmlns='{stanzas}'>Slow down</text><resource-constraint xmlns='{stanzas}'/>"))
                }
                4 => error(&format!("<not-acceptable xmlns='{stanzas}'/>")),
                _ => error("<conflict xmlns='urn:other'/>"),
            })
            .await;
            talk.hear("</stream:stream>").await;
            Some(())
        })
    })
    .await;
    let connector = connector(server.address, Security::Plain);
    let domain = jid::DomainPart::new("example.org").unwrap().into_owned();
    let form = register::form(&connector, &domain).await.unwrap();
    assert_eq!(form.fields.len(), 2);
    let answers = [("username", "Juliet"), ("password", "pencil")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let submit = || register::submit(&connector, &domain, &answers);
    assert_eq!(submit().await, Ok("juliet@example.org".parse().unwrap()));
    assert_eq!(submit().await, Err(RegisterError::NameTaken));
    assert_eq!(submit().await, Err(RegisterError::Wait(Some("Slow down".to_owned()))));
    assert_eq!(submit().await, Err(RegisterError::NotAcceptable(None)));
    assert_eq!(submit().await, Err(RegisterError::NotAllowed(None)));
}
