//! Streams: errors, signing in, resources, resumption, readers that do not read.

use super::house::*;
use crate::support::patience::until;

#[tokio::test]
async fn stream_errors_are_told() {
    let house = House::open().await;
    let stream = "http://etherx.jabber.org/streams";
    for (said, condition) in [
        (header("elsewhere.test"), "host-unknown"),
        (format!("<stream:stream xmlns='jabber:client' xmlns:stream='{stream}' to='{DOMAIN}'>"), "unsupported-version"),
        (
            format!("<stream:stream xmlns='jabber:server' xmlns:stream='{stream}' to='{DOMAIN}' version='1.0'>"),
            "invalid-namespace",
        ),
        ("<a></b>".to_owned(), "bad-namespace-prefix"),
        (header(DOMAIN) + "<a></b>", "not-well-formed"),
        (header(DOMAIN) + "<!-- x -->", "restricted-xml"),
        (header(DOMAIN) + "<message><body>hi</body></message>", "not-authorized"),
        (header(DOMAIN) + "<a:b/>", "bad-namespace-prefix"),
    ] {
        let mut line = house.raw().await;
        line.say(&said).await;
        let heard = line.end().await;
        assert!(heard.contains("<stream:stream"), "{said}: {heard}");
        assert!(heard.contains(&format!("<stream:error><{condition} ")), "{said}: {heard}");
        assert!(heard.ends_with("</stream:stream>"), "{said}: {heard}");
    }
}

