//! What a channel says about itself: metadata, status line, place. Metadata are for everybody.

use futures::future::join;
use minidom::Element;

use super::page::read_items;
use super::request::items;
use super::{Buddycloud, entry, loose, names};
use crate::atom::date;
use crate::channel::{About, Access, ChannelId, Kind, Posting, Role};
use crate::dialect::{discovery, get, shortened};
use crate::xmpp::disco;
use crate::xmpp::{Ask, AskError};

const MAX_TITLE: usize = 500;
const MAX_DESCRIPTION: usize = 5_000;

/// How many status lines are looked at for the newest: java keeps them all.
const STATUS_LINES: usize = 5;

/// Everything that a channel says about itself.
pub async fn about(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId) -> Result<About, AskError> {
    let about = metadata(ask, at, channel).await?;
    let (status, place) = join(status(ask, at, channel), async {
        match about.kind {
            Kind::Topic => None,
            Kind::Personal | Kind::Unknown => place(ask, at, channel).await,
        }
    })
    .await;
    Ok(About { status, place, ..about })
}

/// What the form says; one request.
///
/// COMPAT(buddycloud-server): a copy of a channel elsewhere that nobody follows any more has an empty form; then
/// [`About::says_nothing`].
pub async fn metadata(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId) -> Result<About, AskError> {
    let answer = get(ask, at.address(), disco::info(Some(channel.node.as_str()))).await?;
    Ok(answer.as_ref().map_or_else(|| About::unknown(channel.clone()), |answer| read(channel, answer)))
}

/// Reads the form of a channel, in the answer to disco#info or to the owner's question.
pub fn read(channel: &ChannelId, answer: &Element) -> About {
    let fields = loose::Fields::of_forms(answer);
    let made = made_titles(channel);
    let words =
        |var: &str, max: usize| fields.get(var).filter(|text| !made.contains(text)).map(|text| shortened(&text, max));
    let created = fields.get("pubsub#creation_date").and_then(|text| date::read(&text));
    About {
        title: words("pubsub#title", MAX_TITLE),
        description: words("pubsub#description", MAX_DESCRIPTION),
        access: fields.get("pubsub#access_model").map_or(Access::Unknown, |model| discovery::access(&model)),
        circle: fields.get("pubsub#access_model").and_then(|model| discovery::circle(&model)),
        posting: match fields.get("pubsub#publish_model").as_deref() {
            Some("open") => Posting::Anybody,
            Some("subscribers") => Posting::Followers,
            Some("publishers") => Posting::Publishers,
            _ => Posting::Unknown,
        },
        followers: fields.get("pubsub#num_subscribers").and_then(|count| count.parse().ok()),
        kind: match fields.get("buddycloud#channel_type").as_deref() {
            Some("personal") => Kind::Personal,
            Some("topic") => Kind::Topic,
            _ => Kind::Unknown,
        },
        default_role: match fields.get("buddycloud#default_affiliation").as_deref() {
            Some("publisher") => Some(Role::Publisher),
            Some("member") => Some(Role::Follower),
            _ => None,
        },
        created,
        creator: fields
            .get("pubsub#creator")
            .or_else(|| fields.get("pubsub#owner"))
            .and_then(|jid| entry::address(&jid)),
        ..About::unknown(channel.clone())
    }
}

/// The titles and descriptions that the old servers make up; a page shows the channel's name better by itself.
fn made_titles(channel: &ChannelId) -> [String; 3] {
    let name = channel.address.as_str();
    [name.to_owned(), format!("{name} Channel Posts"), format!("{name}'s very own buddycloud channel")]
}

/// The newest line of the status node.
async fn status(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId) -> Option<String> {
    let request = items(&names::node(channel, names::STATUS), at.all(), STATUS_LINES, None);
    let answer = get(ask, at.address(), request).await.ok()??;
    let lines = read_items(&answer).into_iter().filter_map(|item| entry::item(channel, item, None).ok());
    let newest = lines.filter(|line| !line.is_deleted).max_by_key(|line| line.updated)?;
    let text = newest.content.text.or(newest.content.title)?;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then(|| shortened(&line, MAX_TITLE))
}

/// Where the owner says to be: a bare geoloc, or an entry with one.
pub async fn place(ask: &impl Ask, at: &Buddycloud, channel: &ChannelId) -> Option<String> {
    let request = items(&names::node(channel, names::PLACE), at.all(), 1, None);
    let answer = get(ask, at.address(), request).await.ok()??;
    let item = read_items(&answer).into_iter().next()?;
    entry::place(item).or_else(|| entry::place(loose::child(item, "entry")?))
}
