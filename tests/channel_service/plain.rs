//! Ordinary pubsub clients beside Buddycloud's: people without a channel here, who write and read as Movim does.

mod person;

use crate::support::channel_service::ChannelService;
use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::movim;
use crate::support::servers::Server;

use self::person::{
    DISCO_ITEMS, Plain, community, item, list, member, movim_comment, movim_publish, said, thread_of, trial,
};

use super::words::{comment, create, ids, info, items, owner, publish, rating, retract, role, subscribe};

on_servers! { [home_channels prosody_channels ejabberd_channels] {
    a_community_is_found_made_and_read
    a_channel_is_followed_commented_and_liked
    what_is_deleted_on_either_side_is_gone_on_both
    who_is_banned_is_out
    a_foreign_library_takes_part
} }

async fn a_community_is_found_made_and_read(server: &'static Server) {
    let (mercutio, benvolio) = (Plain::new(server).await, Plain::new(server).await);
    let nurse = member(server).await;
    let name = format!("trains-{}", mercutio.name());
    let full = format!("/user/{name}@topics.{}/posts", server.domain);

    // The service is found, and says what it can.
    let found = mercutio.client.done(&server.domain, "get", &format!("<query xmlns='{DISCO_ITEMS}'/>")).await;
    assert!(said(&found, "jid", mercutio.service), "{found}");
    let about = mercutio.gets("<query xmlns='http://jabber.org/protocol/disco#info'/>").await;
    assert!(said(&about, "category", "pubsub") && said(&about, "type", "service"), "{about}");
    for feature in ["create-nodes", "publish", "retrieve-items", "subscribe"] {
        assert!(said(&about, "var", &format!("http://jabber.org/protocol/pubsub#{feature}")), "{feature}: {about}");
    }

    // Made by a plain name; that one may make any is tried out by everybody with the same name.
    for who in [&mercutio, &benvolio] {
        who.sets(&community("test_node", "Test")).await;
        who.sets(&owner("<delete node='test_node'/>")).await;
    }
    mercutio.sets(&community(&name, "Trains of Verona")).await;
    assert!(benvolio.refused("set", &community(&name, "Mine")).await.contains("conflict"));
    let about = benvolio.gets(&info(&name)).await;
    assert!(said(&about, "type", "leaf") && about.contains("Trains of Verona"), "{about}");

    // Whether one may post is tried out each time the community is opened: it leaves no trace.
    assert!(benvolio.refused("set", &trial(&name)).await.contains("forbidden"));
    mercutio.follows(&name).await;
    benvolio.follows(&name).await;
    nurse.follows(&full).await;
    for who in [&mercutio, &benvolio, &mercutio] {
        who.sets(&trial(&name)).await;
        let _ = who.client.tries(who.service, "set", &retract(&name, "test_post")).await;
    }
    assert_eq!(ids(&mercutio.gets(&items(&name)).await), Vec::<String>::new());

    // A post as Movim writes it; who claims to be another is not believed.
    let id = format!("night-train-{}", mercutio.name());
    let entry = foreign::entry_with_comments(nurse.bare(), &id, "Night train", "It *leaves* at ten", "elsewhere.test")
        .replace(
            "</entry>",
            "<category term='rail'/><link rel='enclosure' type='image/png' href='https://verona.test/t.png'/></entry>",
        );
    mercutio.sets(&movim_publish(&name, &id, &entry)).await;
    let entries = benvolio.entries(&name).await;
    let [read] = entries.as_slice() else { panic!("one post: {entries:?}") };
    read.must_be_by(mercutio.bare());
    assert_eq!((read.id.as_str(), read.text("title").as_deref()), (id.as_str(), Some("Night train")));
    assert!(read.xhtml().is_some_and(|xhtml| xhtml.contains("<p>It *leaves* at ten</p>")), "{read:?}");
    assert_eq!(read.source().as_deref(), Some("It *leaves* at ten"));
    assert_eq!(read.tags(), ["rail"]);
    assert_eq!(read.links("enclosure")[0].0, "https://verona.test/t.png");
    let thread = thread_of(read, &benvolio);
    assert!(thread.ends_with(&id), "{thread}");

    // It is heard of in each one's own way.
    let heard = benvolio.hears(&name, &id).await;
    heard.must_be_by(mercutio.bare());
    assert_eq!(heard.text("title"), read.text("title"));
    let heard = nurse.client.hears(&id).await;
    assert!(said(&heard, "node", &full) && heard.contains(&format!("acct:{}", mercutio.bare())), "{heard}");
    assert!(!heard.contains(&format!(":{}<", nurse.bare())), "the forged author is nowhere: {heard}");
    for who in [&benvolio, &nurse] {
        who.has_not_heard("test_post").await;
    }

    // Movim makes the comments' node after the post, and if that is done its author listens there.
    mercutio.sets(&create(&thread, &[("pubsub#publish_model", "open"), ("pubsub#access_model", "open")])).await;
    mercutio.follows(&thread).await;
    benvolio.sets(&movim_comment(&thread, &benvolio, &format!("c-{id}"), "Half past")).await;
    mercutio.hears(&thread, "Half past").await.must_be_by(benvolio.bare());

    // A change keeps its place and its first date, and is nobody else's to make.
    let changed = foreign::entry(mercutio.bare(), &id, "Night train", "It leaves at eleven");
    assert!(benvolio.refused("set", &movim_publish(&name, &id, &changed)).await.contains("forbidden"));
    mercutio.sets(&movim_publish(&name, &id, &changed)).await;
    let entries = benvolio.entries(&name).await;
    let [after] = entries.as_slice() else { panic!("one post: {entries:?}") };
    assert_eq!(after.source().as_deref(), Some("It leaves at eleven"));
    assert_eq!(after.text("published"), read.text("published"));
    assert_ne!(after.text("updated"), read.text("updated"));
    assert_eq!(thread_of(after, &benvolio), thread);
}

