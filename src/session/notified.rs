//! What this person is told of, for pages; and what must be read for it that no event tells.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use tokio::time::timeout;

use super::command::{Command, Newest};
use super::notifications::People;
use super::reading::NEWEST;
use super::unread::BESIDE;
use super::view::Notifications;
use super::wire::Wire;
use super::{Error, Session};
use crate::channel::{ChannelId, Followers, Post};
use crate::dialect::Dialect;

/// Own posts whose replies are read when a session starts, where no place of their own tells of them.
const CAUGHT_UP: usize = 10;

impl Session {
    /// How many notifications are new.
    pub fn notified(&self) -> usize {
        self.inner.notified.load(Ordering::Relaxed)
    }

    /// What this person is told of, newest first, and how far that was read. Who follows is looked at anew, as far as that
    /// is quick: most servers do not tell of it.
    pub async fn notifications(&self) -> Result<Notifications, Error> {
        self.me()?;
        self.touch();
        let people = async {
            let own = self.own_channel().await;
            if let Ok(own) = own {
                self.look_at_people(self.wire(), &own).await;
            }
            self.follows().await
        };
        let _ = tokio::join!(timeout(BESIDE, people), timeout(BESIDE, self.markers()));
        self.wire().call(Command::Notifications).await
    }

    /// This person has read the notifications up to a moment.
    pub async fn mark_notifications_read(&self, at: Timestamp) -> Result<(), Error> {
        let me = self.me()?;
        self.wire().call(|answer| Command::Notified { read: at, answer: Some(answer) }).await?;
        if self.recent().unread.change(|known| known.as_mut().is_some_and(|known| known.mark_notified(at))) {
            self.write_soon(me);
        }
        Ok(())
    }

    /// What was missed: the newest posts of this person's own channels are read, so that what answers them is known, and
    /// the people there. Gives the replies that stand in the channel itself; those that stand elsewhere are read when
    /// their place is listened to.
    pub(super) async fn catch_up(&self, wire: &Wire) -> Vec<Post> {
        let Some(me) = self.address().cloned() else { return Vec::new() };
        let _ = self.markers().await;
        let mut channels = vec![ChannelId::personal(me.clone())];
        channels.extend(self.own_channel().await.ok().filter(|own| own.is_buddycloud()));
        let mut replies = Vec::new();
        for channel in channels {
            let Ok(page) = self.read_posts(wire, &channel, None, NEWEST).await else { continue };
            let newest = Newest::Some(channel.clone());
            let read = self.wire().call(|answer| Command::Read { posts: page.posts, newest, answer }).await;
            let Ok((posts, _)) = read else { continue };
            let Ok(language) = self.language(&channel).await else { continue };
            let is_in_place = |post: &&Arc<Post>| channel.is_buddycloud() && !post.is_deleted;
            for post in posts.iter().filter(is_in_place).take(CAUGHT_UP) {
                replies.extend(language.replies(wire, post).await.map(|page| page.posts).unwrap_or_default());
            }
            self.look_at_people(wire, &channel).await;
        }
        replies
    }

    /// Looks who follows a channel of this person's own and who asks to; of others, who asks to, which only those are told
    /// who look after it.
    pub(super) async fn look_at_people(&self, wire: &Wire, channel: &ChannelId) {
        let Some(me) = self.address() else { return };
        let Ok(language) = self.language(channel).await else { return };
        let is_own = channel.address == *me;
        let requests =
            async { if channel.is_personal() { None } else { language.requests(wire, me, channel).await.ok() } };
        let followers = async {
            match is_own.then_some(language.followers(wire, Some(me), channel)) {
                Some(ask) => match ask.await {
                    Ok(Followers::Known(people)) => Some(people.into_iter().map(|(who, _)| who).collect()),
                    _ => None,
                },
                None => None,
            }
        };
        let (requests, followers) = tokio::join!(requests, followers);
        let told = People { requests, followers };
        let _ = self.wire().tell(Command::People { channel: channel.clone(), told }).await;
    }
}
