//! XML that was made to harm: what is broken is left out, everything else lives on.

use std::time::{Duration, Instant};

use crate::support::foreign::{self, Foreign, MICROBLOG, escape};
use crate::support::gateway::{Gateway, Guest, Settings};
use crate::support::impostor::{Impostor, Trick};
use crate::support::person::{Person, channel_of, community};
use crate::support::prosody::{self, Place};
use crate::support::servers::{self, Server, Setup, Tls};

/// An element nested in itself.
fn nested(depth: usize) -> String {
    format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth))
}

/// Eight shapes, none over what Prosody carries as recommended (512 kB).
fn bombs() -> Vec<(&'static str, String)> {
    let attributes: String = (0..5_000).map(|n| format!(" a{n}='x'")).collect();
    let namespaces: String = (0..3_000).map(|n| format!(" xmlns:n{n}='urn:x:{n}'")).collect();
    let rebound = (0..3_000).map(|n| format!("<a xmlns='urn:x:{n}'>")).collect::<String>() + &"</a>".repeat(3_000);
    vec![
        ("deep", format!("<x xmlns='urn:x'>{}</x>", nested(30_000))),
        ("wide", format!("<x xmlns='urn:x'>{}</x>", "<a/>".repeat(100_000))),
        ("many attributes", format!("<x xmlns='urn:x'{attributes}/>")),
        ("many namespaces", format!("<x xmlns='urn:x'{namespaces}/>")),
        ("a namespace for each level", format!("<x xmlns='urn:x'>{rebound}</x>")),
        ("a long name", format!("<x xmlns='urn:x'><{name}/></x>", name = "n".repeat(100_000))),
        ("a long value", format!("<x xmlns='urn:x' a='{}'/>", "v".repeat(100_000))),
        ("many references", format!("<x xmlns='urn:x'>{}</x>", "&amp;&#x41;".repeat(40_000))),
    ]
}

/// A gateway of its own, two people at it, and a foreign writer whom both watch.
struct Scene {
    gateway: Gateway,
    victim: Person,
    bystander: Person,
    writer: Foreign,
    count: usize,
    /// The full address of the victim's session.
    target: String,
}

impl Scene {
    async fn on(server: &'static Server) -> Scene {
        let gateway = Gateway::start(&Settings::for_server(server));
        let (alice, bob, carol) = (server.account(), server.account(), server.account());
        let writer = Foreign::sign_in(server, &carol).await;
        writer.open_microblog().await;
        let victim = Person::signed_in(&gateway, &alice).await;
        let bystander = Person::signed_in(&gateway, &bob).await;
        let mut other = Foreign::sign_in(server, &alice).await;
        let target = other.other_client().await;
        other.sign_out().await;
        let mut scene = Scene { gateway, victim, bystander, writer, count: 0, target };
        scene.write().await;
        for person in [&mut scene.victim, &mut scene.bystander] {
            person.visit(&channel_of(&scene.writer.account)).await;
            person.press("Follow").await;
            person.reload_until("/", "the first post", |page| page.says("Post 1 of the scene")).await;
        }
        scene
    }

    async fn write(&mut self) -> String {
        self.count += 1;
        let (id, text) = (format!("scene-{}", self.count), format!("Post {} of the scene", self.count));
        let entry = foreign::entry(&self.writer.account.address, &id, &text, &text);
        self.writer.publish(None, MICROBLOG, &id, &entry).await.expect("the server lives");
        text
    }

    /// Both still live: the next post comes to both homes, and pages are quick.
    async fn must_be_alive(&mut self, after: &str) {
        assert!(self.gateway.is_alive(), "the gateway ended after {after}");
        let text = self.write().await;
        for person in [&mut self.victim, &mut self.bystander] {
            person.reload_until("/", &format!("a post after {after}"), |page| page.says(&text)).await;
            let started = Instant::now();
            person.visit("/").await.must_be(200);
            assert!(started.elapsed() < Duration::from_secs(2), "a page takes {:?} after {after}", started.elapsed());
        }
    }
}

