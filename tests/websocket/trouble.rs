//! What a client is told when something ends or fails behind the door.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::handshake::client::Request;

use crate::support::foreign::{Foreign, escape};
use crate::support::gateway::{Gateway, Settings};
use crate::support::impostor::{Impostor, Trick};
use crate::support::patience::until;
use crate::support::ports::free_port;
use crate::support::proxy::{Proxy, Weather};
use crate::support::servers::Server;

use super::socket::{FRAMING, SASL, Socket, open, plain, request};

on_servers! { [home prosody ejabberd] {
    a_server_that_is_away_is_told
    guesses_are_counted
    a_gateway_that_stops_says_so
} }

on_servers! { [prosody_tls ejabberd] {
    the_servers_own_error_is_passed_on
    a_broken_stream_is_resumed
} }

/// A gateway that looks for a server at another port.
fn gateway_at(server: &Server, port: u16, change: impl FnOnce(&mut Settings)) -> Gateway {
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{port}\""));
    change(&mut settings);
    Gateway::start(&settings)
}

async fn a_server_that_is_away_is_told(server: &'static Server) {
    let gateway = gateway_at(server, free_port(), |_| {});
    let mut socket = Socket::connect(&gateway).await;
    socket.say(&open(&server.domain)).await;
    // §3.3.2: an error comes in a stream, even if it is that there will be none.
    let opened = socket.hear().await;
    assert!(opened.is("open", FRAMING) && opened.attr("from") == Some(&server.domain), "{opened:?}");
    assert_eq!(socket.hear_the_error().await, "remote-connection-failed");

    let network = Proxy::before(server.port).await;
    let gateway = gateway_at(server, network.port, |_| {});
    let (mut socket, _) = Socket::opened(&gateway, &server.domain).await;
    network.becomes(Weather::Cut);
    let condition = socket.hear_the_error().await;
    assert!(["remote-connection-failed", "connection-timeout", "reset"].contains(&condition.as_str()), "{condition}");
}

#[tokio::test]
async fn a_server_that_speaks_nonsense_or_not_at_all_is_told() {
    for says in ["", "HTTP/1.1 400 Bad Request\r\n\r\n", "<html/>", "<stream:stream xmlns:stream='urn:x'>"] {
        let impostor = Impostor::start(Trick::Says(says), "false.test").await;
        let gateway = Gateway::start(&Settings {
            xmpp: format!(
                "[xmpp]\ndomains = [\"false.test\"]\n[xmpp.servers.\"false.test\"]\naddress = \"127.0.0.1:{}\"\nsecurity = \"plain\"\n",
                impostor.port
            ),
            guest: crate::support::gateway::Guest::Unconfigured,
            ..Settings::for_server(crate::support::servers::home())
        });
        let mut socket = Socket::connect(&gateway).await;
        socket.say(&open("false.test")).await;
        assert_eq!(socket.hear_the_error().await, "remote-connection-failed", "the server says {says:?}");
    }
}

/// Two clients with the same resource: the server ends the older one's stream, and says why.
async fn the_servers_own_error_is_passed_on(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let account = server.account();
    let mut first = Socket::signed_in(gateway, &account, "same").await;
    let _second = Socket::signed_in(gateway, &account, "same").await;
    assert_eq!(first.hear_the_error().await, "conflict");
}

/// XEP-0198: where the socket broke, or the gateway was started again, the server keeps what it has for the client.
async fn a_broken_stream_is_resumed(server: &'static Server) {
    let sm = "urn:xmpp:sm:3";
    let mut gateway = Gateway::start(&Settings::for_server(server));
    let (alice, bob) = (server.account(), server.account());
    let bob = Foreign::sign_in(server, &bob).await;
    for is_the_gateways_doing in [false, true] {
        let mut socket = Socket::signed_in(&gateway, &alice, "resumed").await;
        socket.say(&format!("<enable xmlns='{sm}' resume='true'/>")).await;
        let enabled = socket.hear_where(|element| element.ns() == sm && element.name() != "r").await;
        let id = enabled.attr("id").unwrap_or_else(|| panic!("{enabled:?}"));
        if is_the_gateways_doing {
            gateway.restart();
        }
        drop(socket);
        bob.send(&format!("<message to='{}' type='chat'><body>Kept</body></message>", alice.address)).await.unwrap();
        let mut socket = Socket::authenticated(&gateway, &alice).await;
        socket.say(&format!("<resume xmlns='{sm}' previd='{}' h='0'/>", escape(id))).await;
        socket.hear_where(|element| element.is("resumed", sm)).await;
        let message = socket.hear_where(|element| element.name() == "message").await;
        assert_eq!(message.get_child("body", "jabber:client").expect("a body").text(), "Kept");
        socket.say(&format!("<close xmlns='{FRAMING}'/>")).await;
        socket.hear_the_end().await;
    }
}

