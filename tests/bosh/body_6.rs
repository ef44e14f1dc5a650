//! XEP-0124 §6: `<body/>` and what may stand in it.

use crate::support::bosh::session::Session;
use crate::support::bosh::{CLIENT, Door, HTTPBIND, first_rid, message};
use crate::support::foreign::escape;

at_every_door! { usual {
    what_is_no_body_is_a_bad_request
    what_a_body_may_not_hold
    a_bad_request_harms_nobody_else
    an_xml_declaration
    white_space_between_payloads
    references_and_every_alphabet
    cdata_is_text
    several_payloads_stay_in_order
    payloads_of_any_namespace
    a_large_message_both_ways
} }

async fn what_is_no_body_is_a_bad_request(door: Door) {
    let element = |xml: &str| xml.replace('@', &format!("xmlns='{HTTPBIND}' to='{}' rid='7' ver='1.11'", door.domain));
    for body in [
        String::new(),
        " ".to_owned(),
        "GET / HTTP/1.1".to_owned(),
        "{\"rid\": 7}".to_owned(),
        "<body rid='7'/>".to_owned(),
        "<body xmlns='jabber:client' rid='7'/>".to_owned(),
        "<body xmlns='http://jabber.org/protocol/httpbind/' rid='7'/>".to_owned(),
        element("<Body @/>"),
        element("<body @>"),
        element("<body @/"),
        element("<body @></bodY>"),
        element("<body @/><body @/>"),
        element("<body @/>x"),
        element("<body @ rid='8'/>"),
        element("<body @ a=b/>"),
        element("<body @ a='<'/>"),
        element("<p:body @/>"),
        element("<body @ p:a=''/>"),
        element("<!DOCTYPE body><body @/>"),
        element("<!DOCTYPE body [<!ENTITY a 'b'>]><body @/>"),
        element("<!-- --><body @/>"),
        element("<?php?><body @/>"),
        element("<?xml version='1.0' encoding='utf-16'?><body @/>"),
    ] {
        let answer = door.post(&body).await;
        assert_eq!(answer.attr("condition"), Some("bad-request"), "{body}: {}", answer.text);
        answer.must_end_with("bad-request");
    }
    let latin = element("<body @ from='zo~'/>").into_bytes();
    let latin: Vec<u8> = latin.into_iter().map(|byte| if byte == b'~' { 0xeb } else { byte }).collect();
    let request = door.request_with("", &latin);
    door.send_bytes(&request).await.answer().await.must_end_with("bad-request");
}

async fn what_a_body_may_not_hold(door: Door) {
    let mut bob = Session::sign_in(door, &[]).await;
    let account = door.account();
    for payload in [
        "text",
        "&amp;",
        "<![CDATA[text]]>",
        "<!-- a comment -->",
        "<?a processing instruction?>",
        "<message>",
        "</message>",
        "<message/></message>",
        "<message><body></message></body>",
        "<message><!-- a comment --></message>",
        "<message><?a b?></message>",
        "<message>&unknown;</message>",
        "<message>&#0;</message>",
        "<message>&#xd800;</message>",
        "<message>\u{1}</message>",
        "<message>\u{ffff}</message>",
        "<message a='1' a='2'/>",
        "<message xmlns:p='urn:a' xmlns:q='urn:a' p:a='1' q:a='2'/>",
        "<p:message/>",
        "<message p:a=''/>",
        "<message xmlns:p=''/>",
        "<message xmlns:xml='urn:a'/>",
        "<message xmlns:p='http://www.w3.org/2000/xmlns/'/>",
    ] {
        let mut alice = Session::sign_in_as(door, &account, &[]).await;
        let before = message(&bob.address, "what stands before it");
        let answer = alice.ask(&format!("{before}{payload}")).await;
        assert_eq!(answer.attr("condition"), Some("bad-request"), "{payload}: {}", answer.text);
        answer.must_end_with("bad-request");
    }
    let mut alice = Session::sign_in_as(door, &account, &[]).await;
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0], "a body is taken as a whole or not at all");
}

async fn a_bad_request_harms_nobody_else(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    for nonsense in ["<body", "<body xmlns='http://jabber.org/protocol/httpbind'", "\0\0\0\0"] {
        door.post(nonsense).await.must_end_with("bad-request");
    }
    alice.tell(&bob, "still here").await;
    assert_eq!(bob.messages_until("still here").await, [""; 0]);
}

async fn an_xml_declaration(door: Door) {
    let creation = door.creation(first_rid(), &[]);
    for declaration in ["<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"] {
        assert!(door.post(&format!("{declaration}{creation}")).await.attr("sid").is_some(), "{declaration}");
    }
}

async fn white_space_between_payloads(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let payloads = format!("\n  {}\r\n\t{}\n", message(&bob.address, "one"), message(&bob.address, "two"));
    let _held = alice.send(&payloads).await;
    assert_eq!(bob.messages_until("two").await, ["one"]);
}

async fn references_and_every_alphabet(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let text = "<a> & \"b\" 'c' \u{e9} \u{4e2d}\u{6587} \u{627}\u{644}\u{639}\u{631}\u{628}\u{64a}\u{629} \u{1f469}\u{200d}\u{1f680} e\u{301}";
    let numbers: String = text.chars().map(|c| format!("&#x{:X};", c as u32)).collect();
    let decimals: String = text.chars().map(|c| format!("&#{};", c as u32)).collect();
    for written in [escape(text), numbers, decimals] {
        let to = &bob.address;
        let _held = alice.send(&format!("<message xmlns='{CLIENT}' to='{to}'><body>{written}</body></message>")).await;
        assert_eq!(bob.messages_until(text).await, [""; 0]);
    }
}

async fn cdata_is_text(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let to = &bob.address;
    let body = "a <![CDATA[<b/> & ]] > &amp;]]> c";
    let _held = alice.send(&format!("<message xmlns='{CLIENT}' to='{to}'><body>{body}</body></message>")).await;
    assert_eq!(bob.messages_until("a <b/> & ]] > &amp; c").await, [""; 0]);
}

async fn several_payloads_stay_in_order(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let texts: Vec<String> = (0..50).map(|number| format!("message {number}")).collect();
    let payloads: String = texts.iter().map(|text| message(&bob.address, text)).collect();
    let _held = alice.send(&payloads).await;
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, texts);
}

async fn payloads_of_any_namespace(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let json = "<json xmlns='urn:xmpp:json:0'>{\"a\": [1, 2]}</json><other xmlns='urn:other' a='b'><c/></other>";
    let to = &bob.address;
    let request = format!("<message xmlns='{CLIENT}' to='{to}'>{json}</message>");
    let _held = alice.send(&request).await;
    let message = bob.hear(|element| element.name() == "message").await;
    assert_eq!(message.get_child("json", "urn:xmpp:json:0").unwrap().text(), "{\"a\": [1, 2]}");
    let other = message.get_child("other", "urn:other").unwrap();
    assert_eq!(other.attr("a"), Some("b"));
    assert!(other.has_child("c", "urn:other"));
}

async fn a_large_message_both_ways(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let text = "\u{e9}".repeat(50_000);
    alice.tell(&bob, &text).await;
    assert_eq!(bob.messages_until(&text).await, [""; 0]);
}
