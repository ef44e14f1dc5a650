//! Two services, joined by a wire that can break.

use minidom::Element;

use super::talk::{NODE, Talk, answering, configure, publish, pubsub, retract, role, state, subscribe, text};

const JULIET: &str = "juliet@capulet.lit/bc";
const ROMEO: &str = "romeo@montague.lit/bc";

pub struct Pair {
    pub capulet: Talk,
    pub montague: Talk,
    pub is_joined: bool,
}

impl Pair {
    pub fn new() -> Self {
        let mut pair = Pair { capulet: Talk::with_balcony(), montague: Talk::new("montague.lit"), is_joined: true };
        for person in [ROMEO, "benvolio@montague.lit/bc"] {
            pair.montague.online(person);
            pair.montague.ask(person, "set", "<query xmlns='jabber:iq:register'/>");
        }
        pair.montague.sent.clear();
        pair
    }

    /// Carries what each side sent to the other, and answers disco for the domains, until nothing moves.
    pub fn settle(&mut self) {
        for _ in 0..200 {
            let mut moved = false;
            for side in 0..2 {
                let (from, to) = if side == 0 {
                    (&mut self.capulet, &mut self.montague)
                } else {
                    (&mut self.montague, &mut self.capulet)
                };
                let mut kept = Vec::new();
                for stanza in std::mem::take(&mut from.sent) {
                    let target = stanza.attr("to").unwrap().to_owned();
                    let domain = jid::Jid::new(&target).unwrap().domain().to_string();
                    let is_there = domain == to.domain || domain.ends_with(&format!(".{}", to.domain));
                    if !is_there {
                        kept.push(stanza);
                    } else if self.is_joined {
                        moved = true;
                        carry(&stanza, &target, from, to);
                    }
                }
                from.sent.extend(kept);
            }
            if !moved {
                return;
            }
        }
        panic!("it never ends");
    }

    pub fn montague_asks(&mut self, who: &str, kind: &str, payload: &str) -> String {
        self.montague.now = self.montague.now.max(self.capulet.now);
        self.montague.say(&format!("<iq type='{kind}' from='{who}' to='channels.montague.lit' id='q'>{payload}</iq>"));
        self.settle();
        let is_answer =
            |one: &Element| one.name() == "iq" && one.attr("to") == Some(who) && one.attr("id") == Some("q");
        let position =
            self.montague.sent.iter().position(is_answer).unwrap_or_else(|| panic!("no answer to {payload}"));
        text(&self.montague.sent.remove(position))
    }

    pub fn tick(&mut self, milliseconds: i64) {
        for talk in [&mut self.capulet, &mut self.montague] {
            talk.now += milliseconds;
            talk.service.begin().unwrap();
            talk.service.tick(talk.now).unwrap();
            talk.service.commit().unwrap();
            talk.collect();
        }
        self.settle();
    }
}

/// A stanza as the other side gets it; the domain itself answers disco, as its XMPP server would.
pub fn carry(stanza: &Element, target: &str, from: &mut Talk, to: &mut Talk) {
    // Both live in the same time.
    to.now = to.now.max(from.now);
    from.now = to.now;
    let id = stanza.attr("id").unwrap_or_default();
    let sender = stanza.attr("from").unwrap();
    if target == to.domain {
        from.say(&format!(
            "<iq type='result' from='{target}' to='{sender}' id='{id}'><query xmlns='http://jabber.org/protocol/disco#items'>\
             <item jid='muc.{target}'/><item jid='channels.{target}'/></query></iq>"
        ));
    } else if target.starts_with("muc.") {
        from.say(&format!("<iq type='error' from='{target}' to='{sender}' id='{id}'><error type='cancel'/></iq>"));
    } else {
        to.say(&text(stanza).replacen(" xmlns='jabber:client'", "", 1));
    }
}

