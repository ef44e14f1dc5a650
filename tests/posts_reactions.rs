//! Likes in both manners, and emoji (XEP-0470).

use crate::support::foreign::{Foreign, MICROBLOG};
use crate::support::gateway::Gateway;
use crate::support::person::Person;
use crate::support::servers::{Account, Server};

on_servers! { [home prosody ejabberd] {
    a_like_counts_once_in_whatever_manner
    emoji_are_counted_and_taken_back
} }

/// The node for what people attach to the only post of an account, as XEP-0470 §4.1 composes its name; and the post.
async fn attachments(client: &Foreign, of: &Account) -> (String, String) {
    let items = client.items(&of.address, MICROBLOG).await.unwrap();
    let id = crate::support::movim::entries(&items)[0].id.clone();
    let post = format!("xmpp:{}?;node=urn%3Axmpp%3Amicroblog%3A0;item={id}", of.address);
    (format!("urn:xmpp:pubsub-attachments:1/{post}"), id)
}

async fn a_like_counts_once_in_whatever_manner(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob, carol) = (server.account(), server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "Worth a like").await;
    author.open_post("Worth a like").await;
    let post = author.page.url.path().to_owned();

    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&post).await;
    reader.press("Like").await.must_say("One person likes this");
    reader.page.form("Take your like back");
    // Both ways say so, and it is one like.
    let client = Foreign::sign_in(server, &bob).await;
    let (node, _) = attachments(&client, &alice).await;
    let attached = client.items(&alice.address, &node).await.unwrap();
    assert!(
        attached.contains("<noticed") && attached.contains(&format!("id='{}'", bob.address))
            || attached.contains(&format!("id=\"{}\"", bob.address)),
        "{attached}"
    );
    client.sign_out().await;

    // Somebody whose client knows only attachments likes it too.
    let client = Foreign::sign_in(server, &carol).await;
    let noticed =
        "<attachments xmlns='urn:xmpp:pubsub-attachments:1'><noticed timestamp='2026-11-23T16:00:00Z'/></attachments>";
    client.publish(Some(&alice.address), &node, &carol.address, noticed).await.unwrap();
    client.sign_out().await;
    reader.reload_until(&post, "both likes", |page| page.says("2 people like this")).await;
    let mut stranger = Person::at(gateway);
    stranger.visit(&post).await.must_say("2 people like this");
    let mut other = Person::signed_in(gateway, &carol).await;
    other.visit(&post).await;
    other.press("Take your like back").await.must_say("One person likes this");
    reader.visit(&post).await;
    reader.press("Take your like back").await;
    if reader.page.status == 403 {
        // Prosody lets nobody but the author take replies away, and a heart is one.
        reader.page.must_say("does not allow");
    } else {
        reader.page.must_be(200);
        reader.page.must_not_say("likes this");
        reader.page.form("Like");
    }

    // With the post its reactions go.
    author.visit(&post).await;
    author.follow_link("Delete").await;
    author.press("Delete").await.must_be(200);
    let client = Foreign::sign_in(server, &bob).await;
    assert!(client.items(&alice.address, &node).await.is_err(), "nothing is left");
    client.sign_out().await;
}

async fn emoji_are_counted_and_taken_back(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "We have arrived").await;
    author.open_post("We have arrived").await;
    let post = author.page.url.path().to_owned();
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&post).await;
    reader.press("🎉").await.must_say("🎉 from one person");
    let typed = reader.page.form("Add it").fill("any", "👩‍🚀");
    reader.submit(typed).await.must_say("👩‍🚀 from one person");
    for wrong in ["no emoji", "👍👍", ""] {
        let form = reader.page.form("Add it").fill("any", wrong);
        reader.submit(form).await.must_be(422);
        reader.page.must_say("exactly one emoji");
        reader.visit(&post).await;
    }
    author.visit(&post).await.must_say("🎉 from one person");
    author.press("🎉 1 🎉 from one person").await.must_say("🎉 from 2 people");
    author.press("🎉 2 🎉 from 2 people").await.must_say("🎉 from one person");
    reader.visit(&post).await.must_say("👩‍🚀 from one person");
    let mut stranger = Person::at(gateway);
    stranger.visit(&post).await.must_say("🎉 from one person");
    assert!(stranger.page.find_form("Add it").is_none());

    // What another client attached and we do not know stays.
    let client = Foreign::sign_in(server, &bob).await;
    let (node, _) = attachments(&client, &alice).await;
    let kept = "<attachments xmlns='urn:xmpp:pubsub-attachments:1'><bookmark xmlns='urn:example'/></attachments>";
    client.publish(Some(&alice.address), &node, &bob.address, kept).await.unwrap();
    reader.visit(&post).await.must_not_say("🎉 from");
    reader.press("👍").await.must_say("👍 from one person");
    let attached = client.items(&alice.address, &node).await.unwrap();
    assert!(attached.contains("urn:example") && attached.contains("👍"), "{attached}");
    client.sign_out().await;
}
