//! Two people who talk: one with a chat client in a page, one with a client of another kind.

use std::cell::RefCell;
use std::time::Duration;

use serde_json::json;

use super::door::Door;
use crate::support::browser::Tab;
use crate::support::foreign::{Foreign, escape};
use crate::support::patience::until;
use crate::support::servers::{Account, Server};
use crate::support::shelf;

/// Seconds after which what was said has arrived, whatever happened to it: clients try again in longer and longer steps.
const PATIENCE: u64 = 90;

/// How a chat client reaches the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Held requests.
    Bosh,
    /// One socket.
    WebSocket,
}

/// Alice's page, Bob's client, and what lies between them.
pub struct Chat {
    /// Alice's page.
    pub tab: Tab,
    /// The address of that page.
    pub page: String,
    /// Alice's way to the server.
    pub door: Door,
    /// Alice.
    pub alice: Account,
    /// Bob.
    pub bob: Foreign,
    history: Vec<String>,
    said: Vec<String>,
    heard: Vec<String>,
}

impl Chat {
    /// A page that is loaded; nobody has signed in there.
    pub async fn open(server: &Server, page: &str, door: Door) -> Chat {
        let bob = server.account();
        let bob = Foreign::sign_in(server, &bob).await;
        let shelf = shelf::open().await;
        let tab = Tab::open(&shelf).await;
        tab.visit(page).await;
        let page = format!("{shelf}{page}");
        Chat { tab, page, door, alice: server.account(), bob, history: Vec::new(), said: Vec::new(), heard: Vec::new() }
    }

    /// Where a transport's door is.
    pub fn service(&self, transport: Transport) -> String {
        match transport {
            Transport::Bosh => self.door.bosh(),
            Transport::WebSocket => self.door.websocket(),
        }
    }

    /// Waits until the page says that it is signed in.
    pub async fn alice_is_there(&self) {
        self.tab.wait_for("Alice's session", "isThere()").await;
    }

    /// Waits until the browser has told so many times that it could not reach the door.
    pub async fn the_browser_notices(&self, times: usize) {
        let is_of_the_door = |fault: &&String| {
            fault.contains("net::ERR_") && (fault.contains("/http-bind") || fault.contains("/xmpp-websocket"))
        };
        let count = || self.tab.faults().iter().filter(is_of_the_door).count();
        until("the browser notices", 60, async || count() >= times).await;
    }

    /// Bob says something to Alice, which her page must show some day.
    pub async fn bob_says(&mut self, text: &str) {
        self.said.push(text.to_owned());
        let (to, text) = (&self.alice.address, escape(text));
        // A server repeats what it has no receipt for when a socket broke, and a client knows it by its id.
        let id = format!("b{}", self.history.len() + self.said.len());
        let origin = format!("<origin-id xmlns='urn:xmpp:sid:0' id='{id}'/>");
        let message = format!("<message to='{to}' type='chat' id='{id}'><body>{text}</body>{origin}</message>");
        self.bob.send(&message).await.unwrap();
    }

    /// Alice's page is frozen, as those of a phone in a pocket are. A browser may close its sockets.
    pub async fn alice_falls_asleep(&self) {
        self.tab.command("Page.setWebLifecycleState", json!({"state": "frozen"})).await;
    }

    /// Alice's page goes on after half a minute: the length of the sleep is what is tested.
    pub async fn alice_sleeps_well(&self) {
        tokio::time::sleep(Duration::from_secs(30)).await;
        self.tab.command("Page.setWebLifecycleState", json!({"state": "active"})).await;
    }

    /// Waits until the server has told Bob that Alice, who has greeted him by presence, is gone.
    pub async fn bob_sees_alice_go(&mut self) {
        let is_farewell = |stanza: &str| stanza.starts_with("<presence") && stanza.contains("unavailable");
        self.bob.message("Alice's end", is_farewell).await;
    }

    /// Waits until Alice has what Bob said last, and fails if anything was lost, changed, doubled or out of order.
    pub async fn alice_has_all(&self) {
        let last = self.said.last().expect("something was said");
        let shown = format!("messages().filter((text) => !{}.includes(text))", json!(self.history));
        let has_last = format!("{shown}.includes({})", json!(last));
        self.tab.wait_for_within(&format!("the message {last:?}"), &has_last, PATIENCE).await;
        assert_eq!(self.tab.evaluate(&shown).await, json!(self.said));
    }

    /// Waits until a text has arrived in Alice's browser, by whichever socket.
    pub async fn came_through(&self, text: &str) {
        let arrived = format!("received.some((data) => data.includes({}))", json!(text));
        self.tab.wait_for_within(&format!("the message {text:?}"), &arrived, PATIENCE).await;
    }

    /// What was said so far may be shown or not: a client that starts again has its own ideas about what it remembers.
    pub fn starts_again(&mut self) {
        self.history.append(&mut self.said);
    }

    /// Fails if the browser complains about what came through the door. What a client says to itself is not ours.
    #[track_caller]
    pub fn the_door_is_clean(&self) {
        let site = self.door.url.trim_start_matches("https");
        let is_ours = |fault: &String| fault.starts_with("exception") || fault.contains(site);
        let faults: Vec<_> = self.tab.faults().into_iter().filter(is_ours).collect();
        assert!(faults.is_empty(), "the browser complains: {faults:#?}");
    }

    /// Waits until Bob has a message from Alice, and fails if anything else of hers came before it.
    pub async fn bob_hears(&mut self, text: &str) {
        let bodies = RefCell::new(Vec::new());
        let alice = self.alice.address.clone();
        self.bob
            .message_within(text, PATIENCE, |message| {
                let body = body(message).filter(|_| message.contains(&alice));
                let is_last = body.as_deref() == Some(&escape_text(text));
                bodies.borrow_mut().extend(body);
                is_last
            })
            .await;
        assert_eq!(bodies.into_inner(), [escape_text(text)], "what Alice said, besides {:?}", self.heard);
        self.heard.push(text.to_owned());
    }
}

/// The text of a message as it stands in the XML.
fn body(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("<body>")?;
    Some(rest.split_once("</body>")?.0.to_owned())
}

/// Escapes as slixmpp's own writer does.
fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&apos;").replace('"', "&quot;")
}
