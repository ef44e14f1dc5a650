//! Whom this person has blocked (XEP-0191). The list is read once a stream and kept by what the server tells; whatever is
//! read for a page is looked through with it, and so is every event on its way to an open page.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jid::Jid;
use tokio::time::{Instant, timeout};

use super::command::Command;
use super::event::Event;
use super::writing::within;
use super::{Error, Session};
use crate::channel::blocks::Change;
use crate::channel::{Address, Blocks, ChannelId, Post};
use crate::xmpp::blocking::{self, Push};
use crate::xmpp::{Ask, AskError};

/// How long a page waits for the list when a session begins.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause before a list is asked for again that could not be read.
const RETRY: Duration = Duration::from_secs(30);

/// What is known of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Reading {
    /// It is to be read: the stream is new.
    #[default]
    Due,
    /// It is being read, since then.
    Begun(Instant),
    /// It is known.
    Known,
    /// The server has no such list.
    Unsupported,
    /// It could not be read; what was known before still holds.
    Failed(Instant),
}

/// The list as the session's task keeps it and everybody else reads it.
#[derive(Debug, Default)]
pub(super) struct BlockList {
    known: Mutex<(Reading, Arc<Blocks>)>,
    /// Whoever holds this asks.
    asking: tokio::sync::Mutex<()>,
}

impl BlockList {
    fn known(&self) -> MutexGuard<'_, (Reading, Arc<Blocks>)> {
        // Both are replaced in one step.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom it names.
    pub(super) fn blocks(&self) -> Arc<Blocks> {
        Arc::clone(&self.known().1)
    }

    fn reading(&self) -> Reading {
        self.known().0
    }

    /// Whether it is time to read it; whoever is told so does.
    pub(super) fn begin(&self, now: Instant) -> bool {
        let reading = &mut self.known().0;
        let is_due = match *reading {
            Reading::Due => true,
            Reading::Begun(at) | Reading::Failed(at) => now.duration_since(at) > RETRY,
            Reading::Known | Reading::Unsupported => false,
        };
        if is_due {
            *reading = Reading::Begun(now);
        }
        is_due
    }

    /// The stream is another one, which is told of changes only after it has asked.
    pub(super) fn reset(&self) {
        self.known().0 = Reading::Due;
    }

    /// The list changes. Gives it if it is another one now.
    pub(super) fn change(&self, own: Option<&Address>, change: Change) -> Option<Arc<Blocks>> {
        let mut known = self.known();
        if matches!(change, Change::Whole(_)) {
            known.0 = Reading::Known;
        }
        let base = if known.1.names().next().is_none() { Blocks::of(own.cloned()) } else { Blocks::clone(&known.1) };
        let changed = base.changed(change);
        if changed.names().eq(known.1.names()) {
            return None;
        }
        known.1 = Arc::new(changed);
        Some(Arc::clone(&known.1))
    }
}

/// What the server tells, in the words of the house.
pub(super) fn change_of(push: Push) -> Change {
    match push {
        Push::Blocked(names) => Change::Block(names),
        Push::Unblocked(names) => Change::Unblock(names),
        Push::AllUnblocked => Change::UnblockAll,
    }
}

/// Whether an event tells of something that is hidden.
pub(super) fn hides(blocks: &Blocks, event: &Event) -> bool {
    match event {
        Event::Posted(post) | Event::Edited(post) | Event::Replied { reply: post, .. } => blocks.hides_post(post),
        Event::Removed(at) => blocks.hides(&at.channel.address),
        Event::Liked { .. } | Event::Notified(_) | Event::Resync | Event::Connection(_) | Event::BlocksChanged => false,
    }
}

impl Session {
    /// Whom this person has blocked, as far as known; nobody for the guest.
    pub fn blocks(&self) -> Arc<Blocks> {
        self.recent().blocks.blocks()
    }

    /// Whether this person has blocked somebody, or their whole server.
    pub fn hides(&self, who: &Address) -> bool {
        self.blocks().hides(who)
    }

