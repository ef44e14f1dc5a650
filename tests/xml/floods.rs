//! Shapes that cost other parsers seconds or their stack: each must cost the guard time and memory in proportion.

use std::time::Duration;

use bytes::BytesMut;
use cirrus::xml::guard::Guard;
use cirrus::xml::{CUT, Limits, STREAMS, Violation, document};

use super::shapes::{SHAPES, wrapped};

/// What this thread has used, so that other work on the machine does not count.
fn processor_time() -> Duration {
    let nanoseconds = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells this");
    Duration::from_nanos(nanoseconds.split(' ').next().unwrap().parse().unwrap())
}

/// A debug build is some twenty times slower.
fn bound(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds * if cfg!(debug_assertions) { 20 } else { 1 })
}

#[test]
fn floods_cost_little_and_hurt_nobody_else() {
    for (name, shape) in SHAPES {
        for bytes in [256 * 1024, 10 * 1024 * 1024] {
            let header = format!("<s:stream xmlns='jabber:client' xmlns:s='{STREAMS}'>");
            let input = format!("{header}<message id='1'>{}</message><presence/>", shape(bytes));
            let mut guard = Guard::new(Limits::default());
            let mut out = BytesMut::new();
            let start = processor_time();
            let result = input.as_bytes().chunks(4096).try_for_each(|piece| guard.push(piece, &mut out));
            let time = processor_time() - start;
            println!("{name}, {bytes} bytes: {time:?}, {} out, {result:?}", out.len());
            assert!(time < bound(if bytes > 1 << 20 { 200 } else { 50 }), "{name}, {bytes} bytes: {time:?}");
            assert!(out.len() < 4 * 1024 * 1024, "{name}: {} bytes came out", out.len());
            match result {
                // More names open, or longer ones, than a stanza within its bytes could have.
                Err(violation) => {
                    assert_eq!(violation, Violation::TooLarge);
                    assert!(bytes > 1 << 20, "{name}");
                }
                Ok(()) => {
                    let text = std::str::from_utf8(&out).unwrap();
                    assert!(text.contains("<message") && text.ends_with("</message><presence/>"), "{name}");
                }
            }
        }
    }
}

#[test]
fn a_stanza_without_end_is_given_up() {
    let mut guard = Guard::new(Limits::default());
    let mut out = BytesMut::new();
    guard.push(format!("<s:stream xmlns:s='{STREAMS}'><message>").as_bytes(), &mut out).unwrap();
    let piece = "x".repeat(64 * 1024);
    let pushed = (0..1000).take_while(|_| guard.push(piece.as_bytes(), &mut out).is_ok()).count();
    assert_eq!(pushed, 255, "16 MiB in all");
    assert!(out.len() < 200);
}

#[test]
fn deep_items_cost_only_themselves() {
    let item = |inner: &str, id: usize| format!("<item id='{id}'>{inner}</item>");
    let items: String = (0..20)
        .map(|id| match id {
            5 => item(&wrapped("<a>", "</a>", 7 * 5_000), id),
            11 => item(&wrapped("<a xmlns='u'>", "</a>", 17 * 30_000), id),
            _ => item("<entry xmlns='u'><title>t</title></entry>", id),
        })
        .collect();
    let clean = document::check(format!("<iq><items>{items}</items></iq>"), Limits::default()).unwrap();
    assert_eq!(clean.matches("<title>").count(), 18);
    assert_eq!(clean.matches("<item ").count(), 20);
    assert_eq!(clean.matches(CUT).count(), 2);
    let element: minidom::Element = format!("<x xmlns='u'>{clean}</x>").parse().unwrap();
    assert_eq!(element.children().count(), 1);
}

#[test]
fn laughs_are_over_at_once() {
    let laughs = "<!DOCTYPE a [<!ENTITY b 'haha'>".to_owned() + &"<!ENTITY c '&b;&b;'>".repeat(10_000);
    let start = processor_time();
    assert_eq!(document::check(laughs, Limits::default()), Err(Violation::Restricted));
    assert!(processor_time() - start < bound(1), "{:?}", processor_time() - start);
}
