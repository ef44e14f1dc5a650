//! The rules one by one, and then any mixture of them.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::world::{Step, World};
use super::*;
use crate::xml::relay::Sort;

const FIRST: u64 = 100;

fn terms() -> Terms {
    Terms {
        requests: 2,
        hold: 1,
        wait: Duration::from_secs(50),
        polling: Duration::from_secs(5),
        inactivity: Duration::from_secs(100),
        max_pause: Duration::from_secs(300),
        acks: false,
    }
}

fn request(rid: u64) -> Request<u64> {
    Request { rid, key: None, new_key: None, ack: None, is_empty: false, is_last: false, pause: None, content: rid }
}

fn poll(rid: u64) -> Request<u64> {
    Request { is_empty: true, ..request(rid) }
}

/// A window, its clock, and what it said. The ticket of a request is its id, unless it is sent once more.
struct Table {
    window: Window<u64>,
    now: Instant,
    processed: Vec<u64>,
    answers: Vec<(Ticket, String)>,
    is_over: bool,
}

impl Table {
    fn new(terms: Terms) -> Self {
        Table::with(terms, None)
    }

    fn with(terms: Terms, new_key: Option<&str>) -> Self {
        let now = Instant::now();
        let first = Request { content: (), new_key: new_key.map(Into::into), ..poll(FIRST).map(|_| ()) };
        let window = Window::new(terms, &first, FIRST, "one".into(), " sid='s'".into(), now);
        let mut table = Table { window, now, processed: Vec::new(), answers: Vec::new(), is_over: false };
        table.look();
        table
    }

    /// A session whose first request was answered.
    fn made(terms: Terms) -> Self {
        let mut table = Table::new(terms);
        table.push("features");
        table.answers.clear();
        table
    }

    fn look(&mut self) {
        while let Some(deed) = self.window.deed() {
            match deed {
                Deed::Process(rid) => self.processed.push(rid),
                Deed::Reply(reply) => {
                    let body = String::from_utf8(reply.body.to_vec()).unwrap();
                    let inner = body.replace("<body xmlns='http://jabber.org/protocol/httpbind'", "");
                    let inner = inner.trim_end_matches("</body>").trim_end_matches("/>").trim_start_matches('>');
                    self.answers.push((reply.ticket, inner.trim().to_owned()));
                }
                Deed::End => self.is_over = true,
            }
        }
    }

    fn send(&mut self, request: Request<u64>) {
        let ticket = request.rid;
        self.send_as(request, ticket);
    }

    fn send_as(&mut self, request: Request<u64>, ticket: Ticket) {
        self.window.receive(request, ticket, self.now);
        self.look();
    }

    fn push(&mut self, text: &str) {
        self.push_on(0, text);
    }

    fn push_on(&mut self, stream: usize, text: &str) {
        let piece = Piece { sort: Sort::Other, bytes: Bytes::copy_from_slice(text.as_bytes()) };
        self.window.deliver(Parcel { stream, load: Load::Piece(piece) }, self.now);
        self.look();
    }

    fn lose(&mut self, ticket: Ticket) {
        self.window.lose(ticket, self.now);
        self.look();
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.window.tick(self.now);
        self.look();
    }

    fn take(&mut self) -> Vec<(Ticket, String)> {
        std::mem::take(&mut self.answers)
    }
}

impl<T> Request<T> {
    fn map<U>(self, with: impl FnOnce(T) -> U) -> Request<U> {
        let Request { rid, key, new_key, ack, is_empty, is_last, pause, content } = self;
        Request { rid, key, new_key, ack, is_empty, is_last, pause, content: with(content) }
    }
}

fn answer(ticket: Ticket, text: &str) -> (Ticket, String) {
    (ticket, text.to_owned())
}

const LOST: &str = "type='terminate' condition='item-not-found'";
const VIOLATION: &str = "type='terminate' condition='policy-violation'";
const OTHER: &str = "type='terminate' condition='other-request'";

#[test]
fn the_first_answer_waits_for_the_server() {
    let mut table = Table::new(terms());
    assert!(table.answers.is_empty());
    table.push("features");
    assert_eq!(table.take(), [answer(100, "sid='s' stream='one'>features")]);
    let mut polling = Table::new(Terms { hold: 0, ..terms() });
    assert_eq!(polling.take(), [answer(100, "sid='s' stream='one'")]);
}

