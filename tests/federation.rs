//! Two servers of different make, joined over TLS: people on each follow, comment and read live on the other.

use std::net::SocketAddr;
use std::sync::OnceLock;

use crate::support::browser::Tab;
use crate::support::certificates;
use crate::support::dns::{self, Zone};
use crate::support::ejabberd;
use crate::support::gateway::{Gateway, Settings};
use crate::support::person::{Person, channel_of};
use crate::support::ports::free_port;
use crate::support::prosody::{self, Place};
use crate::support::proxy::{Proxy, Weather};
use crate::support::servers::{Account, Server, Setup, Tls};

/// Two servers, and the ports under which each is found by the other.
struct Pair {
    one: Server,
    two: Server,
    /// (where one.test is looked for, where it is)
    to_one: (u16, u16),
    /// The same for two.test.
    to_two: (u16, u16),
}

fn pair() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| {
        let (to_one, to_two) = ((free_port(), free_port()), (free_port(), free_port()));
        let names = dns::start(vec![Zone { domain: "one.test".to_owned(), port: to_one.0 }]);
        let prosody_extra = format!(
            "near_servers = {{ [\"two.test\"] = {} }}\nssl = {{ cafile = \"{}\" }}",
            to_two.0,
            certificates::authority().file().display()
        );
        let resolver = format!(
            "{{resolv_conf, \"\"}}.\n{{hosts_file, \"\"}}.\n{{lookup, [dns]}}.\n{{nameserver, {{127,0,0,1}}, {names}}}.\n{{edns, 0}}.\n"
        );
        let place = |domain, servers, extra, modules| Place { servers, extra, modules, ..Place::on_loopback(domain) };
        std::thread::scope(|scope| {
            let one = scope.spawn(|| prosody::start_at(&place("one.test", to_one.1, &prosody_extra, "\"near_servers\";"), Setup::Recommended, Tls::Required));
            let two = scope.spawn(|| {
                ejabberd::start_at(&place("two.test", to_two.1, "s2s_max_retry_delay: 1", ""), Setup::Recommended, Tls::Required, Some(&resolver))
            });
            Pair { one: one.join().unwrap(), two: two.join().unwrap(), to_one, to_two }
        })
    })
}

/// Says what the servers wrote when a test fails.
struct Witness;

impl Drop for Witness {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- one.test wrote:\n{}\n--- two.test wrote:\n{}", pair().one.log(), pair().two.log());
        }
    }
}

/// The network between them.
async fn network() -> (Proxy, Proxy) {
    let pair = pair();
    let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
    (
        Proxy::at(local(pair.to_one.0), local(pair.to_one.1)).await,
        Proxy::at(local(pair.to_two.0), local(pair.to_two.1)).await,
    )
}

/// A post here, followed from there by its typed address, commented from there, seen live here.
async fn there_and_back(gateway: &Gateway, author: &Account, reader: &Account) {
    let mut writer = Person::signed_in(gateway, author).await;
    let post = format!("News from {}", author.address);
    writer.post("/", &post).await;
    let path = writer.page.post_link(&post).path().to_owned();

    let mut follower = Person::signed_in(gateway, reader).await;
    follower.visit("/follows").await;
    let form = follower.page.form("Follow").fill("address", &author.address);
    follower.submit(form).await;
    follower.page.must_be(200);
    follower.reload_until("/", "the followed post", |page| page.says(&post)).await;

    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(author).await;
    tab.visit(&path).await;
    let comment = format!("Greetings from {}", reader.address);
    follower.reply(&channel_of(author), &post, &comment).await.must_say(&comment);
    tab.wait_for_news(&comment).await;

    let home = Tab::open(&gateway.url).await;
    home.sign_in(reader).await;
    home.wait_for_text(&post).await;
    let next = format!("More from {}", author.address);
    writer.post("/", &next).await;
    home.wait_for(
        "the next post",
        &format!(
            "document.body.innerText.includes({}) || (document.querySelector('#news button, #news a')?.click(), false)",
            serde_json::json!(next)
        ),
    )
    .await;
    home.must_be_clean();
    tab.must_be_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn people_on_two_servers_meet() {
    let pair = pair();
    let _witness = Witness;
    let (to_one, to_two) = network().await;
    let gateway = Gateway::start(&Settings::for_servers(&[&pair.one, &pair.two]));
    let (alice, bob) = (pair.one.account(), pair.two.account());
    there_and_back(&gateway, &alice, &bob).await;
    there_and_back(&gateway, &bob, &alice).await;

    // The link is cut: what is there already is shown, and what cannot be reached is said.
    for proxy in [&to_one, &to_two] {
        proxy.becomes(Weather::Cut);
    }
    let stranger = pair.two.account();
    let mut reader = Person::signed_in(&gateway, &stranger).await;
    reader.visit(&channel_of(&alice)).await;
    if reader.page.status != 200 {
        assert!(reader.page.status >= 500, "{}", reader.page.text());
        reader.page.must_say("server");
    }
    reader.visit("/").await.must_be(200);
    let mut author = Person::signed_in(&gateway, &alice).await;
    author.post("/", "Written while the link was cut").await;

    // It is restored: new posts arrive again, and the one in between is found.
    for proxy in [&to_one, &to_two] {
        proxy.becomes(Weather::Fair);
    }
    let mut follower = Person::signed_in(&gateway, &bob).await;
    let channel = channel_of(&alice);
    follower.reload_until(&channel, "the post in between", |page| page.says("Written while the link was cut")).await;
    author.post("/", "Written afterwards").await;
    follower.reload_until("/", "the post afterwards", |page| page.says("Written afterwards")).await;

    // So does everything else, for people who have not met before.
    let (carol, dave) = (pair.one.account(), pair.two.account());
    there_and_back(&gateway, &carol, &dave).await;
    there_and_back(&gateway, &dave, &carol).await;
}
