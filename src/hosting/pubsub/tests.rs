//! The core driven directly: what is answered, who is told, what is refused.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::store::Contact;

struct Place {
    store: Store,
}

impl Place {
    fn new() -> Self {
        Place { store: Store::open(None).unwrap() }
    }

    fn ask(&self, address: &str, caller: &Caller, operation: Operation) -> Result<Outcome, StanzaError> {
        let kind = match address.contains('@') {
            true => Kind::Personal(BareJid::new(address).unwrap()),
            false => Kind::Shared,
        };
        let fresh = || "fresh-name".to_owned();
        let service = Service { store: &self.store, address, kind, now: 1_000, fresh: &fresh };
        self.store.begin().unwrap();
        let done = self.store.step(|| service.handle(caller, operation));
        self.store.commit().unwrap();
        done.map_err(|refusal| match refusal {
            Refusal::Told(error) => error,
            Refusal::Store(error) => panic!("{error}"),
        })
    }

    fn condition(&self, address: &str, caller: &Caller, operation: Operation) -> (&'static str, &'static str) {
        let error = self.ask(address, caller, operation).unwrap_err();
        (error.condition, error.pubsub.unwrap_or(""))
    }
}

fn member(user: &str) -> Caller {
    let bare = BareJid::new(&format!("{user}@x.test")).unwrap();
    Caller { jid: bare.with_resource_str("r").unwrap().into(), bare, is_guest: false }
}

fn guest() -> Caller {
    Caller { is_guest: true, ..member("guest") }
}

fn create(values: &[(&str, &str)]) -> Operation {
    let fields = values.iter().map(|(name, value)| (format!("pubsub#{name}"), vec![(*value).to_owned()])).collect();
    Operation::Create { node: Some("n".into()), configuration: Some(fields) }
}

fn publish(id: &str) -> Operation {
    Operation::Publish { node: "n".into(), id: Some(id.into()), payload: Some("<p xmlns='p'/>".into()), options: None }
}

fn items() -> Operation {
    Operation::Items { node: "n".into(), ids: vec![], max_items: None, page: None }
}

fn subscribe(jid: &str) -> Operation {
    Operation::Subscribe { node: "n".into(), jid: Jid::new(jid).unwrap() }
}

fn retract(id: &str) -> Operation {
    Operation::Retract { node: "n".into(), id: id.into(), notify: false }
}

fn set_affiliation(user: &str, affiliation: Affiliation) -> Operation {
    let jid = BareJid::new(&format!("{user}@x.test")).unwrap();
    Operation::SetAffiliates { node: "n".into(), changes: vec![(jid, affiliation)] }
}

const SHARED: &str = "pubsub.x.test";

/// Every affiliation against every publish model, through the whole service.
#[test]
fn who_may_publish() {
    for (model, expected) in [("publishers", "nnnyyy"), ("subscribers", "nnnyyy"), ("open", "nyyyyy")] {
        let place = Place::new();
        place.ask(SHARED, &member("owner"), create(&[("publish_model", model)])).unwrap();
        let mut found = String::new();
        for word in ["outcast", "none", "member", "publish-only", "publisher", "owner"] {
            place.ask(SHARED, &member("owner"), set_affiliation("you", Affiliation::parse(word).unwrap())).unwrap();
            found.push(if place.ask(SHARED, &member("you"), publish(word)).is_ok() { 'y' } else { 'n' });
        }
        assert_eq!(found, expected, "{model}");
        assert_eq!(place.condition(SHARED, &guest(), publish("g")), ("forbidden", ""));
    }
}

