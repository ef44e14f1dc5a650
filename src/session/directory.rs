//! What servers offer: services, the channels known here, the channels somebody follows.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::future::join;
use futures::{StreamExt, stream};
use tokio::time::timeout;

use super::command::{Command, FollowsRead};
use super::languages::Language;
use super::reading::SIDE_BY_SIDE;
use super::view::Follow;
use super::{Error, Session};
use crate::channel::{About, Address, ChannelId};
use crate::dialect::{self, Abilities, Buddycloud, Dialect, Found, Learned, Microblog, Popular, Services};
use crate::xmpp::{AskError, Briefly, dns};

/// How long DNS is waited for.
const DNS: Duration = Duration::from_secs(2);

/// How long a list of followed channels may take, so that a page shows what the other servers tell.
const LIST: Duration = Duration::from_secs(5);

impl Session {
    /// The channels known here: those of the services of our domains, and open ones read here.
    pub async fn known(&self) -> Result<Vec<About>, Error> {
        self.touch();
        self.learn_blocks().await;
        let config = &self.shared().config;
        let found: Vec<_> = stream::iter(self.served_domains())
            .map(|domain| async move { self.services(domain).await.unwrap_or_default() })
            .buffered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut services: Vec<Address> =
            found.iter().flat_map(|offered| &offered.channels).map(|service| service.address.clone()).collect();
        services.extend(found.iter().filter_map(|offered| Some(offered.channel_service.as_ref()?.address.clone())));
        services.extend(config.xmpp.services.iter().filter_map(|service| service.parse().ok()));
        services.sort();
        services.dedup();
        let keepers: Vec<_> = found.iter().filter_map(|offered| offered.channel_service.clone()).collect();
        let keepers = keepers.as_slice();
        let lists: Vec<_> = stream::iter(services)
            .map(|service| async move {
                let language = Language::of_service(&service, keepers);
                let ask = async { language.channels(self.wire(), &service).await.map(Arc::new) };
                let who = (service.clone(), self.address().cloned());
                self.shared().lists.get(who, ask).await.unwrap_or_default()
            })
            .buffered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut known: Vec<About> = lists.iter().flat_map(|list| list.iter().cloned()).collect();
        for about in self.shared().channels() {
            if !known.iter().any(|other| other.id == about.id) {
                known.push(about);
            }
        }
        let blocks = self.blocks();
        known.retain(|about| !blocks.hides(&about.id.address));
        Ok(known)
    }

    /// The domains whose people sign in here.
    pub(super) fn served_domains(&self) -> Vec<Address> {
        self.shared().config.xmpp.domains.iter().filter_map(|domain| domain.parse().ok()).collect()
    }

    /// What a domain offers to anybody, asked at most every ten minutes (see [`super::shared::Shared::offered_for`]).
    pub(super) async fn services(&self, domain: Address) -> Result<Arc<Services>, AskError> {
        let ask = async {
            let offered = match Microblog.discover(self.wire(), &domain).await {
                Ok(offered) if offered.channel_service.is_none() => {
                    let names = self.names_in_dns(&domain).await;
                    let found = dialect::buddycloud::discovery::by_names(&Briefly(self.wire()), &domain, &names).await;
                    Ok(Services { channel_service: found.unwrap_or_default(), ..offered })
                }
                offered => offered,
            };
            offered.map(Arc::new).inspect_err(|error| {
                tracing::warn!(server.domain = domain.as_str(), reason = %error, "a server does not say what it offers");
            })
        };
        let time = |offered: &Arc<Services>| self.shared().offered_for(&domain, offered);
        self.shared().services.get_while(domain.clone(), time, ask).await
    }

    /// Where DNS says that a domain's channel service is, for domains whose server does not name one itself. The operator
    /// who gives a server's address has DNS say nothing.
    async fn names_in_dns(&self, domain: &Address) -> Vec<String> {
        if self.shared().config.xmpp.servers.contains_key(domain.as_str()) {
            return Vec::new();
        }
        timeout(DNS, dns::channel_services(domain.as_str())).await.unwrap_or_default()
    }

    /// What a person's own domain offers to that person, with what was learned by trying. A server that does not say is
    /// asked again.
    pub(super) async fn own_services(&self, me: &Address) -> Services {
        let known = || self.recent().services.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().clone() {
            return known;
        }
        let Ok(offered) = self.services(me.domain().to_owned().into()).await else { return Services::default() };
        known().get_or_insert_with(|| Services::clone(&offered)).clone()
    }

    /// Remembers what publishing taught.
    pub(super) fn learn(&self, learned: &[Learned]) {
        if let Some(services) = &mut *self.recent().services.lock().unwrap_or_else(PoisonError::into_inner) {
            services.learn(learned);
        }
    }