async fn a_channel_is_followed_commented_and_liked(server: &'static Server) {
    let (mercutio, benvolio) = (Plain::new(server).await, Plain::new(server).await);
    let nurse = member(server).await;
    let node = format!("/user/{}/posts", nurse.bare());
    let id = format!("nurse-post-{}", nurse.name());
    mercutio.follows(&node).await;
    nurse.sets(&publish(&node, &id, "<content>Go, girl, seek happy nights</content>")).await;

    // A post of Buddycloud's has no title; Movim would drop it.
    let heard = mercutio.hears(&node, &id).await;
    heard.must_be_by(nurse.bare());
    assert_eq!(heard.text("title").as_deref(), Some("Go, girl, seek happy nights"));
    let thread = thread_of(&heard, &mercutio);
    mercutio.follows(&thread).await;

    // Who does not follow reads an open channel, and no more.
    assert_eq!(ids(&benvolio.gets(&items(&node)).await), [id.as_str()]);
    for text in ["A word", "♥"] {
        let refused = benvolio.refused("set", &movim_comment(&thread, &benvolio, "stranger-1", text)).await;
        assert!(refused.contains("forbidden"), "{refused}");
    }

    // A comment and a heart, from there to here.
    let (said_id, liked) = (format!("said-{id}"), format!("liked-{id}"));
    mercutio.sets(&movim_comment(&thread, &mercutio, &said_id, "A sail, a sail!")).await;
    let heard = nurse.client.hears("A sail, a sail!").await;
    assert!(said(&heard, "node", &node) && said(&heard, "ref", &id), "{heard}");
    assert!(heard.contains(&format!("acct:{}", mercutio.bare())) && !heard.contains("rating"), "{heard}");
    mercutio.sets(&movim_comment(&thread, &mercutio, &liked, "♥")).await;
    let heard = nurse.client.hears(&liked).await;
    assert!(heard.contains(">5.0</rating>") && heard.contains(&format!(",{id}</id>")), "{heard}");

    // A heart is given once, until it is taken back.
    let again = movim_comment(&thread, &mercutio, &format!("again-{id}"), "♥");
    assert!(mercutio.refused("set", &again).await.contains("item-already-rated"));
    mercutio.sets(&retract(&thread, &liked)).await;
    nurse.client.hears("<retract").await;
    mercutio.sets(&again).await;
    assert!(mercutio.refused("set", &movim_comment(&thread, &mercutio, &liked, "♥")).await.contains("already-rated"));

    // And from here to there.
    mercutio.client.forget();
    let (answer, stars) = (format!("answer-{id}"), format!("stars-{id}"));
    nurse.sets(&publish(&node, &answer, &comment(&id, "Peter, my fan"))).await;
    mercutio.hears(&thread, &answer).await.must_be_by(nurse.bare());
    nurse.sets(&publish(&node, &stars, &rating(&id))).await;
    let heard = mercutio.hears(&thread, &stars).await;
    heard.must_be_by(nurse.bare());
    assert_eq!(heard.text("title").as_deref(), Some("♥"));
    mercutio.has_not_heard(&answer).await;

    // The thread as Movim reads it, oldest first, with each like once.
    let entries = mercutio.entries(&thread).await;
    let read: Vec<_> = entries.iter().map(|entry| (entry.id.as_str(), entry.text("title").unwrap())).collect();
    let expected = [
        (said_id.as_str(), "A sail, a sail!".to_owned()),
        (&format!("again-{id}"), "♥".to_owned()),
        (&answer, "Peter, my fan".to_owned()),
        (&stars, "♥".to_owned()),
    ];
    assert_eq!(read, expected);
    for (entry, author) in entries.iter().zip([&mercutio, &mercutio, &nurse, &nurse]) {
        entry.must_be_by(author.bare());
    }
    assert_eq!(
        ids(&mercutio.gets(&item(&thread, &said_id)).await),
        [said_id.as_str()],
        "what Movim asks after it wrote"
    );
    assert_eq!(ids(&mercutio.gets(&item(&thread, &id)).await), Vec::<String>::new(), "the post is no comment");

    // Replies are not among the posts: not in pages, not by id, not in the list of ids.
    assert_eq!(ids(&mercutio.gets(&items(&node)).await), [id.as_str()]);
    assert_eq!(ids(&mercutio.gets(&item(&node, &said_id)).await), Vec::<String>::new());
    let listed = mercutio.gets(&list(&node)).await;
    assert!(said(&listed, "name", &id) && !said(&listed, "name", &said_id), "{listed}");
    // Buddycloud has them there, newest first.
    let all = ids(&nurse.gets(&items(&node)).await);
    assert_eq!(all, [stars, answer, format!("again-{id}"), said_id, id]);
}

