//! Following, roles, requests, and lists with the privacy that servers do not keep.

use super::*;
use crate::channel::{Followers, Role};
use crate::dialect::{Dialect, Followed, Following, Services, Verdict};

const OPEN: &str = "<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data'>\
    <field var='pubsub#access_model'><value>open</value></field></x></query>";
const PRIVATE: &str = "<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data'>\
    <field var='pubsub#access_model'><value>authorize</value></field>\
    <field var='buddycloud#default_affiliation'><value>publisher</value></field></x></query>";

/// A list of one kind: `name=value` for each.
fn list(kind: &str, people: &str) -> String {
    let (entry, attribute) = (&kind[..kind.len() - 1], &kind[..kind.len() - 1]);
    let entries = people.split_whitespace().map(|one| {
        let (name, value) = one.split_once('=').unwrap();
        format!("<{entry} jid='{name}@montague.lit' {attribute}='{value}'/>")
    });
    format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><{kind}>{}</{kind}></pubsub>",
        entries.collect::<String>()
    )
}

fn named(people: &[Address]) -> Vec<&str> {
    people.iter().map(|address| address.node().unwrap().as_str()).collect()
}

#[tokio::test]
async fn following_may_have_to_wait() {
    let nurse = address("nurse@capulet.lit");
    let script = Script::new().recorded(
        "set buddycloud.capulet.lit",
        &["jid='nurse@capulet.lit'"],
        "node-approve-follower",
        "b1",
    );
    let balcony = channel("balcony@topics.capulet.lit");
    assert_eq!(node().follow(&script, &nurse, &balcony, None).await, Ok(Following::Pending));
    let script =
        Script::new().recorded("set buddycloud.montague.lit", &["jid='benvolio@montague.lit'"], "java-benvolio", "n2");
    let benvolio = address("benvolio@montague.lit");
    assert_eq!(
        java().follow(&script, &benvolio, &channel("romeo@montague.lit"), None).await,
        Ok(Following::Subscribed)
    );
    let script = Script::new().refusal("set buddycloud.montague.lit", &[], "item-not-found");
    assert_eq!(
        java().unfollow(&script, &benvolio, &channel("gone@montague.lit")).await,
        Ok(()),
        "what is gone is let go"
    );
}

#[tokio::test]
async fn followed_channels_are_nodes_of_posts_with_pending_and_invited_ones() {
    let (services, me) = (Services::default(), address("juliet@capulet.lit"));
    let script = Script::new().recorded("get buddycloud.capulet.lit", &["<subscriptions"], "node-juliet", "j9");
    assert_eq!(node().follows(&script, &me, &services).await, Ok(Vec::new()), "one's own is not followed");
    let answer = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscriptions>\
        <subscription node='/user/a@x.lit/posts' subscription='subscribed'/><subscription node='/user/a@x.lit/status' subscription='subscribed'/>\
        <subscription node='/user/b@x.lit/posts' subscription='pending'/>\
        <subscription node='/user/c@x.lit/posts' subscription='invited' invited-by='romeo@montague.lit/x'/>\
        <subscription node='/user/d@x.lit/posts' subscription='none'/><subscription node='urn:xmpp:microblog:0' subscription='subscribed'/>\
        </subscriptions></pubsub>";
    let script = Script::new().line("get buddycloud.verona.lit", &[], answer);
    let followed = |name: &str, is_pending, host: Option<&str>| Followed {
        channel: channel(name),
        title: None,
        is_pending,
        invited_by: host.map(address),
    };
    let expected = vec![
        followed("a@x.lit", false, None),
        followed("b@x.lit", true, None),
        followed("c@x.lit", false, Some("romeo@montague.lit")),
    ];
    assert_eq!(other().follows(&script, &me, &services).await, Ok(expected));
}