    /// The channels that this person follows, from the servers of both languages; `None` if none of them answers. What
    /// one does not tell hides nothing of the other.
    pub(super) async fn read_follows(&self) -> Option<FollowsRead> {
        let me = self.address()?;
        let services = self.own_services(me).await;
        let microblogs = timeout(LIST, Microblog.follows(self.wire(), me, &services));
        let buddycloud = async {
            match services.channel_service.clone().map(Buddycloud::new) {
                Some(buddycloud) => buddycloud.follows(self.wire(), me, &services).await,
                None => Ok(Vec::new()),
            }
        };
        let (microblogs, buddycloud) = join(microblogs, timeout(LIST, buddycloud)).await;
        let microblogs = microblogs.unwrap_or(Err(AskError::Timeout));
        let buddycloud = buddycloud.unwrap_or(Err(AskError::Timeout));
        for error in [&microblogs, &buddycloud].into_iter().filter_map(|read| read.as_ref().err()) {
            tracing::warn!(account.jid = me.as_str(), reason = %error, "followed channels could not be read");
        }
        let is_untold: fn(&ChannelId) -> bool = match (&microblogs, &buddycloud) {
            (Err(_), Err(_)) => return None,
            (Err(_), Ok(_)) => |id| !id.is_buddycloud(),
            (Ok(_), Err(_)) => ChannelId::is_buddycloud,
            (Ok(_), Ok(_)) => |_| false,
        };
        let is_partial = microblogs.is_err() || buddycloud.is_err();
        let mut list = Vec::new();
        for followed in [microblogs, buddycloud].into_iter().flatten().flatten() {
            // One's own channel is followed by nature, and no list need say so.
            if !followed.channel.is_buddycloud() || followed.channel.address != *me {
                list.push(self.follow_from(followed));
            }
        }
        Some(FollowsRead { list, is_untold, is_partial })
    }

    fn follow_from(&self, followed: dialect::Followed) -> Follow {
        let known = self.shared().channel(&followed.channel);
        let mut about = known.unwrap_or_else(|| About::unknown(followed.channel));
        about.title = about.title.or(followed.title);
        Follow { about, is_pending: followed.is_pending, invited_by: followed.invited_by }
    }

    /// This person's own channel: at the channel service, where the own domain has one, else the microblog.
    pub async fn own_channel(&self) -> Result<ChannelId, Error> {
        let me = self.address().ok_or(Error::Forbidden)?.clone();
        let has_service = self.own_services(&me).await.channel_service.is_some();
        Ok(if has_service { ChannelId::buddycloud(me) } else { ChannelId::personal(me) })
    }

    /// The channel that is meant by a person's address: the one at the channel service of its domain if there is such a
    /// channel, else the microblog. Every other name means itself.
    pub async fn resolve(&self, id: ChannelId) -> ChannelId {
        if !id.is_personal() {
            return id;
        }
        self.beside(&id).await.unwrap_or(id)
    }

    /// The Buddycloud channel that bears the name of a microblog's account, if there is one.
    pub async fn beside(&self, microblog: &ChannelId) -> Option<ChannelId> {
        let domain: Address = microblog.address.domain().to_owned().into();
        if !microblog.is_personal() || self.services(domain).await.ok()?.channel_service.is_none() {
            return None;
        }
        let id = ChannelId::buddycloud(microblog.address.clone());
        self.read_about(&id).await.ok()?;
        Some(id)
    }

    /// Finds the channel service of this person's own domain, registers with it and tells the session's task, which shows
    /// itself to it. What fails is tried again later; no page waits for this.
    pub(super) async fn enrol(&self) {
        let Some(me) = self.address() else { return };
        let domain: Address = me.domain().to_owned().into();
        let Ok(services) = self.services(domain).await else { return };
        if !self.recent().replace_channel_service(services.channel_service.as_ref()) {
            return;
        }
        let service = services.channel_service.clone().map(Buddycloud::new);
        if let Some(service) = &service
            && let Err(error) = service.register(&self.wire().unhurried()).await
        {
            tracing::warn!(account.jid = me.as_str(), reason = %error, "the channel service does not take this person");
        }
        let _ = self.wire().tell(Command::Enrolled(service)).await;
    }

    /// Channels and posts that hold some words, where a service can look for them.
    pub async fn search(&self, words: &str) -> Result<Found, Error> {
        self.touch();
        match self.local_buddycloud().await {
            Some(service) => {
                self.learn_blocks().await;
                let (blocks, mut found) = (self.blocks(), service.search(self.wire(), words).await?);
                found.channels.retain(|about| !blocks.hides(&about.id.address));
                found.posts.retain(|post| !blocks.hides_post(post));
                Ok(found)
            }
            None => Err(Error::Unsupported),
        }
    }

    /// The channels with the most followers and the most posts, where a service tells.
    pub async fn popular(&self) -> Option<Arc<Popular>> {
        self.touch();
        let service = self.local_buddycloud().await.filter(|service| service.abilities().popular)?;
        let ask = async { service.popular(self.wire()).await.map(Arc::new) };
        let popular = self.shared().popular.get(service.service().address.clone(), ask).await.ok()?;
        let blocks = self.blocks();
        let shown = |list: &[About]| list.iter().filter(|about| !blocks.hides(&about.id.address)).cloned().collect();
        let [most_followed, most_active] = [&popular.most_followed, &popular.most_active].map(|list| shown(list));
        Some(Arc::new(Popular { most_followed, most_active }))
    }

    /// What the servers that serve this person can do besides holding a microblog.
    pub async fn abilities(&self) -> Abilities {
        if let Some(service) = self.local_buddycloud().await {
            return service.abilities();
        }
        let Some(me) = self.address() else { return Abilities::default() };
        let services = self.own_services(me).await;
        let may_create = services.channels.iter().any(|service| service.may_create != Some(false));
        Abilities { create: may_create, ..Microblog.abilities() }
    }
}
