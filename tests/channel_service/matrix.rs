//! The table of docs/channels.md, every cell of it tried.

use crate::support::channel_service::ChannelService;
use crate::support::client::Client;
use crate::support::servers::Server;

use super::words::{
    comment, configure, create, info, items, owner, publish, rating, register, retract, role, state, subscribe,
    unsubscribe,
};

on_servers! { [home_channels prosody_channels ejabberd_channels] {
    every_cell_is_as_written
} }

/// The columns, in their order; the owner comes last, because deleting the channel does.
const PEOPLE: [&str; 7] = ["anonymous", "stranger", "follower", "follower+post", "moderator", "banned", "owner"];

struct Row {
    what: String,
    channel: String,
    cells: Vec<bool>,
}

fn table() -> Vec<Row> {
    let text = include_str!("../../docs/channels.md");
    let lines = text.lines().filter(|line| line.starts_with('|'));
    let rows: Vec<Vec<String>> = lines
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .filter(|row: &Vec<String>| row.len() == 9)
        .collect();
    assert_eq!(rows[0][2..], PEOPLE);
    let rows = rows.into_iter().skip(2).map(|row| Row {
        what: row[0].clone(),
        channel: row[1].clone(),
        cells: row[2..]
            .iter()
            .map(|cell| match cell.as_str() {
                "yes" => true,
                "no" => false,
                other => panic!("{other} is neither yes nor no"),
            })
            .collect(),
    });
    rows.collect()
}

/// A channel with somebody of every role.
struct Stage<'a> {
    service: &'a str,
    node: String,
    is_topic: bool,
    is_private: bool,
    people: Vec<&'a Client>,
    /// Follows and posts, and is what others change.
    tybalt: &'a Client,
    /// Another moderator.
    paris: &'a Client,
    /// Waits to follow.
    benvolio: &'a Client,
    next: std::cell::Cell<usize>,
}

