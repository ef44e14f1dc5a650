//! What servers offer: services, the channels known here, the channels somebody follows.

use std::sync::{Arc, PoisonError};

use futures::{StreamExt, stream};

use super::reading::SIDE_BY_SIDE;
use super::view::Follow;
use super::{Error, Session};
use crate::channel::{About, Address};
use crate::dialect::{self, Dialect, Learned, Microblog, Services};
use crate::xmpp::AskError;

impl Session {
    /// The channels known here: those of the services of our domains, and open ones read here.
    pub async fn known(&self) -> Result<Vec<About>, Error> {
        self.touch();
        let config = &self.shared().config;
        let domains: Vec<Address> = config.xmpp.domains.iter().filter_map(|domain| domain.parse().ok()).collect();
        let found: Vec<_> = stream::iter(domains)
            .map(|domain| async move { self.services(domain).await.unwrap_or_default() })
            .buffered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut services: Vec<Address> =
            found.iter().flat_map(|offered| &offered.channels).map(|service| service.address.clone()).collect();
        services.extend(config.xmpp.services.iter().filter_map(|service| service.parse().ok()));
        services.sort();
        services.dedup();
        let lists: Vec<_> = stream::iter(services)
            .map(|service| async move {
                let ask = async { Microblog.channels(self.wire(), &service).await.map(Arc::new) };
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
        Ok(known)
    }

    /// What a domain offers to anybody, asked at most every ten minutes.
    async fn services(&self, domain: Address) -> Result<Arc<Services>, AskError> {
        let ask = async {
            let offered = Microblog.discover(self.wire(), &domain).await;
            offered.map(Arc::new).inspect_err(|error| {
                tracing::warn!(server.domain = domain.as_str(), reason = %error, "a server does not say what it offers");
            })
        };
        self.shared().services.get(domain.clone(), ask).await
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

    /// The channels that this person follows, from the servers; `None` if they do not answer.
    pub(super) async fn read_follows(&self) -> Option<Vec<Follow>> {
        let me = self.address()?;
        let services = self.own_services(me).await;
        match Microblog.follows(self.wire(), me, &services).await {
            Ok(follows) => Some(follows.into_iter().map(|followed| self.follow_from(followed)).collect()),
            Err(error) => {
                tracing::warn!(account.jid = me.as_str(), reason = %error, "the followed channels could not be read");
                None
            }
        }
    }

    fn follow_from(&self, followed: dialect::Followed) -> Follow {
        let known = self.shared().channel(&followed.channel);
        let mut about = known.unwrap_or_else(|| About::unknown(followed.channel));
        about.title = about.title.or(followed.title);
        Follow { about, is_pending: followed.is_pending }
    }
}
