//! Bodies that were made to harm: whoever sends them is told so, and nobody else notices.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::bosh::session::Session;
use crate::support::bosh::{CLIENT, Door, HTTPBIND, STREAMS, first_rid, message};
use crate::support::gateway::{Gateway, Settings};
use crate::support::patience::until;
use crate::support::servers;

at_every_door! { usual {
    deep_nesting
    wide_elements
    a_document_type
    a_stream_inside_a_body
    the_end_of_a_stream_inside_a_body
    attributes_that_look_like_markup
    a_body_that_is_too_large
    a_stanza_that_is_too_large
    a_small_body_that_becomes_a_large_one
} }

/// Sends a payload in a session of its own; the answer must refuse it, and others must be as well as before.
async fn must_be_refused(door: Door, payload: &str, conditions: &[&str]) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let mut attacker = Session::sign_in(door, &[]).await;
    let mut held = bob.poll().await;
    let answer = attacker.ask(&payload.replace('$', &bob.address)).await;
    let condition = answer.attr("condition").unwrap_or_default().to_owned();
    let start: String = payload.chars().take(60).collect();
    assert!(conditions.contains(&&*condition), "{start}: {}", answer.text);
    answer.must_end_with(&condition);
    assert!(held.is_waiting());
    alice.tell(&bob, "as well as before").await;
    assert_eq!(held.answer().await.messages(), ["as well as before"]);
}

fn nested(depth: usize) -> String {
    let inside = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    format!("<message xmlns='{CLIENT}' to='$'>{inside}</message>")
}

async fn deep_nesting(door: Door) {
    for depth in [200, 10_000, 30_000] {
        must_be_refused(door, &nested(depth), &["policy-violation"]).await;
    }
    // Beyond the bound of a body; nobody looks inside.
    let body = format!("<body xmlns='{HTTPBIND}' rid='7'>{}</body>", nested(100_000));
    refused_before_it_ends(door, &door.request(&body)).await;
}

async fn wide_elements(door: Door) {
    let attributes: String = (0..2000).map(|number| format!(" a{number}=''")).collect();
    must_be_refused(door, &format!("<message xmlns='{CLIENT}' to='$'{attributes}/>"), &["policy-violation"]).await;
    let namespaces: String = (0..1000).map(|number| format!(" xmlns:a{number}='urn:{number}'")).collect();
    must_be_refused(door, &format!("<message xmlns='{CLIENT}' to='$'{namespaces}/>"), &["policy-violation"]).await;
    let elements = "<a/>".repeat(40_000);
    must_be_refused(door, &format!("<message xmlns='{CLIENT}' to='$'>{elements}</message>"), &["policy-violation"])
        .await;
    let name = "n".repeat(100_000);
    must_be_refused(door, &format!("<{name}/>"), &["policy-violation", "bad-request"]).await;
    let value = "v".repeat(100_000);
    must_be_refused(door, &format!("<message xmlns='{CLIENT}' to='$' id='{value}'/>"), &["policy-violation"]).await;
}

async fn a_document_type(door: Door) {
    let creation = door.creation(first_rid(), &[]);
    let entities: String =
        (1..30).map(|level| format!("<!ENTITY e{level} '{}'>", format!("&e{};", level - 1).repeat(10))).collect();
    for doctype in [
        "<!DOCTYPE body>".to_owned(),
        "<!DOCTYPE body SYSTEM 'file:///etc/passwd'>".to_owned(),
        "<!DOCTYPE body [<!ENTITY e SYSTEM 'http://127.0.0.1:1/'>]>".to_owned(),
        format!("<!DOCTYPE body [<!ENTITY e0 'ha'>{entities}]>"),
    ] {
        door.post(&format!("{doctype}{creation}")).await.must_end_with("bad-request");
    }
    must_be_refused(door, "<!DOCTYPE a><a/>", &["bad-request"]).await;
}

async fn a_stream_inside_a_body(door: Door) {
    for payload in [
        format!("<stream:stream xmlns:stream='{STREAMS}' xmlns='{CLIENT}' to='x' version='1.0'/>"),
        format!("<stream:features xmlns:stream='{STREAMS}'/>"),
        format!("<stream:error xmlns:stream='{STREAMS}'/>"),
        format!("<error xmlns='{STREAMS}'/>"),
    ] {
        must_be_refused(door, &payload, &["bad-request"]).await;
    }
}

async fn the_end_of_a_stream_inside_a_body(door: Door) {
    for payload in
        ["</stream:stream>", "<a/></body></stream:stream><body>", "]]></stream:stream>", "<a></stream:stream></a>"]
    {
        must_be_refused(door, payload, &["bad-request"]).await;
    }
}

