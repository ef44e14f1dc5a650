//! News, in every form in which servers send them.

use super::script::item;
use super::{at, community, element, own};
use crate::channel::Event;
use crate::dialect::{Dialect, Microblog};

fn read(from: &str, inside: &str) -> Vec<Event> {
    Microblog.read_event(&element(&format!(
        "<message xmlns='jabber:client' type='headline' {from}><event xmlns='http://jabber.org/protocol/pubsub#event'>{inside}</event></message>"
    )))
}

#[test]
fn each_kind_of_notice() {
    let service = "from='pubsub.example.org'";
    let whole = format!(
        "<items node='birds'>{}</items>",
        item("first-post", "publisher='alice@example.org'", 1, "alice@example.org")
    );
    let [Event::Published(post)] = &read(service, &whole)[..] else { panic!("not published") };
    assert_eq!(post.at, at(&community(), "first-post"));
    let announced = vec![Event::Announced(at(&community(), "post-1"))];
    assert_eq!(
        read(service, "<items node='birds'><item id='post-1' publisher='alice@example.org'/></items>"),
        announced
    );
    let removed = vec![Event::Removed(at(&community(), "post-1")), Event::Removed(at(&community(), "post-2"))];
    assert_eq!(read(service, "<items node='birds'><retract id='post-1'/><retract id='post-2'/></items>"), removed);
    assert_eq!(read(service, "<delete node='birds'/>"), [Event::Closed(community())]);
    assert_eq!(read(service, "<purge node='birds'/>"), [Event::Emptied(community())]);
    assert_eq!(read(service, "<configuration node='birds'/>"), [Event::Reconfigured(community())]);
    let personal = read("from='Alice@example.org'", "<purge node='urn:xmpp:microblog:0'/>");
    assert_eq!(personal, [Event::Emptied(own())]);
}

#[test]
fn what_tells_nothing() {
    let service = "from='pubsub.example.org'";
    for inside in [
        "",
        "<items node='birds'><item id='test_post'/></items>",
        "<items node='birds'><retract id='test_post'/></items>",
        "<items node='birds'><item id='x'><metadata xmlns='urn:xmpp:avatar:metadata'/></item></items>",
        "<items><item id='x'/></items>",
        "<subscription node='birds' jid='alice@example.org' subscription='subscribed'/>",
        "<items xmlns='urn:other' node='birds'><item id='x'/></items>",
    ] {
        assert_eq!(read(service, inside), [], "{inside}");
    }
    assert_eq!(read("", "<purge node='birds'/>"), []);
    assert_eq!(read("from='@'", "<purge node='birds'/>"), []);
    let two = "<message xmlns='jabber:client' from='a.example'><event xmlns='http://jabber.org/protocol/pubsub#event'><purge node='a'/></event>\
               <event xmlns='http://jabber.org/protocol/pubsub#event'><purge node='b'/></event></message>";
    assert_eq!(Microblog.read_event(&element(two)), []);
    let error = "<message xmlns='jabber:client' type='error' from='a.example'><event xmlns='http://jabber.org/protocol/pubsub#event'><purge node='a'/></event></message>";
    assert_eq!(Microblog.read_event(&element(error)), []);
    let forwarded = "<message xmlns='jabber:client' from='a.example'><x xmlns='urn:x'><event xmlns='http://jabber.org/protocol/pubsub#event'><purge node='a'/></event></x></message>";
    assert_eq!(Microblog.read_event(&element(forwarded)), []);
}
