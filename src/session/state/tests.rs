//! What a session makes of what it is told: whom it believes, what pages hear of it.

#![allow(clippy::unwrap_used)]

use futures::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::*;
use crate::channel::{Author, Content, Post, PostId, Standing};

const REPLIES: &str = "pubsub.example.org/urn:xmpp:microblog:0:comments/one";

fn channel(name: &str) -> ChannelId {
    ChannelId::parse(name).unwrap()
}

fn state() -> State {
    State::new(Some("alice@example.org".parse().unwrap()), 7, Instant::now(), Timestamp::UNIX_EPOCH)
}

fn post(place: &str, id: &str, author: &str, text: &str) -> Post {
    Post {
        at: PostRef::new(channel(place), PostId::new(id).unwrap()),
        author: Author { address: Some(author.parse().unwrap()), name: None, standing: Standing::Verified },
        content: Content { text: Some(text.to_owned()), ..Content::default() },
        published: Timestamp::UNIX_EPOCH,
        updated: Timestamp::UNIX_EPOCH,
        tags: Vec::new(),
        links: Vec::new(),
        replies: None,
        in_reply_to: None,
        about: None,
        rating: None,
        place: None,
        is_deleted: false,
    }
}

/// Opens a page and lets the session listen to what it needs.
fn open(state: &mut State, scope: Scope, replies: Option<&str>) -> mpsc::Receiver<Numbered> {
    let (_, receiver) = state.watch(scope, replies.map(channel), None);
    state.tick(Instant::now());
    receiver
}

fn heard(page: &mut mpsc::Receiver<Numbered>) -> Vec<Event> {
    std::iter::from_fn(|| page.recv().now_or_never().flatten()).map(|numbered| Event::clone(&numbered.event)).collect()
}

fn happened(state: &mut State, event: channel::Event) -> Vec<Deed> {
    state.command(Command::Happened(Box::new(event)), Instant::now())
}

fn published(state: &mut State, post: &Post) {
    happened(state, channel::Event::Published(Box::new(post.clone())));
}

fn read(state: &mut State, posts: Vec<Post>, newest: Newest) {
    let (answer, _) = oneshot::channel();
    state.command(Command::Read { posts, newest, answer }, Instant::now());
}

fn done(state: &mut State, stream: u64, done: Done) -> Vec<Deed> {
    state.command(Command::Done { stream, done }, Instant::now())
}

