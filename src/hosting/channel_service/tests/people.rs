//! Following, approval, invitations, roles and bans.

use super::talk::{NODE, Talk, configure, owner, publish, pubsub, role, state, subscribe};

const JULIET: &str = "juliet@capulet.lit/bc";
const NURSE: &str = "nurse@capulet.lit/bc";
const TYBALT: &str = "tybalt@capulet.lit/bc";

fn private() -> Talk {
    let mut talk = Talk::with_balcony();
    talk.done(JULIET, "set", &configure(NODE, "pubsub#access_model", "authorize"));
    talk.online(TYBALT);
    talk.sent.clear();
    talk
}

#[test]
fn who_asks_to_follow_waits_for_a_moderator() {
    let mut talk = private();
    let items = pubsub(&format!("<items node='{NODE}'/>"));
    assert_eq!(talk.refused(TYBALT, "get", &items), "forbidden closed-node");
    let answer = talk.done(TYBALT, "set", &subscribe(NODE, "tybalt@capulet.lit"));
    assert!(answer.contains("subscription='pending'"), "{answer}");
    let asked = talk.heard(JULIET);
    assert!(asked.iter().any(|one| one.contains("subscribe_authorization")), "{asked:?}");
    assert!(asked.iter().any(|one| one.contains("subscription='pending'")), "{asked:?}");
    let told = talk.heard(TYBALT);
    assert!(!told.concat().contains("subscribe_authorization"), "not the one who waits: {told:?}");
    assert_eq!(talk.heard(NURSE), Vec::<String>::new(), "and not plain followers");
    assert_eq!(talk.refused(TYBALT, "get", &items), "not-authorized pending-subscription");
    let pending = owner(&format!("<subscriptions node='{NODE}'/>"));
    assert!(talk.done(JULIET, "get", &pending).contains("pending"));
    assert!(!talk.done(NURSE, "get", &pending).contains("tybalt"), "who waits is not everybody's business");
    assert_eq!(talk.refused(NURSE, "set", &state(NODE, "tybalt@capulet.lit", "subscribed")), "forbidden");
    talk.done(JULIET, "set", &state(NODE, "tybalt@capulet.lit", "subscribed"));
    let told = talk.heard(TYBALT).concat();
    assert!(told.contains("subscription='subscribed'") && told.contains("affiliation='publisher'"), "{told}");
    talk.done(TYBALT, "get", &items);
}

#[test]
fn the_form_can_be_answered_too() {
    let mut talk = private();
    talk.done(TYBALT, "set", &subscribe(NODE, "tybalt@capulet.lit"));
    let answer = |who: &str, allow: &str| {
        format!(
            "<message from='{who}' to='channels.capulet.lit'><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#subscribe_authorization</value></field>\
             <field var='pubsub#node'><value>{NODE}</value></field><field var='pubsub#subscriber_jid'>\
             <value>tybalt@capulet.lit</value></field><field var='pubsub#allow'><value>{allow}</value></field></x></message>"
        )
    };
    let items = pubsub(&format!("<items node='{NODE}'/>"));
    talk.say(&answer(TYBALT, "true"));
    talk.say(&answer(NURSE, "true"));
    let waits = talk.refused(TYBALT, "get", &items);
    assert_eq!(waits, "not-authorized pending-subscription", "that was not theirs to say");
    talk.say(&answer(JULIET, "false"));
    assert_eq!(talk.refused(TYBALT, "get", &items), "forbidden closed-node", "denied");
    talk.done(TYBALT, "set", &subscribe(NODE, "tybalt@capulet.lit"));
    talk.say(&answer(JULIET, "true"));
    talk.done(TYBALT, "get", &items);
}

#[test]
fn who_is_invited_is_in_by_following() {
    let mut talk = private();
    talk.done(JULIET, "set", &state(NODE, "tybalt@capulet.lit", "invited"));
    let told = talk.heard(TYBALT).concat();
    assert!(told.contains("invited-by='juliet@capulet.lit'"), "{told}");
    let own = talk.done(TYBALT, "get", &pubsub("<subscriptions/>"));
    assert!(own.contains("subscription='invited'"), "{own}");
    let items = pubsub(&format!("<items node='{NODE}'/>"));
    assert_eq!(talk.refused(TYBALT, "get", &items), "forbidden closed-node", "not before");
    let answer = talk.done(TYBALT, "set", &subscribe(NODE, "tybalt@capulet.lit"));
    assert!(answer.contains("subscription='subscribed'"), "{answer}");
    talk.done(TYBALT, "get", &items);
    talk.done(TYBALT, "set", &pubsub(&format!("<unsubscribe node='{NODE}' jid='tybalt@capulet.lit'/>")));
    assert_eq!(talk.refused(TYBALT, "get", &items), "forbidden closed-node");
}

