//! Publishing, answering, liking, changing and taking away.

use jiff::{SignedDuration, Timestamp};
use minidom::Element;

use super::compose::{self, Answer};
use super::request::items;
use super::{Buddycloud, abilities, entry, loose, names, page, request};
use crate::channel::{Access, Address, Author, ChannelId, Content, Draft, Post, PostId, PostRef, Standing};
use crate::dialect::{Published, Software, get, not_offered, refused, set};
use crate::xmpp::element::clean;
use crate::xmpp::{Ask, AskError};

/// How many of the newest items are compared with one that may have been sent before, and how old they may be.
const RECENT: usize = 10;
const JUST_NOW: SignedDuration = SignedDuration::from_mins(10);

/// Publishes a post.
pub async fn publish(
    ask: &impl Ask,
    at: &Buddycloud,
    me: &Address,
    channel: &ChannelId,
    draft: &Draft,
    now: Timestamp,
) -> Result<Published, AskError> {
    let entry = compose::entry(draft, None)?;
    let post = post(me, PostRef::new(channel.clone(), draft.id.clone()), draft, now);
    let post = match sent_before(ask, at, me, &post).await {
        Some(before) => before,
        None => send(ask, at, post, entry).await?,
    };
    Ok(Published { post, access: Access::Unknown, learned: Vec::new() })
}

/// Publishes a reply. A reply to a reply stands in the same thread and refers to it.
pub async fn reply(
    ask: &impl Ask,
    at: &Buddycloud,
    me: &Address,
    to: &Post,
    draft: &Draft,
    now: Timestamp,
) -> Result<Post, AskError> {
    let head = to.in_reply_to.as_ref().unwrap_or(&to.at);
    let target = to.in_reply_to.is_some().then(|| global(at, &to.at));
    let entry = compose::entry(draft, Some(Answer { head: &head.id, target: target.as_deref() }))?;
    let reply = post(me, PostRef::new(to.at.channel.clone(), draft.id.clone()), draft, now);
    let about = to.in_reply_to.is_some().then(|| to.at.clone());
    let reply = Post { in_reply_to: Some(head.clone()), about, replies: None, ..reply };
    match sent_before(ask, at, me, &reply).await {
        Some(before) => Ok(before),
        None => send(ask, at, reply, entry).await,
    }
}

/// Likes: a rating of five, or where ratings are not known a reply of one heart.
pub async fn like(
    ask: &impl Ask,
    at: &Buddycloud,
    me: &Address,
    to: &Post,
    id: &PostId,
    now: Timestamp,
) -> Result<Post, AskError> {
    let draft = Draft::new(id.clone(), "♥".to_owned(), "<p>♥</p>".to_owned());
    if !abilities::of(at.service()).ratings {
        return reply(ask, at, me, to, &draft, now).await;
    }
    let head = to.in_reply_to.as_ref().unwrap_or(&to.at);
    let target = global(at, &to.at);
    let entry = compose::like(Answer { head: &head.id, target: Some(&target) });
    let like = post(me, PostRef::new(to.at.channel.clone(), id.clone()), &draft, now);
    let like = Post {
        in_reply_to: Some(head.clone()),
        about: Some(to.at.clone()),
        replies: None,
        rating: Some(5),
        content: Content::default(),
        ..like
    };
    match send(ask, at, like.clone(), entry).await {
        // It is liked, and that was wanted.
        Err(error) if error.is("item-already-rated") => Ok(like),
        sent => sent,
    }
}

/// Changes one's own post by publishing it anew under its id.
///
/// COMPAT(buddycloud-server-java): it gives every item an id of its own, so that a second post would appear.
pub async fn edit(
    ask: &impl Ask,
    at: &Buddycloud,
    me: &Address,
    place: &PostRef,
    draft: &Draft,
    now: Timestamp,
) -> Result<Post, AskError> {
    if !abilities::of(at.service()).edit {
        return Err(not_offered());
    }
    let item = page::item(ask, at, place).await?;
    let item = item.ok_or_else(|| refused("item-not-found", "there is no such post"))?;
    let old = entry::item(&place.channel, &item, at.files());
    let old = old.map_err(|_| refused("not-acceptable", "this post cannot be changed here"))?;
    let is_contradicted = matches!(old.author.standing, Standing::Contradicted { .. });
    if old.author.address.as_ref() != Some(me) || is_contradicted || old.is_deleted || old.rating.is_some() {
        return Err(refused("forbidden", "only the author can change a post"));
    }
    let entry = loose::child(&item, "entry").ok_or_else(|| refused("item-not-found", "there is no such post"))?;
    let request = request::publish(place.channel.node.as_str(), place.id.as_str(), compose::revised(entry, draft)?);
    set(ask, at.address(), request).await?;
    let content = Content { title: draft.warning.clone(), text: Some(clean(draft.text.trim())), markup: None };
    Ok(Post { content, tags: compose::tags(draft), updated: now.max(old.published), ..old })
}

/// Takes a post or a reply away. Whether that is allowed is for the service to say, which knows authors and moderators.
pub async fn remove(ask: &impl Ask, at: &Buddycloud, place: &PostRef) -> Result<(), AskError> {
    let request = request::retract(place.channel.node.as_str(), place.id.as_str());
    set(ask, at.address(), request).await.map(|_| ())
}

/// Publishes, and gives the post the id that the service gave it.
///
/// COMPAT(both old servers): the answer for a channel elsewhere may lack the id; the event brings it.
async fn send(ask: &impl Ask, at: &Buddycloud, post: Post, entry: Element) -> Result<Post, AskError> {
    let request = request::publish(post.at.channel.node.as_str(), post.at.id.as_str(), entry);
    let answer = set(ask, at.address(), request).await?;
    let published = answer.as_ref().and_then(|answer| loose::child(answer, "publish"));
    let id = published.and_then(|publish| names::post_id(loose::child(publish, "item")?.attr("id")?));
    let id = id.unwrap_or_else(|| post.at.id.clone());
    Ok(Post { at: PostRef::new(post.at.channel.clone(), id), ..post })
}

/// The same post, if it was sent a moment ago. COMPAT(buddycloud-server-java): it does not take the ids of clients, so
/// that the same form sent twice would be two posts.
async fn sent_before(ask: &impl Ask, at: &Buddycloud, me: &Address, post: &Post) -> Option<Post> {
    if at.service().software != Software::Java {
        return None;
    }
    let channel = &post.at.channel;
    let answer = get(ask, at.address(), items(channel.node.as_str(), at.all(), RECENT, None)).await.ok()??;
    let known = page::read_items(&answer).into_iter().filter_map(|item| entry::item(channel, item, None).ok());
    known.into_iter().find(|known| {
        known.author.address.as_ref() == Some(me)
            && known.content.text == post.content.text
            && known.in_reply_to == post.in_reply_to
            && post.published.duration_since(known.published).abs() < JUST_NOW
    })
}

/// What a post will look like to others, before the service has said so.
fn post(me: &Address, place: PostRef, draft: &Draft, now: Timestamp) -> Post {
    Post {
        author: Author { address: Some(me.clone()), name: None, standing: Standing::Verified },
        content: Content { title: draft.warning.clone(), text: Some(clean(&compose::text(draft))), markup: None },
        published: now,
        updated: now,
        tags: compose::tags(draft),
        links: compose::links(draft).collect(),
        replies: Some(place.channel.clone()),
        in_reply_to: None,
        about: None,
        rating: None,
        place: None,
        is_deleted: false,
        at: place,
    }
}

fn global(at: &Buddycloud, post: &PostRef) -> String {
    names::global(at.address(), &post.channel, &post.id)
}
