//! What holds for any bytes whatever: shared by the property tests and the fuzz target.

use bytes::BytesMut;
use cirrus::xml::guard::Guard;
use cirrus::xml::relay::{self, FromServer, Relay};
use cirrus::xml::splitter::{Piece, Splitter};
use cirrus::xml::{CUT, HTTPBIND, Limits, STREAMS, Violation, document};
use rxml::{Parse, Parser, error::EndOrError};

fn limits(is_tight: bool) -> Limits {
    if !is_tight {
        return Limits::default();
    }
    Limits {
        stanza_bytes: 300,
        depth: 5,
        attributes: 3,
        namespaces: 2,
        elements: 12,
        name_bytes: 16,
        value_bytes: 50,
        total_bytes: 3000,
    }
}

fn guarded(input: &[u8], piece: usize, limits: Limits) -> (Vec<u8>, Result<(), Violation>) {
    let mut guard = Guard::new(limits);
    let mut out = BytesMut::new();
    let result = input.chunks(piece).try_for_each(|piece| guard.push(piece, &mut out));
    (out.to_vec(), result)
}

fn split(input: &[u8], piece: usize, limits: Limits) -> (Vec<Piece>, Result<(), Violation>) {
    let mut splitter = Splitter::new(limits);
    let mut pieces = Vec::new();
    let mut result = Ok(());
    for piece in input.chunks(piece) {
        result = splitter.push(piece);
        pieces.extend(std::iter::from_fn(|| splitter.next()));
        if result.is_err() {
            break;
        }
    }
    (pieces, result)
}

/// Whether rxml reads this to its end, or as far as it goes.
fn is_readable(text: &[u8], is_whole: bool) -> bool {
    let mut parser = Parser::default();
    let mut pieces: Vec<&[u8]> = text.chunks(4096).collect();
    pieces.push(b"");
    let last = pieces.len() - 1;
    for (at, mut piece) in pieces.into_iter().enumerate() {
        loop {
            match parser.parse(&mut piece, is_whole && at == last) {
                Ok(Some(_)) => (),
                Ok(None) | Err(EndOrError::NeedMoreData) => break,
                Err(EndOrError::Error(_)) => return false,
            }
        }
    }
    true
}

fn contains(text: &[u8], part: &str) -> bool {
    text.windows(part.len()).any(|window| window == part.as_bytes())
}

/// Panics unless every promise holds, in bounds and pieces that the bytes themselves choose.
pub fn check(input: &[u8]) {
    check_in(input.iter().fold(0, |sum, byte| sum.wrapping_add(*byte)), input);
}

/// The same, with tight bounds when `choice` is odd, and in pieces of half of it.
pub fn check_in(choice: u8, input: &[u8]) {
    let limits = limits(choice & 1 == 1);
    let piece = usize::from(choice >> 1).max(1);
    check_document(input, limits);
    check_body(input, limits);
    let body = [format!("<body xmlns='{HTTPBIND}' xmlns:p='u:p'>").as_bytes(), input, b"</body>"].concat();
    check_body(&body, limits);
    let header = format!("<s:stream xmlns='jabber:client' xmlns:s='{STREAMS}' xmlns:p='u:p'>");
    let in_stream = [header.as_bytes(), input].concat();
    for stream in [input, &in_stream] {
        check_guard(stream, piece, limits);
        check_splitter(stream, piece, limits);
        check_relay(stream, piece, limits);
    }
}

/// What is let out of a body or a message stands for itself, is nothing but whole elements, and breaks no bound.
fn check_body(input: &[u8], limits: Limits) {
    let mut pieces = relay::unwrap(input, limits, |_| ()).unwrap_or_default();
    let written: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
    assert!(written <= 4 * limits.total_bytes, "{written} bytes are written of {}", input.len());
    pieces.extend(relay::message(input, limits, |_| ()));
    for piece in pieces {
        assert!(contains(input, CUT) || !contains(&piece.bytes, CUT), "nothing is cut out of what a client sends");
        assert!(is_readable(&piece.bytes, true), "{piece:?}");
        let stream = [format!("<s:stream xmlns:s='{STREAMS}'>").as_bytes(), &piece.bytes].concat();
        let mut splitter = Splitter::new(Limits::default());
        splitter.push(&stream).expect("well-formed");
        let things: Vec<Piece> = std::iter::from_fn(|| splitter.next()).collect();
        assert!(matches!(&things[..], [Piece::Open(_), Piece::Stanza(_)]), "exactly one: {things:?}");
    }
}