#[test]
fn the_banned_are_out_and_only_moderators_see_them() {
    let mut talk = Talk::with_balcony();
    talk.online(TYBALT);
    talk.done(TYBALT, "set", &subscribe(NODE, "tybalt@capulet.lit"));
    talk.done(JULIET, "set", &role(NODE, "nurse@capulet.lit", "moderator"));
    talk.sent.clear();
    talk.done(NURSE, "set", &role(NODE, "tybalt@capulet.lit", "outcast"));
    assert!(talk.heard(TYBALT).concat().contains("affiliation='outcast'"));
    talk.sent.clear();
    for (kind, request) in [
        ("get", pubsub(&format!("<items node='{NODE}'/>"))),
        ("set", subscribe(NODE, "tybalt@capulet.lit")),
        ("set", publish(NODE, "t1", "<content>x</content>")),
        ("get", owner(&format!("<affiliations node='{NODE}'/>"))),
    ] {
        assert_eq!(talk.refused(TYBALT, kind, &request), "forbidden", "{request}");
    }
    talk.post(JULIET, NODE, "p1", "<content>x</content>");
    assert_eq!(talk.heard(TYBALT), Vec::<String>::new());
    assert_eq!(talk.heard("tybalt@capulet.lit"), Vec::<String>::new());
    let list = owner(&format!("<affiliations node='{NODE}'/>"));
    assert!(talk.done(NURSE, "get", &list).contains("outcast"));
    assert!(!talk.done("paris@capulet.lit/1", "get", &list).contains("tybalt"));
    assert_eq!(talk.refused(NURSE, "set", &role(NODE, "juliet@capulet.lit", "outcast")), "forbidden");
    assert_eq!(talk.refused(NURSE, "set", &role(NODE, "paris@capulet.lit", "moderator")), "forbidden");
    assert_eq!(
        talk.refused(NURSE, "set", &role(NODE, "nurse@capulet.lit", "member")),
        "not-allowed can-not-modify-own-affiliation"
    );
    let info = format!("<query xmlns='http://jabber.org/protocol/disco#info' node='{NODE}'/>");
    talk.done(TYBALT, "get", &info);
}

#[test]
fn nobody_subscribes_another() {
    let mut talk = Talk::with_balcony();
    assert_eq!(talk.refused(TYBALT, "set", &subscribe(NODE, "paris@capulet.lit")), "bad-request invalid-jid");
    assert_eq!(talk.refused("x@anon.capulet.lit/1", "set", &subscribe(NODE, "x@anon.capulet.lit")), "not-allowed");
    let own = pubsub("<unsubscribe node='/user/juliet@capulet.lit/posts' jid='juliet@capulet.lit'/>");
    assert_eq!(talk.refused(JULIET, "set", &own), "not-allowed");
}

#[test]
fn a_guest_listens_while_it_is_there() {
    let mut talk = Talk::with_balcony();
    let guest = "x@anon.capulet.lit/1";
    let expire = "<options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>\
                  http://jabber.org/protocol/pubsub#subscribe_options</value></field><field var='pubsub#expire'>\
                  <value>presence</value></field></x></options>";
    talk.online(guest);
    talk.done(guest, "set", &pubsub(&format!("<subscribe node='{NODE}'/>{expire}")));
    talk.sent.clear();
    talk.post(JULIET, NODE, "p1", "<content>x</content>");
    assert_eq!(talk.heard(guest).len(), 1);
    talk.say(&format!("<presence type='unavailable' from='{guest}' to='channels.capulet.lit'/>"));
    talk.sent.clear();
    talk.post(JULIET, NODE, "p2", "<content>x</content>");
    assert!(talk.sent.iter().all(|one| !one.attr("to").unwrap().contains("anon")));
    assert_eq!(talk.refused(guest, "set", &publish(NODE, "g", "<content>x</content>")), "not-allowed");
}

#[test]
fn what_somebody_follows_is_told_in_their_channel() {
    let mut talk = Talk::with_balcony();
    let list = talk.done(JULIET, "get", &pubsub("<items node='/user/nurse@capulet.lit/subscriptions'/>"));
    assert!(list.contains("id='balcony@topics.capulet.lit'") && list.contains(NODE), "{list}");
    let forged = publish("/user/nurse@capulet.lit/subscriptions", "x", "<content>x</content>");
    assert_eq!(talk.refused(NURSE, "set", &forged), "not-allowed");
}