#[tokio::test]
async fn signing_in_takes_the_right_password_and_few_attempts() {
    let house = House::open().await;
    let mut line = house.stream(DOMAIN).await;
    line.say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='GSSAPI'>=</auth>").await;
    line.hear("<invalid-mechanism/></failure>").await;
    line.say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>!</auth>").await;
    line.hear("<incorrect-encoding/></failure>").await;
    line.say(&plain("alice", "wrong")).await;
    line.hear("<not-authorized/></failure>").await;
    line.say(&plain("nobody", "wrong")).await;
    line.hear("<not-authorized/></failure>").await;
    line.say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>").await;
    line.hear("</challenge>").await;
    line.say("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await;
    line.hear("<aborted/></failure>").await;
    assert!(line.end().await.contains("<policy-violation"));
    assert_eq!(house.home.refused_sign_ins(), 2);
    house.sign_in("alice", "one").await;
}

#[tokio::test]
async fn a_resource_that_is_taken_goes_to_the_newcomer() {
    let house = House::open().await;
    let mut first = house.sign_in("alice", "desk").await;
    let mut second = house.sign_in("alice", "desk").await;
    assert!(first.end().await.contains("<conflict"));
    assert_eq!(
        second.ask("get", "", "<ping xmlns='urn:xmpp:ping'/>").await,
        "<iq type='result' id='q29' to='alice@home.test/desk'/>"
    );
    assert_eq!(house.home.session_count("alice").await, 1);
}

#[tokio::test]
async fn what_is_wrong_gets_its_error() {
    let house = House::open().await;
    let mut alice = house.present("alice", "one").await;
    for (said, condition) in [
        ("<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>", "bad-request"),
        ("<iq type='get' id='1'/>", "bad-request"),
        ("<iq type='get' id='1'><a xmlns='b'/><c xmlns='b'/></iq>", "bad-request"),
        ("<iq type='frob' id='1'><a xmlns='b'/></iq>", "bad-request"),
        ("<iq type='get' id='1' to='@'><a xmlns='b'/></iq>", "jid-malformed"),
        ("<iq type='get' id='1' to='home.test'><a xmlns='b'/></iq>", "service-unavailable"),
        ("<iq type='get' id='1' to='bob@home.test'><a xmlns='b'/></iq>", "service-unavailable"),
        ("<iq type='get' id='1' to='nobody@home.test'><a xmlns='b'/></iq>", "service-unavailable"),
        ("<iq type='get' id='1' to='bob@home.test/x'><a xmlns='b'/></iq>", "service-unavailable"),
        ("<iq type='get' id='1' to='far.test'><a xmlns='b'/></iq>", "remote-server-not-found"),
        ("<message to='bob@far.test'><body>b</body></message>", "remote-server-not-found"),
        ("<message to='bob@home.test'><body>b</body></message>", "service-unavailable"),
        ("<presence><priority>300</priority></presence>", "bad-request"),
        ("<presence><show>bored</show></presence>", "bad-request"),
        ("<presence type='lost'/>", "bad-request"),
    ] {
        alice.say(said).await;
        let heard = alice.settle().await;
        assert!(heard.contains("type='error'") && heard.contains(&format!("<{condition} ")), "{said}: {heard}");
    }
    alice.say("<message type='error' to='bob@home.test'/><iq type='result' id='x' to='bob@home.test/x'/>").await;
    assert_eq!(alice.settle().await, "");
    let deep = "<a>".repeat(120) + &"</a>".repeat(120);
    alice.say(&format!("<iq type='set' id='1' to='bob@home.test'>{deep}</iq>")).await;
    assert!(alice.settle().await.contains("<policy-violation "));
    alice.say("<message from='bob@home.test' to='bob@home.test'/>").await;
    assert!(alice.end().await.contains("<invalid-from"));
    let mut alice = house.sign_in("alice", "one").await;
    alice.say(&format!("<message to='bob@home.test'><body>{}</body></message>", "x".repeat(300_000))).await;
    assert!(alice.end().await.contains("<policy-violation"));
    let mut alice = house.sign_in("alice", "one").await;
    alice.say("<frob xmlns='jabber:client'/>").await;
    assert!(alice.end().await.contains("<unsupported-stanza-type"));
}

#[tokio::test]
async fn a_lost_session_is_resumed() {
    let house = House::open().await;
    let mut bob = house.present("bob", "b").await;
    bob.say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>").await;
    let enabled = bob.hear("/>").await;
    let key = enabled.split("id='").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let mut alice = house.sign_in("alice", "a").await;
    alice.say("<message to='bob@home.test' type='chat'><body>one</body></message>").await;
    bob.hear("<body>one</body>").await;
    bob.hear("<r xmlns='urn:xmpp:sm:3'/>").await;
    bob.say("<r xmlns='urn:xmpp:sm:3'/>").await;
    bob.hear("<a xmlns='urn:xmpp:sm:3' h='0'/>").await;
    assert_eq!(house.home.kick("bob").await, 1);
    assert_eq!(bob.end().await, "");
    alice.say("<message to='bob@home.test' type='chat'><body>two</body></message>").await;
    assert_eq!(alice.settle().await, "");
    let mut bob = house.authenticated("bob").await;
    bob.say("<resume xmlns='urn:xmpp:sm:3' previd='wrong' h='0'/>").await;
    bob.hear("<item-not-found ").await;
    bob.say(&format!("<resume xmlns='urn:xmpp:sm:3' previd='{key}' h='1'/>")).await;
    let heard = bob.hear("<r xmlns='urn:xmpp:sm:3'/>").await;
    assert!(heard.contains("<resumed xmlns='urn:xmpp:sm:3' h='0'"), "{heard}");
    assert!(heard.contains("two") && !heard.contains("one"), "{heard}");
    bob.say("<a xmlns='urn:xmpp:sm:3' h='2'/>").await;
    bob.settle().await;
    house.home.kick("bob").await;
    until("a session that nobody comes back for ends", 10, async || house.home.session_count("bob").await == 0).await;
    let mut bob = house.sign_in("bob", "b").await;
    bob.say("<enable xmlns='urn:xmpp:sm:3'/>").await;
    bob.hear("<enabled").await;
    bob.say("<a xmlns='urn:xmpp:sm:3' h='7'/>").await;
    assert!(bob.end().await.contains("<undefined-condition"));
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_let_go() {
    let house = House::open().await;
    let slow = house.present("bob", "slow").await;
    let mut alice = house.sign_in("alice", "a").await;
    let body = "x".repeat(200_000);
    for _ in 0..200 {
        alice.say(&format!("<message to='bob@home.test' type='headline'><body>{body}</body></message>")).await;
    }
    alice.settle().await;
    until("the session ends", 10, async || house.home.session_count("bob").await == 0).await;
    drop(slow);
}
