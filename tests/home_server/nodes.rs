//! Nodes: communities, personal nodes, who is told what, and that data last.

use std::time::Duration;

use super::house::*;

const PUBSUB: &str = "http://jabber.org/protocol/pubsub";

fn publish(node: &str, id: &str, text: &str) -> String {
    format!(
        "<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='{id}'><entry xmlns='http://www.w3.org/2005/Atom'>\
         <title>{text}</title></entry></item></publish></pubsub>"
    )
}

fn items(node: &str, more: &str) -> String {
    format!("<pubsub xmlns='{PUBSUB}'><items node='{node}'/>{more}</pubsub>")
}

fn subscribe(node: &str, jid: &str) -> String {
    format!("<pubsub xmlns='{PUBSUB}'><subscribe node='{node}' jid='{jid}'/></pubsub>")
}

fn create(node: &str, fields: &[(&str, &str)]) -> String {
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!("<field var='pubsub#{name}'><value>{value}</value></field>"))
        .collect();
    format!(
        "<pubsub xmlns='{PUBSUB}'><create node='{node}'/><configure><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#node_config</value></field>{fields}</x>\
         </configure></pubsub>"
    )
}

#[tokio::test]
async fn a_community_lives() {
    let house = House::open().await;
    let service = "pubsub.home.test";
    let (mut alice, mut bob) = (house.present("alice", "a").await, house.present("bob", "b").await);
    let mut guest = house.guest().await;
    let made = alice.ask("set", service, &create("trains", &[("title", "Trains"), ("publish_model", "open")])).await;
    assert!(made.contains("type='result'") && made.contains("<create node='trains'/>"), "{made}");
    assert!(alice.ask("set", service, &create("trains", &[])).await.contains("<conflict "));
    assert!(alice.ask("set", service, &create("odd", &[("flavour", "x")])).await.contains("<not-acceptable "));
    assert!(guest.ask("set", service, &create("spam", &[])).await.contains("<forbidden "));
    assert!(guest.ask("set", service, &publish("trains", "g", "x")).await.contains("<forbidden "));
    let subscribed = bob.ask("set", service, &subscribe("trains", "bob@home.test")).await;
    assert!(subscribed.contains("<subscription node='trains' jid='bob@home.test' subscription='subscribed'/>"));
    assert!(bob.ask("set", service, &subscribe("trains", "alice@home.test")).await.contains("<invalid-jid "));
    let jid = guest.ask("get", service, &items("trains", "")).await;
    let jid = jid.split("to='").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    assert!(guest.ask("set", service, &subscribe("trains", &jid)).await.contains("subscribed"));
    for number in 1..=5 {
        let heard =
            alice.ask("set", service, &publish("trains", &format!("t{number}"), &format!("Post {number}"))).await;
        assert!(heard.contains(&format!("<item id='t{number}'/>")), "{heard}");
    }
    assert!(bob.ask("set", service, &publish("trains", "t1", "mine")).await.contains("<forbidden "));
    let told = bob.ask("set", service, &publish("trains", "b1", "Hello")).await;
    assert!(told.contains("<item id='b1'/>"), "{told}");
    assert!(told.find("type='result'") < told.find("type='headline'"), "the answer comes first: {told}");
    let heard = guest.hear("<item id='b1' publisher='bob@home.test'>").await;
    assert!(heard.contains("type='headline'") && heard.contains("<title>Post 5</title>"), "{heard}");
    let page = |more: &str| items("trains", &format!("<set xmlns='http://jabber.org/protocol/rsm'>{more}</set>"));
    let newest = bob.ask("get", service, &page("<max>2</max><before/>")).await;
    assert!(newest.contains("<item id='t5' publisher='alice@home.test'>"), "{newest}");
    assert!(newest.find("id='t5'") < newest.find("id='b1'") && !newest.contains("id='t4'"), "{newest}");
    assert!(newest.contains("<first index='4'>") && newest.contains("<count>6</count>"), "{newest}");
    let first = newest.split("<first index='4'>").nth(1).unwrap().split('<').next().unwrap();
    let older = bob.ask("get", service, &page(&format!("<max>3</max><before>{first}</before>"))).await;
    assert!(older.contains("id='t2'") && older.contains("id='t4'") && !older.contains("id='t1'"), "{older}");
    assert!(older.contains("<first index='1'>"), "{older}");
    let after = bob.ask("get", service, &page(&format!("<max>1</max><after>{first}</after>"))).await;
    assert!(after.contains("id='b1'") && after.contains("<first index='5'>"), "{after}");
    let count = bob.ask("get", service, &page("<max>0</max>")).await;
    assert!(count.contains("<count>6</count>") && !count.contains("<item "), "{count}");
    assert!(bob.ask("get", service, &page("<before>zzz</before>")).await.contains("<item-not-found "));
    let one = format!("<pubsub xmlns='{PUBSUB}'><items node='trains' max_items='1'/></pubsub>");
    let one = bob.ask("get", service, &one).await;
    assert!(one.contains("id='b1'") && !one.contains("id='t5'"), "{one}");
    let named =
        format!("<pubsub xmlns='{PUBSUB}'><items node='trains'><item id='t3'/><item id='zz'/></items></pubsub>");
    assert!(bob.ask("get", service, &named).await.contains("Post 3"));
    alice.ask("set", service, &publish("trains", "t2", "Edited")).await;
    let all = bob.ask("get", service, &items("trains", "")).await;
    assert!(all.find("Edited") < all.find("Post 3") && !all.contains("<set "), "{all}");
    let retract =
        |id: &str| format!("<pubsub xmlns='{PUBSUB}'><retract node='trains'><item id='{id}'/></retract></pubsub>");
    assert!(bob.ask("set", service, &retract("t1")).await.contains("<forbidden "));
    let heard = bob.ask("set", service, &retract("b1")).await;
    assert!(heard.contains("type='result'"), "{heard}");
    guest.hear("<retract id='b1'/>").await;
    assert!(bob.ask("set", service, &retract("b1")).await.contains("error"));
    let disco = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
    assert!(guest.ask("get", service, disco).await.contains("node='trains' name='Trains'"));
    let about = "<query xmlns='http://jabber.org/protocol/disco#info' node='trains'/>";
    let about = guest.ask("get", service, about).await;
    assert!(about.contains("pubsub#num_subscribers") && about.contains("<value>2</value>"), "{about}");
    let owner = "http://jabber.org/protocol/pubsub#owner";
    let delete = format!("<pubsub xmlns='{owner}'><delete node='trains'/></pubsub>");
    assert!(bob.ask("set", service, &delete).await.contains("<forbidden "));
    assert!(alice.ask("set", service, &delete).await.contains("type='result'"));
    guest.hear("<delete node='trains'/>").await;
    assert!(bob.ask("get", service, &items("trains", "")).await.contains("<item-not-found "));
}

