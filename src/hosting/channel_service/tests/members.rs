//! Access is the channel's: who is out is out of every node, and who is in is in.

use super::talk::{NODE, Talk, answering, configure, owner, pubsub, role, state, subscribe};

const JULIET: &str = "juliet@capulet.lit/bc";
const NURSE: &str = "nurse@capulet.lit/bc";
const TYBALT: &str = "tybalt@capulet.lit/bc";
const PARIS: &str = "paris@capulet.lit/bc";
const STATUS: &str = "/user/balcony@topics.capulet.lit/status";
const EXPIRE: &str = "<options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>\
    http://jabber.org/protocol/pubsub#subscribe_options</value></field><field var='pubsub#expire'>\
    <value>presence</value></field></x></options>";

fn unsubscribe(node: &str, jid: &str) -> String {
    pubsub(&format!("<unsubscribe node='{node}' jid='{jid}'/>"))
}

fn close(talk: &mut Talk) {
    talk.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "authorize"));
    talk.sent.clear();
}

/// What somebody hears when Juliet posts and says how she is.
fn hears(talk: &mut Talk, who: &str) -> usize {
    let id = format!("p{}", talk.now);
    talk.sent.clear();
    talk.post(JULIET, NODE, &id, "<content>x</content>");
    talk.post(JULIET, STATUS, &id, "<content>y</content>");
    let bare = who.split('/').next().unwrap();
    talk.heard(who).len() + talk.heard(bare).len()
}

#[test]
fn strangers_do_not_learn_who_is_banned() {
    let mut talk = Talk::with_balcony();
    talk.done(JULIET, "set", &role(NODE, "mercutio@capulet.lit", "outcast"));
    let (mut after, mut all) = (String::new(), String::new());
    for _ in 0..5 {
        let set = format!("<set xmlns='http://jabber.org/protocol/rsm'><max>1</max>{after}</set>");
        let list = format!("<affiliations node='{NODE}'/>{set}");
        let answer = talk.done(PARIS, "get", &owner(&list));
        all.push_str(&answer);
        let Some(last) = answer.split("<last>").nth(1).and_then(|rest| rest.split('<').next()) else { break };
        after = format!("<after>{last}</after>");
    }
    assert!(all.contains("juliet") && all.contains("nurse") && !all.contains("mercutio"), "{all}");
}

#[test]
fn who_is_removed_from_a_private_channel_is_out_of_all_of_it() {
    for from in [NODE, STATUS] {
        let mut talk = Talk::with_balcony();
        talk.done(NURSE, "set", &subscribe(STATUS, "nurse@capulet.lit"));
        close(&mut talk);
        assert_eq!(hears(&mut talk, NURSE), 2, "members stay in when a channel closes");
        talk.done(JULIET, "set", &state(from, "nurse@capulet.lit", "none"));
        assert_eq!(hears(&mut talk, NURSE), 0, "removed at {from}");
        let items = pubsub(&format!("<items node='{STATUS}'/>"));
        assert_eq!(talk.refused(NURSE, "get", &items), "forbidden closed-node");
    }
    let mut talk = Talk::with_balcony();
    talk.done(NURSE, "set", &subscribe(STATUS, "nurse@capulet.lit"));
    close(&mut talk);
    talk.done(NURSE, "set", &unsubscribe(NODE, "nurse@capulet.lit"));
    assert_eq!(hears(&mut talk, NURSE), 0, "who leaves the posts of a private channel leaves it");
}

#[test]
fn a_channel_that_closes_tells_strangers_nothing_more() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>x</content>");
    let thread = "urn:xmpp:microblog:0:comments/p1";
    for (who, node) in [(PARIS, NODE), ("x@anon.capulet.lit/1", NODE)] {
        talk.online(who);
        talk.done(who, "set", &pubsub(&format!("<subscribe node='{node}'/>{EXPIRE}")));
    }
    talk.done(TYBALT, "set", &subscribe(thread, "tybalt@capulet.lit"));
    close(&mut talk);
    assert_eq!(hears(&mut talk, PARIS), 0);
    assert_eq!(hears(&mut talk, "x@anon.capulet.lit/1"), 0);
    talk.sent.clear();
    talk.post(NURSE, NODE, "c1", &answering("p1"));
    assert_eq!(talk.heard("tybalt@capulet.lit").len() + talk.heard(TYBALT).len(), 0);
    let looks_in = pubsub(&format!("<subscribe node='{NODE}'/>{EXPIRE}"));
    assert_eq!(talk.refused(PARIS, "set", &looks_in), "forbidden closed-node");
    let own = talk.done(PARIS, "get", &pubsub("<subscriptions/>"));
    assert!(!own.contains("balcony"), "nobody waits to look in: {own}");
}