#[tokio::test]
async fn long_lists_are_read_to_their_end_and_endless_ones_not() {
    let part = |names: std::ops::Range<usize>, last: &str, count: usize| {
        let entries: String =
            names.map(|n| format!("<affiliation node='/user/u{n}@x.lit/posts' affiliation='member'/>")).collect();
        format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><affiliations>{entries}</affiliations><set xmlns='http://jabber.org/protocol/rsm'><first index='0'>x</first><last>{last}</last><count>{count}</count></set></pubsub>"
        )
    };
    let head = "get buddycloud.capulet.lit";
    let me = address("juliet@capulet.lit");
    let script = Script::new().line(head, &["<max>200"], &part(0..3, "u2", 5)).line(
        head,
        &["<after>u2</after>"],
        &part(3..5, "u4", 5),
    );
    assert_eq!(node().roles(&script, &me).await.unwrap().len(), 5);
    script.end();
    let script =
        Script::new().line(head, &[], &part(0..3, "u2", 99)).line(head, &["<after>u2</after>"], &part(0..3, "u2", 99));
    assert_eq!(node().roles(&script, &me).await.unwrap().len(), 3);
    script.end();
}

#[tokio::test]
async fn own_roles_are_read_in_whatever_namespace() {
    let script = Script::new().recorded("get buddycloud.montague.lit", &["<affiliations"], "java-romeo", "q25");
    let roles = java().roles(&script, &address("x.lit")).await.unwrap();
    assert_eq!(roles, [(channel("romeo@montague.lit"), Role::Owner)]);
}

#[tokio::test]
async fn followers_of_both_servers() {
    let head = "get buddycloud.capulet.lit";
    let script = Script::new()
        .line(head, &["disco#info"], OPEN)
        .recorded(head, &["<affiliations"], "node-juliet", "j7")
        .recorded(head, &["<subscriptions"], "node-juliet", "j8");
    let juliet = channel("juliet@capulet.lit");
    let known = vec![(juliet.address.clone(), Role::Owner), (address("nurse@capulet.lit"), Role::Publisher)];
    assert_eq!(node().followers(&script, None, &juliet).await, Ok(Followers::Known(known)));
    let head = "get buddycloud.montague.lit";
    let script = Script::new()
        .line(head, &["disco#info"], OPEN)
        .recorded(head, &["<affiliations"], "java-romeo", "q21")
        .recorded(head, &["<subscriptions"], "java-romeo", "q23");
    let romeo = channel("romeo@montague.lit");
    let known = vec![(address("benvolio@montague.lit"), Role::Follower), (romeo.address.clone(), Role::Owner)];
    assert_eq!(java().followers(&script, None, &romeo).await, Ok(Followers::Known(known)));
}

#[tokio::test]
async fn nobody_sees_who_is_kept_out_or_waits_but_those_who_look_after() {
    // What java tells everybody (it gives a role to people who wait), and node all who follow.
    let java_roles =
        list("affiliations", "target=member outcast=outcast member=member moderator=moderator owner=owner");
    let java_interests = list(
        "subscriptions",
        "target=pending outcast=subscribed member=subscribed moderator=subscribed owner=subscribed",
    );
    let node_roles = list("affiliations", "member=member moderator=moderator owner=owner");
    let head = |dialect: &Buddycloud| format!("get {}", dialect.presence_to());
    for (dialect, roles) in [(java(), &java_roles), (node(), &node_roles)] {
        let head = head(&dialect);
        let duel = channel("duel@topics.montague.lit");
        let script = Script::new().line(&head, &[], OPEN).line(&head, &[], roles).line(&head, &[], &java_interests);
        let Followers::Known(followers) = dialect.followers(&script, None, &duel).await.unwrap() else { panic!() };
        let followers: Vec<Address> = followers.into_iter().map(|(who, _)| who).collect();
        assert_eq!(named(&followers), ["member", "moderator", "owner"]);
        for (viewer, may) in
            [("owner", true), ("moderator", true), ("member", false), ("outcast", false), ("nobody", false)]
        {
            let viewer = address(&format!("{viewer}@montague.lit"));
            let script = Script::new().line(&head, &[], roles).line(&head, &[], &java_interests);
            let banned = dialect.banned(&script, &viewer, &duel).await;
            let script = if may {
                Script::new().line(&head, &[], roles).line(&head, &[], &java_interests)
            } else {
                Script::new().line(&head, &[], roles)
            };
            let waiting = dialect.requests(&script, &viewer, &duel).await;
            if may {
                assert_eq!(named(&banned.unwrap()), ["outcast"], "{viewer}");
                assert_eq!(named(&waiting.unwrap()), ["target"], "{viewer}");
            } else {
                assert!(banned.unwrap_err().is("forbidden") && waiting.unwrap_err().is("forbidden"), "{viewer}");
            }
        }
    }
}

