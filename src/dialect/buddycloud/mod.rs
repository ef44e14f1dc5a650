//! Buddycloud: channels as families of pubsub nodes `/user/<channel>/<kind>` at one channel service a domain.
//!
//! The specification never became a XEP, and its two old servers, buddycloud-server ("node" below) and
//! buddycloud-server-java ("java"), each depart from it in ways of their own. So reading goes by local names and believes
//! no order, and every refusal has another way or a plain end.

pub mod names;
pub mod loose;
pub mod discovery;
pub mod abilities;
pub mod request;
pub mod entry;
pub mod media;
pub mod about;
pub mod page;
pub mod threads;
pub mod recent;
pub mod compose;
pub mod publish;
pub mod lists;
pub mod people;
pub mod follow;
pub mod settings;
pub mod search;
pub mod directory;
pub mod pusher;
pub mod event;

use std::sync::Arc;

use jid::Jid;
use jiff::Timestamp;
use minidom::Element;

use super::{
    Abilities, ChannelService, Dialect, Followed, Following, Found, Page, Popular, Published, Recent, Services,
    Software, Threads, Verdict,
};
use crate::channel::{
    About, Address, ChannelId, Draft, Event, Followers, NewChannel, Post, PostId, PostRef, Role, Settings,
};
use crate::xmpp::{Ask, AskError};

pub use pusher::Notices;
use request::Which;

/// The dialect, spoken to one channel service: that of one's own domain for nearly everything, since it passes on what
/// concerns channels elsewhere; or that of a channel's domain, to read only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buddycloud(Arc<Known>);

/// What is known of the service. Everybody who speaks to it shares this.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    service: ChannelService,
    files: Option<media::Endpoint>,
}

impl Buddycloud {
    /// Speaks to a service that discovery found.
    pub fn new(service: ChannelService) -> Self {
        let files = media::Endpoint::of(&service);
        Buddycloud(Arc::new(Known { service, files }))
    }

    /// The service that is spoken to.
    pub fn service(&self) -> &ChannelService {
        &self.0.service
    }

    /// Where directed presence must go before the service sends any news, after each new stream.
    pub fn presence_to(&self) -> &Address {
        &self.0.service.address
    }

    /// Makes this person known to the service of their own domain, which makes their channel if it is not there. To be
    /// done at each sign-in; doing it again changes nothing. `not-allowed` for guests and people of other domains.
    pub async fn register(&self, ask: &impl Ask) -> Result<(), AskError> {
        follow::register(ask, self).await
    }

    /// Whether this is the service that keeps a channel, rather than one that passes on what concerns it.
    pub fn is_home_of(&self, channel: &ChannelId) -> bool {
        let domain = channel.address.domain();
        domain == self.0.service.domain.domain() || domain == self.0.service.topics.domain()
    }

    /// All items, in words that this service knows.
    fn all(&self) -> Which {
        if self.0.service.software == Software::Other { Which::All } else { Which::Unsaid }
    }

    fn address(&self) -> &Address {
        &self.0.service.address
    }

    fn files(&self) -> Option<&media::Endpoint> {
        self.0.files.as_ref()
    }
}

impl Dialect for Buddycloud {
    async fn discover(&self, ask: &impl Ask, domain: &Address) -> Result<Services, AskError> {
        super::discovery::services(ask, domain).await
    }

    async fn channels(&self, ask: &impl Ask, service: &Address) -> Result<Vec<About>, AskError> {
        let there = ChannelService { address: service.clone(), ..self.0.service.clone() };
        search::channels(ask, &Buddycloud::new(there)).await
    }

    async fn about(&self, ask: &impl Ask, channel: &ChannelId) -> Result<About, AskError> {
        about::about(ask, self, channel).await
    }

    async fn posts(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        before: Option<&str>,
        size: usize,
    ) -> Result<Page, AskError> {
        page::posts(ask, self, channel, before, size).await
    }

    async fn post(&self, ask: &impl Ask, post: &PostRef) -> Result<Option<Post>, AskError> {
        page::post(ask, self, post).await
    }

    async fn replies(&self, ask: &impl Ask, to: &Post) -> Result<Page, AskError> {
        page::replies(ask, self, to).await
    }

    async fn threads(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        before: Option<&str>,
        size: usize,
    ) -> Result<Threads, AskError> {
        threads::threads(ask, self, channel, before, size).await
    }

