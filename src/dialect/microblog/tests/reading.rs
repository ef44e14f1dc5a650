//! Entries in the shapes in which they come.

use super::{community, element, fixture, own};
use crate::channel::{ChannelId, Post};
use crate::dialect::Problem;
use crate::dialect::microblog::read;
use crate::xmpp::pubsub::{Item, answer};

fn personal(account: &str) -> ChannelId {
    ChannelId::personal(super::address(account))
}

fn good(channel: &ChannelId, item: &Item) -> Post {
    read::item(channel, item).expect("a post")
}

#[test]
fn movims_posts() {
    let post = good(&personal("marie@example.org"), &fixture!("movim_post"));
    assert_eq!(post.content.title.as_deref(), Some("A walk by the river"));
    assert_eq!(post.content.text.as_deref(), Some("We saw **herons**. #nature"));
    assert_eq!(post.content.markup.as_deref(), Some("<p>We saw <strong>herons</strong>. #nature</p>"));
    assert_eq!(post.author.name.as_deref(), Some("Marie"));
    assert!(post.is_edited() && !post.is_like());
    assert_eq!(post.tags, ["nature"]);
    let rels: Vec<&str> = post.links.iter().map(|link| link.rel.as_str()).collect();
    assert_eq!(rels, ["enclosure", "related", "alternate"]);
    let replies = post.replies.expect("a node for replies");
    assert_eq!(replies.to_string(), "comments.example.org/urn:xmpp:microblog:0:comments/a-walk-by-the-river-k3x9qa");

    let brief = good(&community(), &fixture!("movim_brief"));
    assert_eq!((brief.content.title, brief.content.text.as_deref()), (None, Some("Only a line today.")));

    let quote = good(&personal("marie@example.org"), &fixture!("movim_quote"));
    assert_eq!(quote.in_reply_to.expect("an answer").channel, community());
}

#[test]
fn likes_count_each_person_once() {
    let like = good(&community(), &fixture!("movim_like"));
    assert!(like.is_like());
    let mut from_phone = fixture!("movim_like");
    from_phone.id = Some("another-like".into());
    from_phone.publisher = Some("bob@example.net/phone".into());
    let other = good(&community(), &from_phone);
    assert_eq!(like.author.address, other.author.address);
    assert!(!good(&community(), &fixture!("movim_brief")).is_like());
}

#[test]
fn libervias_posts() {
    let post = good(&personal("louise@example.org"), &fixture!("libervia_post"));
    assert_eq!(post.content.title.as_deref(), Some("Garden notes"));
    assert_eq!(post.content.markup.as_deref(), Some("<p>Leeks &amp; <b>beans</b><br></p>"));
    assert!(post.replies.is_some());
}

#[test]
fn imported_feeds_with_prefixes_and_html() {
    let post = good(&community(), &fixture!("feed_import"));
    assert_eq!(post.content.title.as_deref(), Some("Rain & wind"));
    assert_eq!(post.content.markup.as_deref(), Some("<p>It <i>rains</i>.</p>"));
    assert_eq!(post.published.to_string(), "2026-10-03T10:00:00Z");
    assert_eq!(post.author.address, None);
    assert_eq!(post.links.len(), 1);
}

#[test]
fn what_is_no_post_is_passed_over() {
    assert_eq!(read::item(&community(), &fixture!("community_avatar")), Err(Problem::NotAPost));
    let mut test = fixture!("movim_brief");
    test.id = Some("test_post".into());
    assert_eq!(read::item(&community(), &test), Err(Problem::NotAPost));
    test.payload.clear();
    assert_eq!(read::item(&community(), &test), Err(Problem::NotAPost));
}

fn read_entry(inside: &str) -> Result<Post, Problem> {
    let item = format!(
        "<item xmlns='http://jabber.org/protocol/pubsub' id='some-id'><entry xmlns='http://www.w3.org/2005/Atom'>{inside}</entry></item>"
    );
    read::item(&own(), &answer::read_item(element(&item)))
}

#[test]
fn elements_that_may_occur_once_are_not_believed_twice() {
    let parts = [
        "<id>a</id>",
        "<title>b</title>",
        "<updated>2026-01-01T00:00:00Z</updated>",
        "<published>2026-01-01T00:00:00Z</published>",
        "<content>c</content>",
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>d</div></content>",
        "<summary>e</summary>",
    ];
    assert!(read_entry(&parts.concat()).is_ok());
    for part in parts {
        let doubled = format!("{}{part}", parts.concat());
        assert!(matches!(read_entry(&doubled), Err(Problem::Broken { id: Some(_) })), "{part}");
    }
    let author = "<author><name>n</name><uri>u</uri><uri>u</uri></author>";
    assert!(matches!(read_entry(&format!("{}{author}", parts.concat())), Err(Problem::Broken { .. })));
}

#[test]
fn marks_of_the_guard_make_a_problem() {
    let cut = "<updated>2026-01-01T00:00:00Z</updated><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>\
               <p><cut xmlns='urn:cirrus:cut' bound='depth'/></p></div></content>";
    assert!(matches!(read_entry(cut), Err(Problem::TooLarge { id: Some(_) })));
    let undated = "<title>a</title><updated>soon</updated>";
    assert!(matches!(read_entry(undated), Err(Problem::Broken { .. })));
}

#[test]
fn everything_has_a_bound() {
    let date = "<updated>2026-01-01T00:00:00Z</updated>";
    let words = "word ".repeat(40_000);
    let long = format!("<title>{words}</title><content>{words}</content><author><name>{words}</name></author>");
    let tags: String = (0..200).map(|n| format!("<category term='t{n}'/>")).collect();
    let links: String = (0..200).map(|n| format!("<link rel='related' href='https://example.org/{n}'/>")).collect();
    let far = format!("<link rel='related' href='https://example.org/{}'/>", "x".repeat(3_000));
    let post = read_entry(&format!("{date}{long}{far}{tags}{links}")).expect("a post");
    assert!(post.content.text.unwrap().len() <= 64 * 1024);
    assert!(post.author.name.unwrap().chars().count() <= 200);
    assert_eq!((post.tags.len(), post.links.len()), (50, 50));
    assert_eq!(post.links[0].href, "https://example.org/0");
    let alone = read_entry(&format!("{date}<title>{words}</title>")).expect("a post");
    assert_eq!(alone.content.text.unwrap().len(), 64 * 1024);
}

#[test]
fn replies_lead_only_to_nodes_for_replies() {
    let with = |href: &str| {
        let links: String = href.split(' ').map(|href| format!("<link rel='replies' href='{href}'/>")).collect();
        read_entry(&format!("<updated>2026-01-01T00:00:00Z</updated>{links}")).expect("a post").replies
    };
    let node = "xmpp:c.example.org?;node=urn%3Axmpp%3Amicroblog%3A0%3Acomments%2Fx";
    assert!(with(node).is_some());
    assert!(with(&format!("{node} {node} https://example.org/comments")).is_some());
    assert!(with(&format!("{node} {node}2")).is_none());
    for href in [
        "https://example.org/comments",
        "xmpp:alice@example.org?;node=urn:xmpp:bookmarks:1",
        "xmpp:alice@example.org?;node=urn:xmpp:microblog:0",
        "xmpp:c.example.org?;node=urn:xmpp:microblog:0:comments/",
        "xmpp:?;node=urn:xmpp:microblog:0:comments/x",
    ] {
        assert!(with(href).is_none(), "{href}");
    }
}
