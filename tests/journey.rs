//! The main job with scripts off: sign in, read, post, reply, edit, delete, follow, sign out.

use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::{Gateway, Settings};
use crate::support::movim;
use crate::support::person::{Person, channel_of, community};
use crate::support::servers::{Account, Kind, Server, Setup};

on_servers! { [home prosody_stock prosody prosody_tls ejabberd_stock ejabberd ejabberd_tls] {
    signs_in_and_out
    a_post_is_what_others_expect
    replies_reach_the_author
    an_edited_post_keeps_its_date
    a_deleted_post_is_gone
    nobody_changes_what_others_wrote
    follows_by_button
    likes_and_takes_that_back
    follows_by_typing_an_address
    pages_through_many_posts
    shows_what_movim_writes
    a_form_that_fails_gives_the_text_back
    an_old_form_does_not_replace_what_it_published
    tells_about_a_channel
} }

on_servers! { [home prosody ejabberd_stock ejabberd ejabberd_tls] {
    writes_into_a_community
} }

on_servers! { [home prosody_tls ejabberd_stock] {
    comes_back_from_the_cookie
} }

on_servers! { [prosody_stock prosody] {
    a_changed_author_is_refused
} }

on_servers! { [prosody_stock] {
    says_what_the_server_keeps_to_itself
} }

async fn signs_in_and_out(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut person = Person::at(gateway);

    person.visit("/follows").await;
    let form = person.page.form("Sign in").fill("address", &alice.address).fill("password", &alice.password);
    person.submit(form).await;
    person.page.must_be(200);
    assert_eq!(person.page.url.path(), "/follows", "signing in leads back to where one wanted to go");

    person.visit("/").await.must_say(&alice.address);
    person.press("Sign out").await;
    assert!(person.page.find_form("Sign out").is_none());
    person.visit("/follows").await;
    assert_eq!(person.page.url.path(), "/sign-in", "a page of one's own asks to sign in");
    person.visit("/").await.must_not_say(&alice.address);
}

async fn a_post_is_what_others_expect(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut person = Person::signed_in(gateway, &alice).await;
    person.visit("/").await.must_say("Your first post makes your channel. It is open: anybody can read it");
    let text = format!(
        "Good **morning** #Weather\n\nSecond paragraph with https://example.org/path?a=1&b=2 for @{} and \"quotes\" <b>.",
        bob.address
    );
    person.post("/", &text).await;
    assert_eq!(person.page.url.path(), channel_of(&alice), "a post leads to its channel");
    let card = person.page.cards().into_iter().next().expect("the post is shown");
    assert!(card.contains("Good morning") && card.contains("<b>"), "{card}");
    let body = &person.page.body;
    assert!(body.contains("<strong>morning</strong>"), "Markdown is rendered");
    assert!(body.contains("href=\"https://example.org/path?a=1&amp;b=2\""), "links are links");
    assert!(person.page.links().iter().any(|(_, url)| url.path() == channel_of(&bob)), "a mention is a link");

    let other = Foreign::sign_in(server, &bob).await;
    let items = other.items(&alice.address, MICROBLOG).await.expect("the channel is open to everybody");
    let entries = movim::entries(&items);
    let entry = entries.first().unwrap_or_else(|| panic!("no entry: {items}"));
    entry.must_please_movim(&alice.address);
    assert_eq!(entry.source().as_deref(), Some(text.as_str()), "the source is kept");
    assert_eq!(entry.tags(), ["weather"]);
    assert!(entry.xhtml().is_some_and(|xhtml| xhtml.contains("<strong>morning</strong>")), "{items}");
    let comments = entry.links("replies");
    assert_eq!(comments.len(), 1, "one comments node: {items}");
    let node = format!("urn:xmpp:microblog:0:comments/{}", entry.id);
    let (service, _) = comments[0].0.strip_prefix("xmpp:").and_then(|uri| uri.split_once('?')).unwrap();
    other.items(service, &node).await.expect("the comments node is there and open");
    other
        .publish(
            Some(service),
            &node,
            "a-comment-of-bob",
            &foreign::comment(&bob.address, "a-comment-of-bob", "Same to you"),
        )
        .await
        .expect("everybody may comment");
    let url = person.page.post_link("Good morning");
    person.reload_until(url.as_str(), "the comment", |page| page.says("Same to you")).await;

    person.post(&channel_of(&alice), "A short one").await.must_say("A short one");
    let items = other.items(&alice.address, MICROBLOG).await.unwrap();
    let entries = movim::entries(&items);
    assert_eq!(entries.len(), 2, "both posts are kept: {items}");
    for entry in &entries {
        entry.must_please_movim(&alice.address);
    }
    other.sign_out().await;
}

