//! XEP-0124 §7.1, XEP-0206 §3: asking for a session.

use std::collections::HashSet;

use tokio::net::TcpListener;

use crate::support::bosh::session::Session;
use crate::support::bosh::{Door, HTTPBIND, first_rid};
use crate::support::gateway::{Gateway, Settings};
use crate::support::impostor::{Impostor, Trick};
use crate::support::patience::until;
use crate::support::ports::free_port;

at_every_door! { usual {
    the_least_that_a_client_can_say
    without_a_domain
    a_domain_that_is_not_served
    a_port_does_not_belong_to_a_domain
    a_domain_in_other_letters
    a_route_is_never_followed
    the_content_type_that_the_client_wants
    a_content_type_that_would_add_a_field
    any_version_of_xmpp
    a_first_request_with_a_sid
    every_session_has_a_name_of_its_own
} }

async fn the_least_that_a_client_can_say(door: Door) {
    let (to, rid) = (door.domain, first_rid());
    let least = format!("<body xmlns='{HTTPBIND}' to='{to}' rid='{rid}' ver='1.6' wait='60' hold='1'/>");
    let answer = door.post(&least).await;
    answer.must_go_on();
    assert!(answer.attr("sid").is_some());
    assert!(answer.features().is_some(), "a client without a version of XMPP gets features too: {}", answer.text);
}

async fn without_a_domain(door: Door) {
    door.post(&door.creation(first_rid(), &[("to", "")])).await.must_end_with("improper-addressing");
    let empty = door.creation(first_rid(), &[("to", "x")]).replace("to='x'", "to=''");
    door.post(&empty).await.must_end_with("improper-addressing");
}

async fn a_domain_that_is_not_served(door: Door) {
    for to in ["elsewhere.test", "localhost", "127.0.0.1", "[::1]", "x.home.test", ".", "a b", "xn--", "'\"<>&"] {
        let answer = door.post(&door.creation(first_rid(), &[("to", to)])).await;
        assert_eq!(answer.attr("condition"), Some("host-unknown"), "{to}: {}", answer.text);
        answer.must_end_with("host-unknown");
    }
}

async fn a_port_does_not_belong_to_a_domain(door: Door) {
    for suffix in [":5222", ":1", "@elsewhere.test", "/resource", "."] {
        let to = format!("{}{suffix}", door.domain);
        let answer = door.post(&door.creation(first_rid(), &[("to", &to)])).await;
        // A dot at the end is the same name, and may be understood or not.
        assert!(answer.attr("condition") == Some("host-unknown") || suffix == ".", "{to}: {}", answer.text);
    }
}

async fn a_domain_in_other_letters(door: Door) {
    let answer = door.post(&door.creation(first_rid(), &[("to", &door.domain.to_uppercase())])).await;
    answer.must_go_on();
    assert!(answer.attr("sid").is_some());
}

async fn a_route_is_never_followed(door: Door) {
    let trap = TcpListener::bind(("127.0.0.1", free_port())).await.unwrap();
    let port = trap.local_addr().unwrap().port();
    for route in [format!("xmpp:127.0.0.1:{port}"), format!("xmpp:localhost:{port}"), "nonsense".to_owned()] {
        let answer = door.post(&door.creation(first_rid(), &[("route", &route)])).await;
        assert!(answer.features().is_some(), "the server of the domain answers: {}", answer.text);
        let elsewhere = door.creation(first_rid(), &[("route", &route), ("to", "elsewhere.test")]);
        door.post(&elsewhere).await.must_end_with("host-unknown");
    }
    let caught = futures::FutureExt::now_or_never(trap.accept());
    assert!(caught.is_none(), "somebody went where the client pointed");
}

async fn the_content_type_that_the_client_wants(door: Door) {
    for kind in ["text/html; charset=utf-8", "text/plain", "application/xml"] {
        let pending = door.send(&door.creation(first_rid(), &[("content", kind)])).await;
        let created = pending.answer_as(kind).await;
        let (sid, rid) = (created.attr("sid").unwrap(), first_rid());
        let unknown = format!("<body xmlns='{HTTPBIND}' sid='{sid}' rid='{rid}'/>");
        // Even the answer that ends it.
        door.send(&unknown).await.answer_as(kind).await.must_end_with("item-not-found");
    }
    // Without the attribute it is as the strict reader expects.
    Session::open(door, &[("content", "")]).await.terminate().await;
}

