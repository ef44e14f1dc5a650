//! RFC 7395 §3: the handshake, one element a message, opening, restarting and closing.

use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::socket::{FRAMING, SASL, STREAM, Socket, plain, request};
use crate::support::foreign::Foreign;
use crate::support::gateway::Gateway;
use crate::support::patience::until;
use crate::support::servers::Server;

on_servers! { [home prosody_tls ejabberd] {
    the_subprotocol_is_agreed_on
    a_stream_is_opened_and_closed
    the_server_does_not_offer_what_is_not_for_sockets
    a_stream_is_opened_again_after_the_password
    messages_are_single_stanzas_in_both_directions
    fragments_and_pings_are_understood
    a_close_in_mid_session_signs_out
} }

/// §3.1
async fn the_subprotocol_is_agreed_on(server: &'static Server) {
    let gateway = Gateway::shared(server);
    for wish in ["xmpp", "chat, xmpp"] {
        let (mut socket, response) = Socket::try_connect(request(gateway, Some(wish))).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "xmpp", "asked for {wish}");
        socket.open(&server.domain).await;
    }
    for wish in [None, Some("chat")] {
        let Err(Error::Http(refusal)) = Socket::try_connect(request(gateway, wish)).await else {
            panic!("a socket without the subprotocol is taken ({wish:?})");
        };
        assert_eq!(refusal.status(), 400, "asked for {wish:?}");
    }
    let page = crate::support::web::get(format!("{}/xmpp-websocket", gateway.url)).await.unwrap();
    assert!(page.text().await.unwrap().contains("RFC 7395"), "the address says what it is for");
}

/// §3.4 and §3.6
async fn a_stream_is_opened_and_closed(server: &'static Server) {
    let mut socket = Socket::connect(Gateway::shared(server)).await;
    let to = &server.domain;
    socket.say(&format!("<open xmlns=\"{FRAMING}\" to=\"{to}\" version=\"1.0\" xml:lang=\"de\"/>")).await;
    let text = socket.hear_text().await;
    // Strophe looks at these letters before it parses anything.
    assert!(text.starts_with("<open "), "{text}");
    let answer: minidom::Element = text.parse().unwrap();
    assert!(answer.is("open", FRAMING), "{text}");
    assert_eq!(answer.attr("from"), Some(to.as_str()));
    assert_eq!(answer.attr("version"), Some("1.0"));
    assert!(answer.attr("id").is_some_and(|id| !id.is_empty()), "{text}");
    let text = socket.hear_text().await;
    // The prefix is what old clients look for, the declaration is what a parser needs (§3.3.3).
    assert!(text.starts_with("<stream:features") && text.contains(&format!("xmlns:stream=\"{STREAM}\"")), "{text}");
    socket.say(&format!("<close xmlns='{FRAMING}'/>")).await;
    let (farewell, frame) = socket.hear_the_end().await;
    assert_eq!(farewell.len(), 1, "{farewell:?}");
    assert!(farewell[0].is("close", FRAMING), "{farewell:?}");
    assert_eq!(frame.expect("the socket is closed in order").code, CloseCode::Normal);
}

/// The gateway encrypts towards the server, and the WebSocket is compressed or not by those who speak HTTP.
async fn the_server_does_not_offer_what_is_not_for_sockets(server: &'static Server) {
    let (_socket, features) = Socket::opened(Gateway::shared(server), &server.domain).await;
    assert!(features.get_child("mechanisms", SASL).is_some(), "{features:?}");
    assert!(features.get_child("starttls", "urn:ietf:params:xml:ns:xmpp-tls").is_none(), "{features:?}");
    assert!(features.get_child("compression", "http://jabber.org/features/compress").is_none(), "{features:?}");
}

/// §3.7
async fn a_stream_is_opened_again_after_the_password(server: &'static Server) {
    let account = server.account();
    let (mut socket, _) = Socket::opened(Gateway::shared(server), &server.domain).await;
    socket.say(&plain(account.name(), &account.password)).await;
    assert!(socket.hear().await.is("success", SASL));
    let features = socket.open(&server.domain).await;
    assert!(features.get_child("bind", "urn:ietf:params:xml:ns:xmpp-bind").is_some(), "{features:?}");
    assert!(features.get_child("mechanisms", SASL).is_none(), "{features:?}");
}

