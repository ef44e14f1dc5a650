//! Crowds that want to harm Cirrus, beside a few clients that only talk: what they take, and what the others notice.

use std::io;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::crowd::{Crowd, Load, Way};
use super::managers::{DOMAIN, Kind, Manager};
use super::session::{Over, Session, creation};
use super::wire::Route;
use crate::figures::settled;

/// Sessions that are opened and whose answers nobody reads: as many as 20,000 open files permit.
const UNREAD: usize = 9_000;

/// Connections of each slow kind.
const SLOW: usize = 4_000;

/// Members of the crowd that only talks, and how many pings a second go among them.
const HONEST: (usize, f64) = (20, 50.0);

/// For how many seconds its round trips are measured.
const SECONDS: u64 = 20;

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

pub async fn run() {
    println!("\nHostile crowds at Cirrus, and the round trips of {} others meanwhile, milliseconds:", HONEST.0);
    println!(
        "{:<30} {:>6} {:>14} {:>14} {:>14} {:>6} {:>9} {:>9}",
        "", "", "before", "while it comes", "while it stays", "p99", "MB before", "MB with"
    );
    println!("{:<30} {:>6} {:>14} {:>14} {:>14} {:>6}", "", "", "p50 / p99", "p50 / p99", "p50 / p99", "ratio");
    for (name, number, deed) in [
        ("sessions opened, never read", UNREAD, Deed::Unread),
        ("heads, a byte in 5 s", SLOW, Deed::SlowHeads),
        ("bodies, a byte in 5 s", SLOW, Deed::SlowBodies),
        ("signed in, mail never read", SLOW, Deed::SlowReaders),
    ] {
        let accounts = if deed == Deed::SlowReaders { HONEST.0 + number } else { HONEST.0 };
        let manager = Manager::start(Kind::Cirrus, accounts + 2);
        let mut honest = Crowd::new(manager.address, Way::Bosh, DOMAIN);
        honest.grow(HONEST.0).await;
        let memory_before = settled(|| manager.memory()).await;
        let before = honest.paced(HONEST.1, SECONDS).await;

        let files = manager.open_files();
        let mut crowd = JoinSet::new();
        let arrival = arrive(&manager, number, deed, files, &mut crowd);
        let (while_it_comes, ()) = tokio::join!(honest.paced(HONEST.1, SECONDS), arrival);
        let while_it_stays = honest.paced(HONEST.1, SECONDS).await;
        let memory = settled(|| manager.memory()).await;
        let trips = |load: &Load| format!("{:.1} / {:.1}", load.trip(0.5), load.trip(0.99));
        println!(
            "{name:<30} {number:>6} {:>14} {:>14} {:>14} {:>6.2} {:>9.0} {:>9.0}",
            trips(&before),
            trips(&while_it_comes),
            trips(&while_it_stays),
            while_it_stays.trip(0.99) / before.trip(0.99),
            memory_before / 1e6,
            memory / 1e6,
        );
        assert_eq!(honest.lost(), 0, "nobody else's session ends");
    }
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
            Deed::SlowReaders => {
                deaf(route, HONEST.0 + 1 + client).await.map(|session| Box::pin(stay(session)) as Staying)
            }
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

/// Signs in, sends itself mail, and reads none of it.
async fn deaf(route: Route, account: usize) -> io::Result<Session> {
    let sent = async {
        let mut session = Session::sign_in_by(route, DOMAIN, account).await?;
        let text = "words that nobody reads ".repeat(170);
        let message = format!("<message xmlns='jabber:client' to='{}'><body>{text}</body></message>", session.jid);
        session.say(&message.repeat(MAIL / message.len())).await?;
        Ok(session)
    };
    sent.await.map_err(|Over(why)| io::Error::other(why))
}
