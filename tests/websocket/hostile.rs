//! Clients that do not keep to RFC 7395, or want to do harm: they are told, they leave, and nobody else notices.

use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use super::socket::{FRAMING, Socket, open, plain};
use crate::support::foreign::Foreign;
use crate::support::gateway::{Gateway, Settings};
use crate::support::proxy::Proxy;
use crate::support::servers::{Kind, Server};

on_servers! { [home prosody_tls ejabberd] {
    the_first_message_opens_a_stream
    what_is_no_single_element_ends_the_stream
    what_is_too_large_ends_the_stream
    what_is_too_deep_harms_nobody
} }

on_servers! { [home ejabberd] {
    nothing_broken_reaches_the_server
} }

/// What a first message must not be, each for another reason.
fn false_beginnings(domain: &str) -> Vec<(String, &'static [&'static str])> {
    let open = open(domain);
    vec![
        (
            "<presence xmlns='jabber:client'/>".to_owned(),
            &["not-authorized", "bad-format", "invalid-namespace", "policy-violation"],
        ),
        (format!("<open to='{domain}' version='1.0'/>"), &["invalid-namespace", "bad-format"]),
        (format!("<open xmlns='jabber:client' to='{domain}' version='1.0'/>"), &["invalid-namespace", "bad-format"]),
        (
            format!(
                "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' to='{domain}' version='1.0'>"
            ),
            &["not-well-formed", "restricted-xml", "invalid-namespace", "bad-format"],
        ),
        (open.replace("/>", ">"), &["not-well-formed", "bad-format"]),
        (format!("{open}{open}"), &["not-well-formed", "bad-format", "policy-violation"]),
        (format!("<!DOCTYPE open>{open}"), &["restricted-xml", "not-well-formed", "bad-format"]),
        (format!("<!-- -->{open}"), &["restricted-xml", "not-well-formed", "bad-format"]),
        (String::new(), &["not-well-formed", "bad-format"]),
        ("{\"type\": \"open\"}".to_owned(), &["not-well-formed", "bad-format"]),
    ]
}

/// §3.4: who does not open a stream gets one opened, an error and the end.
async fn the_first_message_opens_a_stream(server: &'static Server) {
    let gateway = Gateway::shared(server);
    for (beginning, conditions) in false_beginnings(&server.domain) {
        let mut socket = Socket::connect(gateway).await;
        socket.say(&beginning).await;
        let (elements, _) = socket.hear_the_end().await;
        let shape: Vec<_> = elements.iter().map(minidom::Element::name).collect();
        assert_eq!(shape, ["open", "error", "close"], "{beginning}");
        let condition = elements[1].children().next().expect("a condition").name().to_owned();
        assert!(conditions.contains(&condition.as_str()), "{beginning}: {condition}");
    }
    let mut socket = Socket::connect(gateway).await;
    socket.say(&format!("<open xmlns='{FRAMING}' version='1.0'/>")).await;
    assert_eq!(socket.hear_the_error().await, "improper-addressing");
    let mut socket = Socket::connect(gateway).await;
    socket.say(&open("elsewhere.example")).await;
    assert_eq!(socket.hear_the_error().await, "host-unknown");
}

/// §3.3: text messages of one whole element. The server hears nothing of others.
async fn what_is_no_single_element_ends_the_stream(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut bob = Foreign::sign_in(server, &bob).await;
    let to = bob.account.address.clone();
    let message =
        |text: &str| format!("<message xmlns='jabber:client' to='{to}' type='chat'><body>{text}</body></message>");
    let broken = [
        format!("{0}{0}", message("smuggled")),
        format!("{}<", message("smuggled")),
        message("smuggled").replace("</message>", ""),
        format!("{} and more", message("smuggled")),
        format!("</stream:stream>{}", message("smuggled")),
        message("<x:y>smuggled</x:y>"),
        message("&smuggled;"),
        message("smuggled \u{1}"),
        format!("<!-- x -->{}", message("smuggled")),
        format!(
            "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>{}</stream:features>",
            message("smuggled")
        ),
    ];
    for text in broken {
        let mut socket = Socket::signed_in(gateway, &alice, "broken").await;
        socket.say(&text).await;
        let (elements, _) = socket.hear_the_end().await;
        assert!(elements.iter().any(|element| element.name() == "error"), "{text}: {elements:?}");
    }
    let mut socket = Socket::signed_in(gateway, &alice, "bytes").await;
    socket.send(Message::binary(message("smuggled"))).await;
    let (_, frame) = socket.hear_the_end().await;
    assert_eq!(frame.expect("the socket is closed with a reason").code, CloseCode::Unsupported);
    let mut socket = Socket::signed_in(gateway, &alice, "latin").await;
    socket.send(no_utf8(&message("smuggled"))).await;
    let (_, frame) = socket.hear_the_end().await;
    assert_eq!(frame.expect("the socket is closed with a reason").code, CloseCode::Invalid);
    let mut socket = Socket::signed_in(gateway, &alice, "sound").await;
    socket.say(&message("sound")).await;
    bob.message("a sound message", |text| {
        assert!(!text.contains("smuggled"), "{text}");
        text.contains("<body>sound</body>")
    })
    .await;
}

