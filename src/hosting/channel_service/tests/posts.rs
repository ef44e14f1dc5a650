//! Posts, comments, ratings, pages, questions across channels.

use super::talk::{NODE, Talk, answering, publish, pubsub, retract, role};

const JULIET: &str = "juliet@capulet.lit/bc";
const NURSE: &str = "nurse@capulet.lit/bc";

#[test]
fn a_post_reaches_those_who_follow_and_nobody_else() {
    let mut talk = Talk::with_balcony();
    talk.online("tybalt@capulet.lit/x");
    talk.post(JULIET, NODE, "p1", "<content>O Romeo</content>");
    let heard = talk.heard(NURSE);
    assert_eq!(heard.len(), 1);
    assert!(
        heard[0].contains("id='p1'") && heard[0].contains("O Romeo") && heard[0].contains("acct:juliet@capulet.lit")
    );
    assert_eq!(talk.heard(JULIET).len(), 1, "who posts hears it, too");
    assert_eq!(talk.sent, [], "nobody else");
    talk.say("<presence type='unavailable' from='nurse@capulet.lit/bc' to='channels.capulet.lit'/>");
    talk.post(JULIET, NODE, "p2", "<content>Wherefore</content>");
    assert_eq!(talk.heard("nurse@capulet.lit").len(), 1, "away: at the bare address");
}

#[test]
fn ids_are_given_once_and_only_the_author_changes_a_post() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>one</content>");
    let edit = publish(NODE, "p1", "<content>two</content>");
    assert_eq!(talk.refused(NURSE, "set", &edit), "forbidden");
    talk.done(JULIET, "set", &role(NODE, "nurse@capulet.lit", "moderator"));
    assert_eq!(talk.refused(NURSE, "set", &edit), "forbidden", "not even a moderator");
    let elsewhere = publish("/user/nurse@capulet.lit/posts", "p1", "<content>squatter</content>");
    assert_eq!(talk.refused(NURSE, "set", &elsewhere), "conflict");
    talk.done(JULIET, "set", &edit);
    assert_eq!(talk.reads(JULIET, NODE), ["p1"]);
    talk.done(JULIET, "set", &retract(NODE, "p1"));
    assert_eq!(talk.refused(JULIET, "set", &edit), "conflict", "what is deleted stays so");
}

#[test]
fn comments_have_one_level_and_go_with_their_post() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>parent</content>");
    talk.post(NURSE, NODE, "c1", &answering("p1"));
    assert_eq!(
        talk.refused(NURSE, "set", &publish(NODE, "c2", &answering("c1"))),
        "not-acceptable max-thread-depth-exceeded"
    );
    assert_eq!(
        talk.refused(NURSE, "set", &publish(NODE, "c2", &answering("nothing"))),
        "not-acceptable parent-item-not-found"
    );
    assert_eq!(talk.reads(NURSE, NODE), ["c1", "p1"], "newest first");
    let replies = talk.done(
        NURSE,
        "get",
        &pubsub(&format!("<replies xmlns='http://buddycloud.org/v1' node='{NODE}' item_id='p1'/>")),
    );
    assert!(replies.contains("id='c1'") && !replies.contains("id='p1'"), "{replies}");
    let threads =
        talk.done(NURSE, "get", &pubsub(&format!("<threads xmlns='http://buddycloud.org/v1' node='{NODE}'/>")));
    assert!(threads.find("id='c1'").unwrap() < threads.rfind("id='p1'").unwrap(), "the post comes last: {threads}");
    assert_eq!(talk.refused(NURSE, "set", &retract(NODE, "p1")), "forbidden");
    talk.sent.clear();
    talk.done(JULIET, "set", &retract(NODE, "p1"));
    let heard = talk.heard(NURSE);
    assert!(heard[0].contains("<retract id='c1'"), "the reply goes first: {heard:?}");
    assert!(heard[1].contains("<retract id='p1'") && heard[1].contains("deleted-entry"), "{heard:?}");
    let left = talk.done(JULIET, "get", &pubsub(&format!("<items node='{NODE}'/>")));
    assert!(left.contains("deleted-entry") && !left.contains("parent"), "{left}");
}

#[test]
fn a_rating_is_given_once() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>parent</content>");
    let rating = |id: &str| {
        let target = "<target xmlns='http://activitystrea.ms/spec/1.0/'><id xmlns='http://www.w3.org/2005/Atom'>p1</id></target>";
        let stars = "<rating xmlns='http://activitystrea.ms/schema/1.0/review'>4.0</rating>";
        publish(NODE, id, &format!("{}{target}{stars}", answering("p1")))
    };
    talk.done(NURSE, "set", &rating("r1"));
    assert_eq!(talk.refused(NURSE, "set", &rating("r2")), "not-acceptable item-already-rated");
    talk.done(NURSE, "set", &retract(NODE, "r1"));
    talk.done(NURSE, "set", &rating("r3"));
}

