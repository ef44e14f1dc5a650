//! Looking for words, and what is popular: by the service itself and by the directory, whichever answer.

use futures::StreamExt;
use futures::future::join3;
use minidom::Element;

use super::page::newest_first;
use super::{Buddycloud, abilities, about, directory, entry, loose, names};
use crate::channel::{About, ChannelId, Post};
use crate::dialect::{Found, Popular, Software, get, not_offered, set, shortened};
use crate::xmpp::disco;
use crate::xmpp::forms;
use crate::xmpp::{Ask, AskError};

const SEARCH: &str = "jabber:iq:search";
/// The node that lists the channels with the most followers.
pub const MOST_FOLLOWED: &str = "/top-followed-nodes";
/// The node that lists the channels in which most was published lately.
pub const MOST_ACTIVE: &str = "/top-published-nodes";

/// How many channels or posts are read from one answer.
const MAX_FOUND: usize = 50;
/// How many channels of a list are asked about themselves, and how many at the same time.
const MAX_ASKED: usize = 20;
const ASKED_AT_ONCE: usize = 8;
const MAX_TITLE: usize = 500;
/// How many channels of a service are listed, and in how many requests.
const MAX_CHANNELS: usize = 200;
const MAX_ROUNDS: usize = 4;

/// Searches posts and channels. What fails is left out, unless everything does.
pub async fn search(ask: &impl Ask, at: &Buddycloud, words: &str) -> Result<Found, AskError> {
    let has_search = at.service().features.iter().any(|feature| feature == SEARCH);
    let directory = at.service().helpers.directory.as_ref();
    if !has_search && directory.is_none() {
        return Err(not_offered());
    }
    let by_service = async { if has_search { posts(ask, at, words).await } else { Err(not_offered()) } };
    let names = async {
        // COMPAT(buddycloud-server-java): it searches posts only.
        let is_known = has_search && at.service().software == Software::Other;
        if is_known { channels_by_words(ask, at, words).await } else { Err(not_offered()) }
    };
    let by_directory = async {
        match directory {
            Some(directory) => directory::search(ask, at, directory, words).await,
            None => Err(not_offered()),
        }
    };
    let (posts, channels, far) = join3(by_service, names, by_directory).await;
    if let (Err(error), Err(_), Err(_)) = (&posts, &channels, &far) {
        return Err(error.clone());
    }
    let far = far.unwrap_or_default();
    let mut found = Found { posts: posts.unwrap_or_default(), channels: channels.unwrap_or_default() };
    for post in far.posts {
        if !found.posts.iter().any(|known| known.at == post.at) {
            found.posts.push(post);
        }
    }
    for about in far.channels {
        if !found.channels.iter().any(|known| known.id == about.id) {
            found.channels.push(about);
        }
    }
    newest_first(&mut found.posts);
    found.posts.truncate(MAX_FOUND);
    found.channels.truncate(MAX_FOUND);
    Ok(found)
}

fn query(field: &str, words: &str) -> Element {
    let mut query = Element::bare("query", SEARCH);
    query.append_child(forms::submit(SEARCH, &[(field, words)]));
    query
}

/// The rows of an answer. COMPAT(buddycloud-server-java): neither the query nor the form has a namespace.
fn rows(answer: &Element) -> Vec<loose::Fields<'_>> {
    let forms = loose::children(answer, "x");
    forms.flat_map(|x| loose::children(x, "item")).take(MAX_FOUND).map(loose::Fields::of).collect()
}

async fn posts(ask: &impl Ask, at: &Buddycloud, words: &str) -> Result<Vec<Post>, AskError> {
    let Some(answer) = set(ask, at.address(), query("content", words)).await? else { return Ok(Vec::new()) };
    let post = |row: loose::Fields<'_>| {
        let channel = names::read_posts_node(&row.get("node")?)?;
        let id = names::post_id(&row.get("id")?)?;
        let found = loose::child(row.value("entry")?, "entry")?;
        let post = entry::post(&channel, id, None, found, at.files()).ok()?;
        // A rating has no words of its own.
        post.rating.is_none().then_some(post)
    };
    Ok(rows(&answer).into_iter().filter_map(post).collect())
}

