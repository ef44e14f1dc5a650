//! Strophe.js 5, the library below most chat clients in browsers: what it does when the network fails, and that nothing
//! is lost or doubled by it.

use std::time::Duration;

use serde_json::json;

use super::chat::{Chat, Transport};
use super::door::Door;
use crate::support::proxy::Weather;
use crate::support::servers::Server;

on_servers! { [home prosody_tls ejabberd] {
    speaks_by_bosh
    speaks_by_websocket
} }

on_servers! { [prosody ejabberd] {
    survives_a_cut_connection
    survives_a_connection_that_is_lost_in_silence
    survives_nginx_starting_again
    survives_a_browser_without_a_network
    goes_on_after_a_reload
    sleeps_for_half_a_minute
    wakes_up_without_a_socket
    signs_in_again_after_a_cut_socket
} }

/// What XML and JavaScript have their own ideas about.
const AWKWARD: &str = "Grüße, <b>Bob</b> & \"Co\" ]]> 'ok' \u{1F600}";

async fn signed_in(server: &Server, transport: Transport) -> Chat {
    signed_in_through(Door::before(server).await, server, transport).await
}

async fn signed_in_through(door: Door, server: &Server, transport: Transport) -> Chat {
    let chat = Chat::open(server, "/strophe.html", door).await;
    let (service, alice) = (chat.service(transport), &chat.alice);
    let words = [json!(service), json!(alice.address), json!(alice.password)].map(|word| word.to_string());
    chat.tab.evaluate(&format!("signIn({})", words.join(", "))).await;
    chat.alice_is_there().await;
    chat
}

impl Chat {
    /// Alice says something to Bob.
    async fn alice_says(&self, text: &str) {
        self.tab.evaluate(&format!("say({}, {})", json!(self.bob.account.address), json!(text))).await;
    }

    /// Alice's page opens a new connection with what it knows.
    async fn signs_in_again(&self) {
        self.tab.evaluate("connection.connect(connection.jid, connection.pass, note)").await;
        self.alice_is_there().await;
    }

    async fn bob_says_good_night(&mut self) {
        for text in ["Sleep well", "Are you there?", "Until tomorrow, then"] {
            self.bob_says(text).await;
        }
    }

    /// Both say something, and hear it.
    async fn both_speak(&mut self, text: &str) {
        self.alice_says(text).await;
        self.bob_hears(text).await;
        self.bob_says(text).await;
        self.alice_has_all().await;
    }
}

async fn speaks_by_bosh(server: &'static Server) {
    speaks(server, Transport::Bosh).await;
}

async fn speaks_by_websocket(server: &'static Server) {
    speaks(server, Transport::WebSocket).await;
}

async fn speaks(server: &'static Server, transport: Transport) {
    let mut chat = signed_in(server, transport).await;
    chat.both_speak("Good morning").await;
    chat.both_speak(AWKWARD).await;
    chat.tab.evaluate("signOut()").await;
    chat.tab.wait_for("the end", "has('DISCONNECTED')").await;
    chat.tab.must_be_clean();
}

async fn survives_a_cut_connection(server: &'static Server) {
    let mut chat = signed_in(server, Transport::Bosh).await;
    chat.both_speak("Before").await;
    chat.tab.must_be_clean();
    chat.door.network.becomes(Weather::Cut);
    chat.bob_says("Said while the network is cut").await;
    chat.alice_says("So is this").await;
    chat.the_browser_notices(2).await;
    chat.door.network.becomes(Weather::Fair);
    chat.bob_hears("So is this").await;
    chat.alice_has_all().await;
    chat.both_speak("After").await;
}

/// A router forgets a connection: neither end is told, what is sent vanishes, and only time tells. Strophe gives a
/// request up after a little more than the wait, and the browser its connection 10 s later.
async fn survives_a_connection_that_is_lost_in_silence(server: &'static Server) {
    let mut chat = signed_in_through(Door::waiting(server, 8).await, server, Transport::Bosh).await;
    chat.both_speak("Before").await;
    chat.door.network.forgets();
    chat.bob_says("Written into a connection that leads nowhere").await;
    chat.alice_says("And this").await;
    chat.bob_hears("And this").await;
    chat.alice_has_all().await;
    chat.both_speak("After").await;
}

