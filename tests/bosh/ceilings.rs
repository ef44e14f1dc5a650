//! How much one client may take, and that others have the rest.

use std::time::{Duration, Instant};

use super::inactivity_10::{see_gone, show};
use crate::support::bosh::session::Session;
use crate::support::bosh::{Door, first_rid, message};
use crate::support::gateway::{Gateway, Settings};
use crate::support::patience::until;
use crate::support::servers;

const BEHIND_PROXY: &str = "trusted_proxies = [\"127.0.0.1/32\"]\n";

/// A gateway behind a proxy on this machine, or before the world, with these lines for `[proxy]`.
fn door(web: &str, proxy: &str) -> (Gateway, Door) {
    let server = servers::home();
    let settings = Settings { web: web.to_owned(), proxy: proxy.to_owned(), ..Settings::for_server(server) };
    let gateway = Gateway::start(&settings);
    let door = Door::to(&gateway, server);
    (gateway, door)
}

/// Asks for a session from an address; gives the condition of a refusal.
async fn ask_from(door: Door, address: &str) -> Option<String> {
    let fields = format!("X-Forwarded-For: {address}\r\n");
    let answer = door.send_with(&fields, &door.creation(first_rid(), &[])).await.answer().await;
    answer.attr("condition").map(str::to_owned)
}

fn refused() -> Option<String> {
    Some("policy-violation".to_owned())
}

#[tokio::test]
async fn sessions_of_one_address() {
    let (_gateway, door) = door(BEHIND_PROXY, "sessions_per_address = 3\nnew_sessions_per_minute = 100\n");
    let fields = "X-Forwarded-For: 198.51.100.7\r\n";
    let mut first = Session::open_with(door, fields, &[]).await;
    for _ in 0..2 {
        assert_eq!(ask_from(door, "198.51.100.7").await, None);
    }
    assert_eq!(ask_from(door, "198.51.100.7").await, refused());
    assert_eq!(ask_from(door, "198.51.100.8").await, None, "somebody else comes in");
    assert!(first.terminate().await.is_terminate());
    let again = async || ask_from(door, "198.51.100.7").await.is_none();
    until("a place that became free", 10, again).await;
}

#[tokio::test]
async fn sessions_in_one_minute() {
    let (_gateway, door) = door(BEHIND_PROXY, "sessions_per_address = 100\nnew_sessions_per_minute = 3\n");
    for turn in 0..6 {
        let fields = "X-Forwarded-For: 198.51.100.7\r\n";
        let answer = door.send_with(fields, &door.creation(first_rid(), &[])).await.answer().await;
        assert_eq!(answer.is_terminate(), turn >= 3, "{turn}: {}", answer.text);
    }
    assert_eq!(ask_from(door, "198.51.100.8").await, None);
}

/// Whoever has one address of a /64 network has them all.
#[tokio::test]
async fn a_network_of_ipv6_is_one_client() {
    let (_gateway, door) = door(BEHIND_PROXY, "sessions_per_address = 3\nnew_sessions_per_minute = 100\n");
    for host in 1..=3 {
        assert_eq!(ask_from(door, &format!("2001:db8:1:2::{host}")).await, None);
    }
    assert_eq!(ask_from(door, "2001:db8:1:2:3:4:5:6").await, refused());
    assert_eq!(ask_from(door, "2001:db8:1:3::1").await, None);
}

#[tokio::test]
async fn exempt_networks() {
    let proxy = "sessions_per_address = 2\nnew_sessions_per_minute = 2\nexempt_networks = [\"198.51.100.0/24\"]\n";
    let (_gateway, door) = door(BEHIND_PROXY, proxy);
    for _ in 0..10 {
        assert_eq!(ask_from(door, "198.51.100.7").await, None);
    }
    assert_eq!([ask_from(door, "203.0.113.1").await, ask_from(door, "203.0.113.1").await], [None, None]);
    assert_eq!(ask_from(door, "203.0.113.1").await, refused());
}

#[tokio::test]
async fn a_header_of_a_stranger_is_not_believed() {
    let (_gateway, door) = door("", "sessions_per_address = 3\nnew_sessions_per_minute = 100\n");
    for host in 1..=3 {
        assert_eq!(ask_from(door, &format!("198.51.100.{host}")).await, None);
    }
    assert_eq!(ask_from(door, "198.51.100.4").await, refused());
}

#[tokio::test]
async fn sessions_of_all_together() {
    let (_gateway, door) = door(BEHIND_PROXY, "sessions = 3\n");
    for host in 1..=3 {
        assert_eq!(ask_from(door, &format!("198.51.100.{host}")).await, None);
    }
    assert_eq!(ask_from(door, "198.51.100.4").await, refused());
}

/// Who sends faster is slowed down, and loses nothing; others are as quick as before.
#[tokio::test]
async fn bytes_in_a_second() {
    let proxy = "bytes_per_second = 20000\nburst_bytes = 20000\nnew_sessions_per_minute = 100\n";
    let (_gateway, door) = door("", proxy);
    let (mut alice, mut bob) = Session::pair(door).await;
    let mut fast = Session::sign_in(door, &[]).await;
    let texts: Vec<String> = (0..8).map(|number| format!("{number}{}", "x".repeat(10_000))).collect();
    let since = Instant::now();
    for text in &texts {
        fast.tell(&bob, text).await;
    }
    let quick = alice.ask(&message(&alice.address, "quick")).await;
    assert!(quick.after < Duration::from_secs(1), "{:?}", quick.after);
    fast.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, texts);
    assert!(since.elapsed() > Duration::from_secs(2), "80 kB at 20 kB a second: {:?}", since.elapsed());
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
}

