//! Who stands behind a post: the server's word, never the entry's.

use super::{address, community, element, fixture, own};
use crate::channel::{Author, ChannelId, Standing};
use crate::dialect::microblog::read;
use crate::xmpp::pubsub::answer;

fn author(channel: &ChannelId, publisher: &str, inside: &str) -> Author {
    let item = format!(
        "<item xmlns='http://jabber.org/protocol/pubsub' id='some-id' publisher='{publisher}'><entry xmlns='http://www.w3.org/2005/Atom'>\
         <updated>2026-01-01T00:00:00Z</updated>{inside}</entry></item>"
    );
    read::item(channel, &answer::read_item(element(&item))).expect("a post").author
}

fn by(uri: &str) -> String {
    format!("<author><name>Alice</name><uri>{uri}</uri></author>")
}

#[test]
fn the_publisher_or_the_owner_is_the_author() {
    for uri in ["xmpp:alice@example.org", "xmpp:ALICE@Example.ORG/x?message", "xmpp:%61lice@example.org"] {
        for (channel, publisher) in
            [(own(), ""), (own(), "alice@example.org"), (community(), "Alice@example.org/phone")]
        {
            let author = author(&channel, publisher, &by(uri));
            assert_eq!(author.standing, Standing::Verified, "{uri} {publisher}");
            assert_eq!(author.address, Some(address("alice@example.org")));
            assert_eq!(author.name.as_deref(), Some("Alice"));
        }
    }
    let unnamed = author(&own(), "", "");
    assert_eq!((unnamed.standing, unnamed.address), (Standing::Verified, Some(address("alice@example.org"))));
    // A web address says nothing about the account.
    assert_eq!(author(&own(), "", &by("https://example.org/alice")).standing, Standing::Verified);
}

#[test]
fn other_claims_are_contradicted() {
    let cases = [
        (own(), "", by("xmpp:bob@example.net")),
        (own(), "", by("xmpp:alice@example.org.evil.example")),
        (own(), "", by("xmpp:\u{430}lice@example.org")),
        (own(), "", by("xmpp:alice%2540example.org@evil.example")),
        (own(), "", by("xmpp:%ff@example.org")),
        (own(), "", by("xmpp:evil@example.net/alice@example.org")),
        (own(), "", by("xmpp:alice@example.org") + &by("xmpp:bob@example.net")),
        (own(), "bob@example.net", by("xmpp:alice@example.org")),
        (community(), "bob@example.net", by("xmpp:alice@example.org")),
        (community(), "bob@example.net/alice@example.org", by("xmpp:alice@example.org")),
        (community(), "bob@example.net", by("acct:alice@example.org")),
        (community(), "bob@example.net", by("alice@example.org")),
    ];
    for (channel, publisher, inside) in cases {
        let author = author(&channel, publisher, &inside);
        assert!(matches!(author.standing, Standing::Contradicted { .. }), "{publisher} {inside}");
        let publisher = if publisher.is_empty() { "alice@example.org" } else { "bob@example.net" };
        assert_eq!((author.address, author.name), (Some(address(publisher)), None), "{inside}");
    }
    let claim = "xmpp:bob@example.net?".to_owned() + &"x".repeat(1_000);
    let Standing::Contradicted { claimed } = author(&own(), "", &by(&claim)).standing else { panic!("believed") };
    assert_eq!(claimed.chars().count(), 200);
}

#[test]
fn where_the_server_says_nothing_the_claim_is_only_a_claim() {
    let claimed = author(&community(), "", &by("xmpp:alice@example.org"));
    assert_eq!((claimed.standing, claimed.address), (Standing::Unverified, Some(address("alice@example.org"))));
    let two = author(&community(), "", &(by("xmpp:alice@example.org") + &by("xmpp:bob@example.net")));
    assert_eq!((two.standing, two.address), (Standing::Unverified, None));
    assert_eq!(author(&community(), "no address@", "").address, None);
}

#[test]
fn a_repost_belongs_to_who_reposts() {
    let post = read::item(&own(), &fixture!("libervia_repost")).expect("a post");
    assert_eq!(post.author, Author { address: Some(super::alice()), name: None, standing: Standing::Verified });
    assert_eq!(post.links[0].rel, "via");
}
