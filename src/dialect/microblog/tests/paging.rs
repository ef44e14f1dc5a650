//! Leafing through a channel, on servers of each kind and past items that are too large.

use std::collections::HashSet;
use std::future::{Future, ready};
use std::sync::Mutex;

use minidom::Element;

use super::script::{Script, item, items};
use super::{at, community, own};
use crate::channel::ChannelId;
use crate::dialect::microblog::is_comments_node;
use crate::dialect::{Dialect, Microblog, Page, Problem};
use crate::xmpp::pubsub::{NS, RSM};
use crate::xmpp::{Ask, AskError, Request};

/// A node with items, on a server of some kind.
struct Server {
    /// Oldest first: ids and days.
    items: Mutex<Vec<(String, u32)>>,
    /// Whether it knows result sets.
    knows_sets: bool,
    /// Whether disco tells the ids, and then whether the newest come first.
    lists_newest_first: Option<bool>,
    /// Items that no answer may hold.
    too_large: HashSet<String>,
    asked: Mutex<usize>,
}

impl Server {
    fn new(count: usize) -> Server {
        let items = (1..=count).map(|n| (format!("post-{n}"), n as u32)).collect();
        Server {
            items: Mutex::new(items),
            knows_sets: false,
            lists_newest_first: None,
            too_large: HashSet::new(),
            asked: Mutex::new(0),
        }
    }

    fn with_sets(self) -> Server {
        Server { knows_sets: true, ..self }
    }

    fn with_list(self, newest_first: bool) -> Server {
        Server { lists_newest_first: Some(newest_first), ..self }
    }

    fn with_too_large(mut self, ids: &[usize]) -> Server {
        self.too_large = ids.iter().map(|n| format!("post-{n}")).collect();
        self
    }

    fn answer(&self, payload: &Element) -> Result<Option<Element>, AskError> {
        *self.asked.lock().unwrap() += 1;
        let items = self.items.lock().unwrap();
        if payload.is("query", "http://jabber.org/protocol/disco#items") {
            return self.list(&items);
        }
        let list = payload.get_child("items", NS).expect("a request for items");
        let wanted: Vec<&str> = list.children().filter_map(|item| item.attr("id")).collect();
        let mut set = String::new();
        let chosen: Vec<(String, u32)> = if !wanted.is_empty() {
            items.iter().filter(|(id, _)| wanted.contains(&id.as_str())).cloned().collect()
        } else if let Some(asked) = payload.get_child("set", RSM).filter(|_| self.knows_sets) {
            let (from, to) = window(asked, &items);
            if from < to {
                // Tokens are opaque: here they are positions in disguise.
                set = format!("<first index='{from}'>t{from}</first><last>t{}</last>", to - 1);
            }
            set = format!("<set xmlns='{RSM}'>{set}<count>{}</count></set>", items.len());
            items[from..to].to_vec()
        } else {
            let max = list.attr("max_items").map_or(items.len(), |max| max.parse().unwrap());
            items[items.len().saturating_sub(max)..].to_vec()
        };
        if chosen.iter().any(|(id, _)| self.too_large.contains(id)) {
            return Err(AskError::TooLarge);
        }
        let xml: String = chosen.iter().map(|(id, day)| dated(id, *day)).collect();
        Ok(Some(format!("<pubsub xmlns='{NS}'><items node='x'>{xml}</items>{set}</pubsub>").parse().unwrap()))
    }

    fn list(&self, items: &[(String, u32)]) -> Result<Option<Element>, AskError> {
        let Some(newest_first) = self.lists_newest_first else {
            let condition = "service-unavailable".to_owned();
            return Err(AskError::Stanza { condition, specific: None, text: None });
        };
        let mut ids: Vec<String> = items.iter().map(|(id, _)| format!("<item jid='x.example' name='{id}'/>")).collect();
        if newest_first {
            ids.reverse();
        }
        let xml = format!("<query xmlns='http://jabber.org/protocol/disco#items'>{}</query>", ids.concat());
        Ok(Some(xml.parse().unwrap()))
    }
}

fn dated(id: &str, day: u32) -> String {
    item(id, "", 1, "alice@example.org")
        .replace("2026-01-01", &format!("20{:02}-{:02}-{:02}", day / 300 + 10, day % 300 / 25 + 1, day % 25 + 1))
}

