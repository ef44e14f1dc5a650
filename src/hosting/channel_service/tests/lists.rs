//! Lists and pages: nothing is missing, nothing is too much for one stanza, and plain clients count what they see.

use super::talk::{NODE, Talk, answering, owner, publish, pubsub, retract, role, subscribe, text};

const JULIET: &str = "juliet@capulet.lit/bc";
const NURSE: &str = "nurse@capulet.lit/bc";
const PARIS: &str = "paris@capulet.lit/movim";
/// Less than what Prosody takes of a component at once.
const STANZA: usize = 420_000;

fn rsm(inside: &str) -> String {
    format!("<set xmlns='http://jabber.org/protocol/rsm'>{inside}</set>")
}

fn last(answer: &str) -> Option<&str> {
    answer.split("<last>").nth(1)?.split('<').next()
}

#[test]
fn catching_up_misses_nothing_of_one_moment() {
    let mut talk = Talk::with_balcony();
    let now = talk.now;
    for number in 0..250 {
        talk.now = now;
        talk.post(JULIET, NODE, &format!("p{number}"), "<content>x</content>");
    }
    talk.post(JULIET, NODE, "c1", &answering("p7"));
    talk.done(JULIET, "set", &retract(NODE, "c1"));
    talk.sent.clear();
    let (mut after, mut found) = (String::new(), String::new());
    for _ in 0..9 {
        let set = rsm(&format!("<max>100</max>{after}"));
        let query = format!("<query xmlns='urn:xmpp:mam:tmp'><start>1970-01-01T00:00:00Z</start>{set}</query>");
        let answer = talk.done(NURSE, "get", &query);
        found.push_str(&talk.heard(NURSE).concat());
        let Some(last) = last(&answer) else { break };
        after = format!("<after>{last}</after>");
    }
    let missing: Vec<usize> = (0..250).filter(|number| !found.contains(&format!("<item id='p{number}'"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(found.contains("<retract id='c1'/>"), "what was there and is gone is told, too");
}

#[test]
fn no_answer_is_more_than_a_server_takes() {
    let mut talk = Talk::with_balcony();
    let long = "x".repeat(50_000);
    for number in 0..40 {
        talk.post(JULIET, NODE, &format!("p{number}"), &format!("<content>{long}</content>"));
    }
    let ids: String = (0..40).map(|number| format!("<item id='p{number}'/>")).collect();
    let answer = talk.ask(PARIS, "get", &pubsub(&format!("<items node='{NODE}'>{ids}</items>")));
    assert!(text(&answer).len() < STANZA && text(&answer).contains("id='p0'"), "{} bytes", text(&answer).len());

    let name = "n".repeat(900);
    let people: Vec<String> = (0..500).map(|number| format!("{name}{number:03}@capulet.lit")).collect();
    for person in &people {
        talk.done(&format!("{person}/1"), "set", &subscribe(NODE, person));
    }
    talk.sent.clear();
    for list in ["affiliations", "subscriptions"] {
        let (mut after, mut all) = (String::new(), String::new());
        loop {
            let set = rsm(&after);
            let answer = talk.ask(JULIET, "get", &owner(&format!("<{list} node='{NODE}'/>{set}")));
            let answer = text(&answer);
            assert!(answer.len() < STANZA, "{} bytes of {list}", answer.len());
            let Some(last) = last(&answer).map(str::to_owned) else { break };
            all.push_str(&answer);
            after = format!("<after>{last}</after>");
        }
        let missing = people.iter().filter(|person| !all.contains(&format!("jid='{person}'"))).count();
        assert_eq!(missing, 0, "of {list}");
    }
}

#[test]
fn a_long_thread_goes_in_few_messages() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>x</content>");
    for number in 0..300 {
        talk.post(NURSE, NODE, &format!("c{number}"), &answering("p1"));
    }
    let answer = talk.done(
        NURSE,
        "get",
        &pubsub(&format!("<thread xmlns='http://buddycloud.org/v1' node='{NODE}' item_id='p1'/>")),
    );
    assert!(answer.contains("<count>300</count>") && answer.contains("id='c299'") && !answer.contains("id='c100'"));
    let set = rsm(&format!("<after>{}</after>", last(&answer).unwrap()));
    let thread = format!("<thread xmlns='http://buddycloud.org/v1' node='{NODE}' item_id='p1'/>{set}");
    assert!(talk.done(NURSE, "get", &pubsub(&thread)).contains("id='c150'"), "a long thread is read page by page");
    talk.sent.clear();
    talk.done(JULIET, "set", &retract(NODE, "p1"));
    assert!(talk.heard(NURSE).len() <= 3, "the thread is one piece of news");
    assert_eq!(talk.reads(NURSE, NODE), ["p1"], "its tombstone");
    talk.done(JULIET, "set", &retract(NODE, "p1"));
    assert_eq!(talk.reads(NURSE, NODE), Vec::<String>::new(), "and that can be taken away, too");
}

#[test]
fn a_rating_goes_with_what_it_is_about() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>x</content>");
    talk.post(NURSE, NODE, "c1", &answering("p1"));
    let rating = "<rating xmlns='http://activitystrea.ms/schema/1.0/review'>5.0</rating>\
        <target xmlns='http://activitystrea.ms/spec/1.0/'><id>c1</id></target>";
    talk.post(JULIET, NODE, "r1", &format!("{}{rating}", answering("p1")));
    talk.done(NURSE, "set", &retract(NODE, "c1"));
    assert_eq!(talk.reads(NURSE, NODE), ["p1"]);
}

#[test]
fn several_items_are_taken_away_or_none() {
    let mut talk = Talk::with_balcony();
    for id in ["a", "b", "c"] {
        talk.post(JULIET, NODE, id, "<content>x</content>");
    }
    let both = |one: &str, other: &str| {
        pubsub(&format!("<retract node='{NODE}'><item id='{one}'/><item id='{other}'/></retract>"))
    };
    assert_eq!(talk.refused(JULIET, "set", &both("a", "x")), "item-not-found");
    talk.done(JULIET, "set", &both("a", "b"));
    assert_eq!(talk.reads("mercutio@plain.lit/m", NODE), ["c"]);
}

#[test]
fn plain_clients_count_what_they_see() {
    let mut talk = Talk::with_balcony();
    for number in 0..5 {
        talk.post(JULIET, NODE, &format!("p{number}"), "<content>x</content>");
    }
    for gone in ["p4", "p3"] {
        talk.done(JULIET, "set", &retract(NODE, gone));
    }
    let newest = pubsub(&format!("<items node='{NODE}' max_items='1'/>"));
    assert!(talk.done("mercutio@plain.lit/m", "get", &newest).contains("id='p2'"));
    let page = pubsub(&format!("<items node='{NODE}'/>{}", rsm("<max>2</max><before/>")));
    let page = talk.done("mercutio@plain.lit/m", "get", &page);
    assert!(page.contains("<count>3</count>") && page.contains("<first index='1'>p1</first>"), "{page}");
}

#[test]
fn one_account_has_clients_of_both_kinds() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>x</content>");
    talk.post(JULIET, NODE, "p2", "<content>x</content>");
    let movim = "nurse@capulet.lit/movim";
    assert_eq!(talk.reads(NURSE, NODE), ["p2", "p1"]);
    assert_eq!(talk.reads(movim, NODE), ["p1", "p2"], "oldest first, as plain clients expect");
    talk.done(movim, "set", &subscribe(NODE, "nurse@capulet.lit"));
    talk.sent.clear();
    talk.post(JULIET, NODE, "p3", "<content>x</content>");
    assert!(talk.heard(NURSE).concat().contains("acct:juliet@capulet.lit"));
    assert!(talk.heard("nurse@capulet.lit").concat().contains("xmpp:juliet@capulet.lit"));
}

