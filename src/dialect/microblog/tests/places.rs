//! Where the replies to a post go, and how its domain is found out about.

use super::script::Script;
use super::{address, alice, at, community, long_draft, now, own};
use crate::channel::{Access, Address};
use crate::dialect::microblog::comments;
use crate::dialect::{Dialect, Learned, Microblog, Service, Services};
use crate::xmpp::AskError;

fn service(name: &str) -> Service {
    Service { address: address(name), name: None, may_create: None }
}

fn example() -> Services {
    Services {
        channels: vec![service("pubsub.example.org")],
        replies: Some(service("comments.example.org")),
        own_access: Some(Access::Open),
        ..Services::default()
    }
}

async fn make(
    script: &Script,
    services: &Services,
    channel: &crate::channel::ChannelId,
) -> (Option<Address>, Vec<Learned>) {
    let mut learned = Vec::new();
    let place = comments::make(script, &alice(), services, &at(channel, "post-1"), &mut learned).await;
    (place.map(|place| place.address), learned)
}

#[tokio::test]
async fn a_stock_prosody_leaves_only_the_own_account() {
    let script = Script::new()
        .refusal("set comments.example.org", &["<create"], "forbidden")
        .refusal("set pubsub.example.org", &["<create"], "forbidden")
        .line("set alice@example.org", &["<create", "pubsub#publish_model", "<value>open</value>"], "");
    let mut services = example();
    let (place, learned) = make(&script, &services, &own()).await;
    script.end();
    assert_eq!(place, Some(alice()));
    services.learn(&learned);
    // The next time nobody is asked in vain.
    let script = Script::new().line("set alice@example.org", &["<create"], "");
    assert_eq!(make(&script, &services, &own()).await.0, Some(alice()));
    script.end();
}

#[tokio::test]
async fn beside_the_community_if_there_is_no_better_place() {
    let services = Services { replies: None, ..example() };
    let there = crate::channel::ChannelId::new(address("talk.example.net"), community().node);
    let script = Script::new().refusal("set talk.example.net", &["<create"], "not-allowed").line(
        "set pubsub.example.org",
        &["<create"],
        "",
    );
    assert_eq!(make(&script, &services, &there).await.0, Some(address("pubsub.example.org")));
    script.end();
}

#[tokio::test]
async fn a_node_that_is_somebody_elses_is_not_taken() {
    let script = Script::new()
        .refusal("set comments.example.org", &["<create"], "conflict")
        .refusal("get comments.example.org", &["<configure"], "forbidden")
        .line("set pubsub.example.org", &["<create"], "");
    assert_eq!(make(&script, &example(), &own()).await.0, Some(address("pubsub.example.org")));
    script.end();
}

#[tokio::test]
async fn a_fussy_server_gets_what_is_essential() {
    let script = Script::new()
        .refusal("set comments.example.org", &["<create", "pubsub#itemreply"], "resource-constraint")
        .refusal("set comments.example.org", &["<create", "pubsub#publish_model"], "bad-request")
        .line("set comments.example.org", &["<create"], "")
        .line("set comments.example.org", &["<configure", "pubsub#publish_model"], "");
    assert_eq!(make(&script, &example(), &own()).await.0, Some(address("comments.example.org")));
    script.end();
    // A node that cannot be opened is of no use and is taken away again.
    let script = Script::new()
        .refusal("set comments.example.org", &["<create", "pubsub#itemreply"], "not-acceptable")
        .refusal("set comments.example.org", &["<create", "pubsub#publish_model"], "not-acceptable")
        .line("set comments.example.org", &["<create"], "")
        .refusal("set comments.example.org", &["<configure"], "not-acceptable")
        .line("set comments.example.org", &["<delete"], "")
        .line("set pubsub.example.org", &["<create"], "");
    assert_eq!(make(&script, &example(), &own()).await.0, Some(address("pubsub.example.org")));
    script.end();
}

