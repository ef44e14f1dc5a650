//! Blocking at the home server (XEP-0191).

use super::house::*;

const LIST: &str = "<blocklist xmlns='urn:xmpp:blocking'/>";

fn item(name: &str, jid: &str) -> String {
    format!("<{name} xmlns='urn:xmpp:blocking'><item jid='{jid}'/></{name}>")
}

#[tokio::test]
async fn the_list_is_kept_and_told_to_those_who_asked_for_it() {
    let house = House::open().await;
    let (mut one, mut two) = (house.present("alice", "one").await, house.present("alice", "two").await);
    assert!(
        one.ask("get", "home.test", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            .await
            .contains("'urn:xmpp:blocking'")
    );
    assert!(one.ask("get", "", LIST).await.contains("<blocklist xmlns='urn:xmpp:blocking'></blocklist>"));
    two.ask("set", "", &item("block", "BOB@home.test")).await;
    one.hear("<block xmlns='urn:xmpp:blocking'><item jid='bob@home.test'/></block>").await;
    two.ask("set", "", &item("block", "iago.lit")).await;
    let heard = two.settle().await;
    assert!(!heard.contains("<block "), "it has not asked: {heard}");
    let list = one.ask("get", "", LIST).await;
    assert!(list.contains("<item jid='bob@home.test'/><item jid='iago.lit'/>"), "{list}");
    let told = one.ask("set", "", &item("unblock", "iago.lit")).await;
    assert!(told.contains("<unblock xmlns='urn:xmpp:blocking'><item jid='iago.lit'/></unblock>"), "{told}");
    let told = one.ask("set", "", "<unblock xmlns='urn:xmpp:blocking'/>").await;
    assert!(told.contains("<unblock xmlns='urn:xmpp:blocking'></unblock>"), "{told}");
    assert!(!one.ask("get", "", LIST).await.contains("<item"));
    for (bad, condition) in [
        ("<block xmlns='urn:xmpp:blocking'/>".to_owned(), "bad-request"),
        (item("block", "@"), "jid-malformed"),
        (item("block", "alice@home.test"), "not-allowed"),
    ] {
        assert!(one.ask("set", "", &bad).await.contains(&format!("<{condition} ")), "{bad}");
    }
    let mut guest = house.guest().await;
    assert!(guest.ask("get", "", LIST).await.contains("<service-unavailable "));
}

#[tokio::test]
async fn nothing_passes_between_the_two() {
    let house = House::open().await;
    house.home.befriend("alice", "bob").await.unwrap();
    let (mut alice, mut bob) = (house.present("alice", "a").await, house.present("bob", "b").await);
    alice.settle().await;
    alice.ask("set", "", &item("block", "bob@home.test")).await;
    bob.hear("<presence type='unavailable' from='alice@home.test/a'").await;

    // What Bob says comes back as if nobody was there, or is not heard at all.
    bob.say("<message to='alice@home.test/a' type='chat' id='m1'><body>hey</body></message>").await;
    bob.hear("<message type='error' id='m1'").await;
    bob.hear("<service-unavailable ").await;
    bob.say("<presence to='alice@home.test'/><presence><show>away</show></presence>").await;
    bob.say("<presence type='subscribe' to='alice@home.test'/>").await;
    let vcard = "<vCard xmlns='vcard-temp'/>";
    assert!(bob.ask("get", "alice@home.test", vcard).await.contains("<service-unavailable "));
    let heard = alice.settle().await;
    assert!(!heard.contains("bob@home.test"), "{heard}");

    // What Alice says to him does not leave.
    for (to, is_blocked) in [("bob@home.test", true), ("bob@home.test/b", true), ("carol@home.test", false)] {
        let answer = alice.ask("get", to, vcard).await;
        assert_eq!(answer.contains("<blocked xmlns='urn:xmpp:blocking:errors'/>"), is_blocked, "{to}: {answer}");
    }
    alice.say("<presence><show>dnd</show></presence>").await;
    alice.settle().await;
    let heard = bob.settle().await;
    assert!(!heard.contains("dnd"), "{heard}");

    alice.ask("set", "", &item("unblock", "bob@home.test")).await;
    bob.hear("<show>dnd</show>").await;
    bob.say("<message to='alice@home.test' type='chat'><body>again</body></message>").await;
    alice.hear("<body>again</body>").await;

    // A whole server is its people too.
    alice.ask("set", "", &item("block", "anon.home.test")).await;
    let mut guest = house.guest().await;
    assert!(guest.ask("get", "alice@home.test", vcard).await.contains("<service-unavailable "));
}

#[tokio::test]
async fn the_list_outlives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open_at(Some(folder.path().to_owned())).await;
    let mut alice = house.present("alice", "a").await;
    alice.ask("set", "", &item("block", "bob@home.test")).await;
    drop(alice);
    house.shutdown.cancel();
    house.running.await.unwrap();
    drop(house.home);
    let house = House::open_at(Some(folder.path().to_owned())).await;
    let mut bob = house.present("bob", "b").await;
    assert!(bob.ask("get", "alice@home.test", "<vCard xmlns='vcard-temp'/>").await.contains("<service-unavailable "));
}