async fn a_content_type_that_would_add_a_field(door: Door) {
    let creation = door.creation(first_rid(), &[("content", "text/html#X-Evil: 1")]);
    for line_end in ["&#13;&#10;", "&#10;", "&#13;", "\n"] {
        let response = door.send(&creation.replace('#', line_end)).await.response().await;
        assert_eq!(response.header("x-evil"), None, "{response:?}");
        assert_eq!(response.status, 200);
    }
}

async fn any_version_of_xmpp(door: Door) {
    for version in ["1.0", "", "1.9", "0.9", "nonsense", "1.0' x='"] {
        let answer = door.post(&door.creation(first_rid(), &[("xmpp:version", version), ("wait", "2")])).await;
        // A server may refuse a version, in its own words; whatever it says comes as an answer.
        let is_refused = answer.attr("condition") == Some("remote-stream-error");
        assert!(answer.attr("sid").is_some() || is_refused, "{version}: {}", answer.text);
        assert!(!is_refused || !matches!(version, "1.0" | ""), "{version}: {}", answer.text);
    }
}

/// Nobody chooses the name of a session.
async fn a_first_request_with_a_sid(door: Door) {
    door.post(&door.creation(first_rid(), &[("sid", "chosen-by-me")])).await.must_end_with("item-not-found");
}

async fn every_session_has_a_name_of_its_own(door: Door) {
    let mut names = HashSet::new();
    for _ in 0..100 {
        let session = Session::open(door, &[]).await;
        assert!(session.sid.len() >= 22, "128 random bits: {}", session.sid);
        let is_opaque = session.sid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        assert!(is_opaque, "{}", session.sid);
        assert!(names.insert(session.sid));
    }
}

/// §7.1: what the client says about the stream is in the header, and nothing else gets in through it.
#[tokio::test]
async fn attributes_are_forwarded_into_the_stream_header() {
    let mut server = Impostor::start(Trick::SilentAfterHeader, "header.test").await;
    let gateway = Gateway::start(&Settings::for_domain("header.test", server.port));
    let door = Door::to_domain(&gateway, "header.test");
    let breakout = "en' to='evil.test'><message/><x a='&<>\"";
    let changes = [("from", "zo\u{eb}@header.test"), ("xml:lang", breakout), ("xmpp:version", "1.0")];
    let _pending = door.send(&door.creation(first_rid(), &changes)).await;
    // The gateway itself has looked at the server too.
    let mut heard = String::new();
    until("a stream header", 10, async || {
        heard.push_str(&server.heard());
        heard.contains("xml:lang") && heard.ends_with('>')
    })
    .await;
    let header = heard.split("<?xml version='1.0'?>").last().unwrap();
    let closed = format!("{header}</stream:stream>");
    let element: minidom::Element = closed.parse().unwrap_or_else(|error| panic!("{error}: {closed}"));
    let xml = "http://www.w3.org/XML/1998/namespace";
    assert_eq!(element.attr("to"), Some("header.test"));
    assert_eq!(element.attr("from"), Some("zo\u{eb}@header.test"));
    assert_eq!(element.attr("version"), Some("1.0"));
    assert_eq!(element.attr_ns(xml, "lang"), Some(breakout));
    assert_eq!(element.children().count(), 0, "{header}");
}

/// A name that is not served is not looked up: the answer is there before a resolver could have been asked, and is
/// another than for a served name that leads nowhere.
#[tokio::test]
async fn an_unknown_domain_is_not_looked_up() {
    let settings = Settings {
        xmpp: "[xmpp]\ndomains = [\"nowhere.invalid\"]\n".to_owned(),
        ..Settings::for_domain("nowhere.invalid", 1)
    };
    let gateway = Gateway::start(&settings);
    let door = Door::to_domain(&gateway, "nowhere.invalid");
    door.post(&door.creation(first_rid(), &[])).await.must_end_with("remote-connection-failed");
    door.post(&door.creation(first_rid(), &[("to", "elsewhere.invalid")])).await.must_end_with("host-unknown");
}
