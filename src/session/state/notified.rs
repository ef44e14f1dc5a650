//! What this person is told of, and the pages that count it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::State;
use crate::channel::{Address, ChannelId, Post, PostRef};
use crate::session::backlog::Reach;
use crate::session::event::Event;
use crate::session::notifications::People;
use crate::session::view::{Follow, Notifications};

impl State {
    /// How many notifications are new, kept up to date for whoever shows it.
    pub(in crate::session) fn notified(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.notified)
    }

    /// All that is known.
    pub(super) fn told(&self) -> Notifications {
        Notifications { list: self.notifications.list(), read: self.notifications.read() }
    }

    /// They were read up to a moment.
    pub(super) fn read_notifications(&mut self, read: Timestamp, answer: Option<oneshot::Sender<()>>) {
        self.notifications.read_up_to(read);
        self.count_notifications();
        if let Some(answer) = answer {
            let _ = answer.send(());
        }
    }

    /// A post, a reply or a like was seen, which may concern this person.
    pub(super) fn notice(&mut self, post: &Post, now: Instant) {
        let Some(me) = self.address.clone().filter(|_| !self.blocks.blocks().hides_post(post)) else { return };
        let head = self.memory.thread_of(post);
        self.notifications.see(&me, post, head, self.clock.date(now));
        self.count_notifications();
    }

    /// It was taken away.
    pub(super) fn not_told(&mut self, at: &PostRef) {
        self.notifications.forget(at);
        self.count_notifications();
    }

    /// A service told who follows a channel and who asks to.
    pub(super) fn people(&mut self, channel: &ChannelId, told: People, now: Instant) {
        self.notifications.people(channel, told, self.clock.date(now));
        self.hide_blocked();
    }

    /// This person answered a request.
    pub(super) fn answered_request(&mut self, channel: &ChannelId, who: &Address) {
        self.notifications.answered_request(channel, who);
        self.count_notifications();
    }

    /// The list of follows says who invites this person.
    pub(super) fn invited(&mut self, follows: &[Follow], now: Instant) {
        let invitations = follows.iter().filter_map(|one| Some((one.about.id.clone(), one.invited_by.clone()?)));
        self.notifications.invitations(invitations.collect(), self.clock.date(now));
        self.hide_blocked();
    }

    /// Nothing is told of those whom this person has blocked.
    pub(super) fn hide_blocked(&mut self) {
        self.notifications.hide(&self.blocks.blocks());
        self.count_notifications();
    }

    /// Tells open pages how many are new, if that changed.
    fn count_notifications(&mut self) {
        let unread = self.notifications.unread();
        if self.notified.swap(unread, Ordering::Relaxed) != unread {
            self.backlog.push(Event::Notified(unread), Reach { everywhere: true, ..Reach::default() });
        }
    }
}
