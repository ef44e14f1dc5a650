//! News as both servers sent them, wrong namespaces and all.

use super::*;
use crate::channel::Event;
use crate::dialect::Dialect;

/// The kinds of events of a recording, in a word each.
fn told(dialect: &Buddycloud, name: &str) -> Vec<String> {
    let events = messages(name).into_iter().flat_map(|message| dialect.read_event(&message));
    let word = |event: Event| match event {
        Event::Published(post) if post.rating.is_some() => format!("rated {}", post.about.unwrap().id),
        Event::Published(post) => format!("published {} {}", post.at.channel.address, post.at.id),
        Event::Announced(at) => format!("announced {}", at.id),
        Event::Removed(at) => format!("removed {}", at.id),
        Event::Emptied(channel) => format!("emptied {}", channel.address),
        Event::Closed(channel) => format!("closed {}", channel.address),
        Event::Reconfigured(channel) => format!("reconfigured {}", channel.address),
        Event::PartChanged { channel, who } => format!("part of {who} in {}", channel.address),
    };
    events.map(word).collect()
}

#[test]
fn all_that_node_told_juliet() {
    let told = told(&node(), "node-juliet");
    for expected in [
        "published juliet@capulet.lit j-post-1",
        "published juliet@capulet.lit j-comment-1",
        "part of nurse@capulet.lit in juliet@capulet.lit",
        "reconfigured juliet@capulet.lit",
        "removed j-comment-1",
    ] {
        assert!(told.iter().any(|event| event == expected), "{expected}: {told:#?}");
    }
    assert_eq!(told.iter().filter(|event| *event == "removed j-comment-1").count(), 1, "with its tombstone only once");
    assert!(!told.iter().any(|event| event.starts_with("announced")), "{told:#?}");
}

#[test]
fn all_that_java_told_benvolio() {
    let head = "14384077-4686-4ac6-b30a-95342a2ae30a";
    let told = told(&java(), "java-benvolio");
    let expected = [
        "part of benvolio@montague.lit in romeo@montague.lit".to_owned(),
        "part of benvolio@montague.lit in romeo@montague.lit".to_owned(),
        format!("published romeo@montague.lit {head}"),
        "published romeo@montague.lit 53f50025-08b3-4a97-a376-0ee6dfb00252".to_owned(),
        "published romeo@montague.lit cfa87691-4743-4d47-b037-47c625aa32ec".to_owned(),
        format!("rated {head}"),
        "published romeo@montague.lit b6b30769-2fbb-4a42-91c5-9ad89f7b1287".to_owned(),
        "part of benvolio@montague.lit in romeo@montague.lit".to_owned(),
        "reconfigured romeo@montague.lit".to_owned(),
        "removed 53f50025-08b3-4a97-a376-0ee6dfb00252".to_owned(),
        "removed cfa87691-4743-4d47-b037-47c625aa32ec".to_owned(),
        "removed aaaf8cb8-b0e0-4812-be28-38e6526a535b".to_owned(),
        format!("removed {head}"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_deleted_topic_and_a_request_to_be_let_in() {
    assert!(told(&java(), "java-romeo").contains(&"closed duel@topics.montague.lit".to_owned()));
    let owner = told(&java(), "java-approve-owner");
    assert!(
        owner.iter().any(|event| event == "part of benvolio@montague.lit in secret@topics.montague.lit"),
        "{owner:?}"
    );
    // The form alone, which node sends even to those who wait.
    let forms: Vec<Element> = messages("node-approve-follower")
        .into_iter()
        .filter(|message| message.children().any(|child| child.name() == "x"))
        .collect();
    assert!(!forms.is_empty());
    for form in forms {
        assert!(matches!(&node().read_event(&form)[..], [Event::PartChanged { .. }]));
    }
}

#[test]
fn live_replies_name_their_thread() {
    let events = messages("java-benvolio").into_iter().flat_map(|message| java().read_event(&message));
    let replies = events.filter_map(|event| match event {
        Event::Published(post) => post.in_reply_to.clone(),
        _ => None,
    });
    assert!(replies.into_iter().all(|to| to == at("romeo@montague.lit", "14384077-4686-4ac6-b30a-95342a2ae30a")));
}

fn read(inside: &str) -> Vec<Event> {
    other().read_event(&element(&format!(
        "<message xmlns='jabber:client' type='headline' from='x'><event xmlns='http://jabber.org/protocol/pubsub#event'>{inside}</event></message>"
    )))
}

#[test]
fn status_and_place_change_what_a_channel_says() {
    let juliet = channel("juliet@capulet.lit");
    for kind in ["status", "geo/current"] {
        let told = read(&format!("<items node='/user/juliet@capulet.lit/{kind}'><item id='x'/></items>"));
        assert_eq!(told, [Event::Reconfigured(juliet.clone())]);
    }
    assert_eq!(read("<purge node='/user/juliet@capulet.lit/posts'/>"), [Event::Emptied(juliet.clone())]);
    let posts = "node='/user/juliet@capulet.lit/posts'";
    assert_eq!(
        read(&format!("<items {posts}><item id='x'/></items>")),
        [Event::Announced(at("juliet@capulet.lit", "x"))]
    );
}

#[test]
fn what_tells_nothing() {
    for inside in [
        "",
        "<items><item id='x'/></items>",
        "<items node='urn:xmpp:microblog:0'><item id='x'/></items>",
        "<items node='/user/juliet@capulet.lit/subscriptions'><item id='x'/></items>",
        "<items node='/user/juliet@capulet.lit/posts'><item/><retract/></items>",
        "<items node='/user/juliet@capulet.lit/posts'><item id='x'><other xmlns='y'/></item></items>",
        "<delete node='/user/juliet@capulet.lit/status'/>",
        "<subscription node='/user/juliet@capulet.lit/posts' subscription='subscribed'/>",
        "<affiliations><affiliation jid='a@b' affiliation='member'/></affiliations>",
    ] {
        assert_eq!(read(inside), [], "{inside}");
    }
    let two = "<message xmlns='jabber:client'><event xmlns='e'><purge node='/user/a@b/posts'/></event><event xmlns='e'><purge node='/user/a@b/posts'/></event></message>";
    assert_eq!(other().read_event(&element(two)), []);
    let error = "<message xmlns='jabber:client' type='error'><event xmlns='e'><purge node='/user/a@b/posts'/></event></message>";
    assert_eq!(other().read_event(&element(error)), []);
    let many: String = (0..500).map(|n| format!("<retract id='{n}'/>")).collect();
    assert_eq!(read(&format!("<items node='/user/a@b/posts'>{many}</items>")).len(), 200);
}