async fn survives(server: &'static Server, bombs: Vec<(&'static str, String)>, bounds: &[&str]) {
    let mut scene = Scene::on(server).await;
    for (name, bomb) in bombs {
        // The server may throw the sender out, so each bomb has a sender of its own.
        let attacker = Foreign::sign_in(server, &server.account()).await;
        let to = escape(&scene.target);
        attacker.send(&format!("<message to='{to}' type='headline'>{bomb}</message>")).await.unwrap();
        // Prosody's parser puts a long tag off until as much again has come.
        attacker.send(&" ".repeat(bomb.len())).await.unwrap();
        // The session itself answers this, and reads what comes in order.
        let answer = attacker.iq("get", Some(&scene.target), "<ping xmlns='urn:xmpp:ping'/>").await;
        answer.unwrap_or_else(|error| panic!("{name}: the session answers {error} behind the bomb"));
        scene.must_be_alive(name).await;
        attacker.sign_out().await;
    }
    assert!(server.is_alive());
    let log = scene.gateway.log();
    for bound in bounds {
        assert!(log.contains(&format!("xml.bound=\"{bound}\"")), "nothing came that breaks the bound {bound}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_thousand_levels_through_prosody() {
    let bomb = nested(30_000).replacen("<a>", "<a xmlns='urn:x'>", 1);
    survives(servers::prosody(), vec![("30,000 levels", bomb)], &["depth"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_shapes_of_bombs_through_prosody() {
    // Declarations that nothing uses go no further than to Prosody.
    survives(servers::prosody(), bombs(), &["depth", "elements", "attributes", "name", "value"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_bad_items_among_twenty() {
    static SERVER: std::sync::OnceLock<Server> = std::sync::OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let extra = "c2s_stanza_size_limit = 4 * 1024 * 1024";
        let place = Place { extra, ..Place::on_loopback("wide.test") };
        prosody::start_at(&place, Setup::Recommended, Tls::Off)
    });
    let (alice, bob) = (server.account(), server.account());
    let service = server.pubsub.clone().unwrap();
    let founder = Foreign::sign_in(server, &alice).await;
    let options = [("pubsub#access_model", "open"), ("pubsub#max_items", "100"), ("pubsub#deliver_payloads", "false")];
    founder.create(Some(&service), "mixed", &options).await.unwrap();
    for number in 0..20 {
        let id = format!("item-number-{number:02}");
        let text = format!("Item {number:02}");
        let mut entry = foreign::entry_at(&alice.address, &id, &text, &text, &format!("2026-03-01T10:{number:02}:00Z"));
        match number {
            7 => entry = entry.replace("</entry>", &format!("{}</entry>", nested(5_000))),
            12 => {
                entry = entry.replace("</entry>", &format!("<x xmlns='urn:x'>{}</x></entry>", "long ".repeat(260_000)))
            }
            _ => {}
        }
        // Sent as it is: a client that builds a tree would fall over its own words.
        founder
            .send(&format!(
                "<iq type='set' to='{service}' id='{id}'><pubsub xmlns='{ns}'><publish node='mixed'><item id='{id}'>{entry}</item></publish></pubsub></iq>",
                ns = foreign::PUBSUB
            ))
            .await
            .unwrap();
    }
    founder.create(Some(&service), "behind-the-items", &[]).await.expect("the server has taken everything");
    let gateway = Gateway::shared(server);
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&community(&service, "mixed")).await.must_be(200);
    let cards = reader.page.cards();
    for number in (0..20).filter(|number| ![7, 12].contains(number)) {
        assert!(cards.iter().any(|card| card.contains(&format!("Item {number:02}"))), "item {number} of {cards:#?}");
    }
    reader.page.must_say("left out");
    reader.visit("/follows").await.must_be(200);
    assert!(gateway.is_alive() && server.is_alive());
}

/// What a false server may answer before anybody has signed in.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_made_to_harm() {
    const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='x' from='bomb.test' version='1.0'>";
    const LAUGHS: &str = "<?xml version='1.0'?><!DOCTYPE s [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='&c;' from='bomb.test' version='1.0'>";
    let tricks = [
        Trick::Says(LAUGHS),
        Trick::Says("HTTP/1.1 400 Bad Request\r\n\r\n<html>"),
        Trick::Says("<?xml version='1.0' encoding='utf-16'?><?php evil ?>"),
        Trick::Repeats(HEADER, "<stream:features>", 50_000),
        Trick::Repeats(HEADER, "x", 20_000_000),
        Trick::Repeats(HEADER, "<presence/>", 500_000),
        Trick::Repeats("<?xml version='1.0'?><stream:stream", " xmlns='jabber:client'", 100_000),
        Trick::Repeats("<", "a", 20_000_000),
    ];
    for trick in tricks {
        let impostor = Impostor::start(trick, "bomb.test").await;
        let gateway = Gateway::start(&Settings {
            xmpp: format!(
                "[xmpp]\ndomains = [\"bomb.test\"]\n[xmpp.servers.\"bomb.test\"]\naddress = \"127.0.0.1:{}\"\nsecurity = \"plain\"\n",
                impostor.port
            ),
            guest: Guest::Unconfigured,
            limits: String::new(),
            web: String::new(),
            proxy: String::new(),
            media: String::new(),
            public_url: None,
            address: "127.0.0.1",
        });
        let mut person = Person::at(&gateway);
        let started = Instant::now();
        person.try_sign_in("alice@bomb.test", "secret").await;
        assert!(started.elapsed() < Duration::from_secs(10), "{trick:?}: {:?}", started.elapsed());
        assert!(person.page.status >= 500, "{trick:?}");
        person.page.must_say("The server");
        person.visit("/").await.must_be(200);
        assert!(gateway.is_alive());
    }
}

#[tokio::test]
async fn a_crash_would_leave_no_core_file() {
    let gateway = Gateway::shared(servers::home());
    let limits = gateway.told("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("Linux tells the limit");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}