#[tokio::test]
async fn personal_nodes_follow_their_access_model() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.present("alice", "a").await, house.present("bob", "b").await);
    let node = "urn:xmpp:microblog:0";
    let options = |model: &str| {
        publish(node, "p1", "First").replace(
            "</publish>",
            &format!(
                "</publish><publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>\
                 <value>http://jabber.org/protocol/pubsub#publish-options</value></field>\
                 <field var='pubsub#access_model'><value>{model}</value></field>\
                 <field var='pubsub#persist_items'><value>true</value></field></x></publish-options>"
            ),
        )
    };
    assert!(alice.ask("set", "", &publish(node, "p0", "Zero")).await.contains("<item id='p0'/>"));
    let refused = bob.ask("get", "alice@home.test", &items(node, "")).await;
    assert!(refused.contains("<not-authorized ") && refused.contains("<presence-subscription-required "), "{refused}");
    let refused = alice.ask("set", "", &options("open")).await;
    assert!(refused.contains("<conflict ") && refused.contains("<precondition-not-met "), "{refused}");
    let configure = format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='{node}'><x xmlns='jabber:x:data' \
         type='submit'><field var='pubsub#access_model'><value>open</value></field></x></configure></pubsub>"
    );
    assert!(bob.ask("set", "alice@home.test", &configure).await.contains("<forbidden "));
    assert!(alice.ask("set", "alice@home.test", &configure).await.contains("type='result'"));
    assert!(alice.ask("set", "", &options("open")).await.contains("<item id='p1'/>"));
    assert!(bob.ask("get", "alice@home.test", &items(node, "")).await.contains("<title>Zero</title>"));
    assert!(bob.ask("set", "alice@home.test", &publish(node, "x", "x")).await.contains("<forbidden "));
    assert!(bob.ask("set", "alice@home.test", &subscribe(node, "bob@home.test/b")).await.contains("subscribed"));
    alice.ask("set", "", &publish(node, "p2", "Second")).await;
    bob.hear("<message from='alice@home.test' to='bob@home.test/b' type='headline'>").await;
    bob.hear("<item id='p2' publisher='alice@home.test'>").await;
    alice.ask("set", "", &configure.replace(">open<", ">whitelist<")).await;
    assert!(bob.ask("get", "alice@home.test", &items(node, "")).await.contains("<closed-node "));
    bob.settle().await;
    alice.ask("set", "", &publish(node, "p3", "Third")).await;
    assert_eq!(bob.settle().await, "", "who may not read is not told");
    assert!(bob.ask("get", "nobody@home.test", &items(node, "")).await.contains("<service-unavailable "));
}

