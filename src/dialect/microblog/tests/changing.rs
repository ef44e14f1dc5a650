//! Replying, changing and taking away.

use super::script::{Script, items};
use super::{address, alice, at, community, draft, fixture, long_draft, movim, now, own, xml};
use crate::channel::{ChannelId, Draft, Post};
use crate::dialect::microblog::{comments_node, publish, read};
use crate::dialect::{Dialect, Microblog};

fn replies_to(id: &str) -> ChannelId {
    ChannelId::new(address("comments.example.org"), comments_node(&at(&own(), id).id).unwrap())
}

fn brief() -> Post {
    let mut post = read::item(&own(), &fixture!("movim_brief")).unwrap();
    post.replies = Some(replies_to("brief-post"));
    post
}

fn no_tags(draft: Draft) -> Draft {
    Draft { tags: Vec::new(), ..draft }
}

#[tokio::test]
async fn a_reply_says_all_in_its_title() {
    let long = "I think so.\n\nReally, **really**.";
    for (draft, title, has_content) in [
        (draft("Nice!", "<p>Nice!</p>"), "Nice!", false),
        (draft("♥", "<p>♥</p>"), "♥", false),
        (draft(long, "<p>I think so.</p><p>Really, <strong>really</strong>.</p>"), "I think so. Really, really.", true),
    ] {
        let script = Script::new().line("set comments.example.org", &["<publish", "comments/brief-post"], "");
        let draft = no_tags(draft);
        let reply = Microblog.reply(&script, &alice(), &brief(), &draft, now()).await.expect("a reply");
        let [(_, asked)] = &script.end()[..] else { panic!("one request") };
        movim::check("comments.example.org", asked, "alice@example.org");
        let asked = xml(asked);
        assert!(asked.contains(&format!("<title type=\"text\">{title}</title>")), "{asked}");
        assert_eq!(asked.contains("<content"), has_content, "{asked}");
        assert!(!asked.contains("publish-options"));
        assert_eq!(reply.content.text.as_deref(), Some(draft.text.as_str()));
        assert_eq!(reply.content.title, None);
        assert_eq!(reply.is_like(), title == "♥");
    }
}

#[tokio::test]
async fn a_post_without_a_place_takes_no_replies() {
    let post = Post { replies: None, ..brief() };
    let error = Microblog.reply(&Script::new(), &alice(), &post, &long_draft(), now()).await.unwrap_err();
    assert!(error.is("feature-not-implemented"));
}