fn window(asked: &Element, items: &[(String, u32)]) -> (usize, usize) {
    let text = |name: &str| asked.get_child(name, RSM).map(Element::text);
    let max: usize = text("max").unwrap().parse().unwrap();
    match (text("before"), text("index")) {
        (Some(before), _) => {
            let to = before.strip_prefix('t').map_or(items.len(), |at| at.parse().unwrap());
            (to.saturating_sub(max), to)
        }
        (None, Some(index)) => {
            let from: usize = index.parse().unwrap();
            (from, (from + max).min(items.len()))
        }
        (None, None) => (0, 0),
    }
}

impl Ask for Server {
    fn ask(&self, request: Request) -> impl Future<Output = Result<Option<Element>, AskError>> + Send {
        ready(self.answer(&request.payload))
    }
}

async fn leaf(server: &Server, channel: &ChannelId, size: usize) -> (Vec<usize>, Vec<Problem>) {
    let (mut posts, mut problems, mut before) = (Vec::new(), Vec::new(), None);
    for _ in 0..200 {
        let page: Page = Microblog.posts(server, channel, before.as_deref(), size).await.expect("a page");
        posts.extend(page.posts.iter().map(|post| post.at.id.as_str()[5..].parse::<usize>().unwrap()));
        problems.extend(page.problems);
        match page.older {
            Some(older) => before = Some(older),
            None => return (posts, problems),
        }
    }
    panic!("it never ends");
}

#[tokio::test]
async fn every_post_is_seen_once_and_in_order() {
    for count in [0, 1, 5, 19, 20, 21, 40, 41, 200] {
        for server in [Server::new(count), Server::new(count).with_sets()] {
            let (posts, problems) = leaf(&server, &community(), 20).await;
            assert_eq!(posts, (1..=count).rev().collect::<Vec<_>>());
            assert_eq!(problems, []);
            let pages = count.div_ceil(20).max(1);
            assert_eq!(*server.asked.lock().unwrap(), pages, "no request without need, {count} posts");
        }
    }
}

#[tokio::test]
async fn what_is_added_edited_or_taken_away_meanwhile_hides_nothing_older() {
    let server = Server::new(100);
    let first = Microblog.posts(&server, &own(), None, 20).await.expect("a page");
    let items = || server.items.lock().unwrap();
    // Five new ones; the page after is the same.
    items().extend((101..106).map(|n| (format!("post-{n}"), n)));
    let second = Microblog.posts(&server, &own(), first.older.as_deref(), 20).await.expect("a page");
    let ids = |page: &Page| page.posts.iter().map(|post| post.at.id.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&second), (61..=80).rev().map(|n| format!("post-{n}")).collect::<Vec<_>>());
    // The oldest seen is edited, which moves it to the end (Prosody): nothing may be left out.
    let edited = items().remove(60);
    items().push(edited);
    let third = ids(&Microblog.posts(&server, &own(), second.older.as_deref(), 20).await.expect("a page"));
    for n in 41..=60 {
        assert!(third.contains(&format!("post-{n}")), "{n} is missing in {third:?}");
    }
    // It is taken away altogether.
    items().retain(|(id, _)| id != "post-61");
    let third = ids(&Microblog.posts(&server, &own(), second.older.as_deref(), 20).await.expect("a page"));
    assert!(third.contains(&"post-60".to_owned()) || third.contains(&"post-59".to_owned()));
}

#[tokio::test]
async fn one_too_large_item_costs_only_itself() {
    let kinds = [
        Server::new(60).with_list(true),
        Server::new(60).with_list(false),
        Server::new(60).with_sets().with_list(false),
        Server::new(60).with_sets(),
    ];
    for server in kinds {
        let names_it = server.lists_newest_first.is_some();
        for (large, size) in [(vec![60], 20), (vec![50], 20), (vec![41, 45], 20), (vec![1, 21, 22, 23, 60], 7)] {
            let server = Server {
                items: Mutex::new(server.items.lock().unwrap().clone()),
                asked: Mutex::new(0),
                too_large: HashSet::new(),
                ..server
            };
            let server = server.with_too_large(&large);
            let (posts, problems) = leaf(&server, &community(), size).await;
            let good: Vec<usize> = (1..=60).rev().filter(|n| !large.contains(n)).collect();
            assert_eq!(posts, good, "{large:?}, sets: {}", server.knows_sets);
            assert_eq!(problems.len(), large.len());
            for problem in problems {
                let Problem::TooLarge { id } = problem else { panic!("{problem:?}") };
                assert_eq!(id.is_some(), names_it);
            }
        }
    }
}