#[tokio::test]
async fn members_of_a_private_channel_are_for_its_members() {
    let roles = list("affiliations", "target=member member=member owner=owner outcast=outcast");
    let interests = list("subscriptions", "target=pending member=subscribed owner=subscribed outcast=subscribed");
    let head = "get buddycloud.montague.lit";
    for (viewer, may) in [
        (None, false),
        (Some("target"), false),
        (Some("outcast"), false),
        (Some("member"), true),
        (Some("owner"), true),
    ] {
        let script = Script::new().line(head, &[], PRIVATE).line(head, &[], &roles).line(head, &[], &interests);
        let viewer = viewer.map(|name| address(&format!("{name}@montague.lit")));
        let followers =
            java().followers(&script, viewer.as_ref(), &channel("secret@topics.montague.lit")).await.unwrap();
        assert_eq!(matches!(followers, Followers::Known(_)), may, "{viewer:?}");
    }
    let script = Script::new().line(head, &[], PRIVATE).refusal(head, &[], "forbidden");
    let hidden = java().followers(&script, None, &channel("secret@topics.montague.lit")).await;
    assert_eq!(hidden, Ok(Followers::Hidden));
}

#[tokio::test]
async fn whoever_is_let_in_gets_a_role_too() {
    let (secret, benvolio) = (channel("secret@topics.montague.lit"), address("benvolio@montague.lit"));
    let (get, set) = ("get buddycloud.montague.lit", "set buddycloud.montague.lit");
    let script = Script::new().recorded(set, &[], "java-approve-owner", "c3").recorded(
        get,
        &["<affiliations"],
        "java-approve-owner",
        "c4",
    );
    java().answer_request(&script, &secret, &benvolio, Verdict::Approve).await.unwrap();
    assert_eq!(script.end()[0].1, asked("java-approve-owner", "c3"));
    // Node lets in without a role.
    let (get, set) = ("get buddycloud.capulet.lit", "set buddycloud.capulet.lit");
    let script = Script::new()
        .line(set, &["subscription='subscribed'"], "")
        .line(get, &["<affiliations"], &list("affiliations", "owner=owner"))
        .line(get, &["disco#info"], PRIVATE)
        .line(set, &["affiliation='publisher'", "benvolio@montague.lit"], "");
    node().answer_request(&script, &secret, &benvolio, Verdict::Approve).await.unwrap();
    script.end();
    let script = Script::new().line(set, &["subscription='none'"], "");
    node().answer_request(&script, &secret, &benvolio, Verdict::Deny).await.unwrap();
    script.end();
}

#[tokio::test]
async fn ones_own_role_is_refused_with_its_reason() {
    let secret = channel("secret@topics.montague.lit");
    let script = Script::new().recorded("set buddycloud.montague.lit", &[], "java-approve-owner", "c7");
    let error = java().set_role(&script, &secret, &address("romeo@montague.lit"), Role::Follower).await.unwrap_err();
    assert!(error.is("not-allowed") && error.is("can-not-modify-own-affiliation"), "{error:?}");
}

#[tokio::test]
async fn a_stream_follows_for_itself_only_where_that_is_answered() {
    let full: jid::Jid = "juliet@capulet.lit/web".parse().unwrap();
    let romeo = channel("romeo@montague.lit");
    for dialect in [node(), java()] {
        assert!(dialect.subscribe(&Script::new(), &full, &romeo).await.unwrap_err().is("feature-not-implemented"));
    }
    let script = Script::new().line(
        "set buddycloud.verona.lit",
        &["jid='juliet@capulet.lit/web'", "pubsub#expire", "presence"],
        "",
    );
    assert_eq!(other().subscribe(&script, &full, &romeo).await, Ok(Following::Subscribed));
}
