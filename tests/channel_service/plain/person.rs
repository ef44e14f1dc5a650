//! Somebody with an ordinary pubsub client, and what Movim says.

use crate::support::channel_service::ChannelService;
use crate::support::client::Client;
use crate::support::foreign;
use crate::support::movim::{self, Entry};
use crate::support::servers::Server;

use crate::channel_service::words::{create, items, publish, pubsub, register, subscribe};

pub const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";

/// Somebody with a pubsub client: not registered, and the service is told nothing of their presence.
pub struct Plain {
    pub client: Client,
    pub service: &'static str,
}

impl Plain {
    pub async fn new(server: &'static Server) -> Plain {
        let client = Client::sign_in(server, &server.account()).await;
        Plain { client, service: &ChannelService::of(server).address }
    }

    pub fn bare(&self) -> &str {
        self.client.bare()
    }

    pub fn name(&self) -> &str {
        self.bare().split('@').next().unwrap()
    }

    pub async fn sets(&self, payload: &str) -> String {
        self.client.done(self.service, "set", payload).await
    }

    pub async fn gets(&self, payload: &str) -> String {
        self.client.done(self.service, "get", payload).await
    }

    #[track_caller]
    pub fn refused(&self, kind: &str, payload: &str) -> impl Future<Output = String> {
        let place = std::panic::Location::caller();
        let answer = self.client.tries(self.service, kind, payload);
        async move { answer.await.expect_err(&format!("{place}: this is to be refused")) }
    }

    pub async fn follows(&self, node: &str) {
        self.sets(&subscribe(node, self.bare())).await;
    }

    pub async fn entries(&self, node: &str) -> Vec<Entry> {
        movim::entries(&self.gets(&items(node)).await)
    }

    /// Waits for an item in a node, and gives it as Movim reads it.
    pub async fn hears(&self, node: &str, needle: &str) -> Entry {
        let message = self.client.hears(needle).await;
        assert!(said(&message, "node", node), "{needle} is told of in {node}: {message}");
        movim::entries(&message).pop().unwrap_or_else(|| panic!("no entry in {message}"))
    }

    /// Nothing with this text came until now: what the service sent before it answers this question is here.
    pub async fn has_not_heard(&self, needle: &str) {
        self.gets("<query xmlns='http://jabber.org/protocol/disco#info'/>").await;
        assert!(!self.client.heard().contains(needle), "{} hears of {needle}: {}", self.bare(), self.client.heard());
    }
}

/// Somebody with one of Buddycloud's clients.
pub async fn member(server: &'static Server) -> Plain {
    let member = Plain::new(server).await;
    member.client.say(&format!("<presence to='{}'/>", member.service)).await;
    member.sets(register()).await;
    member
}

pub fn said(text: &str, attribute: &str, value: &str) -> bool {
    text.contains(&format!("{attribute}='{value}'")) || text.contains(&format!("{attribute}=\"{value}\""))
}

pub fn list(node: &str) -> String {
    format!("<query xmlns='{DISCO_ITEMS}' node='{node}'/>")
}

pub fn item(node: &str, id: &str) -> String {
    pubsub(&format!("<items node='{node}'><item id='{id}'/></items>"))
}

/// A community as Movim makes it.
pub fn community(node: &str, title: &str) -> String {
    create(
        node,
        &[
            ("pubsub#persist_items", "true"),
            ("pubsub#deliver_payloads", "false"),
            ("pubsub#send_last_published_item", "on_sub"),
            ("pubsub#access_model", "open"),
            ("pubsub#max_items", "max"),
            ("pubsub#title", title),
        ],
    )
}

/// A community's post as Movim publishes it, with what it expects of the node.
pub fn movim_publish(node: &str, id: &str, entry: &str) -> String {
    let fields = [("persist_items", "true"), ("max_items", "max"), ("itemreply", "publisher"), ("notify_sub", "true")];
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!("<field var='pubsub#{name}'><value>{value}</value></field>"))
        .collect();
    pubsub(&format!(
        "<publish node='{node}'><item id='{id}'>{entry}</item></publish><publish-options><x xmlns='jabber:x:data' \
         type='submit'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options\
         </value></field>{fields}</x></publish-options>"
    ))
}

/// A comment as Movim publishes it; `♥` is a like.
pub fn movim_comment(thread: &str, who: &Plain, id: &str, text: &str) -> String {
    let entry = foreign::comment(who.bare(), id, text);
    pubsub(&format!("<publish node='{thread}'><item id='{id}'>{entry}</item></publish>"))
}

/// How Movim finds out whether one may post.
pub fn trial(node: &str) -> String {
    publish(node, "test_post", "")
}

/// Service and node of a post's comments, from its link.
pub fn thread_of(entry: &Entry, who: &Plain) -> String {
    let (service, node) = entry.comments().expect("a link to the comments");
    assert_eq!(service, who.service);
    node
}
