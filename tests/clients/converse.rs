//! Converse.js 14, a whole chat client in a page: it signs in by what it is told or finds out, and comes back by itself.

use serde_json::{Value, json};

use super::chat::{Chat, Transport};
use super::door::Door;
use crate::support::browser::https_port;
use crate::support::gateway::Settings;
use crate::support::proxy::Weather;
use crate::support::servers::Server;

on_servers! { [prosody ejabberd] {
    speaks_by_bosh
    speaks_by_websocket
    comes_back_by_itself
    is_still_there_after_a_reload
    is_still_there_after_a_sleep
    wakes_up_without_a_socket
} }

on_servers! { [prosody] {
    finds_the_doors_by_itself
} }

fn told(chat: &Chat, transport: Transport) -> Value {
    let setting = if transport == Transport::Bosh { "bosh_service_url" } else { "websocket_url" };
    json!({setting: chat.service(transport)})
}

impl Chat {
    /// Starts Converse, which signs in or goes on with the session of the last page.
    async fn converse(&self, settings: &Value) {
        let mut settings = settings.clone();
        // Without a resource of its own a page that resumes its stream would speak in the name of another one.
        settings["jid"] = json!(format!("{}/page", self.alice.address));
        settings["password"] = json!(self.alice.password);
        self.tab.evaluate(&format!("signIn({settings})")).await;
        self.alice_is_there().await;
        self.opens().await;
    }

    /// Alice opens the chat with Bob.
    async fn opens(&self) {
        self.tab.evaluate(&format!("open({})", json!(self.bob.account.address))).await;
        self.tab.wait_for("the field for a message", "document.querySelector('textarea.chat-textarea')").await;
    }

    /// Alice writes to Bob as people do, and Bob answers.
    async fn both_write(&mut self, text: &str) {
        self.alice_writes(text).await;
        self.bob_says(&format!("{text}, too")).await;
        self.alice_has_all().await;
    }

    async fn alice_writes(&mut self, text: &str) {
        self.tab.write("textarea.chat-textarea", text).await;
        for kind in ["keyDown", "keyUp"] {
            let key = json!({"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"});
            self.tab.command("Input.dispatchKeyEvent", key).await;
        }
        self.bob_hears(text).await;
    }
}

async fn speaks(server: &'static Server, transport: Transport) {
    let mut chat = Chat::open(server, "/converse.html", Door::before(server).await).await;
    chat.converse(&told(&chat, transport)).await;
    assert_eq!(chat.tab.evaluate("transport()").await, json!(format!("{transport:?}")));
    chat.both_write("Good morning").await;
    chat.both_write("Grüße, <b>Bob</b> & \"Co\" ]]>").await;
    chat.the_door_is_clean();
}

async fn speaks_by_bosh(server: &'static Server) {
    speaks(server, Transport::Bosh).await;
}

async fn speaks_by_websocket(server: &'static Server) {
    speaks(server, Transport::WebSocket).await;
}

async fn comes_back_by_itself(server: &'static Server) {
    for transport in [Transport::Bosh, Transport::WebSocket] {
        let mut chat = Chat::open(server, "/converse.html", Door::before(server).await).await;
        chat.converse(&told(&chat, transport)).await;
        chat.both_write("Before").await;
        chat.the_door_is_clean();
        chat.door.network.becomes(Weather::Cut);
        // After the first two failures Converse may come back twice, the second time 3 s after the first.
        chat.the_browser_notices(2).await;
        chat.door.network.becomes(Weather::Fair);
        chat.alice_is_there().await;
        chat.both_write("After").await;
    }
}

async fn is_still_there_after_a_reload(server: &'static Server) {
    for transport in [Transport::Bosh, Transport::WebSocket] {
        let mut chat = Chat::open(server, "/converse.html", Door::before(server).await).await;
        let settings = told(&chat, transport);
        chat.converse(&settings).await;
        chat.both_write("Before").await;
        // What was heard was sent, and everything before it: no request is on its way while the page goes.
        chat.alice_writes("I shall be back").await;
        chat.tab.visit(&chat.page.clone()).await;
        chat.starts_again();
        chat.converse(&settings).await;
        chat.both_write("Loaded again").await;
        chat.the_door_is_clean();
    }
}

async fn is_still_there_after_a_sleep(server: &'static Server) {
    let mut chat = Chat::open(server, "/converse.html", Door::before(server).await).await;
    chat.converse(&told(&chat, Transport::Bosh)).await;
    chat.both_write("Before").await;
    chat.alice_falls_asleep().await;
    chat.bob_says("Sleep well").await;
    chat.alice_sleeps_well().await;
    chat.alice_has_all().await;
    chat.both_write("After").await;
    chat.the_door_is_clean();
}

async fn wakes_up_without_a_socket(server: &'static Server) {
    let mut chat = Chat::open(server, "/converse.html", Door::before(server).await).await;
    chat.converse(&told(&chat, Transport::WebSocket)).await;
    chat.both_write("Before").await;
    chat.the_door_is_clean();
    chat.starts_again();
    chat.alice_falls_asleep().await;
    chat.bob_says("Sleep well").await;
    chat.alice_sleeps_well().await;
    // What came through the door was not lost; what Converse shows of it, after it came back twice, is its own affair.
    chat.came_through("Sleep well").await;
    chat.starts_again();
    chat.tab.wait_for("Alice's session", "isSettled()").await;
    chat.opens().await;
    chat.both_write("After").await;
}

/// XEP-0156: Converse knows the address of a person and nothing else. It takes the socket if both are named.
async fn finds_the_doors_by_itself(server: &'static Server) {
    let mut chat =
        Chat::open(server, "/converse.html", Door::at(server, https_port(), Settings::for_server(server)).await).await;
    chat.converse(&json!({"discover_connection_methods": true})).await;
    assert_eq!(chat.tab.evaluate("transport()").await, "WebSocket");
    assert_eq!(chat.tab.evaluate("api.settings.get('websocket_url')").await, json!(chat.door.websocket()));
    assert_eq!(chat.tab.evaluate("api.settings.get('bosh_service_url')").await, json!(chat.door.bosh()));
    chat.both_write("Found you").await;
    chat.the_door_is_clean();
}
