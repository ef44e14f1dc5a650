//! Publishing, changing and taking away (XEP-0060 §7, XEP-0277 §2).

use jiff::{SignedDuration, Timestamp};
use minidom::Element;

use super::{comments, comments_node, compose, is_comments_node, nodes, page, read};
use crate::atom::{self, date};
use crate::channel::{Access, Address, ChannelId, Draft, Post, PostRef, Standing};
use crate::dialect::{Learned, Problem, Published, Services, refused, set};
use crate::xmpp::pubsub::{Item, owner, request};
use crate::xmpp::{Ask, AskError};

/// Publishes a post. First the node for replies, so that the entry can name it; if that fails the post goes out
/// without.
pub async fn publish(
    ask: &impl Ask,
    me: &Address,
    services: &Services,
    channel: &ChannelId,
    draft: &Draft,
    now: Timestamp,
) -> Result<Published, AskError> {
    let is_own = channel.is_personal() && channel.address == *me;
    let mut learned = Vec::new();
    let mut access = Access::Unknown;
    if is_own {
        access = match services.own_access {
            Some(access) => access,
            None => nodes::own_channel(ask, channel).await?,
        };
    }
    let at = PostRef::new(channel.clone(), draft.id.clone());
    let replies = comments::make(ask, me, services, &at, &mut learned).await;
    let compose = |access: Access| {
        let page = draft.page.as_deref().filter(|_| access != Access::Restricted);
        compose::post(&at, me, draft, replies.as_ref(), page, now)
    };
    let mut entry = compose(access);
    if is_own {
        let before = access;
        access = send_own(ask, &at, &entry, access, &compose).await?;
        if access != before {
            entry = compose(access);
        }
        learned.push(Learned::OwnAccess(access));
    } else {
        nodes::publish(ask, channel, at.id.as_str(), entry.clone(), &[]).await?;
    }
    if let Some(replies) = &replies {
        comments::watch(ask, me, replies).await;
    }
    Ok(Published { post: own_post(&at, me, entry)?, access, learned })
}

/// Publishes into one's own channel, and only into an open one if it is believed to be open: it may have been taken
/// away meanwhile, and the server would make another, closed one.
async fn send_own(
    ask: &impl Ask,
    at: &PostRef,
    entry: &Element,
    access: Access,
    compose: &(impl Fn(Access) -> Element + Sync),
) -> Result<Access, AskError> {
    let (channel, id) = (&at.channel, at.id.as_str());
    if access == Access::Restricted {
        nodes::publish(ask, channel, id, entry.clone(), &[]).await?;
        return Ok(access);
    }
    match nodes::publish(ask, channel, id, entry.clone(), &nodes::OPEN).await {
        Ok(()) if access == Access::Unknown => {
            // The node may have been made by this very publish, with the server's own idea of how many items to keep.
            let access = nodes::own_channel(ask, channel).await?;
            Ok(if access == Access::Unknown { Access::Open } else { access })
        }
        Ok(()) => Ok(Access::Open),
        Err(error) if nodes::is_complaint(&error) => {
            let access = nodes::own_channel(ask, channel).await?;
            nodes::publish(ask, channel, id, compose(access), &[]).await?;
            Ok(access)
        }
        Err(error) => Err(error),
    }
}

/// What was sent, as others will read it.
pub fn own_post(at: &PostRef, me: &Address, entry: Element) -> Result<Post, AskError> {
    let item = Item {
        id: Some(at.id.as_str().to_owned()),
        publisher: Some(me.to_string()),
        payload: vec![entry],
        is_cut: false,
    };
    read::item(&at.channel, &item).map_err(|_: Problem| refused("not-acceptable", "this text cannot be published"))
}

/// Changes one's own post or reply.
pub async fn edit(ask: &impl Ask, me: &Address, at: &PostRef, draft: &Draft, now: Timestamp) -> Result<Post, AskError> {
    let gone = || refused("item-not-found", "the post is not there any more");
    let item = page::item(ask, at).await?.ok_or_else(gone)?;
    let post = read::item(&at.channel, &item).map_err(|problem| match problem {
        Problem::TooLarge { .. } => AskError::TooLarge,
        _ => gone(),
    })?;
    if !is_by(&post, me) {
        return Err(refused("forbidden", "this was written by somebody else"));
    }
    if post.is_repeat() {
        return Err(refused("not-acceptable", "this passes on what somebody else wrote"));
    }
    let old = item.payload.iter().find(|element| element.is("entry", atom::NS)).ok_or_else(gone)?;
    // Within the second of the first publication the dates would not tell that it was edited.
    let later = post.published.checked_add(SignedDuration::from_secs(1)).unwrap_or(now);
    let updated = date::whole(now).max(date::whole(later));
    let is_reply = is_comments_node(at.channel.node.as_str());
    let revision = compose::revision(draft, is_reply, post.content.title.as_deref(), updated);
    let entry = atom::revise(old, &revision);
    nodes::publish(ask, &at.channel, at.id.as_str(), entry.clone(), &[]).await?;
    own_post(at, me, entry)
}

/// Whether somebody wrote a post, as far as anybody can tell. A claim that the server neither confirms nor contradicts
/// is enough here: only the claimed author gains the right to overwrite it.
fn is_by(post: &Post, me: &Address) -> bool {
    let is_contradicted = matches!(post.author.standing, Standing::Contradicted { .. });
    post.author.address.as_ref() == Some(me) && !is_contradicted
}

/// Takes a post away, and the node with its replies; or a reply. Whether that is allowed is for the server to say.
pub async fn remove(ask: &impl Ask, me: &Address, at: &PostRef) -> Result<(), AskError> {
    let post = match page::post(ask, at).await {
        Ok(post) => post,
        Err(AskError::Stanza { .. } | AskError::TooLarge) => None,
        Err(error) => return Err(error),
    };
    let retract = request::retract(at.channel.node.as_str(), at.id.as_str());
    if let Err(error) = set(ask, &at.channel.address, retract).await {
        let is_refusal = error.is("forbidden") || error.is("not-allowed") || error.is("not-authorized");
        if is_refusal && is_comments_node(at.channel.node.as_str()) && post.is_some_and(|post| is_by(&post, me)) {
            // COMPAT(Prosody 0.12): in a node where everybody may publish only its owner may take away.
            return Err(refused("forbidden", "on this server only the author of the post can take replies away"));
        }
        return Err(error);
    }
    let own_replies = comments_node(&at.id);
    let replies = post.and_then(|post| post.replies).filter(|replies| Some(&replies.node) == own_replies.as_ref());
    if let Some(replies) = replies
        && let Err(error) = set(ask, &replies.address, owner::delete(replies.node.as_str())).await
    {
        tracing::debug!(channel.id = %replies, %error, "the replies to a removed post could not be removed");
    }
    Ok(())
}
