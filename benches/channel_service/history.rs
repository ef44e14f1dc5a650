//! Channels with many posts and with few, written straight into the database and read as their readers do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cirrus::hosting::channel_service::{Service, Settings};
use cirrus::store::channels::{ChannelStore, Metadata, NewChannel, NewPost, Place};
use minidom::Element;

use super::people::DOMAIN;

/// The moment of the first post, and of everything else.
const START: i64 = 1_700_000_000_000;

/// Posts that are written in one transaction.
const BATCH: usize = 10_000;

/// Of so many posts one begins a thread, the others answer it.
const THREAD: usize = 4;

/// A page to read.
pub struct Page {
    /// What the table calls it.
    pub name: &'static str,
    reader: &'static str,
    /// Plain clients are shown what begins a thread.
    sees_replies: bool,
    place: At,
}

enum At {
    Beginning,
    Middle,
    End,
}

const MEMBER: &str = "member@capulet.lit/here";

/// The pages that clients ask for. `member` has a channel of its own, `plain` is a pubsub client of another domain.
pub const PAGES: [Page; 4] = [
    Page { name: "the newest", reader: MEMBER, sees_replies: true, place: At::Beginning },
    Page { name: "from the middle", reader: MEMBER, sees_replies: true, place: At::Middle },
    Page { name: "the oldest", reader: MEMBER, sees_replies: true, place: At::End },
    Page { name: "a plain client's, newest", reader: "plain@montague.lit/here", sees_replies: false, place: At::End },
];

/// A service with two channels, `short` and `long`.
pub struct History {
    service: Service,
}

impl History {
    /// Writes them, with so many posts.
    pub fn write(place: &Place, short: usize, long: usize) -> History {
        let store = ChannelStore::open(place).unwrap();
        write_channel(&store, "short", short);
        write_channel(&store, "long", long);
        let settings = Settings {
            domain: DOMAIN.to_owned(),
            guests: Vec::new(),
            address: format!("channels.{DOMAIN}"),
            topics: format!("topics.{DOMAIN}"),
            name: "Channels".to_owned(),
        };
        let mut history = History { service: Service::new(store, settings, fresh).unwrap() };
        // Who is there and has a channel of its own speaks Buddycloud.
        let presence = format!("<presence xmlns='jabber:client' from='{MEMBER}' to='channels.{DOMAIN}'/>");
        history.tell(&presence);
        let (answer, _) = history.ask("set", MEMBER, "<query xmlns='jabber:iq:register'/>");
        assert!(answer.contains(" type='result'"), "{answer}");
        history
    }

    /// Reads a page of a channel with so many posts; how long that takes.
    pub fn read(&mut self, channel: &str, posts: usize, page: &Page) -> Duration {
        let from = match page.place {
            At::Beginning => String::new(),
            At::Middle => format!("<after>{}</after>", id(channel, posts / 2)),
            At::End => "<before/>".to_owned(),
        };
        let (answer, time) = self.ask(
            "get",
            page.reader,
            &format!(
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='/user/{channel}@topics.{DOMAIN}/posts'/>\
                 <set xmlns='http://jabber.org/protocol/rsm'><max>20</max>{from}</set></pubsub>"
            ),
        );
        assert_eq!(answer.matches("<item ").count(), 20, "{answer}");
        let counted = if page.sees_replies { posts } else { posts / THREAD };
        assert!(answer.contains(&format!("<count>{counted}</count>")), "{answer}");
        time
    }

    /// Asks, and gives the answer and how long it took.
    fn ask(&mut self, kind: &str, from: &str, payload: &str) -> (String, Duration) {
        let (answers, time) = self.tell(&format!(
            "<iq xmlns='jabber:client' type='{kind}' id='ask' from='{from}' to='channels.{DOMAIN}'>{payload}</iq>"
        ));
        (answers.into_iter().next().expect("an answer"), time)
    }

    /// Sends a stanza, and gives what is said to it and how long that took.
    fn tell(&mut self, stanza: &str) -> (Vec<String>, Duration) {
        let stanza: Element = stanza.parse().unwrap();
        let start = Instant::now();
        self.service.begin().unwrap();
        self.service.stanza(&stanza, false, START).unwrap();
        self.service.commit().unwrap();
        let answers = self.service.take();
        let time = start.elapsed();
        (answers.into_iter().map(|answer| answer.text).collect(), time)
    }
}

fn write_channel(store: &ChannelStore, name: &str, posts: usize) {
    let metadata = Metadata { title: name, description: "", access: "open", default_role: "publisher" };
    let full_name = format!("{name}@topics.{DOMAIN}");
    let author = format!("author@{DOMAIN}");
    store.begin().unwrap();
    let new = NewChannel { name: &full_name, is_topic: true, metadata, creator: &author, authority: None };
    let channel = store.add_channel(&new, START).unwrap();
    let node = store.add_node(channel, "posts").unwrap();
    for number in 0..posts {
        if number % BATCH == BATCH - 1 {
            store.commit().unwrap();
            store.begin().unwrap();
        }
        let (own, thread) = (id(name, number), id(name, number - number % THREAD));
        let moment = START + number as i64;
        let new = NewPost {
            id: &own,
            publisher: &author,
            payload: &format!(
                "<entry xmlns='http://www.w3.org/2005/Atom'><id>{own}</id><title>Note {number}</title>\
                 <content type='text'>{}</content></entry>",
                "Where civil blood makes civil hands unclean. ".repeat(20)
            ),
            published: moment,
            updated: moment,
            parent: (number % THREAD != 0).then_some(thread.as_str()),
            rated: None,
            words: &format!("note {number} where civil blood makes civil hands unclean"),
        };
        store.put_post(node, &new, moment).unwrap();
    }
    store.commit().unwrap();
}

fn id(channel: &str, number: usize) -> String {
    format!("{channel}-{number}")
}

/// Names, as a service needs them.
fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("fresh-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
