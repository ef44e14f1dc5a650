//! `urn:xmpp:microblog:0:comments/ID`: a thread as plain pubsub clients see it, one node a post (XEP-0277 §4).
//!
//! It is a view: what is published there is a comment on the post, and what is commented elsewhere appears there.

use minidom::Element;

use super::entry::Tongue;
use super::names::comments_kind;
use super::place::Place;
use super::request::Request;
use super::{Actor, Answer, Refusal, Service, bounds, refuse};
use crate::hosting::channel_service::items::{fit, write_items};
use crate::store::StoreError;
use crate::store::channels::{Channel, Node, Post, Which, Window};

/// A post whose thread is looked at.
pub(super) struct View {
    /// The node in which it stands.
    pub place: Place,
    /// The post.
    pub post: Post,
}

impl Service {
    /// The post of this id, with a thread of its own, in one of our channels.
    pub(super) fn view(&self, actor: &Actor, id: &str) -> Result<View, Refusal> {
        let found = self.store.whereabouts(id)?;
        let found = found.into_iter().find(|placed| placed.kind == "posts" && placed.post.parent.is_none());
        let Some(placed) = found.filter(|placed| !placed.post.is_deleted) else { return refuse("item-not-found") };
        let place = self.place_of(actor, &placed.channel, "posts", id)?;
        if place.channel.authority.is_some() {
            return refuse("item-not-found");
        }
        Ok(View { place, post: placed.post })
    }

    pub(super) fn publish_comment(
        &mut self,
        actor: &Actor,
        parent: &str,
        id: &str,
        payload: &Element,
        now: i64,
    ) -> Result<String, Refusal> {
        let view = self.view(actor, parent)?;
        self.publish_at(actor, &view.place, id, payload, Some(parent), now)
    }

    /// The comments on a post.
    pub(super) fn comments(&mut self, actor: &Actor, id: &str, asked: &Request<'_>) -> Answer {
        let view = self.view(actor, id)?;
        view.place.standing.may_read(view.place.access())?;
        let number = view.place.node.number;
        let node = asked.required_node()?;
        let ids: Vec<&str> = asked.action.children().filter_map(|item| item.attr("id")).take(bounds::IDS).collect();
        if !ids.is_empty() {
            let mut posts = Vec::new();
            for wanted in ids {
                posts.extend(self.store.post(number, wanted)?.filter(|post| post.parent.as_deref() == Some(id)));
            }
            fit(&mut posts);
            return Ok(write_items(node, &posts, Tongue::Plain, String::new()));
        }
        let size = asked.size();
        let read = |window: &Window<'_>| self.store.replies(number, id, window);
        self.page(node, &asked.page, size, Which::All, Tongue::Plain, read)
    }

    /// The node under which those are kept who listen to a thread; made when the first one comes.
    pub(super) fn listeners(&self, channel: &Channel, id: &str) -> Result<Node, StoreError> {
        let kind = comments_kind(id);
        if let Some(node) = self.store.node(channel.number, &kind)? {
            return Ok(node);
        }
        let number = self.store.add_node(channel.number, &kind)?;
        Ok(Node { number, channel: channel.number, kind, posts: 0, threads: 0 })
    }

    /// A post is gone, and its thread with it.
    pub(super) fn forget_view(&self, channel: &Channel, id: &str) -> Result<(), StoreError> {
        match self.store.node(channel.number, &comments_kind(id))? {
            Some(node) => self.store.remove_node(node.number),
            None => Ok(()),
        }
    }
}
