//! Pages, posts, threads and what channels say about themselves.

use super::*;
use crate::channel::{Access, Kind, Posting, Role, Standing};
use crate::dialect::{Dialect, Problem};

const JULIET: &str = "juliet@capulet.lit";
const ROMEO: &str = "romeo@montague.lit";
const HEAD: &str = "14384077-4686-4ac6-b30a-95342a2ae30a";

#[tokio::test]
async fn a_page_of_node_leaves_replies_out() {
    let head = "get buddycloud.capulet.lit";
    let parts = ["<items", "node='/user/juliet@capulet.lit/posts'", "<max>50</max>"];
    let script =
        Script::new().recorded(head, &parts, "node-juliet", "j6").line(head, &["<after>j-post-1</after>"], &items(&[]));
    let page = node().posts(&script, &channel(JULIET), None, 10).await.unwrap();
    assert_eq!(ids(&page.posts), ["j-post-1"]);
    let post = &page.posts[0];
    assert_eq!(post.content.text.as_deref(), Some("parent"));
    assert_eq!(post.author.address, Some(address(JULIET)));
    assert_eq!(post.author.standing, Standing::Verified);
    assert_eq!(post.replies, Some(channel(JULIET)), "replies stand in the same channel");
    assert_eq!(post.published.to_string(), "2026-11-23T16:22:40.513Z");
    assert_eq!((post.links.len(), page.older, page.problems.len()), (0, None, 0));
    for (_, request) in script.end() {
        assert!(!xml(&request).contains("<before"), "it means two things to two servers");
    }
}

#[tokio::test]
async fn java_posts_have_a_place_and_no_made_up_title() {
    let script = Script::new().recorded("get buddycloud.montague.lit", &["<items"], "java-romeo", "q9").line(
        "get buddycloud.montague.lit",
        &["<after>"],
        &items(&[]),
    );
    let page = java().posts(&script, &channel(ROMEO), None, 10).await.unwrap();
    assert_eq!(ids(&page.posts), ["b6b30769-2fbb-4a42-91c5-9ad89f7b1287", HEAD]);
    let post = &page.posts[1];
    assert_eq!(post.content.title.as_deref(), Some("T"));
    assert_eq!(post.content.text.as_deref(), Some("parent <b>"));
    assert_eq!(post.place.as_deref(), Some("Verona"));
    assert_eq!(page.posts[0].content.title, None, "\"Post\" is no title");
    assert_eq!(post.author.name, None, "a name that is the address says nothing");
}

#[tokio::test]
async fn java_replies_ratings_and_global_ids() {
    let head = entry_of(&java(), ROMEO, HEAD, "q12").await;
    let script = Script::new().recorded(
        "get buddycloud.montague.lit",
        &["<replies", "http://buddycloud.org/v1", &format!("item_id='{HEAD}'")],
        "java-romeo",
        "q14",
    );
    let page = java().replies(&script, &head).await.unwrap();
    script.end();
    let texts: Vec<_> = page.posts.iter().map(|reply| (reply.content.text.as_deref(), reply.rating)).collect();
    assert_eq!(texts, [(None, Some(5)), (Some("comment by local ref"), None), (Some("comment by global ref"), None)]);
    for reply in &page.posts {
        assert_eq!(reply.in_reply_to, Some(at(ROMEO, HEAD)));
        assert_eq!((reply.replies.as_ref(), reply.at.id.as_str().contains(',')), (None, false));
    }
    let rating = &page.posts[0];
    assert!(rating.is_like());
    assert_eq!(rating.about, Some(at(ROMEO, HEAD)));
}

async fn entry_of(dialect: &Buddycloud, name: &str, id: &str, recorded: &str) -> crate::channel::Post {
    let script = Script::new().recorded(
        &format!("get {}", dialect.presence_to()),
        &["<items", &format!("<item id='{id}'")],
        "java-romeo",
        recorded,
    );
    dialect.post(&script, &at(name, id)).await.unwrap().expect("a post")
}

#[tokio::test]
async fn a_post_is_found_by_its_local_id_and_none_that_is_not_there() {
    assert_eq!(entry_of(&java(), ROMEO, HEAD, "q12").await.at, at(ROMEO, HEAD));
    assert_eq!(entry_of(&java(), ROMEO, HEAD, "q13").await.at, at(ROMEO, HEAD), "whatever it is called in the answer");
    let script = Script::new().recorded("get buddycloud.montague.lit", &[], "anon", "a7");
    assert_eq!(java().post(&script, &at("nosuch@montague.lit", "x")).await, Ok(None));
}

