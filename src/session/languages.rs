//! Which dialect a channel is spoken to in, and through which service.

use jid::Jid;
use jiff::Timestamp;
use minidom::Element;

use super::Session;
use super::command::Command;
use super::wire::Wire;
use crate::channel::reaction::{Attach, Reaction};
use crate::channel::{
    About, Access, Address, ChannelId, Draft, Event, Followers, NewChannel, Post, PostId, PostRef, Role, Settings,
};
use crate::dialect::{
    Abilities, Buddycloud, ChannelService, Dialect, Followed, Following, Found, Microblog, Page, Popular, Published,
    Recent, Services, Threads, Verdict,
};
use crate::xmpp::{Ask, AskError};

/// One of the dialects.
#[derive(Debug, Clone)]
pub(super) enum Language {
    /// XEP-0277 and XEP-0472.
    Microblog(Microblog),
    /// Buddycloud channels, through one service.
    Buddycloud(Buddycloud),
}

impl Session {
    /// How to speak about a channel. Of Buddycloud channels the service of one's own domain passes on those of other
    /// domains; who has none asks the service of the channel's domain itself.
    pub(super) async fn language(&self, channel: &ChannelId) -> Result<Language, AskError> {
        if !channel.is_buddycloud() {
            return Ok(Language::Microblog(Microblog));
        }
        match self.near_service(Some(channel)).await {
            Some(service) => Ok(Language::Buddycloud(Buddycloud::new(service))),
            None => self.home_language(channel).await,
        }
    }

    /// The language of the channel service that serves this person, or a guest; `None` if there is none.
    pub(super) async fn local_buddycloud(&self) -> Option<Buddycloud> {
        let offered = match self.address() {
            Some(me) => self.own_services(me).await.channel_service,
            None => self.near_service(None).await,
        };
        offered.map(Buddycloud::new)
    }

    /// The service that one's own domain offers; for the guest, whose domain holds no channels, one of those that are
    /// served here, the channel's own first.
    async fn near_service(&self, channel: Option<&ChannelId>) -> Option<ChannelService> {
        if let Some(me) = self.address() {
            return self.own_services(me).await.channel_service;
        }
        let mut domains = self.served_domains();
        let is_its =
            |domain: &Address, channel: &ChannelId| is_below(channel.address.domain().as_str(), domain.as_str());
        domains.sort_by_key(|domain| !channel.is_some_and(|channel| is_its(domain, channel)));
        for domain in domains {
            let offered = self.services(domain).await.ok().and_then(|services| services.channel_service.clone());
            if offered.is_some() {
                return offered;
            }
        }
        None
    }

    /// How to speak to the service of the channel's own domain.
    async fn home_language(&self, channel: &ChannelId) -> Result<Language, AskError> {
        let domain: Address = channel.address.domain().to_owned().into();
        let services = self.services(domain.clone()).await?;
        let Some(service) = services.channel_service.clone() else {
            return Err(AskError::Stanza { condition: "item-not-found".to_owned(), specific: None, text: None });
        };
        let speaks = Command::Speaks { domain, service: Buddycloud::new(service.clone()) };
        let _ = self.wire().tell(speaks).await;
        Ok(Language::Buddycloud(Buddycloud::new(service)))
    }

    /// Another way to read a channel that the first service refuses to show.
    ///
    /// COMPAT(buddycloud-server 0.4.0): when the last local follower of a channel of another domain is gone, it keeps an
    /// empty copy and refuses to show it, although the channel is open.
    async fn other_language(&self, channel: &ChannelId, first: &Language) -> Option<Language> {
        let Language::Buddycloud(first) = first else { return None };
        if is_below(channel.address.domain().as_str(), first.service().domain.as_str()) {
            return None;
        }
        match self.home_language(channel).await.ok()? {
            Language::Buddycloud(home) if home.service() != first.service() => Some(Language::Buddycloud(home)),
            _ => None,
        }
    }

    /// One page of a channel, from whoever shows it.
    pub(super) async fn read_posts(
        &self,
        wire: &Wire,
        channel: &ChannelId,
        before: Option<&str>,
        size: usize,
    ) -> Result<Page, AskError> {
        let language = self.language(channel).await?;
        let error = match language.posts(wire, channel, before, size).await {
            Err(error) if error.is("forbidden") => error,
            read => return read,
        };
        match self.other_language(channel, &language).await {
            Some(home) => home.posts(wire, channel, before, size).await.map_err(|_| error),
            None => Err(error),
        }
    }

    /// What a channel says about itself, from whoever knows it.
    pub(super) async fn read_about(&self, channel: &ChannelId) -> Result<About, AskError> {
        let language = self.language(channel).await?;
        let read = language.about(self.wire(), channel).await;
        let is_empty = read.as_ref().is_ok_and(|about| about.access == Access::Unknown && about.title.is_none());
        let is_refused = read.as_ref().is_err_and(|error| error.is("forbidden"));
        if !is_empty && !is_refused {
            return read;
        }
        match self.other_language(channel, &language).await {
            Some(home) => home.about(self.wire(), channel).await.or(read),
            None => read,
        }
    }
}

impl Language {
    /// The account or the service that is asked about a channel.
    pub(super) fn service<'a>(&'a self, channel: &'a ChannelId) -> &'a Address {
        match self {
            Language::Microblog(_) => &channel.address,
            Language::Buddycloud(dialect) => &dialect.service().address,
        }
    }

    /// How to speak to a service, given the channel services that are known.
    pub(super) fn of_service(address: &Address, known: &[ChannelService]) -> Self {
        match known.iter().find(|service| service.address == *address) {
            Some(service) => Language::Buddycloud(Buddycloud::new(service.clone())),
            None => Language::Microblog(Microblog),
        }
    }
}

/// Whether a domain is another one or stands below it.
fn is_below(domain: &str, above: &str) -> bool {
    domain.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Asks the dialect in question.
macro_rules! spoken {
    ($language:expr, $dialect:ident => $said:expr) => {
        match $language {
            Language::Microblog($dialect) => $said,
            Language::Buddycloud($dialect) => $said,
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

    async fn reactions(&self, ask: &impl Ask, to: &PostRef) -> Result<Option<Vec<Reaction>>, AskError> {
        spoken!(self, it => it.reactions(ask, to).await)
    }

    async fn attach(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &PostRef,
        change: &Attach,
        now: Timestamp,
    ) -> Result<(), AskError> {
        spoken!(self, it => it.attach(ask, me, to, change, now).await)
    }

    async fn forget_reactions(&self, ask: &impl Ask, to: &PostRef) {
        spoken!(self, it => it.forget_reactions(ask, to).await)
    }

    async fn take_reactions(&self, ask: &impl Ask, to: &PostRef, access: Access) {
        spoken!(self, it => it.take_reactions(ask, to, access).await)
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

    async fn set_place(&self, ask: &impl Ask, channel: &ChannelId, words: &str) -> Result<(), AskError> {
        spoken!(self, it => it.set_place(ask, channel, words).await)
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

    async fn threads(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        before: Option<&str>,
        size: usize,
    ) -> Result<Threads, AskError> {
        spoken!(self, it => it.threads(ask, channel, before, size).await)
    }

    async fn recent(
        &self,
        ask: &impl Ask,
        since: Timestamp,
        per_channel: usize,
        most: usize,
    ) -> Result<Recent, AskError> {
        spoken!(self, it => it.recent(ask, since, per_channel, most).await)
    }

    fn read_event(&self, message: &Element) -> Vec<Event> {
        spoken!(self, it => it.read_event(message))
    }
}

#[cfg(test)]
#[path = "languages_tests.rs"]
mod tests;
