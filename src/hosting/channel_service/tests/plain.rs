//! Ordinary pubsub clients: plain names, `xmpp:` authors, oldest first, threads as nodes of their own.

use super::talk::{NODE, Talk, answering, publish, pubsub, retract, subscribe};

const JULIET: &str = "juliet@capulet.lit/bc";
const NURSE: &str = "nurse@capulet.lit/bc";
/// Has no channel here.
const MERCUTIO: &str = "mercutio@plain.lit/movim";
const THREAD: &str = "urn:xmpp:microblog:0:comments/p1";

#[test]
fn a_community_is_made_and_read_by_its_plain_name() {
    let mut talk = Talk::with_balcony();
    let paris = "paris@capulet.lit/movim";
    let form = "<configure><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#node_config</value></field><field var='pubsub#title'><value>Trains</value></field><field var='pubsub#persist_items'><value>true</value></field></x></configure>";
    talk.done(paris, "set", &pubsub(&format!("<create node='trains'/>{form}")));
    talk.done(paris, "set", &subscribe("trains", "paris@capulet.lit"));
    talk.sent.clear();
    talk.post(paris, "trains", "t1", "<title>First</title>");
    talk.post(paris, "trains", "t2", "<title>Second</title>");
    let heard = talk.heard("paris@capulet.lit");
    assert!(heard[0].contains("node='trains'") && heard[0].contains("<uri>xmpp:paris@capulet.lit</uri>"), "{heard:?}");
    assert_eq!(talk.reads(paris, "trains"), ["t1", "t2"], "oldest first");
    let last = pubsub("<items node='trains'/><set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set>");
    let page = talk.done(paris, "get", &last);
    assert!(page.contains("id='t2'") && page.contains("publisher='paris@capulet.lit'"), "{page}");
    assert!(page.contains("<first index='1'>t2</first>"), "{page}");
    assert_eq!(talk.reads(JULIET, "/user/trains@topics.capulet.lit/posts"), ["t2", "t1"], "the same channel");
}

#[test]
fn a_thread_is_one_for_both_kinds_of_clients() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>parent</content>");
    talk.done(MERCUTIO, "set", &subscribe(NODE, "mercutio@plain.lit"));
    talk.done(MERCUTIO, "set", &subscribe(THREAD, "mercutio@plain.lit"));
    talk.sent.clear();
    // There to here.
    talk.done(MERCUTIO, "set", &publish(THREAD, "m1", "<title>A plague</title>"));
    let nurse = talk.heard(NURSE).concat();
    assert!(nurse.contains(&format!("node='{NODE}'")) && nurse.contains("ref='p1'"), "{nurse}");
    assert!(nurse.contains("acct:mercutio@plain.lit"), "{nurse}");
    let mercutio = talk.heard("mercutio@plain.lit");
    assert_eq!(mercutio.len(), 1, "in the thread, and not in the channel: {mercutio:?}");
    assert!(mercutio[0].contains(&format!("node='{THREAD}'")), "{mercutio:?}");
    // Here to there.
    talk.post(NURSE, NODE, "n1", &answering("p1"));
    let mercutio = talk.heard("mercutio@plain.lit").concat();
    assert!(mercutio.contains("id='n1'") && mercutio.contains("<uri>xmpp:nurse@capulet.lit</uri>"), "{mercutio}");
    assert_eq!(talk.reads(MERCUTIO, THREAD), ["m1", "n1"]);
    assert_eq!(talk.reads(MERCUTIO, NODE), ["p1"], "replies do not stand among the posts");
    let by_id = pubsub(&format!("<items node='{NODE}'><item id='m1'/><item id='p1'/></items>"));
    let found = talk.done(MERCUTIO, "get", &by_id);
    assert!(found.contains("id='p1'") && !found.contains("id='m1'"), "nor by id: {found}");
    let listed = |node: &str| format!("<query xmlns='http://jabber.org/protocol/disco#items' node='{node}'/>");
    let posts = talk.done(MERCUTIO, "get", &listed(NODE));
    assert!(posts.contains("name='p1'") && !posts.contains("name='m1'"), "nor in the list of ids: {posts}");
    let thread = talk.done(MERCUTIO, "get", &listed(THREAD));
    assert!(thread.contains("name='m1'") && !thread.contains("name='p1'"), "{thread}");
    let newest = talk.done(MERCUTIO, "get", &pubsub(&format!("<items node='{THREAD}' max_items='1'/>")));
    assert!(newest.contains("id='n1'") && !newest.contains("id='m1'"), "{newest}");
    // Deleted from either side.
    assert_eq!(talk.refused(MERCUTIO, "set", &retract(THREAD, "n1")), "forbidden");
    talk.done(JULIET, "set", &retract(NODE, "m1"));
    assert!(talk.heard("mercutio@plain.lit").concat().contains("<retract id='m1'"));
    talk.done(NURSE, "set", &retract(THREAD, "n1"));
    assert_eq!(talk.reads(MERCUTIO, THREAD), Vec::<String>::new());
}

