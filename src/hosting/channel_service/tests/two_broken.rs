//! Two services whose wire breaks at the wrong moment: what was lost is found, and what ended has ended.

use super::talk::{NODE, configure, owner, publish, pubsub, role, subscribe};
use super::two::{Pair, carry};

const JULIET: &str = "juliet@capulet.lit/bc";
const ROMEO: &str = "romeo@montague.lit/bc";
const BENVOLIO: &str = "benvolio@montague.lit/bc";

/// What Montague has for Capulet arrives, and nothing comes back.
fn one_way(pair: &mut Pair) {
    for stanza in std::mem::take(&mut pair.montague.sent) {
        let target = stanza.attr("to").unwrap().to_owned();
        if target.ends_with("capulet.lit") {
            carry(&stanza, &target, &mut pair.montague, &mut pair.capulet);
        } else {
            pair.montague.sent.push(stanza);
        }
    }
    pair.capulet.sent.clear();
}

/// Both are there again.
fn reconnect(pair: &mut Pair) {
    pair.is_joined = true;
    for talk in [&mut pair.capulet, &mut pair.montague] {
        talk.service.begin().unwrap();
        talk.service.connected(talk.now).unwrap();
        talk.service.commit().unwrap();
        talk.collect();
    }
    pair.settle();
    for _ in 0..6 {
        pair.tick(1_000);
    }
}

/// Romeo follows the balcony; its service is known.
fn follower() -> Pair {
    let mut pair = Pair::new();
    pair.montague_asks(ROMEO, "set", &subscribe(NODE, "romeo@montague.lit"));
    for _ in 0..3 {
        pair.tick(1_000);
    }
    pair.montague.sent.clear();
    pair
}

fn follows(pair: &mut Pair, who: &str) -> String {
    pair.montague_asks(who, "get", &pubsub("<subscriptions/>"))
}

#[test]
fn a_follow_whose_answer_is_lost_is_found() {
    let mut pair = follower();
    let ask = subscribe(NODE, "benvolio@montague.lit");
    pair.montague.say(&format!("<iq type='set' from='{BENVOLIO}' to='channels.montague.lit' id='q'>{ask}</iq>"));
    one_way(&mut pair);
    pair.is_joined = false;
    pair.tick(21_000);
    assert!(pair.montague.heard(BENVOLIO).concat().contains("remote-server-timeout"));
    assert!(!follows(&mut pair, BENVOLIO).contains(NODE), "it is not known yet");
    reconnect(&mut pair);
    let own = follows(&mut pair, BENVOLIO);
    assert!(own.contains(NODE) && own.contains("subscription='subscribed'"), "{own}");
    assert!(pair.montague.heard(BENVOLIO).concat().contains("subscription='subscribed'"), "and it is told");
}

#[test]
fn who_was_banned_unheard_reads_no_copy() {
    let mut pair = follower();
    pair.capulet.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "authorize"));
    pair.settle();
    pair.is_joined = false;
    pair.capulet.done(JULIET, "set", &role(NODE, "romeo@montague.lit", "outcast"));
    pair.settle();
    pair.is_joined = true;
    for _ in 0..4 {
        pair.tick(31 * 60 * 1_000);
    }
    assert!(!follows(&mut pair, ROMEO).contains(NODE));
    assert!(pair.montague.heard(ROMEO).concat().contains("subscription='none'"), "and knows");
    let recent = pubsub("<recent-items xmlns='http://buddycloud.org/v1' since='1970-01-01T00:00:00Z' max='9'/>");
    assert!(!pair.montague_asks(ROMEO, "get", &recent).contains("<item"));
}

