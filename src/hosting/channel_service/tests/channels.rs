//! Discovery, registration, making and configuring channels.

use super::talk::{NODE, Talk, configure, owner, pubsub, subscribe};

const JULIET: &str = "juliet@capulet.lit/bc";
const NURSE: &str = "nurse@capulet.lit/bc";

#[test]
fn a_service_is_known_by_what_it_says() {
    let mut talk = Talk::with_balcony();
    let info = talk.done(JULIET, "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>");
    for needle in ["type='channels'", "type='inbox'", "jabber:iq:register", "jabber:iq:search", "urn:xmpp:mam:tmp"] {
        assert!(info.contains(needle), "{needle}: {info}");
    }
    let items = talk.done(JULIET, "get", "<query xmlns='http://jabber.org/protocol/disco#items'/>");
    assert!(items.contains("/user/balcony@topics.capulet.lit/posts"), "{items}");
    let version = talk.done(JULIET, "get", "<query xmlns='jabber:iq:version'/>");
    assert!(version.contains("<name>Cirrus</name>"), "{version}");
    talk.say("<iq type='get' from='a@b/c' to='topics.capulet.lit' id='t'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
    assert!(super::talk::text(&talk.sent.pop().unwrap()).contains("channels.capulet.lit"));
    talk.say("<iq type='get' from='a@b/c' to='topics.capulet.lit' id='t'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    assert!(!super::talk::text(&talk.sent.pop().unwrap()).contains("type='channels'"), "it is not the service");
}

#[test]
fn registration_is_for_members_and_happens_once() {
    let mut talk = Talk::with_balcony();
    let register = "<query xmlns='jabber:iq:register'/>";
    talk.post(JULIET, "/user/juliet@capulet.lit/posts", "p1", "<content>kept</content>");
    talk.done(JULIET, "set", register);
    assert_eq!(talk.reads(JULIET, "/user/juliet@capulet.lit/posts"), ["p1"]);
    assert_eq!(talk.refused("x@anon.capulet.lit/1", "set", register), "not-allowed");
    assert_eq!(talk.refused("romeo@montague.lit/1", "set", register), "not-allowed");
    // Leaving takes one's own with it, and nobody else's.
    talk.post(NURSE, "/user/nurse@capulet.lit/posts", "n1", "<content>mine</content>");
    talk.done(NURSE, "set", &subscribe("/user/juliet@capulet.lit/posts", "nurse@capulet.lit"));
    talk.done(NURSE, "set", "<query xmlns='jabber:iq:register'><remove/></query>");
    assert_eq!(talk.reads(JULIET, "/user/juliet@capulet.lit/posts"), ["p1"]);
    assert_eq!(talk.reads(JULIET, NODE).len(), 0);
    let items = pubsub("<items node='/user/nurse@capulet.lit/posts'/>");
    assert_eq!(talk.refused(JULIET, "get", &items), "item-not-found");
    let list = talk.done(JULIET, "get", &owner("<subscriptions node='/user/juliet@capulet.lit/posts'/>"));
    assert!(!list.contains("nurse@"), "{list}");
}

#[test]
fn topic_channels_are_made_once_by_members() {
    let mut talk = Talk::with_balcony();
    let create = |node: &str| pubsub(&format!("<create node='{node}'/>"));
    assert_eq!(talk.refused(NURSE, "set", &create(NODE)), "conflict");
    assert_eq!(
        talk.refused("romeo@montague.lit/1", "set", &create("/user/duel@topics.capulet.lit/posts")),
        "not-allowed"
    );
    assert_eq!(talk.refused(JULIET, "set", &create("/user/romeo@capulet.lit/posts")), "not-allowed");
}

#[test]
fn all_nodes_of_a_channel_share_what_it_is() {
    let mut talk = Talk::with_balcony();
    talk.done(JULIET, "set", &configure(NODE, "pubsub#title", "Balcony talk"));
    let heard = talk.heard(NURSE).concat();
    assert!(heard.contains("<configuration") && heard.contains("Balcony talk"), "{heard}");
    for kind in ["posts", "status"] {
        let node = NODE.replace("posts", kind);
        let query = format!("<query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/>");
        let info = talk.done("stranger@anon.capulet.lit/1", "get", &query);
        assert!(info.contains("Balcony talk"), "{info}");
    }
    assert_eq!(talk.refused(JULIET, "set", &configure(NODE, "pubsub#access_model", "ajar")), "bad-request");
    assert_eq!(talk.refused(JULIET, "set", &configure(NODE, "buddycloud#channel_type", "personal")), "not-allowed");
    let long = "x".repeat(2_000);
    assert_eq!(talk.refused(JULIET, "set", &configure(NODE, "pubsub#description", &long)), "bad-request");
}

#[test]
fn a_deleted_channel_is_gone_for_everybody() {
    let mut talk = Talk::with_balcony();
    let delete = owner(&format!("<delete node='{NODE}'/>"));
    assert_eq!(talk.refused(NURSE, "set", &delete), "forbidden");
    talk.done(JULIET, "set", &delete);
    assert!(talk.heard(NURSE).concat().contains("<delete"), "followers are told");
    assert_eq!(talk.refused(NURSE, "get", &pubsub(&format!("<items node='{NODE}'/>"))), "item-not-found");
    let own = owner("<delete node='/user/juliet@capulet.lit/posts'/>");
    assert_eq!(talk.refused(JULIET, "set", &own), "not-allowed");
}