#[test]
fn a_heart_is_a_rating_and_a_rating_is_a_heart() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>parent</content>");
    talk.done(MERCUTIO, "set", &subscribe(NODE, "mercutio@plain.lit"));
    talk.sent.clear();
    talk.done(MERCUTIO, "set", &publish(THREAD, "like", "<title>♥</title>"));
    assert!(talk.heard(NURSE).concat().contains(">5.0</rating>"));
    assert_eq!(
        talk.refused(MERCUTIO, "set", &publish(THREAD, "again", "<title>♥</title>")),
        "not-acceptable item-already-rated"
    );
    let target =
        "<target xmlns='http://activitystrea.ms/spec/1.0/'><id xmlns='http://www.w3.org/2005/Atom'>p1</id></target>";
    let stars = "<rating xmlns='http://activitystrea.ms/schema/1.0/review'>5.0</rating>";
    talk.done(NURSE, "set", &publish(NODE, "r1", &format!("{}{target}{stars}", answering("p1"))));
    let thread = talk.done(MERCUTIO, "get", &pubsub(&format!("<items node='{THREAD}'/>")));
    assert_eq!(thread.matches("<title>♥</title>").count(), 2, "{thread}");
    talk.done(MERCUTIO, "set", &retract(THREAD, "like"));
}

#[test]
fn threads_need_no_making_and_end_with_their_post() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, NODE, "p1", "<content>parent</content>");
    let create = pubsub(&format!("<create node='{THREAD}'/>"));
    assert_eq!(talk.refused(NURSE, "set", &create), "conflict");
    talk.done(JULIET, "set", &create);
    talk.done(JULIET, "set", &retract(NODE, "p1"));
    assert_eq!(talk.refused(NURSE, "get", &pubsub(&format!("<items node='{THREAD}'/>"))), "item-not-found");
    let delete = format!("<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><delete node='{THREAD}'/></pubsub>");
    talk.done(JULIET, "set", &delete);
}

#[test]
fn whether_one_may_post_is_tried_out_without_a_trace() {
    let mut talk = Talk::with_balcony();
    let trial = |node: &str| publish(node, "test_post", "");
    assert_eq!(talk.refused(MERCUTIO, "set", &trial(NODE)), "forbidden");
    talk.done(MERCUTIO, "set", &subscribe(NODE, "mercutio@plain.lit"));
    talk.sent.clear();
    for node in [NODE, NODE, "/user/nurse@capulet.lit/posts"] {
        let who = if node == NODE { MERCUTIO } else { NURSE };
        talk.done(who, "set", &trial(node));
        assert_eq!(talk.refused(who, "set", &retract(node, "test_post")), "item-not-found");
    }
    assert_eq!(talk.sent, [], "nobody is told");
    assert_eq!(talk.reads(MERCUTIO, NODE), Vec::<String>::new());
}
