//! XEP-0124 §6 and XEP-0206 §2: namespaces, as the recipient of a payload sees them.

use minidom::Element;

use crate::support::bosh::session::Session;
use crate::support::bosh::{CLIENT, Door, HTTPBIND, STREAMS, XBOSH, message};
use crate::support::servers::Kind;

at_every_door! { usual {
    any_prefix_of_the_wrapper
    a_prefix_declared_on_the_wrapper
    a_prefix_bound_again_further_down
    a_prefix_in_an_attribute_of_a_payload
    payloads_without_a_namespace_are_stanzas
    nothing_of_the_wrapper_leaks_into_a_payload
    a_stanza_namespace_on_the_wrapper_s_prefix
    the_language_of_a_message
    features_declare_their_prefix_on_the_wrapper
    attributes_of_xmpp_are_found_by_namespace
    the_letters_xmpp_alone_mean_nothing
} }

/// Sends a whole body as Alice and gives the message that Bob sees. `@` is where a body has its namespace-free
/// attributes, `$` is Bob's address.
async fn seen_by_bob(door: Door, body: &str) -> Element {
    let (mut alice, mut bob) = Session::pair(door).await;
    let attributes = format!("sid='{}' rid='{}'", alice.sid, alice.rid);
    alice.rid += 1;
    let body = body.replace('@', &attributes).replace('$', &bob.address);
    let _held = door.send(&body).await;
    let message = bob.hear(|element| element.name() == "message").await;
    assert_eq!(message.ns(), CLIENT);
    alice.tell(&bob, "end").await;
    assert_eq!(bob.messages_until("end").await, [""; 0], "the stream is as whole as before");
    message
}

async fn any_prefix_of_the_wrapper(door: Door) {
    let body = format!(
        "<b:body xmlns:b='{HTTPBIND}' @><message xmlns='{CLIENT}' to='$'><x xmlns='urn:x'/></message></b:body>"
    );
    assert!(seen_by_bob(door, &body).await.has_child("x", "urn:x"));
}

async fn a_prefix_declared_on_the_wrapper(door: Door) {
    let body = format!(
        "<body xmlns='{HTTPBIND}' xmlns:p='urn:p' xmlns:q='urn:q' @><message xmlns='{CLIENT}' to='$'>\
         <p:x a='1'><q:y/><p:z/></p:x></message></body>"
    );
    let message = seen_by_bob(door, &body).await;
    let x = message.get_child("x", "urn:p").expect("the prefix is known to the recipient");
    assert!(x.has_child("y", "urn:q") && x.has_child("z", "urn:p"));
    // And where the stanza itself has the prefix.
    let body = format!(
        "<b:body xmlns:b='{HTTPBIND}' xmlns:c='{CLIENT}' @><c:message to='$'><c:body>a</c:body></c:message></b:body>"
    );
    assert_eq!(seen_by_bob(door, &body).await.get_child("body", CLIENT).unwrap().text(), "a");
}

async fn a_prefix_bound_again_further_down(door: Door) {
    let body = format!(
        "<body xmlns='{HTTPBIND}' xmlns:p='urn:outer' @><message xmlns='{CLIENT}' to='$'>\
         <p:x xmlns:p='urn:inner'><p:y/></p:x><p:x/></message></body>"
    );
    let message = seen_by_bob(door, &body).await;
    assert!(message.get_child("x", "urn:inner").unwrap().has_child("y", "urn:inner"));
    assert!(message.has_child("x", "urn:outer"));
}

async fn a_prefix_in_an_attribute_of_a_payload(door: Door) {
    let body = format!(
        "<body xmlns='{HTTPBIND}' xmlns:p='urn:p' @><message xmlns='{CLIENT}' to='$'><x xmlns='urn:x' p:a='1'/></message></body>"
    );
    let message = seen_by_bob(door, &body).await;
    if door.server.is_some_and(|server| server.kind == Kind::Ejabberd) {
        // COMPAT(ejabberd): it forgets declarations of a stanza's own start tag, and passes on attributes that need them.
        assert!(message.get_child("x", "urn:x").is_none(), "what is broken is cut out, and Bob lives on");
    } else {
        assert_eq!(message.get_child("x", "urn:x").unwrap().attr_ns("urn:p", "a"), Some("1"));
    }
}

async fn payloads_without_a_namespace_are_stanzas(door: Door) {
    let body = format!("<body xmlns='{HTTPBIND}' @><message to='$'><body>a</body><thread>b</thread></message></body>");
    let message = seen_by_bob(door, &body).await;
    assert_eq!(message.get_child("body", CLIENT).unwrap().text(), "a");
    assert_eq!(message.get_child("thread", CLIENT).unwrap().text(), "b");
}

async fn nothing_of_the_wrapper_leaks_into_a_payload(door: Door) {
    let body = format!(
        "<body xmlns='{HTTPBIND}' xmlns:p='urn:p' secret='1' @><message xmlns='{CLIENT}' to='$'><x xmlns='urn:x'>\
         <y/></x></message></body>"
    );
    let message = seen_by_bob(door, &body).await;
    assert!(message.get_child("x", "urn:x").unwrap().has_child("y", "urn:x"));
    let text = String::from(&message);
    assert!(!text.contains(HTTPBIND) && !text.contains("secret"), "{text}");
}

async fn a_stanza_namespace_on_the_wrapper_s_prefix(door: Door) {
    let body = format!(
        "<jabber:body xmlns:jabber='{HTTPBIND}' xmlns='{CLIENT}' @><message to='$'><jabber:odd xmlns:jabber='urn:odd'/>\
         </message></jabber:body>"
    );
    assert!(seen_by_bob(door, &body).await.has_child("odd", "urn:odd"));
}

async fn the_language_of_a_message(door: Door) {
    let body = format!(
        "<body xmlns='{HTTPBIND}' @><message xmlns='{CLIENT}' to='$' xml:lang='fr'><body xml:lang='de'>a</body></message></body>"
    );
    let message = seen_by_bob(door, &body).await;
    let xml = "http://www.w3.org/XML/1998/namespace";
    assert_eq!(message.attr_ns(xml, "lang"), Some("fr"));
    assert_eq!(message.get_child("body", CLIENT).unwrap().attr_ns(xml, "lang"), Some("de"));
}

/// XEP-0206 §2. The strict reader looks for the declaration; here something comes for it to look at.
async fn features_declare_their_prefix_on_the_wrapper(door: Door) {
    let mut session = Session::open(door, &[]).await;
    let created = session.created.clone();
    let features = session.hear_from(created, |element| element.name() == "features").await;
    assert_eq!(features.ns(), STREAMS);
}

async fn attributes_of_xmpp_are_found_by_namespace(door: Door) {
    let account = door.account();
    let mut session =
        Session::open(door, &[("xmlns:xmpp", ""), ("xmpp:version", ""), ("xmlns:x", XBOSH), ("x:version", "1.0")])
            .await;
    session.authenticate(&account).await;
    let answer = session.ask_with(&format!("xmlns:anything='{XBOSH}' anything:restart='true'"), "").await;
    session.hear_from(answer, |element| element.name() == "features").await;
    session.bind("bosh").await;
}

async fn the_letters_xmpp_alone_mean_nothing(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let itself = message(&session.address, "no restart");
    let answer = session.ask_with("xmlns:xmpp='urn:other' xmpp:restart='true'", &itself).await;
    let texts = session.messages_from(answer, "no restart").await;
    assert_eq!(texts, [""; 0]);
}