async fn replies_reach_the_author(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "What do you think?").await;
    let url = author.page.post_link("What do you think?");

    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.reply(&channel_of(&alice), "What do you think?", "I think *twice*.").await;
    reader.page.must_say("What do you think?");
    reader.page.must_say("I think twice.");

    let page = author.reload_until(url.as_str(), "the reply", |page| page.says("I think twice.")).await;
    let card = page.cards().into_iter().find(|card| card.contains("twice")).unwrap();
    assert!(card.contains(bob.name()), "{card}");
    // Where the server keeps to itself who published what is read, it still tells it live, which the session may have heard.
    assert!(!card.contains("not verified") || hides_publisher(server), "{card}");

    let other = Foreign::sign_in(server, &alice).await;
    let items = other.items(&alice.address, MICROBLOG).await.unwrap();
    let (href, _) = movim::entries(&items)[0].links("replies").remove(0);
    let (service, query) = href.strip_prefix("xmpp:").and_then(|uri| uri.split_once('?')).unwrap();
    let node = percent_encoding::percent_decode_str(&query[";node=".len()..]).decode_utf8().unwrap().into_owned();
    let comments = movim::entries(&other.items(service, &node).await.unwrap());
    assert_eq!(comments.len(), 1);
    comments[0].must_please_movim(&bob.address);

    let edit = reader.page.link_beside("I think twice.", "Edit").expect("one's own reply can be edited");
    reader.visit(edit.as_str()).await;
    let form = reader.page.form("Save").fill("text", "I think three times.");
    reader.submit(form).await;
    reader.page.must_be(200);
    author.reload_until(url.as_str(), "the edited reply", |page| page.says("three times")).await.must_not_say("twice");
    other.sign_out().await;
}

/// Whether comments on this server come without their publisher.
fn hides_publisher(server: &Server) -> bool {
    matches!((server.kind, server.setup), (Kind::Prosody, Setup::Stock))
}

async fn an_edited_post_keeps_its_date(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut person = Person::signed_in(gateway, &alice).await;
    person.post("/", "Before the edit").await;
    let other = Foreign::sign_in(server, &alice).await;
    let before = movim::entries(&other.items(&alice.address, MICROBLOG).await.unwrap()).remove(0);
    assert_eq!(before.text("published"), before.text("updated"));

    let edit = person.page.link_beside("Before the edit", "Edit").expect("one's own post can be edited");
    person.visit(edit.as_str()).await;
    assert_eq!(person.page.form("Save").value("text"), Some("Before the edit"));
    let form = person.page.form("Save").fill("text", "After the edit #now");
    person.submit(form).await;
    person.page.must_be(200);
    person.visit(&channel_of(&alice)).await.must_say("After the edit");
    person.page.must_not_say("Before the edit");
    person.page.must_say("edited");

    let entries = movim::entries(&other.items(&alice.address, MICROBLOG).await.unwrap());
    assert_eq!(entries.len(), 1, "an edit is no second post");
    let after = &entries[0];
    after.must_please_movim(&alice.address);
    assert_eq!((&after.id, after.text("published")), (&before.id, before.text("published")));
    assert_eq!(after.links("replies"), before.links("replies"));
    assert_eq!(after.tags(), ["now"]);
    other.sign_out().await;
}

