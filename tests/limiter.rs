//! Guessing passwords: how few guesses reach the server, and that others still sign in.

use crate::support::gateway::{Gateway, Settings};
use crate::support::page::Form;
use crate::support::person::Person;
use crate::support::proxy::Proxy;
use crate::support::servers::{self, Server};

/// A gateway with the limits as they are shipped, behind a proxy of ours, before a server whose ear we have.
async fn guarded(server: &'static Server, web: &str) -> (Gateway, Proxy) {
    let proxy = Proxy::before(server.port).await;
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{}\"", proxy.port));
    settings.limits = String::new();
    settings.web = web.to_owned();
    (Gateway::start(&settings), proxy)
}

fn tries(proxy: &Proxy) -> usize {
    let text = proxy.heard();
    text.matches("<auth ").count() - text.matches("ANONYMOUS").count()
}

async fn sign_in_form(gateway: &Gateway) -> (Person, Form) {
    let mut person = Person::at(gateway);
    let form = person.visit("/sign-in").await.form("Sign in");
    (person, form)
}

async fn guess(person: &Person, form: &Form, client: &str, address: &str, password: &str) -> u16 {
    let form = form.clone().fill("address", address).fill("password", password);
    let request = person.client().post(form.action).header("x-forwarded-for", client).form(&form.fields);
    request.send().await.unwrap().status().as_u16()
}

const BEHIND_PROXY: &str = "trusted_proxies = [\"127.0.0.1/32\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_guesses_for_one_account() {
    let server = servers::prosody();
    let (gateway, proxy) = guarded(server, BEHIND_PROXY).await;
    let (alice, bob) = (server.account(), server.account());
    let (person, form) = sign_in_form(&gateway).await;
    let mut refused = 0;
    for number in 0..1000 {
        let client = format!("198.51.100.{}", number % 50);
        match guess(&person, &form, &client, &alice.address, &format!("guess {number}")).await {
            401 => {}
            429 => refused += 1,
            status => panic!("guess {number}: {status}"),
        }
    }
    let reached = tries(&proxy);
    assert!(reached <= 10, "{reached} guesses of one account reached the server");
    assert!(refused >= 990, "{refused}");
    assert_eq!(guess(&person, &form, "203.0.113.7", &bob.address, &bob.password).await, 303, "somebody else signs in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_guesses_from_one_network() {
    let server = servers::prosody();
    let (gateway, proxy) = guarded(server, BEHIND_PROXY).await;
    let bob = server.account();
    let (person, form) = sign_in_form(&gateway).await;
    for number in 0..1000 {
        // One household has a whole /64.
        let client = format!("2001:db8:1:2::{number:x}");
        let address = format!("nobody-{number}@{}", server.domain);
        let status = guess(&person, &form, &client, &address, "guess").await;
        assert!(matches!(status, 401 | 429), "guess {number}: {status}");
    }
    let reached = tries(&proxy);
    assert!(reached <= 10, "{reached} guesses from one network reached the server");
    assert_eq!(guess(&person, &form, "2001:db8:1:3::1", &bob.address, &bob.password).await, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_chooses_an_address() {
    let server = servers::prosody();
    let (gateway, proxy) = guarded(server, "").await;
    let (person, form) = sign_in_form(&gateway).await;
    for number in 0..40 {
        let address = format!("nobody-{number}@{}", server.domain);
        guess(&person, &form, &format!("198.51.100.{number}"), &address, "guess").await;
    }
    assert!(tries(&proxy) <= 10, "a header that no configured proxy has set is not believed");
}

/// Guesses from many addresses for as many accounts, each of which tries so little that no other limit holds it.
async fn many_guess_a_little(person: &Person, form: &Form, server: &Server) {
    for number in 0..120 {
        let client = format!("198.51.100.{}", number % 40);
        let status = guess(person, form, &client, &format!("nobody-{}@{}", number % 40, server.domain), "guess").await;
        assert!(matches!(status, 401 | 429), "guess {number}: {status}");
    }
}

/// ejabberd as shipped bans an address for an hour after 20 failures, and ours is the only one it sees.
#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_ban_is_never_reached() {
    let server = servers::ejabberd_stock();
    let (gateway, proxy) = guarded(server, BEHIND_PROXY).await;
    let (bob, carol) = (server.account(), server.account());
    let (person, form) = sign_in_form(&gateway).await;
    assert_eq!(guess(&person, &form, "203.0.113.7", &bob.address, &bob.password).await, 303);
    let (person, form) = sign_in_form(&gateway).await;
    let before = tries(&proxy);
    many_guess_a_little(&person, &form, server).await;
    let reached = tries(&proxy) - before;
    assert!(reached < 20, "{reached} guesses reached the server");
    assert_eq!(guess(&person, &form, "203.0.113.8", &carol.address, &carol.password).await, 429);
    assert_eq!(guess(&person, &form, "203.0.113.7", &bob.address, &bob.password).await, 303, "who is known signs in");
    let (person, form) = sign_in_form(&gateway).await;
    assert_eq!(guess(&person, &form, "203.0.113.9", &carol.address, &carol.password).await, 303, "and makes it good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_exempts_us_bans_nobody() {
    let server = servers::ejabberd();
    let mut settings = Settings::for_server(server);
    settings.limits = "failures_per_server = 0\n".to_owned();
    settings.web = BEHIND_PROXY.to_owned();
    let gateway = Gateway::start(&settings);
    let carol = server.account();
    let (person, form) = sign_in_form(&gateway).await;
    many_guess_a_little(&person, &form, server).await;
    assert_eq!(guess(&person, &form, "203.0.113.8", &carol.address, &carol.password).await, 303);
}