/// Values are written anew: what a value says stays a value.
async fn attributes_that_look_like_markup(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let value = "&apos;/>&lt;/stream:stream>&quot;&lt;presence type=&apos;unavailable&apos;/>&amp;apos;";
    let to = &bob.address;
    let _held = alice
        .send(&format!("<message xmlns='{CLIENT}' to='{to}' id='{value}'><x xmlns='urn:{value}'/></message>"))
        .await;
    let heard = bob.hear(|element| element.name() == "message").await;
    let text = "'/></stream:stream>\"<presence type='unavailable'/>&apos;";
    assert_eq!(heard.attr("id"), Some(text));
    assert!(heard.has_child("x", format!("urn:{text}").as_str()));
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0]);
}

/// The answer may come before the whole body was sent; a client that goes on sending may find the connection closed.
async fn refused_before_it_ends(door: Door, request: &[u8]) {
    let mut connection = door.connect().await;
    if connection.try_send(request).await.is_ok()
        && let Some(response) = connection.try_response().await
    {
        // A proxy in between says in its own words that it could not send all.
        if response.status == 200 {
            response.answer().must_end_with("policy-violation");
        }
    }
}

async fn a_body_that_is_too_large(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    for length in [300_000, 400_000] {
        let body = session.at(session.rid, "", &message(&session.address, &"x".repeat(length)));
        refused_before_it_ends(door, &door.request(&body)).await;
    }
    // Announced, and never sent.
    let head = format!("POST /http-bind HTTP/1.1\r\nHost: {}\r\nContent-Length: 400000\r\n\r\n", door.host());
    let mut connection = door.connect().await;
    connection.send(head).await;
    let itself = message(&session.address, "unharmed");
    let answer = session.ask(&itself).await;
    assert_eq!(session.messages_from(answer, "unharmed").await, [""; 0]);
}

async fn a_stanza_that_is_too_large(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let text = "x".repeat(200_000);
    alice.tell(&bob, &text).await;
    assert_eq!(bob.messages_until(&text).await, [""; 0], "one within the bounds arrives");
}

fn gzip(text: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..times {
        encoder.write_all(text).unwrap();
    }
    encoder.finish().unwrap()
}

async fn a_small_body_that_becomes_a_large_one(door: Door) {
    let bomb = gzip(&[b' '; 1 << 20], 100);
    assert!(bomb.len() < 200_000);
    for _ in 0..5 {
        let request = door.request_with("Content-Encoding: gzip\r\n", &bomb);
        door.send_bytes(&request).await.answer().await.must_end_with("policy-violation");
    }
    let twice = gzip(&bomb, 1);
    let request = door.request_with("Content-Encoding: gzip\r\n", &twice);
    door.send_bytes(&request).await.answer().await.must_end_with("bad-request");
}

/// Many of them at once: the memory of the gateway stays where it was.
#[tokio::test]
async fn bombs_take_no_memory() {
    let server = servers::home();
    let gateway = Gateway::start(&Settings::for_server(server));
    let door = Door::to(&gateway, server);
    let bombs = [
        door.request_with("Content-Encoding: gzip\r\n", &gzip(&[b' '; 1 << 20], 100)),
        door.request(&format!("<body xmlns='{HTTPBIND}' rid='7'>{}</body>", nested(30_000))),
        door.request(&format!("<body xmlns='{HTTPBIND}' rid='7'>{}</body>", "<a/>".repeat(60_000))),
        // Declarations that each payload leans on, and would be written on each.
        door.request(&format!(
            "<b:body xmlns:b='{HTTPBIND}' rid='7' xmlns='{}'>{}</b:body>",
            "u".repeat(7990),
            "<a/>".repeat(60_000)
        )),
    ];
    let throw = async || {
        for bomb in bombs.iter().cycle().take(60) {
            assert!(door.send_bytes(bomb).await.answer().await.is_terminate());
        }
    };
    throw().await;
    let before = gateway.memory();
    throw().await;
    throw().await;
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 16 * 1024 * 1024, "{} kB more", grown / 1024);
}

/// A thousand bodies that announce a quarter of a megabyte each and stop in the middle hold nobody up.
#[tokio::test]
async fn bodies_that_never_end() {
    let server = servers::home();
    let gateway = Gateway::start(&Settings::for_server(server));
    let door = Door::to(&gateway, server);
    let mut session = Session::sign_in(door, &[]).await;
    let mut slow = Vec::new();
    for _ in 0..500 {
        let mut connection = door.connect().await;
        let head = format!("POST /http-bind HTTP/1.1\r\nHost: {}\r\nContent-Length: 260000\r\n\r\n<body", door.host());
        connection.send(head).await;
        slow.push(connection);
    }
    let answer = session.ask(&message(&session.address, "not held up")).await;
    assert!(answer.after.as_secs() < 3, "{:?}", answer.after);
    assert_eq!(session.messages_from(answer, "not held up").await, [""; 0]);
    until("memory", 5, async || gateway.memory() < 150 * 1024 * 1024).await;
    drop(slow);
}
