//! Publishing, answering, liking, changing; making and changing channels.

use super::*;
use crate::channel::{Access, NewChannel, Post, Role, Settings, Standing};
use crate::dialect::{Dialect, Services};

const ROMEO: &str = "romeo@montague.lit";

fn post(name: &str, id: &str) -> Post {
    let item = element(&item(id, 1, "").replace("<item", "<item xmlns='x'"));
    let mut post = crate::dialect::buddycloud::entry::item(&channel(name), &item, None).unwrap();
    post.author.address = Some(address(name));
    post
}

#[tokio::test]
async fn a_post_is_plain_text_and_gets_the_id_that_the_service_gives() {
    let head = "set buddycloud.montague.lit";
    let parts = ["<publish node='/user/romeo@montague.lit/posts'", "<content type='text'>O &lt;b&gt;</content>"];
    let script = Script::new().line("get buddycloud.montague.lit", &["<items"], &items(&[])).recorded(
        head,
        &parts,
        "java-romeo",
        "q1",
    );
    let services = Services::default();
    let published = java()
        .publish(&script, &address(ROMEO), &services, &channel(ROMEO), &draft(" O <b>\u{1} "), now())
        .await
        .unwrap();
    assert_eq!(published.post.at, at(ROMEO, "14384077-4686-4ac6-b30a-95342a2ae30a"));
    assert_eq!(published.post.content.text.as_deref(), Some("O <b>"));
    assert_eq!(published.post.author.standing, Standing::Verified);
    let (_, request) = &script.end()[1];
    assert!(!xml(request).contains("xhtml"), "more than text does not survive");
    // The answer for a channel elsewhere may be without an id.
    let bare =
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='/user/romeo@montague.lit/posts'/></pubsub>";
    let script = Script::new().line("set buddycloud.capulet.lit", &["<item id='x7k2p9'"], bare);
    let published = node()
        .publish(&script, &address("juliet@capulet.lit"), &services, &channel(ROMEO), &draft("O"), now())
        .await
        .unwrap();
    assert_eq!(published.post.at, at(ROMEO, "x7k2p9"));
}

#[tokio::test]
async fn the_same_form_sent_twice_is_one_post_on_java_too() {
    let mine = "<item id='old'><entry xmlns='http://www.w3.org/2005/Atom'><content>O</content><author><uri>acct:romeo@montague.lit\
        </uri></author><published>2026-11-23T16:59:00Z</published><updated>2026-11-23T16:59:00Z</updated></entry></item>";
    let script = Script::new().line("get buddycloud.montague.lit", &["<items"], &items(&[mine]));
    let services = Services::default();
    let published =
        java().publish(&script, &address(ROMEO), &services, &channel(ROMEO), &draft("O"), now()).await.unwrap();
    assert_eq!(published.post.at, at(ROMEO, "old"));
    script.end();
}

#[tokio::test]
async fn what_is_too_long_is_refused_before_it_harms_a_server() {
    let services = Services::default();
    for text in ["x".repeat(60_001), "<".repeat(15_100)] {
        let script = Script::new();
        let error = node()
            .publish(&script, &address(ROMEO), &services, &channel(ROMEO), &draft(&text), now())
            .await
            .unwrap_err();
        assert!(error.is("not-acceptable"), "{error:?}");
        script.end();
    }
    let script = Script::new().line("set buddycloud.capulet.lit", &[], "");
    node()
        .publish(&script, &address(ROMEO), &services, &channel(ROMEO), &draft(&"x".repeat(59_000)), now())
        .await
        .unwrap();
}

#[tokio::test]
async fn replies_name_the_first_post_of_the_thread() {
    let (me, head) = (address(ROMEO), post("juliet@capulet.lit", "p"));
    let script = Script::new().line("set buddycloud.capulet.lit", &["<in-reply-to", "ref='p'"], "");
    let reply = node().reply(&script, &me, &head, &draft("yes"), now()).await.unwrap();
    assert_eq!((reply.in_reply_to.clone(), reply.about.clone()), (Some(at("juliet@capulet.lit", "p")), None));
    assert!(!xml(&script.end()[0].1).contains("<target"));
    let target =
        "<id xmlns='http://www.w3.org/2005/Atom'>tag:buddycloud.capulet.lit,/user/juliet@capulet.lit/posts,x7k2p9</id>";
    let script = Script::new().line(
        "set buddycloud.capulet.lit",
        &["ref='p'", "<target", &target.replace(" xmlns='http://www.w3.org/2005/Atom'", "")[..3]],
        "",
    );
    let second = node().reply(&script, &me, &reply, &draft("no"), now()).await.unwrap();
    assert_eq!(second.in_reply_to, Some(at("juliet@capulet.lit", "p")), "one level only");
    assert_eq!(second.about, Some(reply.at));
    assert!(xml(&script.end()[0].1).contains("tag:buddycloud.capulet.lit,/user/juliet@capulet.lit/posts,x7k2p9"));
    let script = Script::new().recorded("set buddycloud.capulet.lit", &[], "node-juliet", "j3");
    assert!(node().reply(&script, &me, &head, &draft("x"), now()).await.unwrap_err().is("not-acceptable"));
}

