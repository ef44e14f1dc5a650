//! Following, the lists of it, and who follows.

use super::script::{Script, form, items};
use super::{address, alice, community, own};
use crate::channel::{ChannelId, Followers, Node, Role};
use crate::dialect::{Dialect, Followed, Following, Microblog, Service, Services};
use crate::xmpp::AskError;

const LIST: &str = "urn:xmpp:pubsub:movim-public-subscription";
const PRIVATE: [(&str, &str); 3] = [("access_model", "whitelist"), ("persist_items", "1"), ("max_items", "max")];

fn state(state: &str) -> String {
    format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscription node='birds' jid='alice@example.org' subscription='{state}'/></pubsub>"
    )
}

#[tokio::test]
async fn following_is_written_down_where_other_clients_look() {
    let script = Script::new()
        .line(
            "set pubsub.example.org",
            &["<subscribe", "node='birds'", "jid=\"alice@example.org\""],
            &state("subscribed"),
        )
        .line("get alice@example.org", &["<configure", LIST], &form(&PRIVATE))
        .line(
            "set alice@example.org",
            &[
                LIST,
                "server=\"pubsub.example.org\"",
                "node=\"birds\"",
                "<title>Birds</title>",
                "<value>whitelist</value>",
            ],
            "",
        );
    let following = Microblog.follow(&script, &alice(), &community(), Some("Birds")).await;
    assert_eq!(following, Ok(Following::Subscribed));
    script.end();
}

#[tokio::test]
async fn the_first_follow_makes_a_private_list() {
    let script = Script::new()
        .line("set pubsub.example.org", &["<subscribe"], &state("pending"))
        .refusal("get alice@example.org", &["<configure"], "item-not-found")
        .line("set alice@example.org", &["<create", LIST, "<value>whitelist</value>", "pubsub#max_items"], "")
        .line("set alice@example.org", &["<publish", "publish-options", "subscription=\"pending\""], "");
    assert_eq!(Microblog.follow(&script, &alice(), &community(), None).await, Ok(Following::Pending));
    script.end();
}

#[tokio::test]
async fn nothing_private_is_written_where_it_would_not_stay_so() {
    let script = Script::new()
        .line("set pubsub.example.org", &["<subscribe"], "")
        .line("get alice@example.org", &["<configure"], &form(&[("access_model", "open"), ("persist_items", "1")]))
        .refusal("set alice@example.org", &["<configure", "<value>whitelist</value>"], "forbidden");
    // It is followed nevertheless.
    assert_eq!(Microblog.follow(&script, &alice(), &community(), None).await, Ok(Following::Subscribed));
    script.end();
    let script = Script::new().refusal(
        "set pubsub.example.org",
        &["<subscribe"],
        "not-authorized presence-subscription-required",
    );
    assert!(Microblog.follow(&script, &alice(), &community(), None).await.is_err());
}

#[tokio::test]
async fn unfollowing_takes_it_off_both() {
    for refusal in ["", "item-not-found", "unexpected-request not-subscribed", "remote-server-not-found"] {
        let script = Script::new().line("set alice@example.org", &["<retract", LIST], "");
        let script = match refusal {
            "" => script.line("set pubsub.example.org", &["<unsubscribe", "node='birds'"], ""),
            refusal => script.refusal("set pubsub.example.org", &["<unsubscribe"], refusal),
        };
        assert_eq!(Microblog.unfollow(&script, &alice(), &community()).await, Ok(()));
        script.end();
    }
}

