//! Making a topic channel, changing one, taking it away; the status line.

use super::request::items;
use super::{Buddycloud, abilities, about, compose, names, page, request};
use crate::channel::{Access, Address, ChannelId, NewChannel, Role, Settings};
use crate::dialect::{Software, get, not_offered, refused, set};
use crate::xmpp::pubsub::owner;
use crate::xmpp::{Ask, AskError};

/// How many old status lines are taken away at once.
const STATUS_LINES: usize = 20;

/// Makes a topic channel, and on old servers its status node, which they do not make by themselves.
pub async fn create(ask: &impl Ask, at: &Buddycloud, new: &NewChannel) -> Result<ChannelId, AskError> {
    let channel = ChannelId::buddycloud(name(at, new.name.trim())?);
    // COMPAT(buddycloud-server-java): it wants a field besides the kind.
    let title = new.settings.title.clone().or_else(|| channel.address.node().map(|name| name.to_string()));
    let settings = Settings { title, ..new.settings.clone() };
    let mut wanted = fields(&settings);
    wanted.push(("buddycloud#channel_type", "topic"));
    set(ask, at.address(), request::create(channel.node.as_str(), &wanted)).await?;
    if at.service().software != Software::Other {
        let status = request::create(&names::node(&channel, names::STATUS), &wanted);
        if let Err(error) = set(ask, at.address(), status).await {
            tracing::debug!(channel.id = %channel, %error, "a new channel has no status line");
        }
    }
    Ok(channel)
}

/// The whole name of a topic channel.
fn name(at: &Buddycloud, typed: &str) -> Result<Address, AskError> {
    let topics = at.service().topics.domain().as_str();
    let whole = if typed.contains('@') { typed.to_owned() } else { format!("{typed}@{topics}") };
    let name = whole.parse::<Address>().ok().filter(|name| name.node().is_some() && !name.as_str().contains('/'));
    match name {
        Some(name) if name.domain().as_str() == topics => Ok(name),
        Some(_) => Err(refused("not-acceptable", "topic channels are made at the domain of topics")),
        None => Err(refused("not-acceptable", "a channel cannot have this name")),
    }
}

/// Changes a channel. All its nodes should be alike, and on old servers each is changed by itself.
pub async fn configure(
    ask: &impl Ask,
    at: &Buddycloud,
    channel: &ChannelId,
    settings: &Settings,
) -> Result<(), AskError> {
    let changes = fields(settings);
    set(ask, at.address(), owner::configure(channel.node.as_str(), &changes)).await?;
    // Only what decides who may read is worth the requests.
    let access: Vec<_> = changes.into_iter().filter(|(var, _)| *var == "pubsub#access_model").collect();
    if at.service().software != Software::Other && !access.is_empty() {
        for kind in names::BESIDE {
            match set(ask, at.address(), owner::configure(&names::node(channel, kind), &access)).await {
                Ok(_) => {}
                Err(error) if error.is("item-not-found") => {}
                Err(error @ AskError::Stanza { .. }) => {
                    tracing::warn!(channel.id = %channel, node.kind = kind, %error, "a node of a channel has other readers than its posts");
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn fields(settings: &Settings) -> Vec<(&'static str, &str)> {
    let access = settings.access.and_then(|access| match access {
        Access::Open => Some("open"),
        Access::Restricted => Some("authorize"),
        Access::Unknown => None,
    });
    let role = settings.default_role.and_then(|role| match role {
        Role::Publisher => Some("publisher"),
        Role::Follower => Some("member"),
        _ => None,
    });
    [
        ("pubsub#title", settings.title.as_deref()),
        ("pubsub#description", settings.description.as_deref()),
        ("pubsub#access_model", access),
        ("buddycloud#default_affiliation", role),
    ]
    .into_iter()
    .filter_map(|(var, value)| Some((var, value?)))
    .collect()
}

/// Takes a channel away; on java each node by itself.
pub async fn delete(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId) -> Result<(), AskError> {
    if !abilities::of(at.service()).delete {
        return Err(not_offered());
    }
    set(ask, at.address(), owner::delete(channel.node.as_str())).await?;
    if at.service().software == Software::Java {
        let _ = set(ask, at.address(), owner::delete(&names::node(channel, names::STATUS))).await;
    }
    Ok(())
}

/// Sets the status line; an empty one takes away what is there.
///
/// COMPAT(buddycloud-server): the same id replaces the line. COMPAT(buddycloud-server-java): it keeps them all, of which
/// the newest counts.
pub async fn set_status(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId, text: &str) -> Result<(), AskError> {
    let node = names::node(channel, names::STATUS);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.is_empty() {
        let id = format!("status:{}", channel.address);
        return set(ask, at.address(), request::publish(&node, &id, compose::status(&text)?)).await.map(|_| ());
    }
    take_away_all(ask, at, &node).await
}

/// Takes away what stands in a node of one's own.
async fn take_away_all(ask: &impl Ask, at: &Buddycloud, node: &str) -> Result<(), AskError> {
    let Some(answer) = get(ask, at.address(), items(node, at.all(), STATUS_LINES, None)).await? else {
        return Ok(());
    };
    let ids = page::read_items(&answer).into_iter().filter(|item| item.children().all(|c| c.name() != "deleted-entry"));
    for id in ids.filter_map(|item| item.attr("id")) {
        set(ask, at.address(), request::retract(node, names::local(id))).await?;
    }
    Ok(())
}

/// Says where the owner is. It goes out as an entry: COMPAT(buddycloud-server-java): it takes nothing else.
pub async fn set_place(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId, words: &str) -> Result<(), AskError> {
    let node = names::node(channel, names::PLACE);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let before = about::place(ask, at, channel).await;
    if before.as_deref() == Some(words.as_str()) {
        return Ok(());
    }
    if let Some(before) = before {
        let node = names::node(channel, names::PLACE_BEFORE);
        let told = set(ask, at.address(), request::publish(&node, "place", compose::place(&before)?)).await;
        if let Err(error @ AskError::Stanza { .. }) = told {
            tracing::debug!(channel.id = %channel, %error, "the previous place of a channel is not kept");
        }
    }
    if words.is_empty() {
        return take_away_all(ask, at, &node).await;
    }
    set(ask, at.address(), request::publish(&node, "place", compose::place(&words)?)).await.map(|_| ())
}