#[tokio::test]
async fn a_like_is_a_rating_or_a_heart() {
    let (me, head) = (address("benvolio@montague.lit"), post(ROMEO, "14384077-4686-4ac6-b30a-95342a2ae30a"));
    let id = PostId::new("like").unwrap();
    let parts = [
        "ref='14384077-4686-4ac6-b30a-95342a2ae30a'",
        "posts,14384077-4686-4ac6-b30a-95342a2ae30a</id>",
        ">5.0</rating>",
    ];
    let script = Script::new().recorded("set buddycloud.montague.lit", &parts, "java-romeo", "q5");
    let like = java().like(&script, &me, &head, &id, now()).await.unwrap();
    assert!(like.is_like() && like.rating == Some(5) && like.about == Some(head.at.clone()));
    assert_eq!(like.at.id.as_str(), "aaaf8cb8-b0e0-4812-be28-38e6526a535b");
    let script = Script::new().recorded("set buddycloud.montague.lit", &[], "java-romeo", "q6");
    assert!(java().like(&script, &me, &head, &id, now()).await.is_ok(), "it was liked before");
    let script = Script::new().line("set buddycloud.capulet.lit", &[">♥</content>"], "");
    let heart = node().like(&script, &me, &head, &id, now()).await.unwrap();
    assert!(heart.is_like() && heart.rating.is_none());
}

#[tokio::test]
async fn an_edit_keeps_what_it_does_not_change() {
    let juliet = "juliet@capulet.lit";
    let old = item(
        "r",
        1,
        &format!("{}<geoloc xmlns='http://jabber.org/protocol/geoloc'><text>Verona</text></geoloc>", answers("p")),
    );
    let script = Script::new().line("get buddycloud.capulet.lit", &["<item id='r'"], &items(&[&old])).line(
        "set buddycloud.capulet.lit",
        &["<item id='r'", "ref='p'", "Verona", ">two</content>"],
        "",
    );
    let edited = node().edit(&script, &address(juliet), &at(juliet, "r"), &draft("two"), now()).await.unwrap();
    assert_eq!(edited.content.text.as_deref(), Some("two"));
    assert!(edited.is_edited() && edited.in_reply_to == Some(at(juliet, "p")));
    let request = xml(&script.end()[1].1);
    assert!(!request.contains("<author") && !request.contains("<published"), "the service writes those: {request}");
    let script = Script::new().line("get buddycloud.capulet.lit", &[], &items(&[&old]));
    assert!(
        node().edit(&script, &address(ROMEO), &at(juliet, "r"), &draft("x"), now()).await.unwrap_err().is("forbidden")
    );
    let error = java().edit(&Script::new(), &address(ROMEO), &at(ROMEO, "r"), &draft("x"), now()).await.unwrap_err();
    assert!(error.is("feature-not-implemented"), "a second post would appear");
}

#[tokio::test]
async fn requests_are_those_of_the_clients_of_that_time() {
    let (juliet, nurse) = (channel("juliet@capulet.lit"), address("nurse@capulet.lit"));
    let head = "set buddycloud.capulet.lit";
    let script = Script::new().recorded(head, &[], "node-juliet", "j14");
    node().remove(&script, &juliet.address, &at("juliet@capulet.lit", "j-comment-1")).await.unwrap();
    assert_eq!(script.end()[0].1, asked("node-juliet", "j14"));
    let script = Script::new().recorded(head, &[], "node-nurse", "n1");
    node().register(&script).await.unwrap();
    assert_eq!(script.end()[0].1, asked("node-nurse", "n1"));
    let script = Script::new().recorded(head, &[], "node-nurse", "n2");
    node().follow(&script, &nurse, &juliet, None).await.unwrap();
    assert_eq!(script.end()[0].1, asked("node-nurse", "n2"));
    let script = Script::new().recorded(head, &[], "node-juliet", "j11");
    node().set_role(&script, &juliet, &nurse, Role::Moderator).await.unwrap();
    assert_eq!(script.end()[0].1, asked("node-juliet", "j11"));
    let script = Script::new().recorded("set buddycloud.montague.lit", &[], "java-benvolio", "n4");
    java().unfollow(&script, &address("benvolio@montague.lit"), &channel(ROMEO)).await.unwrap();
    assert_eq!(script.end()[0].1, asked("java-benvolio", "n4"));
    let duel = channel("duel@topics.montague.lit");
    let script = Script::new().recorded("set buddycloud.montague.lit", &[], "java-romeo", "q33");
    let _ = java().invite(&script, &duel, &address("benvolio@montague.lit")).await;
    assert_eq!(script.end()[0].1, asked("java-romeo", "q33"));
    let script = Script::new().recorded("set buddycloud.montague.lit", &[], "java-romeo", "q43").line(
        "set buddycloud.montague.lit",
        &["/status'"],
        "",
    );
    java().delete(&script, &duel).await.unwrap();
    assert_eq!(script.end()[0].1, asked("java-romeo", "q43"));
}