    /// The list as the server keeps it; `None` where it keeps none.
    pub async fn block_list(&self) -> Result<Option<Arc<Blocks>>, Error> {
        self.me()?;
        self.touch();
        self.learn_blocks().await;
        match self.recent().blocks.reading() {
            Reading::Known => Ok(Some(self.blocks())),
            Reading::Unsupported => Ok(None),
            Reading::Due | Reading::Begun(_) | Reading::Failed(_) => Err(Error::Timeout),
        }
    }

    /// Whether the server keeps such a list, as far as known.
    pub fn can_block(&self) -> bool {
        self.recent().blocks.reading() == Reading::Known
    }

    /// Blocks an account, or a whole server.
    pub async fn block(&self, who: &Jid) -> Result<(), Error> {
        let me = self.me()?;
        if *me == who.to_bare() || me.domain().as_str() == who.as_str() {
            return Err(Error::Forbidden);
        }
        within(self.wire().ask(blocking::block(who))).await?;
        self.tell_blocks(Change::Block(vec![who.to_string()])).await
    }

    /// Blocks it no more.
    pub async fn unblock(&self, who: &Jid) -> Result<(), Error> {
        self.me()?;
        match within(self.wire().ask(blocking::unblock(who))).await {
            // Somebody else took it off meanwhile.
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
        self.tell_blocks(Change::Unblock(vec![who.to_string()])).await
    }

    /// Refuses a channel that this person has blocked, as their server would.
    pub(super) async fn not_blocked(&self, id: &ChannelId) -> Result<(), Error> {
        self.learn_blocks().await;
        if self.hides(&id.address) { Err(Error::Blocked) } else { Ok(()) }
    }

    /// Takes out what this person does not want to see.
    pub(super) fn leave_out(&self, posts: &mut Vec<Arc<Post>>) {
        let blocks = self.blocks();
        posts.retain(|post| !blocks.hides_post(post));
    }

    async fn tell_blocks(&self, change: Change) -> Result<(), Error> {
        self.wire().call(|answer| Command::Blocks { change, answer }).await
    }

    /// Sees to it that the list is known before something is shown; not for long.
    pub(super) async fn learn_blocks(&self) {
        let is_known = !matches!(self.recent().blocks.reading(), Reading::Due | Reading::Begun(_));
        if self.address().is_some() && !is_known && timeout(PATIENCE, self.read_blocks()).await.is_err() {
            tracing::info!(
                account.jid = self.address().map(|me| me.as_str()),
                "a page did not wait for the list of blocked people"
            );
        }
    }

    /// Reads the list, or waits for whoever reads it already.
    pub(super) async fn read_blocks(&self) {
        let list = &self.recent().blocks;
        let _turn = list.asking.lock().await;
        if matches!(list.reading(), Reading::Known | Reading::Unsupported | Reading::Failed(_)) {
            return;
        }
        match self.wire().ask(blocking::list()).await {
            Ok(answer) => {
                let names = answer.as_ref().and_then(blocking::read_list).unwrap_or_default();
                let _ = self.tell_blocks(Change::Whole(names)).await;
            }
            Err(AskError::Stanza { condition, .. }) => {
                tracing::debug!(reason = %condition, "a server keeps no list of blocked people");
                list.known().0 = Reading::Unsupported;
            }
            Err(error) => {
                tracing::info!(reason = %error, "the list of blocked people could not be read");
                list.known().0 = Reading::Failed(Instant::now());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_list_is_read_once_a_stream_and_again_where_that_failed() {
        let list = BlockList::default();
        assert!(list.begin(Instant::now()));
        assert!(!list.begin(Instant::now()), "it is under way");
        tokio::time::advance(RETRY + Duration::from_secs(1)).await;
        assert!(list.begin(Instant::now()), "nobody answered");
        list.change(None, Change::Whole(vec!["x.lit".to_owned()])).unwrap();
        tokio::time::advance(RETRY * 10).await;
        assert!(!list.begin(Instant::now()));
        assert_eq!(list.change(None, Change::Block(vec!["x.lit".to_owned()])), None, "it is on the list already");
        list.reset();
        assert!(list.begin(Instant::now()));
        assert!(list.blocks().has("x.lit"), "what was known holds until something else is told");
    }
}