/// The limiter of the sign-in form counts at this door, too; what is over it never reaches the server.
async fn guesses_are_counted(server: &'static Server) {
    let ear = Proxy::before(server.port).await;
    let gateway = gateway_at(server, ear.port, |settings| {
        settings.limits = "sign_ins_per_address = 1000\nsign_ins_per_account = 3\nfailures_per_server = 0\n".to_owned()
    });
    let account = server.account();
    for n in 0..3 {
        let (mut socket, _) = Socket::opened(&gateway, &server.domain).await;
        socket.say(&plain(account.name(), &format!("guess {n}"))).await;
        assert!(socket.hear().await.is("failure", SASL));
    }
    let before = ear.heard().matches("<auth").count();
    for secret in ["guess 4", &account.password] {
        let (mut socket, _) = Socket::opened(&gateway, &server.domain).await;
        socket.say(&plain(account.name(), secret)).await;
        let refusal = socket.hear().await;
        assert!(refusal.is("failure", SASL), "{refusal:?}");
        assert!(refusal.get_child("temporary-auth-failure", SASL).is_some(), "{refusal:?}");
    }
    assert_eq!(ear.heard().matches("<auth").count(), before, "the server hears of no further guess");
    let other = server.account();
    let (mut socket, _) = Socket::opened(&gateway, &server.domain).await;
    socket.say(&plain(other.name(), &other.password)).await;
    let outcome = socket.hear().await;
    assert!(outcome.get_child("temporary-auth-failure", SASL).is_none(), "others are not shut out: {outcome:?}");
}

async fn a_gateway_that_stops_says_so(server: &'static Server) {
    let mut gateway = Gateway::start(&Settings::for_server(server));
    let (mut open, _) = Socket::opened(&gateway, &server.domain).await;
    let mut unopened = Socket::connect(&gateway).await;
    gateway.stop();
    assert_eq!(open.hear_the_error().await, "system-shutdown");
    unopened.hear_the_end().await;
}

/// The ceilings are those of BOSH: sockets are sessions as others are.
#[tokio::test]
async fn one_address_opens_so_many_sessions() {
    let server = crate::support::servers::home();
    let gateway = Gateway::start(&Settings {
        proxy: "sessions_per_address = 3\nnew_sessions_per_minute = 100\n".to_owned(),
        ..Settings::for_server(server)
    });
    let mut open_ones = Vec::new();
    for _ in 0..3 {
        open_ones.push(Socket::opened(&gateway, &server.domain).await);
    }
    must_be_refused(request(&gateway, Some("xmpp")), 429).await;
    let (mut first, _) = open_ones.remove(0);
    first.say(&format!("<close xmlns='{FRAMING}'/>")).await;
    first.hear_the_end().await;
    drop(first);
    until("there is room again", 10, async || Socket::try_connect(request(&gateway, Some("xmpp"))).await.is_ok()).await;
}

#[tokio::test]
async fn a_door_that_is_switched_off_is_not_there() {
    let gateway = Gateway::start(&Settings {
        proxy: "websocket = false\n".to_owned(),
        ..Settings::for_server(crate::support::servers::home())
    });
    must_be_refused(request(&gateway, Some("xmpp")), 404).await;
}

/// Browsers tell their pages nothing of this status; people who look into their logs find it.
async fn must_be_refused(request: Request, status: u16) {
    match Socket::try_connect(request).await {
        Err(Error::Http(refusal)) => assert_eq!(refusal.status(), status),
        _ => panic!("the door is open"),
    }
}
