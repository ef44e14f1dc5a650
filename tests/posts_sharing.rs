//! Passing posts on into one's own channel.

use crate::support::channel_service::ChannelService;
use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::Gateway;
use crate::support::movim;
use crate::support::page::Page;
use crate::support::person::{Person, channel_of};
use crate::support::servers::{Account, Server};

on_servers! { [home prosody ejabberd] {
    a_post_is_shared_with_words_and_without
    what_is_not_for_everybody_is_not_shared
    shares_of_other_clients_are_shown
} }

on_servers! { [home_channels prosody_channels] {
    a_buddycloud_post_is_shared_in_its_language
} }

/// Opens the page of somebody's post and goes to the form that shares it.
async fn to_share(person: &mut Person, channel: &str, words: &str) {
    person.reload_until(channel, "the post", |page| page.says(words)).await;
    person.open_post(words).await;
    person.follow_link("Share").await;
}

/// Somebody who has signed in, and whose Buddycloud channel is made.
async fn member(server: &'static Server) -> (Account, Person) {
    ChannelService::of(server);
    let account = server.account();
    let mut person = Person::signed_in(Gateway::shared(server), &account).await;
    person.reload_until("/me", "the own channel", |page| page.find_form("Post").is_some()).await;
    (account, person)
}

/// Whether a page has a link of this name.
fn has_link(page: &Page, name: &str) -> bool {
    page.links().iter().any(|(text, _)| text == name)
}

async fn entries(server: &Server, account: &Account) -> Vec<movim::Entry> {
    let client = Foreign::sign_in(server, account).await;
    let found = movim::entries(&client.items(&account.address, MICROBLOG).await.unwrap());
    client.sign_out().await;
    found
}

async fn a_post_is_shared_with_words_and_without(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    Person::signed_in(gateway, &alice).await.post("/", "The *wind* turns to #west").await;
    let mut person = Person::signed_in(gateway, &bob).await;

    to_share(&mut person, &channel_of(&alice), "The wind turns").await;
    person.page.must_say("Share this post");
    person.page.must_say("The wind turns to");
    person.page.must_say("Your first post makes your channel");
    let form = person.page.form("Share it").fill("text", "Good news for **sailors**");
    person.submit(form.clone()).await.must_be(200);
    person.page.must_say("Good news for sailors");
    person.page.must_say(&format!("About a post in {}", alice.address));
    person.page.must_say("The wind turns to #west");
    // Sent twice it is one post.
    person.submit(form).await.must_be(200);
    let found = entries(server, &bob).await;
    assert_eq!(found.len(), 1);
    found[0].must_please_movim(&bob.address);
    let answers =
        found[0].element.get_child("in-reply-to", cirrus::atom::THREAD).expect("Movim shows this as a quotation");
    let href = answers.attr("href").unwrap();
    assert!(href.starts_with(&format!("xmpp:{}?;node=urn:xmpp:microblog:0;item=", alice.address)), "{href}");

    to_share(&mut person, &channel_of(&alice), "The wind turns").await;
    person.press("Share it").await.must_be(200);
    person.page.must_say(&format!("Shared from {}", alice.address));
    let found = entries(server, &bob).await;
    let repeat = found.iter().find(|entry| entry.element.get_child("in-reply-to", cirrus::atom::THREAD).is_none());
    let repeat = repeat.expect("a repeat answers nothing");
    assert!(repeat.links("via")[0].0.starts_with(&format!("xmpp:{}?;node=", alice.address)), "{repeat:?}");
    assert_eq!(repeat.tags(), ["west"]);
    assert!(repeat.xhtml().is_some_and(|xhtml| xhtml.contains("<em>wind</em>")), "{repeat:?}");

    // Everybody reads it under the name of who shared it, with the way to the post itself.
    let mut stranger = Person::at(gateway);
    let shared = |page: &Page| page.says("Shared from") && page.says("Good news");
    stranger.reload_until(&channel_of(&bob), "both", shared).await;
    stranger.follow_link(&alice.address).await.must_be(200);
    stranger.page.must_say("The wind turns to #west");
    assert!(!has_link(&stranger.page, "Share"), "a guest has no channel to share into");

    // Somebody else's words can be taken away, and not changed.
    person.visit(&channel_of(&bob)).await;
    let repeated = format!("{}/posts/{}", channel_of(&bob), repeat.id);
    person.visit(&repeated).await.must_be(200);
    assert!(!has_link(&person.page, "Edit"));
    person.visit(&format!("{repeated}/edit")).await.must_be(422);
    person.page.must_say("you cannot change it");
    // Who shares it on shares the post itself.
    let mut carol = Person::signed_in(gateway, &server.account()).await;
    carol.visit(&format!("{repeated}/share")).await.must_be(200);
    assert!(carol.page.url.path().starts_with(&format!("{}/posts/", channel_of(&alice))), "{}", carol.page.url);
    person.visit(&repeated).await;
    person.follow_link("Delete").await;
    person.press("Delete").await;
    person.visit(&channel_of(&bob)).await.must_not_say("Shared from");
    person.page.must_say("Good news");
}

