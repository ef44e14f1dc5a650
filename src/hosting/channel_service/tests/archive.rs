//! A channel leaves one service and comes to another; archives that are broken, foreign or hostile.

use super::talk::{NODE, Talk, answering, configure, publish, pubsub, retract, role, subscribe};
use crate::hosting::channel_service::archive::{self, ArchiveError, Import};

const JULIET: &str = "juliet@capulet.lit/bc";
const NURSE: &str = "nurse@capulet.lit/bc";
const MERCUTIO: &str = "mercutio@plain.lit/movim";
const NEW: &str = "/user/piazza@topics.mantua.lit/posts";
const THREAD: &str = "urn:xmpp:microblog:0:comments/p1";
const FEED: &str = "<feed xmlns='http://www.w3.org/2005/Atom'>";

fn export(talk: &Talk, name: &str) -> String {
    let mut out = Vec::new();
    archive::write(&talk.service.store, &talk.service.settings, name, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn import(talk: &Talk, archive: &str, wanted: Option<&str>) -> Result<Import, ArchiveError> {
    let service = &talk.service;
    archive::read(&service.store, &service.settings, &mut archive.as_bytes(), wanted, service.fresh, 9_000_000)
}

fn rating(of: &str, parent: &str) -> String {
    format!(
        "{}<target xmlns='http://activitystrea.ms/spec/1.0/'><id xmlns='http://www.w3.org/2005/Atom'>{of}</id></target>\
         <rating xmlns='http://activitystrea.ms/schema/1.0/review'>4.0</rating>",
        answering(parent)
    )
}

/// A balcony on which much has happened.
fn lively() -> Talk {
    let mut talk = Talk::with_balcony();
    talk.done(JULIET, "set", &configure(NODE, "pubsub#title", "Балкон ☾ &amp; more"));
    talk.done(JULIET, "set", &configure(NODE, "pubsub#description", "Line one\nline &lt;two&gt;"));
    talk.done(JULIET, "set", &role(NODE, "tybalt@capulet.lit", "outcast"));
    talk.done(JULIET, "set", &role(NODE, "nurse@capulet.lit", "moderator"));
    talk.done(MERCUTIO, "set", &subscribe(NODE, "mercutio@plain.lit"));
    talk.post(JULIET, NODE, "p1", "<author><name>Джульетта</name></author><content>O Romeo — 罗密欧 🌹</content>");
    let second =
        "<title>Madam!</title><content>]]&gt; &amp; so on</content><link rel='enclosure' href='https://x/y.png'/>";
    talk.post(NURSE, NODE, "p2", second);
    talk.post(MERCUTIO, NODE, "r1", &answering("p1"));
    talk.post(NURSE, NODE, "s1", &rating("p1", "p1"));
    talk.post(NURSE, NODE, "s2", &rating("r1", "p1"));
    talk.post(JULIET, NODE, "p3", "<content>soon gone</content>");
    talk.done(JULIET, "set", &retract(NODE, "p3"));
    talk.post(JULIET, NODE, "p1", "<author><name>Джульетта</name></author><content>edited</content>");
    talk.post(JULIET, &NODE.replace("posts", "status"), "now", "<content>sighing</content>");
    talk.done(MERCUTIO, "set", &subscribe(THREAD, "mercutio@plain.lit"));
    talk.sent.clear();
    talk
}

/// The archive of the new home in the words of the old one.
fn same(archive: &str) -> String {
    let text = archive.replace("channels.mantua.lit", "channels.capulet.lit");
    let text = text.replace("piazza%40topics.mantua.lit", "balcony%40topics.capulet.lit");
    text.replace("piazza@topics.mantua.lit", "balcony@topics.capulet.lit")
}

#[test]
fn a_channel_moves_with_all_that_is_in_it() {
    let talk = lively();
    let first = export(&talk, "balcony");
    assert_eq!(first, export(&talk, "balcony@topics.capulet.lit"), "by either name, and reading changes nothing");
    let mut there = Talk::new("mantua.lit");
    there.now = 20_000_000;
    let made = import(&there, &first, Some("piazza")).unwrap();
    assert_eq!((made.name.as_str(), made.posts, made.roles), ("piazza@topics.mantua.lit", 6, 4));
    let second = export(&there, "piazza");
    assert!(!second.contains("balcony") && !second.contains("channels.capulet.lit"), "{second}");
    assert_eq!(same(&second), first);

    // It works there.
    assert_eq!(there.reads(MERCUTIO, THREAD), ["r1", "s1", "s2"]);
    let items = there.done(JULIET, "get", &pubsub(&format!("<items node='{NEW}'><item id='p1'/></items>")));
    assert!(items.contains("tag:channels.mantua.lit,/user/piazza@topics.mantua.lit/posts,p1"), "{items}");
    assert!(items.contains("Джульетта") && items.contains(":juliet@capulet.lit"), "{items}");
    let read = pubsub(&format!("<items node='{NEW}'/>"));
    assert_eq!(there.refused("tybalt@capulet.lit/x", "get", &read), "forbidden");
    let again = publish(NEW, "again", &rating("p1", "p1"));
    assert_eq!(there.refused(NURSE, "set", &again), "not-acceptable item-already-rated");
    assert_eq!(there.refused(JULIET, "set", &publish(NEW, "p3", "<content>back</content>")), "conflict");
    there.post(JULIET, NEW, "p4", &answering("p1"));
    assert_eq!(there.heard("mercutio@plain.lit").len(), 1, "who listens to a thread goes on");
    there.done(NURSE, "set", &retract(NEW, "p4"));
}

#[test]
fn a_channel_comes_back_as_it_was() {
    let mut talk = lively();
    let archive = export(&talk, "balcony");
    let delete = format!("<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><delete node='{NODE}'/></pubsub>");
    talk.done(JULIET, "set", &delete);
    import(&talk, &archive, None).unwrap();
    assert_eq!(export(&talk, "balcony"), archive);
}

#[test]
fn ids_that_are_taken_are_given_anew_with_what_refers_to_them() {
    let mut talk = lively();
    let archive = export(&talk, "balcony");
    import(&talk, &archive, Some("second")).unwrap();
    let ids = talk.reads(JULIET, "/user/second@topics.capulet.lit/posts");
    assert_eq!(ids.len(), 6);
    assert!(ids.iter().all(|id| id.starts_with("fresh")), "{ids:?}");
    let again = export(&talk, "second");
    for old in ["'p1'", "'r1'", ",p1<", ",r1<", "comments%2Fp1"] {
        assert!(!again.contains(old), "{old} in {again}");
    }
    assert_eq!(talk.reads(MERCUTIO, THREAD), ["r1", "s1", "s2"], "the first is as it was");
    assert_eq!(again.matches("in-reply-to").count(), archive.matches("in-reply-to").count());
}

#[test]
fn a_person_moves_with_their_channel() {
    let mut talk = Talk::with_balcony();
    talk.post(JULIET, "/user/juliet@capulet.lit/posts", "mine", "<content>my own</content>");
    let geo = "<geoloc xmlns='http://jabber.org/protocol/geoloc'><text>Verona</text></geoloc>";
    let node = "/user/juliet@capulet.lit/geo/current";
    talk.done(JULIET, "set", &pubsub(&format!("<publish node='{node}'><item id='g'>{geo}</item></publish>")));
    let archive = export(&talk, "juliet@capulet.lit");
    let mut there = Talk::new("mantua.lit");
    let refused = import(&there, &archive, None).unwrap_err().to_string();
    assert!(refused.contains("--as"), "an account of the same name may be somebody else's: {refused}");
    assert!(import(&there, &archive, Some("juliet@topics.mantua.lit")).is_err());
    import(&there, &archive, Some("julia")).unwrap();
    let again = export(&there, "julia@mantua.lit");
    assert!(!again.contains("juliet"), "{again}");
    assert!(again.contains("Verona"), "{again}");
    there.post("julia@mantua.lit/bc", "/user/julia@mantua.lit/posts", "mine", "<content>still mine</content>");
}

#[test]
fn what_would_not_fit_is_refused_as_a_whole_and_named() {
    let archive = export(&lively(), "balcony");
    let there = Talk::new("mantua.lit");
    let refused = |archive: &str| {
        let error = import(&there, archive, None).unwrap_err();
        assert!(there.service.store.channel("balcony@topics.mantua.lit").unwrap().is_none(), "left behind: {error}");
        assert!(there.service.store.whereabouts("p1").unwrap().is_empty(), "left behind: {error}");
        error.to_string()
    };
    let changed = |from: &str, to: &str| {
        assert!(archive.contains(from), "{from}");
        refused(&archive.replacen(from, to, 1))
    };
    let before_posts = |more: &str| changed("<entry", &format!("{more}<entry"));
    let deep = format!("{}{}", "<x>".repeat(500), "</x>".repeat(500));
    for (error, part) in [
        (refused(""), "breaks off"),
        (refused("no XML"), "not well-formed"),
        (refused("<feed xmlns='u:x'/>"), "no Atom feed"),
        (refused(&format!("{FEED}</feed>")), "no archive of a channel"),
        (refused(&format!("{FEED}<entry><id>a</id></entry></feed>")), "element 1 of the feed, <entry/>"),
        (refused(&archive[..archive.find("<entry").unwrap()]), "breaks off"),
        (refused(&archive.replace("</feed>", "")), "breaks off"),
        (refused(&format!("{archive}<more/>")), "the end of the feed"),
        (before_posts("<!DOCTYPE x>"), "after element"),
        (before_posts("<!-- x -->"), "after element"),
        (before_posts(&format!("<x>{}</x>", "y".repeat(2 << 20))), "too large"),
        (before_posts(&deep), "too large"),
        (changed("kind='topic'", "kind='secret'"), "<channel/>"),
        (changed("access='open'", "access='all'"), "access"),
        (changed("default-role='publisher'", "default-role='owner'"), "followers"),
        (changed("affiliation='owner'", "affiliation='member'"), "no owner"),
        (changed("affiliation='owner'", "affiliation='god'"), "<affiliations/>"),
        (changed("<node>status</node>", "<node>../x</node>"), "node"),
        (changed("publisher='mercutio@plain.lit'", "publisher='a b@c'"), "no address"),
        (changed("ref='p1'", "ref='p9'"), "p9"),
        (changed("ref='p1'", "ref='r1'"), "r1"),
        (changed(" id='p2'", " id='p1'"), "second post p1"),
        (changed(" id='p2'", " id='a,b'"), "a,b"),
        (changed(">4.0<", ">40<"), "rating-out-of-range"),
        (changed("since='", "since='x"), "no moment"),
        (changed("subscription='subscribed'", "subscription='root'"), "<subscriptions/>"),
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    import(&there, &archive, None).unwrap();
    let again = import(&there, &archive, None).unwrap_err().to_string();
    assert!(again.contains("there is a channel balcony@topics.mantua.lit already"), "{again}");
}

#[test]
fn an_author_cannot_speak_for_the_archive() {
    let mut talk = Talk::with_balcony();
    let forged = "<content>x</content><stored xmlns='urn:cirrus:archive:0' id='evil' publisher='juliet@capulet.lit' \
                  published='1970-01-01T00:00:00Z' updated='1970-01-01T00:00:00Z'/>";
    talk.post(NURSE, NODE, "honest", forged);
    let there = Talk::new("mantua.lit");
    import(&there, &export(&talk, "balcony"), None).unwrap();
    let found = there.service.store.whereabouts("honest").unwrap();
    assert_eq!(found[0].post.publisher, "nurse@capulet.lit");
    assert!(there.service.store.whereabouts("evil").unwrap().is_empty());
}

#[test]
fn what_is_not_here_cannot_be_written() {
    let talk = Talk::with_balcony();
    let write = |name| archive::write(&talk.service.store, &talk.service.settings, name, &mut Vec::new());
    for name in ["", "nothing", "nobody@capulet.lit", "capulet.lit", "a b@c", THREAD] {
        assert!(matches!(write(name), Err(ArchiveError::NoChannel(_))), "{name}");
    }
}
