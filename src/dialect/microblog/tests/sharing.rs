//! Passing on a post: with words of one's own as Movim does it, without as XEP-0472 §4.4 says, and how both are read.

use super::script::Script;
use super::{alice, at, community, draft, element, now, own, xml};
use crate::channel::{Access, Draft, Post, PostRef, Share, Standing};
use crate::dialect::{Dialect, Microblog, Services};
use crate::xmpp::pubsub::answer::read_item;

const BOTH: &[&str] = &["<publish", "node=\"urn:xmpp:microblog:0\""];

fn original() -> PostRef {
    at(&community(), "robins-1")
}

fn share(is_repeat: bool) -> Share {
    Share {
        at: original(),
        author: Some(super::address("bob@example.org")),
        name: Some("Bob".to_owned()),
        beginning: Some("Robins & wrens".to_owned()),
        is_repeat,
    }
}

/// Publishes into an open channel of one's own; gives what others read and what they see of the entry.
async fn publish(draft: Draft) -> (Post, String) {
    let services = Services { own_access: Some(Access::Open), ..Services::default() };
    let script = Script::new().refusal("set alice@example.org", &["<create"], "forbidden").line(
        "set alice@example.org",
        BOTH,
        "",
    );
    let published = Microblog.publish(&script, &alice(), &services, &own(), &draft, now()).await.expect("published");
    let sent = xml(&script.end().pop().unwrap().1);
    (published.post, sent)
}

#[tokio::test]
async fn a_quotation_is_what_movim_reads_as_one() {
    let draft =
        Draft { shares: Some(share(false)), ..draft("Look at **this**", "<p>Look at <strong>this</strong></p>") };
    let (post, sent) = publish(draft).await;
    // Movim takes the node as it stands, and reads the first only.
    let uri = "xmpp:pubsub.example.org?;node=birds;item=robins-1";
    assert!(sent.contains("<in-reply-to xmlns=\"http://purl.org/syndication/thread/1.0\""), "{sent}");
    assert!(sent.contains(&format!("href=\"{uri}\"")), "{sent}");
    assert!(sent.contains("<uri>xmpp:alice@example.org</uri>"), "the words are one's own: {sent}");
    assert_eq!((post.in_reply_to.as_ref(), post.is_repeat()), (Some(&original()), false));
    assert_eq!(post.via().unwrap().title.as_deref(), Some("Robins & wrens"));
    assert_eq!(post.author.standing, Standing::Verified);
}

#[tokio::test]
async fn the_node_of_a_microblog_is_not_encoded() {
    let shares = Some(Share { at: at(&own(), "cafe-au-lait"), ..share(false) });
    let (_, sent) = publish(Draft { shares, ..draft("Again", "<p>Again</p>") }).await;
    assert!(sent.contains("href=\"xmpp:alice@example.org?;node=urn:xmpp:microblog:0;item=cafe-au-lait\""), "{sent}");
}

#[tokio::test]
async fn a_repeat_names_who_wrote_it_and_where_it_stands() {
    let draft = Draft { shares: Some(share(true)), ..draft("Robins & wrens", "<p>Robins &amp; wrens</p>") };
    let (post, sent) = publish(draft).await;
    assert!(sent.contains("<name>Bob</name><uri>xmpp:bob@example.org</uri>"), "{sent}");
    assert!(!sent.contains("in-reply-to"), "{sent}");
    assert!(post.is_repeat());
    assert_eq!(post.via().unwrap().href, original().uri());
    assert_eq!((post.author.address, post.author.standing), (Some(alice()), Standing::Verified), "who published it");
}

#[tokio::test]
async fn what_somebody_else_wrote_is_not_edited() {
    let entry = "<entry xmlns='http://www.w3.org/2005/Atom'><title>Robins</title><id>x</id>\
        <author><uri>xmpp:bob@example.org</uri></author><updated>2026-11-23T16:00:00Z</updated>\
        <link rel='via' href='xmpp:pubsub.example.org?;node=birds;item=robins-1'/></entry>";
    let item = format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:microblog:0'>\
         <item id='again-1' publisher='alice@example.org'>{entry}</item></items></pubsub>"
    );
    let script = Script::new().line("get alice@example.org", &["again-1"], &item);
    let place = at(&own(), "again-1");
    let error = Microblog.edit(&script, &alice(), &place, &draft("Mine", "<p>Mine</p>"), now()).await.unwrap_err();
    assert!(error.is("not-acceptable"), "{error}");
    script.end();
}

#[test]
fn quotations_of_movim_and_repeats_of_libervia_are_read() {
    let read = |entry: &str| {
        let item = format!(
            "<item xmlns='http://jabber.org/protocol/pubsub' id='shared-1' publisher='alice@example.org'>\
             <entry xmlns='http://www.w3.org/2005/Atom'>{entry}<id>x</id><updated>2026-11-23T16:00:00Z</updated></entry></item>"
        );
        super::super::read::item(&own(), &read_item(element(&item))).unwrap()
    };
    let movim = read(
        "<title>Look</title><author><uri>xmpp:alice@example.org</uri></author>\
         <in-reply-to xmlns='http://purl.org/syndication/thread/1.0' ref='xmpp:pubsub.example.org?;node=birds;item=robins-1' \
         href='xmpp:pubsub.example.org?;node=birds;item=robins-1'/>",
    );
    assert_eq!((movim.in_reply_to, movim.links.len()), (Some(original()), 0));
    let libervia = read(
        "<title type='text'>Robins</title><author><name>bob</name><uri>xmpp:bob@example.org</uri></author>\
         <link rel='via' href='xmpp:pubsub.example.org?;node=birds;item=robins-1'/>",
    );
    assert!(libervia.is_repeat() && libervia.author.standing == Standing::Verified);
    assert_eq!(libervia.author.address, Some(alice()));
}