#[test]
fn who_may_read_and_subscribe() {
    for (model, expected) in [("open", "nyyyyy"), ("whitelist", "nnynyy")] {
        let place = Place::new();
        place.ask(SHARED, &member("owner"), create(&[("access_model", model)])).unwrap();
        let (mut reading, mut subscribing) = (String::new(), String::new());
        for word in ["outcast", "none", "member", "publish-only", "publisher", "owner"] {
            place.ask(SHARED, &member("owner"), set_affiliation("you", Affiliation::parse(word).unwrap())).unwrap();
            reading.push(if place.ask(SHARED, &member("you"), items()).is_ok() { 'y' } else { 'n' });
            let subscribed = place.ask(SHARED, &member("you"), subscribe("you@x.test"));
            subscribing.push(if subscribed.is_ok() { 'y' } else { 'n' });
        }
        assert_eq!((reading.as_str(), subscribing.as_str()), (expected, expected), "{model}");
        assert_eq!(place.ask(SHARED, &guest(), items()).is_ok(), model == "open");
        assert_eq!(place.ask(SHARED, &guest(), subscribe("guest@x.test/r")).is_ok(), model == "open");
    }
    let place = Place::new();
    assert_eq!(place.condition(SHARED, &member("owner"), create(&[("access_model", "presence")])).0, "not-acceptable");
}

#[test]
fn presence_decides_in_personal_nodes() {
    let (place, home) = (Place::new(), "alice@x.test");
    place.ask(home, &member("alice"), publish("1")).unwrap();
    assert_eq!(place.condition(home, &member("bob"), items()), ("not-authorized", "presence-subscription-required"));
    assert_eq!(place.condition(home, &member("bob"), publish("2")), ("forbidden", ""));
    let contact = Contact { jid: "bob@x.test".into(), listed: true, sends: true, ..Contact::default() };
    place.store.set_contact("alice", &contact).unwrap();
    place.ask(home, &member("bob"), subscribe("bob@x.test")).unwrap();
    let outcome = place.ask(home, &member("alice"), publish("2")).unwrap();
    assert_eq!(outcome.notices[0].subscribers, ["bob@x.test"]);
    // Personal nodes keep one item unless told otherwise.
    let Reply::Items { items: kept, .. } = place.ask(home, &member("bob"), items()).unwrap().reply else { panic!() };
    assert_eq!(kept.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["2"]);
    place.store.remove_contact("alice", "bob@x.test").unwrap();
    let outcome = place.ask(home, &member("alice"), publish("3")).unwrap();
    assert!(outcome.notices[0].subscribers.is_empty(), "who may not see any more is not told any more");
    assert_eq!(place.condition(home, &member("bob"), create(&[])).0, "forbidden");
}

#[test]
fn items_belong_to_who_published_them() {
    let place = Place::new();
    let (owner, you) = (member("owner"), member("you"));
    place.ask(SHARED, &owner, create(&[("publish_model", "open")])).unwrap();
    place.ask(SHARED, &you, publish("a")).unwrap();
    assert_eq!(place.condition(SHARED, &owner, publish("a")), ("forbidden", ""), "not even the owner rewrites it");
    place.ask(SHARED, &owner, publish("b")).unwrap();
    assert_eq!(place.condition(SHARED, &you, retract("b")), ("forbidden", ""));
    assert_eq!(place.condition(SHARED, &you, retract("c")), ("forbidden", ""));
    assert_eq!(place.condition(SHARED, &owner, retract("c")), ("item-not-found", ""));
    place.ask(SHARED, &you, retract("a")).unwrap();
    place.ask(SHARED, &you, publish("a")).unwrap();
    assert_eq!(place.ask(SHARED, &owner, retract("a")).unwrap().notices[0].change, Change::Retracted("a".into()));
}

