//! Signed-in sessions in pairs that send each other messages, and what becomes of the messages.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use tokio::sync::mpsc;

use super::bare::Bare;
use super::session::{Over, Session, between};

/// Sign-ins at the same time.
const AT_A_TIME: usize = 16;

/// The bytes of a message's text.
const TEXT: usize = 80;

/// How the members speak.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    Bosh,
    /// With the server itself.
    Bare,
}

/// Sessions of accounts with successive numbers; the first and the second are a pair, the third and the fourth, and so on.
pub struct Crowd {
    to: SocketAddr,
    way: Way,
    domain: String,
    /// The number of the first account, an odd one.
    first: usize,
    members: Vec<mpsc::UnboundedSender<Instant>>,
    tally: Arc<Tally>,
}

/// What happened to all members together.
struct Tally {
    begin: Instant,
    messages: AtomicUsize,
    repeats: AtomicUsize,
    /// Round trips in milliseconds.
    trips: Mutex<Vec<f64>>,
    lost: Mutex<Vec<String>>,
    /// Whether who hears a pong pings again at once.
    is_flat_out: AtomicBool,
}

/// What a time of load brought.
pub struct Load {
    /// Messages that reached whom they were for.
    pub messages: usize,
    /// Round trips in milliseconds, sorted.
    pub trips: Vec<f64>,
}

impl Load {
    /// The round trip that so much of all do not exceed.
    pub fn trip(&self, share: f64) -> f64 {
        let place = (self.trips.len() as f64 * share) as usize;
        self.trips.get(place.min(self.trips.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    }
}

impl Crowd {
    /// Nobody yet.
    pub fn new(to: SocketAddr, way: Way, domain: &str) -> Crowd {
        Crowd::beside(0, to, way, domain)
    }

    /// Nobody yet, and none of the first so many accounts, an even number, later.
    pub fn beside(others: usize, to: SocketAddr, way: Way, domain: &str) -> Crowd {
        let tally = Tally {
            begin: Instant::now(),
            messages: AtomicUsize::new(0),
            repeats: AtomicUsize::new(0),
            trips: Mutex::default(),
            lost: Mutex::default(),
            is_flat_out: AtomicBool::new(false),
        };
        let domain = domain.to_owned();
        Crowd { to, way, domain, first: others + 1, members: Vec::new(), tally: Arc::new(tally) }
    }

    /// Signs in until there are so many.
    pub async fn grow(&mut self, number: usize) {
        let wanted: Range<usize> = self.first + self.members.len()..self.first + number;
        let (to, way, domain, tally) = (self.to, self.way, self.domain.as_str(), &self.tally);
        // Each lives on at once: managers do not wait until all are there.
        let sign_in = async |number: usize| match Mouth::sign_in(to, way, domain, number).await {
            Ok(mouth) => {
                let partner = if number % 2 == 1 { number + 1 } else { number - 1 };
                let member = Member { mouth, partner: format!("p{partner}@{domain}/bench"), tally: Arc::clone(tally) };
                let (order, orders) = mpsc::unbounded_channel();
                tokio::spawn(member.live(orders));
                (number, order)
            }
            Err(Over(why)) => panic!("account {number} cannot sign in: {why}"),
        };
        let mut members: Vec<_> = stream::iter(wanted).map(sign_in).buffer_unordered(AT_A_TIME).collect().await;
        members.sort_by_key(|(number, _)| *number);
        self.members.extend(members.into_iter().map(|(_, order)| order));
    }

    /// So many pings a second, evenly over all pairs, whether or not the ones before are back.
    pub async fn paced(&self, a_second: f64, seconds: u64) -> Load {
        let begin = Instant::now();
        self.forget();
        let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / a_second));
        for pair in (0..self.members.len() / 2).cycle() {
            ticks.tick().await;
            if begin.elapsed().as_secs() >= seconds {
                break;
            }
            // Whose session is lost hears nothing; it is counted there.
            let _ = self.members[pair * 2].send(Instant::now());
        }
        self.taken().await
    }