async fn what_is_deleted_on_either_side_is_gone_on_both(server: &'static Server) {
    let (mercutio, benvolio) = (Plain::new(server).await, Plain::new(server).await);
    let nurse = member(server).await;
    let name = format!("duels-{}", mercutio.name());
    let full = format!("/user/{name}@topics.{}/posts", server.domain);
    mercutio.sets(&community(&name, "Duels")).await;
    // Who makes a channel follows it, by its own name; Movim subscribes by the name that it gave.
    for (who, node) in [(&mercutio, &name), (&benvolio, &name), (&nurse, &full)] {
        who.follows(node).await;
    }
    let post = |who: &Plain, what: &str| format!("{what}-{}-{}", who.name(), mercutio.name());
    let (his, hers, words) = (post(&mercutio, "post"), post(&nurse, "post"), post(&benvolio, "words"));
    mercutio.sets(&movim_publish(&name, &his, &foreign::entry(mercutio.bare(), &his, "A scratch", "A scratch"))).await;
    nurse.sets(&publish(&full, &hers, "<content>Marry, 'tis enough</content>")).await;
    benvolio.hears(&name, &hers).await.must_be_by(nurse.bare());
    let thread = format!("urn:xmpp:microblog:0:comments/{his}");
    benvolio.follows(&thread).await;
    nurse.sets(&publish(&full, &post(&nurse, "words"), &comment(&his, "Call a surgeon"))).await;
    benvolio.sets(&movim_comment(&thread, &benvolio, &words, "Courage, man")).await;
    nurse.client.hears("Courage, man").await;
    benvolio.hears(&thread, "Courage, man").await;

    // Not one's own: only who looks after the channel deletes it.
    for (node, id) in [(&name, &hers), (&thread, &post(&nurse, "words"))] {
        assert!(benvolio.refused("set", &retract(node, id)).await.contains("forbidden"));
    }
    assert!(nurse.refused("set", &retract(&full, &words)).await.contains("forbidden"));

    // Hers goes by him, who made the community; a comment goes by its author.
    for who in [&benvolio, &nurse] {
        who.client.forget();
    }
    mercutio.sets(&retract(&name, &hers)).await;
    let heard = benvolio.client.hears("<retract").await;
    assert!(said(&heard, "node", &name) && said(&heard, "id", &hers) && !heard.contains("deleted-entry"), "{heard}");
    let heard = nurse.client.hears("<retract").await;
    assert!(said(&heard, "node", &full) && heard.contains("deleted-entry"), "{heard}");
    nurse.sets(&retract(&full, &post(&nurse, "words"))).await;
    let heard = benvolio.client.hears("<retract").await;
    assert!(said(&heard, "node", &thread) && said(&heard, "id", &post(&nurse, "words")), "{heard}");
    assert_eq!(ids(&benvolio.gets(&items(&thread)).await), [words.as_str()]);
    assert_eq!(ids(&benvolio.gets(&items(&name)).await), [his.as_str()], "nothing stands in a deleted post's place");

    // A post goes with its thread; Movim then deletes the comments' node, which is done already.
    let delete = owner(&format!("<delete node='{thread}'/>"));
    assert!(
        benvolio.refused("set", &delete).await.contains("not-allowed"),
        "a thread with its post is nobody's to delete"
    );
    mercutio.sets(&retract(&name, &his)).await;
    mercutio.sets(&delete).await;
    assert!(benvolio.refused("get", &items(&thread)).await.contains("item-not-found"));
    let lost = benvolio.refused("set", &movim_comment(&thread, &benvolio, &format!("late-{his}"), "Too late")).await;
    assert!(lost.contains("item-not-found"), "{lost}");
    assert_eq!(ids(&benvolio.gets(&items(&name)).await), Vec::<String>::new());
    assert!(!nurse.gets(&items(&full)).await.contains("Courage, man"));

    // The whole community goes the same way.
    assert!(benvolio.refused("set", &owner(&format!("<delete node='{name}'/>"))).await.contains("forbidden"));
    mercutio.sets(&owner(&format!("<delete node='{name}'/>"))).await;
    assert!(said(&benvolio.client.hears("<delete").await, "node", &name));
    assert!(said(&nurse.client.hears("<delete").await, "node", &full));
    assert!(benvolio.refused("get", &items(&name)).await.contains("item-not-found"));
}