#[test]
fn what_is_refused_changes_nothing() {
    let place = Place::new();
    let owner = member("owner");
    place.ask(SHARED, &owner, create(&[])).unwrap();
    assert_eq!(place.condition(SHARED, &owner, set_affiliation("owner", Affiliation::None)).0, "not-acceptable");
    place.ask(SHARED, &owner, publish("1")).unwrap();
    let odd = Operation::Publish {
        node: "n".into(),
        id: Some("2".into()),
        payload: Some("<p xmlns='p'/>".into()),
        options: Some([("pubsub#max_items".to_owned(), vec!["7".to_owned()])].into()),
    };
    assert_eq!(place.condition(SHARED, &owner, odd), ("conflict", "precondition-not-met"));
    let empty = Operation::Publish { node: "n".into(), id: None, payload: None, options: None };
    assert_eq!(place.condition(SHARED, &owner, empty), ("bad-request", "payload-required"));
    let huge = "x".repeat(bounds::PAYLOAD + 1);
    let huge = Operation::Publish { node: "n".into(), id: None, payload: Some(huge), options: None };
    assert_eq!(place.condition(SHARED, &owner, huge), ("not-acceptable", "payload-too-big"));
    for id in ["", "a\nb", &"x".repeat(600)] {
        assert_eq!(place.condition(SHARED, &owner, publish(id)).0, "not-acceptable");
    }
    let Reply::Items { items: kept, .. } = place.ask(SHARED, &owner, items()).unwrap().reply else { panic!() };
    assert_eq!(kept.len(), 1);
    assert_eq!(place.condition(SHARED, &member("you"), Operation::Purge { node: "n".into() }).0, "forbidden");
    assert_eq!(place.condition(SHARED, &owner, Operation::Purge { node: "m".into() }).0, "item-not-found");
}

#[test]
fn a_node_forgets_what_it_may() {
    let place = Place::new();
    let owner = member("owner");
    place.ask(SHARED, &owner, create(&[("max_items", "2"), ("item_expire", "60")])).unwrap();
    for id in ["1", "2", "3"] {
        place.ask(SHARED, &owner, publish(id)).unwrap();
    }
    let ids = || {
        let Reply::Items { items, .. } = place.ask(SHARED, &owner, items()).unwrap().reply else { panic!() };
        items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(), ["2", "3"]);
    let node = place.store.node(SHARED, "n").unwrap().unwrap();
    place.store.put_item(node.number, "old", "owner@x.test", "", 900).unwrap();
    assert_eq!(ids(), ["2", "3"]);
}

#[test]
fn large_items_travel_in_smaller_pages() {
    let place = Place::new();
    let owner = member("owner");
    place.ask(SHARED, &owner, create(&[])).unwrap();
    let node = place.store.node(SHARED, "n").unwrap().unwrap();
    for number in 0..20 {
        let size = if number == 10 { 2 * bounds::PAGE_BYTES } else { 100 };
        place.store.put_item(node.number, &number.to_string(), "owner@x.test", &"x".repeat(size), 1).unwrap();
    }
    let mut before = String::new();
    let mut seen = Vec::new();
    loop {
        let page = Some(Page { max: Some(20), before: Some(before), ..Page::default() });
        let ask = Operation::Items { node: "n".into(), ids: vec![], max_items: None, page };
        let Reply::Items { items, page: Some(page), .. } = place.ask(SHARED, &owner, ask).unwrap().reply else {
            panic!()
        };
        assert_eq!(page.count, 20);
        seen.push(items.len());
        match page.ends {
            Some((first, index, _)) if index > 0 => before = first,
            _ => break,
        }
    }
    assert_eq!(seen, [9, 1, 10], "the large one comes alone");
}

#[test]
fn the_defaults_are_those_of_the_kind() {
    let place = Place::new();
    place.ask(SHARED, &member("owner"), Operation::Create { node: None, configuration: None }).unwrap();
    assert!(place.store.node(SHARED, "fresh-name").unwrap().is_some());
    let configuration = |address: &str, name: &str| {
        let ask = Operation::Configuration { node: name.into() };
        match place.ask(address, &member(if address == SHARED { "owner" } else { "alice" }), ask).unwrap().reply {
            Reply::Configuration(_, configuration) => *configuration,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(configuration(SHARED, "fresh-name"), Configuration::default());
    place.ask("alice@x.test", &member("alice"), publish("1")).unwrap();
    assert_eq!(configuration("alice@x.test", "n"), Configuration::personal("n"));
}
