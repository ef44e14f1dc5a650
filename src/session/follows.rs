//! The list of followed channels: when it is read, who waits for it, what changes meanwhile. Pure.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::command::FollowsRead;
use super::view::Follow;
use crate::channel::ChannelId;

/// Callers that may wait for the list.
const WAITERS: usize = 64;

/// The pause between attempts to read a list that is not known.
const RETRY: Duration = Duration::from_secs(30);

/// How old the list may be when a page asks for it: other programs of the same person change it too.
const FRESH: Duration = Duration::from_secs(180);

/// The same while an owner has yet to agree, for which somebody may be waiting.
const FRESH_PENDING: Duration = Duration::from_secs(10);

type List = Arc<Vec<Follow>>;
type Waiter = oneshot::Sender<Option<List>>;

/// See the module.
#[derive(Default)]
pub(super) struct Follows {
    list: Option<List>,
    /// When it was last begun to be read.
    read_at: Option<Instant>,
    is_reading: bool,
    /// Something was changed while it was read, so that what comes may be older.
    is_overtaken: bool,
    is_wanted: bool,
    waiters: Vec<Waiter>,
}

impl Follows {
    /// Somebody wants the list: at once if it is known, else when it has been read.
    pub(super) fn ask(&mut self, answer: Waiter) {
        self.is_wanted = true;
        match &self.list {
            Some(list) => _ = answer.send(Some(Arc::clone(list))),
            None if self.waiters.len() < WAITERS => self.waiters.push(answer),
            None => _ = answer.send(None),
        }
    }

    /// Whether the list should be read now; whoever is told so must call [`Follows::read`] afterwards.
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        let is_pending = self.list.iter().any(|list| list.iter().any(|follow| follow.is_pending));
        let pause = match &self.list {
            None => RETRY,
            Some(_) if is_pending => FRESH_PENDING,
            Some(_) => FRESH,
        };
        let is_old = self.read_at.is_none_or(|at| now.duration_since(at) > pause);
        let is_due = is_old && !self.is_reading && (self.is_wanted || self.list.is_none() || self.read_at.is_none());
        if is_due {
            (self.read_at, self.is_reading, self.is_wanted) = (Some(now), true, false);
        }
        is_due
    }

    /// It was read; `None` if that failed. Gives the list if it is to be believed.
    pub(super) fn read(&mut self, read: Option<FollowsRead>) -> Option<List> {
        self.is_reading = false;
        if std::mem::take(&mut self.is_overtaken) {
            self.read_at = None;
            return None;
        }
        let list = read.map(|FollowsRead { mut list, is_untold }| {
            // A server that does not answer takes nothing off the list.
            let before = self.list.iter().flat_map(|list| list.iter());
            list.extend(before.filter(|follow| is_untold(&follow.about.id)).cloned());
            Arc::new(list)
        });
        self.list = list.clone().or(self.list.take());
        for waiter in self.waiters.drain(..) {
            let _ = waiter.send(self.list.clone());
        }
        list
    }

    /// What was known may be old.
    pub(super) fn reset(&mut self) {
        self.read_at = None;
    }

    /// A channel sends news: if its owner was asked, that is an answer.
    pub(super) fn heard(&mut self, channel: &ChannelId) {
        let mut follows = self.list.iter().flat_map(|list| list.iter());
        self.is_wanted |= follows.any(|follow| follow.is_pending && follow.about.id == *channel);
    }

    /// A channel was followed, or is followed in another way.
    pub(super) fn add(&mut self, follow: Follow) {
        let id = follow.about.id.clone();
        self.change(&id, |list| list.push(follow));
    }

    /// A channel is followed no more.
    pub(super) fn remove(&mut self, channel: &ChannelId) {
        self.change(channel, |_| {});
    }

    fn change(&mut self, channel: &ChannelId, change: impl FnOnce(&mut Vec<Follow>)) {
        self.is_overtaken = self.is_reading;
        match &mut self.list {
            Some(list) => {
                let list = Arc::make_mut(list);
                list.retain(|known| known.about.id != *channel);
                change(list);
            }
            // One channel is not the list: it is read soon.
            None => self.read_at = None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::channel::About;

    fn follow(name: &str, is_pending: bool) -> Follow {
        Follow { about: About::unknown(ChannelId::parse(name).unwrap()), is_pending, invited_by: None }
    }

    fn told(list: Vec<Follow>) -> Option<FollowsRead> {
        Some(FollowsRead { list, is_untold: |_| false })
    }

    fn asked(follows: &mut Follows) -> oneshot::Receiver<Option<List>> {
        let (answer, answered) = oneshot::channel();
        follows.ask(answer);
        answered
    }

    #[test]
    fn one_followed_channel_is_not_the_list() {
        let (mut follows, now) = (Follows::default(), Instant::now());
        assert!(follows.begin(now));
        follows.read(None);
        assert!(!follows.begin(now + Duration::from_secs(1)), "not before some time has passed");
        follows.add(follow("alice@example.org", false));
        let mut answer = asked(&mut follows);
        assert!(answer.try_recv().is_err(), "the rest is not known");
        assert!(follows.begin(now + Duration::from_secs(2)));
        follows.read(told(vec![follow("alice@example.org", false), follow("bob@example.org", false)]));
        assert_eq!(answer.try_recv().unwrap().unwrap().len(), 2);
    }

    #[test]
    fn what_is_followed_while_the_list_is_read_stays() {
        let (mut follows, now) = (Follows::default(), Instant::now());
        follows.begin(now);
        follows.read(told(Vec::new()));
        follows.reset();
        assert!(follows.begin(now));
        follows.add(follow("alice@example.org", false));
        assert_eq!(follows.read(told(Vec::new())), None, "that was before");
        assert_eq!(asked(&mut follows).try_recv().unwrap().unwrap().len(), 1);
        assert!(follows.begin(now), "and is read again");
    }

    #[test]
    fn it_is_read_again_when_a_page_asks_and_sooner_while_an_owner_is_asked() {
        let (mut follows, start) = (Follows::default(), Instant::now());
        follows.begin(start);
        follows.read(told(vec![follow("alice@example.org", false)]));
        let later = start + FRESH + Duration::from_secs(1);
        assert!(!follows.begin(later), "nobody asks");
        asked(&mut follows);
        assert!(!follows.begin(start + FRESH), "it is young enough");
        assert!(follows.begin(later));
        follows.read(told(vec![follow("alice@example.org", true)]));
        follows.heard(&ChannelId::parse("bob@example.org").unwrap());
        let soon = later + FRESH_PENDING + Duration::from_secs(1);
        assert!(!follows.begin(soon));
        follows.heard(&ChannelId::parse("alice@example.org").unwrap());
        assert!(follows.begin(soon));
    }

    #[test]
    fn a_server_that_does_not_answer_takes_nothing_off_the_list() {
        let (mut follows, now) = (Follows::default(), Instant::now());
        follows.begin(now);
        follows.read(told(vec![follow("alice@example.org", false), follow("pubsub.example.org/news", false)]));
        follows.reset();
        follows.begin(now);
        let list = follows.read(Some(FollowsRead { list: Vec::new(), is_untold: |id| id.is_personal() })).unwrap();
        assert_eq!(*list, [follow("alice@example.org", false)]);
    }
}