#[test]
fn a_request_is_held_until_there_is_news_or_another_or_it_is_late() {
    let mut table = Table::made(terms());
    table.send(request(101));
    assert!(table.answers.is_empty());
    table.push("news");
    assert_eq!(table.take(), [answer(101, "news")]);
    table.send(request(102));
    table.send(request(103));
    assert_eq!(table.take(), [answer(102, "")]);
    table.pass(49);
    assert!(table.answers.is_empty());
    table.pass(1);
    assert_eq!(table.take(), [answer(103, "")]);
    assert_eq!(table.processed, [101, 102, 103]);
}

#[test]
fn what_waits_goes_with_the_next_request() {
    let mut table = Table::made(terms());
    table.push("one ");
    table.push("two");
    table.send(request(101));
    assert_eq!(table.take(), [answer(101, "one two")]);
}

#[test]
fn requests_out_of_order_wait_for_the_gap() {
    let mut table = Table::made(terms());
    table.send(request(102));
    assert!(table.processed.is_empty() && table.answers.is_empty());
    table.send(request(101));
    assert_eq!(table.processed, [101, 102]);
    assert_eq!(table.take(), [answer(101, "")]);
}

#[test]
fn a_gap_may_be_filled_however_short_requests_are_held() {
    for seconds in [0, 1] {
        let mut table = Table::made(Terms { wait: Duration::from_secs(seconds), ..terms() });
        table.send(request(FIRST + 2));
        table.pass(20);
        table.send(request(FIRST + 1));
        assert_eq!((&table.processed[..], table.is_over), (&[FIRST + 1, FIRST + 2][..], false));
    }
}

#[test]
fn a_gap_that_is_never_filled_ends_the_session() {
    let mut table = Table::made(terms());
    table.send(request(102));
    table.pass(49);
    assert!(!table.is_over);
    table.pass(1);
    assert!(table.is_over && table.processed.is_empty());
    assert!(table.take().contains(&answer(102, LOST)));
}

#[test]
fn a_request_beyond_the_window_ends_the_session() {
    let mut table = Table::made(terms());
    table.send(request(103));
    assert_eq!(table.take(), [answer(103, LOST)]);
    assert!(table.is_over && table.processed.is_empty());
    table.send_as(request(101), 7);
    assert_eq!(table.take(), [answer(7, LOST)]);
}

#[test]
fn a_request_too_old_is_refused() {
    let mut table = Table::made(terms());
    (101..=104).for_each(|rid| table.send(request(rid)));
    table.take();
    table.send_as(request(101), 7);
    assert_eq!(table.take(), [answer(7, LOST)]);
    assert!(!table.is_over, "it may be a copy that was late");
}

#[test]
fn an_answer_is_given_again() {
    let mut table = Table::made(terms());
    table.send(request(101));
    table.push("news");
    table.take();
    for ticket in [7, 8, 9] {
        table.send_as(request(101), ticket);
        assert_eq!(table.take(), [answer(ticket, "news")]);
    }
    assert_eq!(table.processed, [101], "it is not done twice");
}

#[test]
fn a_repeated_request_takes_the_place_of_the_first() {
    let mut table = Table::made(terms());
    table.send(request(101));
    table.send_as(request(101), 7);
    assert_eq!(table.take(), [answer(101, "type='error'")]);
    table.push("news");
    assert_eq!(table.take(), [answer(7, "news")]);
    assert_eq!(table.processed, [101]);
    table.send(request(103));
    table.send_as(request(103), 8);
    assert_eq!(table.take(), [answer(103, "type='error'")], "also before its turn");
    table.send(request(102));
    assert_eq!(table.processed, [101, 102, 103]);
    for ticket in 200..=200 + u64::from(MAX_REPEATS) {
        table.send_as(request(103), ticket);
    }
    assert!(table.is_over, "but not for ever");
    assert!(table.take().contains(&answer(200 + u64::from(MAX_REPEATS), VIOLATION)));
}

#[test]
fn a_lost_connection_loses_nothing() {
    let mut table = Table::made(terms());
    table.send(request(101));
    table.lose(101);
    table.push("news");
    assert!(table.answers.is_empty());
    table.send(request(102));
    assert_eq!(table.take(), [answer(102, "news")]);
    table.send_as(request(101), 7);
    assert_eq!(table.take(), [answer(7, "")], "the older request has its own answer");
}

