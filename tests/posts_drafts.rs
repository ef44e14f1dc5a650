//! Drafts in one's own account.

use crate::support::foreign::Foreign;
use crate::support::gateway::Gateway;
use crate::support::page::Form;
use crate::support::person::{Person, channel_of};
use crate::support::servers::Server;

on_servers! { [home prosody ejabberd] {
    a_draft_is_kept_for_oneself_until_it_is_posted
    there_are_only_so_many
} }

fn keep(person: &Person, text: &str) -> Form {
    person.page.form("Keep as draft").fill("text", text)
}

async fn a_draft_is_kept_for_oneself_until_it_is_posted(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "What everybody reads").await;
    author.visit("/").await;
    let form = keep(&author, "Half a *thought*\n\nand more").fill("warning", "Unripe");
    author.submit(form).await.must_be(200);
    assert_eq!(author.page.url.path(), "/drafts");
    author.page.must_say("Unripe");
    author.page.must_say("only you can read them");
    author.visit(&channel_of(&alice)).await.must_not_say("Half a");

    // Nobody else reads it, not even by asking the server.
    let client = Foreign::sign_in(server, &bob).await;
    assert!(client.items(&alice.address, "urn:cirrus:drafts:0").await.is_err(), "it is private");
    client.sign_out().await;
    let mut other = Person::signed_in(gateway, &bob).await;
    other.visit("/drafts").await.must_say("You keep no drafts");

    // Another browser goes on with it.
    let mut author = Person::signed_in(gateway, &alice).await;
    author.visit("/drafts").await;
    author.follow_link("Unripe").await.must_be(200);
    let form = keep(&author, "A whole thought");
    assert_eq!(form.value("warning"), Some("Unripe"));
    author.submit(form).await.must_be(200);
    assert_eq!(author.page.texts(".rows > li").len(), 1, "it is the same draft: {}", author.page.text());
    author.follow_link("Unripe").await;
    let form = author.page.form("Post");
    assert_eq!(form.value("text"), Some("A whole thought"));
    author.submit(form.fill("warning", "")).await.must_be(200);
    author.page.must_say("A whole thought");
    author.visit("/drafts").await.must_say("You keep no drafts");

    author.visit("/").await;
    author.submit(keep(&author, "Another one")).await.must_say("Another one");
    author.press("Throw away").await.must_say("You keep no drafts");
    author.visit("/drafts/no-such-draft").await.must_be(404);
    author.visit("/").await;
    author.submit(keep(&author, "  ")).await.must_be(422);
}

async fn there_are_only_so_many(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let mut author = Person::signed_in(gateway, &server.account()).await;
    for number in 0..20 {
        author.visit("/").await;
        author.submit(keep(&author, &format!("Draft {number}"))).await.must_be(200);
    }
    assert_eq!(author.page.texts(".rows > li").len(), 20, "all of them are kept: {}", author.page.text());
    author.visit("/").await;
    author.submit(keep(&author, "One too many")).await.must_be(422);
    author.page.must_say("No more drafts can be kept");
    assert_eq!(author.page.form("Post").value("text"), Some("One too many"), "nothing is lost");
}
