//! Publishing a post, on servers as they are.

use super::script::{Script, form, items};
use super::{address, alice, community, draft, long_draft, movim, now, own, xml};
use crate::channel::{Access, Address, Standing};
use crate::dialect::{Dialect, Learned, Microblog, Published, Service, Services};
use crate::xmpp::AskError;

const ALICE: &str = "get alice@example.org";
const SET_ALICE: &str = "set alice@example.org";
const COMMENTS: &str = "set comments.example.org";
const REPLIES: &str = "node=\"urn:xmpp:microblog:0:comments/hello-x7k2p9\"";

/// How our own channel is to be, as a server shows it that knows all of it.
const AS_WANTED: [(&str, &str); 7] = [
    ("access_model", "open"),
    ("persist_items", "1"),
    ("max_items", "max"),
    ("notify_retract", "1"),
    ("send_last_published_item", "never"),
    ("itemreply", "publisher"),
    ("deliver_payloads", "true"),
];

fn services(names: &[&str]) -> Services {
    let service = |name: &&str| Service { address: address(name), name: None, may_create: None };
    let (replies, channels) =
        names.iter().map(service).partition(|service| service.address.to_string().starts_with("comments."));
    let replies: Vec<Service> = replies;
    Services { channels, replies: replies.into_iter().next(), ..Services::default() }
}

fn known(names: &[&str], access: Access) -> Services {
    Services { own_access: Some(access), ..services(names) }
}

async fn publish(script: &Script, services: &Services) -> Result<Published, AskError> {
    Microblog.publish(script, &alice(), services, &own(), &long_draft(), now()).await
}

/// Checks everything that was published against Movim's rules.
fn check(asked: &[(String, minidom::Element)]) {
    let published = asked.iter().filter(|(_, payload)| payload.children().any(|child| child.name() == "publish"));
    for (head, payload) in published {
        movim::check(head.split_once(' ').unwrap().1, payload, "alice@example.org");
    }
}

#[tokio::test]
async fn the_first_post_makes_an_open_channel() {
    let script = Script::new()
        .refusal(ALICE, &["<configure", "urn:xmpp:microblog:0"], "item-not-found")
        .line(SET_ALICE, &["<create", "pubsub#access_model", "<value>open</value>", "pubsub#max_items"], "")
        .line(ALICE, &["<configure"], &form(&AS_WANTED))
        .line(COMMENTS, &["<create", REPLIES, "pubsub#publish_model", "pubsub#itemreply"], "")
        .line(SET_ALICE, &["<publish", "publish-options", "pubsub#access_model", "pubsub#persist_items"], "")
        .line(COMMENTS, &["<subscribe", REPLIES, "jid=\"alice@example.org\""], "");
    let published = publish(&script, &services(&["comments.example.org"])).await.expect("published");
    let asked = script.end();
    check(&asked);
    assert_eq!(published.access, Access::Open);
    let post = &published.post;
    assert_eq!(post.at.uri(), "xmpp:alice@example.org?;node=urn%3Axmpp%3Amicroblog%3A0;item=hello-x7k2p9");
    assert_eq!(post.author.standing, Standing::Verified);
    assert_eq!(post.content.text.as_deref(), Some("Hello **world** #xmpp\n\nMore."));
    assert_eq!(post.published, post.updated);
    let services = &mut services(&["comments.example.org"]);
    services.learn(&published.learned);
    assert_eq!(services.own_access, Some(Access::Open));
    assert_eq!(services.replies.as_ref().unwrap().may_create, Some(true));

    let entry = xml(&asked[4].1);
    for part in [
        "<title type=\"text\">Hello world #xmpp</title>",
        "<content type=\"text\">Hello **world** #xmpp\n\nMore.</content>",
        "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Hello <strong>world</strong> #xmpp</p>",
        "<name>alice</name><uri>xmpp:alice@example.org</uri>",
        "<published>2026-11-23T16:00:00.75Z</published><updated>2026-11-23T16:00:00.75Z</updated>",
        "<category term=\"xmpp\"/>",
        "href=\"https://gate.example/@alice@example.org/posts/hello-x7k2p9\"",
        "href=\"xmpp:comments.example.org?;node=urn%3Axmpp%3Amicroblog%3A0%3Acomments%2Fhello-x7k2p9\"",
    ] {
        assert!(entry.contains(part), "no {part} in {entry}");
    }
}

