//! Which service holds the channels of another domain: asked by XEP-0030, remembered for an hour.
//!
//! What a service says is believed about channels and people of the domains whose own answers name it, and of no other.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use jid::{BareJid, Jid};
use lru::LruCache;
use minidom::Element;

use crate::hosting::stanza::attribute;

const ITEMS: &str = "http://jabber.org/protocol/disco#items";
const INFO: &str = "http://jabber.org/protocol/disco#info";

/// Domains whose service is remembered.
const DOMAINS: usize = 2_000;
/// Domains that are asked at the same time.
const SEARCHES: usize = 200;
/// Services of a domain that are asked what they are.
const SERVICES: usize = 20;
/// How long an answer is believed, in milliseconds.
const FOUND: i64 = 60 * 60 * 1_000;
/// How long a domain without a service, or without an answer, is left alone.
const NOT_FOUND: i64 = 60 * 1_000;
/// How long a search may take.
const PATIENCE: i64 = 10 * 1_000;

/// Who holds the channels of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::hosting::channel_service) enum Authority {
    /// A service at this address.
    Service(String),
    /// Nobody, or nobody who answers.
    Nobody,
    /// That is being asked.
    Asking,
}

struct Search {
    domain: String,
    /// Requests without an answer yet: their ids, who was asked, and what.
    open: HashMap<String, (String, Question)>,
    /// Whether the domain has said what services it has.
    is_told: bool,
    deadline: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// What services have you?
    Items,
    /// What are you?
    Info,
}

/// What is known of other domains.
pub(in crate::hosting::channel_service) struct Peers {
    /// Our own address, from which the questions come.
    own: String,
    known: LruCache<String, (Option<String>, i64)>,
    searches: Vec<Search>,
    fresh: fn() -> String,
}

impl Peers {
    pub fn new(own: &str, fresh: fn() -> String) -> Self {
        let domains = NonZeroUsize::new(DOMAINS).expect("the constant is not zero");
        Peers { own: own.to_owned(), known: LruCache::new(domains), searches: Vec::new(), fresh }
    }

    /// Who holds the channels of a domain. Unless that is known, it is asked: the questions are added to `out`.
    pub fn find(&mut self, domain: &str, now: i64, out: &mut Vec<String>) -> Authority {
        if let Some((service, until)) = self.known.get(domain)
            && *until > now
        {
            return service.clone().map_or(Authority::Nobody, Authority::Service);
        }
        if self.searches.iter().any(|search| search.domain == domain) {
            return Authority::Asking;
        }
        if self.searches.len() >= SEARCHES {
            return Authority::Nobody;
        }
        let id = (self.fresh)();
        out.push(self.question(&id, domain, ITEMS));
        let open = HashMap::from([(id, (domain.to_owned(), Question::Items))]);
        let deadline = now + PATIENCE;
        self.searches.push(Search { domain: domain.to_owned(), open, is_told: false, deadline });
        Authority::Asking
    }

    /// Whether guests must wait: there is room left for others.
    pub fn is_busy(&self) -> bool {
        self.searches.len() >= SEARCHES / 4
    }

    /// What is known without asking.
    pub fn known(&self, domain: &str) -> Option<&str> {
        self.known.peek(domain).and_then(|(service, _)| service.as_deref())
    }

    /// Takes an answer to a question of ours; the domain whose search is over with it. `None` with `is_ours` false: it
    /// answers something else.
    pub fn answer(&mut self, from: &str, stanza: &Element, now: i64, out: &mut Vec<String>) -> Answered {
        let id = stanza.attr("id").unwrap_or_default();
        let Some(index) = self.searches.iter().position(|search| search.open.get(id).is_some_and(|(to, _)| to == from))
        else {
            return Answered::NotOurs;
        };
        let asked = self.searches[index].open.remove(id).map(|(_, question)| question);
        let payload = stanza.children().next().filter(|_| stanza.attr("type") == Some("result"));
        if let (Some(items), Some(Question::Items)) = (payload.filter(|payload| payload.is("query", ITEMS)), asked) {
            self.searches[index].is_told = true;
            let services = services(items, &self.own);
            for service in services {
                let id = (self.fresh)();
                let question = question(&self.own, &id, &service, INFO);
                self.searches[index].open.insert(id, (service, Question::Info));
                out.push(question);
            }
        } else if asked == Some(Question::Info) && payload.is_some_and(is_channel_service) {
            return Answered::Over(self.end(index, Some(from.to_owned()), now));
        }
        if self.searches[index].open.is_empty() {
            return Answered::Over(self.end(index, None, now));
        }
        Answered::GoesOn
    }

    /// The domains whose search took too long.
    pub fn tick(&mut self, now: i64) -> Vec<String> {
        let mut over = Vec::new();
        while let Some(index) = self.searches.iter().position(|search| search.deadline <= now) {
            over.push(self.end(index, None, now));
        }
        over
    }

    /// The connection was lost: no answer will come any more.
    pub fn forget_searches(&mut self) -> Vec<String> {
        self.searches.drain(..).map(|search| search.domain).collect()
    }

    fn end(&mut self, index: usize, service: Option<String>, now: i64) -> String {
        let search = self.searches.swap_remove(index);
        let until = now + if service.is_some() { FOUND } else { NOT_FOUND };
        // A domain that cannot be reached for a while still has the service that it had.
        let old = self.known.pop(&search.domain).and_then(|(service, _)| service).filter(|_| !search.is_told);
        let service = service.or(old);
        self.known.put(search.domain.clone(), (service, until));
        search.domain
    }

    fn question(&self, id: &str, to: &str, namespace: &str) -> String {
        question(&self.own, id, to, namespace)
    }
}