impl Stage<'_> {
    fn owner(&self) -> &Client {
        self.people[6]
    }

    fn kind(&self, kind: &str) -> String {
        format!("{}{kind}", self.node.strip_suffix("posts").unwrap())
    }

    fn id(&self) -> String {
        self.next.set(self.next.get() + 1);
        format!("m{}-{}", self.next.get(), self.node.replace(['/', '@'], "-"))
    }

    async fn by_owner(&self, payload: &str) {
        self.owner().done(self.service, "set", payload).await;
    }

    async fn posts(&self, who: &Client) -> String {
        let id = self.id();
        who.done(self.service, "set", &publish(&self.node, &id, "<content>words</content>")).await;
        id
    }

    /// A post by somebody who may not be allowed to write any more.
    async fn own_post(&self, column: usize) -> String {
        let who = self.people[column];
        let before = match PEOPLE[column] {
            "anonymous" => return self.posts(self.owner()).await,
            "stranger" => "none",
            "follower" => "member",
            "banned" => "outcast",
            _ => return self.posts(who).await,
        };
        self.by_owner(&role(&self.node, who.bare(), "publisher")).await;
        let id = self.posts(who).await;
        self.by_owner(&role(&self.node, who.bare(), before)).await;
        id
    }

    /// What could have been changed by something that was refused.
    async fn state(&self) -> Vec<String> {
        let owner_asks = [
            info(&self.node),
            items(&self.node),
            items(&self.kind("status")),
            owner(&format!("<affiliations node='{}'/>", self.node)),
            owner(&format!("<subscriptions node='{}'/>", self.node)),
        ];
        futures::future::join_all(owner_asks.iter().map(|ask| self.owner().done(self.service, "get", ask))).await
    }

    /// Tries one thing as one person, and puts back what it changed. `None`: there is no such thing in this channel.
    async fn tries(&self, what: &str, column: usize, expected: bool) -> Option<bool> {
        let (who, node, service) = (self.people[column], self.node.as_str(), self.service);
        let tybalt = self.tybalt.bare();
        let mut restore = Vec::new();
        let (kind, payload) = match what {
            "read the metadata" => ("get", info(node)),
            "read the posts" => ("get", items(node)),
            "read the status" => ("get", items(&self.kind("status"))),
            "list the followers" | "list the banned" => ("get", owner(&format!("<affiliations node='{node}'/>"))),
            "list the pending" => ("get", owner(&format!("<subscriptions node='{node}'/>"))),
            "follow" | "ask to follow" => ("set", subscribe(node, who.bare())),
            "post" => ("set", publish(node, &self.id(), "<content>words</content>")),
            "comment" => {
                let parent = self.posts(self.owner()).await;
                ("set", publish(node, &self.id(), &comment(&parent, "words")))
            }
            "rate" => {
                let parent = self.posts(self.owner()).await;
                ("set", publish(node, &self.id(), &rating(&parent)))
            }
            "change one's own post" => {
                ("set", publish(node, &self.own_post(column).await, "<content>other words</content>"))
            }
            "change another's post" => {
                let author = if column == 6 { self.tybalt } else { self.owner() };
                ("set", publish(node, &self.posts(author).await, "<content>other words</content>"))
            }
            "delete one's own post" => ("set", retract(node, &self.own_post(column).await)),
            "delete the owner's post" => ("set", retract(node, &self.posts(self.owner()).await)),
            "delete a follower's post" => ("set", retract(node, &self.posts(self.tybalt).await)),
            "set the status" => ("set", publish(&self.kind("status"), "status", "<content>here</content>")),
            "set the location" if self.is_topic => return None,
            "set the location" => {
                let place = "<geoloc xmlns='http://jabber.org/protocol/geoloc'><text>Verona</text></geoloc>";
                let node = self.kind("geo/current");
                let item = format!("<publish node='{node}'><item id='now'>{place}</item></publish>");
                ("set", format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{item}</pubsub>"))
            }
            "set the title" => ("set", configure(node, "pubsub#title", &format!("By {}", PEOPLE[column]))),
            "set the description" => ("set", configure(node, "pubsub#description", PEOPLE[column])),
            "set the access" => {
                restore.push(configure(node, "pubsub#access_model", "open"));
                ("set", configure(node, "pubsub#access_model", "whitelist"))
            }
            "set the default role" => {
                restore.push(configure(node, "buddycloud#default_affiliation", "publisher"));
                ("set", configure(node, "buddycloud#default_affiliation", "member"))
            }
            "set the creation date" => ("set", configure(node, "pubsub#creation_date", "2001-01-01T00:00:00Z")),
            "set the kind of channel" => {
                let other = if self.is_topic { "personal" } else { "topic" };
                ("set", configure(node, "buddycloud#channel_type", other))
            }
            "make somebody a follower" => {
                restore.push(role(node, tybalt, "publisher"));
                ("set", role(node, tybalt, "member"))
            }
            "make somebody a follower+post" => {
                self.by_owner(&role(node, tybalt, "member")).await;
                restore.push(role(node, tybalt, "publisher"));
                ("set", role(node, tybalt, "publisher"))
            }
            "ban somebody" => {
                restore.push(role(node, tybalt, "publisher"));
                ("set", role(node, tybalt, "outcast"))
            }
            "make somebody a moderator" => {
                restore.push(role(node, tybalt, "publisher"));
                ("set", role(node, tybalt, "moderator"))
            }
            "ban a moderator" => {
                restore.push(role(node, self.paris.bare(), "moderator"));
                ("set", role(node, self.paris.bare(), "outcast"))
            }
            "change one's own role" => {
                let other = if PEOPLE[column] == "follower" { "publisher" } else { "member" };
                ("set", role(node, who.bare(), other))
            }
            "approve a follower" | "deny a follower" => {
                self.wait_to_follow().await;
                let word = if what.starts_with("approve") { "subscribed" } else { "none" };
                restore.push(state(node, self.benvolio.bare(), "none"));
                ("set", state(node, self.benvolio.bare(), word))
            }
            "invite somebody" => {
                restore.push(state(node, "rosaline@elsewhere.test", "none"));
                ("set", state(node, "rosaline@elsewhere.test", "invited"))
            }
            "delete the channel" if !self.is_topic => return None,
            "delete the channel" => ("set", owner(&format!("<delete node='{node}'/>"))),
            other => panic!("nobody has said what it is to {other}"),
        };
        let before = if expected { Vec::new() } else { self.state().await };
        let outcome = who.tries(service, kind, &payload).await;
        let is_done = match (what, &outcome) {
            ("list the banned", Ok(answer)) => answer.contains(self.people[5].bare()),
            ("list the pending", Ok(answer)) => answer.contains(self.benvolio.bare()),
            (_, outcome) => outcome.is_ok(),
        };
        if outcome.is_err() && !expected {
            assert_eq!(self.state().await, before, "{what} as {}: refused, and something changed", PEOPLE[column]);
        } else if outcome.is_ok() && what != "delete the channel" {
            for payload in restore {
                let _ = self.owner().tries(service, "set", &payload).await;
            }
            if matches!(what, "follow" | "ask to follow") && PEOPLE[column] == "stranger" {
                who.done(service, "set", &unsubscribe(node, who.bare())).await;
            }
        }
        Some(is_done)
    }

    async fn wait_to_follow(&self) {
        let _ = self.benvolio.tries(self.service, "set", &subscribe(&self.node, self.benvolio.bare())).await;
    }

    /// Everybody takes their place.
    async fn open(&self) {
        if self.is_private {
            self.by_owner(&configure(&self.node, "pubsub#access_model", "authorize")).await;
        }
        for (who, word) in [
            (self.people[2], "member"),
            (self.people[3], "publisher"),
            (self.people[4], "moderator"),
            (self.people[5], "member"),
            (self.tybalt, "publisher"),
            (self.paris, "moderator"),
        ] {
            who.done(self.service, "set", &subscribe(&self.node, who.bare())).await;
            if self.is_private {
                self.by_owner(&state(&self.node, who.bare(), "subscribed")).await;
            }
            let _ = self.owner().tries(self.service, "set", &role(&self.node, who.bare(), word)).await;
        }
        self.by_owner(&role(&self.node, self.people[5].bare(), "outcast")).await;
        if self.is_private {
            self.wait_to_follow().await;
        }
    }
}