/// Bob's entry as an event from this address.
fn event(from: &str) -> Message {
    let xml = format!(
        "<message xmlns='jabber:client' from='{from}' to='alice@example.org/web'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:microblog:0'>\
         <item id='one' publisher='bob@example.org'><entry xmlns='http://www.w3.org/2005/Atom'><title>Hi</title>\
         <id>tag:example.org,2020:one</id><published>2020-01-01T00:00:00Z</published>\
         <updated>2020-01-01T00:00:00Z</updated></entry></item></items></event></message>"
    );
    Message::try_from(xml.parse::<Element>().unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn events_come_from_an_account_and_not_from_one_of_its_clients() {
    let mut state = state();
    let mut page = open(&mut state, Scope::Channel(channel("bob@example.org")), None);
    state.message(event("bob@example.org/phone"), Instant::now());
    assert_eq!(heard(&mut page), []);
    state.message(event("bob@example.org"), Instant::now());
    assert!(matches!(heard(&mut page).as_slice(), [Event::Posted(_)]));
}

#[tokio::test(start_paused = true)]
async fn a_future_date_does_not_hide_later_news() {
    let mut state = state();
    let place = "pubsub.example.org/news";
    let mut page = open(&mut state, Scope::Channel(channel(place)), None);
    let mut future = post(place, "future", "bob@example.org", "soon");
    future.published = Timestamp::MAX;
    let old = post(place, "old", "bob@example.org", "then");
    read(&mut state, vec![future.clone(), old.clone()], Newest::Page(channel(place)));
    let new = post(place, "new", "bob@example.org", "now");
    let polled = Done::Polled { channel: channel(place), page: Some((vec![future, new.clone(), old], true)) };
    done(&mut state, 0, polled);
    assert_eq!(heard(&mut page), [Event::Posted(Arc::new(new))]);
}

#[tokio::test(start_paused = true)]
async fn likes_are_counted_once_a_person_as_they_come_and_go() {
    let mut state = state();
    let head = post("bob@example.org", "one", "bob@example.org", "Hi");
    let mut page = open(&mut state, Scope::Thread(head.at.clone()), Some(REPLIES));
    let like = |id, author| post(REPLIES, id, author, "♥");
    read(&mut state, vec![like("l0", "dora@example.org")], Newest::Page(channel(REPLIES)));
    assert_eq!(heard(&mut page), [], "the page shows it already");
    for (id, author) in [("l1", "carol@example.org"), ("l2", "carol@example.org")] {
        published(&mut state, &like(id, author));
    }
    happened(&mut state, channel::Event::Removed(like("l0", "dora@example.org").at));
    let likes: Vec<usize> = heard(&mut page)
        .into_iter()
        .map(|event| if let Event::Liked { likes, .. } = event { likes } else { panic!("{event:?}") })
        .collect();
    assert_eq!(likes, [2, 2, 1]);
}

#[tokio::test(start_paused = true)]
async fn likes_of_blocked_people_do_not_count_and_open_pages_hear_of_the_change() {
    let mut state = state();
    let head = Post { replies: Some(channel(REPLIES)), ..post("bob@example.org", "one", "bob@example.org", "Hi") };
    read(&mut state, vec![head.clone()], Newest::No);
    let mut page = open(&mut state, Scope::Thread(head.at.clone()), Some(REPLIES));
    state.blocks_changed(Change::Whole(Vec::new()));
    assert_eq!(heard(&mut page), [], "that is how it was");
    state.blocks_changed(Change::Block(vec!["mallory@example.org".to_owned()]));
    state.blocks_changed(Change::Block(vec!["mallory@example.org".to_owned()]));
    assert_eq!(heard(&mut page), [Event::BlocksChanged]);
    for (id, who) in [("l1", "mallory@example.org"), ("l2", "carol@example.org")] {
        published(&mut state, &Post { rating: Some(5), ..post(REPLIES, id, who, "♥") });
    }
    let likes = heard(&mut page).into_iter().map(|event| match event {
        Event::Liked { likes, .. } => likes,
        other => panic!("{other:?}"),
    });
    assert_eq!(likes.last(), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_reply_reaches_every_thread_that_names_its_place() {
    let mut state = state();
    let head = post("bob@example.org", "one", "bob@example.org", "Hi");
    let mut page = open(&mut state, Scope::Thread(head.at), Some(REPLIES));
    let mut thief = post("mallory@example.org", "two", "mallory@example.org", "mine");
    thief.replies = Some(channel(REPLIES));
    published(&mut state, &thief);
    let mut other = open(&mut state, Scope::Thread(thief.at), Some(REPLIES));
    let mut elsewhere = open(&mut state, Scope::Channel(channel("carol@example.org")), None);
    published(&mut state, &post(REPLIES, "r1", "carol@example.org", "Yes"));
    for page in [&mut page, &mut other] {
        assert!(matches!(heard(page).as_slice(), [Event::Replied { .. }]));
    }
    assert_eq!(heard(&mut elsewhere), []);
}

#[tokio::test(start_paused = true)]
async fn an_announced_post_that_cannot_be_read_makes_pages_reload() {
    let mut state = state();
    let mut page = open(&mut state, Scope::Channel(channel("bob@example.org")), None);
    let at = post("bob@example.org", "one", "bob@example.org", "").at;
    let deeds = happened(&mut state, channel::Event::Announced(at.clone()));
    assert!(matches!(deeds.as_slice(), [Deed::Fetch(fetched)] if *fetched == at));
    done(&mut state, 0, Done::Fetched { at: at.clone(), post: Ok(None) });
    assert_eq!(heard(&mut page), [], "there is no such post");
    done(&mut state, 0, Done::Fetched { at, post: Err(()) });
    assert_eq!(heard(&mut page), [Event::Resync]);
}

#[tokio::test(start_paused = true)]
async fn answers_of_an_older_stream_do_not_count() {
    let mut state = state();
    let bob = channel("bob@example.org");
    let _page = open(&mut state, Scope::Channel(bob.clone()), None);
    state.reset();
    let refused = || Done::Subscribed { channel: bob.clone(), outcome: Err(()) };
    done(&mut state, 0, refused());
    let deeds = state.tick(Instant::now());
    assert!(deeds.iter().any(|deed| matches!(deed, Deed::Live(Action::Subscribe(asked)) if *asked == bob)));
    done(&mut state, 1, refused());
    let deeds = state.tick(Instant::now());
    assert!(!deeds.iter().any(|deed| matches!(deed, Deed::Live(Action::Subscribe(_)))), "that one counts");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_opens_while_the_connection_is_lost_is_told_so() {
    let mut state = state();
    state.connection(Connection::Lost);
    let (missed, _receiver) = state.watch(Scope::Home, None, None);
    assert_eq!(*missed[0].event, Event::Connection(Connection::Lost));
    state.connection(Connection::Up);
    let (missed, _receiver) = state.watch(Scope::Home, None, None);
    assert!(missed.is_empty());
}

const NODE: &str = "/user/juliet@example.org/posts";

/// A post of Juliet's channel as its service tells it, from this address.
fn told(from: &str) -> Message {
    let xml = format!(
        "<message xmlns='jabber:client' type='headline' from='{from}' to='alice@example.org/web'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='{NODE}'><item id='one'>\
         <entry xmlns='http://www.w3.org/2005/Atom'><content>Hi</content><id>one</id>\
         <author><uri>acct:juliet@example.org</uri></author><published>2020-01-01T00:00:00Z</published>\
         <updated>2020-01-01T00:00:00Z</updated></entry></item></items></event></message>"
    );
    Message::try_from(xml.parse::<Element>().unwrap()).unwrap()
}

fn enrolled(state: &mut State) {
    state.command(Command::Enrolled(Some(voices::tests::service("example.org"))), Instant::now());
}

#[tokio::test(start_paused = true)]
async fn only_the_channel_service_tells_of_its_channels() {
    let mut state = state();
    let mut page = open(&mut state, Scope::Channel(channel(NODE)), None);
    state.message(told("channels.example.org"), Instant::now());
    assert_eq!(heard(&mut page), [], "nobody has found that service");
    enrolled(&mut state);
    for impostor in ["juliet@example.org", "channels.example.net", "channels.example.org/phone"] {
        state.message(told(impostor), Instant::now());
        assert_eq!(heard(&mut page), [], "{impostor}");
    }
    state.message(told("channels.example.org"), Instant::now());
    assert!(matches!(heard(&mut page).as_slice(), [Event::Posted(_)]));
}

#[tokio::test(start_paused = true)]
async fn a_reply_in_its_channel_is_shown_in_its_thread_only() {
    let mut state = state();
    enrolled(&mut state);
    let head = Post { replies: Some(channel(NODE)), ..post(NODE, "one", "juliet@example.org", "Hi") };
    read(&mut state, vec![head.clone()], Newest::Page(channel(NODE)));
    let other = PostRef::new(channel(NODE), PostId::new("two").unwrap());
    let mut thread = open(&mut state, Scope::Thread(head.at.clone()), Some(NODE));
    let mut elsewhere = open(&mut state, Scope::Thread(other), Some(NODE));
    let mut page = open(&mut state, Scope::Channel(channel(NODE)), None);
    let mut home = open(&mut state, Scope::Home, None);
    let reply = Post { in_reply_to: Some(head.at.clone()), ..post(NODE, "r1", "nurse@example.org", "Yes") };
    published(&mut state, &reply);
    let like = Post { rating: Some(5), ..post(NODE, "l1", "nurse@example.org", "rating:5.0") };
    published(&mut state, &Post { in_reply_to: Some(head.at.clone()), ..like });
    happened(&mut state, channel::Event::Removed(reply.at.clone()));
    let (to, shown) = (head.at.clone(), Arc::new(reply.clone()));
    let expected =
        [Event::Replied { to: to.clone(), reply: shown }, Event::Liked { to, likes: 1 }, Event::Removed(reply.at)];
    assert_eq!(heard(&mut thread), expected);
    for page in [&mut elsewhere, &mut page, &mut home] {
        assert_eq!(heard(page), []);
    }
    published(&mut state, &post(NODE, "new", "juliet@example.org", "New"));
    assert!(matches!(heard(&mut page).as_slice(), [Event::Posted(_)]), "a post is no reply");
}

#[tokio::test(start_paused = true)]
async fn a_session_registers_when_it_begins_and_after_each_new_stream() {
    let mut state = state();
    let is_due = |deeds: Vec<Deed>| deeds.iter().any(|deed| matches!(deed, Deed::Enrol));
    assert!(is_due(state.tick(Instant::now())));
    enrolled(&mut state);
    assert!(!is_due(state.tick(Instant::now())));
    state.reset();
    assert!(is_due(state.tick(Instant::now())));
    let mut guest = State::new(None, 7, Instant::now(), Timestamp::UNIX_EPOCH);
    assert!(!is_due(guest.tick(Instant::now())), "a guest has no channel");
}

#[tokio::test(start_paused = true)]
async fn an_open_thread_without_events_is_looked_at() {
    let mut state = state();
    enrolled(&mut state);
    let at = PostRef::new(channel(NODE), PostId::new("one").unwrap());
    let _page = open(&mut state, Scope::Thread(at.clone()), Some(NODE));
    done(&mut state, 0, Done::Subscribed { channel: channel(NODE), outcome: Err(()) });
    let is_due = |deeds: Vec<Deed>| deeds.iter().any(|deed| matches!(deed, Deed::ReadReplies(post) if *post == at));
    assert!(!is_due(state.tick(Instant::now())), "the page has just been read");
    tokio::time::advance(POLL).await;
    assert!(is_due(state.tick(Instant::now())));
    assert!(!is_due(state.tick(Instant::now())));
}
