//! What the gateway knows for a while: asked for once, and never believed after it has changed.

use crate::support::foreign::{self, Foreign, MICROBLOG, PUBSUB, escape};
use crate::support::gateway::{Gateway, Settings};
use crate::support::person::{Person, channel_of};
use crate::support::proxy::Proxy;
use crate::support::servers::Server;
use crate::support::sse::Open;

on_servers! { [home prosody ejabberd] {
    a_channel_that_closes_leaves_the_list
    a_post_without_plain_text_is_edited_by_paragraphs
    the_same_is_not_asked_again
} }

on_servers! { [home prosody] {
    readers_are_no_followers
    replies_behind_a_door_are_not_no_replies
} }

on_servers! { [ejabberd] {
    a_request_to_follow_stays_one_until_the_owner_agrees
} }

async fn a_channel_that_closes_leaves_the_list(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let writer = Foreign::sign_in(server, &alice).await;
    writer.open_microblog().await;
    let entry = foreign::entry(&alice.address, "an-open-post", "Open", "For everybody so far");
    writer.publish(None, MICROBLOG, "an-open-post", &entry).await.unwrap();
    let mut reader = Person::at(gateway);
    reader.visit(&channel_of(&alice)).await.must_say("For everybody so far");
    reader.visit("/channels").await.must_say(&alice.address);
    writer.configure(None, MICROBLOG, &[("pubsub#access_model", "whitelist")]).await.expect("the channel is closed");
    reader.reload_until(&channel_of(&alice), "that it is closed", |page| matches!(page.status, 403 | 404)).await;
    reader.reload_until("/channels", "the list without it", |page| !page.says(&alice.address)).await;
    writer.sign_out().await;
}

async fn the_same_is_not_asked_again(server: &'static Server) {
    let proxy = Proxy::before(server.port).await;
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{}\"", proxy.port));
    let gateway = Gateway::start(&settings);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(&gateway, &alice).await;
    author.post("/", "Read by one person").await;
    let mut reader = Person::signed_in(&gateway, &bob).await;
    reader.visit("/channels").await.must_be(200);
    let questions = || proxy.heard().matches("http://jabber.org/protocol/disco#").count();
    let before = questions();
    for _ in 0..5 {
        reader.visit("/channels").await.must_be(200);
    }
    assert_eq!(questions(), before, "the list of channels is known");

    reader.visit(&channel_of(&alice)).await.must_say("Read by one person");
    let readings = || proxy.heard().matches("max_items=").count() + proxy.heard().matches("/protocol/rsm").count();
    let before = readings();
    let events = reader.url(&format!("{}/events", channel_of(&alice)));
    // Opened as often as a page comes back; the session itself looks at the channel once.
    for _ in 0..5 {
        Open::get(reader.client(), events.as_str(), None).await.until("retry:").await;
    }
    assert!(readings() - before <= 1, "the right to read is known: {} readings", readings() - before);
}

async fn readers_are_no_followers(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "Read by a stranger").await;
    let owner = Foreign::sign_in(server, &alice).await;
    let mut reader = Person::at(gateway);
    reader.visit(&channel_of(&alice)).await.must_say("Read by a stranger");
    let events = reader.url(&format!("{}/events", channel_of(&alice)));
    let stream = Open::get(reader.client(), events.as_str(), None).await;
    let query = format!("<pubsub xmlns='{PUBSUB}#owner'><subscriptions node='{MICROBLOG}'/></pubsub>");
    let anonymous = escape(server.anonymous.as_ref().unwrap());
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while !owner.iq("get", None, &query).await.expect("the owner is told").contains(&anonymous) {
        assert!(tokio::time::Instant::now() < deadline, "the guest never listens");
    }
    author.visit(&format!("{}/followers", channel_of(&alice))).await.must_not_say(&anonymous);
    author.page.must_say("Nobody follows this channel yet");
    drop(stream);
    owner.sign_out().await;
}

async fn a_request_to_follow_stays_one_until_the_owner_agrees(server: &'static Server) {
    let mut gateway = Gateway::start(&Settings::for_server(server));
    let (alice, bob) = (server.account(), server.account());
    let owner = Foreign::sign_in(server, &alice).await;
    owner.create(None, MICROBLOG, &[("pubsub#access_model", "authorize")]).await.expect("a channel with a door");
    let entry = foreign::entry(&alice.address, "behind-the-door", "Behind", "Behind the door");
    owner.publish(None, MICROBLOG, "behind-the-door", &entry).await.unwrap();
    let mut reader = Person::signed_in(&gateway, &bob).await;
    reader.visit("/follows").await;
    let form = reader.page.form("Follow").fill("address", &alice.address);
    reader.submit(form).await.must_say("waiting for the owner");
    gateway.restart();
    reader.visit("/follows").await.must_say("waiting for the owner");
    reader.visit("/").await.must_not_say("Behind the door");

    let agreed = format!(
        "<pubsub xmlns='{PUBSUB}#owner'><subscriptions node='{MICROBLOG}'>\
         <subscription jid='{}' subscription='subscribed'/></subscriptions></pubsub>",
        escape(&bob.address)
    );
    owner.iq("set", None, &agreed).await.expect("the owner agrees");
    let page =
        reader.reload_until("/follows", "that the owner agreed", |page| !page.says("waiting for the owner")).await;
    page.must_say(&alice.address);
    reader.reload_until("/", "what is behind the door", |page| page.says("Behind the door")).await;
    owner.sign_out().await;
}

async fn replies_behind_a_door_are_not_no_replies(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = Foreign::sign_in(server, &alice).await;
    writer.open_microblog().await;
    let replies = "urn:xmpp:microblog:0:comments/behind-a-door";
    writer.create(None, replies, &[("pubsub#access_model", "whitelist")]).await.expect("a closed place for replies");
    let entry = foreign::entry_with_comments(&alice.address, "behind-a-door", "A post", "With secrets", &alice.address);
    writer.publish(None, MICROBLOG, "behind-a-door", &entry).await.unwrap();
    let bare = foreign::entry_with_comments(&alice.address, "no-reply-yet", "Another", "Without", &alice.address);
    writer.publish(None, MICROBLOG, "no-reply-yet", &bare).await.unwrap();
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&channel_of(&alice)).await;
    reader.open_post("With secrets").await.must_say("The replies cannot be read");
    reader.page.must_not_say("No replies yet");
    reader.visit(&channel_of(&alice)).await;
    reader.open_post("Without").await.must_be(200);
    writer.sign_out().await;
}

async fn a_post_without_plain_text_is_edited_by_paragraphs(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let writer = Foreign::sign_in(server, &alice).await;
    writer.open_microblog().await;
    let entry = foreign::entry(&alice.address, "markup-only", "A title", "Gone");
    let (start, rest) = entry.split_once("<content type='text'>").unwrap();
    let (_, end) = rest.split_once("<p>Gone</p>").unwrap();
    let inside = "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>One paragraph.</p>\
                  <p>Another with <a href='https://example.org/page'>a link</a>.</p>";
    writer.publish(None, MICROBLOG, "markup-only", &format!("{start}{inside}{end}")).await.unwrap();
    let mut author = Person::signed_in(gateway, &alice).await;
    author.visit(&channel_of(&alice)).await.must_say("One paragraph.");
    let edit = author.page.link_beside("One paragraph.", "Edit").expect("one's own post can be changed");
    author.visit(edit.as_str()).await;
    let text = author.page.texts("textarea").join("");
    assert!(author.page.body.contains("One paragraph.\n\nAnother with [a link](https://example.org/page)."), "{text}");
    writer.sign_out().await;
}
