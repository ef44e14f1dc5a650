//! What a channel service sees of an XMPP server: one that lets its two components in, and speaks for all of its people.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::timed;

/// The domain of everybody.
pub const DOMAIN: &str = "capulet.lit";

/// How long the service may be silent while something is expected of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// About 1 kB of text, without what XML would escape.
const TEXT: &str = "Two households, both alike in dignity, in fair Verona, where we lay our scene, from ancient grudge \
    break to new mutiny, where civil blood makes civil hands unclean. ";

/// Those at the other end of the component link.
pub struct People {
    from_service: OwnedReadHalf,
    to_service: mpsc::UnboundedSender<String>,
    unread: Vec<u8>,
    /// Posts published so far, for their ids.
    posts: usize,
}

/// What the service said.
enum Heard {
    /// News for the follower of this number.
    News(usize),
    /// An answer to a request: whether it was done.
    Answer { is_done: bool },
    /// Anything else.
    Other,
}

impl People {
    /// Waits for both components of a service.
    pub async fn listen(port: u16) -> People {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let mut main = None;
        for _ in 0..2 {
            let (mut socket, _) = listener.accept().await.unwrap();
            if let_in(&mut socket).await.contains("to='channels.") {
                main = Some(socket);
            } else {
                // Only asks now and then whether its server is there, by way of the server.
                tokio::spawn(async move {
                    let (mut read, mut write) = socket.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        }
        let (from_service, mut write) = main.expect("the main component came").into_split();
        let (to_service, mut waiting) = mpsc::unbounded_channel::<String>();
        tokio::spawn(async move {
            while let Some(text) = waiting.recv().await {
                write.write_all(text.as_bytes()).await.unwrap();
            }
        });
        People { from_service, to_service, unread: Vec::new(), posts: 0 }
    }

    /// The author and these many followers come online and have channels of their own.
    pub async fn register(&mut self, followers: usize) {
        for person in (0..followers).map(follower).chain(["author".to_owned()]) {
            self.say(format!("<presence from='{person}@{DOMAIN}/here' to='channels.{DOMAIN}'/>"));
            self.ask(&person, "<query xmlns='jabber:iq:register'/>");
        }
        self.all_done(followers + 1).await;
    }

    /// A topic channel of the author's, and so many who follow it.
    pub async fn make_channel(&mut self, name: &str, followers: usize) {
        let node = node(name);
        self.ask("author", &pubsub(&format!("<create node='{node}'/>")));
        self.all_done(1).await;
        for person in (0..followers).map(follower) {
            self.ask(&person, &pubsub(&format!("<subscribe node='{node}' jid='{person}@{DOMAIN}'/>")));
        }
        self.all_done(followers).await;
    }

    /// The author posts, and each follower must hear of each post once. How long that takes.
    pub async fn post(&mut self, channel: &str, followers: usize, posts: usize) -> Duration {
        let node = node(channel);
        let stanzas: Vec<String> = (self.posts..self.posts + posts)
            .map(|number| {
                let text = format!("Note {number}. {}", TEXT.repeat(6));
                let entry = format!("<entry xmlns='http://www.w3.org/2005/Atom'><content>{text}</content></entry>");
                pubsub(&format!("<publish node='{node}'><item id='note-{number}'>{entry}</item></publish>"))
            })
            .collect();
        self.posts += posts;
        let mut heard = vec![0; followers];
        let mut missing = followers * posts + posts;
        let time = timed(async {
            for stanza in &stanzas {
                self.ask("author", stanza);
            }
            while missing > 0 {
                for one in self.hear().await {
                    match one {
                        Heard::News(number) => heard[number] += 1,
                        Heard::Answer { is_done } => assert!(is_done, "a post was refused"),
                        Heard::Other => continue,
                    }
                    missing -= 1;
                }
            }
        })
        .await;
        assert!(heard.iter().all(|&count| count == posts), "not everybody heard of each post once: {heard:?}");
        time
    }

    fn say(&self, stanza: String) {
        self.to_service.send(stanza).expect("the link stands");
    }

    fn ask(&self, person: &str, payload: &str) {
        let is_from = format!("from='{person}@{DOMAIN}/here'");
        self.say(format!("<iq type='set' id='ask' {is_from} to='channels.{DOMAIN}'>{payload}</iq>"));
    }

    async fn all_done(&mut self, requests: usize) {
        let mut done = 0;
        while done < requests {
            for one in self.hear().await {
                if let Heard::Answer { is_done } = one {
                    assert!(is_done, "a request was refused");
                    done += 1;
                }
            }
        }
    }

    /// What came in one go.
    async fn hear(&mut self) -> Vec<Heard> {
        self.unread.reserve(128 * 1024);
        let length = tokio::time::timeout(PATIENCE, self.from_service.read_buf(&mut self.unread)).await;
        assert!(length.expect("the service says something").unwrap() > 0, "the service ended its link");
        let whole = match std::str::from_utf8(&self.unread) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&self.unread[..error.valid_up_to()]).unwrap(),
        };
        let mut heard = Vec::new();
        let mut rest = whole;
        // The service writes every element but presence with an end of its own.
        let ends = [("<message", "</message>"), ("<iq", "</iq>"), ("<presence", "/>")];
        while let Some((_, end)) = ends.iter().find(|(start, _)| rest.starts_with(start)) {
            let Some(at) = rest.find(end) else { break };
            let (stanza, after) = rest.split_at(at + end.len());
            heard.push(read(stanza));
            rest = after;
        }
        let done = whole.len() - rest.len();
        self.unread.drain(..done);
        heard
    }
}

fn read(stanza: &str) -> Heard {
    let head = stanza.split('>').next().unwrap_or_default();
    if head.starts_with("<message") {
        let number = head.split(" to='follower").nth(1).and_then(|to| to.split('@').next()?.parse().ok());
        return number.map_or(Heard::Other, Heard::News);
    }
    match head.contains(" id='ask'") {
        true => Heard::Answer { is_done: head.contains(" type='result'") },
        false => Heard::Other,
    }
}

fn follower(number: usize) -> String {
    format!("follower{number}")
}

fn node(channel: &str) -> String {
    format!("/user/{channel}@topics.{DOMAIN}/posts")
}

fn pubsub(inside: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{inside}</pubsub>")
}

/// Lets a component in, whatever its secret is (XEP-0114 §3); its stream's header.
async fn let_in(socket: &mut TcpStream) -> String {
    socket.set_nodelay(true).unwrap();
    let header = until(socket, "accept'", ">").await;
    let answer =
        "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1'>";
    socket.write_all(answer.as_bytes()).await.unwrap();
    until(socket, "<handshake>", "</handshake>").await;
    socket.write_all(b"<handshake/>").await.unwrap();
    header
}

async fn until(socket: &mut TcpStream, start: &str, end: &str) -> String {
    let mut text = String::new();
    while text.split_once(start).is_none_or(|(_, rest)| !rest.contains(end)) {
        let byte = socket.read_u8().await.unwrap();
        text.push(char::from(byte));
    }
    text
}
