//! Following, and being known to one's own channel service.

use jid::Jid;
use minidom::Element;

use super::lists::{self, Interest};
use super::{Buddycloud, loose, request};
use crate::channel::{Address, ChannelId};
use crate::dialect::{Followed, Following, Software, not_offered, set};
use crate::xmpp::pubsub::request::{subscribe as subscribe_to, unsubscribe as unsubscribe_from};
use crate::xmpp::{Ask, AskError};

/// Makes this person known, and their channel if it is not there yet. It is the same as registering an account
/// (XEP-0077), but with the channel service; doing it again changes nothing.
///
/// The opposite is never sent: COMPAT(buddycloud-server-java) it would take away other people's channels too.
pub async fn register(ask: &impl Ask, at: &Buddycloud) -> Result<(), AskError> {
    set(ask, at.address(), Element::bare("query", "jabber:iq:register")).await.map(|_| ())
}

/// Follows a channel for good, with the bare address: COMPAT(buddycloud-server-java) it takes no other, nor none.
pub async fn follow(ask: &impl Ask, at: &Buddycloud, me: &Address, channel: &ChannelId) -> Result<Following, AskError> {
    let answer = set(ask, at.address(), subscribe_to(channel.node.as_str(), &me.clone().into())).await?;
    let state = answer.as_ref().and_then(|answer| loose::child(answer, "subscription")?.attr("subscription"));
    Ok(if state == Some("pending") { Following::Pending } else { Following::Subscribed })
}

/// Stops following, withdraws a request, or declines an invitation.
pub async fn unfollow(ask: &impl Ask, at: &Buddycloud, me: &Address, channel: &ChannelId) -> Result<(), AskError> {
    match set(ask, at.address(), unsubscribe_from(channel.node.as_str(), &me.clone().into(), None)).await {
        Err(error) if ["not-subscribed", "unexpected-request", "item-not-found"].iter().any(|name| error.is(name)) => {
            Ok(())
        }
        done => done.map(|_| ()),
    }
}

/// The channels that this person follows, but their own.
pub async fn follows(ask: &impl Ask, at: &Buddycloud, me: &Address) -> Result<Vec<Followed>, AskError> {
    let own = ChannelId::buddycloud(me.clone());
    let interests = lists::own_interests(ask, at).await?.into_iter().filter(|(channel, _)| *channel != own);
    let followed = interests.map(|(channel, (interest, host))| Followed {
        title: None,
        is_pending: interest == Interest::Waits,
        // One who does not say who invites is the channel itself.
        invited_by: (interest == Interest::Invited).then(|| host.unwrap_or_else(|| channel.address.clone())),
        channel,
    });
    Ok(followed.collect())
}

/// Asks for news as long as the stream lives, or for good with a bare address.
///
/// COMPAT(buddycloud-server) it never answers the first, COMPAT(buddycloud-server-java) it refuses it.
pub async fn subscribe(
    ask: &impl Ask,
    at: &Buddycloud,
    subscriber: &Jid,
    channel: &ChannelId,
) -> Result<Following, AskError> {
    if subscriber.resource().is_none() {
        return follow(ask, at, &subscriber.to_bare(), channel).await;
    }
    if at.service().software != Software::Other {
        return Err(not_offered());
    }
    set(ask, at.address(), request::subscribe_for_now(channel.node.as_str(), subscriber)).await?;
    Ok(Following::Subscribed)
}

/// Ends that.
pub async fn unsubscribe(
    ask: &impl Ask,
    at: &Buddycloud,
    subscriber: &Jid,
    channel: &ChannelId,
) -> Result<(), AskError> {
    match set(ask, at.address(), unsubscribe_from(channel.node.as_str(), subscriber, None)).await {
        Err(error) if error.is("not-subscribed") => Ok(()),
        done => done.map(|_| ()),
    }
}
