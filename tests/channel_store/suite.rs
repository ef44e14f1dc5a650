//! What each engine must do.

use cirrus::store::StoreError;
use cirrus::store::channels::{
    Change, Changed, ChannelStore, Metadata, NewChannel, NewPost, Place, Put, Reader, Subscription, Which, Window,
};

use crate::support::postgres;

macro_rules! on_engines {
    ($($test:ident)*) => { $(
        mod $test {
            use super::*;

            #[test]
            fn in_memory() {
                super::$test(&Place::Memory);
            }

            #[test]
            fn in_a_file() {
                let folder = tempfile::tempdir().unwrap();
                super::$test(&Place::File(folder.path().join("channels.db")));
            }

            #[test]
            fn on_postgres() {
                super::$test(&Place::Postgres(postgres::server().database()));
            }
        }
    )* };
}

on_engines! {
    pages_are_newest_first_and_go_both_ways
    an_edit_keeps_its_place_and_a_tombstone_too
    a_copy_keeps_the_newest
    replies_move_their_thread
    what_somebody_follows
    who_is_told
    roles_and_metadata
    search_finds_words_and_nothing_secret
    recent_posts_and_changes
    a_failed_step_leaves_no_trace
    what_is_removed_takes_all_with_it
    lists_of_channels
}

/// A channel with a node for posts; the node's number.
fn channel(store: &ChannelStore, name: &str, access: &str) -> (i64, i64) {
    let metadata = Metadata { title: "A title", description: "Words", access, default_role: "publisher" };
    let new = NewChannel { name, is_topic: true, metadata, creator: "juliet@capulet.lit", authority: None };
    let number = store.add_channel(&new, 1_000).unwrap();
    (number, store.add_node(number, "posts").unwrap())
}

fn post<'a>(id: &'a str, published: i64, parent: Option<&'a str>) -> NewPost<'a> {
    let (publisher, payload, words) = ("juliet@capulet.lit", "<entry/>", "O Romeo");
    NewPost { id, publisher, payload, published, updated: published, parent, rated: None, words }
}

fn put(store: &ChannelStore, node: i64, new: &NewPost<'_>) -> Put {
    store.put_post(node, new, new.updated).unwrap()
}

fn page(store: &ChannelStore, node: i64, window: Window<'_>) -> Option<Vec<String>> {
    store.posts(node, &window).unwrap().map(|slice| slice.posts.into_iter().map(|post| post.id).collect())
}

fn follow(node: i64, jid: &str) -> Subscription {
    let bare = jid.split('/').next().unwrap().to_owned();
    Subscription {
        node,
        jid: jid.to_owned(),
        bare,
        state: "subscribed".to_owned(),
        called: None,
        via: None,
        is_temporary: false,
        invited_by: None,
        since: 7,
    }
}

fn pages_are_newest_first_and_go_both_ways(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (_, node) = channel(&store, "balcony@topics.capulet.lit", "open");
    // Posts of the same moment, and one that was published before the others and comes last.
    for (id, published) in [("b", 20), ("c", 20), ("d", 20), ("a", 10)] {
        assert_eq!(put(&store, node, &post(id, published, None)), Put::Added);
    }
    let ids = |ids: &str| Some(ids.chars().map(String::from).collect::<Vec<_>>());
    let all = store.posts(node, &Window { max: 10, ..Window::default() }).unwrap().unwrap();
    assert_eq!((all.count, all.index, all.posts.len()), (4, Some(0), 4));
    assert_eq!(page(&store, node, Window { max: 10, ..Window::default() }), ids("dcba"));
    assert_eq!(page(&store, node, Window { max: 2, ..Window::default() }), ids("dc"));
    assert_eq!(page(&store, node, Window { max: 2, after: Some("c"), ..Window::default() }), ids("ba"));
    assert_eq!(page(&store, node, Window { max: 2, before: Some("a"), ..Window::default() }), ids("cb"));
    assert_eq!(page(&store, node, Window { max: 3, before: Some(""), ..Window::default() }), ids("cba"));
    let last = store.posts(node, &Window { max: 3, before: Some(""), ..Window::default() }).unwrap().unwrap();
    assert_eq!(last.index, Some(1));
    assert_eq!(page(&store, node, Window { max: 2, after: Some("x"), ..Window::default() }), None);
    assert_eq!(page(&store, node, Window { max: 0, ..Window::default() }), ids(""));
}