async fn a_deleted_post_is_gone(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut person = Person::signed_in(gateway, &alice).await;
    person.post("/", "Soon to be gone").await;
    person.post("/", "Here to stay").await;
    let url = person.page.post_link("Soon to be gone");
    let remove = person.page.link_beside("Soon to be gone", "Delete").expect("one's own post can be deleted");
    person.visit(remove.as_str()).await.must_say("Soon to be gone");
    person.press("Delete").await;
    person.page.must_be(200);
    person.visit(&channel_of(&alice)).await.must_not_say("Soon to be gone");
    person.page.must_say("Here to stay");
    person.visit(url.as_str()).await.must_be(404);

    let other = Foreign::sign_in(server, &bob).await;
    let items = other.items(&alice.address, MICROBLOG).await.unwrap();
    assert!(items.contains("Here to stay") && !items.contains("Soon to be gone"), "{items}");
    other.sign_out().await;
}

async fn nobody_changes_what_others_wrote(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, mallory) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "Written by its author").await;
    let edit = author.page.link_beside("Written by its author", "Edit").unwrap();

    let mut other = Person::signed_in(gateway, &mallory).await;
    other.visit(&channel_of(&alice)).await.must_say("Written by its author");
    assert!(other.page.link_beside("Written by its author", "Edit").is_none());
    assert!(other.page.link_beside("Written by its author", "Delete").is_none());
    assert!(other.page.find_form_where("Post", |action| action.ends_with("/posts")).is_none());
    other.visit(edit.as_str()).await;
    assert!((400..500).contains(&other.page.status), "{}", other.page.status);
    let mut form = author.visit(edit.as_str()).await.form("Save").fill("text", "Written by somebody else");
    let token = other.visit("/follows").await.form("Follow").value("csrf").unwrap().to_owned();
    form = form.fill("csrf", &token);
    other.submit(form).await;
    assert!((400..500).contains(&other.page.status), "{}:\n{}", other.page.status, other.page.text());
    author.visit(&channel_of(&alice)).await.must_say("Written by its author");
}

async fn follows_by_button(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "For those who follow").await;

    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.page.must_not_say("For those who follow");
    reader.visit(&channel_of(&alice)).await;
    reader.press("Follow").await;
    reader.page.must_be(200);
    reader.visit("/follows").await.must_say(&alice.address);
    reader.reload_until("/", "the followed channel", |page| page.says("For those who follow")).await;
    author.post("/", "And another one").await;
    reader.reload_until("/", "the next post", |page| page.says("And another one")).await;

    let other = Foreign::sign_in(server, &bob).await;
    let list = other.items(&bob.address, "urn:xmpp:pubsub:movim-public-subscription").await.expect("the list is kept");
    assert!(list.contains(&alice.address), "other clients find the follow: {list}");

    reader.visit(&channel_of(&alice)).await;
    reader.press("Stop following").await;
    reader.page.must_be(200);
    reader.visit("/follows").await.must_not_say(&alice.address);
    reader.visit("/").await.must_not_say("For those who follow");
    other.sign_out().await;
}

async fn likes_and_takes_that_back(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "Worth a heart").await;
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&channel_of(&alice)).await;
    reader.open_post("Worth a heart").await.must_not_say("likes this");
    let post = reader.page.url.path().to_owned();
    reader.press("Like").await.must_say("One person likes this");
    assert!(reader.page.find_form("Like").is_none(), "once is enough");
    author.visit(&post).await.must_say("One person likes this");
    assert_eq!(author.page.count("#replies article"), 0, "a like is no reply");
    reader.press("Take your like back").await;
    if server.kind == Kind::Prosody {
        // It lets only the owner of a node take items out.
        reader.page.must_be(403);
        reader.page.must_say("The server does not allow this");
        author.visit(&post).await.must_say("One person likes this");
        return;
    }
    reader.page.must_be(200);
    reader.page.must_not_say("likes this");
    assert!(reader.page.find_form("Like").is_some());
    author.visit(&post).await.must_not_say("likes this");
}

async fn follows_by_typing_an_address(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "Found by my address").await;

    let mut reader = Person::signed_in(gateway, &bob).await;
    for typed in [alice.address.clone(), format!("xmpp:{}", alice.address), format!("@{}", alice.address)] {
        reader.visit("/follows").await;
        let form = reader.page.form("Follow").fill("address", &typed);
        reader.submit(form).await;
        reader.page.must_be(200);
        reader.visit("/follows").await;
        assert_eq!(
            reader.page.links().iter().filter(|(_, url)| url.path() == channel_of(&alice)).count(),
            1,
            "{typed}"
        );
    }
    reader.reload_until("/", "the followed channel", |page| page.says("Found by my address")).await;

    reader.visit("/follows").await;
    let form = reader.page.form("Follow").fill("address", "no address at all");
    reader.submit(form).await;
    assert!((400..500).contains(&reader.page.status));
    assert_eq!(reader.page.form("Follow").value("address"), Some("no address at all"), "what was typed is kept");
    let form = reader.page.form("Follow").fill("address", &format!("nobody-here@{}", server.domain));
    reader.submit(form).await;
    assert!((400..500).contains(&reader.page.status), "{}", reader.page.text());
}