#[tokio::test]
async fn pages_go_forward_by_the_last_item_and_come_to_an_end() {
    let many: Vec<String> = (0..30).map(|n| item(&format!("p{n}"), 59 - n, "")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let head = "get buddycloud.capulet.lit";
    let script = Script::new().line(head, &["<max>50</max>"], &items(&many));
    let page = node().posts(&script, &channel(JULIET), None, 20).await.unwrap();
    assert_eq!((page.posts.len(), ids(&page.posts)[19]), (20, "p19"));
    let older = page.older.expect("there is more");
    assert!(older.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{older}");
    let script = Script::new().line(head, &["<after>p19</after>"], &items(&many[20..]));
    let page = node().posts(&script, &channel(JULIET), Some(&older), 20).await.unwrap();
    assert_eq!((ids(&page.posts)[0], page.posts.len(), page.older.clone()), ("p20", 10, None));
    // A server that does not know `after` begins anew, and the page still goes on.
    let script = Script::new().line(head, &["<after>p19</after>"], &items(&many));
    let page = node().posts(&script, &channel(JULIET), Some(&older), 20).await.unwrap();
    assert_eq!(ids(&page.posts)[0], "p20");
}

#[tokio::test]
async fn a_server_that_repeats_itself_is_not_asked_for_ever() {
    let same: Vec<String> = (0..50).map(|n| item(&format!("r{n}"), 1, &answers("p"))).collect();
    let same: Vec<&str> = same.iter().map(String::as_str).collect();
    let head = "get buddycloud.capulet.lit";
    let script = Script::new().line(head, &[], &items(&same)).line(head, &["<after>r49"], &items(&same));
    let page = node().posts(&script, &channel(JULIET), None, 20).await.unwrap();
    assert_eq!((page.posts.len(), page.older), (0, None));
    script.end();
}

#[tokio::test]
async fn many_replies_do_not_hide_the_posts_behind_them() {
    let replies = |from: usize| -> String {
        items(
            &(from..from + 50)
                .map(|n| item(&format!("r{n}"), 1, &answers("p")))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
        )
    };
    let head = "get buddycloud.capulet.lit";
    let script = Script::new().line(head, &[], &replies(0)).line(head, &["<after>r49</after>"], &replies(50)).line(
        head,
        &["<after>r99</after>"],
        &items(&[&item("p", 0, "")]),
    );
    let page = node().posts(&script, &channel(JULIET), None, 20).await.unwrap();
    assert_eq!(ids(&page.posts), ["p"]);
    script.end();
}

#[tokio::test]
async fn too_large_answers_are_asked_for_in_smaller_parts() {
    let head = "get buddycloud.capulet.lit";
    let script = Script::new().failure(head, &["<max>50</max>"], AskError::TooLarge).line(
        head,
        &["<max>25</max>"],
        &items(&[&item("p", 0, "")]),
    );
    let page = node().posts(&script, &channel(JULIET), None, 20).await.unwrap();
    assert_eq!(ids(&page.posts), ["p"]);
    let cut = "<cut xmlns='urn:cirrus:cut' bound='bytes'/>";
    let large = format!("<item id='big'>{cut}</item>");
    let script = Script::new().line(head, &[], &items(&[&large, &item("p", 0, "")]));
    let page = node().posts(&script, &channel(JULIET), None, 20).await.unwrap();
    assert_eq!(ids(&page.posts), ["p"]);
    assert_eq!(page.problems, [Problem::TooLarge { id: Some(PostId::new("big").unwrap()) }]);
}

#[tokio::test]
async fn what_was_taken_away_leaves_a_place_only_for_its_replies() {
    let page = items(&[&item("r", 2, &answers("gone")), &tombstone("gone"), &tombstone("bare"), &item("p", 0, "")]);
    let script = Script::new().line("get buddycloud.capulet.lit", &[], &page);
    let page = node().posts(&script, &channel(JULIET), None, 20).await.unwrap();
    assert_eq!(ids(&page.posts), ["gone", "p"]);
    assert!(page.posts[0].is_deleted && page.posts[0].author.address.is_none());
}

#[tokio::test]
async fn order_is_ours_and_nothing_comes_twice() {
    let page = items(&[
        &item("old", 1, ""),
        &item("new", 9, ""),
        &item("tag:x,/user/a@b/posts,old", 1, ""),
        &item("mid", 5, ""),
    ]);
    let script = Script::new().line("get buddycloud.verona.lit", &["parent-only='true'"], &page);
    let page = other().posts(&script, &channel(JULIET), None, 20).await.unwrap();
    assert_eq!(ids(&page.posts), ["new", "mid", "old"]);
}

#[tokio::test]
async fn replies_to_replies_belong_to_the_first_post() {
    let head = node_post("p", 0, "");
    let told = items(&[&item("a", 1, &answers("p"))]);
    let all = items(&[
        &item("c", 3, &answers("b")),
        &item("b", 2, &answers("a")),
        &item("a", 1, &answers("p")),
        &item("x", 1, &answers("other")),
        &item("p", 0, ""),
    ]);
    let script = Script::new().line("get buddycloud.capulet.lit", &["<replies"], &told).line(
        "get buddycloud.capulet.lit",
        &["<items"],
        &all,
    );
    let page = node().replies(&script, &head).await.unwrap();
    script.end();
    assert_eq!(ids(&page.posts), ["c", "b", "a"]);
    assert!(page.posts.iter().all(|reply| reply.in_reply_to == Some(at(JULIET, "p"))));
    assert_eq!(page.posts[0].about, Some(at(JULIET, "b")));
    assert_eq!(page.posts[2].about, None);
}

#[tokio::test]
async fn chains_that_bite_their_tail_end() {
    let head = node_post("p", 0, "");
    let all = items(&[
        &item("a", 1, &answers("b")),
        &item("b", 2, &answers("a")),
        &item("self", 2, &answers("self")),
        &item("p", 0, ""),
    ]);
    let script = Script::new().refusal("get buddycloud.capulet.lit", &["<replies"], "internal-server-error").line(
        "get buddycloud.capulet.lit",
        &["<items"],
        &all,
    );
    assert_eq!(node().replies(&script, &head).await.unwrap().posts, []);
}

#[tokio::test]
async fn where_threads_are_unknown_items_are_grouped() {
    let head = node_post("p", 0, "");
    let all = items(&[&item("a", 1, &answers("p")), &item("p", 0, "")]);
    let script = Script::new().refusal("get buddycloud.verona.lit", &["<replies"], "feature-not-implemented").line(
        "get buddycloud.verona.lit",
        &["<items", "parent-only='false'"],
        &all,
    );
    assert_eq!(ids(&other().replies(&script, &head).await.unwrap().posts), ["a"]);
    let script = Script::new().refusal("get buddycloud.verona.lit", &["<replies"], "forbidden").refusal(
        "get buddycloud.verona.lit",
        &["<items"],
        "forbidden",
    );
    assert!(other().replies(&script, &head).await.unwrap_err().is("forbidden"));
    let reply = node_post("a", 1, &answers("p"));
    assert_eq!(other().replies(&Script::new(), &reply).await.unwrap().posts, [], "a reply has none of its own");
}

fn node_post(id: &str, minute: u32, inside: &str) -> crate::channel::Post {
    crate::dialect::buddycloud::entry::item(
        &channel(JULIET),
        &element(&item(id, minute, inside).replace("<item", "<item xmlns='x'")),
        None,
    )
    .unwrap()
}

#[tokio::test]
async fn private_channels_and_unknown_ones_are_refused_in_plain_words() {
    let refused = |name: &'static str, id: &'static str| async move {
        let script = Script::new().recorded("get buddycloud.capulet.lit", &[], name, id);
        node().posts(&script, &channel(JULIET), None, 5).await.unwrap_err()
    };
    assert!(refused("anon", "a2").await.is("forbidden"));
    assert!(refused("anon", "a8").await.is("item-not-found"));
    let waits = refused("java-approve-follower", "e2").await;
    assert!(waits.is("not-authorized") && waits.is("pending-subscription"), "{waits:?}");
}

#[tokio::test]
async fn a_channel_says_what_it_is() {
    let head = "get buddycloud.montague.lit";
    let duel = channel("duel@topics.montague.lit");
    let script = Script::new()
        .recorded(head, &["disco#info", "node='/user/duel@topics.montague.lit/posts'"], "java-romeo", "q32")
        .refusal(head, &["node='/user/duel@topics.montague.lit/status'"], "item-not-found");
    let about = java().about(&script, &duel).await.unwrap();
    script.end();
    assert_eq!(about.title.as_deref(), Some("Duels"));
    assert_eq!(about.description, None, "nobody wrote that");
    assert_eq!((about.kind, about.access, about.posting), (Kind::Topic, Access::Open, Posting::Unknown));
    assert_eq!(about.default_role, Some(Role::Follower));
    assert_eq!(about.creator, Some(address(ROMEO)));
    assert_eq!(about.created.unwrap().to_string(), "2026-11-23T16:24:55.08Z");
    assert!(!about.says_nothing());
}

#[tokio::test]
async fn the_newest_status_line_and_the_place_are_told() {
    let head = "get buddycloud.capulet.lit";
    let form = "<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data' type='result'>\
        <field var='buddycloud#channel_type'><value>personal</value></field></x></query>";
    let lines = items(&[&item("one", 3, ""), &item("two", 7, ""), &tombstone("status")]);
    let place = "<item id='z'><geoloc xmlns='http://jabber.org/protocol/geoloc'><locality>Verona</locality>\
        <country>Italy</country></geoloc></item>";
    let script = Script::new()
        .line(head, &["disco#info"], form)
        .line(head, &["node='/user/juliet@capulet.lit/status'"], &lines)
        .line(head, &["node='/user/juliet@capulet.lit/geo/current'"], &items(&[place]));
    let about = node().about(&script, &channel(JULIET)).await.unwrap();
    assert_eq!((about.status.as_deref(), about.place.as_deref()), (Some("two"), Some("Verona, Italy")));
    assert_eq!(about.kind, Kind::Personal);
}

#[tokio::test]
async fn a_stale_copy_says_nothing_so_that_its_home_can_be_asked() {
    let form = "<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data' type='result'>\
        <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#meta-data</value></field></x></query>";
    let head = "get buddycloud.capulet.lit";
    let script = Script::new().line(head, &[], form).refusal(head, &[], "forbidden").refusal(head, &[], "forbidden");
    assert!(node().about(&script, &channel(ROMEO)).await.unwrap().says_nothing());
}

#[tokio::test]
async fn copies_of_java_channels_are_read_at_node() {
    let script = Script::new().recorded("get buddycloud.capulet.lit", &[], "fed-node-to-java", "f2").line(
        "get buddycloud.capulet.lit",
        &["<after>"],
        &items(&[]),
    );
    let page = node().posts(&script, &channel(ROMEO), None, 20).await.unwrap();
    assert!(page.posts.iter().all(|post| post.at.channel == channel(ROMEO) && !post.at.id.as_str().contains(',')));
    // Only the global name is known there, so the post is looked for.
    let global = item("tag:null@buddycloud.montague.lit,/user/romeo@montague.lit/posts,7c05", 1, "");
    let script = Script::new().line("get buddycloud.capulet.lit", &["<item id='7c05'"], &items(&[])).line(
        "get buddycloud.capulet.lit",
        &["<items", "<max>50"],
        &items(&[&global]),
    );
    assert_eq!(node().post(&script, &at(ROMEO, "7c05")).await.unwrap().unwrap().at, at(ROMEO, "7c05"));
}

#[tokio::test]
async fn recent_items_are_read_once_and_fail_softly() {
    let head = "get buddycloud.capulet.lit";
    let since: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let parts = ["<recent-items", "since='2026-01-01T00:00:00Z'", "max='50'"];
    let script = Script::new().recorded(head, &parts, "node-misc", "ap4");
    let posts = node().recent(&script, since, 50, 1_000).await.unwrap().posts;
    let channels: std::collections::BTreeSet<String> =
        posts.iter().map(|post| post.at.channel.address.to_string()).collect();
    assert!(channels.len() > 1, "{channels:?}");
    assert!(posts.is_sorted_by(|a, b| a.published >= b.published));
    let script = Script::new().recorded(head, &[], "node-juliet", "j5");
    let error = node().recent(&script, since, 50, 1_000).await.unwrap_err();
    assert!(error.is("feature-not-implemented"), "each channel is asked then: {error:?}");
    assert!(!error.to_string().contains("ORDER BY"), "nobody is shown the database's own words");
    let head = "get buddycloud.montague.lit";
    let script = Script::new().recorded(head, &[], "java-romeo", "q17").line(
        head,
        &["<after>"],
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'/>",
    );
    assert!(!java().recent(&script, since, 2, 1_000).await.unwrap().posts.is_empty());
}