#[test]
fn a_lost_connection_may_be_made_again() {
    let mut table = Table::made(terms());
    table.send(request(101));
    table.lose(101);
    table.push("news");
    table.send_as(request(101), 7);
    assert_eq!(table.take(), [answer(7, "news")]);
}

#[test]
fn an_answer_that_cannot_be_given_comes_back() {
    let mut table = Table::made(terms());
    table.send(request(101));
    let piece = Piece { sort: Sort::Other, bytes: "news".into() };
    table.window.deliver(Parcel { stream: 0, load: Load::Piece(piece) }, table.now);
    let Some(Deed::Process(101) | Deed::Reply(_)) = table.window.deed().map(|deed| match deed {
        Deed::Reply(reply) => {
            table.window.take_back(reply, table.now);
            Deed::Process(101)
        }
        deed => deed,
    }) else {
        panic!("an answer was due")
    };
    table.send(request(102));
    assert_eq!(table.take(), [answer(102, "news")]);
    table.send_as(request(101), 7);
    assert_eq!(table.take(), [answer(7, "")]);
}

#[test]
fn who_stays_away_is_gone() {
    let mut table = Table::made(terms());
    table.pass(99);
    table.send(request(101));
    table.push("news");
    table.pass(99);
    assert!(!table.is_over);
    table.pass(1);
    assert!(table.is_over);
    let mut held = Table::made(terms());
    held.send(request(101));
    held.lose(101);
    held.pass(100);
    assert!(held.is_over, "a connection that is gone does not count");
}

#[test]
fn a_pause_answers_all_and_makes_patient() {
    let mut table = Table::made(terms());
    table.send(request(101));
    table.send(Request { pause: Some(Duration::from_secs(300)), ..request(102) });
    assert_eq!(table.take(), [answer(101, ""), answer(102, "")]);
    table.push("news");
    assert!(table.answers.is_empty(), "the answer to a pause carries nothing");
    table.pass(299);
    table.send(request(103));
    assert_eq!(table.take(), [answer(103, "news")]);
    table.pass(100);
    assert!(table.is_over, "only once");
    let mut table = Table::made(terms());
    table.send(Request { pause: Some(Duration::from_secs(301)), ..request(101) });
    assert_eq!(table.take(), [answer(101, VIOLATION)]);
}

#[test]
fn asking_again_and_again_is_too_much() {
    let mut table = Table::new(Terms { hold: 0, requests: 1, ..terms() });
    table.answers.clear();
    table.send(poll(101));
    assert_eq!(table.take(), [answer(101, "")]);
    table.pass(4);
    table.send(poll(102));
    assert_eq!(table.take(), [answer(102, VIOLATION)]);

    let mut table = Table::new(Terms { hold: 0, requests: 1, ..terms() });
    table.answers.clear();
    table.push("news");
    table.send(poll(101));
    table.send(poll(102));
    assert_eq!(table.take(), [answer(101, "news"), answer(102, "")], "after news one may ask at once");
    table.pass(5);
    table.send(poll(103));
    assert_eq!(table.take(), [answer(103, "")]);
}

#[test]
fn empty_requests_side_by_side_are_too_much_unless_the_first_is_gone() {
    let mut table = Table::made(terms());
    table.send(poll(101));
    table.send(poll(102));
    assert_eq!(table.take(), [answer(102, VIOLATION), answer(101, OTHER)]);
    let mut table = Table::made(terms());
    table.send(poll(101));
    table.lose(101);
    table.send(poll(102));
    assert!(table.answers.is_empty() && !table.is_over);
}

#[test]
fn keys_must_fit() {
    let keys: Vec<String> = std::iter::successors(Some("seed".to_owned()), |key| Some(sha1(key))).take(6).collect();
    let with = |rid, key: &str| Request { key: Some(key.into()), ..request(rid) };
    let open = || {
        let mut table = Table::with(terms(), Some(&keys[5].to_uppercase()));
        table.push("features");
        table.answers.clear();
        table
    };
    let mut table = open();
    table.send(with(101, &keys[4].to_uppercase()));
    table.send(with(102, &keys[3]));
    assert_eq!(table.take(), [answer(101, "")]);
    table.send_as(with(101, &keys[3]), 7);
    assert!(table.is_over, "a request that is repeated shows the same key");

    for bad in [Some(keys[5].as_str()), Some("x"), None] {
        let mut table = open();
        table.send(Request { key: bad.map(Into::into), ..request(101) });
        assert_eq!(table.take(), [answer(101, LOST)]);
        assert!(table.is_over && table.processed.is_empty());
    }

    let mut table = open();
    table.send(Request { new_key: Some(sha1("new").into()), ..with(101, &keys[4]) });
    table.send(with(102, "new"));
    assert!(!table.is_over, "a new sequence begins");
}