    /// So many pairs, each of which pings again as soon as the pong is there.
    pub async fn flat_out(&self, pairs: usize, seconds: u64) -> Load {
        self.tally.is_flat_out.store(true, Ordering::Relaxed);
        self.forget();
        for pair in 0..pairs {
            let _ = self.members[pair * 2].send(Instant::now());
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        self.tally.is_flat_out.store(false, Ordering::Relaxed);
        self.taken().await
    }

    fn forget(&self) {
        self.tally.messages.store(0, Ordering::Relaxed);
        self.tally.trips.lock().unwrap().clear();
    }

    /// What came, once what is under way has come.
    async fn taken(&self) -> Load {
        let mut before = usize::MAX;
        loop {
            let messages = self.tally.messages.load(Ordering::Relaxed);
            if messages == before {
                let mut trips = std::mem::take(&mut *self.tally.trips.lock().unwrap());
                trips.sort_by(f64::total_cmp);
                return Load { messages, trips };
            }
            before = messages;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// How many sessions ended by themselves; the words of the first are printed.
    pub fn lost(&self) -> usize {
        let lost = self.tally.lost.lock().unwrap();
        if let Some(first) = lost.first() {
            println!("    a session was lost: {first}");
        }
        lost.len()
    }

    /// How often a connection broke and its request was sent again.
    pub fn repeats(&self) -> usize {
        self.tally.repeats.load(Ordering::Relaxed)
    }
}

/// What a member speaks with.
enum Mouth {
    Bosh(Box<Session>),
    Bare(Bare),
}

impl Mouth {
    async fn sign_in(to: SocketAddr, way: Way, domain: &str, number: usize) -> Result<Mouth, Over> {
        match way {
            Way::Bosh => Session::sign_in(to, domain, number).await.map(|session| Mouth::Bosh(Box::new(session))),
            Way::Bare => Bare::sign_in(to, domain, number).await.map(Mouth::Bare),
        }
    }

    async fn go_on(&mut self) -> Result<(), Over> {
        match self {
            Mouth::Bosh(session) => session.go_on().await,
            Mouth::Bare(_) => Ok(()),
        }
    }

    async fn say(&mut self, payload: &str) -> Result<(), Over> {
        match self {
            Mouth::Bosh(session) => session.say(payload).await,
            Mouth::Bare(bare) => bare.say(payload).await,
        }
    }

    async fn hear(&mut self) -> Result<String, Over> {
        match self {
            Mouth::Bosh(session) => session.hear().await,
            Mouth::Bare(bare) => bare.hear().await,
        }
    }

    /// How often a connection broke since this was asked last.
    fn repeats(&mut self) -> usize {
        match self {
            Mouth::Bosh(session) => std::mem::take(&mut session.repeats),
            Mouth::Bare(_) => 0,
        }
    }
}

/// One session at work.
struct Member {
    mouth: Mouth,
    partner: String,
    tally: Arc<Tally>,
}

impl Member {
    /// Polls, pings when it is told to, and answers pings, until its crowd is gone.
    async fn live(mut self, mut orders: mpsc::UnboundedReceiver<Instant>) {
        if let Err(Over(why)) = self.work(&mut orders).await {
            self.tally.lost.lock().unwrap().push(why);
        }
    }

    async fn work(&mut self, orders: &mut mpsc::UnboundedReceiver<Instant>) -> Result<(), Over> {
        loop {
            self.mouth.go_on().await?;
            tokio::select! {
                order = orders.recv() => match order {
                    Some(at) => {
                        let ping = self.message("ping", at.duration_since(self.tally.begin).as_nanos());
                        self.mouth.say(&ping).await?;
                    }
                    None => return Ok(()),
                },
                body = self.mouth.hear() => {
                    let replies = self.heard(&body?);
                    self.mouth.say(&replies).await?;
                    self.tally.repeats.fetch_add(self.mouth.repeats(), Ordering::Relaxed);
                }
            }
        }
    }

    /// Takes down what came, and gives what is to be said to it.
    fn heard(&self, body: &str) -> String {
        let mut replies = String::new();
        let mut rest = body;
        while let Some(start) = rest.find("<body>p") {
            let text = &rest[start + "<body>".len()..];
            let time = between(text, " ", " ").and_then(|time| time.parse::<u128>().ok()).expect("a time");
            self.tally.messages.fetch_add(1, Ordering::Relaxed);
            let now = self.tally.begin.elapsed().as_nanos();
            if text.starts_with("ping") {
                replies.push_str(&self.message("pong", time));
            } else {
                self.tally.trips.lock().unwrap().push((now - time) as f64 / 1e6);
                if self.tally.is_flat_out.load(Ordering::Relaxed) {
                    replies.push_str(&self.message("ping", now));
                }
            }
            rest = text;
        }
        replies
    }

    fn message(&self, word: &str, time: u128) -> String {
        let mut text = format!("{word} {time} ");
        while text.len() < TEXT {
            text.push('.');
        }
        let partner = &self.partner;
        format!("<message xmlns='jabber:client' to='{partner}' type='chat'><body>{text}</body></message>")
    }
}
