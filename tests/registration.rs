//! Making an account through the gateway, with the server's own form (XEP-0077).

use crate::support::foreign::Foreign;
use crate::support::gateway::Gateway;
use crate::support::person::Person;
use crate::support::servers::{Account, Server};

on_servers! { [home prosody prosody_tls ejabberd ejabberd_tls] {
    makes_an_account
} }

on_servers! { [ejabberd_stock] {
    says_where_none_can_be_made
} }

on_servers! { [prosody_stock] {
    says_when_the_server_refuses
} }

async fn makes_an_account(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let name = format!("newcomer{}", server.account().name());
    let account = Account { address: format!("{name}@{}", server.domain), password: "a fresh password".to_owned() };
    let mut person = Person::at(gateway);
    person.visit("/sign-in").await;
    person.follow_link("Make one").await.must_be(200);
    let form =
        person.page.form("Make the account").fill("field-username", &name).fill("field-password", &account.password);
    person.submit(form).await;
    person.page.must_be(200);
    person.page.must_say("Your account is made");
    let form = person.page.form("Sign in");
    assert_eq!(form.value("address"), Some(account.address.as_str()));
    person.submit(form.fill("password", &account.password)).await.form("Sign out");
    Foreign::sign_in(server, &account).await.sign_out().await;

    let mut second = Person::at(gateway);
    second.visit("/register").await;
    let form = second.page.form("Make the account").fill("field-username", &name).fill("field-password", "another");
    second.submit(form).await;
    assert!((400..500).contains(&second.page.status), "a name is given once: {}", second.page.text());
    assert_eq!(second.page.form("Make the account").value("field-username"), Some(name.as_str()));
}

async fn says_where_none_can_be_made(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let mut person = Person::at(gateway);
    person.visit("/register").await;
    assert!(person.page.find_form("Make the account").is_none(), "{}", person.page.text());
    assert!(person.page.find_form("Sign out").is_none());
    person.page.must_be(403);
    person.page.link("Sign in");
    // Once that is known, nobody is sent there.
    person.reload_until("/", "that no account can be made", |page| !page.says("Make an account")).await;
    person.visit("/sign-in").await.must_not_say("No account yet?");
}

/// As Debian ships it, Prosody shows its form to everybody and takes only people with an invitation.
async fn says_when_the_server_refuses(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let mut person = Person::at(gateway);
    person.visit("/register").await;
    let form =
        person.page.form("Make the account").fill("field-username", "uninvited").fill("field-password", "a secret");
    person.submit(form).await;
    assert!(person.page.status >= 400, "{}", person.page.text());
    person.page.must_say("did not accept this");
    assert_eq!(
        person.page.form("Make the account").value("field-username"),
        Some("uninvited"),
        "what was typed is kept"
    );
}