#[test]
fn both_sides_say_what_they_have() {
    let mut table = Table::new(Terms { acks: true, ..terms() });
    table.push("features");
    assert_eq!(table.take(), [answer(100, "sid='s' ack='100' stream='one'>features")]);
    table.send(request(101));
    table.send(Request { ack: Some(100), ..request(102) });
    assert_eq!(table.take(), [answer(101, "ack='102'")]);
    table.pass(3);
    table.send(Request { ack: Some(100), ..request(103) });
    assert_eq!(table.take(), [answer(102, "ack='103' report='101' time='3000'")]);
    table.send(Request { ack: Some(102), ..request(104) });
    table.take();
    table.send_as(request(101), 7);
    assert_eq!(table.take(), [answer(7, LOST)], "what was acknowledged is not kept");
}

#[test]
fn streams_do_not_mix() {
    let mut table = Table::made(terms());
    assert_eq!(table.window.add_stream("two".into()), 1);
    table.push_on(0, "a");
    table.push_on(1, "b");
    table.push_on(1, "c");
    table.send(request(101));
    table.send(request(102));
    assert_eq!(table.take(), [answer(101, "stream='one'>a"), answer(102, "stream='two'>bc")]);
    let end = Load::StreamEnd(Some(Condition::RemoteConnectionFailed));
    table.window.deliver(Parcel { stream: 1, load: end }, table.now);
    table.push_on(0, "d");
    table.send(request(103));
    table.send(request(104));
    let ended = "type='terminate' condition='remote-connection-failed' stream='two'";
    assert_eq!(table.take(), [answer(103, ended), answer(104, "stream='one'>d")]);
    assert!(!table.is_over);
}

#[test]
fn the_end_is_told_to_the_oldest_with_what_was_left() {
    let mut table = Table::made(Terms { hold: 2, requests: 3, ..terms() });
    table.send(request(101));
    table.send(request(102));
    table.window.push(Parcel {
        stream: 0,
        load: Load::Piece(Piece { sort: Sort::StreamError, bytes: "<stream:error/>".into() }),
    });
    table.window.end(Some(Condition::RemoteStreamError), table.now);
    table.look();
    let told = "type='terminate' condition='remote-stream-error' xmlns:stream='http://etherx.jabber.org/streams'>\
                <stream:error";
    assert_eq!(table.take(), [answer(101, told), answer(102, "")]);
    assert!(table.is_over);
}

#[test]
fn the_end_waits_for_somebody_to_tell() {
    let mut table = Table::made(terms());
    table.window.end(Some(Condition::RemoteConnectionFailed), table.now);
    table.look();
    assert!(!table.is_over);
    table.send(request(101));
    assert_eq!(table.take(), [answer(101, "type='terminate' condition='remote-connection-failed'")]);
    assert!(table.is_over);
    let mut table = Table::made(terms());
    table.window.end(None, table.now);
    table.pass(100);
    assert!(table.is_over, "but not for ever");
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let any = 0..8usize;
    let step = prop_oneof![
        4 => Just(Step::Write),
        3 => Just(Step::Say),
        6 => any.clone().prop_map(Step::Arrive),
        1 => any.clone().prop_map(Step::Vanish),
        1 => any.clone().prop_map(Step::Break),
        1 => any.clone().prop_map(Step::BreakUnseen),
        5 => any.clone().prop_map(Step::Read),
        1 => any.prop_map(Step::Lose),
    ];
    prop::collection::vec(step, 1..120)
}

proptest! {
    #[test]
    fn each_payload_comes_once_and_in_order(steps in steps(), requests in 2..4usize) {
        let mut world = World::new(requests, 1);
        for step in steps {
            world.take(step);
        }
        world.check();
    }
}