#[test]
fn following_posting_and_deleting_across_the_border() {
    let mut pair = Pair::new();
    pair.capulet.post(JULIET, NODE, "old", "<content>before</content>");
    let answer = pair.montague_asks(ROMEO, "set", &subscribe(NODE, "romeo@montague.lit"));
    assert!(
        answer.contains("subscription='subscribed'") && answer.contains("from='channels.montague.lit'"),
        "{answer}"
    );
    pair.tick(1_000);
    let own = pair.montague_asks(ROMEO, "get", &pubsub("<subscriptions/>"));
    assert!(own.contains(NODE), "{own}");
    assert!(
        pair.montague_asks(
            ROMEO,
            "get",
            &pubsub("<recent-items xmlns='http://buddycloud.org/v1' since='1970-01-01T00:00:00Z' max='9'/>")
        )
        .contains("before"),
        "what was there is copied"
    );
    pair.montague.sent.clear();
    pair.capulet.post(JULIET, NODE, "p1", "<content>O Romeo</content>");
    pair.settle();
    let heard = pair.montague.heard(ROMEO);
    assert_eq!(heard.len(), 1, "once: {heard:?}");
    assert!(heard[0].contains("O Romeo"));
    // A comment from there.
    pair.capulet.sent.clear();
    let answer = pair.montague_asks(ROMEO, "set", &publish(NODE, "c1", &answering("p1")));
    assert!(answer.contains("id='c1'"), "{answer}");
    let heard = pair.capulet.heard(JULIET).concat();
    assert!(heard.contains("acct:romeo@montague.lit") && heard.contains("ref='p1'"), "{heard}");
    assert_eq!(pair.montague.heard(ROMEO).len(), 1);
    let forged = publish(NODE, "p1", "<content>forged</content>");
    assert!(pair.montague_asks(ROMEO, "set", &forged).contains("forbidden"));
    pair.capulet.done(JULIET, "set", &retract(NODE, "p1"));
    pair.settle();
    let heard = pair.montague.heard(ROMEO).concat();
    assert!(heard.contains("<retract id='c1'") && heard.contains("<retract id='p1'"), "{heard}");
    pair.montague_asks(ROMEO, "set", &pubsub(&format!("<unsubscribe node='{NODE}' jid='romeo@montague.lit'/>")));
    pair.montague.sent.clear();
    pair.capulet.post(JULIET, NODE, "p2", "<content>alone</content>");
    pair.settle();
    assert_eq!(pair.montague.heard(ROMEO), Vec::<String>::new());
    let own = pair.montague_asks(ROMEO, "get", &pubsub("<subscriptions/>"));
    assert!(!own.contains(NODE), "{own}");
}

#[test]
fn approval_and_bans_across_the_border() {
    let mut pair = Pair::new();
    pair.capulet.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "authorize"));
    let answer = pair.montague_asks(ROMEO, "set", &subscribe(NODE, "romeo@montague.lit"));
    assert!(answer.contains("subscription='pending'"), "{answer}");
    pair.montague.sent.clear();
    pair.capulet.done(JULIET, "set", &state(NODE, "romeo@montague.lit", "subscribed"));
    pair.settle();
    let heard = pair.montague.heard(ROMEO).concat();
    assert!(heard.contains("subscription='subscribed'") && heard.contains("affiliation='publisher'"), "{heard}");
    let items = pubsub(&format!("<items node='{NODE}'/>"));
    assert!(pair.montague_asks(ROMEO, "get", &items).contains("type='result'"));
    assert!(pair.montague_asks("benvolio@montague.lit/bc", "get", &items).contains("closed-node"));
    // Romeo becomes a moderator and bans somebody of the other side.
    pair.capulet.done(JULIET, "set", &role(NODE, "romeo@montague.lit", "moderator"));
    pair.settle();
    let ban = role(NODE, "nurse@capulet.lit", "outcast");
    assert!(pair.montague_asks(ROMEO, "set", &ban).contains("type='result'"));
    assert_eq!(pair.capulet.refused("nurse@capulet.lit/bc", "get", &items), "forbidden");
    pair.capulet.done(JULIET, "set", &role(NODE, "romeo@montague.lit", "outcast"));
    pair.settle();
    assert!(pair.montague.heard(ROMEO).concat().contains("affiliation='outcast'"));
    assert!(pair.montague_asks(ROMEO, "get", &items).contains("forbidden"));
    pair.capulet.post(JULIET, NODE, "p1", "<content>safe</content>");
    pair.settle();
    assert_eq!(pair.montague.heard(ROMEO), Vec::<String>::new());
}

