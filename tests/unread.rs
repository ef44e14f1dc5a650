//! What is new to somebody: counted beside each channel, and the same in all browsers and at all gateways.

use crate::support::browser::{Look, Tab};
use crate::support::channel_service::ChannelService;
use crate::support::foreign::Foreign;
use crate::support::gateway::{Gateway, Settings};
use crate::support::page::Page;
use crate::support::patience::until;
use crate::support::person::{Person, channel_of};
use crate::support::servers::{self, Account, Server};

on_servers! { [home prosody ejabberd] {
    what_is_new_is_counted_until_it_is_read
    gateways_agree_on_what_was_read
    everything_is_read_at_once
} }

on_servers! { [home_channels prosody_channels ejabberd_channels] {
    what_is_new_in_buddycloud_channels_is_counted
} }

/// What a list of channels says is new.
fn news(page: &Page) -> Vec<String> {
    page.texts(".rows .badge").into_iter().filter(|badge| badge != "yours").collect()
}

const MARKERS: &str = "urn:cirrus:read:0";
const NOTHING: [&str; 0] = [];

/// An author and somebody who follows them, with their accounts; one post is written.
async fn pair(server: &'static Server, gateway: &Gateway) -> (Person, Person, Account, Account) {
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "Before anybody came").await;
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&channel_of(&alice)).await;
    reader.press("Follow").await;
    reader.page.must_be(200);
    (author, reader, alice, bob)
}

async fn what_is_new_is_counted_until_it_is_read(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (mut author, mut reader, alice, bob) = pair(server, gateway).await;
    assert_eq!(news(reader.visit("/follows").await), NOTHING);
    author.post("/", "One for all").await;
    let name = bob.address.clone();
    author.post("/", &format!("One for @{name}!")).await;
    author.post("/", &format!("None for x{name}")).await;
    reader.reload_until("/follows", "three new posts", |page| news(page).contains(&"3 new".to_owned())).await;
    assert_eq!(news(&reader.page), ["one mention", "3 new"]);
    reader.visit("/").await;
    assert_eq!(reader.page.texts(".beside .unread").len(), 1, "one channel has news");
    assert!(reader.page.texts(".places a").iter().any(|text| text.contains("Following 1")));
    assert_eq!(news(author.visit("/follows").await), NOTHING);

    reader.visit(&channel_of(&alice)).await.must_say("One for all");
    reader.page.must_be(200);
    assert_eq!(reader.page.count(".beside .unread"), 0, "this page shows what is new");
    assert_eq!(news(reader.visit("/follows").await), NOTHING);
}

async fn gateways_agree_on_what_was_read(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (mut author, mut reader, alice, bob) = pair(server, gateway).await;
    author.post("/", "Read here, and read there").await;
    reader.reload_until("/follows", "a new post", |page| news(page).contains(&"1 new".to_owned())).await;
    let own = Foreign::sign_in(server, &bob).await;
    let kept = async || {
        let answer = own.items(&bob.address, MARKERS).await.unwrap_or_default();
        answer.split_once("<read").map(|(_, kept)| kept.to_owned()).unwrap_or_default()
    };
    // That the channel was read when it was followed.
    until("that the server keeps something", 20, async || kept().await.contains(&alice.address)).await;
    let before = kept().await;

    let other = Gateway::start(&Settings::for_server(server));
    let mut elsewhere = Person::signed_in(&other, &bob).await;
    elsewhere.reload_until("/follows", "a new post", |page| news(page).contains(&"1 new".to_owned())).await;
    elsewhere.visit(&channel_of(&alice)).await.must_say("Read here, and read there");
    assert_eq!(news(elsewhere.visit("/follows").await), NOTHING);
    until("that the server keeps it", 20, async || kept().await != before).await;

    let third = Gateway::start(&Settings::for_server(server));
    let mut again = Person::signed_in(&third, &bob).await;
    assert_eq!(news(again.visit("/follows").await), NOTHING);

    // It is nobody else's business.
    let stranger = Foreign::sign_in(server, &alice).await;
    assert!(stranger.items(&bob.address, MARKERS).await.is_err(), "only the account may read that");
    stranger.sign_out().await;
    own.sign_out().await;
}

async fn everything_is_read_at_once(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (mut author, mut reader, alice, _) = pair(server, gateway).await;
    author.post("/", "To be passed over").await;
    reader.reload_until("/follows", "a new post", |page| news(page).contains(&"1 new".to_owned())).await;
    reader.press("Mark all read").await;
    reader.page.must_be(200);
    assert_eq!(news(&reader.page), NOTHING);
    author.post("/", "Written after that").await;
    reader.reload_until("/follows", "the next post", |page| news(page).contains(&"1 new".to_owned())).await;
    reader.visit(&channel_of(&alice)).await.must_say("To be passed over");
}

async fn what_is_new_in_buddycloud_channels_is_counted(server: &'static Server) {
    let gateway = Gateway::shared(server);
    ChannelService::of(server);
    let (alice, bob) = (server.account(), server.account());
    let channel = format!("/b/{}", alice.address);
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "Before anybody came").await;
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&channel).await;
    reader.press("Follow").await;
    assert_eq!(news(reader.visit("/follows").await), NOTHING);
    author.post("/", "And after").await;
    reader.reload_until("/follows", "a new post", |page| news(page).contains(&"1 new".to_owned())).await;
    reader.visit(&channel).await.must_say("And after");
    assert_eq!(news(reader.visit("/follows").await), NOTHING);
}

/// Beside the page where there is room, on a page of its own where there is not.
#[tokio::test(flavor = "multi_thread")]
async fn the_list_stands_beside_the_page_where_there_is_room() {
    let server = servers::home();
    let gateway = Gateway::shared(server);
    let (_, _, alice, bob) = pair(server, gateway).await;
    for (width, is_shown) in [(1280, true), (390, false)] {
        let tab = Tab::looking(&gateway.url, Look { width, ..Look::default() }).await;
        tab.sign_in(&bob).await;
        tab.visit(&channel_of(&alice)).await;
        let beside = "document.querySelector('.beside').getClientRects().length > 0";
        assert_eq!(tab.evaluate(beside).await, is_shown, "{width}");
        let is_wider = "document.documentElement.scrollWidth > innerWidth";
        assert_eq!(tab.evaluate(is_wider).await, false, "{width}");
        assert_eq!(tab.axe().await, Vec::<String>::new(), "{width}");
        tab.must_be_clean();
    }
}