async fn pages_through_many_posts(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = Foreign::sign_in(server, &alice).await;
    writer.open_microblog().await;
    for number in 0..25 {
        let id = format!("numbered-{number:02}");
        let entry = foreign::entry_at(
            &alice.address,
            &id,
            &format!("Number {number:02}"),
            &format!("This is number {number:02}."),
            &format!("2026-03-01T10:{number:02}:00Z"),
        );
        writer.publish(None, MICROBLOG, &id, &entry).await.unwrap();
    }
    let mut reader = Person::signed_in(gateway, &bob).await;
    let mut seen = Vec::new();
    reader.visit(&channel_of(&alice)).await.must_be(200);
    loop {
        let cards = reader.page.cards();
        assert!(!cards.is_empty() && cards.len() <= 20, "{} posts on a page", cards.len());
        for card in cards {
            let at = card.find("number ").unwrap_or_else(|| panic!("{card}"));
            seen.push(card[at + 7..at + 9].parse::<u32>().unwrap());
        }
        if !reader.page.links().iter().any(|(name, _)| name == "Older posts") {
            break;
        }
        reader.follow_link("Older posts").await.must_be(200);
    }
    assert_eq!(seen, (0..25).rev().collect::<Vec<_>>(), "every post once, newest first");

    reader.visit(&channel_of(&alice)).await;
    reader.press("Follow").await;
    reader.reload_until("/", "the newest post", |page| page.says("number 24")).await;
    let mut cards = reader.page.cards();
    reader.follow_link("Older posts").await.must_be(200);
    cards.extend(reader.page.cards());
    let expected: Vec<String> = (0..25).rev().map(|number| format!("This is number {number:02}.")).collect();
    assert_eq!(cards.len(), 25, "home is paged too");
    assert!(cards.iter().zip(&expected).all(|(card, text)| card.contains(text)), "newest first: {cards:#?}");
    writer.sign_out().await;
}

/// The service for comments nodes, as Movim chooses it.
fn comments_service(server: &Server, author: &Account) -> String {
    match (server.kind, server.setup) {
        (Kind::Prosody, Setup::Stock) => author.address.clone(),
        (Kind::Ejabberd, Setup::Stock) => format!("pubsub.{}", server.domain),
        _ => format!("comments.{}", server.domain),
    }
}

async fn shows_what_movim_writes(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = Foreign::sign_in(server, &alice).await;
    let friend = Foreign::sign_in(server, &bob).await;
    writer.open_microblog().await;
    let service = comments_service(server, &alice);
    let to = (service != alice.address).then_some(service.as_str());
    let (id, node) = ("a-post-by-movim", "urn:xmpp:microblog:0:comments/a-post-by-movim");
    let entry = foreign::entry_with_comments(&alice.address, id, "A title", "Text & more", &service);
    writer.publish(None, MICROBLOG, id, &entry).await.unwrap();
    let mut options =
        vec![("pubsub#access_model", "open"), ("pubsub#publish_model", "open"), ("pubsub#max_items", "100")];
    if server.kind == Kind::Ejabberd {
        options.push(("pubsub#itemreply", "publisher"));
    }
    writer.create(to, node, &options).await.expect("the comments node can be made");
    let comments = Some(service.as_str());
    friend
        .publish(comments, node, "comment-1", &foreign::comment(&bob.address, "comment-1", "A fine post"))
        .await
        .unwrap();
    friend.publish(comments, node, "like-by-bob", &foreign::comment(&bob.address, "like-by-bob", "♥")).await.unwrap();

    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&channel_of(&alice)).await.must_say("A title");
    reader.page.must_say("Text & more");
    reader.open_post("A title").await.must_say("A fine post");
    assert_eq!(reader.page.cards().len(), 2, "a like is no reply: {:?}", reader.page.cards());
    reader.page.must_say("One person likes this");
    assert!(
        reader.page.cards().iter().all(|card| !card.contains('♥')),
        "a like is no words: {:?}",
        reader.page.cards()
    );

    // What stands in a channel and is no post takes nothing away from the posts.
    writer.publish(None, MICROBLOG, "not-an-entry", "<test xmlns='urn:example:test'/>").await.unwrap();
    writer
        .publish(
            None,
            MICROBLOG,
            "bare-entry",
            "<entry xmlns='http://www.w3.org/2005/Atom'><title>Only a title</title><updated>2026-01-01T00:00:00Z</updated></entry>",
        )
        .await
        .unwrap();
    let channel = channel_of(&alice);
    let page = reader.reload_until(&channel, "the bare entry", |page| page.says("Only a title")).await;
    page.must_say("A title");
    writer.sign_out().await;
    friend.sign_out().await;
}

