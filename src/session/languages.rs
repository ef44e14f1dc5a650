//! Which dialect a channel is spoken to in, and through which service.

use jid::Jid;
use jiff::Timestamp;
use minidom::Element;

use super::Session;
use crate::channel::{
    About, Address, ChannelId, Draft, Event, Followers, NewChannel, Post, PostId, PostRef, Role, Settings,
};
use crate::dialect::{
    Abilities, Dialect, Followed, Following, Found, Microblog, Page, Popular, Published, Services, Verdict,
};
use crate::xmpp::{Ask, AskError};

/// One of the dialects.
#[derive(Debug, Clone)]
pub(super) enum Language {
    /// XEP-0277 and XEP-0472.
    Microblog(Microblog),
}

impl Session {
    /// How to speak to the service that holds a channel.
    pub(super) async fn language(&self, _channel: &ChannelId) -> Result<Language, AskError> {
        Ok(Language::Microblog(Microblog))
    }
}

/// Asks the dialect in question.
macro_rules! spoken {
    ($language:expr, $dialect:ident => $said:expr) => {
        match $language {
            Language::Microblog($dialect) => $said,
        }
    };
}

impl Dialect for Language {
    async fn discover(&self, ask: &impl Ask, domain: &Address) -> Result<Services, AskError> {
        spoken!(self, it => it.discover(ask, domain).await)
    }

    async fn channels(&self, ask: &impl Ask, service: &Address) -> Result<Vec<About>, AskError> {
        spoken!(self, it => it.channels(ask, service).await)
    }

    async fn about(&self, ask: &impl Ask, channel: &ChannelId) -> Result<About, AskError> {
        spoken!(self, it => it.about(ask, channel).await)
    }

    async fn posts(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        before: Option<&str>,
        size: usize,
    ) -> Result<Page, AskError> {
        spoken!(self, it => it.posts(ask, channel, before, size).await)
    }

    async fn post(&self, ask: &impl Ask, post: &PostRef) -> Result<Option<Post>, AskError> {
        spoken!(self, it => it.post(ask, post).await)
    }

    async fn replies(&self, ask: &impl Ask, to: &Post) -> Result<Page, AskError> {
        spoken!(self, it => it.replies(ask, to).await)
    }

    async fn publish(
        &self,
        ask: &impl Ask,
        me: &Address,
        services: &Services,
        channel: &ChannelId,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Published, AskError> {
        spoken!(self, it => it.publish(ask, me, services, channel, draft, now).await)
    }

    async fn reply(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &Post,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Post, AskError> {
        spoken!(self, it => it.reply(ask, me, to, draft, now).await)
    }

    async fn edit(
        &self,
        ask: &impl Ask,
        me: &Address,
        post: &PostRef,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Post, AskError> {
        spoken!(self, it => it.edit(ask, me, post, draft, now).await)
    }

    async fn remove(&self, ask: &impl Ask, me: &Address, post: &PostRef) -> Result<(), AskError> {
        spoken!(self, it => it.remove(ask, me, post).await)
    }

    async fn follow(
        &self,
        ask: &impl Ask,
        me: &Address,
        channel: &ChannelId,
        title: Option<&str>,
    ) -> Result<Following, AskError> {
        spoken!(self, it => it.follow(ask, me, channel, title).await)
    }

    async fn unfollow(&self, ask: &impl Ask, me: &Address, channel: &ChannelId) -> Result<(), AskError> {
        spoken!(self, it => it.unfollow(ask, me, channel).await)
    }

    async fn follows(&self, ask: &impl Ask, me: &Address, services: &Services) -> Result<Vec<Followed>, AskError> {
        spoken!(self, it => it.follows(ask, me, services).await)
    }

    async fn subscribe(&self, ask: &impl Ask, subscriber: &Jid, channel: &ChannelId) -> Result<Following, AskError> {
        spoken!(self, it => it.subscribe(ask, subscriber, channel).await)
    }

    async fn unsubscribe(&self, ask: &impl Ask, subscriber: &Jid, channel: &ChannelId) -> Result<(), AskError> {
        spoken!(self, it => it.unsubscribe(ask, subscriber, channel).await)
    }

    async fn followers(
        &self,
        ask: &impl Ask,
        viewer: Option<&Address>,
        channel: &ChannelId,
    ) -> Result<Followers, AskError> {
        spoken!(self, it => it.followers(ask, viewer, channel).await)
    }

    async fn roles(&self, ask: &impl Ask, service: &Address) -> Result<Vec<(ChannelId, Role)>, AskError> {
        spoken!(self, it => it.roles(ask, service).await)
    }

    async fn like(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &Post,
        id: &PostId,
        now: Timestamp,
    ) -> Result<Post, AskError> {
        spoken!(self, it => it.like(ask, me, to, id, now).await)
    }

    fn abilities(&self) -> Abilities {
        spoken!(self, it => it.abilities())
    }

    async fn create(
        &self,
        ask: &impl Ask,
        me: &Address,
        services: &Services,
        new: &NewChannel,
    ) -> Result<ChannelId, AskError> {
        spoken!(self, it => it.create(ask, me, services, new).await)
    }

    async fn configure(&self, ask: &impl Ask, channel: &ChannelId, settings: &Settings) -> Result<(), AskError> {
        spoken!(self, it => it.configure(ask, channel, settings).await)
    }

    async fn delete(&self, ask: &impl Ask, channel: &ChannelId) -> Result<(), AskError> {
        spoken!(self, it => it.delete(ask, channel).await)
    }

    async fn set_status(
        &self,
        ask: &impl Ask,
        me: &Address,
        channel: &ChannelId,
        text: &str,
        now: Timestamp,
    ) -> Result<(), AskError> {
        spoken!(self, it => it.set_status(ask, me, channel, text, now).await)
    }

    async fn set_role(&self, ask: &impl Ask, channel: &ChannelId, who: &Address, role: Role) -> Result<(), AskError> {
        spoken!(self, it => it.set_role(ask, channel, who, role).await)
    }

    async fn requests(&self, ask: &impl Ask, viewer: &Address, channel: &ChannelId) -> Result<Vec<Address>, AskError> {
        spoken!(self, it => it.requests(ask, viewer, channel).await)
    }

    async fn answer_request(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        who: &Address,
        verdict: Verdict,
    ) -> Result<(), AskError> {
        spoken!(self, it => it.answer_request(ask, channel, who, verdict).await)
    }

    async fn invite(&self, ask: &impl Ask, channel: &ChannelId, who: &Address) -> Result<(), AskError> {
        spoken!(self, it => it.invite(ask, channel, who).await)
    }

    async fn banned(&self, ask: &impl Ask, viewer: &Address, channel: &ChannelId) -> Result<Vec<Address>, AskError> {
        spoken!(self, it => it.banned(ask, viewer, channel).await)
    }

    async fn search(&self, ask: &impl Ask, words: &str) -> Result<Found, AskError> {
        spoken!(self, it => it.search(ask, words).await)
    }

    async fn popular(&self, ask: &impl Ask) -> Result<Popular, AskError> {
        spoken!(self, it => it.popular(ask).await)
    }

    async fn recent(&self, ask: &impl Ask, since: Timestamp, per_channel: usize) -> Result<Vec<Post>, AskError> {
        spoken!(self, it => it.recent(ask, since, per_channel).await)
    }

    fn read_event(&self, message: &Element) -> Vec<Event> {
        spoken!(self, it => it.read_event(message))
    }
}
