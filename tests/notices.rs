//! Notices by e-mail, as a pusher beside the channel service keeps them.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use ring::digest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::channel_service::ChannelService;
use crate::support::gateway::Gateway;
use crate::support::person::Person;
use crate::support::servers::{self, COMPONENT_SECRET, Server};

const SETTINGS: &str = "http://buddycloud.com/pusher/notification-settings";

/// A component that keeps one person's settings: what it was told last.
async fn pusher(server: &Server) -> Arc<Mutex<String>> {
    let kept: Arc<Mutex<String>> = Arc::default();
    let (name, port) = (format!("pusher.{}", server.domain), server.components.unwrap());
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let header = format!(
        "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='{name}'>"
    );
    socket.write_all(header.as_bytes()).await.unwrap();
    let mut read = String::new();
    until(&mut socket, &mut read, "<stream:stream").await;
    let stream = until(&mut socket, &mut read, ">").await;
    let id = attribute(&stream, "id");
    let mut hash = String::new();
    for byte in digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, format!("{id}{COMPONENT_SECRET}").as_bytes()).as_ref()
    {
        write!(hash, "{byte:02x}").unwrap();
    }
    socket.write_all(format!("<handshake>{hash}</handshake>").as_bytes()).await.unwrap();
    until(&mut socket, &mut read, "<handshake").await;
    until(&mut socket, &mut read, ">").await;
    let told = kept.clone();
    tokio::spawn(async move {
        loop {
            let stanza = until(&mut socket, &mut read, "</iq>").await;
            if stanza.is_empty() {
                return;
            }
            let (from, id) = (attribute(&stanza, "from"), attribute(&stanza, "id"));
            let inside = if stanza.contains("disco#info") {
                format!("<query xmlns='http://jabber.org/protocol/disco#info'><feature var='{SETTINGS}'/></query>")
            } else if stanza.contains(SETTINGS) && attribute(&stanza, "type") == "set" {
                *told.lock().unwrap() = stanza.clone();
                String::new()
            } else {
                let target = "<notificationSettings><type>email</type><target>old@example.org</target>\
                    <postMentionedMe>true</postMentionedMe></notificationSettings>";
                format!("<query xmlns='{SETTINGS}'>{target}</query>")
            };
            let answer = format!("<iq type='result' from='{name}' to='{from}' id='{id}'>{inside}</iq>");
            if socket.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    kept
}

/// Reads to the end of what is wanted; empty at the end of the stream.
async fn until(socket: &mut TcpStream, read: &mut String, wanted: &str) -> String {
    loop {
        if let Some(at) = read.find(wanted) {
            let rest = read.split_off(at + wanted.len());
            return std::mem::replace(read, rest);
        }
        let mut chunk = [0; 4096];
        match socket.read(&mut chunk).await {
            Ok(0) | Err(_) => return String::new(),
            Ok(count) => read.push_str(&String::from_utf8_lossy(&chunk[..count])),
        }
    }
}

fn attribute(text: &str, name: &str) -> String {
    let rest = text.split_once(&format!(" {name}=")).map_or("", |(_, rest)| rest);
    let quote = rest.chars().next().unwrap_or('"');
    rest.get(1..).and_then(|rest| rest.split(quote).next()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_chooses_what_is_mailed() {
    let server = servers::home_channels();
    ChannelService::of(server);
    let told = pusher(server).await;
    // One of its own: others know this server without a pusher.
    let gateway = Gateway::start(&crate::support::gateway::Settings::for_server(server));
    let mut person = Person::signed_in(&gateway, &server.account()).await;
    person.reload_until("/me", "the own channel", |page| page.find_form("Post").is_some()).await;
    person.follow_link("Settings").await;
    person.follow_link("Notices by e-mail…").await.must_say("somebody mentions you");
    let form = person.page.form("Add").fill("E-mail address", "nobody");
    person.submit(form).await.must_say("This is no e-mail address.");
    person.visit("/notices").await;
    assert!(person.page.body.contains("old@example.org"), "what is chosen already is shown");
    let form = person.page.form("Add").fill("E-mail address", "new@example.org").tick("somebody follows you");
    person.submit(form).await.must_be(200);
    let told = told.lock().unwrap().clone();
    assert!(told.contains("<target>new@example.org</target>"), "{told}");
    assert!(told.contains("<followMyChannel>true</followMyChannel>"), "{told}");
    assert!(told.contains("<postMentionedMe>false</postMentionedMe>"), "{told}");
}
