//! The home server spoken to directly: raw dialogues as in RFC 6120 and the XEPs, and a foreign client.

use std::net::SocketAddr;
use std::time::Duration;

use cirrus::hosting::home::{Home, HomeConfig, HomeLimits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const DOMAIN: &str = "home.test";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A home server on a port of its own, with alice, bob and carol.
struct House {
    home: Home,
    address: SocketAddr,
    shutdown: CancellationToken,
    running: tokio::task::JoinHandle<()>,
}

impl House {
    async fn open() -> Self {
        Self::open_at(None).await
    }

    async fn open_at(data: Option<std::path::PathBuf>) -> Self {
        let config = HomeConfig { domain: DOMAIN.to_owned(), data, open_registration: true };
        let limits = HomeLimits { iterations: 4096, resume: Duration::from_millis(1500), ..HomeLimits::default() };
        let home = Home::open_with(config, limits).await.unwrap();
        for user in ["alice", "bob", "carol"] {
            home.create_account(user, "secret").await.unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(home.clone().run(listener, shutdown.clone()));
        House { home, address, shutdown, running }
    }

    async fn raw(&self) -> Line {
        Line { socket: TcpStream::connect(self.address).await.unwrap(), heard: String::new() }
    }

    /// A stream up to its first features.
    async fn stream(&self, domain: &str) -> Line {
        let mut line = self.raw().await;
        line.say(&header(domain)).await;
        line.hear("</stream:features>").await;
        line
    }

    /// Signed in with PLAIN and bound to `resource`.
    async fn sign_in(&self, user: &str, resource: &str) -> Line {
        let mut line = self.authenticated(user).await;
        line.say(&format!(
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{resource}</resource></bind></iq>"
        ))
        .await;
        line.hear(&format!("<jid>{user}@{DOMAIN}/{resource}</jid></bind></iq>")).await;
        line
    }

    async fn authenticated(&self, user: &str) -> Line {
        let mut line = self.stream(DOMAIN).await;
        line.say(&plain(user, "secret")).await;
        line.hear("<success").await;
        line.say(&header(DOMAIN)).await;
        line.hear("</stream:features>").await;
        line
    }

    /// Signed in, with presence and without further ado.
    async fn present(&self, user: &str, resource: &str) -> Line {
        let mut line = self.sign_in(user, resource).await;
        line.say("<presence/>").await;
        line.settle().await;
        line
    }

    async fn guest(&self) -> Line {
        let domain = format!("anon.{DOMAIN}");
        let mut line = self.stream(&domain).await;
        line.say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'>=</auth>").await;
        line.hear("<success").await;
        line.say(&header(&domain)).await;
        line.hear("</stream:features>").await;
        line.say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>").await;
        line.hear("</bind></iq>").await;
        line
    }
}

fn header(domain: &str) -> String {
    format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
         version='1.0' to='{domain}'>"
    )
}

fn plain(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let message = base64::engine::general_purpose::STANDARD.encode(format!("\0{user}\0{password}"));
    format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{message}</auth>")
}

/// One connection, as a dialogue.
struct Line {
    socket: TcpStream,
    heard: String,
}

impl Line {
    async fn say(&mut self, text: &str) {
        self.socket.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads until `text` is there; answers what was heard up to its end.
    #[track_caller]
    fn hear(&mut self, text: &str) -> impl Future<Output = String> {
        let place = std::panic::Location::caller();
        async move {
            let done = tokio::time::timeout(PATIENCE, async {
                loop {
                    if let Some(at) = self.heard.find(text) {
                        let rest = self.heard.split_off(at + text.len());
                        return std::mem::replace(&mut self.heard, rest);
                    }
                    let mut chunk = vec![0; 65536];
                    let length = self.socket.read(&mut chunk).await.unwrap_or(0);
                    assert!(length > 0, "{place}: closed before {text:?}; heard {:?}", self.heard);
                    self.heard.push_str(&String::from_utf8_lossy(&chunk[..length]));
                }
            })
            .await;
            done.unwrap_or_else(|_| panic!("{place}: {text:?} was not heard; heard {:?}", self.heard))
        }
    }

    /// Says a request and answers everything that came until it was done.
    async fn ask(&mut self, kind: &str, to: &str, payload: &str) -> String {
        let id = format!("q{}", payload.len());
        let to = if to.is_empty() { String::new() } else { format!(" to='{to}'") };
        self.say(&format!("<iq type='{kind}' id='{id}'{to}>{payload}</iq>")).await;
        self.settle().await
    }

    /// Everything that is already on its way.
    async fn settle(&mut self) -> String {
        self.say("<iq type='get' id='fence'><ping xmlns='urn:xmpp:ping'/></iq>").await;
        let heard = self.hear("id='fence'").await;
        self.hear(">").await;
        heard[..heard.rfind("<iq ").unwrap_or(heard.len())].to_owned()
    }

    /// Reads until the server closes; answers what was left.
    async fn end(&mut self) -> String {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.socket.read_to_end(&mut rest)).await;
        read.expect("the server closes").ok();
        self.heard.push_str(&String::from_utf8_lossy(&rest));
        std::mem::take(&mut self.heard)
    }
}

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
    tokio::time::timeout(PATIENCE, async {
        while house.home.session_count("bob").await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("a session that nobody comes back for ends");
    let mut bob = house.sign_in("bob", "b").await;
    bob.say("<enable xmlns='urn:xmpp:sm:3'/>").await;
    bob.hear("<enabled").await;
    bob.say("<a xmlns='urn:xmpp:sm:3' h='7'/>").await;
    assert!(bob.end().await.contains("<undefined-condition"));
}

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
    tokio::time::timeout(PATIENCE, async {
        while house.home.session_count("bob").await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the session ends");
    drop(slow);
}

#[tokio::test]
async fn a_foreign_client_gets_along() {
    let house = House::open().await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scripts/foreign_home.py");
    let run = tokio::process::Command::new("/usr/bin/python3")
        .args([script, &house.address.port().to_string(), DOMAIN])
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(60), run).await.expect("the client ends").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaint}");
    for step in ["signed in", "roster", "disco", "created", "published", "events", "pages", "personal", "done"] {
        assert!(said.lines().any(|line| line == step), "{step} is missing in {said}\n{complaint}");
    }
}