#[test]
fn what_was_missed_is_found_once() {
    let mut pair = Pair::new();
    pair.montague_asks(ROMEO, "set", &subscribe(NODE, "romeo@montague.lit"));
    pair.capulet.post(JULIET, NODE, "p1", "<content>one</content>");
    pair.capulet.post(JULIET, NODE, "p2", "<content>two</content>");
    pair.tick(1_000);
    pair.montague.sent.clear();
    pair.is_joined = false;
    pair.capulet.post(JULIET, NODE, "p3", "<content>missed</content>");
    pair.capulet.done(JULIET, "set", &retract(NODE, "p1"));
    pair.capulet.done(JULIET, "set", &publish(NODE, "p2", "<content>two, again</content>"));
    pair.settle();
    pair.is_joined = true;
    // The service comes back and looks for itself.
    let now = pair.capulet.now.max(pair.montague.now);
    pair.montague.service.begin().unwrap();
    pair.montague.service.connected(now).unwrap();
    pair.montague.service.commit().unwrap();
    pair.montague.collect();
    pair.settle();
    pair.tick(1_000);
    pair.tick(1_000);
    let heard = pair.montague.heard(ROMEO).concat();
    assert_eq!(heard.matches("missed").count(), heard.matches("id='p3'").count() * 2, "title and text: {heard}");
    assert_eq!(heard.matches("<item id='p3'").count(), 1, "{heard}");
    assert_eq!(heard.matches("two, again").count(), 2, "{heard}");
    assert!(heard.contains("id='p1'"), "{heard}");
    // Looking again finds nothing new.
    pair.tick(31 * 60 * 1_000);
    pair.tick(1_000);
    assert_eq!(pair.montague.heard(ROMEO), Vec::<String>::new());
}

#[test]
fn a_service_speaks_for_its_own_people_and_of_its_own_channels() {
    let mut pair = Pair::new();
    pair.montague_asks(ROMEO, "set", &subscribe(NODE, "romeo@montague.lit"));
    pair.tick(1_000);
    pair.capulet.sent.clear();
    let items = |actor: &str| {
        format!(
            "<iq type='set' from='channels.montague.lit' to='channels.capulet.lit' id='x'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
         <publish node='{NODE}'><item id='f'><entry xmlns='http://www.w3.org/2005/Atom'><content>forged</content></entry></item></publish>\
         <actor xmlns='http://buddycloud.org/v1'>{actor}</actor></pubsub></iq>"
        )
    };
    for actor in ["juliet@capulet.lit", "somebody@evil.lit"] {
        pair.capulet.say(&items(actor));
        pair.tick(20_000);
    }
    assert!(!pair.capulet.done(JULIET, "get", &pubsub(&format!("<items node='{NODE}'/>"))).contains("forged"));
    let event = |node: &str| {
        format!(
            "<message from='channels.evil.lit' to='channels.montague.lit'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='{node}'><item id='f'><entry xmlns='http://www.w3.org/2005/Atom'><content>forged</content></entry></item></items></event></message>"
        )
    };
    pair.montague.sent.clear();
    pair.montague.say(&event(NODE));
    assert_eq!(pair.montague.heard(ROMEO), Vec::<String>::new());
}

#[test]
fn a_domain_that_never_answers_is_told_as_that() {
    let mut pair = Pair::new();
    pair.is_joined = false;
    pair.montague.say(&format!(
        "<iq type='get' from='{ROMEO}' to='channels.montague.lit' id='q'>{}</iq>",
        pubsub(&format!("<items node='{NODE}'/>"))
    ));
    pair.settle();
    assert_eq!(pair.montague.heard(ROMEO), Vec::<String>::new());
    pair.tick(11_000);
    let heard = pair.montague.heard(ROMEO).concat();
    assert!(heard.contains("item-not-found"), "{heard}");
}