async fn who_is_banned_is_out(server: &'static Server) {
    let (mercutio, tybalt) = (Plain::new(server).await, Plain::new(server).await);
    let name = format!("streets-{}", mercutio.name());
    mercutio.sets(&community(&name, "Streets")).await;
    mercutio.follows(&name).await;
    tybalt.follows(&name).await;
    let id = format!("quarrel-{}", mercutio.name());
    mercutio
        .sets(&movim_publish(&name, &id, &foreign::entry(mercutio.bare(), &id, "Good king of cats", "Words")))
        .await;
    let thread = thread_of(&tybalt.hears(&name, &id).await, &tybalt);
    mercutio.follows(&thread).await;
    tybalt.follows(&thread).await;
    let before = format!("before-{id}");
    tybalt.sets(&movim_comment(&thread, &tybalt, &before, "I am for you")).await;
    mercutio.hears(&thread, &before).await;
    mercutio.sets(&role(&name, tybalt.bare(), "outcast")).await;
    tybalt.client.hears("outcast").await;
    tybalt.client.forget();

    for payload in [items(&name), item(&name, &id), items(&thread), item(&thread, &before), list(&name), list(&thread)]
    {
        let refused = tybalt.refused("get", &payload).await;
        assert!(refused.contains("forbidden") && !refused.contains("Good king"), "{payload}: {refused}");
    }
    let entry = foreign::entry(tybalt.bare(), "boy-post", "Boy", "Boy");
    for payload in [
        movim_publish(&name, "boy-post", &entry),
        trial(&name),
        movim_comment(&thread, &tybalt, "boy-comment", "Boy"),
        movim_comment(&thread, &tybalt, "boy-heart", "♥"),
        movim_comment(&thread, &tybalt, &before, "Other words"),
        retract(&thread, &before),
        subscribe(&name, tybalt.bare()),
        subscribe(&thread, tybalt.bare()),
    ] {
        let refused = tybalt.refused("set", &payload).await;
        assert!(refused.contains("forbidden"), "{payload}: {refused}");
    }
    // What comes after is not told to him, neither in the community nor in the thread.
    let later = format!("later-{id}");
    mercutio.sets(&movim_publish(&name, &later, &foreign::entry(mercutio.bare(), &later, "Later", "Words"))).await;
    mercutio.sets(&movim_comment(&thread, &mercutio, &format!("later-said-{id}"), "He is gone")).await;
    mercutio.hears(&thread, "He is gone").await;
    tybalt.has_not_heard("later-").await;
    let read: Vec<_> = mercutio.entries(&thread).await.into_iter().filter_map(|entry| entry.text("title")).collect();
    assert_eq!(read, ["I am for you", "He is gone"], "what was refused has changed nothing");
    assert!(!mercutio.client.heard().contains("boy-"), "{}", mercutio.client.heard());
}