#[tokio::test]
async fn where_nothing_else_helps_the_newest_that_fit_are_shown() {
    let server = Server::new(60).with_too_large(&[52]);
    let page = Microblog.posts(&server, &own(), None, 20).await.expect("a page");
    assert_eq!(page.posts.len(), 5);
    assert_eq!((page.problems, page.older), (vec![Problem::TooLarge { id: None }], None));
    let server = Server::new(60).with_too_large(&[60]);
    let page = Microblog.posts(&server, &own(), None, 20).await.expect("a page");
    assert_eq!((page.posts.len(), page.problems.len()), (0, 1));
}

#[tokio::test]
async fn a_cut_item_among_good_ones_is_a_problem_of_its_own() {
    let deep = "<item id='deep-one'><entry xmlns='http://www.w3.org/2005/Atom'><title>x</title><updated>2026-01-01T00:00:00Z</updated>\
                <cut xmlns='urn:cirrus:cut' bound='depth'/></entry></item>";
    let answer = items(&[
        &dated("post-1", 1),
        deep,
        &dated("post-2", 2),
        "<item id='avatar'><metadata xmlns='urn:xmpp:avatar:metadata'/></item>",
    ]);
    let script = Script::new().line("get pubsub.example.org", &["max_items='21'", "<max>20</max>", "<before"], &answer);
    let page = Microblog.posts(&script, &community(), None, 20).await.expect("a page");
    script.end();
    assert_eq!(page.posts.len(), 2);
    assert_eq!(page.problems, [Problem::TooLarge { id: Some(at(&community(), "deep-one").id) }]);
}

#[tokio::test]
async fn pages_are_in_the_order_of_the_dates() {
    let answer = items(&[&dated("post-3", 3), &dated("post-1", 1), &dated("post-2", 2), &dated("post-2", 2)]);
    let script = Script::new().line("get pubsub.example.org", &[], &answer);
    let page = Microblog.posts(&script, &community(), None, 20).await.expect("a page");
    let ids: Vec<&str> = page.posts.iter().map(|post| post.at.id.as_str()).collect();
    assert_eq!(ids, ["post-3", "post-2", "post-1"]);
    assert!(page.hides_publisher);
}

#[tokio::test]
async fn refusals_and_strange_tokens() {
    let script = Script::new().refusal("get alice@example.org", &[], "forbidden");
    assert!(Microblog.posts(&script, &own(), None, 20).await.unwrap_err().is("forbidden"));
    let nobody = Script::new();
    assert!(Microblog.posts(&nobody, &own(), Some("nonsense"), 20).await.unwrap_err().is("item-not-found"));
}

#[tokio::test]
async fn single_posts() {
    let good = items(&[&item("post-1", "publisher='alice@example.org/x'", 1, "alice@example.org")]);
    let script = Script::new()
        .line("get pubsub.example.org", &["<item id='post-1'"], &good)
        .line("get pubsub.example.org", &[], &items(&[]))
        .line("get pubsub.example.org", &[], &good)
        .refusal("get pubsub.example.org", &[], "item-not-found")
        .refusal("get pubsub.example.org", &[], "forbidden");
    let wanted = at(&community(), "post-1");
    assert_eq!(Microblog.post(&script, &wanted).await.expect("an answer").expect("a post").at, wanted);
    assert_eq!(Microblog.post(&script, &wanted).await, Ok(None));
    // Another item than the one asked for is not taken for it.
    assert_eq!(Microblog.post(&script, &at(&community(), "post-2")).await, Ok(None));
    assert_eq!(Microblog.post(&script, &wanted).await, Ok(None));
    assert!(Microblog.post(&script, &wanted).await.is_err());
    script.end();
}

#[tokio::test]
async fn replies_come_from_the_node_that_the_post_names() {
    let post = super::fixture!("movim_post");
    let channel = ChannelId::personal("marie@example.org".parse().unwrap());
    let mut post = crate::dialect::microblog::read::item(&channel, &post).unwrap();
    assert!(is_comments_node(post.replies.as_ref().unwrap().node.as_str()));
    let answer = items(&[&item("reply-1", "publisher='bob@example.net'", 1, "bob@example.net")]);
    let script = Script::new().line(
        "get comments.example.org",
        &["comments/a-walk-by-the-river-k3x9qa", "max_items='501'"],
        &answer,
    );
    assert_eq!(Microblog.replies(&script, &post).await.expect("replies").posts.len(), 1);
    script.end();
    post.replies = None;
    assert_eq!(Microblog.replies(&Script::new(), &post).await, Ok(Page::default()));
}
