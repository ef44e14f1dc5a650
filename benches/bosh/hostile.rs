//! Crowds that want to harm Cirrus, beside a few clients that only talk: what they take, and what the others notice.

use std::io;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::crowd::{Crowd, Load, Way};
use super::managers::{DOMAIN, Kind, MAIL_DOMAIN, Manager};
use super::session::{Over, Session, creation};
use super::wire::Route;
use crate::figures::settled;

/// Sessions that are opened and whose answers nobody reads: as many as 20,000 open files permit.
const UNREAD: usize = 9_000;

/// Connections of each slow kind.
const SLOW: usize = 4_000;

/// Members of each crowd that only talks, and how many pings a second go among them.
const HONEST: (usize, f64) = (20, 100.0);

/// For how many seconds round trips are measured: a percentile of a few hundred trips would be luck.
const SECONDS: u64 = 60;

/// How often the slow send another byte.
const DRIP: Duration = Duration::from_secs(5);

/// The room that readers have who read nothing.
const NO_ROOM: u32 = 2048;

/// Bytes of messages that a slow reader lets itself be sent.
const MAIL: usize = 32 * 1024;

/// What a crowd does.
#[derive(Clone, Copy, PartialEq)]
enum Deed {
    Unread,
    SlowHeads,
    SlowBodies,
    SlowReaders,
}

/// The crowds: how they are asked for, what they do, and how many they are.
const CROWDS: [(&str, &str, usize, Deed); 4] = [
    ("unread", "sessions opened, never read", UNREAD, Deed::Unread),
    ("heads", "heads, a byte in 5 s", SLOW, Deed::SlowHeads),
    ("bodies", "bodies, a byte in 5 s", SLOW, Deed::SlowBodies),
    ("mail", "signed in, mail never read", SLOW, Deed::SlowReaders),
];

/// Those that are named, or all.
pub async fn run(wanted: &[String]) {
    let is_wanted = |key: &str| wanted.iter().any(|wanted| wanted == key);
    let all = !CROWDS.iter().any(|(key, ..)| is_wanted(key));
    println!(
        "\nHostile crowds at Cirrus, and the round trips in milliseconds, p50 / p99, of {0} others there and of {0} at \
         the server itself,\nwith the share of a core that Cirrus and the server take:",
        HONEST.0
    );
    println!(
        "{:<29} {:>6} {:<7} {:>12} {:>14} {:>14} {:>6} {:>5} {:>10} {:>8}",
        "", "", "", "before", "while it comes", "while it stays", "ratio", "CPU", "MB before", "MB with"
    );
    for (_, name, number, deed) in CROWDS.into_iter().filter(|(key, ..)| all || is_wanted(key)) {
        beside(name, number, deed).await;
    }
}

/// One hostile crowd beside two that only talk: with Cirrus, and with the server behind it. What the second one notices
/// is not the doing of Cirrus.
async fn beside(name: &str, number: usize, deed: Deed) {
    let manager = match deed {
        Deed::SlowReaders => Manager::with_mail(HONEST.0 * 2, number),
        _ => Manager::start(Kind::Cirrus, HONEST.0 * 2),
    };
    let backend = manager.backend().expect("a server of its own");
    let mut honest = Crowd::new(manager.address, Way::Bosh, DOMAIN);
    let mut bare = Crowd::beside(HONEST.0, backend, Way::Bare, DOMAIN);
    honest.grow(HONEST.0).await;
    bare.grow(HONEST.0).await;
    let talk = async || tokio::join!(honest.paced(HONEST.1, SECONDS), bare.paced(HONEST.1, SECONDS));
    let memory_before = settled(|| manager.memory()).await;
    let before = talk().await;

    let files = manager.open_files();
    let mut crowd = JoinSet::new();
    let (while_it_comes, ()) = tokio::join!(talk(), arrive(&manager, number, deed, files, &mut crowd));
    let memory = settled(|| manager.memory()).await;
    let times = || [manager.processor_time(), manager.backend_time().expect("a server of its own")];
    let (begin, times_before) = (Instant::now(), times());
    let while_it_stays = talk().await;
    let took = begin.elapsed().as_secs_f64();
    let [own, server] = std::array::from_fn(|which| (times()[which] - times_before[which]) / took * 100.0);
    let memory = memory.max(manager.memory() as f64);

    let print = |who: &str, loads: [&Load; 3], processor: f64, memory: &str| {
        let [before, comes, stays] = loads.map(|load| format!("{:.1} / {:.1}", load.trip(0.5), load.trip(0.99)));
        let ratio = loads[2].trip(0.99) / loads[0].trip(0.99);
        let (name, number) = if who == "cirrus" { (name, number.to_string()) } else { ("", String::new()) };
        println!(
            "{name:<29} {number:>6} {who:<7} {before:>12} {comes:>14} {stays:>14} {ratio:>6.2} {processor:>4.0}% {memory}"
        );
    };
    let megabytes = format!("{:>9.0} {:>9.0}", memory_before / 1e6, memory / 1e6);
    print("cirrus", [&before.0, &while_it_comes.0, &while_it_stays.0], own, &megabytes);
    print("server", [&before.1, &while_it_comes.1, &while_it_stays.1], server, "");
    assert_eq!(honest.lost() + bare.lost(), 0, "nobody else's session ends");
}

