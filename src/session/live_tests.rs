//! What a session listens to, second by second.

#![allow(clippy::unwrap_used)]
use super::*;

fn ids(names: &[&str]) -> Vec<PostId> {
    names.iter().map(|name| PostId::new(*name).unwrap()).collect()
}

fn part(names: &[&str]) -> Option<Seen> {
    Some(Seen { ids: ids(names), is_whole: false })
}

fn whole(names: &[&str]) -> Option<Seen> {
    Some(Seen { ids: ids(names), is_whole: true })
}

#[tokio::test(start_paused = true)]
async fn a_guest_polls_until_an_event_proves_that_events_come() {
    let channel = ChannelId::parse("alice@example.org").unwrap();
    let wanted = HashMap::from([(&channel, Interest::Open)]);
    let mut live = Live::new(None);
    assert_eq!(live.tick(&wanted, Instant::now()), [Action::Subscribe(channel.clone())]);
    live.subscribed(&channel, Ok(()), Instant::now());
    assert!(live.heard(&channel, Instant::now()), "the greeting is heard");
    assert_eq!(live.liveness(&channel), Liveness::Polled, "and proves nothing");
    assert_eq!(live.tick(&wanted, Instant::now()), [Action::Poll(channel.clone())]);
    assert_eq!(live.polled(&channel, whole(&["a"])), (vec![], Look::First));
    tokio::time::advance(POLL).await;
    assert_eq!(live.tick(&wanted, Instant::now()), [Action::Poll(channel.clone())]);
    live.polled(&channel, whole(&["b", "a"]));
    live.heard(&channel, Instant::now());
    assert_eq!(live.liveness(&channel), Liveness::Events);
    tokio::time::advance(POLL).await;
    assert_eq!(live.tick(&wanted, Instant::now()), []);
    tokio::time::advance(LINGER + POLL).await;
    assert_eq!(live.tick(&HashMap::new(), Instant::now()), [Action::Unsubscribe(channel.clone())]);
    assert!(!live.heard(&channel, Instant::now()), "nobody asked for it any more");
}

#[tokio::test(start_paused = true)]
async fn a_poll_tells_what_is_gone_from_what_is_old() {
    let channel = ChannelId::parse("alice@example.org").unwrap();
    let wanted = HashMap::from([(&channel, Interest::Open)]);
    let mut live = Live::new(None);
    live.tick(&wanted, Instant::now());
    live.polled(&channel, part(&["d", "c", "b"]));
    assert_eq!(live.polled(&channel, part(&["e", "d", "c"])).0, [], "b fell off the end");
    assert_eq!(live.polled(&channel, part(&["e", "c", "b"])).0, ids(&["d"]));
    assert_eq!(live.polled(&channel, part(&["e", "c"])).0, [], "a page with a broken item is shorter");
    assert_eq!(live.polled(&channel, whole(&["e", "b"])).0, ids(&["c"]));
    assert_eq!(live.polled(&channel, whole(&[])).0, ids(&["e", "b"]));
    live.polled(&channel, whole(&["f", "g"]));
    assert_eq!(live.polled(&channel, part(&["i", "h"])), (vec![], Look::Gap));
    assert_eq!(live.polled(&channel, whole(&["k"])).0, ids(&["i", "h"]), "a whole page leaves nothing open");
}

#[tokio::test(start_paused = true)]
async fn a_thread_longer_than_a_page_loses_nothing() {
    let channel = ChannelId::parse("pubsub.example.org/urn:xmpp:microblog:0:comments/one").unwrap();
    let names: Vec<String> = (0..50).map(|number| format!("reply-{number}")).collect();
    let all: Vec<&str> = names.iter().rev().map(String::as_str).collect();
    let mut live = Live::new(None);
    live.tick(&HashMap::from([(&channel, Interest::Open)]), Instant::now());
    live.read(channel.clone(), ids(&all));
    assert_eq!(live.polled(&channel, part(&all[..NEWEST])), (vec![], Look::Again));
}

/// Lets a second pass in which nobody answers.
fn asked(live: &mut Live, wanted: &HashMap<&ChannelId, Interest>) -> HashSet<ChannelId> {
    let channel = |action| match action {
        Action::Subscribe(channel) | Action::Unsubscribe(channel) | Action::Poll(channel) => channel,
    };
    live.tick(wanted, Instant::now()).into_iter().map(channel).collect()
}

#[tokio::test(start_paused = true)]
async fn dead_follows_do_not_hold_up_an_open_page() {
    let dead: Vec<_> = (0..16).map(|number| ChannelId::parse(&format!("a@dead{number}.example")).unwrap()).collect();
    let open = ChannelId::parse("b@alive.example").unwrap();
    let mut live = Live::new(None);
    let mut wanted: HashMap<_, _> = dead.iter().map(|channel| (channel, Interest::Home)).collect();
    assert_eq!(asked(&mut live, &wanted).len(), ACTIONS - RESERVED);
    wanted.insert(&open, Interest::Open);
    assert!(asked(&mut live, &wanted).contains(&open));
}

#[tokio::test(start_paused = true)]
async fn a_refused_subscription_is_tried_ever_less_often() {
    let channel = ChannelId::parse("alice@example.org").unwrap();
    let wanted = HashMap::from([(&channel, Interest::Followed)]);
    let mut live = Live::new(None);
    let mut tries = 0;
    for _ in 0..4 * 60 {
        if !live.tick(&wanted, Instant::now()).is_empty() {
            tries += 1;
            live.subscribed(&channel, Err(()), Instant::now());
        }
        tokio::time::advance(Duration::from_secs(60)).await;
    }
    assert!((8..=14).contains(&tries), "{tries} times in four hours");
}
