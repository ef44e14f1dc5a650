//! What people change through a session.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::command::Command;
use super::view::Follow;
use super::{Error, Session};
use crate::channel::{self, Address, ChannelId, Draft, Post, PostRef};
use crate::dialect::{Dialect, Following, Microblog};
use crate::xmpp::AskError;

/// How long a change may take, all its requests together. Then the person is told and keeps the text.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long stopping to follow waits for the channel's server: a little longer than the own one may take to answer.
const LET_GO: Duration = Duration::from_secs(11);

/// What came of a change, or that it took too long.
async fn within<T>(change: impl Future<Output = Result<T, AskError>>) -> Result<T, Error> {
    match timeout(PATIENCE, change).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(Error::Timeout),
    }
}

impl Session {
    /// Publishes into a channel. The personal channel is made on the first post.
    pub async fn publish(&self, channel: &ChannelId, draft: Draft) -> Result<Post, Error> {
        let me = self.me()?;
        let services = self.own_services(me).await;
        let published =
            within(Microblog.publish(self.wire(), me, &services, channel, &draft, Timestamp::now())).await?;
        self.learn(&published.learned);
        if channel.address == *me {
            // The first post made it.
            self.recent().forget(channel);
        }
        let post = published.post;
        self.happened(channel::Event::Published(Box::new(post.clone()))).await;
        Ok(post)
    }

    /// Publishes a reply to a post.
    pub async fn reply(&self, to: &PostRef, draft: Draft) -> Result<Post, Error> {
        let me = self.me()?;
        // Read anew: what was deleted meanwhile takes no replies, although some servers would make a place for them.
        let post = self.read_post(to).await?;
        let reply = within(Microblog.reply(self.wire(), me, &post, &draft, Timestamp::now())).await?;
        self.happened(channel::Event::Published(Box::new(reply.clone()))).await;
        Ok(reply)
    }

    /// Changes one of one's own posts or replies; `published` and unknown parts of the entry stay.
    pub async fn edit(&self, at: &PostRef, draft: Draft) -> Result<Post, Error> {
        let post = within(Microblog.edit(self.wire(), self.me()?, at, &draft, Timestamp::now())).await?;
        self.happened(channel::Event::Published(Box::new(post.clone()))).await;
        Ok(post)
    }

    /// Takes one's own post (with its replies) or reply away.
    pub async fn remove(&self, at: &PostRef) -> Result<(), Error> {
        within(Microblog.remove(self.wire(), self.me()?, at)).await?;
        self.happened(channel::Event::Removed(at.clone())).await;
        Ok(())
    }

    /// Follows a channel, or asks its owner to.
    pub async fn follow(&self, id: &ChannelId) -> Result<Follow, Error> {
        let me = self.me()?;
        let about = self.about(id).await;
        let following = within(Microblog.follow(self.wire(), me, id, about.title.as_deref())).await?;
        let follow = Follow { about, is_pending: following == Following::Pending };
        self.recent().forget(id);
        self.wire().tell(Command::Followed(Box::new(follow.clone()))).await?;
        Ok(follow)
    }

    /// Stops following a channel.
    pub async fn unfollow(&self, id: &ChannelId) -> Result<(), Error> {
        // The own list comes first. When its turn is over, the channel's server does not answer, which is no reason to go
        // on following.
        if let Ok(done) = timeout(LET_GO, Microblog.unfollow(self.wire(), self.me()?, id)).await {
            done?;
        }
        self.recent().forget(id);
        self.wire().tell(Command::Unfollowed(id.clone())).await
    }

    /// Who acts; the guest may not.
    fn me(&self) -> Result<&Address, Error> {
        self.touch();
        self.address().ok_or(Error::Forbidden)
    }

    /// Our own deeds are shown on open pages at once, whether or not the server sends them back to us.
    async fn happened(&self, event: channel::Event) {
        let _ = self.wire().tell(Command::Happened(Box::new(event))).await;
    }
}