/// A relay gives what a splitter gives, apart from names of the streams namespace and from features.
fn check_relay(input: &[u8], piece: usize, limits: Limits) {
    let (pieces, result) = split(input, piece, limits);
    let mut relay = Relay::new(limits);
    let mut things = Vec::new();
    let relayed = input.chunks(piece).try_for_each(|piece| {
        let result = relay.push(piece);
        things.extend(std::iter::from_fn(|| relay.next()));
        result
    });
    if result != Err(Violation::BadNamespace) {
        assert_eq!(relayed, result);
        assert_eq!(things.len(), pieces.len());
    }
    for (thing, piece) in things.iter().zip(&pieces) {
        match (thing, piece) {
            (FromServer::Piece(thing), Piece::Stanza(stanza)) if !contains(stanza, STREAMS) => {
                assert_eq!(thing.bytes, stanza);
            }
            (FromServer::Piece(thing), Piece::Stanza(_)) => assert!(is_readable(&thing.bytes, true), "{thing:?}"),
            (FromServer::Open(one), Piece::Open(other)) => assert_eq!(one, other),
            (FromServer::Close, Piece::Close) => {}
            _ => panic!("{thing:?} is not {piece:?}"),
        }
    }
}

fn check_document(input: &[u8], limits: Limits) {
    let Ok(clean) = document::check(input, limits) else { return };
    assert!(is_readable(clean.as_bytes(), true), "{clean}");
    assert!(clean.len() <= 16 * input.len() + 100);
    if !clean.contains(CUT) && clean.len() <= limits.stanza_bytes {
        assert_eq!(document::check(&clean, limits).as_ref(), Ok(&clean), "written twice");
    }
}

/// Where one piece is too large and has another fault as well, smaller pieces may show the other first.
fn assert_same(one: Result<(), Violation>, other: Result<(), Violation>) {
    let is_too_large = [one, other].contains(&Err(Violation::TooLarge));
    assert!(one == other || (is_too_large && one.is_err() && other.is_err()), "{one:?} and {other:?}");
}

fn check_guard(input: &[u8], piece: usize, limits: Limits) {
    let (out, result) = guarded(input, input.len().max(1), limits);
    let (in_pieces, result_in_pieces) = guarded(input, piece, limits);
    assert_eq!(in_pieces, out, "in pieces of {piece}");
    assert_same(result_in_pieces, result);
    assert!(out.len() <= 16 * input.len() + 100);
    // Each declaration begins a stream; there is none in values or text, where `<` is escaped.
    let text = std::str::from_utf8(&out).expect("the guard writes UTF-8");
    for stream in text.split("<?xml version=\"1.0\"?>") {
        assert!(is_readable(stream.as_bytes(), false), "{stream}");
    }
    if !contains(&out, CUT) && result.is_ok() && limits == Limits::default() {
        assert_eq!(guarded(&out, piece, limits), (out.clone(), Ok(())), "guarded twice");
    }
}

fn check_splitter(input: &[u8], piece: usize, limits: Limits) {
    let (pieces, result) = split(input, input.len().max(1), limits);
    let (in_pieces, result_in_pieces) = split(input, piece, limits);
    assert_eq!(in_pieces, pieces, "in pieces of {piece}");
    assert_same(result_in_pieces, result);
    // What only one of them forgives, the other refuses.
    if result != Err(Violation::BadNamespace) {
        assert_same(guarded(input, piece, limits).1, result);
    }
    for piece in pieces {
        let Piece::Stanza(stanza) = piece else { continue };
        assert!(is_readable(&stanza, true), "{stanza:?}");
        if !contains(&stanza, CUT) && !contains(&stanza, STREAMS) && limits == Limits::default() {
            let again = document::check(&stanza, limits);
            assert_eq!(again.as_ref().map(String::as_bytes), Ok(&stanza[..]), "a stanza stands for itself");
        }
    }
}
