//! People, and the service between them.

use std::sync::atomic::{AtomicU64, Ordering};

use minidom::Element;

use crate::hosting::channel_service::{Service, Settings};
use crate::store::channels::{ChannelStore, Place};

pub const NODE: &str = "/user/balcony@topics.capulet.lit/posts";

/// Names in the order in which they are made, so that a dialogue can be read.
fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("fresh{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A service and its clock.
pub struct Talk {
    pub service: Service,
    pub now: i64,
    pub domain: &'static str,
    /// What was sent and not looked at yet.
    pub sent: Vec<Element>,
}

impl Talk {
    pub fn new(domain: &'static str) -> Self {
        let settings = Settings {
            domain: domain.to_owned(),
            guests: vec![format!("anon.{domain}")],
            address: format!("channels.{domain}"),
            topics: format!("topics.{domain}"),
            name: "Channels".to_owned(),
        };
        let store = ChannelStore::open(&Place::Memory).unwrap();
        let service = Service::new(store, settings, fresh).unwrap();
        Talk { service, now: 1_000_000, domain, sent: Vec::new() }
    }

    /// A service with Juliet and her open balcony, which Nurse follows; both are online.
    pub fn with_balcony() -> Self {
        let mut talk = Talk::new("capulet.lit");
        for person in ["juliet@capulet.lit/bc", "nurse@capulet.lit/bc"] {
            talk.online(person);
            talk.ask(person, "set", "<query xmlns='jabber:iq:register'/>");
        }
        talk.ask("juliet@capulet.lit/bc", "set", &pubsub(&format!("<create node='{NODE}'/>")));
        talk.ask("nurse@capulet.lit/bc", "set", &subscribe(NODE, "nurse@capulet.lit"));
        talk.sent.clear();
        talk
    }

    /// Hands a stanza over and keeps what comes of it.
    pub fn say(&mut self, stanza: &str) {
        let at = stanza.find([' ', '/', '>']).unwrap();
        let text = format!("{} xmlns='jabber:client'{}", &stanza[..at], &stanza[at..]);
        let element: Element = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        self.now += 10;
        self.service.begin().unwrap();
        self.service.stanza(&element, false, self.now).unwrap();
        self.service.commit().unwrap();
        self.collect();
    }

    pub fn collect(&mut self) {
        for out in self.service.take() {
            let at = out.text.find([' ', '/', '>']).unwrap();
            let text = format!("{} xmlns='jabber:client'{}", &out.text[..at], &out.text[at..]);
            self.sent.push(text.parse().unwrap_or_else(|error| panic!("{error}: {text}")));
        }
    }

    pub fn online(&mut self, who: &str) {
        self.say(&format!("<presence from='{who}' to='channels.{}'/>", self.domain));
    }

    /// Asks and gives the answer; everything else that was sent stays to be looked at.
    pub fn ask(&mut self, who: &str, kind: &str, payload: &str) -> Element {
        self.say(&format!("<iq type='{kind}' from='{who}' to='channels.{}' id='q'>{payload}</iq>", self.domain));
        let is_answer =
            |one: &Element| one.name() == "iq" && one.attr("to") == Some(who) && one.attr("id") == Some("q");
        let position = self.sent.iter().position(is_answer).unwrap_or_else(|| panic!("no answer to {payload}"));
        self.sent.remove(position)
    }

    /// Asks what is refused; the condition.
    pub fn refused(&mut self, who: &str, kind: &str, payload: &str) -> String {
        let before = self.sent.len();
        let answer = self.ask(who, kind, payload);
        assert_eq!(answer.attr("type"), Some("error"), "{who} may {payload}: {}", text(&answer));
        assert_eq!(self.sent.len(), before, "nobody hears of what was refused");
        let error = answer.children().find(|child| child.name() == "error").unwrap();
        let names: Vec<&str> = error.children().map(Element::name).filter(|name| *name != "text").collect();
        names.join(" ")
    }

    /// Asks what is done; the answer's payload as text.
    pub fn done(&mut self, who: &str, kind: &str, payload: &str) -> String {
        let answer = self.ask(who, kind, payload);
        assert_eq!(answer.attr("type"), Some("result"), "{who} may not {payload}: {}", text(&answer));
        answer.children().map(text).collect()
    }

    /// The news that somebody got, and forgets them.
    pub fn heard(&mut self, who: &str) -> Vec<String> {
        let (theirs, others) = std::mem::take(&mut self.sent).into_iter().partition(|one| one.attr("to") == Some(who));
        self.sent = others;
        let theirs: Vec<Element> = theirs;
        theirs.iter().flat_map(Element::children).map(text).collect()
    }

    /// Posts, and gives the id.
    pub fn post(&mut self, who: &str, node: &str, id: &str, content: &str) {
        self.done(who, "set", &publish(node, id, content));
    }

    /// The ids that somebody reads in a node.
    pub fn reads(&mut self, who: &str, node: &str) -> Vec<String> {
        let answer = self.ask(who, "get", &pubsub(&format!("<items node='{node}'/>")));
        assert_eq!(answer.attr("type"), Some("result"), "{}", text(&answer));
        let items = answer.children().flat_map(Element::children).filter(|child| child.name() == "items");
        items.flat_map(Element::children).map(|item| item.attr("id").unwrap().to_owned()).collect()
    }
}

pub fn text(element: &Element) -> String {
    crate::hosting::stanza::to_text(element)
}

pub fn pubsub(inside: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{inside}</pubsub>")
}

pub fn owner(inside: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>{inside}</pubsub>")
}

pub fn subscribe(node: &str, jid: &str) -> String {
    pubsub(&format!("<subscribe node='{node}' jid='{jid}'/>"))
}

pub fn publish(node: &str, id: &str, content: &str) -> String {
    let entry = format!("<entry xmlns='http://www.w3.org/2005/Atom'>{content}</entry>");
    pubsub(&format!("<publish node='{node}'><item id='{id}'>{entry}</item></publish>"))
}

pub fn retract(node: &str, id: &str) -> String {
    pubsub(&format!("<retract node='{node}' notify='1'><item id='{id}'/></retract>"))
}

pub fn answering(parent: &str) -> String {
    format!("<content>a comment</content><in-reply-to xmlns='http://purl.org/syndication/thread/1.0' ref='{parent}'/>")
}

pub fn role(node: &str, jid: &str, role: &str) -> String {
    owner(&format!("<affiliations node='{node}'><affiliation jid='{jid}' affiliation='{role}'/></affiliations>"))
}

pub fn state(node: &str, jid: &str, state: &str) -> String {
    owner(&format!("<subscriptions node='{node}'><subscription jid='{jid}' subscription='{state}'/></subscriptions>"))
}

pub fn configure(node: &str, field: &str, value: &str) -> String {
    owner(&format!(
        "<configure node='{node}'><x xmlns='jabber:x:data' type='submit'><field var='{field}'><value>{value}</value>\
         </field></x></configure>"
    ))
}
