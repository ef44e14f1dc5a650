//! What people change through a session.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::command::Command;
use super::view::Follow;
use super::{Error, Session};
use crate::channel::{self, Access, Address, ChannelId, Draft, Post, PostRef};
use crate::dialect::{Dialect, Following};
use crate::xmpp::upload::{self, Slot};
use crate::xmpp::{Ask, AskError, Kind, Request};

/// How long a change may take, all its requests together. Then the person is told and keeps the text.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long stopping to follow waits for the channel's server: a little longer than the own one may take to answer.
const LET_GO: Duration = Duration::from_secs(11);

/// What came of a change, or that it took too long.
pub(super) async fn within<T>(change: impl Future<Output = Result<T, AskError>>) -> Result<T, Error> {
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
        let published = within(async {
            let language = self.language(channel).await?;
            language.publish(self.wire(), me, &services, channel, &draft, Timestamp::now()).await
        })
        .await?;
        self.learn(&published.learned);
        if channel.is_personal() && channel.address == *me {
            // The first post made it.
            self.recent().forget(channel);
        }
        let post = published.post;
        let access = match published.access {
            Access::Unknown => self.about(channel).await.access,
            access => access,
        };
        self.take_reactions(&post.at, access).await;
        self.happened(channel::Event::Published(Box::new(post.clone()))).await;
        Ok(post)
    }

    /// The permanent name of a post: that of the service which holds it.
    pub async fn held(&self, at: &PostRef) -> Result<PostRef, Error> {
        Ok(at.held_by(self.language(&at.channel).await?.service(&at.channel)))
    }

    /// Publishes a reply to a post.
    pub async fn reply(&self, to: &PostRef, draft: Draft) -> Result<Post, Error> {
        let me = self.me()?;
        // Read anew: what was deleted meanwhile takes no replies, although some servers would make a place for them.
        let post = self.read_post(to).await?;
        let reply = within(async {
            self.language(&to.channel).await?.reply(self.wire(), me, &post, &draft, Timestamp::now()).await
        })
        .await?;
        self.happened(channel::Event::Published(Box::new(reply.clone()))).await;
        Ok(reply)
    }

    /// The largest file that this person can add to a post, in bytes; `None` where the server takes none. Where it does
    /// not say, any size may be tried.
    pub async fn largest_file(&self) -> Option<u64> {
        let services = self.own_services(self.address()?).await;
        services.upload.map(|upload| upload.largest.unwrap_or(u64::MAX))
    }

    /// A place for a file at this person's server (XEP-0363).
    pub async fn file_slot(&self, name: &str, size: usize, media_type: &str) -> Result<Slot, Error> {
        let me = self.me()?;
        let Some(service) = self.own_services(me).await.upload else { return Err(Error::Unsupported) };
        let payload = upload::request(name, size, media_type);
        let request = Request { to: Some(service.address.into()), kind: Kind::Get, payload };
        let answer = within(self.wire().ask(request)).await?;
        answer.as_ref().and_then(upload::read).ok_or(Error::Unsupported)
    }

    /// Changes one of one's own posts or replies; `published` and unknown parts of the entry stay.
    pub async fn edit(&self, at: &PostRef, draft: Draft) -> Result<Post, Error> {
        let me = self.me()?;
        let post = within(async {
            self.language(&at.channel).await?.edit(self.wire(), me, at, &draft, Timestamp::now()).await
        })
        .await?;
        self.happened(channel::Event::Published(Box::new(post.clone()))).await;
        Ok(post)
    }

    /// Takes one's own post (with its replies) or reply away.
    pub async fn remove(&self, at: &PostRef) -> Result<(), Error> {
        let me = self.me()?;
        within(async { self.language(&at.channel).await?.remove(self.wire(), me, at).await }).await?;
        self.happened(channel::Event::Removed(at.clone())).await;
        self.forget_reactions(at).await;
        Ok(())
    }

    /// Follows a channel, or asks its owner to.
    pub async fn follow(&self, id: &ChannelId) -> Result<Follow, Error> {
        let me = self.me()?;
        let about = self.about(id).await;
        let title = about.title.as_deref();
        let following = within(async { self.language(id).await?.follow(self.wire(), me, id, title).await }).await?;
        let follow = Follow { about, is_pending: following == Following::Pending, invited_by: None };
        self.recent().forget(id);
        // What was written before somebody came is not news to them.
        self.mark_read(id, Timestamp::now()).await;
        self.wire().tell(Command::Followed(Box::new(follow.clone()))).await?;
        Ok(follow)
    }

    /// Stops following a channel.
    pub async fn unfollow(&self, id: &ChannelId) -> Result<(), Error> {
        // The own list comes first. When its turn is over, the channel's server does not answer, which is no reason to go
        // on following.
        let me = self.me()?;
        let unfollow = async { self.language(id).await?.unfollow(self.wire(), me, id).await };
        if let Ok(done) = timeout(LET_GO, unfollow).await {
            done?;
        }
        self.recent().forget(id);
        self.wire().tell(Command::Unfollowed(id.clone())).await
    }

    /// Who acts; the guest may not.
    pub(super) fn me(&self) -> Result<&Address, Error> {
        self.touch();
        self.address().ok_or(Error::Forbidden)
    }

    /// Our own deeds are shown on open pages at once, whether or not the server sends them back to us.
    pub(super) async fn happened(&self, event: channel::Event) {
        let _ = self.wire().tell(Command::Happened(Box::new(event))).await;
    }
}