fn an_edit_keeps_its_place_and_a_tombstone_too(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (_, node) = channel(&store, "balcony@topics.capulet.lit", "open");
    for (number, id) in ["a", "b", "c"].into_iter().enumerate() {
        put(&store, node, &post(id, number as i64, None));
    }
    let edited = NewPost { payload: "<edited/>", updated: 50, ..post("b", 40, Some("a")) };
    assert_eq!(put(&store, node, &edited), Put::Replaced);
    let found = store.post(node, "b").unwrap().unwrap();
    assert_eq!((found.payload.as_str(), found.published, found.updated, found.parent), ("<edited/>", 1, 50, None));
    assert!(store.bury_post(node, "b", "<deleted-entry/>", 60).unwrap());
    assert!(!store.bury_post(node, "x", "<deleted-entry/>", 60).unwrap());
    let slice = store.posts(node, &Window { max: 9, ..Window::default() }).unwrap().unwrap();
    let seen: Vec<_> = slice.posts.iter().map(|post| (post.id.as_str(), post.is_deleted)).collect();
    assert_eq!(seen, [("c", false), ("b", true), ("a", false)]);
    assert_eq!(page(&store, node, Window { max: 9, after: Some("b"), ..Window::default() }).unwrap(), ["a"]);
    assert!(store.remove_post(node, "b", 60).unwrap());
    assert!(!store.remove_post(node, "b", 60).unwrap());
    assert_eq!(store.node(slice_channel(&store), "posts").unwrap().unwrap().posts, 2);
}

fn a_copy_keeps_the_newest(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (number, node) = channel(&store, "balcony@topics.capulet.lit", "open");
    put(&store, node, &post("old", 0, None));
    put(&store, node, &post("answer", 1, Some("old")));
    put(&store, node, &post("buried", 2, None));
    store.bury_post(node, "buried", "<deleted-entry/>", 3).unwrap();
    let ids: Vec<String> = (3..31).map(|number| format!("p{number}")).collect();
    for (number, id) in (3..31).zip(&ids) {
        put(&store, node, &post(id, number, None));
    }
    store.keep_newest(node, 31).unwrap();
    assert_eq!(store.node(number, "posts").unwrap().unwrap().posts, 31);
    store.keep_newest(node, 30).unwrap();
    let counted = store.node(number, "posts").unwrap().unwrap();
    assert_eq!((counted.posts, counted.threads), (28, 28));
    let living = Window { max: 9, which: Which::Living, ..Window::default() };
    let slice = store.posts(node, &living).unwrap().unwrap();
    assert_eq!((slice.count, slice.posts[0].id.as_str()), (28, "p30"));
    assert_eq!(store.post(node, "old").unwrap(), None);
    store.set_subscription(&follow(node, "bob@x")).unwrap();
    let changes = store.changes("bob@x", 0, None, 1_000, 99).unwrap();
    assert!(changes.iter().all(|change| matches!(change.what, Changed::Post(_))), "none of them is told as removed");
}

fn slice_channel(store: &ChannelStore) -> i64 {
    store.channel("balcony@topics.capulet.lit").unwrap().unwrap().number
}

fn replies_move_their_thread(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (number, node) = channel(&store, "balcony@topics.capulet.lit", "open");
    put(&store, node, &post("one", 10, None));
    put(&store, node, &post("two", 20, None));
    let order = |after| {
        let slice = store.threads(node, after, 9).unwrap().unwrap();
        slice.posts.into_iter().map(|post| post.id).collect::<Vec<_>>()
    };
    assert_eq!(order(None), ["two", "one"]);
    put(&store, node, &post("reply", 30, Some("one")));
    assert_eq!(order(None), ["one", "two"]);
    assert_eq!(order(Some("one")), ["two"]);
    let replies = store.replies(node, "one", &Window { max: 9, ..Window::default() }).unwrap().unwrap();
    assert_eq!((replies.count, replies.posts[0].id.as_str()), (1, "reply"));
    let parents = Window { max: 9, which: Which::Threads, ..Window::default() };
    let slice = store.posts(node, &parents).unwrap().unwrap();
    assert_eq!((slice.count, slice.posts.len()), (2, 2));
    let counted = store.node(number, "posts").unwrap().unwrap();
    assert_eq!((counted.posts, counted.threads), (3, 2));
    store.remove_post(node, "reply", 60).unwrap();
    store.remove_post(node, "one", 60).unwrap();
    let counted = store.node(number, "posts").unwrap().unwrap();
    assert_eq!((counted.posts, counted.threads), (1, 1));
    let like = NewPost { rated: Some("two"), publisher: "romeo@montague.lit", ..post("like", 40, Some("two")) };
    put(&store, node, &like);
    assert!(store.has_rated(node, "two", "two", "romeo@montague.lit").unwrap());
    assert!(!store.has_rated(node, "two", "two", "juliet@capulet.lit").unwrap());
}

