//! Following: subscriptions at the services, and the account's own list of them (XEP-0060 §6, §8.8).

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use jid::Jid;

use super::{is_channel_node, is_comments_node, list};
use crate::channel::{Address, ChannelId, Followers, Node, Role};
use crate::dialect::{Followed, Following, Services, discovery, get, set};
use crate::xmpp::pubsub::{Subscription, SubscriptionState, answer, owner, request};
use crate::xmpp::{Ask, AskError};

/// How many services are asked at the same time, and how many in all.
const MAX_SERVICES: usize = 8;

/// How many of the addresses where an owner has yet to agree are asked whether that has happened.
const MAX_PENDING: usize = 32;

/// Follows a channel and puts it on the list. COMPAT(Movim): it shows only what is on the list. A list that cannot be
/// kept does not hinder the following.
pub async fn follow(
    ask: &impl Ask,
    me: &Address,
    channel: &ChannelId,
    title: Option<&str>,
) -> Result<Following, AskError> {
    let following = subscribe(ask, &me.clone().into(), channel).await?;
    if let Err(error) = list::add(ask, me, channel, title, following).await {
        tracing::warn!(account.jid = %me, channel.id = %channel, %error, "a followed channel could not be put on the account's list");
    }
    Ok(following)
}

/// Stops following. The list comes first, since the channel's server may never answer; one that does not know of the
/// person has nothing to forget.
pub async fn unfollow(ask: &impl Ask, me: &Address, channel: &ChannelId) -> Result<(), AskError> {
    match list::remove(ask, me, channel).await {
        Ok(()) => {}
        Err(error @ AskError::Stanza { .. }) => {
            tracing::debug!(account.jid = %me, channel.id = %channel, %error, "a channel could not be taken off the account's list");
        }
        Err(error) => return Err(error),
    }
    match unsubscribe(ask, &me.clone().into(), channel).await {
        // What is gone is not followed any more, and a person must be able to get rid of it.
        Err(AskError::Stanza { .. }) => Ok(()),
        done => done,
    }
}

/// Asks for the news of a node.
pub async fn subscribe(ask: &impl Ask, subscriber: &Jid, channel: &ChannelId) -> Result<Following, AskError> {
    let answer = set(ask, &channel.address, request::subscribe(channel.node.as_str(), subscriber)).await?;
    let state = answer.as_ref().and_then(answer::read_subscribed).map(|subscription| subscription.state);
    Ok(if state == Some(SubscriptionState::Pending) { Following::Pending } else { Following::Subscribed })
}

