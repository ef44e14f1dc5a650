//! What people see who are not signed in.

use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::{Gateway, Guest, Settings};
use crate::support::person::{Person, channel_of};
use crate::support::servers::{Kind, Server};
use crate::support::sse::Open;

on_servers! { [home prosody_stock prosody ejabberd_stock ejabberd ejabberd_tls] {
    reads_public_channels
    sees_that_a_channel_is_live
} }

on_servers! { [home prosody ejabberd] {
    a_public_page_can_be_cached
    a_crowd_is_served
    a_channel_for_friends_stays_private
} }

on_servers! { [prosody_stock ejabberd_stock] {
    without_a_guest_says_so
} }

async fn reads_public_channels(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "Open to everybody").await;
    let mut friend = Person::signed_in(gateway, &bob).await;
    friend.reply(&channel_of(&alice), "Open to everybody", "Read by a friend").await;

    let mut stranger = Person::at(gateway);
    stranger.visit("/").await.must_be(200);
    stranger.page.must_say("Sign in");
    let page = stranger.reload_until(&channel_of(&alice), "the post", |page| page.says("Open to everybody")).await;
    page.must_be(200);
    assert!(page.find_form_where("Post", |_| true).is_none() && page.find_form("Follow").is_none());
    assert!(page.link_beside("Open to everybody", "Edit").is_none());
    let url = page.post_link("Open to everybody");
    stranger.reload_until(url.as_str(), "the reply", |page| page.says("Read by a friend")).await;
    stranger.page.must_say("Sign in");
    assert!(stranger.page.find_form("Reply").is_none());
    stranger.reload_until("/channels", "the channel", |page| page.says(&alice.address)).await;
    stranger.visit(&format!("{}/about", channel_of(&alice))).await.must_be(200);
    stranger.visit("/no/such/page").await.must_be(404);
    stranger.page.must_say("There is no page at this address");
}

async fn sees_that_a_channel_is_live(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let bob = server.account();
    let writer = Foreign::sign_in(server, &bob).await;
    writer.open_microblog().await;
    let entry = foreign::entry(&bob.address, "the-first", "The first post", "The first post");
    writer.publish(None, MICROBLOG, "the-first", &entry).await.unwrap();
    let mut stranger = Person::at(gateway);
    stranger.visit(&channel_of(&bob)).await.must_say("The first post");
    if server.kind == Kind::Ejabberd && server.anonymous.is_some() {
        stranger.page.must_say("New posts appear here within 15 seconds");
    }
    let url = stranger.url(&format!("{}/events", channel_of(&bob)));
    let mut stream = Open::get(stranger.client(), url.as_str(), None).await;
    let entry = foreign::entry(&bob.address, "the-second", "The second post", "The second post");
    writer.publish(None, MICROBLOG, "the-second", &entry).await.unwrap();
    stream.event_where(|event| event.data.contains("The second post")).await;
    writer.sign_out().await;
}

async fn a_public_page_can_be_cached(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "The same for all strangers").await;
    let mut stranger = Person::at(gateway);
    stranger.reload_until(&channel_of(&alice), "the post", |page| page.says("The same for all strangers")).await;
    let tag = stranger.page.headers.get("etag").expect("a public page has an ETag").to_str().unwrap().to_owned();
    let again =
        stranger.client().get(stranger.url(&channel_of(&alice))).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    author.post("/", "Something new").await;
    stranger.reload_until(&channel_of(&alice), "the new post", |page| page.says("Something new")).await;
    assert_ne!(stranger.page.headers.get("etag").unwrap().to_str().unwrap(), tag);

    author.visit(&channel_of(&alice)).await;
    let cache = author.page.headers.get("cache-control").map(|value| value.to_str().unwrap().to_owned());
    assert!(cache.as_deref().is_some_and(|cache| cache.contains("no-store") || cache.contains("private")), "{cache:?}");
}

async fn a_channel_for_friends_stays_private(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = Foreign::sign_in(server, &alice).await;
    writer.create(None, MICROBLOG, &[("pubsub#access_model", "whitelist")]).await.unwrap();
    let entry = foreign::entry(&alice.address, "a-secret", "For myself only", "For myself only");
    writer.publish(None, MICROBLOG, "a-secret", &entry).await.unwrap();
    let mut owner = Person::signed_in(gateway, &alice).await;
    owner.visit(&channel_of(&alice)).await.must_say("For myself only");
    for mut reader in [Person::at(gateway), Person::signed_in(gateway, &bob).await] {
        reader.visit(&channel_of(&alice)).await;
        assert!(matches!(reader.page.status, 403 | 404), "{}", reader.page.status);
        reader.page.must_not_say("For myself only");
        reader.visit("/channels").await.must_not_say("For myself only");
    }
    writer.sign_out().await;
}

async fn without_a_guest_says_so(server: &'static Server) {
    let mut settings = Settings::for_server(server);
    settings.guest = Guest::Unconfigured;
    let gateway = Gateway::start(&settings);
    let alice = server.account();
    let mut author = Person::signed_in(&gateway, &alice).await;
    author.post("/", "Nobody reads this without signing in").await;
    let mut stranger = Person::at(&gateway);
    stranger.visit("/").await.must_be(200);
    stranger.page.must_say("cannot be read here without signing in");
    stranger.visit(&channel_of(&alice)).await;
    assert!((400..500).contains(&stranger.page.status));
    stranger.page.must_say("cannot be read here without signing in");
    stranger.page.must_not_say("Nobody reads this");
    stranger.page.link("Sign in");
    stranger.sign_in(&alice).await;
}

async fn a_crowd_is_served(server: &'static Server) {
    let gateway = Gateway::start(&Settings::for_server(server));
    let bob = server.account();
    let writer = Foreign::sign_in(server, &bob).await;
    writer.open_microblog().await;
    let entry = foreign::entry(&bob.address, "for-all", "For all", "Read by a crowd");
    writer.publish(None, MICROBLOG, "for-all", &entry).await.unwrap();
    // They are made first: making one takes so long that the first would keep the gateway waiting for the others.
    let readers: Vec<Person> = (0..100).map(|_| Person::at(&gateway)).collect();
    let readers = readers.into_iter().map(async |mut reader| {
        reader.visit(&channel_of(&bob)).await.must_be(200);
        reader.page.must_say("Read by a crowd");
    });
    futures::future::join_all(readers).await;
    writer.sign_out().await;
}