fn what_somebody_follows(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let mut nodes = Vec::new();
    for name in ["a@topics.x", "b@topics.x"] {
        let (number, posts) = channel(&store, name, "open");
        nodes.push(posts);
        nodes.push(store.add_node(number, "status").unwrap());
    }
    for node in &nodes {
        store.set_subscription(&follow(*node, "bob@x")).unwrap();
    }
    let list = |after, max| {
        let list = store.subscriptions_of("bob@x", after, max).unwrap();
        list.into_iter().map(|(channel, kind, _)| format!("{channel} {kind}")).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 3), ["a@topics.x posts", "a@topics.x status", "b@topics.x posts"]);
    assert_eq!(list(Some(("a@topics.x", "status")), 9), ["b@topics.x posts", "b@topics.x status"]);
    assert_eq!(store.subscription_count_of("bob@x").unwrap(), 4);
    let pending = Subscription { state: "pending".to_owned(), since: 99, ..follow(nodes[0], "bob@x") };
    store.set_subscription(&pending).unwrap();
    let found = store.subscription(nodes[0], "bob@x").unwrap().unwrap();
    assert_eq!((found.state.as_str(), found.since), ("pending", 7), "it began when it began");
    assert_eq!(store.follower_count(nodes[0]).unwrap(), 0);
    assert!(store.end_subscription(nodes[1], "bob@x").unwrap());
    assert!(!store.end_subscription(nodes[1], "bob@x").unwrap());
    store.end_subscriptions(slice_of(&store, "b@topics.x"), "bob@x").unwrap();
    assert_eq!(list(None, 9), ["a@topics.x posts"]);
    let temporary = Subscription { is_temporary: true, ..follow(nodes[2], "guest@anon.x/1") };
    store.set_subscription(&temporary).unwrap();
    assert_eq!(store.follower_count(nodes[2]).unwrap(), 0, "a reader who looks in is no follower");
    store.end_temporary("guest@anon.x/1").unwrap();
    assert_eq!(store.subscriptions(nodes[2], None, 9).unwrap(), []);
}

fn slice_of(store: &ChannelStore, name: &str) -> i64 {
    store.channel(name).unwrap().unwrap().number
}

fn who_is_told(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (number, node) = channel(&store, "a@topics.x", "open");
    for jid in ["away@x", "bob@x", "eve@x", "phone@y/1"] {
        store.set_subscription(&follow(node, jid)).unwrap();
    }
    let far = Subscription { via: Some("channels.z".to_owned()), ..follow(node, "far@z") };
    let further = Subscription { via: Some("channels.z".to_owned()), ..follow(node, "further@z") };
    for one in [far, further] {
        store.set_subscription(&one).unwrap();
    }
    store.set_role(number, "eve@x", Some("outcast")).unwrap();
    for resource in ["bob@x/1", "bob@x/2", "bob@x/3"] {
        store.add_resource("bob@x", resource, resource.len() as i64, 2).unwrap();
    }
    let told = store.recipients(node).unwrap();
    let told: Vec<(&str, usize)> = told.iter().map(|one| (one.jid.as_str(), one.resources.len())).collect();
    assert_eq!(told, [("away@x", 0), ("bob@x", 2), ("phone@y/1", 0)]);
    assert_eq!(store.relays(node).unwrap(), ["channels.z"]);
    assert_eq!(store.all_relays().unwrap(), ["channels.z"]);
    assert_eq!(store.relay_of(number, "far@z").unwrap().as_deref(), Some("channels.z"));
    assert_eq!(store.relay_of(number, "bob@x").unwrap(), None);
    let gone = store.resources("bob@x").unwrap().pop().unwrap();
    assert!(store.remove_resource(&gone).unwrap());
    assert!(!store.remove_resource(&gone).unwrap());
    assert_eq!(store.all_resources().unwrap().len(), 1);
}