async fn a_form_that_fails_gives_the_text_back(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "A post to answer").await;
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&channel_of(&alice)).await;
    reader.open_post("A post to answer").await;
    let form = reader.page.form("Reply").fill("text", "An answer that comes too late");
    let remove = author.page.link_beside("A post to answer", "Delete").unwrap();
    author.visit(remove.as_str()).await;
    author.press("Delete").await;
    reader.submit(form).await;
    assert!(reader.page.status >= 400, "{}", reader.page.text());
    assert!(reader.page.body.contains("An answer that comes too late"), "{}", reader.page.body);

    let long = format!("A long text. {}", "0123456789".repeat(7_000));
    author.visit("/").await;
    let form = author.page.form("Post").fill("text", &long);
    author.submit(form).await;
    assert!((400..500).contains(&author.page.status), "{}", author.page.status);
    assert!(author.page.body.contains("A long text."), "the text is given back");
    author.visit(&channel_of(&alice)).await.must_not_say("A long text.");
}

async fn an_old_form_does_not_replace_what_it_published(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut person = Person::signed_in(gateway, &alice).await;
    person.visit(&channel_of(&alice)).await;
    let form = person.page.form("Post");
    person.submit(form.clone().fill("text", "The first text")).await.must_be(200);
    // Back, and another text in the same form; which is then sent twice.
    for _ in 0..2 {
        person.submit(form.clone().fill("text", "The second text")).await.must_be(200);
    }
    let cards = person.visit(&channel_of(&alice)).await.cards();
    let count = |text: &str| cards.iter().filter(|card| card.contains(text)).count();
    assert_eq!((count("The first text"), count("The second text")), (1, 1), "{cards:#?}");

    person.open_post("The first text").await;
    let form = person.page.form("Reply");
    for text in ["The first reply", "The second reply", "The second reply"] {
        person.submit(form.clone().fill("text", text)).await.must_be(200);
    }
    let cards = person.page.cards();
    let count = |text: &str| cards.iter().filter(|card| card.contains(text)).count();
    assert_eq!((count("The first reply"), count("The second reply")), (1, 1), "{cards:#?}");
}

async fn tells_about_a_channel(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "About to be described").await;
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&channel_of(&alice)).await;
    reader.press("Follow").await;
    reader.visit(&format!("{}/about", channel_of(&alice))).await.must_be(200);
    reader.page.must_say(&alice.address);
    reader.visit(&format!("{}/followers", channel_of(&alice))).await.must_be(200);
    author.visit(&format!("{}/followers", channel_of(&alice))).await.must_be(200);
    reader.visit(&format!("/@nobody-here@{}", server.domain)).await;
    assert!(matches!(reader.page.status, 403 | 404), "{}", reader.page.status);
    assert!(reader.page.find_form("Sign out").is_some(), "an error is a page like others");
}