#[test]
fn pages_go_both_ways() {
    let mut talk = Talk::with_balcony();
    for number in 0..5 {
        talk.post(JULIET, NODE, &format!("p{number}"), "<content>x</content>");
    }
    let mut page = |inside: &str| {
        let set = format!("<set xmlns='http://jabber.org/protocol/rsm'><max>2</max>{inside}</set>");
        let answer = talk.done(NURSE, "get", &pubsub(&format!("<items node='{NODE}'/>{set}")));
        let ids: Vec<String> =
            (0..5).map(|n| format!("p{n}")).filter(|id| answer.contains(&format!("<item id='{id}'"))).collect();
        assert!(answer.contains("<count>5</count>"), "{answer}");
        ids.join("")
    };
    assert_eq!(page(""), "p3p4");
    assert_eq!(page("<after>p3</after>"), "p1p2");
    assert_eq!(page("<before>p0</before>"), "p1p2");
    assert_eq!(page("<before/>"), "p0p1");
    let nowhere = "<set xmlns='http://jabber.org/protocol/rsm'><after>nothing</after></set>";
    assert_eq!(talk.refused(NURSE, "get", &pubsub(&format!("<items node='{NODE}'/>{nowhere}"))), "item-not-found");
}

#[test]
fn questions_across_channels() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>Verona is fair</content>");
    talk.post(NURSE, "/user/nurse@capulet.lit/posts", "n1", "<content>My bones ache</content>");
    let recent =
        |since: &str| pubsub(&format!("<recent-items xmlns='http://buddycloud.org/v1' since='{since}' max='10'/>"));
    let answer = talk.done(NURSE, "get", &recent("1970-01-01T00:00:00Z"));
    assert!(answer.contains("id='p1'") && answer.contains("id='n1'"), "{answer}");
    assert!(
        !talk.done(JULIET, "get", &recent("1970-01-01T00:00:00Z")).contains("id='n1'"),
        "she does not follow Nurse"
    );
    assert!(!talk.done(NURSE, "get", &recent("2030-01-01T00:00:00Z")).contains("id='p1'"));
    let no_since = pubsub("<recent-items xmlns='http://buddycloud.org/v1' max='3'/>");
    assert_eq!(talk.refused(NURSE, "get", &no_since), "bad-request since-required");
    let search = |field: &str, words: &str| {
        format!(
            "<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='submit'><field var='{field}'><value>{words}</value></field></x></query>"
        )
    };
    assert!(talk.done(NURSE, "set", &search("content", "verona")).contains("p1"));
    assert!(talk.done(NURSE, "set", &search("channel", "balcony")).contains(NODE));
    assert!(!talk.done(NURSE, "set", &search("content", "mantua")).contains("p1"));
    talk.sent.clear();
    let mam = "<query xmlns='urn:xmpp:mam:tmp' queryid='m'><start>1970-01-01T00:00:00Z</start></query>";
    talk.say(&format!("<iq type='get' from='{NURSE}' to='channels.capulet.lit' id='m'>{mam}</iq>"));
    assert_eq!(talk.sent.last().unwrap().name(), "iq", "the answer comes last");
    let missed = talk.heard(NURSE);
    assert!(missed.iter().any(|one| one.contains("id='p1'") && one.contains("queryid='m'")), "{missed:?}");
    let later = "<query xmlns='urn:xmpp:mam:tmp'><start>2030-01-01T00:00:00Z</start></query>";
    talk.done(NURSE, "get", later);
    assert_eq!(talk.heard(NURSE), Vec::<String>::new());
    let top = "<query xmlns='http://jabber.org/protocol/disco#items' node='/top-followed-nodes'/>";
    assert!(talk.done(NURSE, "get", top).contains(NODE));
}

#[test]
fn a_page_that_does_not_fit_goes_on_where_it_ended() {
    let mut talk = Talk::with_balcony();
    let long = "x".repeat(50_000);
    for number in 0..9 {
        talk.post(JULIET, NODE, &format!("p{number}"), &format!("<content>{long}</content>"));
    }
    for (first, next, order) in [("", "after", "876543210"), ("<before/>", "before", "012345678")] {
        let (mut found, mut window) = (String::new(), first.to_owned());
        while found.len() < 9 {
            let set = format!("<set xmlns='http://jabber.org/protocol/rsm'><max>9</max>{window}</set>");
            let answer = talk.done(NURSE, "get", &pubsub(&format!("<items node='{NODE}'/>{set}")));
            let mut ids: Vec<&str> = answer.split("<item id='p").skip(1).map(|part| &part[..1]).collect();
            assert!(!ids.is_empty() && ids.len() < 9, "{}", ids.len());
            if next == "before" {
                ids.reverse();
            }
            window = format!("<{next}>p{}</{next}>", ids.last().unwrap());
            found.extend(ids);
        }
        assert_eq!(found, order);
    }
}