async fn what_is_not_for_everybody_is_not_shared(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let client = Foreign::sign_in(server, &alice).await;
    client.create(None, MICROBLOG, &[("pubsub#access_model", "whitelist")]).await.unwrap();
    let entry = foreign::entry(&alice.address, "secret-12345", "For few", "For few only");
    client.publish(None, MICROBLOG, "secret-12345", &entry).await.unwrap();
    client.sign_out().await;
    let mut author = Person::signed_in(gateway, &alice).await;
    author.visit(&format!("{}/posts/secret-12345/share", channel_of(&alice))).await.must_be(422);
    author.page.must_say("Only a post that everybody can read can be shared");
    // A reply is not shared by itself, and a form of nothing publishes nothing.
    let bob = server.account();
    let mut person = Person::signed_in(gateway, &bob).await;
    person.post("/", "A question").await;
    person.reply(&channel_of(&bob), "A question", "An answer").await;
    assert_eq!(person.page.body.matches("/share\"").count(), 1, "only the post: {}", person.page.body);
    let post = person.page.url.path().to_owned();
    let answer =
        person.client().post(person.url(&format!("{post}/share"))).form(&[("text", "x")]).send().await.unwrap();
    assert_eq!(answer.status(), 403, "without a token");
    let mut stranger = Person::at(gateway);
    stranger.visit(&format!("{post}/share")).await.must_say("Sign in");
    person.visit(&format!("{}/posts/no-such-post/share", channel_of(&bob))).await.must_be(404);
}

async fn shares_of_other_clients_are_shown(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    Person::signed_in(gateway, &bob).await.post("/", "My own words").await;
    let client = Foreign::sign_in(server, &bob).await;
    let at = format!("xmpp:{}?;node=urn:xmpp:microblog:0;item=storm-warning-1", alice.address);
    let with = |id: &str, words: &str, author: &Account, more: &str| {
        foreign::entry(&author.address, id, words, words).replace("</entry>", &format!("{more}</entry>"))
    };
    let answer = format!("<in-reply-to xmlns='http://purl.org/syndication/thread/1.0' ref='{at}' href='{at}'/>");
    let via = format!("<link rel='via' href='{at}'/>");
    client
        .publish(None, MICROBLOG, "movim-quote-1", &with("movim-quote-1", "See what she says", &bob, &answer))
        .await
        .unwrap();
    client
        .publish(None, MICROBLOG, "libervia-repeat-1", &with("libervia-repeat-1", "A storm comes", &alice, &via))
        .await
        .unwrap();
    client.sign_out().await;
    let mut stranger = Person::at(gateway);
    let page =
        stranger.reload_until(&channel_of(&bob), "both", |page| page.says("See what") && page.says("A storm")).await;
    page.must_say(&format!("About a post in {}", alice.address));
    page.must_say(&format!("Shared from {}", alice.address));
    page.must_not_say("claims to be");
    let leads = format!("{}/posts/storm-warning-1", channel_of(&alice));
    assert_eq!(page.body.matches(&format!("href=\"{leads}\"")).count(), 2);
    // A post that quotes is no reply: it is on its own page as a post.
    stranger.open_post("See what she says").await.must_not_say("The post that this answers");
    stranger.page.must_say("All posts of");
}

async fn a_buddycloud_post_is_shared_in_its_language(server: &'static Server) {
    let ((alice, mut author), (_, mut person)) = (member(server).await, member(server).await);
    let own = |account: &Account| format!("/b/{}", account.address);
    author.post(&own(&alice), "But soft!").await;
    to_share(&mut person, &own(&alice), "But soft!").await;
    let form = person.page.form("Share it").fill("text", "What light?");
    person.submit(form).await.must_be(200);
    person.page.must_say("What light?");
    person.page.must_say(&format!("About a post in {}", alice.address));
    person.page.must_say("But soft!");
    to_share(&mut person, &own(&alice), "But soft!").await;
    person.press("Share it").await.must_be(200);
    person.page.must_say(&format!("{}:", alice.address));
}
