//! The guard under tokio-xmpp, on a thread with the stack that its workers have.

use cirrus::xml::Limits;
use cirrus::xml::guard::Guarded;
use futures::{SinkExt, StreamExt};
use minidom::Element;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_xmpp::Stanza;
use tokio_xmpp::xmlstream::{StreamHeader, Timeouts, XmppStreamElement, initiate_stream};
use xmpp_parsers::sasl;

const HEADER: &str = "<?xml version='1.0'?><stream:stream id='1' from='b.example' version='1.0' xml:lang='en' \
                      xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
const FEATURES: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
                        <mechanism>PLAIN</mechanism></mechanisms></stream:features>";

fn deep(levels: usize) -> String {
    "<a xmlns='u'>".repeat(levels) + &"</a>".repeat(levels)
}

/// Reads until `end` was seen.
async fn read_until(far: &mut DuplexStream, end: &str) {
    let mut seen = Vec::new();
    while !seen.ends_with(end.as_bytes()) {
        seen.push(far.read_u8().await.unwrap());
    }
}

/// A server that lets anybody in and then sends `stanzas`.
async fn serve(mut far: DuplexStream, restart: String, stanzas: String) {
    read_until(&mut far, "?>").await;
    read_until(&mut far, ">").await;
    far.write_all(format!("{HEADER}{FEATURES}").as_bytes()).await.unwrap();
    read_until(&mut far, "</auth>").await;
    far.write_all(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await.unwrap();
    read_until(&mut far, "?>").await;
    read_until(&mut far, ">").await;
    far.write_all(format!("{restart}<stream:features/>{stanzas}").as_bytes()).await.unwrap();
    read_until(&mut far, "never").await;
}

/// Signs in and gives the ids of the stanzas that came, until one has the id `last`.
async fn stanzas(restart: String, stanzas: String) -> Vec<String> {
    let (far, near) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(serve(far, restart, stanzas));
    let header = || StreamHeader { to: Some("b.example".into()), from: None, id: None };
    let pending = initiate_stream(Guarded::new(near, Limits::default()), "jabber:client", header(), Timeouts::tight());
    let (_, mut stream) = pending.await.unwrap().recv_features::<XmppStreamElement>().await.unwrap();
    let auth = sasl::Auth { mechanism: sasl::Mechanism::Plain, data: b"secret".to_vec() };
    stream.send(&XmppStreamElement::Sasl(sasl::Nonza::Auth(auth))).await.unwrap();
    let answer = stream.next().await.unwrap().unwrap();
    assert!(matches!(answer, XmppStreamElement::Sasl(sasl::Nonza::Success(_))));
    let pending = stream.initiate_reset().send_header(header()).await.unwrap();
    let (_, mut stream) = pending.recv_features::<XmppStreamElement>().await.unwrap();
    let mut ids = Vec::new();
    while ids.last().is_none_or(|id| id != "last") {
        match stream.next().await.unwrap().unwrap() {
            XmppStreamElement::Stanza(stanza) => {
                let element: Element = match stanza {
                    Stanza::Message(message) => message.into(),
                    Stanza::Presence(presence) => presence.into(),
                    Stanza::Iq(iq) => iq.into(),
                };
                ids.push(element.attr("id").unwrap().to_owned());
                assert!(String::from(&element).len() < 400_000);
            }
            other => panic!("{other:?}"),
        }
    }
    server.abort();
    ids
}

fn run(restart: &str, input: String) -> Vec<String> {
    let restart = restart.to_owned();
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(stanzas(restart, input))
    };
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).unwrap().join().unwrap()
}

#[test]
fn deep_stanzas_reach_nobody_and_the_stream_lives_on() {
    let input: String =
        [50, 95, 96, 3_500, 30_000].map(|levels| format!("<message id='{levels}'>{}</message>", deep(levels))).concat();
    let ids = run(HEADER, format!("{input}<message id='last'/>"));
    assert_eq!(ids, ["50", "95", "96", "3500", "30000", "last"]);
}

#[test]
fn an_answer_over_its_bytes_ends_its_request() {
    let over = "x".repeat(2 * 1024 * 1024);
    let ids = run(
        HEADER,
        format!("<iq type='result' id='over' from='b.example'><q xmlns='u'>{over}</q></iq><presence id='last'/>"),
    );
    assert_eq!(ids, ["over", "last"]);
}

#[test]
fn a_header_without_a_declaration_restarts_too() {
    let bare = HEADER.split_once("?>").unwrap().1;
    assert_eq!(run(bare, "<presence id='last'/>".to_owned()), ["last"]);
}

#[test]
fn a_stream_in_a_stanza_is_no_stream() {
    let input = "<message id='1'><stream:stream to='evil'/><stream:error><host-gone/></stream:error></message>\
                 <message id='last'/>";
    assert_eq!(run(HEADER, input.to_owned()), ["1", "last"]);
}
