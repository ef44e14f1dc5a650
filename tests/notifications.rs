//! What somebody is told of: what others did that concerns them, counted on every page and listed on one.

use crate::support::browser::{Look, Tab};
use crate::support::channel_service::ChannelService;
use crate::support::gateway::{Gateway, Settings};
use crate::support::page::Page;
use crate::support::person::{Person, channel_of};
use crate::support::servers::{self, Account, Server};

on_servers! { [home prosody ejabberd] {
    replies_likes_and_mentions_are_told_and_reading_them_is_kept
    nobody_is_told_of_what_they_did
} }

on_servers! { [home_channels prosody_channels ejabberd_channels] {
    a_request_is_told_and_answered_where_it_is_told
    posts_and_replies_in_ones_channel_are_told
} }

const PAGE: &str = "/notifications";
const NOTHING: [&str; 0] = [];

/// What the page tells, newest first, without the words that it quotes.
fn told(page: &Page) -> Vec<String> {
    page.texts(".notifications .row-name a")
}

/// The number on the bell; 0 where there is none.
fn counted(page: &Page) -> usize {
    page.texts("#notified [aria-hidden]").first().map_or(0, |number| number.trim().parse().unwrap())
}

fn has(page: &Page, sentence: &str) -> bool {
    told(page).iter().any(|line| line.contains(sentence))
}

/// Somebody who writes, and somebody who answers.
async fn pair(server: &'static Server, gateway: &Gateway) -> (Person, Person, Account, Account) {
    let (alice, bob) = (server.account(), server.account());
    let author = Person::signed_in(gateway, &alice).await;
    let other = Person::signed_in(gateway, &bob).await;
    (author, other, alice, bob)
}

async fn replies_likes_and_mentions_are_told_and_reading_them_is_kept(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (mut author, mut other, alice, bob) = pair(server, gateway).await;
    author.visit(PAGE).await.must_say("Nothing here yet");
    author.post(&channel_of(&alice), "Who reads this?").await;
    other.reply(&channel_of(&alice), "Who reads this?", "I do, with pleasure").await;
    author.reload_until("/", "that something is new", |page| counted(page) == 1).await;
    author.visit(PAGE).await.must_say("I do, with pleasure");
    assert!(has(&author.page, "replied to you"), "{:?}", told(&author.page));
    assert_eq!(author.page.count(".notifications .badge.mention"), 1, "it is new");
    assert_eq!(counted(&author.page), 0, "and is read now");
    author.page.must_be(200);
    author.follow_link("replied to you").await.must_say("I do, with pleasure");

    other.visit(&channel_of(&alice)).await;
    other.open_post("Who reads this?").await;
    other.press("Like").await;
    other.page.must_be(200);
    author.reload_until(PAGE, "the like", |page| has(page, "likes your post")).await;
    assert_eq!(told(&author.page).len(), 2);
    author.visit(PAGE).await;
    assert_eq!(author.page.count(".notifications .badge.mention"), 0, "nothing of it is new");

    // Somebody else's post that one reads tells of itself.
    other.post(&channel_of(&bob), &format!("Ask {} about it", alice.address)).await;
    author.visit(&channel_of(&bob)).await.must_say("about it");
    assert_eq!(counted(author.visit("/").await), 1);
    assert!(has(author.visit(PAGE).await, "mentioned you"));

    // Another gateway reads it all from the server, and what was read with it.
    let elsewhere = Gateway::start(&Settings::for_server(server));
    let mut again = Person::signed_in(&elsewhere, &alice).await;
    again
        .reload_until(PAGE, "what was missed", |page| has(page, "replied to you") && has(page, "likes your post"))
        .await;
    assert!(told(&again.page).iter().all(|line| !line.contains(&alice.address)));
    assert_eq!(told(other.visit(PAGE).await), NOTHING);
}

