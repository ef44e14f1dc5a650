//! What posts can do in a browser with scripts.

use crate::support::browser::Tab;
use crate::support::gateway::Gateway;
use crate::support::person::{Person, channel_of};
use crate::support::servers::Server;

on_servers! { [home] {
    times_are_relative_and_name_the_exact_one
    what_arrives_can_be_shared
    a_draft_is_kept_without_a_reload_of_ones_own
} }

async fn times_are_relative_and_name_the_exact_one(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "A moment ago").await;
    let exact = author.page.texts("article time").remove(0);
    assert!(exact.ends_with("UTC"), "{exact}");
    let tab = Tab::open(&gateway.url).await;
    tab.visit(&channel_of(&alice)).await;
    tab.wait_for("the relative time", "document.querySelector('article time').textContent === 'now'").await;
    assert_eq!(tab.evaluate("document.querySelector('article time').title").await, exact.as_str());
    tab.must_be_clean();
}

async fn what_arrives_can_be_shared(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "The first").await;
    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(&bob).await;
    tab.visit(&channel_of(&alice)).await;
    author.post("/", "Here live").await;
    tab.wait_for("the news", "document.querySelector('#news button')").await;
    tab.evaluate("document.querySelector('#news button').click()").await;
    tab.wait_for_text("Here live").await;
    let strip = "[...document.querySelectorAll('#posts > li:first-child .strip a')].map(a => a.textContent).join()";
    assert_eq!(tab.evaluate(strip).await, "Share");
    tab.evaluate("document.querySelector('#posts > li:first-child .strip a').click()").await;
    tab.wait_for_text("Share this post").await;
    tab.must_be_clean();
}

async fn a_draft_is_kept_without_a_reload_of_ones_own(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(&server.account()).await;
    tab.visit("/").await;
    tab.write("#composer-text", "Kept with scripts").await;
    tab.evaluate("document.querySelector('#composer button[value=keep]').click()").await;
    tab.wait_for_text("Your drafts").await;
    tab.wait_for_text("Kept with scripts").await;
    tab.must_be_clean();
}
