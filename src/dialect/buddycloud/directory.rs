//! The directory of channels of many domains (channel-directory): search, similar, recommended, near, most active.

use minidom::Element;

use super::search::channel;
use super::{Buddycloud, entry, loose, names};
use crate::atom::date;
use crate::channel::{About, Address, ChannelId, Kind, Post, Role};
use crate::dialect::{Found, get, not_offered, shortened};
use crate::xmpp::element::{element, text_element};
use crate::xmpp::pubsub::RSM;
use crate::xmpp::{Ask, AskError, Briefly};

const METADATA: &str = "http://buddycloud.com/channel_directory/metadata_query";
const CONTENT: &str = "http://buddycloud.com/channel_directory/content_query";
const RECOMMENDED: &str = "http://buddycloud.com/channel_directory/recommendation_query";
const SIMILAR: &str = "http://buddycloud.com/channel_directory/similar_channels";
const NEARBY: &str = "http://buddycloud.com/channel_directory/nearby_query";
const MOST_ACTIVE: &str = "http://buddycloud.com/channel_directory/most_active";

/// How many results are asked for.
const MAX_RESULTS: usize = 30;
const MAX_TITLE: usize = 500;
const MAX_DESCRIPTION: usize = 5_000;

fn query(namespace: &str, asked: Option<Element>) -> Element {
    let mut query = Element::bare("query", namespace);
    if let Some(asked) = asked {
        query.append_child(asked);
    }
    let mut set = Element::bare("set", RSM);
    set.append_child(text_element("max", RSM, &MAX_RESULTS.to_string()));
    query.append_child(set);
    query
}

/// Channels and posts in which words occur.
pub async fn search(ask: &impl Ask, at: &Buddycloud, directory: &Address, words: &str) -> Result<Found, AskError> {
    let words = |namespace| query(namespace, Some(text_element("search", namespace, words)));
    let channels = channels(ask, directory, words(METADATA));
    let ask_briefly = Briefly(ask);
    let posts = get(&ask_briefly, directory, words(CONTENT));
    let (channels, posts) = futures::future::join(channels, posts).await;
    let posts = posts.map(|answer| answer.map(|answer| read_posts(at, &answer)).unwrap_or_default());
    match (channels, posts) {
        (Err(error), Err(_)) => Err(error),
        (channels, posts) => Ok(Found { channels: channels.unwrap_or_default(), posts: posts.unwrap_or_default() }),
    }
}

/// The busiest channels of the last week, of all domains.
pub async fn most_active(ask: &impl Ask, directory: &Address) -> Result<Vec<About>, AskError> {
    channels(ask, directory, query(MOST_ACTIVE, Some(text_element("period", MOST_ACTIVE, "7")))).await
}

impl Buddycloud {
    /// Channels like another, by who follows them.
    pub async fn similar(&self, ask: &impl Ask, channel: &ChannelId) -> Result<Vec<About>, AskError> {
        let asked = text_element("channel-jid", SIMILAR, channel.address.as_str());
        channels(ask, self.directory()?, query(SIMILAR, Some(asked))).await
    }

    /// Channels that a person might want to follow.
    pub async fn recommended(&self, ask: &impl Ask, me: &Address) -> Result<Vec<About>, AskError> {
        let asked = text_element("user-jid", RECOMMENDED, me.as_str());
        channels(ask, self.directory()?, query(RECOMMENDED, Some(asked))).await
    }

    /// Topic channels near a point, in degrees.
    pub async fn nearby(&self, ask: &impl Ask, latitude: f64, longitude: f64) -> Result<Vec<About>, AskError> {
        let (latitude, longitude) = (latitude.to_string(), longitude.to_string());
        let point = element("point", NEARBY, &[("lat", &latitude), ("lon", &longitude)]);
        channels(ask, self.directory()?, query(NEARBY, Some(point))).await
    }

    fn directory(&self) -> Result<&Address, AskError> {
        self.service().helpers.directory.as_ref().ok_or_else(not_offered)
    }
}

async fn channels(ask: &impl Ask, directory: &Address, query: Element) -> Result<Vec<About>, AskError> {
    let answer = get(&Briefly(ask), directory, query).await?;
    let items = answer.as_ref().map(|answer| loose::children(answer, "item").take(MAX_RESULTS)).into_iter().flatten();
    Ok(items.filter_map(read_channel).collect())
}

/// Reads a channel in each of the spellings: its documentation has elements where its code has attributes, and a hyphen
/// where its code has an underscore.
fn read_channel(item: &Element) -> Option<About> {
    let part = |names: &[&str]| {
        let by_element = names.iter().find_map(|name| loose::text(item, name));
        by_element.or_else(|| names.iter().find_map(|name| Some(loose::attribute(item, name)?.trim().to_owned())))
    };
    let id = channel(item.attr("jid")?)?;
    Some(About {
        title: part(&["title"]).map(|title| shortened(&title, MAX_TITLE)),
        description: part(&["description"]).map(|text| shortened(&text, MAX_DESCRIPTION)),
        created: part(&["created", "creation_date", "creation-date"]).and_then(|text| date::read(&text)),
        kind: match part(&["channel_type", "channel-type", "channelType"]).as_deref() {
            Some("topic") => Kind::Topic,
            Some("personal") => Kind::Personal,
            _ => Kind::Unknown,
        },
        default_role: match part(&["default_affiliation", "default-affiliation", "defaultAffiliation"]).as_deref() {
            Some("publisher") => Some(Role::Publisher),
            Some("member") => Some(Role::Follower),
            _ => None,
        },
        place: entry::place(item),
        ..About::unknown(id)
    })
}

fn read_posts(at: &Buddycloud, answer: &Element) -> Vec<Post> {
    loose::children(answer, "item").take(MAX_RESULTS).filter_map(|item| read_post(at, item)).collect()
}

/// Reads a post. Which channel it stands in its global id tells, or else the address of its parent.
fn read_post(at: &Buddycloud, item: &Element) -> Option<Post> {
    let found = loose::child(item, "entry").unwrap_or(item);
    let id =
        loose::text(found, "id").filter(|id| id.starts_with("tag:")).or_else(|| item.attr("id").map(str::to_owned))?;
    let node = id.split(',').find(|part| part.starts_with("/user/")).map(str::to_owned);
    let parent = || loose::text(found, "parent_fullid").map(|jid| format!("/user/{jid}/posts"));
    let channel = names::read_posts_node(&node.or_else(parent)?)?;
    let mut post = entry::post(&channel, names::post_id(&id)?, None, found, at.files()).ok()?;
    // A directory is not the service that saw who published.
    post.author.standing = crate::channel::Standing::Unverified;
    Some(post)
}
