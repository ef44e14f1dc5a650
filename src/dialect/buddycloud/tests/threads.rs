//! Threads: asked for by themselves, or put together from items.

use super::*;
use crate::dialect::{Dialect, Problem, Thread, Threads};

const JULIET: &str = "juliet@capulet.lit";
const ROMEO: &str = "romeo@montague.lit";

/// Each thread as its post and the replies to it.
fn told(read: &Threads) -> Vec<(&str, Vec<&str>)> {
    read.threads.iter().map(|thread| (thread.post.at.id.as_str(), replies(thread))).collect()
}

fn replies(thread: &Thread) -> Vec<&str> {
    assert!(thread.replies.iter().all(|reply| reply.in_reply_to.as_ref() == Some(&thread.post.at)));
    thread.replies.iter().map(|reply| reply.at.id.as_str()).collect()
}

/// One thread as a service tells it.
fn thread(id: &str, items: &[&str]) -> String {
    let items = items.concat().replace("<item", "<item xmlns='http://jabber.org/protocol/pubsub'");
    format!("<thread xmlns='http://buddycloud.org/v1' id='{id}'>{items}</thread>")
}

fn threads(threads: &[String], set: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{}{set}</pubsub>", threads.concat())
}

#[tokio::test]
async fn those_that_java_tells_are_read() {
    let head = "get buddycloud.montague.lit";
    let parts = ["<threads", "node='/user/romeo@montague.lit/posts'", "<max>3</max>"];
    let script = Script::new().recorded(head, &parts, "java-romeo", "q16");
    let read = java().threads(&script, &channel(ROMEO), None, 3).await.unwrap();
    script.end();
    assert_eq!(read.problems, []);
    let told = told(&read);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0], ("b6b30769-2fbb-4a42-91c5-9ad89f7b1287", vec![]));
    assert_eq!(told[1].0, "14384077-4686-4ac6-b30a-95342a2ae30a");
    assert!(told[1].1.len() >= 2, "{told:?}");
    let moments: Vec<_> = read.threads[1].replies.iter().map(|reply| reply.published).collect();
    assert!(moments.is_sorted(), "the oldest reply first");
    assert!(read.older.is_some(), "a page that is full may not be all");
}

#[tokio::test]
async fn short_answers_are_filled_up_and_pages_go_on() {
    let head = "get buddycloud.verona.lit";
    let thread = |n: u32| thread(&format!("p{n}"), &[&item("r", n, &answers("p")), &item(&format!("p{n}"), n, "")]);
    let set = |last: &str| format!("<set xmlns='http://jabber.org/protocol/rsm'><last>{last}</last></set>");
    let script = Script::new().line(head, &["<max>3</max>"], &threads(&[thread(1), thread(2)], &set("p2"))).line(
        head,
        &["<max>1</max>", "<after>p2</after>"],
        &threads(&[thread(3)], &set("p3")),
    );
    let read = other().threads(&script, &channel(JULIET), None, 3).await.unwrap();
    script.end();
    assert_eq!(told(&read), [("p1", vec!["r"]), ("p2", vec!["r"]), ("p3", vec!["r"])]);
    let script = Script::new().line(head, &["<max>3</max>", "<after>p3</after>"], &threads(&[], ""));
    let read = other().threads(&script, &channel(JULIET), read.older.as_deref(), 3).await.unwrap();
    assert_eq!(read, Threads::default());
    // What counts is not asked again, and what repeats itself not for ever.
    let counted =
        "<set xmlns='http://jabber.org/protocol/rsm'><first index='0'>p1</first><last>p1</last><count>1</count></set>";
    let script = Script::new().line(head, &[], &threads(&[thread(1)], counted));
    assert_eq!(other().threads(&script, &channel(JULIET), None, 3).await.unwrap().older, None);
    let same = threads(&[thread(1)], &set("p1"));
    let script = Script::new().line(head, &[], &same).line(head, &["<after>p1</after>"], &same);
    let read = other().threads(&script, &channel(JULIET), None, 3).await.unwrap();
    assert_eq!((told(&read), read.older.as_ref()), (vec![("p1", vec!["r"])], None));
}

#[tokio::test]
async fn where_they_are_unknown_items_are_grouped() {
    let all = items(&[
        &item("c", 9, &answers("b")),
        &item("b", 8, &answers("a")),
        &item("late", 7, &answers("old")),
        &item("new", 6, ""),
        &item("left", 5, &answers("gone")),
        &tombstone("gone"),
        &tombstone("bare"),
        &item("lost", 4, &answers("nowhere")),
        &item("a", 1, ""),
    ]);
    let head = "get buddycloud.capulet.lit";
    // The post to which the latest reply but two was written is older than what the node gave.
    let script = Script::new().line(head, &["<items", "<max>50</max>"], &all).line(
        head,
        &["<item id='old'/>"],
        &items(&[&item("old", 0, "")]),
    );
    let read = node().threads(&script, &channel(JULIET), None, 3).await.unwrap();
    script.end();
    assert_eq!(told(&read), [("a", vec!["b", "c"]), ("old", vec!["late"]), ("new", vec![])]);
    let script =
        Script::new().line(head, &["<items", "<max>50</max>"], &all).line(head, &["<item id='nowhere'/>"], &items(&[]));
    let read = node().threads(&script, &channel(JULIET), read.older.as_deref(), 3).await.unwrap();
    assert_eq!((told(&read), read.older.as_ref()), (vec![("gone", vec!["left"])], None));
    assert!(read.threads[0].post.is_deleted);
    // A service of another kind is asked first.
    let head = "get buddycloud.verona.lit";
    let script = Script::new().refusal(head, &["<threads"], "feature-not-implemented").line(
        head,
        &["<items", "parent-only='false'"],
        &items(&[&item("p", 0, "")]),
    );
    assert_eq!(told(&other().threads(&script, &channel(JULIET), None, 3).await.unwrap()), [("p", vec![])]);
    script.end();
}

#[tokio::test]
async fn who_may_not_read_is_told_so_and_what_is_broken_is_counted() {
    let head = "get buddycloud.verona.lit";
    let script = Script::new().refusal(head, &["<threads"], "forbidden").refusal(head, &["<items"], "forbidden");
    assert!(other().threads(&script, &channel(JULIET), None, 3).await.unwrap_err().is("forbidden"));
    let broken = "<item id='x'><entry xmlns='http://www.w3.org/2005/Atom'><published>never</published></entry></item>";
    let parts = [thread("p", &[broken, &item("p", 0, "")]), thread("nobody", &[&item("r", 0, &answers("nobody"))])];
    let script = Script::new().line(head, &["<threads"], &threads(&parts, "")).line(head, &[], &threads(&[], ""));
    let read = other().threads(&script, &channel(JULIET), None, 3).await.unwrap();
    assert_eq!(told(&read), [("p", vec![])]);
    assert!(matches!(read.problems[..], [Problem::Broken { .. }]), "{:?}", read.problems);
}