/// Lets a crowd come, and returns when all of it is there.
async fn arrive(manager: &Manager, number: usize, deed: Deed, files: usize, crowd: &mut JoinSet<()>) {
    let address = manager.address;
    let come = async |client: usize| {
        let route = Route { room: Some(NO_ROOM), ..Route::new(address, client) };
        match deed {
            Deed::Unread => unread(&route).await.map(|stream| Box::pin(stay(stream)) as Staying),
            Deed::SlowHeads => Ok(Box::pin(slow(route, "POST /http-bind HTTP/1.1\r\nhost: x\r\nx-slow: ")) as Staying),
            Deed::SlowBodies => {
                Ok(Box::pin(slow(route, "POST /http-bind HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n<body "))
                    as Staying)
            }
            Deed::SlowReaders => deaf(route, 1 + client).await.map(|session| Box::pin(stay(session)) as Staying),
        }
    };
    let mut coming = stream::iter(0..number).map(come).buffer_unordered(16);
    while let Some(came) = coming.next().await {
        crowd.spawn(came.expect("a hostile client gets as far as it wants"));
    }
    // A session has a connection to the server too; those that are signed in have been seen to be.
    let all = files + if deed == Deed::Unread { number * 2 } else { number };
    let deadline = Instant::now() + Duration::from_secs(60);
    while manager.open_files() < all * 99 / 100 {
        assert!(Instant::now() < deadline, "{} open files of {all}", manager.open_files());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

type Staying = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Keeps something open for ever.
async fn stay<T>(_kept: T) {
    std::future::pending::<()>().await;
}

/// Opens a session and leaves its answer where it is.
async fn unread(route: &Route) -> io::Result<TcpStream> {
    let mut stream = route.connect().await?;
    let creation = creation(DOMAIN);
    let body = format!("<body xmlns='http://jabber.org/protocol/httpbind' rid='1000000' {creation}/>");
    stream.write_all(&route.request(&body)).await?;
    Ok(stream)
}

/// Begins a request and never comes to its end; begins another when it is thrown out.
async fn slow(route: Route, begin: &'static str) {
    loop {
        if let Ok(mut stream) = route.connect().await
            && stream.write_all(begin.as_bytes()).await.is_ok()
        {
            loop {
                let thrown_out = tokio::time::timeout(DRIP, stream.read_u8());
                if thrown_out.await.is_ok() || stream.write_all(b"x").await.is_err() {
                    break;
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Signs in, sends itself mail, and reads none of it. Its server is not the one whose people talk meanwhile.
async fn deaf(route: Route, account: usize) -> io::Result<Session> {
    let sent = async {
        let mut session = Session::sign_in_by(route, MAIL_DOMAIN, account).await?;
        let text = "words that nobody reads ".repeat(170);
        let message = format!("<message xmlns='jabber:client' to='{}'><body>{text}</body></message>", session.jid);
        session.say(&message.repeat(MAIL / message.len())).await?;
        Ok(session)
    };
    sent.await.map_err(|Over(why)| io::Error::other(why))
}
