//! Two domains, one on Prosody and one on ejabberd, each with a channel service: everything across the border, with a
//! restart of either side in the middle.

use crate::support::certificates;
use crate::support::channel_service::{ChannelService, Data};
use crate::support::client::Client;
use crate::support::dns::{self, Zone};
use crate::support::ejabberd;
use crate::support::patience::until;
use crate::support::ports::free_port;
use crate::support::prosody::{self, Place};
use crate::support::servers::{Server, Setup, Tls};

use super::words::{
    comment, configure, create, ids, items, publish, pubsub, register, retract, role, state, subscribe,
};

struct Side {
    server: Server,
    service: ChannelService,
}

impl Drop for Side {
    /// What was written when a test fails.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- {} wrote:\n{}", self.service.address, self.service.log());
        }
    }
}

impl Side {
    fn new(server: Server) -> Side {
        let service = ChannelService::start(&server, &Data::File);
        Side { server, service }
    }

    async fn member(&self) -> Client {
        let client = Client::sign_in(&self.server, &self.server.account()).await;
        client.say(&format!("<presence to='{}'/>", self.service.address)).await;
        client.done(&self.service.address, "set", register()).await;
        client
    }

    async fn asks(&self, who: &Client, kind: &str, payload: &str) -> String {
        who.done(&self.service.address, kind, payload).await
    }

    async fn restart(&self) {
        self.service.stop();
        self.service.begin();
    }
}

fn pair() -> (Side, Side) {
    let (one, two) = (free_port(), free_port());
    let names = dns::start(vec![Zone { domain: "verona.test".to_owned(), port: one }]);
    let extra = format!(
        "near_servers = {{ [\"mantua.test\"] = {two} }}\nssl = {{ cafile = \"{}\" }}",
        certificates::authority().file().display()
    );
    let resolver = format!(
        "{{resolv_conf, \"\"}}.\n{{hosts_file, \"\"}}.\n{{lookup, [dns]}}.\n{{nameserver, {{127,0,0,1}}, {names}}}.\n{{edns, 0}}.\n"
    );
    let place = |domain, servers, extra, modules| Place { servers, extra, modules, ..Place::on_loopback(domain) };
    std::thread::scope(|scope| {
        let verona = scope.spawn(|| {
            let place = place("verona.test", one, extra.as_str(), "\"near_servers\";");
            Side::new(prosody::start_at(&place, Setup::Recommended, Tls::Required))
        });
        let mantua = scope.spawn(|| {
            let place = place("mantua.test", two, "s2s_max_retry_delay: 1", "");
            Side::new(ejabberd::start_at(&place, Setup::Recommended, Tls::Required, Some(&resolver)))
        });
        (verona.join().unwrap(), mantua.join().unwrap())
    })
}

/// A channel here, somebody of there.
async fn across(here: &Side, there: &Side, name: &str) {
    let (owner, other) = (here.member().await, there.member().await);
    let node = format!("/user/{name}@{}/posts", here.service.topics);
    here.asks(&owner, "set", &create(&node, &[("pubsub#title", "Across"), ("pubsub#access_model", "authorize")])).await;
    here.asks(&owner, "set", &publish(&node, &format!("{name}-1"), "<content>before anybody came</content>")).await;

    // Asking, waiting, approval.
    let answer = there.asks(&other, "set", &subscribe(&node, other.bare())).await;
    assert!(answer.contains("pending"), "{answer}");
    owner.hears("subscribe_authorization").await;
    let waits = other.tries(&there.service.address, "get", &items(&node)).await;
    assert!(waits.unwrap_err().contains("pending-subscription"));
    here.asks(&owner, "set", &state(&node, other.bare(), "subscribed")).await;
    other.hears("subscribed").await;
    assert_eq!(ids(&there.asks(&other, "get", &items(&node)).await), [format!("{name}-1")]);

    // Posts go there, comments come here.
    here.asks(&owner, "set", &publish(&node, &format!("{name}-2"), "<content>live</content>")).await;
    other.hears(&format!("{name}-2")).await;
    owner.forget();
    there.asks(&other, "set", &publish(&node, &format!("{name}-c"), &comment(&format!("{name}-2"), "from afar"))).await;
    let heard = owner.hears("from afar").await;
    assert!(heard.contains(other.bare()), "{heard}");
    other.hears("from afar").await;

    // Moderation from afar: a post and a role.
    here.asks(&owner, "set", &role(&node, other.bare(), "moderator")).await;
    other.hears("moderator").await;
    there.asks(&other, "set", &configure(&node, "pubsub#title", "Moderated")).await;
    owner.hears("Moderated").await;
    there.asks(&other, "set", &retract(&node, &format!("{name}-1"))).await;
    owner.hears(&format!("{name}-1")).await;

    // While the other side is away something happens; it is found out once, and told.
    there.service.stop();
    here.asks(&owner, "set", &publish(&node, &format!("{name}-3"), "<content>while you were away</content>")).await;
    here.asks(&owner, "set", &retract(&node, &format!("{name}-2"))).await;
    other.forget();
    there.service.begin();
    other.hears(&format!("{name}-3")).await;
    other.hears(&format!("{name}-2")).await;
    let recent = pubsub("<recent-items xmlns='http://buddycloud.org/v1' since='2020-01-01T00:00:00Z' max='50'/>");
    let known = there.asks(&other, "get", &recent).await;
    assert_eq!(
        known.matches(&format!("<item id='{name}-3'")).count()
            + known.matches(&format!("<item id=\"{name}-3\"")).count(),
        1,
        "{known}"
    );
    assert!(!known.contains("from afar"), "{known}");

    // And this side restarts: following goes on, and nothing comes twice.
    here.restart().await;
    until("the channel's service answers", 30, async || {
        other.tries(&there.service.address, "get", &items(&node)).await.is_ok()
    })
    .await;
    other.forget();
    here.asks(&owner, "set", &publish(&node, &format!("{name}-4"), "<content>after the restart</content>")).await;
    other.hears(&format!("{name}-4")).await;
    assert!(!other.heard().contains(&format!("{name}-3")), "what was told is not told again: {}", other.heard());

    // Bans and leaving.
    here.asks(&owner, "set", &role(&node, other.bare(), "outcast")).await;
    other.hears("outcast").await;
    let refused = other.tries(&there.service.address, "get", &items(&node)).await;
    assert!(refused.unwrap_err().contains("forbidden"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_domains_share_their_channels() {
    let (verona, mantua) = tokio::task::spawn_blocking(pair).await.unwrap();
    across(&verona, &mantua, "balcony").await;
    across(&mantua, &verona, "exile").await;
}