#[test]
fn who_follows_all_nodes_is_asked_about_once_and_let_in_everywhere() {
    let mut talk = Talk::with_balcony();
    close(&mut talk);
    talk.online(TYBALT);
    talk.done(TYBALT, "set", &subscribe(NODE, "tybalt@capulet.lit"));
    talk.done(TYBALT, "set", &subscribe(STATUS, "tybalt@capulet.lit"));
    let forms = talk.heard(JULIET).into_iter().filter(|one| one.contains("subscribe_authorization")).count();
    assert_eq!(forms, 1);
    talk.done(JULIET, "set", &state(NODE, "tybalt@capulet.lit", "subscribed"));
    assert_eq!(hears(&mut talk, TYBALT), 2);
    let pending = talk.done(JULIET, "get", &owner(&format!("<subscriptions node='{STATUS}'/>")));
    assert!(!pending.contains("pending"), "{pending}");

    talk.online(PARIS);
    talk.done(PARIS, "set", &subscribe(NODE, "paris@capulet.lit"));
    talk.done(JULIET, "set", &role(NODE, "paris@capulet.lit", "publisher"));
    assert_eq!(hears(&mut talk, PARIS), 1, "a role lets in who waited");

    talk.done("rosaline@capulet.lit/1", "set", &subscribe(STATUS, "rosaline@capulet.lit"));
    talk.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "open"));
    assert_eq!(hears(&mut talk, "rosaline@capulet.lit/1"), 1, "an open channel lets everybody in who waited");
}

#[test]
fn nobody_is_made_a_follower() {
    let mut talk = Talk::with_balcony();
    close(&mut talk);
    talk.done(JULIET, "set", &state(NODE, "tybalt@capulet.lit", "invited"));
    let approve = state(NODE, "tybalt@capulet.lit", "subscribed");
    assert_eq!(talk.refused(JULIET, "set", &approve), "unexpected-request");
    assert_eq!(talk.refused(JULIET, "set", &state(NODE, "paris@capulet.lit", "subscribed")), "unexpected-request");
    assert_eq!(hears(&mut talk, TYBALT), 0);
    for number in 0..49 {
        talk.done(JULIET, "set", &state(NODE, &format!("guest{number}@capulet.lit"), "invited"));
    }
    let more = state(NODE, "guest49@capulet.lit", "invited");
    assert_eq!(talk.refused(JULIET, "set", &more), "resource-constraint");
}

#[test]
fn a_form_that_is_put_away_late_removes_nobody() {
    let mut talk = Talk::with_balcony();
    close(&mut talk);
    talk.say(&format!(
        "<message from='{JULIET}' to='channels.capulet.lit'><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#subscribe_authorization</value></field>\
         <field var='pubsub#node'><value>{NODE}</value></field><field var='pubsub#subscriber_jid'>\
         <value>nurse@capulet.lit</value></field><field var='pubsub#allow'><value>false</value></field></x></message>"
    ));
    assert_eq!(hears(&mut talk, NURSE), 1);
}

#[test]
fn whom_somebody_follows_in_private_is_not_told() {
    let mut talk = Talk::with_balcony();
    let list = pubsub("<items node='/user/nurse@capulet.lit/subscriptions'/>");
    assert!(talk.done(PARIS, "get", &list).contains(NODE));
    close(&mut talk);
    assert!(!talk.done(PARIS, "get", &list).contains(NODE), "a channel that closed");
    talk.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "open"));
    assert!(talk.done(PARIS, "get", &list).contains(NODE));
    talk.done(JULIET, "set", &role(NODE, "nurse@capulet.lit", "outcast"));
    assert!(!talk.done(PARIS, "get", &list).contains(NODE), "a channel that banned them");
}

