//! What a server refused is not sent to it again, and several browsers of a person are one session.

use crate::support::foreign::Foreign;
use crate::support::gateway::{Gateway, Guest, Settings};
use crate::support::person::Person;
use crate::support::proxy::Proxy;
use crate::support::servers::{Account, Server};

on_servers! { [home prosody ejabberd] {
    a_refused_secret_is_not_sent_again
    browsers_that_sign_in_together_share_a_session
} }

/// A gateway whose words to the server are heard.
async fn overheard(server: &Server, change: impl FnOnce(&mut Settings)) -> (Gateway, Proxy) {
    let proxy = Proxy::before(server.port).await;
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{}\"", proxy.port));
    change(&mut settings);
    (Gateway::start(&settings), proxy)
}

/// How often somebody tried to sign in who said who it is.
fn tries(proxy: &Proxy) -> usize {
    let text = proxy.heard();
    text.matches("<auth ").count() - text.matches("ANONYMOUS").count()
}

async fn a_refused_secret_is_not_sent_again(server: &'static Server) {
    let (mut gateway, proxy) = overheard(server, |_| {}).await;
    let alice = server.account();
    let mut person = Person::signed_in(&gateway, &alice).await;
    let cookies = person.cookies();

    let elsewhere = Foreign::sign_in(server, &alice).await;
    let changed = Account { password: "another horse, correct".to_owned(), ..alice.clone() };
    let query = format!(
        "<query xmlns='jabber:iq:register'><username>{}</username><password>{}</password></query>",
        alice.name(),
        changed.password
    );
    elsewhere.iq("set", Some(&server.domain), &query).await.expect("the password is changed");
    elsewhere.sign_out().await;
    gateway.restart();

    let before = tries(&proxy);
    let client = crate::support::web::client().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let visits = (0..20).map(|number| {
        let path = ["/", "/follows", "/events"][number % 3];
        client.get(person.url(path)).header("cookie", cookies.clone()).send()
    });
    for answer in futures::future::join_all(visits).await {
        let status = answer.unwrap().status();
        assert!(status.is_client_error(), "{status}");
    }
    assert!(tries(&proxy) - before <= 1, "the server was asked {} times", tries(&proxy) - before);

    person.visit("/follows").await.must_say("no longer accepts the saved password");
    person.page.link("Sign in");
    person.sign_in(&changed).await;
    person.visit("/follows").await.must_be(200);
}

async fn browsers_that_sign_in_together_share_a_session(server: &'static Server) {
    let (gateway, proxy) = overheard(server, |settings| settings.limits.push_str("sessions = 1\n")).await;
    let alice = server.account();
    let (mut one, mut other) = (Person::at(&gateway), Person::at(&gateway));
    tokio::join!(one.sign_in(&alice), other.sign_in(&alice));
    Person::signed_in(&gateway, &alice).await;
    let bound = proxy.heard().matches("urn:ietf:params:xml:ns:xmpp-bind").count();
    let is_guest_bound = proxy.heard().contains("ANONYMOUS");
    assert_eq!(bound, 1 + usize::from(is_guest_bound), "one session for all browsers");
    Person::at(&gateway)
        .try_sign_in(&server.account().address, &alice.password)
        .await
        .must_say("Too many people are signed in here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_guest_is_told_to_the_operator_once() {
    let server = crate::support::servers::home();
    let stranger = Account { password: "not the password".to_owned(), ..server.account() };
    let (gateway, proxy) = overheard(server, |settings| settings.guest = Guest::Account(stranger)).await;
    let mut reader = Person::at(&gateway);
    for _ in 0..5 {
        reader.visit("/").await.must_say("cannot be read here without signing in");
    }
    assert_eq!(tries(&proxy), 1);
    assert_eq!(gateway.log().matches("guest.password_file").count(), 1, "{}", gateway.log());
}
