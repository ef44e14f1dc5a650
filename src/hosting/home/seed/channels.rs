//! The Buddycloud channels of the demo: what its people ask the channel service for, through the service's own door.

use super::super::{Home, HomeError};

/// Somebody, and what they ask for.
type Line<'a> = (&'a str, String);

fn pubsub(inside: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{inside}</pubsub>")
}

fn register() -> String {
    "<query xmlns='jabber:iq:register'/>".to_owned()
}

fn create(node: &str, title: &str, description: &str, access: &str) -> String {
    let field = |name: &str, value: &str| format!("<field var='{name}'><value>{value}</value></field>");
    pubsub(&format!(
        "<create node='{node}'/><configure><x xmlns='jabber:x:data' type='submit'>{}{}{}</x></configure>",
        field("pubsub#title", title),
        field("pubsub#description", description),
        field("pubsub#access_model", access),
    ))
}

fn subscribe(node: &str) -> String {
    pubsub(&format!("<subscribe node='{node}'/>"))
}

fn publish(node: &str, id: &str, text: &str, parent: Option<&str>) -> String {
    let reply =
        parent.map(|parent| format!("<in-reply-to xmlns='http://purl.org/syndication/thread/1.0' ref='{parent}'/>"));
    pubsub(&format!(
        "<publish node='{node}'><item id='{id}'><entry xmlns='http://www.w3.org/2005/Atom'>\
         <content type='text'>{text}</content>{}</entry></item></publish>",
        reply.unwrap_or_default()
    ))
}

/// Makes the channels: two of topics, one of them private, and what stands in them. `visitors` follow them.
pub async fn seed_channels(home: &Home, service: &str, topics: &str, visitors: &[&str]) -> Result<(), HomeError> {
    let orchard = format!("/user/orchard@{topics}/posts");
    let committee = format!("/user/committee@{topics}/posts");
    let mut lines: Vec<Line<'_>> = vec![
        ("mira", register()),
        ("yuki", register()),
        ("mira", create(&orchard, "The orchard", "Old apple trees, and who climbs them", "open")),
        ("mira", create(&committee, "Committee", "Minutes and keys; ask to be let in", "authorize")),
        ("yuki", subscribe(&orchard)),
        ("mira", publish(&orchard, "orchard-1", "The Boskoop by the gate is ripe. Ladders are in the shed.", None)),
        ("yuki", publish(&orchard, "orchard-2", "Saturday at nine? I bring crates.", Some("orchard-1"))),
        (
            "mira",
            publish(&orchard, "orchard-3", "Nine it is. The press is booked for the afternoon.", Some("orchard-1")),
        ),
        ("yuki", publish(&orchard, "orchard-4", "Does anybody know the small yellow ones behind the wall?", None)),
        ("mira", publish(&committee, "committee-1", "The key to the shed has moved to the blue tin.", None)),
    ];
    for visitor in visitors {
        lines.push((visitor, register()));
        lines.push((visitor, subscribe(&orchard)));
    }
    for (number, (user, payload)) in lines.into_iter().enumerate() {
        let from = format!("{user}@{}/seed", home.domain());
        let stanza = format!(
            "<iq xmlns='jabber:client' type='set' from='{from}' to='{service}' id='seed-{number}'>{payload}</iq>"
        );
        home.tell_component(service, stanza).await?;
    }
    Ok(())
}