#[test]
fn an_invitation_crosses_the_border() {
    let mut pair = Pair::new();
    pair.capulet.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "whitelist"));
    let invite = state(NODE, "romeo@montague.lit", "invited");
    pair.capulet.say(&format!("<iq type='set' from='{JULIET}' to='channels.capulet.lit' id='q'>{invite}</iq>"));
    pair.settle();
    let heard = pair.montague.heard(ROMEO).concat();
    assert!(heard.contains("invited-by='juliet@capulet.lit'"), "{heard}");
    let items = pubsub(&format!("<items node='{NODE}'/>"));
    assert!(pair.montague_asks(ROMEO, "get", &items).contains("closed-node"));
    assert!(pair.montague_asks(ROMEO, "set", &subscribe(NODE, "romeo@montague.lit")).contains("'subscribed'"));
    assert!(pair.montague_asks(ROMEO, "get", &items).contains("type='result'"));
}

#[test]
fn nobody_is_made_a_follower_and_nothing_is_smuggled_in() {
    let mut pair = Pair::new();
    pair.montague_asks(ROMEO, "set", &subscribe(NODE, "romeo@montague.lit"));
    pair.tick(1_000);
    pair.montague.sent.clear();
    let event = |inside: &str| {
        format!(
            "<message from='channels.capulet.lit' to='channels.montague.lit'>\
             <event xmlns='http://jabber.org/protocol/pubsub#event'>{inside}</event></message>"
        )
    };
    let other = "/user/other@topics.capulet.lit/posts";
    pair.montague
        .say(&event(&format!("<subscription node='{other}' jid='benvolio@montague.lit' subscription='subscribed'/>")));
    let own = pair.montague_asks("benvolio@montague.lit/bc", "get", &pubsub("<subscriptions/>"));
    assert!(!own.contains("other@"), "{own}");
    // Beside something true stands something about a channel of another domain.
    let item = |node: &str, id: &str| {
        format!("<items node='{node}'><item id='{id}'><entry xmlns='http://www.w3.org/2005/Atom'/></item></items>")
    };
    let both = item(NODE, "true")
        + &item("/user/romeo@montague.lit/posts", "forged")
        + &item("/user/x@evil.lit/posts", "forged");
    pair.montague.say(&event(&both));
    // The domain that nobody knows does not answer; then the rest is told.
    pair.tick(11_000);
    let heard = pair.montague.heard(ROMEO).concat();
    assert!(heard.contains("id='true'") && !heard.contains("forged"), "{heard}");
}

#[test]
fn a_short_page_is_not_the_end_and_first_posts_are_no_news() {
    let mut pair = Pair::new();
    let long = "x".repeat(50_000);
    for number in 0..9 {
        pair.capulet.post(JULIET, NODE, &format!("p{number}"), &format!("<content>{long}</content>"));
    }
    pair.montague_asks(ROMEO, "set", &subscribe(NODE, "romeo@montague.lit"));
    pair.montague.sent.clear();
    for _ in 0..6 {
        pair.tick(1_000);
    }
    assert_eq!(pair.montague.heard(ROMEO), Vec::<String>::new(), "what was there before is no news");
    for _ in 0..6 {
        pair.tick(31 * 60 * 1_000);
    }
    assert_eq!(pair.montague.heard(ROMEO), Vec::<String>::new(), "nothing was lost by looking again");
    let mam = "<query xmlns='urn:xmpp:mam:tmp'><start>1970-01-01T00:00:00Z</start></query>";
    pair.montague_asks(ROMEO, "get", mam);
    let copied = pair.montague.heard(ROMEO).concat();
    assert!((0..9).all(|number| copied.contains(&format!("<item id='p{number}'"))), "all of it was copied");
}
