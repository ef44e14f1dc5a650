//! People: accounts, messages, contacts.

use super::house::*;

#[tokio::test]
async fn accounts_are_made_changed_and_closed_in_band() {
    let house = House::open().await;
    let mut line = house.stream(DOMAIN).await;
    line.say("<iq type='get' id='r1' to='home.test'><query xmlns='jabber:iq:register'/></iq>").await;
    let form = line.hear("</iq>").await;
    assert!(form.contains("<username/><password/>") && form.contains("<field var='password'"), "{form}");
    let register = |user: &str, password: &str| {
        format!(
            "<iq type='set' id='r2'><query xmlns='jabber:iq:register'><username>{user}</username><password>{password}\
             </password></query></iq>"
        )
    };
    for (user, password, condition) in
        [("alice", "pw", "conflict"), ("a b", "pw", "not-acceptable"), ("dave", "", "not-acceptable")]
    {
        line.say(&register(user, password)).await;
        assert!(line.hear("</iq>").await.contains(&format!("<{condition} ")), "{user}");
    }
    line.say(&register("dave", "secret")).await;
    line.hear("type='result'").await;
    line.say(&register("erin", "secret")).await;
    line.hear("<resource-constraint ").await;
    let mut dave = house.sign_in("dave", "d").await;
    let change = "<query xmlns='jabber:iq:register'><username>dave</username><password>new</password></query>";
    assert!(dave.ask("set", "home.test", change).await.contains("type='result'"));
    assert!(dave.ask("set", "home.test", &change.replace("dave", "alice")).await.contains("<not-allowed "));
    let mut line = house.stream(DOMAIN).await;
    line.say(&plain("dave", "secret")).await;
    line.hear("<not-authorized/>").await;
    line.say(&plain("dave", "new")).await;
    line.hear("<success").await;
    dave.say("<iq type='set' id='bye'><query xmlns='jabber:iq:register'><remove/></query></iq>").await;
    let last = dave.end().await;
    assert!(last.contains("type='result' id='bye'") && last.contains("<not-authorized "), "{last}");
    let mut line = house.stream(DOMAIN).await;
    line.say(&plain("dave", "new")).await;
    line.hear("<not-authorized/>").await;
}

#[tokio::test]
async fn messages_go_to_the_preferred_resource() {
    let house = House::open().await;
    let mut low = house.sign_in("bob", "low").await;
    low.say("<presence><priority>1</priority></presence>").await;
    let mut high = house.sign_in("bob", "high").await;
    high.say("<presence><priority>5</priority></presence>").await;
    let mut shy = house.sign_in("bob", "shy").await;
    shy.say("<presence><priority>-1</priority></presence>").await;
    for line in [&mut low, &mut high, &mut shy] {
        line.settle().await;
    }
    let mut alice = house.sign_in("alice", "one").await;
    alice.say("<message to='bob@home.test' type='chat' from='alice@home.test'><body>best</body></message>").await;
    alice.say("<message to='bob@home.test' type='headline'><body>news</body></message>").await;
    alice.say("<message to='bob@home.test/shy'><body>you</body></message>").await;
    alice.say("<message to='bob@home.test/gone' type='chat'><body>any</body></message>").await;
    alice.settle().await;
    let (low, high, shy) = (low.settle().await, high.settle().await, shy.settle().await);
    let bodies = |heard: &str| {
        ["best", "news", "you", "any"]
            .map(|body| if heard.contains(&format!("<body>{body}<")) { 'y' } else { 'n' })
            .iter()
            .collect::<String>()
    };
    assert_eq!((bodies(&low).as_str(), bodies(&high).as_str(), bodies(&shy).as_str()), ("nynn", "yyny", "nnyn"));
    assert!(high.contains("from='alice@home.test/one'"), "{high}");
}

/// RFC 6121 §4.2.2: by its own presence a client learns that the server has taken it in.
#[tokio::test]
async fn who_comes_sees_it() {
    let house = House::open().await;
    let mut alice = house.sign_in("alice", "a").await;
    alice.say("<presence><show>away</show></presence>").await;
    alice.hear("<presence from='alice@home.test/a' to='alice@home.test/a'").await;
    alice.say("<presence type='unavailable'/>").await;
    let after = alice.settle().await;
    assert!(!after.contains("type='unavailable'"), "{after}");
}

#[tokio::test]
async fn two_people_become_contacts() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.present("alice", "a").await, house.present("bob", "b").await);
    let roster = "<query xmlns='jabber:iq:roster'/>";
    alice.ask("get", "", roster).await;
    bob.ask("get", "", roster).await;
    alice.say("<presence type='subscribe' to='bob@home.test'/>").await;
    alice.hear("<item jid='bob@home.test' subscription='none' ask='subscribe'></item>").await;
    bob.hear("<presence from='alice@home.test' to='bob@home.test' type='subscribe'").await;
    bob.say("<presence type='subscribed' to='alice@home.test'/>").await;
    bob.hear("<item jid='alice@home.test' subscription='from'></item>").await;
    alice.hear("<item jid='bob@home.test' subscription='to'></item>").await;
    alice.hear("type='subscribed'").await;
    alice.hear("<presence from='bob@home.test/b' to='alice@home.test/a'").await;
    bob.say("<presence><show>away</show></presence>").await;
    alice.hear("<show>away</show>").await;
    let item = "<query xmlns='jabber:iq:roster'><item jid='bob@home.test' name='Bob'><group>g</group></item></query>";
    assert!(alice.ask("set", "", item).await.contains("name='Bob' subscription='to'><group>g</group>"));
    drop(bob);
    alice.hear("<presence type='unavailable' from='bob@home.test/b'").await;
    let removal = "<query xmlns='jabber:iq:roster'><item jid='bob@home.test' subscription='remove'/></query>";
    assert!(alice.ask("set", "", removal).await.contains("subscription='remove'"));
    let left = alice.ask("get", "", roster).await;
    assert!(!left.contains("bob@"), "{left}");
    for (bad, condition) in [
        ("<query xmlns='jabber:iq:roster'><item/></query>", "bad-request"),
        ("<query xmlns='jabber:iq:roster'><item jid='alice@home.test'/></query>", "not-allowed"),
        (
            "<query xmlns='jabber:iq:roster'><item jid='b@c'><group>x</group><group>x</group></item></query>",
            "bad-request",
        ),
        ("<query xmlns='jabber:iq:roster'><item jid='x@y' subscription='remove'/></query>", "item-not-found"),
    ] {
        assert!(alice.ask("set", "", bad).await.contains(&format!("<{condition} ")), "{bad}");
    }
}
