//! Finding the channel service of a domain, what it is, and what stands beside it.

use minidom::Element;

use super::{loose, media};
use crate::channel::Address;
use crate::dialect::{ChannelService, Helpers, Software, get};
use crate::xmpp::disco::{self, Info};
use crate::xmpp::{Ask, AskError};

const VERSION: &str = "jabber:iq:version";
const DIRECTORY: &str = "http://buddycloud.com/channel_directory/metadata_query";
const PUSHER: &str = "http://buddycloud.com/pusher/notification-settings";
/// How many services that DNS names are asked.
const MAX_NAMED: usize = 4;

/// Something that a domain has, and what it says about itself.
#[derive(Debug)]
pub struct Found {
    /// Where it is.
    pub address: Address,
    /// Its identities and features.
    pub info: Info,
    /// The base URL, if it is a media server.
    pub media: Option<String>,
}

impl Found {
    /// Reads the answer to disco#info.
    pub fn read(address: Address, answer: Option<&Element>) -> Found {
        let fields = answer.map(loose::Fields::of_forms).unwrap_or_default();
        let is_media = fields.get("FORM_TYPE").as_deref() == Some(media::FORM);
        let media = is_media.then(|| fields.get("endpoint")).flatten().and_then(|url| media::read_url(&url));
        Found { address, info: answer.map(disco::read_info).unwrap_or_default(), media }
    }

    fn is_channel_service(&self) -> bool {
        self.info.is("pubsub", "channels")
    }
}

/// The channel service among what a domain has; the first, for "a domain MUST only host one".
pub async fn service(ask: &impl Ask, domain: &Address, found: &[Found]) -> Option<ChannelService> {
    let service = found.iter().find(|found| found.is_channel_service())?;
    // The domain of topics is a component of its own that must not be taken for the service.
    let topics = found.iter().map(|found| &found.address).find(|address| is_named(address, "topics"));
    let topics = topics.cloned().or_else(|| format!("topics.{domain}").parse().ok())?;
    let helper = |feature: &str, names: &[&str]| {
        let says_so = found.iter().find(|found| found.info.features.iter().any(|other| other == feature));
        // They have no identity of their own, and were found by their names in the configuration of clients.
        let is_called_so = || found.iter().find(|found| names.iter().any(|name| is_named(&found.address, name)));
        says_so.or_else(is_called_so).map(|found| found.address.clone())
    };
    Some(ChannelService {
        address: service.address.clone(),
        domain: domain.clone(),
        topics,
        software: software(ask, service).await,
        features: service.info.features.clone(),
        helpers: Helpers {
            media: found.iter().find_map(|found| found.media.clone()),
            directory: helper(DIRECTORY, &["search", "directory"]),
            pusher: helper(PUSHER, &["pusher"]),
        },
    })
}

/// Whether an address is no channel at all, though it calls itself a pubsub service: the domain of topics, and the
/// channel service itself.
pub fn is_ours(service: Option<&ChannelService>, address: &Address) -> bool {
    service.is_some_and(|service| service.address == *address || service.topics == *address)
}

fn is_named(address: &Address, name: &str) -> bool {
    address.domain().as_str().split('.').next() == Some(name)
}

/// COMPAT(buddycloud-server-java): it does not tell its version and offers a search, which no other old server did.
async fn software(ask: &impl Ask, found: &Found) -> Software {
    let has = |feature: &str| found.info.features.iter().any(|other| other == feature);
    if !has(VERSION) {
        return if has("jabber:iq:search") { Software::Java } else { Software::Other };
    }
    match get(ask, &found.address, Element::bare("query", VERSION)).await {
        Ok(Some(version)) if loose::text(&version, "name").as_deref() == Some("buddycloud-server") => Software::Node,
        _ => Software::Other,
    }
}

/// The channel service of a domain whose own list says nothing, by names that DNS gives
/// ([`crate::xmpp::dns::channel_services`]). Each is believed only if it says itself that it is one.
pub async fn by_names(ask: &impl Ask, domain: &Address, names: &[String]) -> Result<Option<ChannelService>, AskError> {
    for name in names.iter().take(MAX_NAMED) {
        let Ok(address) = name.trim_end_matches('.').parse::<Address>() else { continue };
        match get(ask, &address, disco::info(None)).await {
            Ok(answer) => {
                let found = Found::read(address, answer.as_ref());
                if let Some(service) = service(ask, domain, &[found]).await {
                    return Ok(Some(service));
                }
            }
            Err(AskError::Disconnected) => return Err(AskError::Disconnected),
            Err(error) => {
                tracing::debug!(server.domain = domain.as_str(), %error, "a channel service named by DNS does not answer");
            }
        }
    }
    Ok(None)
}