async fn nobody_is_told_of_what_they_did(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (mut author, mut other, alice, bob) = pair(server, gateway).await;
    author.post(&channel_of(&alice), &format!("I am {}", alice.address)).await;
    author.reply(&channel_of(&alice), "I am", "And I answer myself").await;
    other.reply(&channel_of(&alice), "I am", "The only one to tell of").await;
    author.reload_until(PAGE, "the reply", |page| has(page, "replied to you")).await;
    assert_eq!(told(&author.page).len(), 1, "{:?}", told(&author.page));
    assert_eq!(told(other.visit(PAGE).await), NOTHING, "{}", bob.address);
}

async fn a_request_is_told_and_answered_where_it_is_told(server: &'static Server) {
    let gateway = Gateway::shared(server);
    ChannelService::of(server);
    let (mut author, mut other, alice, bob) = pair(server, gateway).await;
    let channel = format!("/b/{}", alice.address);
    author.post("/", "Behind a door").await;
    author.visit(&format!("{channel}/settings")).await;
    let form = author.page.form("Save").fill("Who may read it", "restricted");
    author.submit(form).await;
    author.page.must_be(200);
    other.visit(&channel).await;
    other.press("Follow").await;
    author.reload_until(PAGE, "the request", |page| has(page, "asks to follow")).await;
    author.press(&format!("Approve {}", bob.address)).await;
    author.page.must_be(200);
    assert!(author.page.url.path() == PAGE && !has(&author.page, "asks to follow"), "{:?}", told(&author.page));
    other.reload_until(&channel, "what is behind it", |page| page.text().contains("Behind a door")).await;
    assert!(!has(author.visit(PAGE).await, &bob.address), "it was the author's own deed");
}

async fn posts_and_replies_in_ones_channel_are_told(server: &'static Server) {
    let gateway = Gateway::shared(server);
    ChannelService::of(server);
    let (mut author, mut other, alice, _) = pair(server, gateway).await;
    let channel = format!("/b/{}", alice.address);
    author.post("/", "Come in").await;
    author.visit(PAGE).await.must_say("Nothing here yet");
    other.visit(&channel).await;
    other.press("Follow").await;
    author.reload_until(PAGE, "the follower", |page| has(page, "follows you")).await;
    other.reply(&channel, "Come in", "Here I am").await;
    author.reload_until("/", "that something is new", |page| counted(page) == 1).await;
    author.visit(PAGE).await.must_say("Here I am");
    assert!(has(&author.page, "replied to you"));
}

/// With scripts the number comes while a page is open, into the bell, the title and the icon.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_counts_what_comes() {
    let server = servers::home();
    let gateway = Gateway::shared(server);
    let (mut author, mut other, alice, _) = pair(server, gateway).await;
    author.post(&channel_of(&alice), "Open all day").await;
    for width in [1280, 360] {
        author.visit(PAGE).await;
        let tab = Tab::looking(&gateway.url, Look { width, ..Look::default() }).await;
        tab.sign_in(&alice).await;
        tab.visit("/").await;
        assert_eq!(tab.evaluate("document.title.startsWith('(')").await, false);
        other.reply(&channel_of(&alice), "Open all day", &format!("Seen at {width}")).await;
        tab.wait_for("the number in the title", "document.title.startsWith('(1) ')").await;
        assert_eq!(tab.evaluate("document.querySelector('link[rel=icon]').href.includes('icon-dot')").await, true);
        assert_eq!(tab.evaluate("document.querySelector('.bell').getClientRects().length > 0").await, true);
        let is_wider = "document.documentElement.scrollWidth > innerWidth";
        assert_eq!(tab.evaluate(is_wider).await, false, "{width}");
        tab.visit(PAGE).await;
        assert_eq!(tab.evaluate("document.title.startsWith('(')").await, false, "it is read");
        assert_eq!(tab.axe().await, Vec::<String>::new(), "{width}");
        tab.must_be_clean();
    }
}
