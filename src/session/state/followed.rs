//! Which channels are followed, and which are this person's own.

use tokio::time::Instant;

use super::State;
use crate::channel::ChannelId;
use crate::dialect::Buddycloud;
use crate::session::command::FollowsRead;
use crate::session::view::Follow;

impl State {
    /// The channel service of this person's domain is known, or that there is none.
    pub(super) fn enrolled(&mut self, service: Option<Buddycloud>, now: Instant) {
        if !self.voices.enrolled(service, now) {
            return;
        }
        if let Some(own) = self.address.clone().filter(|_| self.voices.has_own()) {
            self.timeline.add(ChannelId::buddycloud(own));
        }
        // The list may have been read before anybody knew of the service.
        self.follows.reset();
    }

    /// The list of followed channels was read.
    pub(super) fn follows_read(&mut self, follows: Option<FollowsRead>, now: Instant) {
        if let Some(follows) = self.follows.read(follows) {
            self.invited(&follows, now);
            let followed = follows.iter().filter(|follow| follow.is_followed()).map(|follow| follow.about.id.clone());
            self.timeline.set_channels(followed.chain(self.own_channels()));
        }
    }

    /// The channels of this person's own: the one that the account can hold, and the one at the channel service.
    pub(super) fn own_channels(&self) -> Vec<ChannelId> {
        let Some(own) = self.address.clone() else { return Vec::new() };
        let buddycloud = self.voices.has_own().then(|| ChannelId::buddycloud(own.clone()));
        buddycloud.into_iter().chain([ChannelId::personal(own)]).collect()
    }

    /// A channel was followed.
    pub(super) fn followed(&mut self, follow: Follow) {
        if follow.is_followed() {
            self.timeline.add(follow.about.id.clone());
        }
        self.live.ask_again(&follow.about.id);
        self.follows.add(follow);
    }

    /// A channel is followed no more.
    pub(super) fn unfollowed(&mut self, channel: &ChannelId) {
        if !self.own_channels().contains(channel) {
            self.timeline.remove_channel(channel);
        }
        if channel.is_buddycloud() {
            self.live.ask_again(channel);
        }
        self.follows.remove(channel);
    }
}
