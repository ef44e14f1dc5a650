//! What owners and moderators do with channels: making and changing them, who may do what there.

use jiff::Timestamp;

use super::command::Command;
use super::languages::Language;
use super::view::{Follow, MailNotices};
use super::writing::within;
use super::{Error, Session};
use crate::channel::{self, Address, ChannelId, NewChannel, Role, Settings};
use crate::dialect::avatar;
use crate::dialect::{Buddycloud, Dialect, Microblog, Verdict};

impl Session {
    /// Makes a channel at the channel service of this person's domain, or where it has none, a community at another of
    /// its services.
    pub async fn create(&self, new: &NewChannel) -> Result<ChannelId, Error> {
        let me = self.me()?;
        let services = self.own_services(me).await;
        let language = match services.channel_service.clone() {
            Some(service) => Language::Buddycloud(Buddycloud::new(service)),
            None => Language::Microblog(Microblog),
        };
        let id = within(language.create(self.wire(), me, &services, new)).await?;
        self.changed(&id).await;
        if id.is_buddycloud() {
            // Whoever makes a channel follows it from the beginning.
            let follow = Follow { about: self.about(&id).await, is_pending: false, invited_by: None };
            self.wire().tell(Command::Followed(Box::new(follow))).await?;
        } else if let Err(error) = self.follow(&id).await {
            tracing::debug!(channel.id = %id, reason = %error, "a new channel is not followed by who made it");
        }
        Ok(id)
    }

    /// Changes title, description, access or what new followers may do.
    pub async fn configure(&self, id: &ChannelId, settings: &Settings) -> Result<(), Error> {
        self.me()?;
        within(async { self.language(id).await?.configure(self.wire(), id, settings).await }).await?;
        self.happened(channel::Event::Reconfigured(id.clone())).await;
        self.changed(id).await;
        Ok(())
    }

    /// Takes a channel away with all its posts.
    pub async fn delete(&self, id: &ChannelId) -> Result<(), Error> {
        self.me()?;
        within(async { self.language(id).await?.delete(self.wire(), id).await }).await?;
        self.happened(channel::Event::Closed(id.clone())).await;
        self.changed(id).await;
        self.wire().tell(Command::Unfollowed(id.clone())).await
    }

    /// Sets the status line of this person's own channel.
    pub async fn set_status(&self, text: &str) -> Result<(), Error> {
        let me = self.me()?;
        let own = self.own_channel().await?;
        within(async { self.language(&own).await?.set_status(self.wire(), me, &own, text, Timestamp::now()).await })
            .await?;
        self.forget(&own);
        Ok(())
    }

    /// Of what this person is told by e-mail, one for each address.
    pub async fn mail_notices(&self) -> Result<Vec<MailNotices>, Error> {
        self.me()?;
        let Some(service) = self.local_buddycloud().await else { return Err(Error::Unsupported) };
        within(service.notices(self.wire())).await
    }

    /// Changes that for one address.
    pub async fn set_mail_notices(&self, notices: &MailNotices) -> Result<(), Error> {
        self.me()?;
        let Some(service) = self.local_buddycloud().await else { return Err(Error::Unsupported) };
        within(service.set_notices(self.wire(), notices)).await
    }

    /// Says in this person's own channel where they are.
    pub async fn set_place(&self, words: &str) -> Result<(), Error> {
        self.me()?;
        let own = self.own_channel().await?;
        within(async { self.language(&own).await?.set_place(self.wire(), &own, words).await }).await?;
        self.forget(&own);
        Ok(())
    }

    /// Gives somebody another part in a channel.
    pub async fn set_role(&self, id: &ChannelId, who: &Address, role: Role) -> Result<(), Error> {
        self.me()?;
        within(async { self.language(id).await?.set_role(self.wire(), id, who, role).await }).await
    }

    /// Shows a picture of this person to everybody, given with its media type, or none.
    pub async fn set_avatar(&self, picture: Option<(&[u8], &str)>) -> Result<(), Error> {
        let me = self.me()?;
        within(avatar::write(self.wire(), me, picture)).await
    }

    /// Who waits to be let in; for owners and moderators.
    pub async fn requests(&self, id: &ChannelId) -> Result<Vec<Address>, Error> {
        let me = self.me()?;
        let asking = within(async { self.language(id).await?.requests(self.wire(), me, id).await }).await?;
        let blocks = self.blocks();
        Ok(asking.into_iter().filter(|who| !blocks.hides(who)).collect())
    }

    /// Lets somebody in who waits, or not.
    pub async fn answer_request(&self, id: &ChannelId, who: &Address, verdict: Verdict) -> Result<(), Error> {
        self.me()?;
        within(async { self.language(id).await?.answer_request(self.wire(), id, who, verdict).await }).await?;
        self.wire().tell(Command::AnsweredRequest { channel: id.clone(), who: who.clone() }).await
    }

    /// Invites somebody to follow a channel.
    pub async fn invite(&self, id: &ChannelId, who: &Address) -> Result<(), Error> {
        self.me()?;
        within(async { self.language(id).await?.invite(self.wire(), id, who).await }).await
    }

    /// Who is kept out; for owners and moderators.
    pub async fn banned(&self, id: &ChannelId) -> Result<Vec<Address>, Error> {
        let me = self.me()?;
        within(async { self.language(id).await?.banned(self.wire(), me, id).await }).await
    }

    /// What is known of a channel, of its rights and of the lists that it stands in is no longer true.
    async fn changed(&self, id: &ChannelId) {
        self.forget(id);
        if let Some(service) = self.local_buddycloud().await {
            self.shared().lists.forget(&(service.service().address.clone(), self.address().cloned()));
        }
    }
}