#[tokio::test]
async fn later_posts_ask_for_nothing_more() {
    let script = Script::new()
        .line(COMMENTS, &["<create"], "")
        .line(SET_ALICE, &["<publish", "publish-options"], "")
        .line(COMMENTS, &["<subscribe"], "");
    publish(&script, &known(&["comments.example.org"], Access::Open)).await.expect("published");
    check(&script.end());
}

#[tokio::test]
async fn publishing_again_finds_all_in_place() {
    let script = Script::new()
        .refusal(COMMENTS, &["<create"], "conflict")
        .line("get comments.example.org", &["<configure"], &form(&[("access_model", "open")]))
        .line(SET_ALICE, &["<item id=\"hello-x7k2p9\""], "")
        .line(COMMENTS, &["<subscribe"], "");
    let published = publish(&script, &known(&["comments.example.org"], Access::Open)).await.expect("published");
    assert_eq!(published.post.replies.unwrap().address, address("comments.example.org"));
    check(&script.end());
}

#[tokio::test]
async fn a_channel_that_is_there_is_put_right_but_not_opened() {
    let mut fields = AS_WANTED;
    fields[0].1 = "presence";
    fields[2].1 = "1";
    let script = Script::new()
        .line(ALICE, &["<configure"], &form(&fields[..4]))
        .line(ALICE, &["max_items='1'"], &items(&[&super::script::item("an-old-post", "", 1, "alice@example.org")]))
        .line(SET_ALICE, &["<configure", "pubsub#max_items"], "")
        .line(SET_ALICE, &["<create"], "")
        .line(SET_ALICE, &["<publish"], "")
        .line(SET_ALICE, &["<subscribe"], "");
    let published = publish(&script, &services(&[])).await.expect("published");
    assert_eq!(published.access, Access::Restricted);
    let asked = script.end();
    let (configured, entry) = (xml(&asked[2].1), xml(&asked[4].1));
    assert!(!configured.contains("access_model"), "{configured}");
    assert!(!entry.contains("publish-options") && !entry.contains("https://gate.example"), "{entry}");
    check(&asked);
}

#[tokio::test]
async fn an_empty_channel_is_opened() {
    let script = Script::new()
        .line(ALICE, &["<configure"], &form(&[("access_model", "presence"), ("persist_items", "0")]))
        .line(ALICE, &["max_items='1'"], &items(&[]))
        .line(SET_ALICE, &["<configure", "<value>open</value>", "pubsub#persist_items"], "")
        .line(SET_ALICE, &["<configure", "pubsub#persist_items"], "")
        .line(SET_ALICE, &["<create"], "")
        .line(SET_ALICE, &["<publish", "publish-options"], "")
        .line(SET_ALICE, &["<subscribe"], "");
    assert_eq!(publish(&script, &services(&[])).await.expect("published").access, Access::Open);
    check(&script.end());
}

#[tokio::test]
async fn a_channel_that_was_closed_meanwhile_is_noticed() {
    let mut fields = AS_WANTED;
    fields[0].1 = "whitelist";
    let held = items(&[&super::script::item("an-old-post", "", 1, "alice@example.org")]);
    let script = Script::new()
        .line(SET_ALICE, &["<create"], "")
        .refusal(SET_ALICE, &["<publish", "publish-options"], "conflict precondition-not-met")
        .line(ALICE, &["<configure"], &form(&fields))
        .line(ALICE, &["max_items='1'"], &held)
        .line(SET_ALICE, &["<publish"], "")
        .line(SET_ALICE, &["<subscribe"], "");
    let published = publish(&script, &known(&[], Access::Open)).await.expect("published");
    assert_eq!(published.access, Access::Restricted);
    assert!(published.learned.contains(&Learned::OwnAccess(Access::Restricted)));
    let asked = script.end();
    assert!(!xml(&asked[4].1).contains("https://gate.example"), "the page is not for everybody");
    assert!(published.post.links.iter().all(|link| !link.href.starts_with("https:")));
}

#[tokio::test]
async fn a_server_that_makes_nodes_only_while_publishing() {
    let script = Script::new()
        .refusal(ALICE, &["<configure"], "forbidden")
        .refusal(SET_ALICE, &["<create"], "not-allowed")
        .refusal(COMMENTS, &["<create"], "forbidden")
        .refusal(SET_ALICE, &["<create", REPLIES], "not-allowed")
        .line(SET_ALICE, &["<publish", "publish-options"], "")
        .line(ALICE, &["<configure"], &form(&[("access_model", "open"), ("max_items", "1")]))
        .line(SET_ALICE, &["<configure", "pubsub#max_items"], "");
    let published = publish(&script, &services(&["comments.example.org"])).await.expect("published");
    assert_eq!((published.access, published.post.replies), (Access::Open, None));
    check(&script.end());
}

