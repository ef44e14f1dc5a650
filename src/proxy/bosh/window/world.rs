//! A client, a network that breaks and a server around a window: whatever happens, each payload comes once and in order.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::{Deed, Load, Parcel, Request, Terms, Ticket, Window};
use crate::xml::relay::{Piece, Sort};

const FIRST: u64 = 100;

/// What the network and the server do next.
#[derive(Debug, Clone)]
pub enum Step {
    /// The client writes one more request, if it may.
    Write,
    /// The server says something.
    Say,
    /// One of the requests on their way arrives.
    Arrive(usize),
    /// One of them is lost, and the client writes it again.
    Vanish(usize),
    /// One of the open connections breaks: the gateway sees it, and the client writes the request again.
    Break(usize),
    /// The same, but what the gateway answers first goes nowhere.
    BreakUnseen(usize),
    /// An answer on its way arrives.
    Read(usize),
    /// It is lost, and the client writes the request again.
    Lose(usize),
}

/// A client that repeats what has no answer, as clients do, and everything between it and the window.
pub struct World {
    window: Window<u64>,
    now: Instant,
    next: u64,
    next_ticket: Ticket,
    said: u64,
    /// Requests that the client waits for.
    waiting: Vec<u64>,
    /// On their way to the gateway.
    coming: VecDeque<u64>,
    /// Open connections, by ticket.
    open: BTreeMap<Ticket, u64>,
    /// Connections that broke without the gateway knowing.
    dead: Vec<Ticket>,
    /// On their way to the client.
    going: VecDeque<(u64, String)>,
    /// Answers that came before their turn.
    early: BTreeMap<u64, String>,
    read_up_to: u64,
    processed: Vec<u64>,
    read: String,
    is_over: bool,
}

impl World {
    /// A session was just asked for.
    pub fn new(requests: usize, hold: usize) -> Self {
        let now = Instant::now();
        let seconds = Duration::from_secs;
        let terms = Terms {
            requests,
            hold,
            wait: seconds(50),
            polling: seconds(5),
            inactivity: seconds(100),
            max_pause: seconds(300),
            acks: false,
        };
        let first = request(FIRST, ());
        World {
            window: Window::new(terms, &first, 0, "one".into(), "".into(), now),
            now,
            next: FIRST + 1,
            next_ticket: 1,
            said: 0,
            waiting: vec![FIRST],
            coming: VecDeque::new(),
            open: BTreeMap::from([(0, FIRST)]),
            dead: Vec::new(),
            going: VecDeque::new(),
            early: BTreeMap::new(),
            read_up_to: FIRST - 1,
            processed: Vec::new(),
            read: String::new(),
            is_over: false,
        }
    }

    fn look(&mut self) {
        while let Some(deed) = self.window.deed() {
            match deed {
                Deed::Process(rid) => self.processed.push(rid),
                Deed::Reply(reply) => match self.open.remove(&reply.ticket) {
                    Some(rid) if !self.dead.contains(&reply.ticket) => {
                        let text = String::from_utf8(reply.body.to_vec()).unwrap();
                        self.going.push_back((rid, text));
                    }
                    _ => self.window.take_back(reply, self.now),
                },
                Deed::End => self.is_over = true,
            }
        }
    }

    fn again(&mut self, rid: u64) {
        if self.waiting.contains(&rid) {
            self.coming.push_back(rid);
        }
    }

    /// Does one step, if it can be done. Nothing of it may end the session.
    pub fn take(&mut self, step: Step) {
        match step {
            // Three requests a session: two of them are what the window allows.
            Step::Write if self.waiting.len() < 2 => {
                self.waiting.push(self.next);
                self.coming.push_back(self.next);
                self.next += 1;
            }
            Step::Write => {}
            Step::Say => {
                self.said += 1;
                let bytes = format!("<m n='{}'/>", self.said).into();
                let piece = Piece { sort: Sort::Other, bytes };
                self.window.deliver(Parcel { stream: 0, load: Load::Piece(piece) }, self.now);
            }
            Step::Arrive(which) if !self.coming.is_empty() => {
                let rid = self.coming.remove(which % self.coming.len()).unwrap();
                let ticket = self.next_ticket;
                self.next_ticket += 1;
                self.open.insert(ticket, rid);
                self.window.receive(request(rid, rid), ticket, self.now);
            }
            Step::Vanish(which) if !self.coming.is_empty() => {
                let rid = self.coming.remove(which % self.coming.len()).unwrap();
                self.again(rid);
            }
            Step::Break(which) if !self.open.is_empty() => {
                let (&ticket, &rid) = self.open.iter().nth(which % self.open.len()).unwrap();
                self.open.remove(&ticket);
                self.window.lose(ticket, self.now);
                self.again(rid);
            }
            Step::BreakUnseen(which) if !self.open.is_empty() => {
                let (&ticket, &rid) = self.open.iter().nth(which % self.open.len()).unwrap();
                if !self.dead.contains(&ticket) {
                    self.dead.push(ticket);
                    self.again(rid);
                }
            }
            Step::Read(which) if !self.going.is_empty() => {
                let (rid, text) = self.going.remove(which % self.going.len()).unwrap();
                self.answered(rid, text);
            }
            Step::Lose(which) if !self.going.is_empty() => {
                let (rid, _) = self.going.remove(which % self.going.len()).unwrap();
                self.again(rid);
            }
            _ => {}
        }
        self.look();
        assert!(!self.is_over, "no step breaks a rule");
    }

    /// The network is well again: what has no answer is written until everything has come, once and in order.
    pub fn check(mut self) {
        for round in 0..200 {
            for ticket in std::mem::take(&mut self.dead) {
                self.open.remove(&ticket);
                self.window.lose(ticket, self.now);
            }
            self.take(Step::Write);
            if round % 3 == 2 {
                let open: Vec<u64> = self.open.values().chain(&self.coming).copied().collect();
                let gone: Vec<u64> = self.waiting.iter().copied().filter(|rid| !open.contains(rid)).collect();
                gone.into_iter().for_each(|rid| self.again(rid));
            }
            (0..4).for_each(|_| self.take(Step::Arrive(0)));
            (0..4).for_each(|_| self.take(Step::Read(0)));
        }
        assert!(self.processed.iter().copied().eq((FIRST + 1..).take(self.processed.len())), "{:?}", self.processed);
        let said: String = (1..=self.said).map(|n| format!("<m n='{n}'/>")).collect();
        let read: Vec<&str> = self.read.split_inclusive("/>").filter(|tag| tag.starts_with("<m ")).collect();
        assert_eq!(read.concat(), said);
    }

    fn answered(&mut self, rid: u64, text: String) {
        if text.contains("type='error'") {
            return self.again(rid);
        }
        if text.contains("terminate") {
            return assert!(!self.waiting.contains(&rid), "a copy that was late, and nothing else: {text}");
        }
        if rid <= self.read_up_to || self.early.contains_key(&rid) {
            return;
        }
        self.early.insert(rid, text);
        while let Some(text) = self.early.remove(&(self.read_up_to + 1)) {
            self.read_up_to += 1;
            self.waiting.retain(|waiting| *waiting != self.read_up_to);
            let inner = text.split_once('>').map_or("", |(_, inner)| inner);
            self.read.push_str(inner.trim_end_matches("</body>"));
        }
    }
}

fn request<T>(rid: u64, content: T) -> Request<T> {
    Request { rid, key: None, new_key: None, ack: None, is_empty: false, is_last: false, pause: None, content }
}