#[tokio::test]
async fn guests_and_people_from_elsewhere_are_not_registered() {
    let script = Script::new().recorded("set buddycloud.capulet.lit", &[], "anon", "a9");
    assert!(node().register(&script).await.unwrap_err().is("not-allowed"));
}

#[tokio::test]
async fn a_topic_channel_is_made_with_its_form() {
    let (me, services) = (address(ROMEO), Services::default());
    let new = |name: &str, title: Option<&str>| NewChannel {
        name: name.to_owned(),
        settings: Settings { title: title.map(str::to_owned), access: Some(Access::Open), ..Settings::default() },
    };
    let head = "set buddycloud.montague.lit";
    let fields = ["<create node='/user/duel@topics.montague.lit/posts'", ">Duels<", ">topic<", ">open<"];
    let script = Script::new().recorded(head, &fields, "java-romeo", "q31").line(
        head,
        &["/user/duel@topics.montague.lit/status"],
        "",
    );
    let made = java().create(&script, &me, &services, &new(" Duel ", Some("Duels"))).await;
    assert_eq!(made, Ok(channel("duel@topics.montague.lit")), "the first of two answers counts");
    script.end();
    // Without a title there is one all the same: java refuses an empty form.
    let script = Script::new().line("set buddycloud.verona.lit", &["pubsub#title", ">duel<"], "");
    assert!(other().create(&script, &me, &services, &new("duel@topics.verona.lit", None)).await.is_ok());
    script.end();
    for name in ["", "a b@", "a/b", "@", "duel@capulet.lit", "x\u{0}"] {
        let error = java().create(&Script::new(), &me, &services, &new(name, None)).await.unwrap_err();
        assert!(error.is("not-acceptable"), "{name:?}: {error:?}");
    }
    let script = Script::new().refusal(head, &[], "conflict");
    assert!(java().create(&script, &me, &services, &new("duel", None)).await.unwrap_err().is("conflict"));
}

#[tokio::test]
async fn access_is_changed_on_every_node_of_an_old_server() {
    let settings = Settings {
        title: Some("Juliet on the balcony".into()),
        description: Some("About Romeo".into()),
        access: Some(Access::Open),
        default_role: Some(Role::Follower),
    };
    let juliet = channel("juliet@capulet.lit");
    let head = "set buddycloud.capulet.lit";
    let mut script = Script::new().recorded(head, &[], "node-juliet", "j12");
    for kind in ["status", "geo/previous", "geo/current", "geo/next", "subscriptions"] {
        script = script.refusal(head, &[&format!("node='/user/juliet@capulet.lit/{kind}'"), ">open<"], "forbidden");
    }
    node().configure(&script, &juliet, &settings).await.unwrap();
    assert_eq!(script.end()[0].1, asked("node-juliet", "j12"));
    let script = Script::new().line("set buddycloud.verona.lit", &["/posts'", "authorize"], "");
    let private = Settings { access: Some(Access::Restricted), ..Settings::default() };
    other().configure(&script, &juliet, &private).await.unwrap();
    script.end();
    let script = Script::new();
    assert!(node().delete(&script, &juliet).await.unwrap_err().is("feature-not-implemented"));
    script.end();
}

#[tokio::test]
async fn a_status_line_replaces_the_one_before_and_goes() {
    let (me, juliet) = (address("juliet@capulet.lit"), channel("juliet@capulet.lit"));
    let head = "set buddycloud.capulet.lit";
    let parts = [
        "<publish node='/user/juliet@capulet.lit/status'",
        "<item id='status:juliet@capulet.lit'",
        ">in love</content>",
    ];
    let script = Script::new().recorded(head, &parts, "node-juliet", "j18");
    node().set_status(&script, &me, &juliet, " in\nlove ", now()).await.unwrap();
    let lines = items(&[&item("tag:x,y,one", 1, ""), &tombstone("two")]);
    let script = Script::new().line("get buddycloud.capulet.lit", &["/status'"], &lines).line(
        head,
        &["<retract", "<item id='one'"],
        "",
    );
    node().set_status(&script, &me, &juliet, " ", now()).await.unwrap();
    script.end();
}