#[tokio::test]
async fn a_server_without_publish_options() {
    let script = Script::new()
        .refusal(ALICE, &["<configure"], "item-not-found")
        .refusal(SET_ALICE, &["<create", "pubsub#notify_retract"], "not-acceptable")
        .line(SET_ALICE, &["<create", "pubsub#access_model"], "")
        .line(ALICE, &["<configure"], &form(&AS_WANTED))
        .line(SET_ALICE, &["<create", REPLIES], "")
        .refusal(SET_ALICE, &["publish-options"], "feature-not-implemented unsupported")
        .line(ALICE, &["<configure"], &form(&AS_WANTED))
        .line(SET_ALICE, &["<publish"], "")
        .line(SET_ALICE, &["<subscribe"], "");
    assert_eq!(publish(&script, &services(&[])).await.expect("published").access, Access::Open);
    check(&script.end());
}

#[tokio::test]
async fn a_field_that_the_server_refuses_does_not_spoil_the_others() {
    let script = Script::new()
        .line(ALICE, &["<configure"], &form(&[("access_model", "open"), ("max_items", "10"), ("notify_retract", "0")]))
        .refusal(SET_ALICE, &["pubsub#max_items", "pubsub#notify_retract"], "not-acceptable")
        .refusal(SET_ALICE, &["pubsub#max_items"], "not-acceptable")
        .line(SET_ALICE, &["pubsub#notify_retract"], "")
        .line(SET_ALICE, &["<create"], "")
        .line(SET_ALICE, &["<publish"], "")
        .line(SET_ALICE, &["<subscribe"], "");
    assert_eq!(publish(&script, &services(&[])).await.expect("published").access, Access::Open);
    script.end();
}

#[tokio::test]
async fn a_refused_post_is_an_error() {
    let script = Script::new().line(SET_ALICE, &["<create"], "").refusal(
        SET_ALICE,
        &["<publish"],
        "not-acceptable payload-too-big",
    );
    // It is asked once more, in case the node was to blame.
    let script = script.line(ALICE, &["<configure"], &form(&AS_WANTED)).refusal(
        SET_ALICE,
        &["<publish"],
        "not-acceptable payload-too-big",
    );
    let error = publish(&script, &known(&[], Access::Open)).await.unwrap_err();
    assert!(error.is("payload-too-big"));
    script.end();
}

#[tokio::test]
async fn into_a_community() {
    let me: Address = alice();
    let script = Script::new()
        .line("set pubsub.example.org", &["<create", REPLIES], "")
        .line("set pubsub.example.org", &["<publish node='birds'"], "")
        .line("set pubsub.example.org", &["<subscribe", REPLIES], "");
    let (services, birds, draft) = (services(&["pubsub.example.org"]), community(), long_draft());
    let published = Microblog.publish(&script, &me, &services, &birds, &draft, now());
    let published = published.await.expect("published");
    assert_eq!((published.access, published.post.at.channel), (Access::Unknown, community()));
    let asked = script.end();
    assert!(!xml(&asked[1].1).contains("publish-options"));
    check(&asked);
}

#[tokio::test]
async fn short_plain_lines_are_titles_alone() {
    for (text, xhtml, is_short) in [
        ("Only a line.", "<p>Only a line.</p>\n", true),
        ("a < b & \"c\"", "<p>a &lt; b &amp; \"c\"</p>", true),
        ("see https://example.org", "<p>see <a href=\"https://example.org\">https://example.org</a></p>", false),
        ("*loud*", "<p><em>loud</em></p>", false),
        ("two\nlines", "<p>two\nlines</p>", false),
    ] {
        let services = Services { own_access: Some(Access::Restricted), ..Services::default() };
        let script = Script::new().refusal(SET_ALICE, &["<create"], "not-allowed").line(SET_ALICE, &["<publish"], "");
        let published = Microblog.publish(&script, &alice(), &services, &own(), &draft(text, xhtml), now()).await;
        let asked = script.end();
        check(&asked);
        assert_eq!(!xml(&asked[1].1).contains("<content"), is_short, "{text}");
        let content = published.expect("published").post.content;
        assert_eq!((content.text.as_deref(), content.title), (Some(text), None));
    }
}