/// §3.3.3
async fn messages_are_single_stanzas_in_both_directions(server: &'static Server) {
    let (alice, bob) = (server.account(), server.account());
    let mut socket = Socket::signed_in(Gateway::shared(server), &alice, "socket").await;
    let mut bob = Foreign::sign_in(server, &bob).await;
    let number = 30;
    for n in 0..number {
        bob.send(&format!("<message to='{}' type='chat'><body>{n} &lt;&amp;&gt;</body></message>", alice.address))
            .await
            .unwrap();
    }
    for n in 0..number {
        let message = socket.hear_where(|element| element.name() == "message").await;
        assert_eq!(message.ns(), "jabber:client");
        let body = message.get_child("body", "jabber:client").expect("a body in the same namespace");
        assert_eq!(body.text(), format!("{n} <&>"));
    }
    for n in 0..number {
        let to = &bob.account.address;
        socket
            .say(&format!("<message xmlns='jabber:client' to='{to}' type='chat'><body>to Bob {n}</body></message>"))
            .await;
    }
    for n in 0..number {
        bob.message(&format!("message {n}"), |message| {
            assert!(
                !message.contains("<body>to Bob ") || message.contains(&format!("<body>to Bob {n}</body>")),
                "{message}"
            );
            message.contains(&format!("<body>to Bob {n}</body>"))
        })
        .await;
    }
}

/// RFC 6455 §5.4 and §5.5.2: a message may come in pieces, and a ping between them.
async fn fragments_and_pings_are_understood(server: &'static Server) {
    let (alice, bob) = (server.account(), server.account());
    let mut socket = Socket::signed_in(Gateway::shared(server), &alice, "pieces").await;
    let mut bob = Foreign::sign_in(server, &bob).await;
    let text =
        format!("<message xmlns='jabber:client' to='{}' type='chat'><body>Grüße</body></message>", bob.account.address);
    // Cut in the middle of a letter, which is two bytes long.
    let middle = text.find('ü').unwrap() + 1;
    let (first, rest) = text.as_bytes().split_at(middle);
    let piece =
        |bytes: &[u8], code, is_last| Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(code), is_last));
    socket.send(piece(first, Data::Text, false)).await;
    socket.send(Message::Ping("are you there?".into())).await;
    socket.send(piece(&rest[..1], Data::Continue, false)).await;
    socket.send(piece(&rest[1..], Data::Continue, true)).await;
    bob.message("a message in pieces", |message| message.contains("<body>Grüße</body>")).await;
    loop {
        match socket.next().await {
            Some(Message::Pong(bytes)) => break assert_eq!(&bytes[..], b"are you there?"),
            Some(_) => {}
            None => panic!("the connection ended"),
        }
    }
}

/// Whoever closes the page has left: others are told at once, not when a server's patience ends.
async fn a_close_in_mid_session_signs_out(server: &'static Server) {
    for is_polite in [true, false] {
        let (alice, bob) = (server.account(), server.account());
        let mut socket = Socket::signed_in(Gateway::shared(server), &alice, "leaving").await;
        let bob = Foreign::sign_in(server, &bob).await;
        bob.send(&format!("<message to='{}/leaving' type='chat'><body>hello</body></message>", alice.address))
            .await
            .unwrap();
        socket.hear_where(|element| element.name() == "message").await;
        if is_polite {
            socket.say(&format!("<close xmlns='{FRAMING}'/>")).await;
            socket.hear_the_end().await;
        }
        drop(socket);
        let her_socket = format!("{}/leaving", alice.address);
        // A request to a resource that is gone comes back at once; one to a resource that is there waits for its answer.
        until("the server knows that Alice is gone", 30, async || {
            let answer = bob.iq("get", Some(&her_socket), "<ping xmlns='urn:xmpp:ping'/>");
            matches!(tokio::time::timeout(Duration::from_millis(500), answer).await, Ok(Err(_)))
        })
        .await;
    }
}
