//! Whatever a stranger sends, nothing panics, and what is shown is within its bounds.

use proptest::prelude::*;

use super::*;
use crate::dialect::Dialect;

/// Elements with names and attributes that mean something here, in any order and nesting.
fn tree() -> impl Strategy<Value = String> {
    let name = proptest::sample::select(vec![
        "item",
        "items",
        "entry",
        "deleted-entry",
        "content",
        "title",
        "author",
        "uri",
        "name",
        "published",
        "updated",
        "in-reply-to",
        "target",
        "id",
        "rating",
        "geoloc",
        "text",
        "lat",
        "lon",
        "media",
        "meta",
        "link",
        "category",
        "retract",
        "x",
        "field",
        "value",
        "set",
        "last",
        "count",
        "affiliations",
        "affiliation",
        "subscription",
        "configuration",
        "delete",
        "purge",
        "cut",
    ]);
    let namespace = proptest::sample::select(vec![
        "",
        "http://www.w3.org/2005/Atom",
        "http://jabber.org/protocol/pubsub",
        "http://jabber.org/protocol/pubsub#event",
        "jabber:x:data",
        "http://purl.org/syndication/thread/1.0",
        "urn:cirrus:cut",
    ]);
    let word = proptest::sample::select(vec![
        "",
        "a",
        "tag:,,",
        "tag:x,y,z",
        "/user/a@b/posts",
        "/user/@/posts",
        "/user/a@b/status",
        "juliet@capulet.lit",
        "acct:juliet@capulet.lit",
        "2026-01-01T00:00:00Z",
        "9999-99-99",
        "5.0",
        "-1e30",
        "nan",
        "\u{1F496}é",
        "xmpp:a@b?;node=x;item=y",
        "http://[",
        "18446744073709551616",
    ]);
    let attribute = proptest::sample::select(vec![
        "id",
        "node",
        "ref",
        "href",
        "jid",
        "affiliation",
        "subscription",
        "publisher",
        "when",
        "type",
        "channel",
        "var",
        "index",
        "rel",
        "term",
    ]);
    let attributes = proptest::collection::btree_map(attribute, word.clone(), 0..4);
    let leaf =
        (name.clone(), namespace.clone(), attributes.clone(), word).prop_map(|(name, namespace, attributes, word)| {
            format!("<{name} xmlns='{namespace}'{}>{word}</{name}>", written(&attributes))
        });
    leaf.prop_recursive(5, 40, 6, move |inner| {
        (name.clone(), namespace.clone(), attributes.clone(), proptest::collection::vec(inner, 0..6)).prop_map(
            |(name, namespace, attributes, inside)| {
                format!("<{name} xmlns='{namespace}'{}>{}</{name}>", written(&attributes), inside.concat())
            },
        )
    })
}

fn written(attributes: &std::collections::BTreeMap<&str, &str>) -> String {
    attributes.iter().map(|(name, value)| format!(" {name}='{value}'")).collect()
}

/// Answers every request with the same.
struct Parrot(Element);

impl crate::xmpp::Ask for Parrot {
    async fn ask(&self, _: crate::xmpp::Request) -> Result<Option<Element>, AskError> {
        Ok(Some(self.0.clone()))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_answer_is_survived(inside in proptest::collection::vec(tree(), 0..5)) {
        let inside = inside.concat();
        let message = element(&format!("<message xmlns='jabber:client' from='b.c'><event xmlns='e'>{inside}</event></message>"));
        let parrot = Parrot(element(&format!("<pubsub xmlns='p'>{inside}</pubsub>")));
        let me = address("juliet@capulet.lit");
        let id = channel("juliet@capulet.lit");
        for dialect in [node(), java(), other()] {
            for event in dialect.read_event(&message) {
                if let crate::channel::Event::Published(post) = event {
                    prop_assert!(post.bytes() < 1024 * 1024 && post.at.channel.is_buddycloud());
                }
            }
            futures::executor::block_on(async {
                let page = dialect.posts(&parrot, &id, None, 20).await.unwrap();
                assert!(page.posts.iter().all(|post| post.at.channel == id && post.in_reply_to.is_none()));
                for post in page.posts.iter().take(2) {
                    let _ = dialect.replies(&parrot, post).await;
                }
                let _ = dialect.post(&parrot, &at("juliet@capulet.lit", "a")).await;
                let _ = dialect.about(&parrot, &id).await;
                let _ = dialect.followers(&parrot, None, &id).await;
                let _ = dialect.banned(&parrot, &me, &id).await;
                let _ = dialect.follows(&parrot, &me, &crate::dialect::Services::default()).await;
                let _ = dialect.roles(&parrot, &me).await;
                let _ = dialect.recent(&parrot, now(), 5, 9).await;
                let _ = dialect.search(&parrot, "x").await;
                let _ = dialect.popular(&parrot).await;
                let _ = dialect.edit(&parrot, &me, &at("juliet@capulet.lit", "a"), &draft("x"), now()).await;
            });
        }
    }
}
