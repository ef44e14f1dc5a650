//! The guard around a socket: what a reader above it sees.

#![allow(clippy::unwrap_used)]

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};

use super::*;

const HEADER: &str = "<stream:stream xmlns=\"jabber:client\" xmlns:stream=\"http://etherx.jabber.org/streams\">";

#[tokio::test]
async fn whole_stanzas_are_read_and_writes_go_through() {
    let (mut far, near) = tokio::io::duplex(64);
    let mut near = Guarded::new(near, Limits::default());
    let reader = async {
        let mut seen = vec![0; HEADER.len() + 5];
        near.read_exact(&mut seen).await.unwrap();
        assert_eq!(seen, format!("{HEADER}<iq/>").as_bytes());
        near.write_all(b"answer").await.unwrap();
        near.flush().await.unwrap();
        assert!(near.has_unread(), "half a stanza came");
        near
    };
    let writer = async {
        far.write_all(format!("{HEADER}<iq/><iq>").as_bytes()).await.unwrap();
        let mut answer = [0; 6];
        far.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"answer");
        far
    };
    let (mut near, far) = tokio::join!(reader, writer);
    drop(far);
    assert_eq!(near.fill_buf().await.unwrap(), b"", "what was cut short is never shown");
}

#[tokio::test]
async fn a_violation_comes_after_what_was_good() {
    let input = format!("{HEADER}<iq/><!-- -->");
    let mut near = Guarded::new(tokio::io::join(input.as_bytes(), tokio::io::sink()), Limits::default());
    assert_eq!(near.fill_buf().await.unwrap(), format!("{HEADER}<iq/>").as_bytes());
    near.consume(HEADER.len() + 5);
    for _ in 0..2 {
        let error = near.fill_buf().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(error.downcast::<Violation>().unwrap(), Violation::Restricted);
    }
}

#[tokio::test]
async fn an_idle_stream_holds_little() {
    let deep = "<a>".repeat(50_000) + &"</a>".repeat(50_000);
    let long = format!("<a b='{}'>{}</a>", "v".repeat(7000), "t".repeat(500_000));
    let input = format!("{HEADER}{deep}{long}");
    let mut near = Guarded::new(tokio::io::join(input.as_bytes(), tokio::io::sink()), Limits::default());
    let mut seen = Vec::new();
    near.read_to_end(&mut seen).await.unwrap();
    assert!(seen.ends_with(b"t</a>"));
    assert_eq!(near.clean.capacity(), 0);
    assert!(near.guard.held_bytes() < 2500, "{} bytes", near.guard.held_bytes());
    assert!(std::mem::size_of_val(&near) < 1200, "{} bytes", std::mem::size_of_val(&near));
}