async fn a_foreign_library_takes_part(server: &'static Server) {
    let service = ChannelService::of(server).address.as_str();
    let nurse = member(server).await;
    let account = server.account();
    let mut paris = Foreign::sign_in(server, &account).await;
    let name = format!("county-{}", account.name());
    let full = format!("/user/{name}@topics.{}/posts", server.domain);
    paris.create(Some(service), &name, &[("pubsub#title", "County"), ("pubsub#access_model", "open")]).await.unwrap();
    paris.subscribe(service, &name).await.unwrap();
    nurse.follows(&full).await;
    let id = format!("suit-{}", account.name());
    let entry = foreign::entry_with_comments(&account.address, &id, "My suit", "What say you?", service);
    paris.publish(Some(service), &name, &id, &entry).await.unwrap();
    let told = paris.message("the own post", |message| message.contains(&id)).await;
    assert!(said(&told, "node", &name), "{told}");
    nurse.client.hears("What say you?").await;

    let entries = movim::entries(&paris.items(service, &name).await.unwrap());
    let [read] = entries.as_slice() else { panic!("one post: {entries:?}") };
    read.must_be_by(&account.address);
    let thread = thread_of(read, &nurse);
    paris.subscribe(service, &thread).await.unwrap();
    let answer = format!("answer-{}", account.name());
    nurse.sets(&publish(&full, &answer, &comment(&id, "A man of wax"))).await;
    let told = paris.message("the answer", |message| message.contains("A man of wax")).await;
    assert!(said(&told, "node", &thread), "{told}");
    let heart = format!("heart-{}", account.name());
    paris.publish(Some(service), &thread, &heart, &foreign::comment(&account.address, &heart, "♥")).await.unwrap();
    assert!(nurse.client.hears(&heart).await.contains(">5.0</rating>"));
    assert!(paris.retract(Some(service), &thread, &answer).await.is_ok(), "whose community it is may tidy up");
    nurse.client.hears("<retract").await;
    // There are no microblogs at the service: those are in people's accounts.
    assert!(paris.publish(Some(service), MICROBLOG, "own-blog", &entry).await.is_err());
    paris.sign_out().await;
}
