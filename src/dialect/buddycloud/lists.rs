//! Lists of people and nodes, page by page, in whatever namespace they come.

use std::collections::BTreeMap;

use minidom::Element;

use super::{Buddycloud, entry, loose, names, request};
use crate::channel::{Address, ChannelId, Role};
use crate::dialect::get;
use crate::xmpp::{Ask, AskError};

/// How many people or nodes are asked for at once, how often, and how many are read in all.
const AT_ONCE: usize = 200;
const MAX_ROUNDS: usize = 50;
const MAX_PEOPLE: usize = 10_000;

/// How far somebody's following of a channel got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// News are sent.
    Follows,
    /// The owner must agree first.
    Waits,
    /// The owner asked, and waits for an answer.
    Invited,
}

/// Reads how far a subscription got.
pub fn read_interest(subscription: &str) -> Option<Interest> {
    match subscription {
        "subscribed" => Some(Interest::Follows),
        "pending" => Some(Interest::Waits),
        "invited" => Some(Interest::Invited),
        _ => None,
    }
}

/// Reads an affiliation.
pub fn read_role(affiliation: &str) -> Role {
    match affiliation {
        "owner" => Role::Owner,
        "moderator" => Role::Moderator,
        "publisher" | "publish-only" => Role::Publisher,
        "member" => Role::Follower,
        "outcast" => Role::Banned,
        _ => Role::Stranger,
    }
}

/// Writes an affiliation.
pub fn affiliation(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Moderator => "moderator",
        Role::Publisher => "publisher",
        Role::Follower => "member",
        Role::Stranger => "none",
        Role::Banned => "outcast",
    }
}

/// The people of a channel: what each may do, and how far each follows.
#[derive(Debug, Default)]
pub struct People {
    /// As the service tells; those who may do nothing are left out.
    pub roles: BTreeMap<Address, Role>,
    /// As the service tells; `None` if it tells nobody.
    pub interests: Option<BTreeMap<Address, Interest>>,
}

/// Asks for both lists.
pub async fn people(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId) -> Result<People, AskError> {
    let roles = roles(ask, at, channel).await?;
    let interests = match interests(ask, at, channel).await {
        Ok(interests) => Some(interests),
        Err(AskError::Stanza { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok(People { roles, interests })
}

/// What each person may do in a channel.
pub async fn roles(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId) -> Result<BTreeMap<Address, Role>, AskError> {
    let entries = all(ask, at, ("affiliations", "affiliation"), |max, after| {
        request::people("affiliations", channel.node.as_str(), max, after)
    });
    let roles = entries.await?.into_iter().filter_map(|child| {
        let role = read_role(child.attr("affiliation")?);
        (role != Role::Stranger).then_some((entry::address(child.attr("jid")?)?, role))
    });
    Ok(roles.collect())
}

/// How far each person follows a channel.
pub async fn interests(
    ask: &impl Ask,
    at: &Buddycloud,
    channel: &ChannelId,
) -> Result<BTreeMap<Address, Interest>, AskError> {
    let entries = all(ask, at, ("subscriptions", "subscription"), |max, after| {
        request::people("subscriptions", channel.node.as_str(), max, after)
    });
    let interests = entries.await?.into_iter().filter_map(|child| {
        let interest = read_interest(child.attr("subscription")?)?;
        Some((entry::address(child.attr("jid")?)?, interest))
    });
    Ok(interests.collect())
}

/// The channels in which this person has a part.
pub async fn own_roles(ask: &impl Ask, at: &Buddycloud) -> Result<BTreeMap<ChannelId, Role>, AskError> {
    let entries = all(ask, at, ("affiliations", "affiliation"), |max, after| request::own("affiliations", max, after));
    let roles = entries.await?.into_iter().filter_map(|child| {
        let role = read_role(child.attr("affiliation")?);
        Some((names::read_posts_node(child.attr("node")?)?, role))
    });
    Ok(roles.collect())
}

/// The channels that this person follows or might: how far, and who has invited.
pub async fn own_interests(
    ask: &impl Ask,
    at: &Buddycloud,
) -> Result<BTreeMap<ChannelId, (Interest, Option<Address>)>, AskError> {
    let entries =
        all(ask, at, ("subscriptions", "subscription"), |max, after| request::own("subscriptions", max, after));
    let interests = entries.await?.into_iter().filter_map(|child| {
        let interest = read_interest(child.attr("subscription")?)?;
        let host = loose::attribute(&child, "invited-by").and_then(entry::address);
        Some((names::read_posts_node(child.attr("node")?)?, (interest, host)))
    });
    Ok(interests.collect())
}

/// The entries of a list, part after part. COMPAT(buddycloud-server-java): it gives the list whole, says nothing of
/// parts, and answers in the namespace of pubsub where that of owners is due, and the other way round.
async fn all(
    ask: &impl Ask,
    at: &Buddycloud,
    (list, entry): (&str, &str),
    request: impl Fn(usize, Option<&str>) -> Element,
) -> Result<Vec<Element>, AskError> {
    let mut found: Vec<Element> = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_ROUNDS {
        let Some(answer) = get(ask, at.address(), request(AT_ONCE, after.as_deref())).await? else { break };
        let before = found.len();
        let lists = loose::children(&answer, list);
        for child in lists.flat_map(|list| loose::children(list, entry)) {
            if found.len() < MAX_PEOPLE {
                found.push(child.clone());
            }
        }
        let set = loose::result_set(&answer);
        let last = set.as_ref().and_then(|set| set.last.clone());
        let is_whole = set.and_then(|set| set.count).is_none_or(|count| found.len() >= count);
        if is_whole || last.is_none() || last == after || found.len() == before || found.len() >= MAX_PEOPLE {
            break;
        }
        after = last;
    }
    Ok(found)
}
