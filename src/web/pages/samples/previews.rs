//! What pages tell programs that do not read them, of hostile samples.

use std::sync::Arc;

use scraper::Html;

use super::{EVIL, about, alice, all, select};
use crate::channel::reaction::Emoji;
use crate::channel::{About, Access, Author, Post, Role, Standing};
use crate::session::view::{Liveness, Thread};
use crate::session::{Counted, EventId};
use crate::web::fragments::{Credit, Preview};

/// A thread in an open channel.
pub(super) fn thread() -> Thread {
    Thread {
        about: about(),
        post: all().remove(0),
        replies: all(),
        likes: 1,
        takes_reactions: true,
        reactions: vec![Counted { emoji: Emoji::new("👍").unwrap(), people: 3, is_own: true }],
        is_liked: false,
        role: Role::Stranger,
        abilities: Default::default(),
        service: "pubsub.example.org".parse().unwrap(),
        may_reply: false,
        left_out: 0,
        has_hidden_replies: false,
        liveness: Liveness::Polled,
        seen: EventId { epoch: 1, number: 2 },
    }
}

#[test]
fn what_programs_are_told_is_what_was_written() {
    let html = Preview::post("https://social.example.org", &thread(), EVIL).unwrap().html();
    assert!(!html.as_str().contains("</script><b") && html.as_str().matches("</script>").count() == 1, "{html}");
    let page = Html::parse_document(html.as_str());
    let facts = select(&page, "head > script[type='application/ld+json']")[0].text().collect::<String>();
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    assert_eq!(facts["@type"], "SocialMediaPosting");
    assert_eq!(facts["datePublished"], "1970-01-01T00:00:00Z");
    let headline = facts["headline"].as_str().unwrap();
    assert!(headline.contains("<script>alert(1)</script>"), "words stay words: {facts}");
    let property = |name: &str| {
        let found = select(&page, &format!("head > meta[property='{name}']"));
        found.first().and_then(|meta| meta.attr("content")).map(str::to_owned)
    };
    assert_eq!(property("og:type").as_deref(), Some("article"));
    assert_eq!(property("og:url"), select(&page, "link[rel=canonical]")[0].attr("href").map(str::to_owned));
    assert!(property("og:description").is_some_and(|words| words.chars().count() <= 200));
}

#[test]
fn only_open_channels_have_something_to_tell() {
    let public = "https://social.example.org";
    for access in [Access::Restricted, Access::Unknown] {
        let about = About { access, ..about() };
        assert!(Preview::channel(public, &about, "/c").is_none());
        assert!(Preview::post(public, &Thread { about, ..thread() }, "title").is_none());
    }
    let gone = Post { is_deleted: true, ..(*all()[0]).clone() };
    assert!(Preview::post(public, &Thread { post: Arc::new(gone), ..thread() }, "title").is_none());
}

#[test]
fn a_name_never_says_more_than_is_known() {
    let credit = |standing| {
        Credit::new(&Post {
            author: Author { address: Some(alice()), name: Some("Bob".to_owned()), standing },
            ..(*all()[0]).clone()
        })
    };
    assert_eq!(credit(Standing::Verified).name, "Bob");
    let unverified = credit(Standing::Unverified);
    assert_eq!((unverified.name.as_str(), unverified.page), ("Bob (not verified)", None));
    assert_eq!(credit(Standing::Contradicted { claimed: "Bob".to_owned() }).name, "alice@example.org");
}