#[tokio::test]
async fn bodies_and_stanzas() {
    let proxy = "body_bytes = 40000\nstanza_bytes = 10000\nexempt_networks = [\"127.0.0.0/8\"]\n";
    let (_gateway, door) = door("", proxy);
    let (mut alice, mut bob) = Session::pair(door).await;
    let small = "x".repeat(9500);
    let payloads = message(&bob.address, &small).repeat(4);
    let _held = alice.send(&payloads).await;
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [&*small; 4]);
    let much = message(&bob.address, &small).repeat(6);
    for payloads in [message(&bob.address, &"x".repeat(11_000)), much] {
        door.post(&alice.at(alice.rid, "", &payloads)).await.must_end_with("policy-violation");
    }
}

/// A client that does not fetch what is sent to it: the gateway keeps some, the server keeps the rest.
#[tokio::test]
async fn what_waits_for_a_client() {
    let (gateway, door) = door("", "queue_bytes = 100000\nexempt_networks = [\"127.0.0.0/8\"]\n");
    let (mut alice, mut bob) = Session::pair(door).await;
    let before = gateway.memory();
    let text = "x".repeat(50_000);
    for _ in 0..100 {
        alice.tell(&bob, &text).await;
    }
    let answer = alice.ask(&message(&alice.address, "sent")).await;
    alice.messages_from(answer, "sent").await;
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 4 * 1024 * 1024, "{} kB more", grown / 1024);
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await.len(), 100, "nothing is lost");
}

/// A client ends its session while it has to wait, and does not wait for the answer: the server sees it go all the same.
#[tokio::test]
async fn an_end_that_nobody_waits_for() {
    let (_gateway, door) = door("", "bytes_per_second = 10000\nburst_bytes = 30000\n");
    let (mut alice, mut bob) = Session::pair(door).await;
    show(&mut alice, &mut bob).await;
    let words = message(&alice.address, &"long ".repeat(10_000));
    alice.ask(&words).await.must_go_on();
    let end = alice.send_with("type='terminate'", "").await;
    let words = message(&bob.address, "to myself");
    bob.ask(&words).await.must_go_on();
    end.close();
    see_gone(&alice.address, &mut bob).await;
}

/// Who takes all the room for bodies of a network makes its others wait, and ends nobody's session.
#[tokio::test]
async fn room_for_bodies_of_one_network() {
    let (_gateway, door) = door(BEHIND_PROXY, "");
    let fields = "X-Forwarded-For: 198.51.100.7\r\n";
    let mut session = Session::open_with(door, fields, &[]).await;
    let room = " ".repeat(100_000);
    let nobody = format!("<body xmlns='http://jabber.org/protocol/httpbind' sid='nobody' rid='1'/>{room}");
    let nobody = door.request_with(fields, nobody.as_bytes());
    let mut slow = Vec::new();
    while door.send_bytes(&nobody).await.response().await.status != 503 {
        assert!(slow.len() < 200, "there is room for everything");
        let mut connection = door.connect().await;
        let head =
            format!("POST /http-bind HTTP/1.1\r\nHost: {}\r\n{fields}Content-Length: 260000\r\n\r\n", door.host());
        connection.send(head + &" ".repeat(250_000)).await;
        slow.push(connection);
    }
    assert_eq!(ask_from(door, "198.51.100.8").await, None, "another network has its own room");
    let body = session.next("") + &room;
    assert_eq!(door.send_with(fields, &body).await.response().await.status, 503);
    slow.clear();
    until("room", 20, async || door.send_bytes(&nobody).await.response().await.status == 200).await;
    // The client sends it again, and the session goes on.
    let held = door.send_with(fields, &body).await;
    session.terminate().await;
    assert!(held.answer().await.is_terminate());
}

/// What waits for clients who read nothing has a bound; others talk on, and nothing is lost.
#[tokio::test]
async fn what_waits_for_all() {
    let (_gateway, door) = door("", "exempt_networks = [\"127.0.0.0/8\"]\nbacklog_bytes = 200000\n");
    let mut deaf = Vec::new();
    for _ in 0..4 {
        let mut session = Session::sign_in(door, &[]).await;
        let text = "unread ".repeat(1_000);
        let words: String = (0..20).map(|number| message(&session.address, &format!("{number} {text}"))).collect();
        // The first comes back at once, and others with it when they are quick; the rest waits.
        let answer = session.ask(&words).await;
        answer.must_go_on();
        deaf.push((session, answer.messages()));
    }
    let (mut alice, mut bob) = Session::pair(door).await;
    alice.tell(&bob, "as always").await;
    assert_eq!(bob.messages_until("as always").await, [""; 0]);
    for (mut session, mut heard) in deaf {
        let address = session.address.clone();
        let answer = session.ask(&message(&address, "last")).await;
        heard.extend(session.messages_from(answer, "last").await);
        let numbers: Vec<&str> = heard.iter().filter_map(|text| text.split(' ').next()).collect();
        let all: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        assert_eq!(numbers, all, "each once and in their order");
    }
}