fn roles_and_metadata(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (number, _) = channel(&store, "a@topics.x", "open");
    for (bare, role) in [("a@x", "owner"), ("b@x", "moderator"), ("c@x", "member")] {
        store.set_role(number, bare, Some(role)).unwrap();
    }
    assert_eq!(store.moderators(number).unwrap(), ["a@x", "b@x"]);
    assert_eq!(store.roles(number, Some("a@x"), 1).unwrap(), [("b@x".to_owned(), "moderator".to_owned())]);
    assert_eq!(store.role_count(number).unwrap(), 3);
    store.set_role(number, "b@x", None).unwrap();
    store.set_role(number, "c@x", Some("publisher")).unwrap();
    assert_eq!(store.role(number, "b@x").unwrap(), None);
    assert_eq!(store.roles_of("c@x", None, 9).unwrap(), [("a@topics.x".to_owned(), "publisher".to_owned())]);
    let changed = Metadata { title: "New", description: "", access: "authorize", default_role: "member" };
    store.set_metadata(number, &changed, 5_000).unwrap();
    store.set_synced(number, Some(3)).unwrap();
    let found = store.channel_of(number).unwrap().unwrap();
    assert_eq!((found.title.as_str(), found.access.as_str(), found.updated), ("New", "authorize", 5_000));
    assert_eq!((found.created, found.is_topic, found.synced), (1_000, true, Some(3)));
    store.set_fact("cursor", "1").unwrap();
    store.set_fact("cursor", "2").unwrap();
    assert_eq!(store.fact("cursor").unwrap().as_deref(), Some("2"));
}

fn search_finds_words_and_nothing_secret(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (open, open_node) = channel(&store, "open@topics.x", "open");
    let (closed, closed_node) = channel(&store, "closed@topics.x", "authorize");
    put(&store, open_node, &NewPost { words: "Straße nach Verona", ..post("1", 1, None) });
    put(&store, open_node, &NewPost { words: "the road to Mantua", ..post("2", 2, None) });
    put(&store, closed_node, &NewPost { words: "a secret road", publisher: "romeo@y", ..post("3", 3, None) });
    let found = |words: &str, author: Option<&str>, reader: &str| {
        let (found, count) = store.search(words, author, Reader { bare: reader, is_local: false }, 0, 10).unwrap();
        assert_eq!(found.len(), count);
        found.into_iter().map(|placed| placed.post.id).collect::<Vec<_>>()
    };
    assert_eq!(found("verona STRASSE", None, "bob@x"), Vec::<String>::new(), "ß is not folded");
    assert_eq!(found("verona straße", None, "bob@x"), ["1"]);
    assert_eq!(found("road", None, "bob@x"), ["2"]);
    store.set_role(closed, "bob@x", Some("member")).unwrap();
    assert_eq!(found("road", None, "bob@x"), ["3", "2"]);
    assert_eq!(found("road", Some("romeo@y"), "bob@x"), ["3"]);
    assert_eq!(found("", Some("romeo@y"), "bob@x"), ["3"]);
    store.set_role(closed, "bob@x", Some("outcast")).unwrap();
    store.set_role(open, "eve@x", Some("outcast")).unwrap();
    assert_eq!(found("road", None, "bob@x"), ["2"]);
    assert_eq!(found("road", None, "eve@x"), Vec::<String>::new());
    for hostile in [
        "\"",
        "road OR verona",
        "NEAR(road, 2)",
        "words:road",
        "ro*",
        "'; DROP TABLE posts; --",
        "% _ &|!()",
        "(",
        "-road",
    ] {
        found(hostile, None, "bob@x");
    }
    assert_eq!(found("road", None, "bob@x"), ["2"], "nothing was dropped");
    store.bury_post(open_node, "2", "<deleted-entry/>", 9).unwrap();
    assert_eq!(found("road", None, "bob@x"), Vec::<String>::new());
    let (page, count) = store.search("verona", None, Reader { bare: "bob@x", is_local: false }, 1, 1).unwrap();
    assert_eq!((page.len(), count), (0, 1));
}

