//! Random and mutated bodies at the BOSH address: nothing breaks, nobody else notices, memory stays flat.
//! `CIRRUS_BODIES` says how many; `CIRRUS_LONG` makes it a million.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::support::gateway::{Gateway, Settings};
use crate::support::servers;

const HTTPBIND: &str = "http://jabber.org/protocol/httpbind";

/// Bodies that a client may well send; what is sent is made of them.
const SEEDS: [&str; 8] = [
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='7' to='DOMAIN' ver='1.11' wait='5' hold='1' xml:lang='en'/>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='8' sid='SID'><message to='a@DOMAIN' xmlns='jabber:client'><body>Hi &amp; <![CDATA[<b>]]></body></message></body>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='9' sid='SID' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh' to='DOMAIN'/>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='10' sid='SID' pause='60' key='a' newkey='b' ack='1'/>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='11' sid='SID' type='terminate'><presence type='unavailable'/></body>",
    "<b:body xmlns:b='http://jabber.org/protocol/httpbind' xmlns:s='http://etherx.jabber.org/streams' rid='12' sid='SID'><s:stream/></b:body>",
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='13' sid='SID' stream='x'><a><a><a><a xmlns:p='u' p:b='c'/></a></a></a></body>",
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
            let at = self.below(body.len());
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
        assert!(line.starts_with("HTTP/1.1 200") || line.starts_with("HTTP/1.1 4"), "{line}");
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
    let settings = Settings::for_server(server);
    let gateway = Gateway::start(&Settings {
        xmpp: format!(
            "[proxy]\nexempt_networks = [\"127.0.0.0/8\"]\nsessions = 200\ninactivity_seconds = 2\nwait_seconds = 1\n{}",
            settings.xmpp
        ),
        ..settings
    });
    let address = gateway.url.trim_start_matches("http://").to_owned();
    let domain = &server.domain;

    // Somebody who is signed in, and stays so.
    let account = server.account();
    let mut other = Door::new(&address);
    let sid = other.open(domain, 1);
    let name = account.address.split('@').next().unwrap();
    let proof = BASE64_STANDARD.encode(format!("\0{name}\0{}", account.password));
    let mut rid = 1;
    let mut say = |attributes: &str, inner: &str| {
        rid += 1;
        let body = format!("<body xmlns='{HTTPBIND}' rid='{rid}' sid='{sid}' {attributes}>{inner}</body>");
        let answer = other.post(body.as_bytes());
        assert!(!answer.contains("terminate"), "{answer}");
        answer
    };
    let sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
    say("", &format!("<auth xmlns='{sasl}' mechanism='PLAIN'>{proof}</auth>"));
    say("xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='true'", "");
    say("", "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");

    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut door = Door::new(&address);
    let mut own = door.open(domain, 7);
    let mut before = 0;
    for turn in 0..number {
        let answer = door.post(&dice.body(domain, &own));
        if answer.contains("terminate") && dice.below(50) == 0 {
            let answer = door.post(SEEDS[0].replace("DOMAIN", domain).as_bytes());
            if let Some((_, rest)) = answer.split_once(" sid='") {
                own = rest.split('\'').next().unwrap().to_owned();
            }
        }
        if turn % 5_000 == 0 {
            let answer =
                say("", &format!("<message to='{}' type='chat'><body>{turn}</body></message>", account.address));
            assert!(answer.contains("<message") || answer.ends_with("/>"), "{answer}");
        }
        if turn == number / 4 {
            before = gateway.memory();
        }
    }
    assert!(gateway.is_alive());
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 32 * 1024 * 1024, "{grown} bytes more after {number} bodies");
    let answer = say("", "<iq type='get' id='last'><ping xmlns='urn:xmpp:ping'/></iq>");
    assert!(answer.contains("last") || say("", "").contains("last"), "{answer}");
}