    async fn publish(
        &self,
        ask: &impl Ask,
        me: &Address,
        _services: &Services,
        channel: &ChannelId,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Published, AskError> {
        publish::publish(ask, self, me, channel, draft, now).await
    }

    async fn reply(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &Post,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Post, AskError> {
        publish::reply(ask, self, me, to, draft, now).await
    }

    async fn edit(
        &self,
        ask: &impl Ask,
        me: &Address,
        post: &PostRef,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Post, AskError> {
        publish::edit(ask, self, me, post, draft, now).await
    }

    async fn remove(&self, ask: &impl Ask, _me: &Address, post: &PostRef) -> Result<(), AskError> {
        publish::remove(ask, self, post).await
    }

    async fn like(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &Post,
        id: &PostId,
        now: Timestamp,
    ) -> Result<Post, AskError> {
        publish::like(ask, self, me, to, id, now).await
    }

    async fn follow(
        &self,
        ask: &impl Ask,
        me: &Address,
        channel: &ChannelId,
        _title: Option<&str>,
    ) -> Result<Following, AskError> {
        follow::follow(ask, self, me, channel).await
    }

    async fn unfollow(&self, ask: &impl Ask, me: &Address, channel: &ChannelId) -> Result<(), AskError> {
        follow::unfollow(ask, self, me, channel).await
    }

    async fn follows(&self, ask: &impl Ask, me: &Address, _services: &Services) -> Result<Vec<Followed>, AskError> {
        follow::follows(ask, self, me).await
    }

    async fn subscribe(&self, ask: &impl Ask, subscriber: &Jid, channel: &ChannelId) -> Result<Following, AskError> {
        follow::subscribe(ask, self, subscriber, channel).await
    }

    async fn unsubscribe(&self, ask: &impl Ask, subscriber: &Jid, channel: &ChannelId) -> Result<(), AskError> {
        follow::unsubscribe(ask, self, subscriber, channel).await
    }

    async fn followers(
        &self,
        ask: &impl Ask,
        viewer: Option<&Address>,
        channel: &ChannelId,
    ) -> Result<Followers, AskError> {
        people::followers(ask, self, viewer, channel).await
    }

    async fn roles(&self, ask: &impl Ask, _service: &Address) -> Result<Vec<(ChannelId, Role)>, AskError> {
        Ok(lists::own_roles(ask, self).await?.into_iter().collect())
    }

    async fn create(
        &self,
        ask: &impl Ask,
        _me: &Address,
        _services: &Services,
        new: &NewChannel,
    ) -> Result<ChannelId, AskError> {
        settings::create(ask, self, new).await
    }

    async fn configure(&self, ask: &impl Ask, channel: &ChannelId, settings: &Settings) -> Result<(), AskError> {
        settings::configure(ask, self, channel, settings).await
    }

    async fn delete(&self, ask: &impl Ask, channel: &ChannelId) -> Result<(), AskError> {
        settings::delete(ask, self, channel).await
    }

    async fn set_status(
        &self,
        ask: &impl Ask,
        _me: &Address,
        channel: &ChannelId,
        text: &str,
        _now: Timestamp,
    ) -> Result<(), AskError> {
        settings::set_status(ask, self, channel, text).await
    }

    async fn set_place(&self, ask: &impl Ask, channel: &ChannelId, words: &str) -> Result<(), AskError> {
        settings::set_place(ask, self, channel, words).await
    }

    async fn set_role(&self, ask: &impl Ask, channel: &ChannelId, who: &Address, role: Role) -> Result<(), AskError> {
        people::set_role(ask, self, channel, who, role).await
    }

    async fn requests(&self, ask: &impl Ask, viewer: &Address, channel: &ChannelId) -> Result<Vec<Address>, AskError> {
        people::requests(ask, self, viewer, channel).await
    }

    async fn answer_request(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        who: &Address,
        verdict: Verdict,
    ) -> Result<(), AskError> {
        people::answer_request(ask, self, channel, who, verdict).await
    }

    async fn invite(&self, ask: &impl Ask, channel: &ChannelId, who: &Address) -> Result<(), AskError> {
        people::invite(ask, self, channel, who).await
    }

    async fn banned(&self, ask: &impl Ask, viewer: &Address, channel: &ChannelId) -> Result<Vec<Address>, AskError> {
        people::banned(ask, self, viewer, channel).await
    }

    async fn search(&self, ask: &impl Ask, words: &str) -> Result<Found, AskError> {
        search::search(ask, self, words).await
    }

    async fn popular(&self, ask: &impl Ask) -> Result<Popular, AskError> {
        search::popular(ask, self).await
    }

    async fn recent(
        &self,
        ask: &impl Ask,
        since: Timestamp,
        per_channel: usize,
        most: usize,
    ) -> Result<Recent, AskError> {
        recent::recent(ask, self, since, per_channel, most).await
    }

    fn abilities(&self) -> Abilities {
        abilities::of(&self.0.service)
    }

    fn read_event(&self, message: &Element) -> Vec<Event> {
        event::read(self, message)
    }
}

#[cfg(test)]
mod tests;