#[test]
fn nobody_is_thrown_out_of_their_own_channel() {
    let mut talk = Talk::with_balcony();
    let own = "/user/juliet@capulet.lit/posts";
    talk.done(JULIET, "set", &role(own, "nurse@capulet.lit", "owner"));
    for to in ["outcast", "none", "moderator"] {
        assert_eq!(talk.refused(NURSE, "set", &role(own, "juliet@capulet.lit", to)), "not-allowed");
    }
}

#[test]
fn lists_have_no_holes() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>x</content>");
    close(&mut talk);
    // Who waits stands before those who follow, in the order of addresses.
    talk.done("aaron@capulet.lit/1", "set", &subscribe(NODE, "aaron@capulet.lit"));
    let (mut after, mut all) = (String::new(), String::new());
    for _ in 0..5 {
        let set = format!("<set xmlns='http://jabber.org/protocol/rsm'><max>1</max>{after}</set>");
        let answer = talk.done(NURSE, "get", &owner(&format!("<subscriptions node='{NODE}'/>{set}")));
        all.push_str(&answer);
        let Some(last) = answer.split("<last>").nth(1).and_then(|rest| rest.split('<').next()) else { break };
        after = format!("<after>{last}</after>");
    }
    assert!(all.contains("juliet") && all.contains("nurse") && !all.contains("aaron"), "{all}");
    // Threads that one listens to are no follows, and do not break the list of these.
    talk.done(NURSE, "set", &subscribe("urn:xmpp:microblog:0:comments/p1", "nurse@capulet.lit"));
    let own = talk.done(NURSE, "get", &pubsub("<subscriptions/>"));
    assert!(own.contains(NODE) && !own.contains("comments/"), "{own}");
}

#[test]
fn following_the_status_makes_no_follower() {
    let mut talk = Talk::with_balcony();
    talk.done(PARIS, "set", &subscribe(STATUS, "paris@capulet.lit"));
    let write = super::talk::publish(NODE, "x", "<content>x</content>");
    assert_eq!(talk.refused(PARIS, "set", &write), "forbidden");
    talk.done(PARIS, "set", &subscribe(NODE, "paris@capulet.lit/bc"));
    talk.done(PARIS, "set", &write);
    talk.done(PARIS, "set", &unsubscribe(NODE, "paris@capulet.lit/bc"));
    assert_eq!(talk.refused(PARIS, "set", &write), "forbidden", "who leaves by the full address leaves");
}

#[test]
fn who_gets_an_address_later_inherits_nothing() {
    let mut talk = Talk::with_balcony();
    talk.done(JULIET, "set", &role(NODE, "nurse@capulet.lit", "moderator"));
    talk.done(NURSE, "set", "<query xmlns='jabber:iq:register'><remove/></query>");
    assert_eq!(talk.refused(NURSE, "set", &configure(NODE, "pubsub#title", "Mine")), "forbidden");
    talk.done(JULIET, "set", "<query xmlns='jabber:iq:register'><remove/></query>");
    talk.done(JULIET, "set", &configure(NODE, "pubsub#title", "Still mine"));
}

#[test]
fn strangers_presence_is_not_kept() {
    let mut talk = Talk::with_balcony();
    for number in 0..50 {
        talk.online(&format!("s{number}@elsewhere.lit/1"));
    }
    talk.sent.clear();
    talk.service.begin().unwrap();
    talk.service.connected(talk.now).unwrap();
    talk.service.commit().unwrap();
    talk.collect();
    let pings = talk.sent.iter().filter(|one| one.attr("to").is_some_and(|to| to.contains("elsewhere"))).count();
    assert_eq!(pings, 0);
}

#[test]
fn a_node_of_listeners_goes_with_the_last_one() {
    let mut talk = Talk::with_balcony();
    for number in 0..60 {
        talk.post(JULIET, NODE, &format!("p{number}"), "<content>x</content>");
        let thread = format!("urn:xmpp:microblog:0:comments/p{number}");
        talk.done(TYBALT, "set", &subscribe(&thread, "tybalt@capulet.lit"));
    }
    talk.done(JULIET, "set", &pubsub("<create node='/user/balcony@topics.capulet.lit/x-notes'/>"));
    for number in 0..60 {
        let thread = format!("urn:xmpp:microblog:0:comments/p{number}");
        talk.done(TYBALT, "set", &unsubscribe(&thread, "tybalt@capulet.lit"));
    }
    let own = talk.done(TYBALT, "get", &pubsub("<subscriptions/>"));
    assert!(!own.contains("comments"), "{own}");
}