#[tokio::test]
async fn the_own_list_comes_before_a_server_that_may_never_answer() {
    let script = Script::new().line("set alice@example.org", &["<retract", LIST], "").failure(
        "set pubsub.example.org",
        &["<unsubscribe"],
        AskError::Timeout,
    );
    assert_eq!(Microblog.unfollow(&script, &alice(), &community()).await, Err(AskError::Timeout));
    script.end();
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_not_an_empty_one() {
    let script = Script::new().refusal("get alice@example.org", &[LIST], "internal-server-error");
    assert!(Microblog.follows(&script, &alice(), &Services::default()).await.is_err());
}

#[tokio::test]
async fn an_owner_who_was_asked_is_asked_about_until_there_is_an_answer() {
    let asked = "<item id='x'><subscription xmlns='urn:xmpp:pubsub:subscription:0' server='bob@example.net' \
        node='urn:xmpp:microblog:0' subscription='pending'/></item>";
    let state = |state: &str| {
        format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscriptions><subscription node='urn:xmpp:microblog:0' \
             jid='alice@example.org' subscription='{state}'/></subscriptions></pubsub>"
        )
    };
    let script = Script::new().line("get alice@example.org", &[LIST], &items(&[asked])).line(
        "get bob@example.net",
        &["<subscriptions"],
        &state("pending"),
    );
    let follows = Microblog.follows(&script, &alice(), &Services::default()).await.expect("follows");
    assert!(follows[0].is_pending);
    script.end();

    let script = Script::new()
        .line("get alice@example.org", &[LIST], &items(&[asked]))
        .line("get bob@example.net", &["<subscriptions"], &state("subscribed"))
        .line("get alice@example.org", &["<configure", LIST], &form(&PRIVATE))
        .line("set alice@example.org", &["<publish", "server=\"bob@example.net\""], "");
    let follows = Microblog.follows(&script, &alice(), &Services::default()).await.expect("follows");
    assert!(!follows[0].is_pending);
    let (_, written) = script.end().pop().expect("the list is written");
    assert!(!String::from(&written).contains("subscription=\"pending\""), "the next one who reads it need not ask");
}

#[tokio::test]
async fn of_several_subscriptions_all_end() {
    let mine = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscriptions>\
        <subscription node='birds' jid='alice@example.org' subscription='subscribed' subid='1'/>\
        <subscription node='birds' jid='alice@example.org/x' subscription='subscribed' subid='2'/>\
        <subscription node='birds' jid='alice@example.org' subscription='subscribed' subid='3'/></subscriptions></pubsub>";
    let script = Script::new()
        .refusal("set pubsub.example.org", &["<unsubscribe"], "bad-request subid-required")
        .line("get pubsub.example.org", &["<subscriptions"], mine)
        .line("set pubsub.example.org", &["subid=\"1\""], "")
        .line("set pubsub.example.org", &["subid=\"3\""], "");
    let me = alice().into();
    assert_eq!(Microblog.unsubscribe(&script, &me, &community()).await, Ok(()));
    script.end();
}

fn listed(server: &str, node: &str) -> String {
    format!(
        "<item id='{server}{node}'><subscription xmlns='urn:xmpp:pubsub:subscription:0' server='{server}' node='{node}'><title>T</title></subscription></item>"
    )
}

