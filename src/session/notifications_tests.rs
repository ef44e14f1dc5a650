//! Who is told of what.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::channel::{Author, Content, PostId};

fn me() -> Address {
    "alice@example.org".parse().unwrap()
}

fn post(channel: &ChannelId, id: &str, author: &str, text: &str) -> Post {
    let at = Timestamp::from_second(1_000 + i64::try_from(id.len()).unwrap()).unwrap();
    Post {
        at: PostRef::new(channel.clone(), PostId::new(id).unwrap()),
        author: Author { address: Some(author.parse().unwrap()), name: None, standing: Standing::Verified },
        content: Content { text: Some(text.to_owned()), ..Content::default() },
        published: at,
        updated: at,
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

fn now() -> Timestamp {
    Timestamp::from_second(2_000).unwrap()
}

fn whats(told: &Notifications) -> Vec<&'static str> {
    let name = |one: &Arc<Notification>| match one.what {
        What::Replied { .. } => "reply",
        What::Posted(_) => "post",
        What::Mentioned { .. } => "mention",
        What::Liked { .. } => "like",
        What::Followed(_) => "follower",
        What::Requested(_) => "request",
        What::Invited(_) => "invitation",
    };
    told.list.iter().map(name).collect()
}

/// Somebody's post with the place of its replies.
fn with_own() -> (Notifications, ChannelId, Post) {
    let mut told = Notifications::new();
    let place = ChannelId::parse("pubsub.example.org/urn:xmpp:microblog:0:comments/1").unwrap();
    let mut own = post(&ChannelId::personal(me()), "1", "alice@example.org", "Mine");
    own.replies = Some(place.clone());
    told.see(&me(), &own, None, now());
    (told, place, own)
}

#[test]
fn others_replies_and_likes_are_told_and_ones_own_are_not() {
    let (mut told, place, own) = with_own();
    assert_eq!(told.places().collect::<Vec<_>>(), [&place]);
    told.see(&me(), &post(&place, "r", "bob@example.org", "Well said"), None, now());
    told.see(&me(), &post(&place, "rr", "alice@example.org", "Thanks"), None, now());
    told.see(&me(), &post(&place, "rrr", "bob@example.org", "♥"), None, now());
    told.see(&me(), &post(&place, "rrrr", "bob@example.org", "♥"), None, now());
    assert_eq!(whats(&told), ["like", "reply"], "one person likes once");
    assert_eq!(told.unread(), 0, "nobody knows yet what was read");
    told.read_up_to(Timestamp::from_second(1_001).unwrap());
    assert_eq!(told.unread(), 1);
    told.read_up_to(Timestamp::from_second(999).unwrap());
    assert_eq!(told.unread(), 1, "it only goes forward");
    told.forget(&told.list[1].source().unwrap().clone());
    assert_eq!(whats(&told), ["like"]);
    told.forget(&own.at);
    assert_eq!(whats(&told), Vec::<&str>::new());
}

#[test]
fn only_what_names_somebody_concerns_them_elsewhere() {
    let (mut told, ..) = with_own();
    let far = ChannelId::parse("pubsub.example.org/news").unwrap();
    told.see(&me(), &post(&far, "a", "bob@example.org", "Hello alice@example.org!"), None, now());
    told.see(&me(), &post(&far, "b", "bob@example.org", "Hello xalice@example.org!"), None, now());
    told.see(&me(), &post(&far, "c", "bob@example.org", "♥"), None, now());
    assert_eq!(whats(&told), ["mention"]);
    let mut later = post(&far, "d", "bob@example.org", "alice@example.org tomorrow");
    later.published = Timestamp::from_second(9_000).unwrap();
    told.see(&me(), &later, None, now());
    assert_eq!(told.list[0].at, now(), "nothing comes from the future");
    for number in 0..KEPT * 2 {
        told.see(&me(), &post(&far, &format!("x{number}"), "bob@example.org", "alice@example.org"), None, now());
    }
    assert_eq!(told.list.len(), KEPT);
}

#[test]
fn a_claim_to_be_somebody_makes_no_own_post() {
    let mut told = Notifications::new();
    let place = ChannelId::parse("pubsub.example.org/urn:xmpp:microblog:0:comments/1").unwrap();
    let mut claim = post(&ChannelId::parse("pubsub.example.org/news").unwrap(), "1", "alice@example.org", "Mine");
    (claim.replies, claim.author.standing) = (Some(place.clone()), Standing::Unverified);
    told.see(&me(), &claim, None, now());
    told.see(&me(), &post(&place, "r", "bob@example.org", "Well said"), None, now());
    assert_eq!(whats(&told), Vec::<&str>::new());
}

#[test]
fn a_buddycloud_channel_tells_of_posts_replies_and_likes() {
    let mut told = Notifications::new();
    let home = ChannelId::buddycloud(me());
    let own = post(&home, "1", "alice@example.org", "Mine");
    told.see(&me(), &own, None, now());
    let theirs = post(&home, "22", "bob@example.org", "A visit");
    told.see(&me(), &theirs, None, now());
    let mut reply = post(&home, "333", "bob@example.org", "To me");
    reply.in_reply_to = Some(theirs.at.clone());
    told.see(&me(), &reply, None, now());
    let mut like = post(&home, "4444", "bob@example.org", "");
    (like.rating, like.in_reply_to) = (Some(5), Some(own.at.clone()));
    told.see(&me(), &like, None, now());
    assert_eq!(whats(&told), ["like", "reply", "post"]);
    assert_eq!(told.list[0].words.as_deref(), Some("Mine"));
    assert_eq!(told.places().count(), 0, "the channel itself tells");
}

#[test]
fn people_are_told_when_they_come_and_requests_go_when_they_are_answered() {
    let mut told = Notifications::new();
    let home = ChannelId::buddycloud(me());
    let (bob, carol): (Address, Address) = ("bob@example.org".parse().unwrap(), "carol@example.org".parse().unwrap());
    let people = |requests: &[&Address], followers: &[&Address]| People {
        requests: Some(requests.iter().map(|who| (*who).clone()).collect()),
        followers: Some(followers.iter().map(|who| (*who).clone()).collect()),
    };
    told.people(&home, people(&[&carol], &[&me(), &bob]), now());
    assert_eq!(whats(&told), ["request"], "who was there before is not new");
    told.answered_request(&home, &carol);
    told.people(&home, people(&[], &[&me(), &bob, &carol]), now());
    assert_eq!(whats(&told), Vec::<&str>::new(), "one's own deed");
    let dave: Address = "dave@example.org".parse().unwrap();
    told.people(&home, people(&[], &[&bob, &carol, &dave]), now());
    assert_eq!(whats(&told), ["follower"]);
    told.invitations(vec![(home.clone(), bob.clone())], now());
    told.invitations(vec![(home, bob)], now());
    assert_eq!(told.list.len(), 2);
    told.invitations(Vec::new(), now());
    assert_eq!(whats(&told), ["follower"]);
}
