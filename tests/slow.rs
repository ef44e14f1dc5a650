//! Readers and writers that take their time: they cost little, and nobody else waits for them.

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::{Gateway, Settings};
use crate::support::person::{Person, channel_of};
use crate::support::servers;
use crate::support::sse::Open;

const MEGABYTE: u64 = 1024 * 1024;

/// A connection whose reader has next to no room and reads nothing.
async fn deaf(address: &str, request: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_do_not_read_cost_little() {
    let server = servers::home();
    let gateway = Gateway::start(&Settings::for_server(server));
    let alice = server.account();
    let writer = Foreign::sign_in(server, &alice).await;
    writer.open_microblog().await;
    let (address, path) = (gateway.url.trim_start_matches("http://"), channel_of(&alice));
    let text = "Words that nobody reads. ".repeat(300);
    let publish = async |number: usize| {
        let id = format!("post-{number}");
        let entry = foreign::entry(&alice.address, &id, &format!("Post {number}"), &text);
        writer.publish(None, MICROBLOG, &id, &entry).await.unwrap();
    };
    publish(0).await;
    let mut reader = Person::at(&gateway);
    reader.visit(&path).await.must_say("Post 0");
    let before = gateway.memory();

    let request = format!("GET {path}/events HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let mut readers = Vec::new();
    for _ in 0..200 {
        readers.push(deaf(address, &request).await);
    }
    let mut honest = Open::get(reader.client(), reader.url(&format!("{path}/events")).as_str(), None).await;
    // 200 readers, 300 posts, 8 kB each: half a gigabyte, if it were kept for them.
    for number in 1..=300 {
        publish(number).await;
        honest.until(&format!("Post {number}")).await;
        honest.seen.clear();
    }
    let growth = gateway.memory().saturating_sub(before);
    assert!(growth < 64 * MEGABYTE, "200 deaf readers cost {} MB", growth / MEGABYTE);
    drop(readers);
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_do_not_write_keep_nobody_waiting() {
    let server = servers::home();
    let gateway = Gateway::start(&Settings::for_server(server));
    let address = gateway.url.trim_start_matches("http://");
    // Heads that never end, and bodies that never come.
    let head = format!("GET / HTTP/1.1\r\nhost: {address}\r\nx-slow: ");
    let body = format!(
        "POST /sign-in HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: 1000\r\n\r\naddress="
    );
    let mut slow = Vec::new();
    for number in 0..1400 {
        slow.push(deaf(address, if number % 2 == 0 { &head } else { &body }).await);
    }
    let mut person = Person::at(&gateway);
    person.sign_in(&server.account()).await;
    person.visit("/").await.must_be(200);
    drop(slow);
}