async fn writes_into_a_community(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let service = server.pubsub.clone().unwrap();
    let node = format!("gardening & more {}", alice.name());
    let founder = Foreign::sign_in(server, &alice).await;
    let options = [
        ("pubsub#title", "Gardening"),
        ("pubsub#access_model", "open"),
        ("pubsub#publish_model", "open"),
        ("pubsub#deliver_payloads", "false"),
    ];
    founder.create(Some(&service), &node, &options).await.expect("members may make communities");
    let mut person = Person::signed_in(gateway, &bob).await;
    person.visit("/follows").await;
    let form = person.page.form("Follow").fill("address", &format!("{service}/{node}"));
    person.submit(form).await;
    person.page.must_be(200);
    person.post(&community(&service, &node), "Tomatoes are in").await.must_say("Tomatoes are in");
    founder
        .publish(
            Some(&service),
            &node,
            "from-alice",
            &foreign::entry(&alice.address, "from-alice", "Beans", "Beans too"),
        )
        .await
        .unwrap();
    person.reload_until("/channels", "the community", |page| page.says(&node)).await;
    person.reload_until("/", "both posts", |page| page.says("Tomatoes are in") && page.says("Beans too")).await;
    let items = founder.items(&service, &node).await.unwrap();
    let entries = movim::entries(&items);
    entries.iter().find(|entry| entry.id != "from-alice").unwrap().must_please_movim(&bob.address);
    person.reply(&community(&service, &node), "Tomatoes are in", "The small ones").await.must_say("The small ones");
    founder.sign_out().await;
}

async fn comes_back_from_the_cookie(server: &'static Server) {
    let mut gateway = Gateway::start(&Settings::for_server(server));
    let alice = server.account();
    let mut person = Person::signed_in(&gateway, &alice).await;
    person.post("/", "Written before the restart").await;
    gateway.restart();
    person.visit("/").await.must_be(200);
    assert!(person.page.find_form("Sign out").is_some(), "{}", person.page.text());
    person.visit(&channel_of(&alice)).await.must_say("Written before the restart");
    person.post("/", "Written after the restart").await.must_say("Written after the restart");

    let mut files: Vec<String> = std::fs::read_dir(gateway.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("ready-"))
        .collect();
    files.sort();
    files.retain(|name| {
        !matches!(name.as_str(), "gateway.toml" | "output.log" | "sealing.key" | "sealing.ended" | "guest-password")
    });
    assert!(files.is_empty(), "nothing of a person lies on the gateway's disk: {files:?}");
    person.visit("/").await;
    person.press("Sign out").await;
    let ended = std::fs::read_to_string(gateway.folder().join("sealing.ended")).unwrap();
    assert!(ended.lines().count() == 1 && !ended.contains(alice.name()), "of an ended sign-in its id is kept: {ended}");
    let log = gateway.log();
    assert!(!log.contains(&alice.password), "no password in the log");
}

async fn a_changed_author_is_refused(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob, mallory) = (server.account(), server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "A place to comment").await;
    let url = author.page.post_link("A place to comment");
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.reply(&channel_of(&alice), "A place to comment", "Bob was here").await;
    author.reload_until(url.as_str(), "the reply", |page| page.says("Bob was here")).await;

    let attacker = Foreign::sign_in(server, &mallory).await;
    let items = attacker.items(&alice.address, MICROBLOG).await.unwrap();
    let (href, _) = movim::entries(&items)[0].links("replies").remove(0);
    let (service, query) = href.strip_prefix("xmpp:").and_then(|uri| uri.split_once('?')).unwrap();
    let node = percent_encoding::percent_decode_str(&query[";node=".len()..]).decode_utf8().unwrap().into_owned();
    let reply = movim::entries(&attacker.items(service, &node).await.unwrap()).remove(0);
    attacker
        .publish(Some(service), &node, &reply.id, &foreign::comment(&mallory.address, &reply.id, "Mallory was here"))
        .await
        .expect("Prosody lets anybody overwrite an item of an open node");
    attacker
        .publish(Some(service), &node, "another", &foreign::comment(&mallory.address, "another", "And honest here"))
        .await
        .unwrap();
    let page = author.reload_until(url.as_str(), "the other comment", |page| page.says("And honest here")).await;
    page.must_not_say("Mallory was here");
    attacker.sign_out().await;
}

async fn says_what_the_server_keeps_to_itself(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "On a server that says little").await;
    author.reply(&channel_of(&alice), "On a server that says little", "My own reply").await;
    author.visit(&format!("{}/about", channel_of(&alice))).await.must_say("not verified");
}
