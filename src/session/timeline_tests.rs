//! The home timeline: every post once, in order, within bounds.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::channel::{Author, Content, Standing};

const NOW: i64 = 1_000_000;

fn post(channel: &ChannelId, second: i64) -> Arc<Post> {
    let at = Timestamp::from_second(second).unwrap();
    Arc::new(Post {
        at: PostRef::new(channel.clone(), PostId::new(format!("p{second}")).unwrap()),
        author: Author { address: None, name: None, standing: Standing::Unverified },
        content: Content::default(),
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
    })
}

fn part(is_newest: bool, older: Option<String>) -> Part {
    Part { is_newest, older, read_at: Instant::now(), date: Timestamp::from_second(NOW).unwrap() }
}

/// Pages through a timeline whose channels hold these moments, reading three posts at a time.
fn walk(channels: &[(&str, &[i64])], size: usize) -> Vec<i64> {
    let ids: Vec<_> = channels.iter().map(|(name, _)| ChannelId::parse(name).unwrap()).collect();
    let mut timeline = Timeline::default();
    timeline.set_channels(ids.iter().cloned());
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        match timeline.page(before.as_deref(), size, Instant::now()) {
            Step::Read(wanted) => {
                for (id, token) in wanted {
                    let index = ids.iter().position(|known| *known == id).unwrap();
                    let from: usize = token.map_or(0, |token| token.parse().unwrap());
                    let all = channels[index].1;
                    let end = (from + 3).min(all.len());
                    let posts: Vec<_> = all[from..end].iter().map(|second| post(&id, *second)).collect();
                    let older = (end < all.len()).then(|| end.to_string());
                    timeline.loaded(&id, &posts, part(from == 0, older));
                }
            }
            Step::Page { posts, older, channels_left_out: 0 } => {
                assert!(posts.len() <= size);
                seen.extend(posts.iter().map(|post| post.published.as_second()));
                before = older;
                if before.is_none() {
                    return seen;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn pages_hold_every_post_once_newest_first() {
    let busy: Vec<i64> = (100..140).rev().collect();
    let seen = walk(&[("a@x", &busy), ("b@x", &[130, 90, 50, 10]), ("c@x", &[]), ("d@x", &[130, 7])], 5);
    let mut expected: Vec<i64> = busy.iter().copied().chain([130, 90, 50, 10, 130, 7]).collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(seen, expected);
}

#[test]
fn a_channel_that_fails_does_not_hold_up_the_others() {
    let (good, bad) = (ChannelId::parse("a@x").unwrap(), ChannelId::parse("b@x").unwrap());
    let mut timeline = Timeline::default();
    timeline.set_channels([good.clone(), bad.clone()]);
    let now = Instant::now();
    timeline.loaded(&good, &[post(&good, 5)], part(true, None));
    timeline.failed(&bad, now);
    assert!(
        matches!(timeline.page(None, 20, now), Step::Page { posts, older: None, channels_left_out: 1 } if posts.len() == 1)
    );
    assert_eq!(timeline.page(None, 20, now + RETRY * 2), Step::Read(vec![(bad, None)]));
}

fn long(channel: &ChannelId, second: i64) -> Arc<Post> {
    let mut post = Post::clone(&post(channel, second));
    post.content.text = Some("x".repeat(4096));
    Arc::new(post)
}

fn channels(timeline: &mut Timeline, count: usize) -> Vec<ChannelId> {
    let ids: Vec<_> = (0..count).map(|number| ChannelId::parse(&format!("c{number}@x")).unwrap()).collect();
    timeline.set_channels(ids.iter().cloned());
    ids
}

/// Reads what a page needs as a session does; every channel has 60 long posts, one every ten seconds.
fn page_of_long_posts(timeline: &mut Timeline, ids: &[ChannelId], before: Option<&str>) -> (Vec<i64>, Option<String>) {
    for _ in 0..10 {
        match timeline.page(before, 20, Instant::now()) {
            Step::Page { posts, older, .. } => {
                return (posts.iter().map(|post| post.published.as_second()).collect(), older);
            }
            Step::Read(wanted) => {
                for (id, token) in wanted {
                    let offset = ids.iter().position(|known| *known == id).unwrap() as i64;
                    let from: i64 = token.as_ref().map_or(0, |token| token.parse().unwrap());
                    let end = (from + 20).min(60);
                    let posts: Vec<_> = (from..end).map(|place| long(&id, NOW - 10_000 * place - offset)).collect();
                    timeline.loaded(&id, &posts, part(from == 0, (end < 60).then(|| end.to_string())));
                    assert!(timeline.bytes <= HELD, "{} bytes are held", timeline.bytes);
                }
            }
        }
    }
    panic!("ten rounds of reading do not suffice");
}

#[test]
fn many_channels_with_long_posts_stay_within_bounds_and_are_shown() {
    let mut timeline = Timeline::default();
    let ids = channels(&mut timeline, 100);
    let mut before = None;
    let mut seen = Vec::new();
    for _ in 0..40 {
        let (posts, older) = page_of_long_posts(&mut timeline, &ids, before.as_deref());
        seen.extend(posts);
        before = older;
    }
    let expected: Vec<i64> = (0..800).map(|number| NOW - 10_000 * (number / 100) - number % 100).collect();
    assert_eq!(seen, expected);
    let (newest, _) = page_of_long_posts(&mut timeline, &ids, None);
    assert_eq!(newest, expected[..20], "the newest are there again after paging far back");
}

#[test]
fn live_posts_are_bounded_too() {
    let mut timeline = Timeline::default();
    let ids = channels(&mut timeline, 1);
    timeline.loaded(&ids[0], &[], part(true, None));
    for second in 0..2000 {
        timeline.put(&long(&ids[0], second), Timestamp::from_second(NOW).unwrap());
        assert!(timeline.bytes <= HELD);
    }
    let Step::Page { posts, older: Some(_), .. } = timeline.page(None, 20, Instant::now()) else { panic!("no page") };
    assert_eq!(posts[0].published.as_second(), 1999);
}

#[test]
fn a_post_from_the_future_stands_where_it_was_first_seen() {
    let mut timeline = Timeline::default();
    let ids = channels(&mut timeline, 1);
    timeline.loaded(&ids[0], &[post(&ids[0], 20 * NOW), post(&ids[0], 5)], part(true, None));
    timeline.put(&post(&ids[0], NOW + 1), Timestamp::from_second(NOW + 1).unwrap());
    let Step::Page { posts, older: None, .. } = timeline.page(None, 20, Instant::now()) else { panic!("no page") };
    let seconds: Vec<i64> = posts.iter().map(|post| post.published.as_second()).collect();
    assert_eq!(seconds, [NOW + 1, 20 * NOW, 5]);
}

#[test]
fn one_old_date_does_not_hide_what_is_older_than_a_page() {
    let seen = walk(&[("a@x", &[100, 1, 98, 97, 96, 95, 94, 93]), ("b@x", &[99, 92, 50, 49, 48, 47])], 5);
    assert_eq!(seen, [100, 99, 98, 97, 96, 95, 94, 93, 92, 50, 49, 48, 47, 1]);
}

#[test]
fn what_nobody_tells_of_is_read_again_after_a_while() {
    let mut timeline = Timeline::default();
    let ids = channels(&mut timeline, 2);
    for id in &ids {
        timeline.loaded(id, &[post(id, 5)], part(true, None));
    }
    let (now, age) = (Instant::now(), Duration::from_secs(15));
    timeline.refresh(|id| *id == ids[0], age, now);
    assert!(matches!(timeline.page(None, 20, now), Step::Page { .. }), "it is still fresh");
    timeline.refresh(|id| *id == ids[0], age, now + age);
    assert_eq!(timeline.page(None, 20, now), Step::Read(vec![(ids[0].clone(), None)]));
}

#[test]
fn an_emptied_channel_is_read_anew() {
    let mut timeline = Timeline::default();
    let ids = channels(&mut timeline, 1);
    timeline.loaded(&ids[0], &[post(&ids[0], 5)], part(true, None));
    timeline.forget(&ids[0]);
    assert_eq!(timeline.bytes, 0);
    assert_eq!(timeline.page(None, 20, Instant::now()), Step::Read(vec![(ids[0].clone(), None)]));
}

/// What a service tells of channels with these moments: the newest of all together, so many of each at most.
fn told(channels: &[(ChannelId, Vec<i64>)], per_channel: usize, most: usize) -> (Vec<Arc<Post>>, Bulk) {
    let mut all: Vec<Arc<Post>> = Vec::new();
    for (id, moments) in channels {
        let mut moments = moments.clone();
        moments.sort_by_key(|moment| std::cmp::Reverse(*moment));
        all.extend(moments.iter().take(per_channel).map(|moment| post(id, *moment)));
    }
    all.sort_by_key(|post| std::cmp::Reverse(post.published));
    let is_whole = all.len() <= most;
    all.truncate(most);
    let plain: Vec<Post> = all.iter().map(|post| Post::clone(post)).collect();
    let full = full_channels(&plain, per_channel);
    (all, Bulk { is_whole, full, read_at: Instant::now(), date: Timestamp::from_second(NOW).unwrap() })
}

#[test]
fn channels_read_at_once_make_the_same_pages() {
    let names: Vec<String> = (0..30).map(|number| format!("c{number}@example.org")).collect();
    for (per_channel, most) in [(50, 100), (5, 40), (3, 1_000), (50, 10_000)] {
        let channels: Vec<(ChannelId, Vec<i64>)> = names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let index = index as i64;
                // One channel is busy, some are quiet or empty.
                let count = if index == 0 { 60 } else { index % 7 };
                let moments =
                    (0..count).map(|number| 1_000 + (number * 97 + index * 31) % 4_001 * 30 + index).collect();
                (ChannelId::parse(name).unwrap(), moments)
            })
            .collect();
        let mut timeline = Timeline::default();
        timeline.set_channels(channels.iter().map(|(id, _)| id.clone()));
        let (posts, bulk) = told(&channels, per_channel, most);
        let ids: Vec<ChannelId> = channels.iter().map(|(id, _)| id.clone()).collect();
        timeline.loaded_at_once(&ids, &posts, &bulk);
        let (mut seen, mut before, mut reads) = (Vec::new(), None, 0);
        loop {
            match timeline.page(before.as_deref(), 20, Instant::now()) {
                Step::Read(wanted) => {
                    reads += wanted.len();
                    for (id, token) in wanted {
                        let mut all = channels.iter().find(|(known, _)| *known == id).unwrap().1.clone();
                        all.sort_by_key(|moment| std::cmp::Reverse(*moment));
                        let from: usize = token.map_or(0, |token| token.parse().unwrap());
                        let end = (from + 20).min(all.len());
                        let posts: Vec<_> = all[from..end].iter().map(|second| post(&id, *second)).collect();
                        let older = (end < all.len()).then(|| end.to_string());
                        timeline.loaded(&id, &posts, part(from == 0, older));
                    }
                }
                Step::Page { posts, older, .. } => {
                    if seen.is_empty() && most >= 100 && per_channel >= 50 {
                        assert_eq!(reads, 0, "the first page needs nothing else");
                    }
                    seen.extend(posts.iter().map(|post| post.published.as_second()));
                    before = older;
                    if before.is_none() {
                        break;
                    }
                }
            }
        }
        let mut all: Vec<i64> = channels.iter().flat_map(|(_, moments)| moments.clone()).collect();
        all.sort_by_key(|moment| std::cmp::Reverse(*moment));
        assert_eq!(seen, all, "{per_channel} of each, {most} of all");
    }
}

#[test]
fn what_is_hidden_is_not_there_and_pages_still_turn() {
    let (news, troll) = (ChannelId::parse("pubsub.x/news").unwrap(), ChannelId::parse("troll@y").unwrap());
    let mut timeline = Timeline::default();
    timeline.set_channels([news.clone(), troll.clone()]);
    let by_troll = |second| {
        let mut post = Post::clone(&post(&news, second));
        post.author.address = Some("troll@y".parse().unwrap());
        Arc::new(post)
    };
    let posts: Vec<_> = [9, 8, 7].map(by_troll).into_iter().chain([post(&news, 1)]).collect();
    timeline.loaded(&news, &posts, part(true, None));
    let hidden = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Arc::new(Blocks::default().changed(crate::channel::blocks::Change::Whole(names)))
    };
    timeline.hide(hidden(&["y"]));
    assert_eq!(timeline.channels().collect::<Vec<_>>(), [&news]);
    // The troll's own channel is not even read.
    let Step::Page { posts, older, channels_left_out: 0 } = timeline.page(None, 2, Instant::now()) else { panic!() };
    assert_eq!(posts.len(), 0);
    let Step::Page { posts, older: None, .. } = timeline.page(older.as_deref(), 2, Instant::now()) else { panic!() };
    assert_eq!(posts.iter().map(|post| post.published.as_second()).collect::<Vec<_>>(), [1]);
    let markers = ReadMarkers::new(Timestamp::UNIX_EPOCH);
    let unread = |timeline: &Timeline| timeline.news(&"me@x".parse().unwrap(), &markers)[&news].unread;
    assert_eq!(unread(&timeline), 1);
    timeline.hide(hidden(&[]));
    assert_eq!(unread(&timeline), 4);
    assert!(matches!(timeline.page(None, 2, Instant::now()), Step::Read(wanted) if wanted == [(troll.clone(), None)]));
}