async fn channels_by_words(ask: &impl Ask, at: &Buddycloud, words: &str) -> Result<Vec<About>, AskError> {
    let Some(answer) = set(ask, at.address(), query("channel", words)).await? else { return Ok(Vec::new()) };
    let about = |row: loose::Fields<'_>| {
        let id = names::read_posts_node(&row.get("node")?)?;
        let title = row.get("title").map(|title| shortened(&title, MAX_TITLE));
        let description = row.get("description").map(|text| shortened(&text, MAX_TITLE * 10));
        Some(About { title, description, ..About::unknown(id) })
    };
    Ok(rows(&answer).into_iter().filter_map(about).collect())
}

/// The lists that node keeps, and the directory's where the service has none.
pub async fn popular(ask: &impl Ask, at: &Buddycloud) -> Result<Popular, AskError> {
    if !abilities::of(at.service()).popular {
        return Err(not_offered());
    }
    let active_elsewhere = async {
        match at.service().helpers.directory.as_ref() {
            Some(directory) => directory::most_active(ask, directory).await,
            None => Err(not_offered()),
        }
    };
    let lists = join3(top(ask, at, MOST_FOLLOWED), top(ask, at, MOST_ACTIVE), active_elsewhere).await;
    match lists {
        (Err(error), Err(_), Err(_)) => Err(error),
        (followed, active, elsewhere) => {
            let active = active.ok().filter(|list| !list.is_empty()).or(elsewhere.ok());
            Ok(Popular { most_followed: followed.unwrap_or_default(), most_active: active.unwrap_or_default() })
        }
    }
}

async fn top(ask: &impl Ask, at: &Buddycloud, node: &str) -> Result<Vec<About>, AskError> {
    let answer = get(ask, at.address(), disco::items(Some(node))).await?;
    let mut channels = answer.as_ref().map(read_channels).unwrap_or_default();
    channels.truncate(MAX_FOUND);
    Ok(described(ask, at, channels).await)
}

/// The channels that a service lists.
pub async fn channels(ask: &impl Ask, at: &Buddycloud) -> Result<Vec<About>, AskError> {
    let mut channels: Vec<About> = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_ROUNDS {
        let request = match &after {
            None => disco::items(None),
            Some(after) => super::request::with_window(disco::items(None), MAX_CHANNELS, Some(after)),
        };
        let Some(answer) = get(ask, at.address(), request).await? else { break };
        let before = channels.len();
        for about in read_channels(&answer) {
            if channels.len() < MAX_CHANNELS && !channels.iter().any(|known| known.id == about.id) {
                channels.push(about);
            }
        }
        let set = loose::result_set(&answer);
        let is_whole = set.as_ref().and_then(|set| set.count).is_none_or(|count| channels.len() >= count);
        after = set.and_then(|set| set.last);
        if is_whole || after.is_none() || channels.len() == before || channels.len() >= MAX_CHANNELS {
            break;
        }
    }
    let mut channels = described(ask, at, channels).await;
    channels.sort_by_cached_key(|about| about.title.as_deref().unwrap_or(about.id.address.as_str()).to_lowercase());
    Ok(channels)
}

/// The channels in an answer to disco#items, each once; other nodes are passed over.
fn read_channels(answer: &Element) -> Vec<About> {
    let mut found: Vec<About> = Vec::new();
    for item in loose::children(answer, "item").take(MAX_CHANNELS * 10) {
        let Some(id) = item.attr("node").and_then(names::read_posts_node) else { continue };
        let title = item.attr("name").map(str::trim).filter(|name| !name.is_empty() && *name != id.node.as_str());
        if found.len() < MAX_CHANNELS && !found.iter().any(|about| about.id == id) {
            found.push(About { title: title.map(|title| shortened(title, MAX_TITLE)), ..About::unknown(id) });
        }
    }
    found
}

/// The first of them with what they say about themselves.
async fn described(ask: &impl Ask, at: &Buddycloud, channels: Vec<About>) -> Vec<About> {
    let asked = futures::stream::iter(channels.into_iter().enumerate().map(|(position, named)| async move {
        if position >= MAX_ASKED {
            return named;
        }
        match about::metadata(ask, at, &named.id).await {
            Ok(about) => About { title: about.title.clone().or(named.title), ..about },
            Err(_) => named,
        }
    }));
    asked.buffered(ASKED_AT_ONCE).collect().await
}

/// A channel by its name, as the directory writes it.
pub fn channel(name: &str) -> Option<ChannelId> {
    let address = entry::address(name)?;
    address.node().is_some().then(|| ChannelId::buddycloud(address))
}
