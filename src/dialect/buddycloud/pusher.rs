//! Notices by e-mail (buddycloud-pusher): of what somebody wants to be told, and where.

use minidom::Element;

use super::{Buddycloud, loose};
use crate::channel::Address;
use crate::dialect::{get, not_offered, set};
use crate::xmpp::element::text_element;
use crate::xmpp::{Ask, AskError, Briefly};

const SETTINGS: &str = "http://buddycloud.com/pusher/notification-settings";

/// How many addresses are read, and how long one may be, in bytes.
const MAX_TARGETS: usize = 20;
const MAX_TARGET: usize = 320;

/// Of what somebody wants to be told at one e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notices {
    /// The e-mail address.
    pub target: String,
    /// Posts after one's own in a thread.
    pub post_after_me: bool,
    /// Posts that name oneself.
    pub mention: bool,
    /// Posts on one's own channel.
    pub post_on_mine: bool,
    /// Posts on followed channels.
    pub post_on_followed: bool,
    /// New followers.
    pub follow: bool,
    /// People who ask to be let in.
    pub request: bool,
}

impl Buddycloud {
    /// The notices that are sent by e-mail, one for each address. `feature-not-implemented` without a pusher.
    pub async fn notices(&self, ask: &impl Ask) -> Result<Vec<Notices>, AskError> {
        let mut query = Element::bare("query", SETTINGS);
        query.append_child(text_element("type", SETTINGS, "email"));
        let answer = get(&Briefly(ask), self.pusher()?, query).await?;
        Ok(answer.as_ref().map(read).unwrap_or_default())
    }

    /// Changes the notices for one address.
    pub async fn set_notices(&self, ask: &impl Ask, notices: &Notices) -> Result<(), AskError> {
        set(&Briefly(ask), self.pusher()?, write(notices)).await.map(|_| ())
    }

    fn pusher(&self) -> Result<&Address, AskError> {
        self.service().helpers.pusher.as_ref().ok_or_else(not_offered)
    }
}

/// Reads the settings of every address.
pub fn read(answer: &Element) -> Vec<Notices> {
    let settings = loose::children(answer, "notificationSettings").take(MAX_TARGETS);
    let read = |settings: &Element| {
        let is_on = |name| loose::text(settings, name).as_deref() == Some("true");
        let target = loose::text(settings, "target").filter(|target| target.len() <= MAX_TARGET)?;
        Some(Notices {
            target,
            post_after_me: is_on("postAfterMe"),
            mention: is_on("postMentionedMe"),
            post_on_mine: is_on("postOnMyChannel"),
            post_on_followed: is_on("postOnSubscribedChannel"),
            follow: is_on("followMyChannel"),
            request: is_on("followRequest"),
        })
    };
    settings.filter_map(read).collect()
}

fn write(notices: &Notices) -> Element {
    let mut settings = Element::bare("notificationSettings", SETTINGS);
    let mut say = |name: &str, value: &str| {
        settings.append_child(text_element(name, SETTINGS, value));
    };
    say("type", "email");
    say("target", &notices.target);
    for (name, is_on) in [
        ("postAfterMe", notices.post_after_me),
        ("postMentionedMe", notices.mention),
        ("postOnMyChannel", notices.post_on_mine),
        ("postOnSubscribedChannel", notices.post_on_followed),
        ("followMyChannel", notices.follow),
        ("followRequest", notices.request),
    ] {
        say(name, if is_on { "true" } else { "false" });
    }
    let mut query = Element::bare("query", SETTINGS);
    query.append_child(settings);
    query
}