#[tokio::test]
async fn the_list_and_the_services_are_put_together() {
    let list = items(&[
        &listed("bob@example.net", "urn:xmpp:microblog:0"),
        &listed("pubsub.example.org", "gone"),
        &listed("pubsub.example.org", "birds"),
        &listed("pubsub.far.example", "wool"),
        "<item id='broken'><subscription xmlns='urn:xmpp:pubsub:subscription:0' node='x'/></item>",
        "<item id='other'><x xmlns='urn:x'/></item>",
    ]);
    let mine = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscriptions>\
        <subscription node='birds' jid='alice@example.org' subscription='subscribed'/>\
        <subscription node='members' jid='alice@example.org' subscription='pending'/>\
        <subscription node='never' jid='alice@example.org' subscription='none'/>\
        <subscription node='watched' jid='alice@example.org/gate' subscription='subscribed'/>\
        <subscription node='theirs' jid='bob@example.net' subscription='subscribed'/>\
        <subscription node='urn:xmpp:microblog:0:comments/x' jid='alice@example.org' subscription='subscribed'/></subscriptions></pubsub>";
    let services = Services {
        channels: vec![Service { address: address("pubsub.example.org"), name: None, may_create: None }],
        ..Services::default()
    };
    let script = Script::new().line("get alice@example.org", &[LIST], &list).line(
        "get pubsub.example.org",
        &["<subscriptions"],
        mine,
    );
    let follows = Microblog.follows(&script, &alice(), &services).await.expect("follows");
    script.end();
    let at = |server: &str, node: &str| ChannelId::new(address(server), Node::new(node).unwrap());
    let title = Some("T".to_owned());
    assert_eq!(
        follows,
        [
            Followed {
                channel: ChannelId::personal(address("bob@example.net")),
                title: title.clone(),
                is_pending: false,
                invited_by: None
            },
            Followed { channel: community(), title: title.clone(), is_pending: false, invited_by: None },
            Followed { channel: at("pubsub.example.org", "members"), title: None, is_pending: true, invited_by: None },
            Followed { channel: at("pubsub.far.example", "wool"), title, is_pending: false, invited_by: None },
        ]
    );
    // A service that does not answer changes nothing; an account without a list follows nobody.
    let script = Script::new().refusal("get alice@example.org", &[LIST], "item-not-found").failure(
        "get pubsub.example.org",
        &[],
        AskError::Timeout,
    );
    assert_eq!(Microblog.follows(&script, &alice(), &services).await, Ok(Vec::new()));
}

#[tokio::test]
async fn who_follows() {
    let owner = |inside: &str| format!("<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>{inside}</pubsub>");
    let people = owner(
        "<subscriptions node='x'><subscription jid='bob@example.net' subscription='subscribed'/>\
         <subscription jid='bob@example.net/phone' subscription='subscribed'/><subscription jid='dave@example.org/gate' subscription='subscribed'/>\
         <subscription jid='carol@example.org' subscription='pending'/>\
         <subscription jid='alice@example.org' subscription='subscribed'/></subscriptions>",
    );
    let roles =
        owner("<affiliations node='x'><affiliation jid='alice@example.org' affiliation='owner'/></affiliations>");
    let script = Script::new().line("get alice@example.org", &["#owner", "<subscriptions"], &people).line(
        "get alice@example.org",
        &["#owner", "<affiliations"],
        &roles,
    );
    let known = vec![(alice(), Role::Owner), (address("bob@example.net"), Role::Follower)];
    assert_eq!(Microblog.followers(&script, None, &own()).await, Ok(Followers::Known(known)));
    script.end();

    let info = "<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data'><field var='FORM_TYPE'>\
        <value>http://jabber.org/protocol/pubsub#meta-data</value></field><field var='pubsub#num_subscribers'><value>12</value></field></x></query>";
    let script = Script::new()
        .refusal("get pubsub.example.org", &[], "forbidden")
        .line("get pubsub.example.org", &["disco#info"], info)
        .refusal("get pubsub.example.org", &[], "forbidden")
        .refusal("get pubsub.example.org", &["disco#info"], "service-unavailable");
    assert_eq!(Microblog.followers(&script, None, &community()).await, Ok(Followers::Counted(12)));
    assert_eq!(Microblog.followers(&script, None, &community()).await, Ok(Followers::Hidden));
}

#[tokio::test]
async fn what_one_may_do() {
    let mine = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><affiliations><affiliation node='birds' affiliation='publisher'/>\
        <affiliation node='urn:xmpp:microblog:0:comments/x' affiliation='owner'/></affiliations></pubsub>";
    let script = Script::new().line("get pubsub.example.org", &["<affiliations"], mine).refusal(
        "get pubsub.example.org",
        &["<affiliations"],
        "feature-not-implemented",
    );
    let service = address("pubsub.example.org");
    assert_eq!(Microblog.roles(&script, &service).await, Ok(vec![(community(), Role::Publisher)]));
    assert_eq!(Microblog.roles(&script, &service).await, Ok(Vec::new()));
}
