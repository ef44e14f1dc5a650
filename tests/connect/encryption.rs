//! Certificates that are wrong, encryption that is taken away, mechanisms that are weaker than they were.

use std::time::Duration;

use cirrus::config::Security;
use cirrus::xmpp::connect::{ConnectError, Login};
use cirrus::xmpp::sasl::Secret;
use rcgen::CertificateParams;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::scripted::*;

/// The part of a conversation before TLS; `tail` is sent in one piece with `<proceed/>`.
async fn before_tls(socket: &mut TcpStream, tail: &str) -> Option<()> {
    let mut talk = Talk::new(socket);
    talk.open(STARTTLS).await?;
    talk.hear("<starttls").await?;
    talk.hear("/>").await?;
    talk.say(format!("{PROCEED}{tail}")).await;
    Some(())
}

/// A server with TLS, direct or after STARTTLS, that lets people in. It offers channel binding where `plus` is set,
/// and then insists on it.
async fn encrypted(acceptor: TlsAcceptor, security: Security, plus: bool) -> Scripted {
    scripted(move |mut socket, _| {
        let acceptor = acceptor.clone();
        Box::pin(async move {
            if security == Security::Starttls {
                before_tls(&mut socket, "").await?;
            }
            let io = acceptor.accept(socket).await.ok()?;
            let exporter =
                io.get_ref().1.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).unwrap();
            let mut talk = Talk::new(io);
            if plus {
                let mechanisms = mechanisms(&["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"]);
                talk.open(&format!(
                    "{mechanisms}<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>\
                     <channel-binding type='tls-server-end-point'/><channel-binding type='tls-exporter'/>\
                     </sasl-channel-binding>"
                ))
                .await?;
                scram(&mut talk, SALT, &[b"p=tls-exporter,,", &exporter[..]].concat()).await?;
            } else {
                talk.open(&mechanisms(&["PLAIN", "SCRAM-SHA-256"])).await?;
                scram(&mut talk, SALT, b"y,,").await?;
            }
            talk.open(BIND).await?;
            talk.hear("nobody says this").await;
            None
        })
    })
    .await
}

#[tokio::test]
async fn tls_both_ways_with_and_without_channel_binding() {
    let authority = Authority::new();
    for security in [Security::Starttls, Security::DirectTls] {
        for plus in [false, true] {
            let server = encrypted(authority.acceptor(&["example.org"], |_| ()), security, plus).await;
            let connector = connector_with(server.address, security, &authority);
            let signed_in = connector.authenticate(&juliet()).await.map(|signed_in| signed_in.secret);
            assert!(matches!(signed_in, Ok(Secret::Scram(_))), "{security:?}, channel binding {plus}");
        }
    }
}

#[tokio::test]
async fn certificates_that_are_not_for_this_domain() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let date = |year| move |parameters: &mut CertificateParams| parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
    let common_name_only = |parameters: &mut CertificateParams| {
        parameters.subject_alt_names.clear();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "example.org");
    };
    let wrong = [
        ("another name", ours.acceptor(&["example.com"], |_| ())),
        ("a part of the name", ours.acceptor(&["xmpp.example.org"], |_| ())),
        ("a wildcard one level down", ours.acceptor(&["*.example.org"], |_| ())),
        ("the name of the top", ours.acceptor(&["*.org"], |_| ())),
        ("expired", ours.acceptor(&["example.org"], date(2020))),
        (
            "not valid yet",
            ours.acceptor(&["example.org"], |parameters| parameters.not_before = rcgen::date_time_ymd(4000, 1, 1)),
        ),
        ("common name only", ours.acceptor(&[], common_name_only)),
        ("an unknown authority", theirs.acceptor(&["example.org"], |_| ())),
    ];
    for (what, acceptor) in wrong {
        for security in [Security::Starttls, Security::DirectTls] {
            let server = encrypted(acceptor.clone(), security, false).await;
            let outcome = sign_in(&connector_with(server.address, security, &ours), &juliet()).await;
            assert_eq!(outcome.0.map(|_| ()), Err(ConnectError::Certificate), "{what}, {security:?}");
            assert!(outcome.1 < Duration::from_secs(2));
        }
    }
}

/// Plays a script once, and tells what the client said after the stream header.
async fn overheard(features: String, security: Security, login: &Login) -> (ConnectError, String) {
    let (said, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let server = scripted(move |socket, _| {
        let (features, said) = (features.clone(), said.clone());
        Box::pin(async move {
            let mut talk = Talk::new(socket);
            talk.open(&features).await?;
            while let Some(more) = talk.hear(">").await {
                let _ = said.send(more);
            }
            None
        })
    })
    .await;
    let (outcome, took) = sign_in(&connector(server.address, security), login).await;
    assert!(took < Duration::from_secs(4));
    let mut all = String::new();
    while let Ok(more) = heard.try_recv() {
        all.push_str(&more);
    }
    (outcome.map(|_| ()).unwrap_err(), all)
}

#[tokio::test]
async fn starttls_stripped_and_only_plain_offered() {
    let offers = [mechanisms(&["PLAIN", "SCRAM-SHA-256"]), String::new()];
    for offer in offers {
        let (error, said) = overheard(offer, Security::Starttls, &juliet()).await;
        assert_eq!((error, said.as_str()), (ConnectError::Unencrypted, ""));
    }
    let (error, said) = overheard(mechanisms(&["GSSAPI", "DIGEST-MD5"]), Security::Plain, &juliet()).await;
    assert_eq!((error, said.contains("<auth")), (ConnectError::Mechanism, false));
}

#[tokio::test]
async fn keys_never_fall_back_to_a_password_mechanism() {
    let server = scripted(|socket, _| Box::pin(good(socket, SALT))).await;
    let secret = connector(server.address, Security::Plain).authenticate(&juliet()).await;
    let keys = login(secret.map_err(|error| error.to_string()).unwrap().secret);
    let (error, said) = overheard(mechanisms(&["PLAIN"]), Security::Plain, &keys).await;
    assert_eq!((error, said.contains("<auth")), (ConnectError::Mechanism, false));
    let (error, said) = overheard(mechanisms(&["PLAIN", "SCRAM-SHA-1"]), Security::Plain, &keys).await;
    assert_eq!((error, said.contains("<auth")), (ConnectError::Refused, false));
}

#[tokio::test]
async fn an_unencrypted_server_elsewhere_is_not_even_dialled() {
    for address in ["192.0.2.1:5222", "[2001:db8::1]:5222", "10.0.0.1"] {
        let outcome = sign_in(&connector(address, Security::Plain), &juliet()).await;
        assert_failed(outcome, ConnectError::Unencrypted, 1);
    }
}

#[tokio::test]
async fn plaintext_after_proceed_is_refused() {
    let authority = Authority::new();
    let injected = format!("{HEADER}<stream:features>{}</stream:features>", mechanisms(&["PLAIN"]));
    for tail in [injected.as_str(), " ", "<", "\n"] {
        let (tail, acceptor) = (tail.to_owned(), authority.acceptor(&["example.org"], |_| ()));
        let server = scripted(move |mut socket, _| {
            let (tail, acceptor) = (tail.clone(), acceptor.clone());
            Box::pin(async move {
                before_tls(&mut socket, &tail).await?;
                acceptor.accept(socket).await.ok()?;
                None
            })
        })
        .await;
        let outcome = sign_in(&connector_with(server.address, Security::Starttls, &authority), &juliet()).await;
        assert_failed(outcome, ConnectError::Protocol, 2);
    }
}
