//! From a post's stanza to 1,000 open event streams, next to the least that sending them could take.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::figures::{median, settled_memory};
use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::{Gateway, Settings};
use crate::support::person::{Person, channel_of};
use crate::support::ports::free_port;
use crate::support::servers;

/// Readers with the channel open.
const STREAMS: usize = 1_000;

/// Of these, so many are open before the memory of the others is measured: the first ones pay for what all share.
const FIRST: usize = 200;

/// Streams that are being opened at the same time.
const AT_ONCE: usize = 8;

/// Posts, of which the middle one counts.
const POSTS: usize = 21;

pub async fn run() {
    let server = servers::home();
    let gateway = Gateway::start(&Settings::for_server(server));
    let alice = server.account();
    let writer = Foreign::sign_in(server, &alice).await;
    writer.open_microblog().await;
    publish(&writer, 0).await;
    let mut reader = Person::at(&gateway);
    reader.visit(&channel_of(&alice)).await.must_say("Note 0.");
    let address = gateway.url.trim_start_matches("http://").to_owned();
    let path = format!("{}/events", channel_of(&alice));

    let (told, mut heard) = mpsc::unbounded_channel();
    let first_readers = open(FIRST, &address, &path, &told).await;
    let before = settled_memory(&gateway).await;
    let readers = open(STREAMS - FIRST, &address, &path, &told).await;
    let after = settled_memory(&gateway).await;

    let (mut first, mut last, mut size) = (Vec::new(), Vec::new(), 0);
    for number in 1..=POSTS {
        let start = Instant::now();
        publish(&writer, number).await;
        let (one, all, bytes) = gather(&mut heard, start).await;
        first.push(one);
        last.push(all);
        size = bytes;
    }
    drop((first_readers, readers));

    // The least it could be: a program that holds nothing but the sockets and writes the same bytes to each.
    let (shout, bare) = bare_writer().await;
    let readers = open(STREAMS, &bare, &path, &told).await;
    let mut least = Vec::new();
    for _ in 0..POSTS {
        let start = Instant::now();
        shout.send_replace(size);
        least.push(gather(&mut heard, start).await.1);
    }
    drop(readers);
    let (first, last, least) = (median(first), median(last), median(least));
    println!(
        "\nA post to {STREAMS} open streams, {size} bytes each, milliseconds from the stanza (median of {POSTS}):"
    );
    println!("{:<28} {:>8} {:>8}", "", "first", "last");
    println!("{:<28} {first:>8.1} {last:>8.1}", "Cirrus with its XMPP server");
    println!("{:<28} {:>8} {least:>8.1}", "bare sockets", "");
    println!("spread over the streams: {:.2} of bare sockets", (last - first) / least);
    println!("memory of an open stream: {:.1} kB", (after - before) / 1000.0 / (STREAMS - FIRST) as f64);
}

async fn publish(writer: &Foreign, number: usize) {
    let id = format!("note-{number}");
    let text = format!("Note {number}. {}", "Some words that somebody wrote down. ".repeat(8));
    let entry = foreign::entry(&writer.account.address, &id, &text, &text);
    writer.publish(None, MICROBLOG, &id, &entry).await.expect("published");
}

/// Milliseconds until the first and until the last stream has an event, and its bytes.
async fn gather(heard: &mut mpsc::UnboundedReceiver<(Instant, usize)>, start: Instant) -> (f64, f64, usize) {
    let mut times = Vec::with_capacity(STREAMS);
    let mut size = 0;
    while times.len() < STREAMS {
        let wait = tokio::time::timeout(Duration::from_secs(30), heard.recv()).await;
        let (at, bytes) = wait.expect("an event reaches every stream").expect("readers live");
        times.push(at.duration_since(start).as_secs_f64() * 1000.0);
        size = bytes;
    }
    times.sort_by(f64::total_cmp);
    (times[0], times[STREAMS - 1], size)
}

/// Readers that tell when they got an event; they end when the returned value is dropped.
async fn open(
    number: usize,
    address: &str,
    path: &str,
    told: &mpsc::UnboundedSender<(Instant, usize)>,
) -> tokio::task::JoinSet<()> {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..number {
        let mut turn = Some(turns.clone().acquire_owned().await.expect("never closed"));
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let told = told.clone();
        readers.spawn(async move {
            let mut seen = Vec::new();
            let mut chunk = vec![0; 8192];
            let mut is_open = false;
            loop {
                let length = stream.read(&mut chunk).await.unwrap_or(0);
                assert!(length > 0, "a stream ended: {}", String::from_utf8_lossy(&seen));
                seen.extend_from_slice(&chunk[..length]);
                if !is_open && has(&seen, b"\nretry: ") {
                    is_open = true;
                    seen.clear();
                    drop(turn.take());
                } else if is_open && has(&seen, b"\n\n") {
                    // A heartbeat is shorter than any event.
                    if seen.len() > 100 {
                        let _ = told.send((Instant::now(), seen.len()));
                    }
                    seen.clear();
                }
            }
        });
    }
    turns.acquire_many(AT_ONCE as u32).await.expect("never closed").forget();
    readers
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A server that writes as many bytes as it is told to each of its connections.
async fn bare_writer() -> (watch::Sender<usize>, String) {
    let listener = TcpListener::bind(("127.0.0.1", free_port())).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (shout, heard) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = heard.clone();
            tokio::spawn(async move {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n\nretry: 1000\n\n").await;
                while heard.changed().await.is_ok() {
                    let size = *heard.borrow();
                    let mut frame = vec![b'x'; size - 2];
                    frame.extend_from_slice(b"\n\n");
                    if stream.write_all(&frame).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (shout, address)
}
