//! Whatever a person writes becomes exactly one well-formed entry.

use proptest::prelude::*;

use super::{alice, draft, movim, now, own};
use crate::channel::{ChannelId, PostRef};
use crate::dialect::microblog::{comments_node, compose, publish};
use crate::xmpp::pubsub::request;
use minidom::Element;

fn forbidden(c: char) -> bool {
    (c < ' ' && c != '\t' && c != '\n') || c == '\u{fffe}' || c == '\u{ffff}'
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_text_is_published_whole(text in "\\PC{0,40}|(?s-u:[\\x00-\\x7f]{0,80})|.{0,60}(\n.{0,30}){0,4}", markup in "\\PC{0,40}", tag in "\\PC{0,9}") {
        let draft = crate::channel::Draft { tags: vec![tag], ..draft(&text, &markup) };
        let replies = ChannelId::new("comments.example.org".parse().unwrap(), comments_node(&draft.id).unwrap());
        let at = PostRef::new(own(), draft.id.clone());
        for entry in [
            compose::post(&at, &alice(), &draft, Some(&replies), draft.page.as_deref(), now()),
            compose::reply(&at, &alice(), &draft, now()),
        ] {
            let xml = String::from(&request::publish("urn:xmpp:microblog:0", draft.id.as_str(), entry.clone(), &[]));
            prop_assert!(!xml.chars().any(forbidden));
            let again: Element = xml.parse().expect("well-formed");
            movim::check("alice@example.org", &again, "alice@example.org");
            let post = publish::own_post(&at, &alice(), entry).expect("readable");
            let said = post.content.text.unwrap_or_default();
            let meant: String = text.chars().filter(|c| !forbidden(*c)).collect();
            if !meant.trim().is_empty() {
                prop_assert_eq!(said.trim(), meant.trim());
            }
        }
    }
}