/// A text that is no UTF-8.
fn no_utf8(text: &str) -> Message {
    let mut bytes = text.as_bytes().to_vec();
    bytes[text.find("<body>").unwrap() + 6] = 0xff;
    Message::Frame(Frame::message(bytes, OpCode::Data(Data::Text), true))
}

/// 256 kB for a stanza, in one frame or in many.
async fn what_is_too_large_ends_the_stream(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut bob = Foreign::sign_in(server, &bob).await;
    let to = bob.account.address.clone();
    let message =
        |size: usize| format!("<message xmlns='jabber:client' to='{to}'><body>{}</body></message>", "x".repeat(size));
    let mut socket = Socket::signed_in(gateway, &alice, "large").await;
    socket.say(&message(200_000)).await;
    bob.message("a large message", |text| text.len() > 200_000).await;
    socket.say(&message(300_000)).await;
    let (elements, frame) = socket.hear_the_end().await;
    let told = elements.iter().any(|element| element.name() == "error");
    assert!(told || frame.is_some_and(|frame| frame.code == CloseCode::Size), "{elements:?}");

    let mut socket = Socket::signed_in(gateway, &alice, "pieces").await;
    let piece = vec![b'x'; 16 * 1024];
    let start = format!("<message xmlns='jabber:client' to='{to}'><body>").into_bytes();
    socket.send(Message::Frame(Frame::message(start, OpCode::Data(Data::Text), false))).await;
    for _ in 0..64 {
        socket.send(Message::Frame(Frame::message(piece.clone(), OpCode::Data(Data::Continue), false))).await;
    }
    socket.hear_the_end().await;
    assert!(gateway.is_alive() && server.is_alive());
}

/// Thousands of elements in each other kill servers that are read by recursion.
async fn what_is_too_deep_harms_nobody(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, carol) = (server.account(), server.account());
    let mut bystander = Socket::signed_in(gateway, &carol, "bystander").await;
    for depth in [200, 3_500, 30_000] {
        let mut socket = Socket::signed_in(gateway, &alice, "deep").await;
        let inside = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        socket.say(&format!("<message xmlns='jabber:client' to='{}'>{inside}</message>", carol.address)).await;
        let (elements, _) = socket.hear_the_end().await;
        assert!(elements.iter().any(|element| element.name() == "error"), "depth {depth}: {elements:?}");
    }
    assert!(gateway.is_alive() && server.is_alive());
    bystander.say("<iq xmlns='jabber:client' type='get' id='alive'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    bystander.hear_where(|element| element.attr("id") == Some("alive")).await;
}

/// What the door refuses is refused before the server reads a byte of it.
async fn nothing_broken_reaches_the_server(server: &'static Server) {
    assert!(matches!(server.kind, Kind::Home | Kind::Ejabberd), "what is said must not be encrypted");
    let ear = Proxy::before(server.port).await;
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{}\"", ear.port));
    let gateway = Gateway::start(&settings);
    let account = server.account();
    let (mut socket, _) = Socket::opened(&gateway, &server.domain).await;
    socket.say(&plain(account.name(), &account.password)).await;
    socket.hear().await;
    socket.say("<message xmlns='jabber:client'><body>canary</body><x:unbound/></message>").await;
    socket.hear_the_end().await;
    assert!(ear.heard().contains("<auth"), "the proxy hears what is said");
    assert!(!ear.heard().contains("canary"), "{}", ear.heard());
}