fn recent_posts_and_changes(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (_, one) = channel(&store, "one@topics.x", "open");
    let (two_number, two) = channel(&store, "two@topics.x", "open");
    let (_, three) = channel(&store, "three@topics.x", "open");
    for (node, id, at) in [(one, "a", 1), (one, "b", 3), (one, "c", 5), (two, "d", 4), (three, "e", 6)] {
        put(&store, node, &post(id, at, None));
    }
    put(&store, one, &post("r", 7, Some("a")));
    for node in [one, two] {
        store.set_subscription(&follow(node, "bob@x")).unwrap();
        store.set_subscription(&follow(node, "bob@x/phone")).unwrap();
    }
    let recent = |since, per, which, after| {
        let list = store.recent("bob@x", since, per, which, after, 10).unwrap();
        list.expect("a known place").into_iter().map(|placed| placed.post.id).collect::<Vec<_>>().concat()
    };
    assert_eq!(recent(0, 9, Which::All, None), "rcdba");
    assert_eq!(recent(0, 9, Which::Threads, None), "cdba");
    assert_eq!(recent(0, 1, Which::Threads, None), "cd");
    assert_eq!(recent(4, 9, Which::Threads, None), "cd");
    assert_eq!(recent(0, 9, Which::Threads, Some(("two@topics.x", "d"))), "ba");
    let changes = |since, until| {
        let (mut list, mut after) = (Vec::new(), None);
        // Page by page, however many share a moment.
        loop {
            let page = store.changes("bob@x", since, after, until, 2).unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.at);
            list.extend(page);
        }
        assert!(list.is_sorted_by_key(|change: &Change| change.at));
        let id = |change: Change| match change.what {
            Changed::Post(placed) => placed.post.id,
            Changed::Removed { id, .. } => format!("-{id}"),
        };
        list.into_iter().map(id).collect::<Vec<_>>().concat()
    };
    assert_eq!(changes(0, 100), "abdcr");
    store.bury_post(one, "b", "<deleted-entry/>", 50).unwrap();
    assert_eq!(changes(0, 100), "adcrb");
    assert_eq!(changes(4, 7), "dc");
    // What is older and was edited since is among the recent ones, in its own place.
    put(&store, two, &post("f", 2, None));
    put(&store, two, &NewPost { updated: 8, ..post("f", 2, None) });
    assert_eq!(recent(4, 9, Which::All, None), "rcdbf");
    assert_eq!(recent(8, 9, Which::All, None), "bf", "and so is what was taken away since");
    assert_eq!(recent(4, 1, Which::All, Some(("one@topics.x", "r"))), "d", "of each channel so many on all pages");
    store.remove_post(two, "f", 60).unwrap();
    assert_eq!(changes(51, 100), "-f");
    assert!(store.recent("bob@x", 0, 9, Which::All, Some(("two@topics.x", "f")), 9).unwrap().is_none());
    store.set_role(two_number, "bob@x", Some("outcast")).unwrap();
    assert_eq!(recent(0, 9, Which::Threads, None), "cba", "the banned are told nothing");
    assert_eq!(changes(4, 7), "c");
    let placed = store.whereabouts("d").unwrap();
    assert_eq!((placed[0].channel.as_str(), placed[0].kind.as_str()), ("two@topics.x", "posts"));
}

fn a_failed_step_leaves_no_trace(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    store.begin().unwrap();
    let (_, node) = channel(&store, "a@topics.x", "open");
    store.begin_step().unwrap();
    put(&store, node, &post("no", 1, None));
    // What the database itself refuses is undone as well.
    assert!(store.add_node(0, "nowhere").is_err());
    store.undo_step().unwrap();
    store.begin_step().unwrap();
    put(&store, node, &post("yes", 2, None));
    store.end_step().unwrap();
    store.commit().unwrap();
    store.begin().unwrap();
    put(&store, node, &post("undone", 3, None));
    store.roll_back().unwrap();
    assert_eq!(page(&store, node, Window { max: 9, ..Window::default() }).unwrap(), ["yes"]);
    if *place != Place::Memory {
        drop(store);
        let store = ChannelStore::open(place).unwrap();
        assert_eq!(page(&store, node, Window { max: 9, ..Window::default() }).unwrap(), ["yes"]);
    }
}