fn with_extensions() -> String {
    items(&[include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/entries/with_extensions.xml"))])
}

#[tokio::test]
async fn an_edit_keeps_what_it_does_not_change() {
    let script = Script::new().line("get pubsub.example.org", &["with-extensions-1"], &with_extensions()).line(
        "set pubsub.example.org",
        &["<publish node='birds'", "<item id=\"with-extensions-1\""],
        "",
    );
    let post = at(&community(), "with-extensions-1");
    let edited = Microblog.edit(&script, &alice(), &post, &long_draft(), now()).await.expect("edited");
    let asked = script.end();
    movim::check("pubsub.example.org", &asked[1].1, "alice@example.org");
    let entry = xml(&asked[1].1);
    for part in [
        "<id>with-extensions-1</id>",
        "<title type=\"text\">Where I am</title>",
        "Hello **world**",
        "<strong>world</strong>",
        "<rights>CC-BY</rights>",
        "<published>2026-08-01T10:00:00Z</published>",
        "<updated>2026-11-23T16:00:00.75Z</updated>",
        "<category term=\"xmpp\"/>",
        "length=\"7\"",
        "45.44",
    ] {
        assert!(entry.contains(part), "no {part} in {entry}");
    }
    for part in ["By the **sea**", "Somewhere", "urn:x"] {
        assert!(!entry.contains(part), "{part} is still in {entry}");
    }
    let geoloc = asked[1].1.get_child("publish", "http://jabber.org/protocol/pubsub").unwrap();
    let geoloc = geoloc.children().next().unwrap().children().next().unwrap();
    assert!(geoloc.has_child("geoloc", "http://jabber.org/protocol/geoloc"), "{entry}");
    assert!(edited.is_edited());
    assert_eq!(edited.content.title.as_deref(), Some("Where I am"));
}

#[tokio::test]
async fn an_edit_within_the_same_second_is_seen_as_one() {
    let published = publish::own_post(
        &at(&own(), "hello-x7k2p9"),
        &alice(),
        crate::dialect::microblog::compose::post(
            &at(&own(), "hello-x7k2p9"),
            &alice(),
            &long_draft(),
            None,
            None,
            now(),
        ),
    );
    let first = published.unwrap();
    let entry = crate::dialect::microblog::compose::post(
        &first.at,
        &alice(),
        &long_draft(),
        Some(&replies_to("hello-x7k2p9")),
        None,
        now(),
    );
    let item = format!("<item id='hello-x7k2p9'>{}</item>", xml(&entry));
    let script = Script::new().line("get alice@example.org", &[], &items(&[&item])).line(
        "set alice@example.org",
        &["<publish"],
        "",
    );
    let edited = Microblog.edit(&script, &alice(), &first.at, &no_tags(draft("Other.", "<p>Other.</p>")), now()).await;
    let edited = edited.expect("edited");
    script.end();
    assert!(edited.is_edited());
    assert_eq!(edited.published, first.published);
    assert_eq!((edited.content.text.as_deref(), edited.content.title), (Some("Other."), None));
    assert_eq!(edited.replies, Some(replies_to("hello-x7k2p9")));
}

#[tokio::test]
async fn only_ones_own_can_be_edited() {
    let theirs = |publisher: &str, author: &str| items(&[&super::script::item("post-1", publisher, 1, author)]);
    let post = at(&community(), "post-1");
    for (answer, condition) in [
        (theirs("publisher='bob@example.net'", "bob@example.net"), "forbidden"),
        (theirs("publisher='bob@example.net'", "alice@example.org"), "forbidden"),
        (theirs("publisher='alice@example.org'", "bob@example.net"), "forbidden"),
        (theirs("", "bob@example.net"), "forbidden"),
        (items(&[]), "item-not-found"),
        (items(&["<item id='post-1'/>"]), "item-not-found"),
    ] {
        let script = Script::new().line("get pubsub.example.org", &[], &answer);
        let error = Microblog.edit(&script, &alice(), &post, &long_draft(), now()).await.unwrap_err();
        assert!(error.is(condition), "{answer}");
        script.end();
    }
    // Where the server says nothing, one's own claim is enough.
    let script = Script::new().line("get pubsub.example.org", &[], &theirs("", "Alice@example.org")).line(
        "set pubsub.example.org",
        &["<publish"],
        "",
    );
    assert!(Microblog.edit(&script, &alice(), &post, &long_draft(), now()).await.is_ok());
}

#[tokio::test]
async fn a_post_goes_with_its_replies() {
    let post = at(&own(), "hello-x7k2p9");
    let entry = |replies: &ChannelId| {
        let entry =
            crate::dialect::microblog::compose::post(&post, &alice(), &long_draft(), Some(replies), None, now());
        items(&[&format!("<item id='hello-x7k2p9'>{}</item>", xml(&entry))])
    };
    let script = Script::new()
        .line("get alice@example.org", &[], &entry(&replies_to("hello-x7k2p9")))
        .line("set alice@example.org", &["<retract", "notify='true'", "hello-x7k2p9"], "")
        .refusal("set comments.example.org", &["<delete", "comments/hello-x7k2p9"], "forbidden");
    assert_eq!(Microblog.remove(&script, &alice(), &post).await, Ok(()));
    script.end();
    // The replies of another post, which this one only points to, are left alone.
    let script = Script::new().line("get alice@example.org", &[], &entry(&replies_to("another-post"))).line(
        "set alice@example.org",
        &["<retract"],
        "",
    );
    assert_eq!(Microblog.remove(&script, &alice(), &post).await, Ok(()));
    script.end();
}

#[tokio::test]
async fn where_replies_cannot_be_taken_away_that_is_said() {
    let reply = at(&replies_to("brief-post"), "reply-1");
    let answer = items(&[&super::script::item("reply-1", "publisher='alice@example.org'", 1, "alice@example.org")]);
    let script = Script::new()
        .line("get comments.example.org", &[], &answer)
        .refusal("set comments.example.org", &["<retract"], "forbidden")
        .line("get comments.example.org", &[], &answer)
        .line("set comments.example.org", &["<retract"], "");
    let error = Microblog.remove(&script, &alice(), &reply).await.unwrap_err();
    assert!(error.is("forbidden") && error.to_string().contains("only the author of the post"), "{error}");
    assert_eq!(Microblog.remove(&script, &alice(), &reply).await, Ok(()));
    script.end();
}