#[tokio::test]
async fn contacts_get_what_their_capabilities_ask_for() {
    let house = House::open().await;
    house.home.befriend("alice", "bob").await.unwrap();
    let mut alice = house.present("alice", "a").await;
    alice.ask("set", "", &publish("urn:xmpp:avatar:metadata", "old", "Old")).await;
    alice.ask("set", "", &publish("http://jabber.org/protocol/tune", "t", "Tune")).await;
    let mut bob = house.sign_in("bob", "b").await;
    bob.say(
        "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='made-up'/></presence>",
    )
    .await;
    let asked = bob.hear("node='urn:test#made-up'/></iq>").await;
    assert!(asked.contains("<presence from='alice@home.test/a'"), "{asked}");
    let id = asked.rsplit("id='").next().unwrap().split('\'').next().unwrap();
    bob.say(&format!(
        "<iq type='result' id='{id}' to='home.test'><query xmlns='http://jabber.org/protocol/disco#info'>\
         <feature var='urn:xmpp:avatar:metadata+notify'/></query></iq>"
    ))
    .await;
    let last = bob.hear("</message>").await;
    assert!(last.contains("<title>Old</title>") && last.contains("<delay "), "{last}");
    alice.ask("set", "", &publish("urn:xmpp:avatar:metadata", "new", "New")).await;
    alice.ask("set", "", &publish("http://jabber.org/protocol/tune", "t", "Other")).await;
    let heard = bob.settle().await;
    assert!(heard.contains("<title>New</title>") && !heard.contains("Tune") && !heard.contains("Other"), "{heard}");
}

#[tokio::test]
async fn data_survive_a_restart_and_shutdown_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open_at(Some(folder.path().to_owned())).await;
    let mut alice = house.sign_in("alice", "a").await;
    alice.ask("set", "pubsub.home.test", &create("trains", &[])).await;
    alice.ask("set", "pubsub.home.test", &publish("trains", "t1", "Kept")).await;
    let card = "<vCard xmlns='vcard-temp'><FN>Alice</FN></vCard>";
    alice.ask("set", "", card).await;
    let mut waiting = house.stream(DOMAIN).await;
    let start = std::time::Instant::now();
    house.shutdown.cancel();
    house.running.await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(alice.end().await.contains("<system-shutdown"));
    assert!(waiting.end().await.contains("<system-shutdown"));
    drop(house.home);
    let house = House::open_at(Some(folder.path().to_owned())).await;
    let mut bob = house.sign_in("bob", "b").await;
    let kept = bob.ask("get", "pubsub.home.test", &items("trains", "")).await;
    assert!(kept.contains("<item id='t1' publisher='alice@home.test'>") && kept.contains("Kept"), "{kept}");
    assert!(bob.ask("get", "alice@home.test", "<vCard xmlns='vcard-temp'/>").await.contains("<FN>Alice</FN>"));
}