#[test]
fn a_copy_is_read_while_its_service_is_away() {
    let mut pair = follower();
    pair.capulet.post(JULIET, NODE, "p1", "<content>before the storm</content>");
    pair.settle();
    pair.is_joined = false;
    let items = pubsub(&format!("<items node='{NODE}'/>"));
    for (who, id) in [(ROMEO, "r"), (BENVOLIO, "b")] {
        pair.montague.say(&format!("<iq type='get' from='{who}' to='channels.montague.lit' id='{id}'>{items}</iq>"));
    }
    pair.tick(21_000);
    assert!(pair.montague.heard(ROMEO).concat().contains("before the storm"));
    let write = publish(NODE, "p2", "<content>x</content>");
    pair.montague.say(&format!("<iq type='set' from='{ROMEO}' to='channels.montague.lit' id='w'>{write}</iq>"));
    pair.tick(21_000);
    assert!(pair.montague.heard(ROMEO).concat().contains("remote-server-timeout"), "nothing is written into a copy");
}

#[test]
fn long_lists_are_read_page_by_page() {
    let mut pair = follower();
    for number in 0..150 {
        let node = format!("/user/c{number}@topics.capulet.lit/posts");
        pair.capulet.done(JULIET, "set", &pubsub(&format!("<create node='{node}'/>")));
        pair.montague_asks(ROMEO, "set", &subscribe(&node, "romeo@montague.lit"));
    }
    pair.montague.sent.clear();
    reconnect(&mut pair);
    for _ in 0..20 {
        pair.tick(1_000);
    }
    let own = follows(&mut pair, ROMEO);
    let missing = (0..150).filter(|number| !own.contains(&format!("/user/c{number}@topics.capulet.lit/posts"))).count();
    assert_eq!(missing, 0);
    assert!(!pair.montague.heard(ROMEO).concat().contains("subscription='none'"), "nobody was told of an end");
}

#[test]
fn a_moderator_of_another_domain_answers_the_form() {
    let mut pair = follower();
    pair.capulet.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "authorize"));
    pair.capulet.done(JULIET, "set", &role(NODE, "romeo@montague.lit", "moderator"));
    pair.settle();
    pair.montague.sent.clear();
    let tybalt = "tybalt@capulet.lit/bc";
    pair.capulet.done(tybalt, "set", &subscribe(NODE, "tybalt@capulet.lit"));
    pair.settle();
    assert!(pair.montague.heard(ROMEO).concat().contains("subscribe_authorization"));
    pair.montague.say(&format!(
        "<message from='{ROMEO}' to='channels.montague.lit'><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#subscribe_authorization</value></field>\
         <field var='pubsub#node'><value>{NODE}</value></field><field var='pubsub#subscriber_jid'>\
         <value>tybalt@capulet.lit</value></field><field var='pubsub#allow'><value>true</value></field></x></message>"
    ));
    pair.settle();
    pair.capulet.done(tybalt, "get", &pubsub(&format!("<items node='{NODE}'/>")));
}

#[test]
fn who_only_waits_hears_that_a_channel_is_gone() {
    let mut pair = Pair::new();
    pair.capulet.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "authorize"));
    pair.montague_asks(ROMEO, "set", &subscribe(NODE, "romeo@montague.lit"));
    assert!(follows(&mut pair, ROMEO).contains("subscription='pending'"));
    pair.capulet.done(JULIET, "set", &owner(&format!("<delete node='{NODE}'/>")));
    pair.settle();
    assert!(!follows(&mut pair, ROMEO).contains(NODE));
}

#[test]
fn one_service_does_not_fill_the_list_of_those_who_wait() {
    let mut pair = Pair::new();
    pair.capulet.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "authorize"));
    let mut refused = 0;
    for number in 0..120 {
        let who = format!("m{number}@montague.lit");
        let answer = pair.montague_asks(&format!("{who}/1"), "set", &subscribe(NODE, &who));
        refused += usize::from(answer.contains("resource-constraint"));
    }
    assert_eq!(refused, 20);
    pair.capulet.done("paris@capulet.lit/1", "set", &subscribe(NODE, "paris@capulet.lit"));
}
