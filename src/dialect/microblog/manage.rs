//! What the owner of a community does with it (XEP-0060 §8), as far as plain pubsub offers it.

use super::is_channel_node;
use super::nodes::{self, Creation};
use crate::channel::{Access, Address, ChannelId, NewChannel, Node, Role, Settings};
use crate::dialect::{Abilities, Services, Verdict, get, refused, set};
use crate::xmpp::pubsub::{SubscriptionState, owner};
use crate::xmpp::{Ask, AskError};

/// How many people of a list are read.
const MAX_PEOPLE: usize = 1_000;

/// What plain pubsub offers.
pub const ABILITIES: Abilities = Abilities {
    create: true,
    delete: true,
    configure: true,
    default_role: false,
    status: false,
    roles: true,
    requests: true,
    invite: false,
    search: false,
    popular: false,
    recent: false,
    ratings: false,
    edit: true,
    notices: false,
};

/// Makes a community at the first service of the domain that is not known to refuse.
pub async fn create(ask: &impl Ask, services: &Services, new: &NewChannel) -> Result<ChannelId, AskError> {
    let node = Node::new(new.name.trim()).ok().filter(|node| is_channel_node(node.as_str()));
    let node = node.ok_or_else(|| refused("not-acceptable", "a channel cannot have this name"))?;
    let service = services.channels.iter().find(|service| service.may_create != Some(false));
    let service = service.ok_or_else(|| refused("not-allowed", "nobody may make channels at this server"))?;
    let mut essential = vec![("pubsub#persist_items", "true")];
    essential.extend(fields(&new.settings));
    let mut whole =
        vec![("pubsub#max_items", "max"), ("pubsub#itemreply", "publisher"), ("pubsub#notify_retract", "true")];
    whole.extend(&essential);
    match nodes::create(ask, &service.address, node.as_str(), &whole, &essential).await? {
        Creation::Made => Ok(ChannelId::new(service.address.clone(), node)),
        Creation::Existed => Err(refused("conflict", "there is a channel of this name")),
    }
}

/// Changes title, description and access.
pub async fn configure(ask: &impl Ask, channel: &ChannelId, settings: &Settings) -> Result<(), AskError> {
    let request = owner::configure(channel.node.as_str(), &fields(settings));
    set(ask, &channel.address, request).await.map(|_| ())
}

fn fields(settings: &Settings) -> Vec<(&'static str, &str)> {
    let access = settings.access.and_then(|access| match access {
        Access::Open => Some("open"),
        Access::Restricted => Some("authorize"),
        Access::Unknown => None,
    });
    let title = settings.title.as_deref().map(|title| ("pubsub#title", title));
    let description = settings.description.as_deref().map(|text| ("pubsub#description", text));
    title.into_iter().chain(description).chain(access.map(|access| ("pubsub#access_model", access))).collect()
}

/// Takes a community away.
pub async fn delete(ask: &impl Ask, channel: &ChannelId) -> Result<(), AskError> {
    set(ask, &channel.address, owner::delete(channel.node.as_str())).await.map(|_| ())
}

/// Gives somebody an affiliation; there are no moderators here.
pub async fn set_role(ask: &impl Ask, channel: &ChannelId, who: &Address, role: Role) -> Result<(), AskError> {
    let affiliation = match role {
        Role::Banned => "outcast",
        Role::Stranger => "none",
        Role::Follower => "member",
        Role::Publisher => "publisher",
        Role::Moderator => return Err(refused("feature-not-implemented", "there are no moderators here")),
        Role::Owner => "owner",
    };
    let request = owner::set_affiliation(channel.node.as_str(), who.as_str(), affiliation);
    set(ask, &channel.address, request).await.map(|_| ())
}

/// Who waits for the owner; the server tells nobody else.
pub async fn requests(ask: &impl Ask, channel: &ChannelId) -> Result<Vec<Address>, AskError> {
    let answer = get(ask, &channel.address, owner::subscriptions(channel.node.as_str())).await?;
    let people = answer.as_ref().map(owner::read_subscriptions).unwrap_or_default();
    let waiting = people.iter().filter(|one| one.state == SubscriptionState::Pending);
    Ok(addresses(waiting.map(|one| one.jid.as_str())))
}

/// Lets somebody in, or not.
pub async fn answer_request(
    ask: &impl Ask,
    channel: &ChannelId,
    who: &Address,
    verdict: Verdict,
) -> Result<(), AskError> {
    let state = match verdict {
        Verdict::Approve => "subscribed",
        Verdict::Deny => "none",
    };
    let request = owner::set_subscription(channel.node.as_str(), who.as_str(), state);
    set(ask, &channel.address, request).await.map(|_| ())
}

/// Who is kept out; the server tells nobody but the owner.
pub async fn banned(ask: &impl Ask, channel: &ChannelId) -> Result<Vec<Address>, AskError> {
    let answer = get(ask, &channel.address, owner::affiliations(channel.node.as_str())).await?;
    let people = answer.as_ref().map(owner::read_affiliations).unwrap_or_default();
    Ok(addresses(people.iter().filter(|(_, role)| role == "outcast").map(|(jid, _)| jid.as_str())))
}

/// Each once, in order.
fn addresses<'a>(jids: impl Iterator<Item = &'a str>) -> Vec<Address> {
    let known = jids.filter_map(|jid| jid.parse::<jid::Jid>().ok()).map(|jid| jid.to_bare());
    known.collect::<std::collections::BTreeSet<_>>().into_iter().take(MAX_PEOPLE).collect()
}
