//! Random and mutated bodies at the BOSH address: nothing breaks, nobody else notices, memory stays flat.
//! `CIRRUS_BODIES` says how many; `CIRRUS_LONG` makes it a million.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::support::gateway::{Gateway, Settings};
use crate::support::servers;

const HTTPBIND: &str = "http://jabber.org/protocol/httpbind";

/// Connections that they come over.
const WORKERS: u64 = 8;

/// Bodies that a client may well send; what is sent is made of them. None waits for another.
const SEEDS: [&str; 8] = [
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='7' to='DOMAIN' ver='1.11' wait='0' hold='1' xml:lang='en'/>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='8' sid='SID'><message to='a@DOMAIN' xmlns='jabber:client'><body>Hi &amp; <![CDATA[<b>]]></body></message></body>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='8' sid='SID' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh' to='DOMAIN'/>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='8' sid='SID' pause='60' key='a' newkey='b' ack='1'/>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='8' sid='SID' type='terminate'><presence type='unavailable'/></body>",
    "<b:body xmlns:b='http://jabber.org/protocol/httpbind' xmlns:s='http://etherx.jabber.org/streams' rid='8' sid='SID'><s:stream/></b:body>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='8' sid='SID' stream='x'><a><a><a><a xmlns:p='u' p:b='c'/></a></a></a></body>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='9007199254740991' sid='SID'><iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq></body>",
];

/// A small generator: the same bodies in each run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap()
    }

    fn body(&mut self, domain: &str, sid: &str) -> Vec<u8> {
        if self.below(20) == 0 {
            return (0..self.below(300)).map(|_| self.next().to_le_bytes()[0]).collect();
        }
        let seed = SEEDS[self.below(SEEDS.len())];
        let mut body = seed.replace("DOMAIN", domain).replace("SID", sid).into_bytes();
        for _ in 0..self.below(4) {
            let Some(last) = body.len().checked_sub(1) else { break };
            let at = self.below(last + 1);
            match self.below(5) {
                0 => body[at] = self.next().to_le_bytes()[0],
                1 => drop(body.remove(at)),
                2 => body.insert(at, b"<>'\"&/= x\0\xC3"[self.below(11)]),
                3 => {
                    let part = body[at..(at + 40).min(body.len())].to_vec();
                    let to = self.below(body.len());
                    body.splice(to..to, part);
                }
                _ => body.truncate(at.max(1)),
            }
        }
        body
    }
}

/// One connection that is kept.
struct Door {
    stream: BufReader<TcpStream>,
    address: String,
}

impl Door {
    fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Door { stream: BufReader::new(stream), address: address.to_owned() }
    }

    fn post(&mut self, body: &[u8]) -> String {
        let head =
            format!("POST /http-bind HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n\r\n", self.address, body.len());
        self.stream.get_mut().write_all(&[head.as_bytes(), body].concat()).unwrap();
        let (mut length, mut line) = (0, String::new());
        self.stream.read_line(&mut line).unwrap();
        let shown = || String::from_utf8_lossy(body).into_owned();
        assert!(line.starts_with("HTTP/1.1 200") || line.starts_with("HTTP/1.1 4"), "{line} for {}", shown());
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    }

    fn open(&mut self, domain: &str, rid: u64) -> String {
        let answer = self.post(
            format!("<body xmlns='{HTTPBIND}' rid='{rid}' to='{domain}' ver='1.11' wait='30' hold='1'/>").as_bytes(),
        );
        answer.split_once(" sid='").unwrap().1.split('\'').next().unwrap().to_owned()
    }
}

#[test]
fn any_body_is_answered_and_others_live_on() {
    let number: u64 = std::env::var("CIRRUS_BODIES").map_or_else(
        |_| if std::env::var_os("CIRRUS_LONG").is_some() { 1_000_000 } else { 20_000 },
        |text| text.parse().unwrap(),
    );
    let server = servers::home();
    let gateway = Gateway::start(&Settings {
        proxy: "exempt_networks = [\"127.0.0.0/8\"]\nsessions = 200\ninactivity_seconds = 30\nwait_seconds = 1\n"
            .to_owned(),
        ..Settings::for_server(server)
    });
    let address = gateway.url.trim_start_matches("http://").to_owned();
    let domain = &server.domain;

    // Somebody who is signed in, and stays so.
    let account = server.account();
    let sid = Door::new(&address).open(domain, 1);
    let name = account.address.split('@').next().unwrap();
    let proof = BASE64_STANDARD.encode(format!("\0{name}\0{}", account.password));
    let mut rid = 1;
    let mut say = |attributes: &str, inner: &str| {
        rid += 1;
        let body = format!("<body xmlns='{HTTPBIND}' rid='{rid}' sid='{sid}' {attributes}>{inner}</body>");
        let answer = Door::new(&address).post(body.as_bytes());
        assert!(!answer.contains("terminate"), "{answer}");
        answer
    };
    let sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
    say("", &format!("<auth xmlns='{sasl}' mechanism='PLAIN'>{proof}</auth>"));
    say("xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='true'", "");
    say("", "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");

    let (done, progress) = std::sync::mpsc::channel();
    for worker in 1..=WORKERS {
        let (address, domain, done) = (address.clone(), domain.clone(), done.clone());
        std::thread::spawn(move || {
            let mut dice = Dice(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(worker));
            let mut door = Door::new(&address);
            let mut own = door.open(&domain, 7);
            for turn in 0..number / WORKERS {
                let answer = door.post(&dice.body(&domain, &own));
                if answer.contains("terminate") && dice.below(50) == 0 {
                    let answer = door.post(SEEDS[0].replace("DOMAIN", &domain).as_bytes());
                    if let Some((_, rest)) = answer.split_once(" sid='") {
                        own = rest.split('\'').next().unwrap().to_owned();
                    }
                }
                if turn % 100 == 99 {
                    done.send(()).unwrap();
                }
            }
        });
    }
    drop(done);
    let (mut before, mut hundreds) = (0, 0);
    while progress.recv_timeout(Duration::from_secs(60)).is_ok() {
        hundreds += 1;
        if hundreds % 20 == 0 {
            let answer = say("", &format!("<iq type='get' id='at-{hundreds}'><ping xmlns='urn:xmpp:ping'/></iq>"));
            assert!(answer.contains(&format!("at-{hundreds}")), "{answer}");
        }
        if hundreds == number / 400 {
            before = gateway.memory();
        }
    }
    assert_eq!(hundreds, number / WORKERS / 100 * WORKERS, "every worker got its answers");
    assert!(gateway.is_alive());
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 32 * 1024 * 1024, "{grown} bytes more after {number} bodies");
    assert!(say("", "<iq type='get' id='last'><ping xmlns='urn:xmpp:ping'/></iq>").contains("last"));
}