/// What [`Peers::answer`] made of a stanza.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::hosting::channel_service) enum Answered {
    /// It answers no question of this kind.
    NotOurs,
    /// More answers are awaited.
    GoesOn,
    /// The search for this domain's service is over.
    Over(String),
}

fn question(from: &str, id: &str, to: &str, namespace: &str) -> String {
    let mut out = String::from("<iq type='get'");
    attribute("from", from, &mut out);
    attribute("to", to, &mut out);
    attribute("id", id, &mut out);
    out.push_str("><query");
    attribute("xmlns", namespace, &mut out);
    out.push_str("/></iq>");
    out
}

/// The services that a domain lists: addresses without a local part, each once.
fn services(items: &Element, own: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for item in items.children().filter(|child| child.is("item", ITEMS) && child.attr("node").is_none()) {
        let jid = item.attr("jid").and_then(|jid| BareJid::new(jid).ok()).filter(|jid| jid.node().is_none());
        if let Some(jid) = jid.filter(|jid| jid.as_str() != own && !found.iter().any(|known| known == jid.as_str())) {
            found.push(jid.to_string());
        }
    }
    found.truncate(SERVICES);
    found
}

fn is_channel_service(info: &Element) -> bool {
    let mut identities = info.children().filter(|child| child.is("identity", INFO));
    info.is("query", INFO)
        && identities
            .any(|identity| identity.attr("category") == Some("pubsub") && identity.attr("type") == Some("channels"))
}

/// The domain of an address, in canonical form.
pub(in crate::hosting::channel_service) fn domain_of(address: &str) -> Option<String> {
    Jid::new(address).ok().map(|jid| jid.domain().to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn fresh() -> String {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        format!("q{}", NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn id(question: &str) -> String {
        question.parse_client().attr("id").unwrap().to_owned()
    }

    trait ParseClient {
        fn parse_client(&self) -> Element;
    }

    impl ParseClient for str {
        fn parse_client(&self) -> Element {
            self.replacen("<iq ", "<iq xmlns='jabber:client' ", 1).parse().unwrap()
        }
    }

    fn result(id: &str, payload: &str) -> Element {
        format!("<iq type='result' id='{id}'>{payload}</iq>").parse_client()
    }

    #[test]
    fn the_service_that_a_domain_lists_is_found_and_remembered() {
        let mut peers = Peers::new("channels.one.test", fresh);
        let mut out = Vec::new();
        assert_eq!(peers.find("two.test", 0, &mut out), Authority::Asking);
        assert_eq!(peers.find("two.test", 0, &mut out), Authority::Asking);
        assert_eq!(out.len(), 1, "asked once: {out:?}");
        let items = format!(
            "<query xmlns='{ITEMS}'><item jid='muc.two.test'/><item jid='muc.two.test'/><item jid='x@two.test'/>\
             <item jid='channels.two.test'/><item jid='channels.one.test'/></query>"
        );
        let first = id(&out.remove(0));
        assert_eq!(peers.answer("evil.test", &result(&first, &items), 0, &mut out), Answered::NotOurs);
        assert_eq!(peers.answer("two.test", &result(&first, &items), 0, &mut out), Answered::GoesOn);
        assert_eq!(out.len(), 2, "{out:?}");
        let info = |kind: &str| format!("<query xmlns='{INFO}'><identity category='pubsub' type='{kind}'/></query>");
        let (muc, channels) = (id(&out[0]), id(&out[1]));
        assert_eq!(peers.answer("muc.two.test", &result(&muc, &info("service")), 0, &mut out), Answered::GoesOn);
        let over = peers.answer("channels.two.test", &result(&channels, &info("channels")), 0, &mut out);
        assert_eq!(over, Answered::Over("two.test".to_owned()));
        let found = Authority::Service("channels.two.test".to_owned());
        assert_eq!(peers.find("two.test", FOUND - 1, &mut out), found);
        assert_eq!(out.len(), 2, "nothing is asked");
        assert_eq!(peers.find("two.test", FOUND, &mut out), Authority::Asking, "and anew after an hour");
    }

    #[test]
    fn a_domain_without_a_service_and_one_without_an_answer_are_left_alone_for_a_while() {
        let mut peers = Peers::new("channels.one.test", fresh);
        let mut out = Vec::new();
        peers.find("plain.test", 0, &mut out);
        let answer = result(&id(&out[0]), &format!("<query xmlns='{ITEMS}'/>"));
        assert_eq!(peers.answer("plain.test", &answer, 0, &mut out), Answered::Over("plain.test".to_owned()));
        assert_eq!(peers.find("plain.test", 1, &mut out), Authority::Nobody);
        peers.find("silent.test", 0, &mut out);
        assert_eq!(peers.tick(PATIENCE - 1), Vec::<String>::new());
        assert_eq!(peers.tick(PATIENCE), ["silent.test"]);
        assert_eq!(peers.find("silent.test", PATIENCE + NOT_FOUND - 1, &mut out), Authority::Nobody);
        assert_eq!(peers.find("silent.test", PATIENCE + NOT_FOUND, &mut out), Authority::Asking);
    }

    #[test]
    fn searches_are_bounded() {
        let mut peers = Peers::new("channels.one.test", fresh);
        let mut out = Vec::new();
        for number in 0..SEARCHES {
            assert_eq!(peers.find(&format!("d{number}.test"), 0, &mut out), Authority::Asking);
        }
        assert_eq!(peers.find("more.test", 0, &mut out), Authority::Nobody);
        assert_eq!(peers.forget_searches().len(), SEARCHES);
        assert_eq!(peers.find("more.test", 0, &mut out), Authority::Asking);
    }
}
