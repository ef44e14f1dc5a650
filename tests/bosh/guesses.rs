//! Guessing passwords over BOSH: how few guesses reach the server, and that others still sign in.

use crate::support::bosh::Door;
use crate::support::bosh::session::{SASL, Session, plain};
use crate::support::gateway::{Gateway, Settings};
use crate::support::proxy::Proxy;
use crate::support::servers;

/// A gateway with the limits as they are shipped, behind a trusted proxy of ours, before a server whose ear we have.
async fn guarded() -> (Gateway, Door, Proxy) {
    let server = servers::home();
    let proxy = Proxy::before(server.port).await;
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{}\"", proxy.port));
    settings.limits = String::new();
    settings.web = "trusted_proxies = [\"127.0.0.1/32\"]\n".to_owned();
    // Only attempts to sign in are counted here.
    settings.proxy = "exempt_networks = [\"0.0.0.0/0\", \"::/0\"]\n".to_owned();
    let gateway = Gateway::start(&settings);
    let door = Door::to(&gateway, server);
    (gateway, door, proxy)
}

fn from(address: &str) -> String {
    format!("X-Forwarded-For: {address}\r\n")
}

fn tries(proxy: &Proxy) -> usize {
    proxy.heard().matches("PLAIN").count()
}

/// Guesses until the session ends; gives how many were refused without asking the server.
async fn guess(session: &mut Session, names: impl Iterator<Item = String>) -> usize {
    let mut refused = 0;
    for name in names {
        let answer = session.ask(&plain(&name, "a guess")).await;
        if answer.is_terminate() {
            break;
        }
        let failure = session.hear_from(answer, |element| element.is("failure", SASL)).await;
        refused += usize::from(failure.has_child("temporary-auth-failure", SASL));
    }
    refused
}

#[tokio::test]
async fn a_thousand_guesses_for_one_account() {
    let (_gateway, door, proxy) = guarded().await;
    let (alice, bob) = (door.account(), door.account());
    let mut refused = 0;
    for number in 0..200 {
        let mut session = Session::open_with(door, &from(&format!("198.51.100.{number}")), &[]).await;
        refused += guess(&mut session, std::iter::repeat_n(alice.name().to_owned(), 5)).await;
    }
    let reached = tries(&proxy);
    assert!(reached <= 10, "{reached} guesses of one account reached the server");
    assert!(refused >= 990, "{refused}");
    let mut other = Session::open_with(door, &from("203.0.113.7"), &[]).await;
    other.enter(&bob).await;
}

#[tokio::test]
async fn a_thousand_guesses_from_one_network() {
    let (_gateway, door, proxy) = guarded().await;
    let bob = door.account();
    for number in 0..200 {
        // One household has a whole /64.
        let mut session = Session::open_with(door, &from(&format!("2001:db8:1:2::{number:x}")), &[]).await;
        guess(&mut session, (0..5).map(|turn| format!("nobody-{number}-{turn}"))).await;
    }
    let reached = tries(&proxy);
    assert!(reached <= 10, "{reached} guesses from one network reached the server");
    let mut other = Session::open_with(door, &from("2001:db8:1:3::1"), &[]).await;
    other.enter(&bob).await;
}

/// However the message of PLAIN is sent, and in however many streams.
#[tokio::test]
async fn a_guess_in_two_steps_and_in_many_streams() {
    let (_gateway, door, proxy) = guarded().await;
    let account = door.account();
    let response = plain(account.name(), "a guess")
        .replace("<auth ", "<response ")
        .replace(" mechanism='PLAIN'", "")
        .replace("</auth>", "</response>");
    // The same in other letters.
    let prefixed = response.replace("<response xmlns=", "<s:response xmlns:s=").replace("</response>", "</s:response>");
    for number in 0..15 {
        let mut session = Session::open_with(door, &from(&format!("198.51.100.{number}")), &[]).await;
        let begin = format!("<auth xmlns='{SASL}' mechanism='PLAIN'/>");
        let first = session.ask_for(&begin, |element| element.ns() == SASL).await;
        if first.name() == "challenge" {
            let response = if number % 2 == 0 { &response } else { &prefixed };
            session.ask_for(response, |element| element.is("failure", SASL)).await;
        }
    }
    let reached = proxy.heard().matches("response xmlns").count();
    assert!(reached <= 10, "{reached} guesses reached the server");
}

/// The form and BOSH share what may be tried.
#[tokio::test]
async fn guesses_at_all_doors_are_counted_together() {
    let (gateway, door, proxy) = guarded().await;
    let account = door.account();
    for _ in 0..4 {
        let mut session = Session::open_with(door, &from("198.51.100.1"), &[]).await;
        guess(&mut session, std::iter::repeat_n(account.name().to_owned(), 5)).await;
    }
    let reached = tries(&proxy);
    let mut person = crate::support::person::Person::at(&gateway);
    person.try_sign_in(&account.address, &account.password).await.must_be(429);
    assert_eq!(tries(&proxy), reached);
}

/// Servers make different things of what is no plain message of SASL: none of them sees it.
#[tokio::test]
async fn what_hides_a_guess_goes_nowhere() {
    let (_gateway, door, proxy) = guarded().await;
    let account = door.account();
    let mut session = Session::open_with(door, &from("198.51.100.1"), &[]).await;
    let hidden = plain(account.name(), "a guess").replacen('>', "><x xmlns='urn:x'/>", 1);
    let failure = session.ask_for(&hidden, |element| element.is("failure", SASL)).await;
    assert!(failure.has_child("malformed-request", SASL), "{}", String::from(&failure));
    assert_eq!(tries(&proxy), 0);
}
