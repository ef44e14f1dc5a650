//! Buddycloud: channels as families of pubsub nodes `/user/<channel>/<kind>` at one channel service a domain.
//!
//! The specification never became a XEP, and its two old servers, buddycloud-server ("node" below) and
//! buddycloud-server-java ("java"), each depart from it in ways of their own. So reading goes by local names and believes
//! no order, and every refusal has another way or a plain end.

use jid::Jid;
use jiff::Timestamp;
use minidom::Element;

use super::{
    Abilities, ChannelService, Dialect, Followed, Following, Found, Page, Popular, Published, Services, Verdict,
    discovery, not_offered,
};
use crate::channel::{
    About, Address, ChannelId, Draft, Event, Followers, NewChannel, Post, PostId, PostRef, Role, Settings,
};
use crate::xmpp::{Ask, AskError};

/// The dialect, spoken to one channel service: that of one's own domain for nearly everything, since it passes on what
/// concerns channels elsewhere; or that of a channel's domain, to read only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buddycloud {
    service: ChannelService,
}

impl Buddycloud {
    /// Speaks to a service that discovery found.
    pub fn new(service: ChannelService) -> Self {
        Buddycloud { service }
    }

    /// The service that is spoken to.
    pub fn service(&self) -> &ChannelService {
        &self.service
    }

    /// Where directed presence must go before the service sends any news, after each new stream.
    pub fn presence_to(&self) -> &Address {
        &self.service.address
    }

    /// Makes this person known to the service of their own domain, which makes their channel if it is not there. To be
    /// done at each sign-in; doing it again changes nothing. `not-allowed` for guests and people of other domains.
    pub async fn register(&self, _ask: &impl Ask) -> Result<(), AskError> {
        Err(not_offered())
    }
}

impl Dialect for Buddycloud {
    async fn discover(&self, ask: &impl Ask, domain: &Address) -> Result<Services, AskError> {
        discovery::services(ask, domain).await
    }

    async fn channels(&self, _ask: &impl Ask, _service: &Address) -> Result<Vec<About>, AskError> {
        Err(not_offered())
    }

    async fn about(&self, _ask: &impl Ask, _channel: &ChannelId) -> Result<About, AskError> {
        Err(not_offered())
    }

    async fn posts(
        &self,
        _ask: &impl Ask,
        _channel: &ChannelId,
        _before: Option<&str>,
        _size: usize,
    ) -> Result<Page, AskError> {
        Err(not_offered())
    }

    async fn post(&self, _ask: &impl Ask, _post: &PostRef) -> Result<Option<Post>, AskError> {
        Err(not_offered())
    }

    async fn replies(&self, _ask: &impl Ask, _to: &Post) -> Result<Page, AskError> {
        Err(not_offered())
    }

    async fn publish(
        &self,
        _ask: &impl Ask,
        _me: &Address,
        _services: &Services,
        _channel: &ChannelId,
        _draft: &Draft,
        _now: Timestamp,
    ) -> Result<Published, AskError> {
        Err(not_offered())
    }

    async fn reply(
        &self,
        _ask: &impl Ask,
        _me: &Address,
        _to: &Post,
        _draft: &Draft,
        _now: Timestamp,
    ) -> Result<Post, AskError> {
        Err(not_offered())
    }

    async fn edit(
        &self,
        _ask: &impl Ask,
        _me: &Address,
        _post: &PostRef,
        _draft: &Draft,
        _now: Timestamp,
    ) -> Result<Post, AskError> {
        Err(not_offered())
    }

    async fn remove(&self, _ask: &impl Ask, _me: &Address, _post: &PostRef) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn like(
        &self,
        _ask: &impl Ask,
        _me: &Address,
        _to: &Post,
        _id: &PostId,
        _now: Timestamp,
    ) -> Result<Post, AskError> {
        Err(not_offered())
    }

    async fn follow(
        &self,
        _ask: &impl Ask,
        _me: &Address,
        _channel: &ChannelId,
        _title: Option<&str>,
    ) -> Result<Following, AskError> {
        Err(not_offered())
    }

    async fn unfollow(&self, _ask: &impl Ask, _me: &Address, _channel: &ChannelId) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn follows(&self, _ask: &impl Ask, _me: &Address, _services: &Services) -> Result<Vec<Followed>, AskError> {
        Err(not_offered())
    }

    async fn subscribe(&self, _ask: &impl Ask, _subscriber: &Jid, _channel: &ChannelId) -> Result<Following, AskError> {
        Err(not_offered())
    }

    async fn unsubscribe(&self, _ask: &impl Ask, _subscriber: &Jid, _channel: &ChannelId) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn followers(
        &self,
        _ask: &impl Ask,
        _viewer: Option<&Address>,
        _channel: &ChannelId,
    ) -> Result<Followers, AskError> {
        Err(not_offered())
    }

    async fn roles(&self, _ask: &impl Ask, _service: &Address) -> Result<Vec<(ChannelId, Role)>, AskError> {
        Err(not_offered())
    }

    async fn create(
        &self,
        _ask: &impl Ask,
        _me: &Address,
        _services: &Services,
        _new: &NewChannel,
    ) -> Result<ChannelId, AskError> {
        Err(not_offered())
    }

    async fn configure(&self, _ask: &impl Ask, _channel: &ChannelId, _settings: &Settings) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn delete(&self, _ask: &impl Ask, _channel: &ChannelId) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn set_status(
        &self,
        _ask: &impl Ask,
        _me: &Address,
        _channel: &ChannelId,
        _text: &str,
        _now: Timestamp,
    ) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn set_role(
        &self,
        _ask: &impl Ask,
        _channel: &ChannelId,
        _who: &Address,
        _role: Role,
    ) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn requests(
        &self,
        _ask: &impl Ask,
        _viewer: &Address,
        _channel: &ChannelId,
    ) -> Result<Vec<Address>, AskError> {
        Err(not_offered())
    }

    async fn answer_request(
        &self,
        _ask: &impl Ask,
        _channel: &ChannelId,
        _who: &Address,
        _verdict: Verdict,
    ) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn invite(&self, _ask: &impl Ask, _channel: &ChannelId, _who: &Address) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn banned(&self, _ask: &impl Ask, _viewer: &Address, _channel: &ChannelId) -> Result<Vec<Address>, AskError> {
        Err(not_offered())
    }

    async fn search(&self, _ask: &impl Ask, _words: &str) -> Result<Found, AskError> {
        Err(not_offered())
    }

    async fn popular(&self, _ask: &impl Ask) -> Result<Popular, AskError> {
        Err(not_offered())
    }

    async fn recent(&self, _ask: &impl Ask, _since: Timestamp, _per_channel: usize) -> Result<Vec<Post>, AskError> {
        Err(not_offered())
    }

    fn abilities(&self) -> Abilities {
        Abilities::default()
    }

    fn read_event(&self, _message: &Element) -> Vec<Event> {
        Vec::new()
    }
}
