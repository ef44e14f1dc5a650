//! Whose word counts about Buddycloud channels: their services tell of many channels, and not every sender is one. Pure.

use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use crate::channel::{Address, ChannelId};
use crate::dialect::Buddycloud;

/// Domains of which is remembered which service keeps their channels.
const DOMAINS: usize = 200;

/// The pause between attempts to register with the channel service.
const RETRY: Duration = Duration::from_secs(60);

/// After which time a domain without a channel service is looked at again: it may have been silent for a moment.
const NONE_AGAIN: Duration = Duration::from_secs(60);

/// After which time the service is looked for and registered with again: it may have moved, or forgotten who is here.
const AGAIN: Duration = Duration::from_secs(900);

/// How far this person is known to the channel service of the own domain.
#[derive(Debug, Default)]
enum Enrolment {
    #[default]
    Due,
    Begun(Instant),
    Done(Instant),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Voices {
    enrolment: Enrolment,
    own: Option<Buddycloud>,
    /// By domain: the services of channels that the own domain's service does not pass on.
    others: LruCache<Address, Buddycloud>,
}

impl Default for Voices {
    fn default() -> Self {
        Voices { enrolment: Enrolment::Due, own: None, others: LruCache::unbounded() }
    }
}

impl Voices {
    /// Whether it is time to register; whoever is told so must call [`Voices::enrolled`] when it is done.
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        let is_due = match self.enrolment {
            Enrolment::Due => true,
            Enrolment::Begun(at) => now.duration_since(at) > RETRY,
            Enrolment::Done(at) => now.duration_since(at) > if self.own.is_none() { NONE_AGAIN } else { AGAIN },
        };
        if is_due {
            self.enrolment = Enrolment::Begun(now);
        }
        is_due
    }

    /// The own domain's service is known, or that it has none. Returns whether it is another one than before.
    pub(super) fn enrolled(&mut self, service: Option<Buddycloud>, now: Instant) -> bool {
        let address = |own: &Option<Buddycloud>| own.as_ref().map(|own| own.service().address.clone());
        let is_another = address(&self.own) != address(&service);
        (self.enrolment, self.own) = (Enrolment::Done(now), service);
        is_another
    }

    /// Whether it is known which service the own domain has, if any.
    pub(super) fn is_enrolled(&self) -> bool {
        matches!(self.enrolment, Enrolment::Done(_))
    }

    /// The stream is another one: the service must see this person again.
    pub(super) fn reset(&mut self) {
        self.enrolment = Enrolment::Due;
    }

    /// Whether the own domain has a channel service.
    pub(super) fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// Discovery named the service that keeps the channels of a domain.
    pub(super) fn note(&mut self, domain: Address, service: Buddycloud) {
        self.others.put(domain, service);
        if self.others.len() > DOMAINS {
            self.others.pop_lru();
        }
    }

    /// The service behind an address, if it is one that is believed about some channels.
    pub(super) fn of(&self, from: &Address) -> Option<&Buddycloud> {
        let mut known = self.own.iter().chain(self.others.iter().map(|(_, service)| service));
        known.find(|known| known.service().address == *from)
    }

    /// Whether a sender may tell about a channel: the own service passes on the news of all, every other one speaks for
    /// the domains that name it.
    pub(super) fn may_tell(&self, from: &Address, channel: &ChannelId) -> bool {
        let domain: Address = channel.address.domain().to_owned().into();
        let mut speakers = self.own.iter().chain(self.others.peek(&domain));
        speakers.any(|speaker| speaker.service().address == *from)
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dialect::{ChannelService, Helpers, Software};

    /// The channel service of a domain.
    pub fn service(domain: &str) -> Buddycloud {
        Buddycloud::new(ChannelService {
            address: format!("channels.{domain}").parse().unwrap(),
            domain: domain.parse().unwrap(),
            topics: format!("topics.{domain}").parse().unwrap(),
            software: Software::Other,
            features: Vec::new(),
            helpers: Helpers::default(),
        })
    }

    #[test]
    fn only_the_own_service_and_that_of_the_channel_are_believed() {
        let address = |name: &str| name.parse::<Address>().unwrap();
        let (near, far) = (ChannelId::buddycloud(address("juliet@capulet.lit")), address("romeo@montague.lit"));
        let far = ChannelId::buddycloud(far);
        let mut voices = Voices::default();
        let may_tell = |voices: &Voices, from: &str, channel| voices.may_tell(&address(from), channel);
        assert!(!may_tell(&voices, "channels.capulet.lit", &near), "nothing is known yet");
        voices.enrolled(Some(service("capulet.lit")), Instant::now());
        assert!(may_tell(&voices, "channels.capulet.lit", &near));
        assert!(may_tell(&voices, "channels.capulet.lit", &far), "it passes on what it is told");
        assert!(!may_tell(&voices, "channels.montague.lit", &far));
        voices.note(address("montague.lit"), service("montague.lit"));
        assert!(may_tell(&voices, "channels.montague.lit", &far));
        assert!(!may_tell(&voices, "channels.montague.lit", &near), "it speaks for its own domain only");
        assert!(!may_tell(&voices, "juliet@capulet.lit", &near), "an account is no service");
    }

    #[tokio::test(start_paused = true)]
    async fn registering_is_tried_again_until_it_is_done_and_after_each_new_stream() {
        let mut voices = Voices::default();
        assert!(voices.begin(Instant::now()));
        assert!(!voices.begin(Instant::now()), "it is under way");
        tokio::time::advance(RETRY + Duration::from_secs(1)).await;
        assert!(voices.begin(Instant::now()), "nobody answered");
        assert!(voices.enrolled(Some(service("capulet.lit")), Instant::now()));
        tokio::time::advance(NONE_AGAIN * 2).await;
        assert!(!voices.begin(Instant::now()));
        voices.reset();
        assert!(voices.begin(Instant::now()));
        assert!(voices.enrolled(None, Instant::now()));
        assert!(!voices.begin(Instant::now()));
        tokio::time::advance(NONE_AGAIN * 2).await;
        assert!(voices.begin(Instant::now()), "the domain may have got a service since");
        assert!(!voices.enrolled(None, Instant::now()), "it has not");
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_moves_is_found_and_the_old_one_believed_no_more() {
        let address = |name: &str| name.parse::<Address>().unwrap();
        let channel = ChannelId::buddycloud(address("juliet@capulet.lit"));
        let mut voices = Voices::default();
        assert!(voices.begin(Instant::now()));
        voices.enrolled(Some(service("old.capulet.lit")), Instant::now());
        tokio::time::advance(AGAIN + Duration::from_secs(1)).await;
        assert!(voices.begin(Instant::now()), "nobody tells of a service that moves");
        assert!(!voices.enrolled(Some(service("old.capulet.lit")), Instant::now()), "it is where it was");
        assert!(voices.enrolled(Some(service("capulet.lit")), Instant::now()));
        assert!(voices.may_tell(&address("channels.capulet.lit"), &channel));
        assert!(!voices.may_tell(&address("channels.old.capulet.lit"), &channel));
    }
}