fn what_is_removed_takes_all_with_it(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (number, node) = channel(&store, "a@topics.x", "open");
    put(&store, node, &NewPost { words: "gone", ..post("p", 1, None) });
    store.set_role(number, "bob@x", Some("member")).unwrap();
    store.set_subscription(&follow(node, "bob@x")).unwrap();
    assert_eq!(store.channels_made_by("juliet@capulet.lit").unwrap(), 1);
    store.remove_channel(number).unwrap();
    assert_eq!(store.channel("a@topics.x").unwrap(), None);
    assert_eq!(store.whereabouts("p").unwrap(), []);
    assert_eq!(store.search("gone", None, Reader { bare: "bob@x", is_local: false }, 0, 9).unwrap(), (Vec::new(), 0));
    assert_eq!(store.roles_of("bob@x", None, 9).unwrap(), []);
    assert_eq!(store.subscription_count_of("bob@x").unwrap(), 0);
    assert_eq!(store.channels_made_by("juliet@capulet.lit").unwrap(), 0);
}

fn lists_of_channels(place: &Place) {
    let store = ChannelStore::open(place).unwrap();
    let (b, b_node) = channel(&store, "b@topics.x", "open");
    channel(&store, "a@topics.x", "open");
    channel(&store, "secret@topics.x", "authorize");
    let metadata = Metadata { title: "Far", description: "", access: "open", default_role: "member" };
    let far = NewChannel { name: "far@y", is_topic: false, metadata, creator: "", authority: Some("channels.y") };
    let far = store.add_channel(&far, 1).unwrap();
    let far_node = store.add_node(far, "posts").unwrap();
    store.set_subscription(&follow(far_node, "bob@x")).unwrap();
    let names = |list: Vec<cirrus::store::channels::Channel>| list.into_iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(names(store.listed(None, 9).unwrap()), ["a@topics.x", "b@topics.x"]);
    assert_eq!(names(store.listed(Some("a@topics.x"), 9).unwrap()), ["b@topics.x"]);
    assert_eq!(store.listed_count().unwrap(), 2);
    assert_eq!(names(store.replicas().unwrap()), ["far@y"]);
    assert_eq!(store.remote_followers().unwrap(), [("channels.y".to_owned(), "bob@x".to_owned())]);
    let metadata = Metadata { title: "100 % Verona_", description: "", access: "open", default_role: "member" };
    store.set_metadata(b, &metadata, 1).unwrap();
    assert_eq!(names(store.find_channels("verona %", 0, 9).unwrap()), ["b@topics.x"]);
    assert_eq!(names(store.find_channels("_", 0, 9).unwrap()), ["b@topics.x"]);
    assert_eq!(names(store.find_channels("secret", 0, 9).unwrap()), Vec::<String>::new());
    store.set_subscription(&follow(b_node, "bob@x")).unwrap();
    put(&store, b_node, &post("p", 10, None));
    assert_eq!(store.most_followed(9).unwrap()[0].1, 1);
    let active = store.most_active(5, 9).unwrap();
    assert_eq!((active[0].0.name.as_str(), active[0].1), ("b@topics.x", 1));
    assert_eq!(store.most_active(11, 9).unwrap(), []);
}

#[test]
fn two_services_do_not_share_a_database() {
    let place = Place::Postgres(postgres::server().database());
    let first = ChannelStore::open(&place).unwrap();
    assert!(matches!(ChannelStore::open(&place), Err(StoreError::InUse)));
    drop(first);
    // The server notices the end of a connection a moment later.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while ChannelStore::open(&place).is_err() {
        assert!(std::time::Instant::now() < deadline, "the database is not free again");
        std::thread::yield_now();
    }
}

#[test]
fn two_services_do_not_share_a_file_but_others_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("channels.db"));
    assert!(ChannelStore::open_to_read(&place).is_err(), "reading makes no database");
    let first = ChannelStore::open(&place).unwrap();
    assert!(matches!(ChannelStore::open(&place), Err(StoreError::InUse)));
    channel(&first, "a@topics.x", "open");
    let reader = ChannelStore::open_to_read(&place).unwrap();
    reader.begin().unwrap();
    assert_eq!(reader.listed_count().unwrap(), 1);
    channel(&first, "b@topics.x", "open");
    assert_eq!(reader.listed_count().unwrap(), 1, "one moment");
    assert!(reader.set_fact("a", "b").is_err(), "it only reads");
    drop(first);
    ChannelStore::open(&place).unwrap();
}
