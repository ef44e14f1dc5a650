//! Who follows, asks to, may what, and is kept out; with the privacy that the old servers fail to keep.
//!
//! Members of a channel that is not open are for its members, and who waits or is kept out is for owners and moderators,
//! whatever the service would tell.

use std::collections::BTreeMap;

use super::lists::{self, Interest, People};
use super::{Buddycloud, about};
use crate::channel::{Access, Address, ChannelId, Followers, Role};
use crate::dialect::{Software, Verdict, refused, set};
use crate::xmpp::pubsub::owner;
use crate::xmpp::{Ask, AskError};

/// How many of those who wait, or are kept out, are named.
const MAX_NAMED: usize = 1_000;

/// Who follows a channel, for one who wants to know.
pub async fn followers(
    ask: &impl Ask,
    at: &Buddycloud,
    viewer: Option<&Address>,
    channel: &ChannelId,
) -> Result<Followers, AskError> {
    let about = about::metadata(ask, at, channel).await?;
    let hidden = || about.followers.map_or(Followers::Hidden, Followers::Counted);
    let people = match lists::people(ask, at, channel).await {
        Ok(people) => people,
        Err(AskError::Stanza { .. }) => return Ok(hidden()),
        Err(error) => return Err(error),
    };
    let followers = of(people);
    let is_among = || viewer.and_then(|viewer| followers.get(viewer)).is_some_and(|role| *role >= Role::Follower);
    if about.access != Access::Open && !is_among() {
        return Ok(hidden());
    }
    Ok(Followers::Known(followers.into_iter().collect()))
}

/// COMPAT(buddycloud-server-java): it gives a role to people who still wait. COMPAT(buddycloud-server): people who are
/// kept out stay among those who follow, but have no role there.
fn of(people: People) -> BTreeMap<Address, Role> {
    let follows = |address: &Address| match &people.interests {
        Some(interests) => interests.get(address) == Some(&Interest::Follows),
        None => true,
    };
    let has_part =
        |address: &Address, role: Role| role >= Role::Moderator || role >= Role::Follower && follows(address);
    people
        .roles
        .iter()
        .filter(|(address, role)| has_part(address, **role))
        .map(|(a, role)| (a.clone(), *role))
        .collect()
}

/// Who waits to be let in.
pub async fn requests(
    ask: &impl Ask,
    at: &Buddycloud,
    viewer: &Address,
    channel: &ChannelId,
) -> Result<Vec<Address>, AskError> {
    moderated(&lists::roles(ask, at, channel).await?, viewer)?;
    let interests = lists::interests(ask, at, channel).await?;
    let waiting = interests.into_iter().filter(|(_, interest)| *interest == Interest::Waits);
    Ok(waiting.map(|(address, _)| address).take(MAX_NAMED).collect())
}

/// Who is kept out. COMPAT(buddycloud-server): it tells nobody; whoever follows and has no role there is.
pub async fn banned(
    ask: &impl Ask,
    at: &Buddycloud,
    viewer: &Address,
    channel: &ChannelId,
) -> Result<Vec<Address>, AskError> {
    let people = lists::people(ask, at, channel).await?;
    moderated(&people.roles, viewer)?;
    let mut banned: Vec<Address> =
        people.roles.iter().filter(|(_, role)| **role == Role::Banned).map(|(address, _)| address.clone()).collect();
    if at.service().software == Software::Node {
        let follows = people.interests.into_iter().flatten().filter(|(_, interest)| *interest == Interest::Follows);
        banned.extend(follows.map(|(address, _)| address).filter(|address| !people.roles.contains_key(address)));
    }
    banned.truncate(MAX_NAMED);
    Ok(banned)
}

/// Refuses people who do not look after the channel.
fn moderated(roles: &BTreeMap<Address, Role>, viewer: &Address) -> Result<(), AskError> {
    match roles.get(viewer) {
        Some(Role::Owner | Role::Moderator) => Ok(()),
        _ => Err(refused("forbidden", "this list is for those who look after the channel")),
    }
}

/// Gives somebody a role.
pub async fn set_role(
    ask: &impl Ask,
    at: &Buddycloud,
    channel: &ChannelId,
    who: &Address,
    role: Role,
) -> Result<(), AskError> {
    let request = owner::set_affiliation(channel.node.as_str(), who.as_str(), lists::affiliation(role));
    set(ask, at.address(), request).await.map(|_| ())
}

/// Lets somebody in, or not.
///
/// COMPAT(buddycloud-server): it may let people in without a role, so that they still read nothing; then the role of new
/// followers is given to them.
pub async fn answer_request(
    ask: &impl Ask,
    at: &Buddycloud,
    channel: &ChannelId,
    who: &Address,
    verdict: Verdict,
) -> Result<(), AskError> {
    let state = match verdict {
        Verdict::Approve => "subscribed",
        Verdict::Deny => "none",
    };
    set(ask, at.address(), owner::set_subscription(channel.node.as_str(), who.as_str(), state)).await?;
    if verdict == Verdict::Approve
        && let Ok(roles) = lists::roles(ask, at, channel).await
        && !roles.contains_key(who)
    {
        let about = about::metadata(ask, at, channel).await;
        let role = about.ok().and_then(|about| about.default_role).unwrap_or(Role::Follower);
        set_role(ask, at, channel, who, role).await?;
    }
    Ok(())
}

/// Invites somebody. Accepting is following.
pub async fn invite(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId, who: &Address) -> Result<(), AskError> {
    let request = owner::set_subscription(channel.node.as_str(), who.as_str(), "invited");
    set(ask, at.address(), request).await.map(|_| ())
}