/// Ends that. Where the server wants to know which of several subscriptions is meant, all end.
pub async fn unsubscribe(ask: &impl Ask, subscriber: &Jid, channel: &ChannelId) -> Result<(), AskError> {
    let node = channel.node.as_str();
    match set(ask, &channel.address, request::unsubscribe(node, subscriber, None)).await {
        Ok(_) => Ok(()),
        Err(error) if error.is("not-subscribed") => Ok(()),
        Err(error) if error.is("subid-required") => {
            let mine = subscriptions(ask, &channel.address).await?;
            let is_meant = |one: &&Subscription| one.node.as_deref() == Some(node) && one.jid == subscriber.as_str();
            for one in mine.iter().filter(is_meant) {
                set(ask, &channel.address, request::unsubscribe(node, subscriber, one.subid.as_deref())).await?;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

async fn subscriptions(ask: &impl Ask, service: &Address) -> Result<Vec<Subscription>, AskError> {
    let answer = get(ask, service, request::subscriptions()).await?;
    Ok(answer.as_ref().map(answer::read_subscriptions).unwrap_or_default())
}

/// The followed channels: those on the account's list, put right by what the services of its domain say.
pub async fn follows(ask: &impl Ask, me: &Address, services: &Services) -> Result<Vec<Followed>, AskError> {
    let mut follows: BTreeMap<ChannelId, Followed> = BTreeMap::new();
    for followed in list::read(ask, me).await? {
        follows.insert(followed.channel.clone(), followed);
    }
    let services: Vec<Address> = services.channels.iter().map(|service| service.address.clone()).collect();
    let answers: Vec<(Address, Result<Vec<Subscription>, AskError>)> =
        futures::stream::iter(services.into_iter().take(MAX_SERVICES))
            .map(|service| async move {
                let answer = subscriptions(ask, &service).await;
                (service, answer)
            })
            .buffered(MAX_SERVICES)
            .collect()
            .await;
    for (service, answer) in &answers {
        match answer {
            Ok(subscriptions) => reconcile(&mut follows, me, service, subscriptions),
            Err(AskError::Disconnected) => return Err(AskError::Disconnected),
            Err(error) => {
                tracing::debug!(service.jid = %service, %error, "a service does not tell what is followed there")
            }
        }
    }
    let told: BTreeSet<Address> = answers.into_iter().map(|(service, _)| service).collect();
    let waiting = follows.values_mut().filter(|follow| follow.is_pending && !told.contains(&follow.channel.address));
    futures::stream::iter(waiting.take(MAX_PENDING))
        .for_each_concurrent(MAX_SERVICES, |follow| async move {
            if is_agreed(ask, me, &follow.channel).await {
                follow.is_pending = false;
                // The list says so from now on; if not, the next one who reads it asks again.
                let _ = list::add(ask, me, &follow.channel, follow.title.as_deref(), Following::Subscribed).await;
            }
        })
        .await;
    Ok(follows.into_values().collect())
}

/// Whether the owner has agreed, as far as the channel's server says.
async fn is_agreed(ask: &impl Ask, me: &Address, channel: &ChannelId) -> bool {
    let subscriptions = subscriptions(ask, &channel.address).await.unwrap_or_default();
    subscriptions.iter().any(|one| {
        one.node.as_deref() == Some(channel.node.as_str())
            && one.state == SubscriptionState::Subscribed
            && one.jid.parse::<Address>().is_ok_and(|jid| jid == *me)
    })
}

/// What a service says about itself outweighs the list: what it does not know is not followed.
fn reconcile(
    follows: &mut BTreeMap<ChannelId, Followed>,
    me: &Address,
    service: &Address,
    subscriptions: &[Subscription],
) {
    let mut known: BTreeMap<ChannelId, bool> = BTreeMap::new();
    for subscription in subscriptions {
        // A full JID's is for one stream only; a reply's is not for the timeline.
        let is_mine = subscription.jid.parse::<Address>().is_ok_and(|jid| jid == *me);
        let node = subscription.node.as_deref().filter(|node| is_mine && is_channel_node(node));
        let Some(node) = node.and_then(|node| Node::new(node).ok()) else { continue };
        if subscription.state != SubscriptionState::None {
            known.insert(ChannelId::new(service.clone(), node), subscription.state == SubscriptionState::Pending);
        }
    }
    let is_told = |channel: &ChannelId| channel.address == *service && is_channel_node(channel.node.as_str());
    follows.retain(|channel, _| !is_told(channel) || known.contains_key(channel));
    for (channel, is_pending) in known {
        let followed =
            follows.entry(channel.clone()).or_insert(Followed { channel, title: None, is_pending, invited_by: None });
        followed.is_pending = is_pending;
    }
}

/// Who follows a channel: the list for its owner, the number for others, where the server tells.
pub async fn followers(ask: &impl Ask, channel: &ChannelId) -> Result<Followers, AskError> {
    let node = channel.node.as_str();
    match get(ask, &channel.address, owner::subscriptions(node)).await {
        Ok(answer) => {
            let subscribed = answer.as_ref().map(owner::read_subscriptions).unwrap_or_default();
            let mut people: BTreeMap<Address, Role> = BTreeMap::new();
            for one in subscribed.iter().filter(|one| one.state == SubscriptionState::Subscribed) {
                // A full JID's is for one stream only: somebody who reads, perhaps without being signed in.
                if let Ok(address) = one.jid.parse() {
                    people.insert(address, Role::Follower);
                }
            }
            if let Ok(Some(answer)) = get(ask, &channel.address, owner::affiliations(node)).await {
                for (jid, affiliation) in owner::read_affiliations(&answer) {
                    if let Some(role) = jid.parse::<Jid>().ok().and_then(|jid| people.get_mut(&jid.to_bare())) {
                        *role = read_role(&affiliation).max(*role);
                    }
                }
            }
            Ok(Followers::Known(people.into_iter().collect()))
        }
        Err(AskError::Stanza { .. }) => match discovery::about(ask, channel).await {
            Ok(about) => Ok(about.followers.map_or(Followers::Hidden, Followers::Counted)),
            Err(AskError::Stanza { .. }) => Ok(Followers::Hidden),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// What one may do in the channels of a service.
pub async fn roles(ask: &impl Ask, service: &Address) -> Result<Vec<(ChannelId, Role)>, AskError> {
    let answer = match get(ask, service, request::affiliations()).await {
        Ok(answer) => answer,
        // Prosody does not tell.
        Err(AskError::Stanza { .. }) => None,
        Err(error) => return Err(error),
    };
    let affiliations = answer.as_ref().map(answer::read_affiliations).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let role = |(node, affiliation): (String, String)| {
        let node = Node::new(node).ok().filter(|node| !is_comments_node(node.as_str()))?;
        seen.insert(node.clone()).then(|| (ChannelId::new(service.clone(), node), read_role(&affiliation)))
    };
    Ok(affiliations.into_iter().filter_map(role).collect())
}

/// An affiliation (XEP-0060 §4.1) in our words.
fn read_role(affiliation: &str) -> Role {
    match affiliation {
        "owner" => Role::Owner,
        "publisher" | "publish-only" => Role::Publisher,
        "member" => Role::Follower,
        "outcast" => Role::Banned,
        _ => Role::Stranger,
    }
}
