//! What a domain, a service and a channel say about themselves (XEP-0030, XEP-0060 §5).

use futures::StreamExt;

use super::buddycloud::discovery::{Found, is_ours};
use super::{Service, Services, Upload, buddycloud, get, shortened};
use crate::channel::{About, Access, Address, ChannelId, Circle, Node, Posting};
use crate::xmpp::disco::{self, Info};
use crate::xmpp::pubsub::META_DATA;
use crate::xmpp::upload;
use crate::xmpp::{Ask, AskError};

/// How many services of a domain are looked at.
const MAX_SERVICES: usize = 50;
/// How many channels of a service are listed.
const MAX_CHANNELS: usize = 200;
/// How many of them are asked about themselves.
const MAX_ASKED: usize = 50;
/// How many questions are open at the same time.
const AT_ONCE: usize = 8;

const MAX_TITLE: usize = 500;
const MAX_DESCRIPTION: usize = 5_000;

/// Looks for the pubsub services of a domain. A service that does not answer is left out.
pub async fn services(ask: &impl Ask, domain: &Address) -> Result<Services, AskError> {
    let answer = get(ask, domain, disco::items(None)).await?;
    let items = answer.as_ref().and_then(disco::read_items).unwrap_or_default();
    let mut addresses: Vec<Address> = Vec::new();
    for item in items.iter().filter(|item| item.node.is_none()) {
        let address = item.jid.parse::<Address>().ok().filter(|address| address.node().is_none());
        if let Some(address) = address.filter(|address| address != domain && !addresses.contains(address)) {
            addresses.push(address);
        }
    }
    addresses.truncate(MAX_SERVICES);
    let found: Vec<_> = futures::stream::iter(addresses)
        .map(|address| async move {
            let answer = get(ask, &address, disco::info(None)).await.ok()?;
            Some(Found::read(address, answer.as_ref()))
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let found: Vec<Found> = found.into_iter().flatten().collect();
    let channel_service = buddycloud::discovery::service(ask, domain, &found).await;
    let upload = found.iter().find(|found| found.info.features.iter().any(|feature| feature == upload::NS));
    let upload = upload.map(|found| Upload { address: found.address.clone(), largest: upload::largest(&found.info) });
    let services = found.into_iter().filter_map(|Found { address, info, .. }| {
        let is_plain = info.is("pubsub", "service") && !is_ours(channel_service.as_ref(), &address);
        let name = info.identities.iter().find(|identity| identity.category == "pubsub");
        let name = name.and_then(|identity| identity.name.as_deref()).map(|name| shortened(name, MAX_TITLE));
        is_plain.then_some(Service { address, name, may_create: None })
    });
    let (replies, channels): (Vec<_>, Vec<_>) =
        services.partition(|service| service.address.domain().as_str().starts_with("comments."));
    Ok(Services { channels, replies: replies.into_iter().next(), own_access: None, channel_service, upload })
}

async fn info(ask: &impl Ask, address: &Address, node: Option<&str>) -> Result<Info, AskError> {
    let answer = get(ask, address, disco::info(node)).await?;
    Ok(answer.as_ref().map(disco::read_info).unwrap_or_default())
}

/// The channels of a service, by title. `is_channel` says which nodes are.
pub async fn channels(ask: &impl Ask, service: &Address, is_channel: fn(&str) -> bool) -> Result<Vec<About>, AskError> {
    let answer = get(ask, service, disco::items(None)).await?;
    let items = match &answer {
        Some(answer) => disco::read_items(answer).ok_or(AskError::TooLarge)?,
        None => Vec::new(),
    };
    let named = items.into_iter().filter_map(|item| {
        let node = item.node.filter(|node| is_channel(node))?;
        let id = ChannelId::new(service.clone(), Node::new(node).ok()?);
        let title = item.name.filter(|name| !name.trim().is_empty() && *name != id.node.as_str());
        Some(About { title: title.map(|name| shortened(name.trim(), MAX_TITLE)), ..About::unknown(id) })
    });
    let named: Vec<About> = named.take(MAX_CHANNELS).collect();
    let asked = futures::stream::iter(named.into_iter().enumerate().map(|(position, named)| async move {
        if position >= MAX_ASKED {
            return named;
        }
        match about(ask, &named.id).await {
            Ok(about) => About { title: about.title.clone().or(named.title), ..about },
            Err(_) => named,
        }
    }));
    let mut channels: Vec<About> = asked.buffered(AT_ONCE).collect().await;
    channels.sort_by_cached_key(|about| about.title.as_deref().unwrap_or(about.id.node.as_str()).to_lowercase());
    Ok(channels)
}

/// What a channel says about itself.
pub async fn about(ask: &impl Ask, id: &ChannelId) -> Result<About, AskError> {
    let info = info(ask, &id.address, Some(id.node.as_str())).await?;
    let form = info.form(META_DATA);
    let field = |var: &str| form.and_then(|form| form.get(var)).map(str::trim).filter(|value| !value.is_empty());
    let name = info.identities.iter().find(|identity| identity.category == "pubsub");
    let name = name.and_then(|identity| identity.name.as_deref()).filter(|name| *name != id.node.as_str());
    Ok(About {
        title: field("pubsub#title").or(name).map(|title| shortened(title, MAX_TITLE)),
        description: field("pubsub#description").map(|text| shortened(text, MAX_DESCRIPTION)),
        access: field("pubsub#access_model").map_or(Access::Unknown, access),
        circle: field("pubsub#access_model").and_then(circle),
        posting: field("pubsub#publish_model").map_or(Posting::Unknown, posting),
        followers: field("pubsub#num_subscribers").and_then(|count| count.parse().ok()),
        ..About::unknown(id.clone())
    })
}

/// Reads a publish model (XEP-0060 §16.4.3).
fn posting(model: &str) -> Posting {
    match model {
        "open" => Posting::Anybody,
        "subscribers" => Posting::Followers,
        "publishers" => Posting::Publishers,
        _ => Posting::Unknown,
    }
}

/// Reads for whom a node of an access model is (XEP-0060 §4.5).
pub fn circle(model: &str) -> Option<Circle> {
    match model {
        "presence" | "roster" => Some(Circle::Contacts),
        "authorize" => Some(Circle::Followers),
        "whitelist" => Some(Circle::Members),
        _ => None,
    }
}

/// Reads an access model (XEP-0060 §4.5).
pub fn access(model: &str) -> Access {
    match model {
        "open" => Access::Open,
        "" => Access::Unknown,
        _ => Access::Restricted,
    }
}
