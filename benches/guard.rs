//! The guard on ordinary traffic, next to the parsers that read the same without bounds; and on floods.

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Instant;

use bytes::BytesMut;
use cirrus::xml::guard::Guard;
use cirrus::xml::{Limits, STREAMS};
use rxml::{Parse, Parser};

use crate::figures::median;
use crate::shapes::SHAPES;

/// Bytes that arrive at a time.
const PIECE: usize = 4096;

/// Rounds, of which the middle one counts.
const ROUNDS: usize = 7;

pub fn run() {
    let traffic = traffic(16 * 1024 * 1024);
    let megabytes = traffic.len() as f64 / 1e6;
    let rate = |parse: &dyn Fn(&[u8])| {
        let rounds = (0..ROUNDS).map(|_| {
            let start = Instant::now();
            parse(&traffic);
            megabytes / start.elapsed().as_secs_f64()
        });
        median(rounds.collect())
    };
    println!("\nEvents with an Atom entry each, one core, MB/s (median of {ROUNDS}):");
    println!("{:<36} {:>6.0}", "guard: read, bounded, written anew", rate(&guarded));
    println!("{:<36} {:>6.0}", "rxml: read only", rate(&by_rxml));
    println!("{:<36} {:>6.0}", "expat (xmlwf): read only", rate(&by_expat));

    println!("\nFloods of 10 MiB in one stanza, milliseconds (median of {ROUNDS}):");
    for (name, shape) in SHAPES {
        let flood = in_stream(&format!("<message id='1'>{}</message><presence/>", shape(10 * 1024 * 1024)));
        let rounds = (0..ROUNDS).map(|_| {
            let start = Instant::now();
            guarded(&flood);
            start.elapsed().as_secs_f64() * 1000.0
        });
        println!("{name:<36} {:>6.1}", median(rounds.collect()));
    }
}

fn in_stream(inner: &str) -> Vec<u8> {
    format!("<s:stream xmlns='jabber:client' xmlns:s='{STREAMS}'>{inner}").into_bytes()
}

/// What pubsub services send when somebody posts.
fn traffic(bytes: usize) -> Vec<u8> {
    let event = "<message from='pubsub.example.org' to='alice@example.org' type='headline' id='a1b2c3'>\
        <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='weather'>\
        <item id='2026-11-25-1' publisher='bob@example.org'><entry xmlns='http://www.w3.org/2005/Atom'>\
        <title>Clouds over the bay</title><id>xmpp:pubsub.example.org?;node=weather;item=2026-11-25-1</id>\
        <published>2026-11-25T09:30:00Z</published><updated>2026-11-25T09:30:00Z</updated>\
        <author><name>Bob</name><uri>xmpp:bob@example.org</uri></author>\
        <content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>High and thin, moving east; \
        <em>rain &amp; wind</em> by tonight, says the harbour.</p></div></content></entry></item></items></event></message>";
    in_stream(&event.repeat(bytes / event.len()))
}

fn guarded(input: &[u8]) {
    let mut guard = Guard::new(Limits { total_bytes: usize::MAX, ..Limits::default() });
    let mut out = BytesMut::new();
    for piece in input.chunks(PIECE) {
        // A flood may be more than a stanza can be: then the stream is over.
        if guard.push(piece, &mut out).is_err() {
            break;
        }
        black_box(&out);
        out.clear();
    }
}

fn by_rxml(input: &[u8]) {
    let mut parser = Parser::default();
    for mut piece in input.chunks(PIECE) {
        while let Ok(Some(event)) = parser.parse(&mut piece, false) {
            black_box(event);
        }
    }
}

/// A program of its own: its start counts too, some milliseconds.
fn by_expat(input: &[u8]) {
    use std::io::Write;
    let mut child = Command::new("xmlwf").arg("-n").stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let child = child.as_mut().expect("xmlwf is installed (apt-get install expat)");
    // It reads no further than to the first fault.
    let _ = child.stdin.take().expect("piped").write_all(&[input, b"</s:stream>"].concat());
    child.wait().expect("xmlwf ends");
}