async fn survives_nginx_starting_again(server: &'static Server) {
    let mut chat = signed_in(server, Transport::Bosh).await;
    chat.both_speak("Before").await;
    chat.door.nginx.stop();
    chat.bob_says("Said while nginx is away").await;
    chat.the_browser_notices(1).await;
    chat.door.nginx.start();
    chat.alice_has_all().await;
    chat.both_speak("After").await;
}

/// The request that was held survives, the ones after it fail: the server sees a gap in the request ids for a while.
async fn survives_a_browser_without_a_network(server: &'static Server) {
    let mut chat = signed_in(server, Transport::Bosh).await;
    chat.both_speak("Before").await;
    let offline = |is_offline: bool| json!({"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    chat.tab.command("Network.emulateNetworkConditions", offline(true)).await;
    chat.alice_says("Said without a network").await;
    chat.the_browser_notices(2).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    chat.tab.command("Network.emulateNetworkConditions", offline(false)).await;
    chat.bob_hears("Said without a network").await;
    chat.both_speak("After").await;
}

async fn goes_on_after_a_reload(server: &'static Server) {
    let mut chat = signed_in(server, Transport::Bosh).await;
    chat.both_speak("Before").await;
    // What was heard was sent, and everything before it: no request is on its way while the page goes.
    chat.alice_says("I shall be back").await;
    chat.bob_hears("I shall be back").await;
    chat.tab.visit(&chat.page.clone()).await;
    chat.bob_says("Said while the page is away").await;
    chat.bob_says("And one more").await;
    chat.tab.evaluate(&format!("goOn({}, {})", json!(chat.door.bosh()), json!(chat.alice.address))).await;
    chat.alice_has_all().await;
    chat.both_speak("After").await;
    assert_eq!(chat.tab.evaluate("has('CONNECTED')").await, false, "it is still the first session");
    chat.tab.must_be_clean();
}

async fn sleeps_for_half_a_minute(server: &'static Server) {
    let mut chat = signed_in(server, Transport::Bosh).await;
    chat.both_speak("Before").await;
    chat.alice_falls_asleep().await;
    chat.bob_says_good_night().await;
    chat.alice_sleeps_well().await;
    chat.alice_has_all().await;
    chat.both_speak("After").await;
    chat.tab.must_be_clean();
}

/// The socket of a page that sleeps ends; what is said then waits at the server until the page wakes and signs in again.
async fn wakes_up_without_a_socket(server: &'static Server) {
    let mut chat = signed_in(server, Transport::WebSocket).await;
    chat.tab.evaluate(&format!("connection.send($pres({{ to: {} }}))", json!(chat.bob.account.address))).await;
    chat.both_speak("Before").await;
    chat.alice_falls_asleep().await;
    chat.door.network.becomes(Weather::Cut);
    chat.bob_sees_alice_go().await;
    chat.door.network.becomes(Weather::Fair);
    chat.bob_says_good_night().await;
    chat.alice_sleeps_well().await;
    chat.tab.wait_for("the end of the socket", "has('DISCONNECTED')").await;
    chat.signs_in_again().await;
    chat.alice_has_all().await;
    chat.both_speak("After").await;
}

async fn signs_in_again_after_a_cut_socket(server: &'static Server) {
    let mut chat = signed_in(server, Transport::WebSocket).await;
    chat.both_speak("Before").await;
    chat.tab.must_be_clean();
    chat.door.network.becomes(Weather::Cut);
    chat.tab.wait_for("the end of the socket", "has('DISCONNECTED')").await;
    chat.door.network.becomes(Weather::Fair);
    chat.signs_in_again().await;
    chat.both_speak("After").await;
}
