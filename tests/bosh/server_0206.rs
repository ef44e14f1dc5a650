//! XEP-0206 §4, §6: what a server says, as its client gets it. The servers here say what a test wants.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::bosh::answer::Answer;
use crate::support::bosh::session::{NOTHING, Session};
use crate::support::bosh::{CLIENT, Door, STREAMS};
use crate::support::gateway::{Gateway, Settings};
use crate::support::ports::free_port;

const DOMAIN: &str = "scripted.test";

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='scripted.test' id='7' \
                      xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

const FEATURES: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
                        <mechanism>PLAIN</mechanism></mechanisms></stream:features>";

/// A server that says the first to a stream header, and the second when the client has sent a stanza. `closes` says
/// whether it ends the connection then.
async fn server(first: String, second: String, closes: bool) -> (Gateway, Door) {
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (first, second) = (first.clone(), second.clone());
            tokio::spawn(async move {
                for (cue, words) in [("version=", first), ("<iq", second)] {
                    let mut heard = Vec::new();
                    while !String::from_utf8_lossy(&heard).contains(cue) {
                        if matches!(client.read_buf(&mut heard).await, Ok(0) | Err(_)) {
                            return;
                        }
                    }
                    client.write_all(words.as_bytes()).await.unwrap();
                }
                // Otherwise it waits for the client to go.
                if !closes {
                    let _ = client.read_to_end(&mut Vec::new()).await;
                }
            });
        }
    });
    let gateway = Gateway::start(&Settings::for_domain(DOMAIN, port));
    let door = Door::to_domain(&gateway, DOMAIN);
    (gateway, door)
}

/// What a client gets when it has sent a stanza to a server that then says this.
async fn answer_to(words: &str, closes: bool) -> (Session, Answer, Gateway) {
    let (gateway, door) = server(format!("{HEADER}{FEATURES}"), words.to_owned(), closes).await;
    let mut session = Session::open(door, &[]).await;
    let answer = session.ask(NOTHING).await;
    (session, answer, gateway)
}

const ERROR: &str = "<stream:error><xml-not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
                     <text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>Words</text>\
                     <escape-your-data xmlns='application-ns'/></stream:error></stream:stream>";

/// §6: zero or more stanzas, then a copy of the error.
#[tokio::test]
async fn a_stream_error_comes_after_what_was_before_it() {
    let stanzas =
        "<message from='a@scripted.test'><body>I said hello</body></message><presence from='b@scripted.test'/>";
    let (mut session, answer, _gateway) = answer_to(&format!("{stanzas}{ERROR}"), true).await;
    assert_eq!((answer.attr("type"), answer.attr("condition")), (Some("terminate"), Some("remote-stream-error")));
    let names: Vec<&str> = answer.payloads().iter().map(|element| element.name()).collect();
    assert_eq!(names, ["message", "presence", "error"], "{}", answer.text);
    let payloads = answer.payloads();
    assert_eq!((payloads[0].ns(), payloads[2].ns()), (CLIENT.to_owned(), STREAMS.to_owned()));
    let streams = "urn:ietf:params:xml:ns:xmpp-streams";
    assert!(payloads[2].has_child("xml-not-well-formed", streams), "{}", answer.text);
    assert_eq!(payloads[2].get_child("text", streams).unwrap().text(), "Words");
    assert!(payloads[2].has_child("escape-your-data", "application-ns"));
    session.must_be_gone().await;
}

#[tokio::test]
async fn a_stream_error_instead_of_features() {
    let (_gateway, door) = server(format!("{HEADER}{ERROR}"), String::new(), true).await;
    let answer = door.post(&door.creation(7, &[])).await;
    assert_eq!(answer.attr("condition"), Some("remote-stream-error"), "{}", answer.text);
    assert_eq!(answer.payloads().len(), 1, "{}", answer.text);
}

#[tokio::test]
async fn a_stream_that_ends_in_order() {
    let (mut session, answer, _gateway) = answer_to("<message/></stream:stream>", true).await;
    assert_eq!((answer.attr("type"), answer.attr("condition")), (Some("terminate"), None), "{}", answer.text);
    assert_eq!(answer.payloads().len(), 1);
    session.must_be_gone().await;
}

#[tokio::test]
async fn a_connection_that_ends_without_a_word() {
    let (mut session, answer, _gateway) = answer_to("<message/>", true).await;
    let answer = if answer.is_terminate() { answer } else { session.ask("").await };
    assert_eq!(answer.attr("condition"), Some("remote-connection-failed"), "{}", answer.text);
    session.must_be_gone().await;
}

/// What is not XML reaches nobody: the stream is over.
#[tokio::test]
async fn a_server_that_does_not_speak_xml() {
    for nonsense in ["<message><body></message>", "<!DOCTYPE a>", "<a:b/>", "text", "<message>&#0;</message>", "\u{0}"]
    {
        let (_, answer, _gateway) = answer_to(&format!("<presence/>{nonsense}"), false).await;
        assert!(answer.is_terminate() || answer.payloads().len() == 1, "{nonsense}: {}", answer.text);
        assert!(answer.payloads().iter().all(|element| element.name() == "presence"), "{}", answer.text);
    }
}

/// §4: TLS and compression are between the gateway and the server.
#[tokio::test]
async fn features_that_are_not_for_clients() {
    let features = FEATURES.replace(
        "<mechanisms",
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\
         <compression xmlns='http://jabber.org/features/compress'><method>zlib</method></compression><mechanisms",
    );
    let (_gateway, door) = server(format!("{HEADER}{features}"), String::new(), false).await;
    let session = Session::open(door, &[]).await;
    let offered = session.created.features().expect("features");
    let names: Vec<&str> = offered.children().map(|element| element.name()).collect();
    assert_eq!(names, ["mechanisms"], "{}", session.created.text);
}

/// The prefix of the streams namespace is the server's choice, and clients look for the usual letters.
#[tokio::test]
async fn any_prefix_of_the_streams_namespace() {
    let other = |text: &str| text.replace("stream:", "s:").replace("xmlns:stream", "xmlns:s");
    let words = other(&format!("{HEADER}{FEATURES}"));
    let (_gateway, door) = server(words, other(ERROR), true).await;
    let mut session = Session::open(door, &[]).await;
    assert!(session.created.text.contains("<stream:features"), "{}", session.created.text);
    let answer = session.ask(NOTHING).await;
    assert!(answer.text.contains("<stream:error"), "{}", answer.text);
}

/// Prefixes that the server declares once, on its header, are known to the client in each payload.
#[tokio::test]
async fn prefixes_of_the_stream_header() {
    let header = HEADER.replace("id='7'", "id='7' xmlns:p='urn:p'");
    let (_gateway, door) =
        server(format!("{header}{FEATURES}"), "<message><p:x p:a='1'/></message>".to_owned(), false).await;
    let mut session = Session::open(door, &[]).await;
    let answer = session.ask(NOTHING).await;
    let x = answer.payloads()[0].get_child("x", "urn:p").expect("the prefix is declared").clone();
    assert_eq!(x.attr_ns("urn:p", "a"), Some("1"));
}

#[tokio::test]
async fn what_identifies_the_stream() {
    let (_gateway, door) = server(format!("{HEADER}{FEATURES}"), String::new(), false).await;
    let session = Session::open(door, &[]).await;
    assert_eq!(session.created.attr("from"), Some(DOMAIN));
    assert_eq!(session.created.xbosh("version"), Some("1.0"));
    assert!(matches!(session.created.attr("authid"), None | Some("7")), "{}", session.created.text);
}