async fn every_cell_is_as_written(server: &'static Server) {
    let service = ChannelService::of(server);
    let mut clients = vec![Client::anonymous(server).await];
    for _ in 0..10 {
        clients.push(Client::sign_in(server, &server.account()).await);
    }
    for client in &clients[1..] {
        client.done(&service.address, "set", register()).await;
    }
    let [guest, stranger, follower, poster, moderator, banned, first, second, tybalt, paris, benvolio] =
        clients.iter().collect::<Vec<_>>().try_into().ok().unwrap();
    let name = first.bare().split('@').next().unwrap();
    let rows = table();
    let mut wrong = Vec::new();
    for (is_topic, is_private) in [(false, false), (true, false), (false, true), (true, true)] {
        let owner = if is_private { second } else { first };
        let access = if is_private { "private" } else { "open" };
        let channel = if is_topic { format!("{name}-{access}@{}", service.topics) } else { owner.bare().to_owned() };
        let node = format!("/user/{channel}/posts");
        if is_topic {
            owner.done(&service.address, "set", &create(&node, &[("pubsub#title", "A stage")])).await;
        }
        let stage = Stage {
            service: &service.address,
            node,
            is_topic,
            is_private,
            people: vec![guest, stranger, follower, poster, moderator, banned, owner],
            tybalt,
            paris,
            benvolio,
            next: 0.into(),
        };
        stage.open().await;
        for row in rows.iter().filter(|row| row.channel == access) {
            for (column, expected) in row.cells.iter().enumerate() {
                let found = stage.tries(&row.what, column, *expected).await;
                if found.is_some_and(|found| found != *expected) {
                    wrong.push(format!("{} ({access}, topic: {is_topic}) as {}", row.what, PEOPLE[column]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "the service does not do as docs/channels.md says:\n{}", wrong.join("\n"));
}