#[test]
fn ids_elsewhere_are_no_business_of_a_channel() {
    let mut talk = Talk::with_balcony();
    let status = "/user/juliet@capulet.lit/status";
    talk.post(JULIET, status, "1", "<content>reading</content>");
    talk.post(JULIET, NODE, "1", "<content>x</content>");
    assert_eq!(
        talk.refused(NURSE, "set", &publish("/user/nurse@capulet.lit/posts", "1", "<content>y</content>")),
        "conflict"
    );
}

#[test]
fn every_request_gets_an_answer() {
    let mut talk = Talk::with_balcony();
    talk.say("<iq type='get' from='paris@capulet.lit/1' to='x@channels.capulet.lit' id='q'><ping xmlns='urn:xmpp:ping'/></iq>");
    let answer = talk.sent.pop().unwrap();
    assert_eq!((answer.attr("type"), answer.attr("from")), (Some("error"), Some("x@channels.capulet.lit")));
    let strange = pubsub(&format!("<items node='{NODE}'/><order xmlns='urn:xmpp:order-by:1' field='creation'/>"));
    talk.done(PARIS, "get", &strange);
    let early = "<create node='urn:xmpp:microblog:0:comments/not-there-yet'/>";
    talk.done(PARIS, "set", &pubsub(early));
}

#[test]
fn co_owners_share_the_status() {
    let mut talk = Talk::with_balcony();
    let status = "/user/balcony@topics.capulet.lit/status";
    talk.done(JULIET, "set", &role(NODE, "nurse@capulet.lit", "owner"));
    talk.post(JULIET, status, "1", "<content>open</content>");
    talk.post(NURSE, status, "1", "<content>closed</content>");
}
