//! The account's own pages: looks, sign-ins, password, export, leaving.

use crate::support::gateway::{Gateway, Settings};
use crate::support::person::{Person, channel_of};
use crate::support::servers::{self, Account, Server};
use crate::support::sse::Open;

on_servers! { [home prosody ejabberd] {
    pages_are_as_long_as_chosen
    a_sign_in_is_ended_from_another_browser
    a_password_is_changed
    an_account_is_removed
    posts_and_follows_leave_as_files
} }

async fn pages_are_as_long_as_chosen(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let mut person = Person::signed_in(gateway, &server.account()).await;
    for number in 0..12 {
        person.post("/", &format!("Post number {number}")).await;
    }
    assert_eq!(person.visit("/me").await.cards().len(), 12);
    person.follow_link("Account").await.must_be(200);
    let form = person.page.form("Save").fill("posts", "10");
    person.submit(form).await.must_be(200);
    for path in ["/", "/me"] {
        assert_eq!(person.visit(path).await.cards().len(), 10, "{path}");
    }
    person.follow_link("Older posts").await.must_say("Post number 1");
    assert_eq!(person.page.cards().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_choose_looks_and_nothing_else() {
    let gateway = Gateway::shared(servers::home());
    let mut guest = Person::at(gateway);
    guest.visit("/").await;
    assert_eq!(guest.page.count("html[data-theme], html[data-text]"), 0);
    guest.follow_link("Looks").await.must_be(200);
    assert_eq!(guest.page.count("main form"), 1, "a guest has no account");
    let form = guest.page.form("Save").fill("theme", "contrast").fill("text", "largest");
    guest.submit(form).await.must_be(200);
    for path in ["/account", "/", "/channels", "/no/such/page"] {
        guest.visit(path).await;
        assert_eq!(guest.page.count("html[data-theme=contrast][data-text=largest]"), 1, "{path}");
        let cache = guest.page.headers["cache-control"].to_str().unwrap();
        assert!(!cache.contains("public"), "{path} would be shown to others: {cache}");
    }
    let stranger = Person::at(gateway).visit("/").await.count("html[data-theme]");
    assert_eq!(stranger, 0, "what one chose is nothing to the others");
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_that_nobody_can_choose_are_ignored() {
    let gateway = Gateway::shared(servers::home());
    let guest = Person::at(gateway);
    let long = "dark.".repeat(1000);
    for value in ["dark", "dark.normal.21", "dark.normal.20.x", "\"><script>.normal.20", &long] {
        let asked = guest.client().get(guest.url("/account")).header("cookie", format!("looks={value}"));
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{value}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("<html lang=\"en\">"), "{value}");
        assert!(!page.contains("<script>"), "{value}");
    }
    let mut guest = guest;
    let form = guest.visit("/account").await.form("Save");
    let forged = guest.client().post(form.action.clone()).form(&[("csrf", "x"), ("theme", "dark"), ("text", "normal")]);
    assert_eq!(forged.send().await.unwrap().status(), 403, "a form of another site changes nothing");
    let wrong = form.fill("theme", "dark\"><script>");
    guest.submit(wrong).await.must_be(422);
    assert!(guest.page.headers.get("set-cookie").is_none());
}

async fn a_sign_in_is_ended_from_another_browser(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let with = async |account: &Account, browser| {
        let mut person = Person::at(gateway).using(browser);
        person.sign_in(account).await;
        person
    };
    let mut here = with(&alice, "Lynx/2.9").await;
    let mut there = with(&alice, "Dillo/3.0").await;
    let mut third = with(&alice, "w3m/0.5").await;
    let mut other = with(&bob, "Lynx/2.9").await;
    let url = there.url("/events?own=1");
    let mut stream = Open::get(there.client(), url.as_str(), None).await;
    there.visit("/follows").await.form("Follow");

    here.follow_link("Account").await.must_say("since this site was last restarted is not listed");
    assert_eq!(here.page.texts(".rows li").len(), 3, "another person's is not among them");
    assert_eq!(here.page.texts(".rows li:has(.badge)").len(), 1);
    assert!(here.page.texts(".rows li:has(.badge)")[0].contains("Lynx"), "{:?}", here.page.texts(".rows li"));
    here.press("End the sign-in with Dillo").await.must_be(200);
    assert_eq!(here.page.texts(".rows li").len(), 2);
    stream.must_end().await;
    there.visit("/follows").await.form("Sign in");
    third.visit("/follows").await.form("Follow");

    here.press("End all others").await.must_be(200);
    assert_eq!(here.page.texts(".rows li").len(), 1);
    assert!(here.page.find_form("End all others").is_none(), "there are no others");
    third.visit("/follows").await.form("Sign in");
    here.visit("/follows").await.form("Follow");
    other.visit("/follows").await.form("Follow");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_what_belongs_to_another() {
    let server = servers::home();
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut victim = Person::signed_in(gateway, &alice).await;
    let mut second = Person::at(gateway).using("Dillo/3.0");
    second.sign_in(&alice).await;
    victim.visit("/account").await;
    let name = victim.page.form("End the sign-in with Dillo").value("which").unwrap().to_owned();
    let mut evil = Person::signed_in(gateway, &bob).await;
    Person::at(gateway).using("Dillo/3.0").sign_in(&bob).await;
    evil.visit("/account").await;
    let mut form = evil.page.form("End the sign-in with Dillo");
    form.fields.iter_mut().find(|(field, _)| field == "which").unwrap().1 = name;
    evil.submit(form).await.must_be(200);
    second.visit("/follows").await.form("Follow");
    victim.visit("/follows").await.form("Follow");
}

async fn a_password_is_changed(server: &'static Server) {
    let gateway = Gateway::start(&Settings::for_server(server));
    let old = server.account();
    let new = Account { password: "a fresh & better <horse>".to_owned(), ..old.clone() };
    let mut here = Person::signed_in(&gateway, &old).await;
    let mut there = Person::signed_in(&gateway, &old).await;
    let thief = here.cookies();
    here.post("/", "Before the change").await;
    here.follow_link("Account").await;
    here.follow_link("Change the password…").await.must_be(200);
    let form = here.page.form("Change the password");
    let change = |present: &str, new: &str, again: &str| {
        form.clone().fill("Present password", present).fill("New password", new).fill("New password again", again)
    };
    here.submit(change("not the password", &new.password, &new.password)).await.must_be(401);
    here.page.must_say("This is not your present password.");
    here.submit(change(&old.password, &new.password, "another")).await.must_be(422);
    here.page.must_say("not typed the same twice");
    there.visit("/follows").await.form("Follow");

    here.submit(change(&old.password, &new.password, &new.password)).await.must_be(200);
    here.page.must_say("Your password is changed.");
    here.visit("/me").await.must_say("Before the change");
    here.post("/", "After the change").await.must_say("After the change");
    there.visit("/follows").await.form("Sign in");
    let copy = Person::at(&gateway).client().get(here.url("/follows")).header("cookie", thief).send().await.unwrap();
    assert_ne!(copy.status(), 200, "a copy of the old cookie is worth nothing");
    Person::at(&gateway).try_sign_in(&old.address, &old.password).await.must_be(401);
    Person::signed_in(&gateway, &new).await;
    here.visit("/follows").await.form("Follow");
    for password in [&old.password, &new.password, "not the password"] {
        assert!(!gateway.log().contains(password), "a password stands in the log");
    }
}

async fn an_account_is_removed(server: &'static Server) {
    let gateway = Gateway::start(&Settings::for_server(server));
    let alice = server.account();
    let mut here = Person::signed_in(&gateway, &alice).await;
    let mut there = Person::signed_in(&gateway, &alice).await;
    here.follow_link("Account").await;
    here.follow_link("Remove the account…").await.must_say("for good");
    let form = here.page.form("Remove the account");
    let leave =
        |address: &str, password: &str| form.clone().fill("Type the address", address).fill("Password", password);
    here.submit(leave(&server.account().address, &alice.password)).await.must_be(422);
    here.page.must_say("This is not the address of your account.");
    here.submit(leave(&alice.address, "not the password")).await.must_be(401);
    here.page.must_say("This is not your present password.");
    there.visit("/follows").await.form("Follow");

    here.submit(leave(&alice.address, &alice.password)).await.must_be(200);
    here.page.must_say("You are signed out everywhere.");
    assert!(here.page.find_form("Sign out").is_none());
    for browser in [&mut here, &mut there] {
        browser.visit("/follows").await.form("Sign in");
    }
    Person::at(&gateway).try_sign_in(&alice.address, &alice.password).await.must_be(401);
    assert!(!gateway.log().contains(&alice.password), "a password stands in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn present_passwords_are_guessed_no_oftener_than_at_the_door() {
    let server = servers::home();
    let mut settings = Settings::for_server(server);
    settings.limits = "sign_ins_per_address = 1000\nsign_ins_per_account = 4\n".to_owned();
    let gateway = Gateway::start(&settings);
    let alice = server.account();
    let mut person = Person::signed_in(&gateway, &alice).await;
    let guess = person.visit("/account/password").await.form("Change the password");
    let guess = guess.fill("New password", "new").fill("New password again", "new");
    let mut statuses = Vec::new();
    for number in 0..6 {
        let guess = guess.clone().fill("Present password", &format!("guess {number}"));
        statuses.push(person.submit(guess).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 429, 429]);
    person.page.must_say("Too many attempts.");
    person.visit("/account/leave").await;
    let form = person.page.form("Remove the account");
    person.submit(form.fill("Type the address", &alice.address).fill("Password", "guess")).await.must_be(429);
    person.visit("/follows").await.form("Follow");
}

async fn posts_and_follows_leave_as_files(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob, carol) = (server.account(), server.account(), server.account());
    for account in [&bob, &carol] {
        Person::signed_in(gateway, account).await.post("/", "Something to follow").await;
    }
    let mut person = Person::signed_in(gateway, &alice).await;
    for number in 0..60 {
        person.post("/", &format!("Kept <b>as it is</b> & whole, number {number}.")).await;
    }
    person.reply(&channel_of(&bob), "Something to follow", "Not in the own channel").await;
    for account in [&bob, &carol] {
        person.visit(&channel_of(account)).await;
        person.press("Follow").await.must_be(200);
    }
    person.follow_link("Account").await;
    let (posts, follows) = (person.page.link("as an Atom feed"), person.page.link("as OPML"));

    person.visit(posts.as_str()).await.must_be(200);
    assert_eq!(person.page.headers["content-type"], "application/atom+xml; charset=utf-8");
    assert!(person.page.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let feed: minidom::Element = person.page.body.split_once('\n').unwrap().1.parse().unwrap();
    let entries: Vec<_> = feed.children().filter(|child| child.name() == "entry").collect();
    assert_eq!(entries.len(), 60, "all pages of the channel, and nothing else");
    for (number, entry) in (0..60).rev().zip(entries) {
        let content = String::from(entry.get_child("content", minidom::NSChoice::Any).unwrap());
        assert!(content.contains(&format!("number {number}.")), "{content}");
        assert!(content.contains("&lt;b&gt;as it is&lt;/b&gt; &amp; whole"), "{content}");
    }

    person.visit(follows.as_str()).await.must_be(200);
    let file = person.page.body.clone();
    assert!(file.contains(&format!("xmpp:{}", bob.address)) && file.contains(&carol.address), "{file}");

    let mut other = Person::signed_in(gateway, &server.account()).await;
    other.visit(&channel_of(&bob)).await;
    other.press("Follow").await.must_be(200);
    other.follow_link("Account").await;
    other.follow_link("Follow from such a list…").await.must_be(200);
    let wrong = "<outline xmlUrl=\"xmpp:@@\"/></body>";
    let form = other.page.form("Follow them");
    other.submit(form.clone().choose("follows.opml", "text/x-opml", file.replace("</body>", wrong).as_bytes())).await;
    other.page.must_be(200);
    let rows = other.page.texts(".rows li");
    let row = |address: &str| rows.iter().find(|row| row.contains(address)).unwrap_or_else(|| panic!("{rows:?}"));
    assert!(row(&bob.address).contains("followed already"), "{rows:?}");
    assert!(row(&carol.address).ends_with("followed"), "{rows:?}");
    assert!(row("xmpp:@@").contains("refused"), "{rows:?}");
    other.visit("/follows").await.must_say(&carol.address);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_lists_of_follows_are_refused() {
    let server = servers::home();
    let gateway = Gateway::shared(server);
    let mut person = Person::signed_in(gateway, &server.account()).await;
    person.visit("/account/follows").await;
    let form = person.page.form("Follow them");
    let outlines: String = (0..501).map(|n| format!("<outline xmlUrl='xmpp:c{n}@example.org'/>")).collect();
    let laughs = "<!DOCTYPE opml [<!ENTITY a 'xmpp:a@example.org'>]><opml><body><outline url='&a;'/></body></opml>";
    for (file, told) in [
        (laughs.to_owned(), "The file is not OPML."),
        ("\u{0}\u{1}".to_owned(), "The file is not OPML."),
        ("<opml><body/></opml>".to_owned(), "names no channel"),
        (format!("<opml><body>{outlines}</body></opml>"), "more than 500 channels"),
        (format!("<opml><body>{}</body></opml>", "<outline>".repeat(100_000)), "."),
        ("x".repeat(5_000_000), "The file is"),
    ] {
        person.submit(form.clone().choose("follows.opml", "text/x-opml", file.as_bytes())).await.must_be(422);
        person.page.must_say(told);
        assert!(person.page.texts(".rows li").is_empty());
    }
    person.submit(form).await.must_say("Choose a file first.");
    person.visit("/follows").await.must_say("You follow no channel yet.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_the_server_does_not_like_changes_nothing() {
    let server = servers::home();
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut here = Person::signed_in(gateway, &alice).await;
    let mut there = Person::signed_in(gateway, &alice).await;
    // Nobody can type this character on another device (RFC 4013 §2.3).
    let new = "secret \u{e000}";
    let form = here.visit("/account/password").await.form("Change the password");
    let form = form.fill("Present password", &alice.password).fill("New password", new);
    here.submit(form.fill("New password again", new)).await.must_be(422);
    here.page.must_say("Your server did not accept this: This password cannot be used.");
    assert!(!here.page.body.contains(new) && !here.page.body.contains(&alice.password), "a password came back");
    here.visit("/follows").await.form("Follow");
    there.visit("/follows").await.form("Follow");
    Person::signed_in(gateway, &alice).await;
}
