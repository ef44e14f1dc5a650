//! What people read when a server is away, silent, false, or says no: a sentence of its own, within ten seconds.

use std::time::{Duration, Instant};

use crate::support::gateway::{Gateway, Guest, Settings};
use crate::support::impostor::{Impostor, Trick};
use crate::support::person::{Person, channel_of};
use crate::support::ports::free_port;
use crate::support::proxy::{Proxy, Weather};
use crate::support::servers::{Server, Tls};

on_servers! { [home prosody_stock prosody prosody_tls ejabberd_stock ejabberd ejabberd_tls] {
    a_wrong_password_is_told_at_once
} }

on_servers! { [home prosody ejabberd] {
    a_wrong_password_is_tried_once
    a_refusal_does_not_tell_whether_there_is_an_account
    a_server_that_goes_away_keeps_the_text
    a_server_that_falls_silent_keeps_the_text
} }

/// A gateway before one false server.
fn gateway_before(domain: &str, port: u16, security: &str) -> Gateway {
    let authority = crate::support::certificates::authority().file();
    Gateway::start(&Settings {
        xmpp: format!(
            "[xmpp]\ndomains = [\"{domain}\"]\nca_file = \"{}\"\n[xmpp.servers.\"{domain}\"]\naddress = \"127.0.0.1:{port}\"\nsecurity = \"{security}\"\n",
            authority.display()
        ),
        guest: Guest::Unconfigured,
        limits: "sign_ins_per_address = 1000\nsign_ins_per_account = 1000\nfailures_per_server = 0\n".to_owned(),
        web: String::new(),
        proxy: String::new(),
        media: String::new(),
        public_url: None,
        address: "127.0.0.1",
    })
}

/// Tries to sign in, and expects a sentence in time.
async fn must_fail_with(gateway: &Gateway, address: &str, password: &str, sentence: &str) {
    let mut person = Person::at(gateway);
    person.visit("/sign-in").await;
    let started = Instant::now();
    person.try_sign_in(address, password).await;
    let took = started.elapsed();
    assert!(person.page.status >= 400, "{}", person.page.text());
    person.page.must_say(sentence);
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    assert_eq!(person.page.form("Sign in").value("address"), Some(address), "what was typed is kept");
    assert_eq!(person.page.form("Sign in").value("password"), Some(""), "the password is not sent back");
}

async fn a_wrong_password_is_told_at_once(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let sentence = "The address or the password is wrong";
    must_fail_with(gateway, &alice.address, "not the password", sentence).await;
    must_fail_with(gateway, &format!("nobody-here@{}", server.domain), "not the password", sentence).await;
    must_fail_with(gateway, "somebody@elsewhere.example", "secret", "People of this server cannot sign in here").await;
    Person::signed_in(gateway, &alice).await;
}

async fn a_refusal_does_not_tell_whether_there_is_an_account(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut answers = Vec::new();
    for address in [alice.address.clone(), format!("nobody-of-this-name@{}", server.domain)] {
        let mut person = Person::at(gateway);
        person.visit("/sign-in").await;
        let form = person.page.form("Sign in").fill("address", &address).fill("password", "a guess");
        let started = Instant::now();
        person.submit(form).await;
        let took = started.elapsed();
        // Servers here say no within some milliseconds, sooner to strangers.
        assert!(took >= Duration::from_millis(500), "{address}: told after {took:?}");
        answers.push((person.page.status, person.page.text().replace(&address, "")));
    }
    assert_eq!(answers[0], answers[1]);
}

async fn a_wrong_password_is_tried_once(server: &'static Server) {
    assert_eq!(server.tls, Tls::Off, "what is said can only be counted where it is not encrypted");
    let proxy = Proxy::before(server.port).await;
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{}\"", proxy.port));
    let gateway = Gateway::start(&settings);
    let (alice, bob) = (server.account(), server.account());
    let tries = |text: String| text.matches("<auth ").count() - text.matches("ANONYMOUS").count();
    must_fail_with(&gateway, &alice.address, "not the password", "The address or the password is wrong").await;
    assert_eq!(tries(proxy.heard()), 1);
    // Somebody else's sign-in takes whole round trips more, its own and a look whether the keys will be good again:
    // nothing was tried again in between.
    Person::signed_in(&gateway, &bob).await;
    assert_eq!(tries(proxy.heard()), 3);
}

/// A person whose server goes away or falls silent in the middle of it all.
async fn keeps_the_text(server: &'static Server, weather: Weather, sentence: &str) {
    let proxy = Proxy::before(server.port).await;
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{}\"", proxy.port));
    let gateway = Gateway::start(&settings);
    let alice = server.account();
    let mut person = Person::signed_in(&gateway, &alice).await;
    person.post("/", "While all is well").await;
    let form = person.page.form("Post").fill("text", "Written into the void");
    proxy.becomes(weather);
    let started = Instant::now();
    person.submit(form).await;
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(person.page.status >= 500, "{}: {}", person.page.status, person.page.text());
    person.page.must_say(sentence);
    assert!(person.page.body.contains("Written into the void"), "the text is given back");
    for path in ["/", &format!("/@nobody-has-asked@{}", server.domain)] {
        let started = Instant::now();
        person.visit(path).await;
        assert!(started.elapsed() < Duration::from_secs(10), "{path}: {:?}", started.elapsed());
    }
    let mut late = Person::at(&gateway);
    late.try_sign_in(&server.account().address, "whatever").await.must_say("The server");
    proxy.becomes(Weather::Fair);
    person.reload_until(&channel_of(&alice), "the channel again", |page| page.says("While all is well")).await;
}

async fn a_server_that_goes_away_keeps_the_text(server: &'static Server) {
    keeps_the_text(server, Weather::Cut, "The connection to the server is lost").await;
}

async fn a_server_that_falls_silent_keeps_the_text(server: &'static Server) {
    keeps_the_text(server, Weather::Silent, "The server did not answer in time").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away() {
    let gateway = gateway_before("away.test", free_port(), "starttls");
    must_fail_with(&gateway, "alice@away.test", "secret", "The server cannot be reached").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing() {
    for trick in [Trick::Silent, Trick::SilentAfterHeader] {
        let impostor = Impostor::start(trick, "silent.test").await;
        let gateway = gateway_before("silent.test", impostor.port, "starttls");
        must_fail_with(&gateway, "alice@silent.test", "secret", "The server does not answer").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name() {
    for trick in [Trick::WrongName, Trick::UnknownAuthority] {
        let mut impostor = Impostor::start(trick, "false.test").await;
        let gateway = gateway_before("false.test", impostor.port, "starttls");
        must_fail_with(&gateway, "alice@false.test", "secret", "certificate is not valid for this domain").await;
        assert!(!impostor.heard().contains("<auth"), "nothing is told to a stranger");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_taken_away() {
    let mut impostor = Impostor::start(Trick::Stripped, "stripped.test").await;
    let gateway = gateway_before("stripped.test", impostor.port, "starttls");
    must_fail_with(&gateway, "alice@stripped.test", "secret", "The server offers no encrypted connection").await;
    assert!(!impostor.heard().contains("<auth"), "nothing is told without encryption");
}