#[tokio::test]
async fn without_any_place_the_post_still_goes_out() {
    let script = Script::new()
        .failure("set comments.example.org", &["<create"], AskError::Timeout)
        .refusal("set pubsub.example.org", &["<create"], "remote-server-not-found")
        .refusal("set alice@example.org", &["<create"], "service-unavailable")
        .line("set alice@example.org", &["<publish"], "");
    let published =
        Microblog.publish(&script, &alice(), &example(), &own(), &long_draft(), now()).await.expect("published");
    script.end();
    assert_eq!(published.post.replies, None);
    assert!(!published.learned.iter().any(|fact| matches!(fact, Learned::MayCreate(..))), "none of these is final");
}

#[tokio::test]
async fn the_services_of_a_domain() {
    let list = "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='pubsub.example.org' name='x'/><item jid='comments.example.org'/>\
                <item jid='conference.example.org'/><item jid='away.example.org'/><item jid='alice@example.org'/><item jid='example.org' node='config'/>\
                <item jid='example.org'/><item jid='@'/><item/></query>";
    let info = |category: &str, kind: &str| {
        format!(
            "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='{category}' type='{kind}' name='Channels here'/></query>"
        )
    };
    let script = Script::new()
        .line("get example.org", &["disco#items"], list)
        .line("get pubsub.example.org", &["disco#info"], &info("pubsub", "service"))
        .line("get comments.example.org", &["disco#info"], &info("pubsub", "service"))
        .line("get conference.example.org", &["disco#info"], &info("conference", "text"))
        .failure("get away.example.org", &["disco#info"], AskError::Timeout);
    let services = Microblog.discover(&script, &address("example.org")).await.expect("services");
    script.end();
    assert_eq!(
        services.channels.iter().map(|service| service.address.to_string()).collect::<Vec<_>>(),
        ["pubsub.example.org"]
    );
    assert_eq!(services.channels[0].name.as_deref(), Some("Channels here"));
    assert_eq!(services.replies.unwrap().address, address("comments.example.org"));
}

fn meta(title: &str, access: &str, followers: &str) -> String {
    format!(
        "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='pubsub' type='leaf'/><x xmlns='jabber:x:data' type='result'>\
         <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#meta-data</value></field>\
         <field var='pubsub#title'><value>{title}</value></field><field var='pubsub#access_model'><value>{access}</value></field>\
         <field var='pubsub#num_subscribers'><value>{followers}</value></field></x></query>"
    )
}

#[tokio::test]
async fn the_channels_of_a_service() {
    let list = "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='pubsub.example.org' node='wool' name='Wool'/>\
                <item jid='pubsub.example.org' node='birds'/><item jid='pubsub.example.org' node='urn:xmpp:microblog:0:comments/x'/>\
                <item jid='pubsub.example.org' node='test_node'/></query>";
    let script = Script::new()
        .line("get pubsub.example.org", &["disco#items"], list)
        .refusal("get pubsub.example.org", &["disco#info", "wool"], "forbidden")
        .line("get pubsub.example.org", &["disco#info", "birds"], &meta("About birds", "open", "7"));
    let channels = Microblog.channels(&script, &address("pubsub.example.org")).await.expect("channels");
    script.end();
    let titles: Vec<_> = channels.iter().map(|about| about.title.as_deref()).collect();
    assert_eq!(titles, [Some("About birds"), Some("Wool")]);
    assert_eq!((channels[0].access, channels[0].followers), (Access::Open, Some(7)));
    assert_eq!(channels[1].access, Access::Unknown);
}

#[tokio::test]
async fn strangers_accounts_say_nothing_about_themselves() {
    let script = Script::new()
        .refusal("get alice@example.org", &[], "service-unavailable")
        .refusal("get alice@example.org", &[], "remote-server-not-found")
        .refusal("get pubsub.example.org", &[], "item-not-found")
        .line("get pubsub.example.org", &[], &meta("Birds", "whitelist", "x"));
    assert_eq!(Microblog.about(&script, &own()).await.expect("an answer").access, Access::Unknown);
    assert!(Microblog.about(&script, &own()).await.unwrap_err().is("remote-server-not-found"));
    assert!(Microblog.about(&script, &community()).await.is_err());
    let about = Microblog.about(&script, &community()).await.expect("an answer");
    assert_eq!((about.access, about.followers), (Access::Restricted, None));
}
