//! The channel service: posts to many followers next to posts to one, pages of a long history next to a short one.

mod people;
mod history;

use std::time::{Duration, Instant};

use self::history::{History, PAGES};
use self::people::People;
use crate::figures::median;
use crate::support::channel_service::{ChannelService, Data};
use crate::support::ports::free_port;
use crate::support::postgres;

/// Followers of the channel with many.
const FOLLOWERS: usize = 1_000;

/// Posts of one round.
const POSTS: usize = 100;

/// How often each is measured, in turns, so that a busy moment of the machine meets both.
const ROUNDS: usize = 5;

/// Posts of the long history, and of the short one.
const LONG: usize = 100_000;
const SHORT: usize = 100;

/// How often each page is read.
const READS: usize = 501;

/// How many times as long a page of the long history may take.
const RATIO: f64 = 1.5;

/// From the first post's stanza until the last follower's event of the last post has come out of the component link.
pub async fn posts() {
    let port = free_port();
    let (people, service) = tokio::join!(People::listen(port), async {
        tokio::task::spawn_blocking(move || ChannelService::at(people::DOMAIN, port, &Data::File)).await.unwrap()
    });
    let mut people = people;
    people.register(FOLLOWERS).await;
    people.make_channel("many", FOLLOWERS).await;
    people.make_channel("one", 1).await;

    println!("\nPosts of 1 kB, until the last follower has the last one (median of {ROUNDS} times {POSTS} posts):");
    println!("{:>9} {:>9} {:>10} {:>21}", "followers", "posts/s", "events/s", "ms, one after another");
    let channels = [("many", FOLLOWERS), ("one", 1)];
    let mut rates = [Vec::new(), Vec::new()];
    let mut waits = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (number, (channel, followers)) in channels.into_iter().enumerate() {
            rates[number].push(POSTS as f64 / people.post(channel, followers, POSTS).await.as_secs_f64());
            for _ in 0..POSTS / ROUNDS {
                waits[number].push(milliseconds(people.post(channel, followers, 1).await));
            }
        }
    }
    for (((_, followers), rates), waits) in channels.into_iter().zip(rates).zip(waits) {
        let rate = median(rates);
        println!("{followers:>9} {rate:>9.0} {:>10.0} {:>21.1}", rate * followers as f64, median(waits));
    }
    drop(service);
}

/// One page of 20 posts, without the network: the stanza goes in, the answer comes out.
pub fn pages() {
    let folder = tempfile::tempdir().unwrap();
    let file = cirrus::store::channels::Place::File(folder.path().join("channels.db"));
    let database = postgres::server().database();
    let other = cirrus::store::channels::Place::Postgres(database.clone());
    println!("\nA page of 20 posts, ms (median of {READS}; ratio at most {RATIO}):");
    println!("{:<11} {:<26} {:>8} {:>8} {:>6}", "", "", SHORT, LONG, "ratio");
    for (engine, place) in [("SQLite", file), ("PostgreSQL", other)] {
        let mut history = History::write(&place, SHORT, LONG);
        if engine == "PostgreSQL" {
            // Else it would do so while the pages are read: 100,000 posts do not come within seconds otherwise.
            let mut client = ::postgres::Client::connect(&database, ::postgres::NoTls).unwrap();
            client.batch_execute("VACUUM ANALYZE").unwrap();
        }
        for page in &PAGES {
            let (mut short, mut long) = (Vec::new(), Vec::new());
            for _ in 0..READS {
                short.push(milliseconds(history.read("short", SHORT, page)));
                long.push(milliseconds(history.read("long", LONG, page)));
            }
            let (short, long) = (median(short), median(long));
            println!("{engine:<11} {:<26} {short:>8.3} {long:>8.3} {:>6.2}", page.name, long / short);
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// How long something takes.
async fn timed(what: impl Future<Output = ()>) -> Duration {
    let start = Instant::now();
    what.await;
    start.elapsed()
}
