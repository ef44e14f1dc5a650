//! Publishing, retracting and reading items (XEP-0060 §6.5, §7.1, §7.2).

use minidom::Element;

use super::entry::{self, Setting, Tongue};
use super::names::Target;
use super::place::{Place, whose};
use super::request::{self, Request, Rsm};
use super::{Actor, Answer, Refusal, Service, bounds, refuse};
use crate::hosting::stanza::{StanzaError, attribute, to_text};
use crate::store::StoreError;
use crate::store::channels::{NewPost, Post, Slice, Which, Window};

/// What Buddycloud's clients put into the nodes for locations (XEP-0080).
const GEOLOC: &str = "http://jabber.org/protocol/geoloc";
/// With this id and an empty entry Movim finds out whether somebody may post.
const TRIAL: &str = "test_post";

impl Service {
    /// Publishes an item, or changes one's own.
    pub(super) fn publish(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        let node = asked.required_node()?;
        let mut items = asked.action.children().filter(|child| child.name() == "item");
        let (Some(item), None) = (items.next(), items.next()) else {
            return Err(StanzaError::new("bad-request").pubsub("item-required").into());
        };
        let Some(payload) = item.children().next() else {
            return Err(StanzaError::new("bad-request").pubsub("payload-required").into());
        };
        let id = match item.attr("id").filter(|id| !id.is_empty()) {
            Some(id) => entry::local_id(id).to_owned(),
            None => (self.fresh)(),
        };
        if id.len() > bounds::ITEM_ID || id.chars().any(|c| c.is_control() || c == ',') {
            return Err(StanzaError::new("not-acceptable").text("This id cannot be used.").into());
        }
        let published = match self.target(node)? {
            Target::Comments(parent) => self.publish_comment(actor, &parent, &id, payload, now)?,
            Target::Node { .. } => {
                let place = self.place(actor, node)?;
                if id == TRIAL && place.node.kind == "posts" && payload.children().next().is_none() {
                    // COMPAT(Movim 0.34): it tries whenever a community is opened, and retracts at once. An id is given
                    // once, so that would be refused from the second time on; nothing is kept, and nobody is told.
                    place.standing.may_post()?;
                    id
                } else {
                    self.publish_at(actor, &place, &id, payload, None, now)?
                }
            }
        };
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish");
        attribute("node", node, &mut out);
        out.push_str("><item");
        attribute("id", &published, &mut out);
        out.push_str("/></publish></pubsub>");
        Ok(out)
    }

    /// Publishes into a node; as an answer to `parent` if that is given. Gives the item's id.
    pub(super) fn publish_at(
        &mut self,
        actor: &Actor,
        place: &Place,
        id: &str,
        payload: &Element,
        parent: Option<&str>,
        now: i64,
    ) -> Result<String, Refusal> {
        let kind = place.node.kind.as_str();
        match kind {
            "posts" => place.standing.may_post()?,
            "subscriptions" => return refuse("not-allowed"),
            _ => place.standing.may_own()?,
        }
        let known = self.store.post(place.node.number, id)?;
        if let Some(known) = &known {
            if kind == "posts" {
                place.standing.may_edit(whose(actor, &known.publisher))?;
            }
            if known.is_deleted {
                return Err(StanzaError::new("conflict").text("The post of this id was deleted.").into());
            }
        } else if kind == "posts" && self.is_given(id)? {
            // A thread is named by the id of its first post, so an id is given once.
            return Err(StanzaError::new("conflict").text("Another post has this id.").into());
        }
        if known.is_none() && place.node.posts >= bounds::POSTS {
            return Err(StanzaError::new("resource-constraint").text("The channel is full.").into());
        }
        let (published, updated) = match &known {
            Some(known) => (known.published, now.max(known.updated + 1)),
            // A clock that was put back does not put what is new below what is old.
            None => {
                let published = now.max(self.store.newest(place.node.number)?);
                (published, published)
            }
        };
        let (service, channel) = (&self.settings.address, &place.channel.name);
        let at = Setting { service, channel, kind, id, author: &actor.bare, published, updated };
        let (text, words, parent, rated) = if payload.is("entry", entry::ATOM) {
            let draft = entry::read(payload)?;
            let draft = if let Some(parent) = parent { draft.answering(parent) } else { draft };
            self.check_relations(actor, place, &draft, known.as_ref())?;
            let rated = draft.rating.and(draft.target.clone());
            let words = if kind == "posts" { draft.words() } else { String::new() };
            (draft.write(&at)?, words, draft.parent, rated)
        } else if kind.starts_with("geo/") && payload.is("geoloc", GEOLOC) {
            (within(to_text(payload))?, String::new(), None, None)
        } else {
            return Err(StanzaError::new("bad-request").pubsub("invalid-payload").into());
        };
        let new = NewPost {
            id,
            publisher: &actor.bare,
            payload: &text,
            published: at.published,
            updated: at.updated,
            parent: parent.as_deref(),
            rated: rated.as_deref(),
            words: &words,
        };
        self.store.put_post(place.node.number, &new, now)?;
        self.note_resource(actor, now)?;
        if let Some(post) = self.store.post(place.node.number, id)? {
            self.tell_post(&place.channel, &place.node, &post)?;
        }
        Ok(id.to_owned())
    }

    /// Whether a post of one of our own channels has this id.
    fn is_given(&self, id: &str) -> Result<bool, Refusal> {
        for placed in self.store.whereabouts(id)?.iter().filter(|placed| placed.kind == "posts") {
            if self.store.channel(&placed.channel)?.is_some_and(|channel| channel.authority.is_none()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Threads have one level; ratings are given once, and not to ratings.
    fn check_relations(
        &self,
        actor: &Actor,
        place: &Place,
        draft: &entry::Draft<'_>,
        known: Option<&Post>,
    ) -> Result<(), Refusal> {
        let broken = |condition| Refusal::Told(StanzaError::new("not-acceptable").buddycloud(condition));
        let node = place.node.number;
        if let Some(known) = known
            && known.parent != draft.parent
        {
            let text = "A post cannot be moved to another thread.";
            return Err(StanzaError::new("not-acceptable").text(text).into());
        }
        let Some(parent) = &draft.parent else { return Ok(()) };
        if place.node.kind != "posts" {
            return refuse("not-acceptable");
        }
        let parent = self.store.post(node, parent)?.filter(|post| !post.is_deleted);
        let parent = parent.ok_or_else(|| broken("parent-item-not-found"))?;
        if parent.parent.is_some() {
            return Err(broken("max-thread-depth-exceeded"));
        }
        let Some(target) = &draft.target else { return Ok(()) };
        let target = self.store.post(node, target)?.filter(|post| !post.is_deleted);
        let target = target.ok_or_else(|| broken("targeted-item-not-found"))?;
        if target.id != parent.id && target.parent.as_ref() != Some(&parent.id) {
            return Err(broken("target-outside-thread"));
        }
        if draft.rating.is_some() {
            if target.rated.is_some() {
                return Err(broken("invalid-rating-request"));
            }
            let is_again = known.is_some_and(|known| known.rated.as_ref() == Some(&target.id));
            if !is_again && self.store.has_rated(node, &parent.id, &target.id, &actor.bare)? {
                return Err(broken("item-already-rated"));
            }
        }
        Ok(())
    }

    /// Takes items away, all or none. A post leaves a tombstone and takes its replies with it; a reply goes without a
    /// trace, and so does a tombstone that somebody who looks after the channel takes away.
    pub(super) fn retract(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        let node = asked.required_node()?;
        let items = asked.action.children().filter(|child| child.name() == "item");
        let ids: Vec<&str> = items.filter_map(|item| item.attr("id")).map(entry::local_id).collect();
        if ids.is_empty() {
            return Err(StanzaError::new("bad-request").pubsub("item-required").into());
        }
        if ids.len() > bounds::IDS {
            return refuse("resource-constraint");
        }
        for id in ids {
            self.retract_one(actor, node, id, now)?;
        }
        Ok(String::new())
    }

    fn retract_one(&mut self, actor: &Actor, node: &str, id: &str, now: i64) -> Result<(), Refusal> {
        let place = match self.target(node)? {
            Target::Comments(parent) => {
                let view = self.view(actor, &parent)?;
                let post = self.store.post(view.place.node.number, id)?;
                if post.is_none_or(|post| post.parent.as_deref() != Some(&parent)) {
                    return refuse("item-not-found");
                }
                view.place
            }
            Target::Node { .. } => self.place(actor, node)?,
        };
        let number = place.node.number;
        let Some(post) = self.store.post(number, id)? else { return refuse("item-not-found") };
        let is_post = place.node.kind == "posts";
        match place.node.kind.as_str() {
            "posts" if post.is_deleted && place.standing.may_moderate().is_err() => return refuse("item-not-found"),
            "posts" => place.standing.may_retract(whose(actor, &post.publisher))?,
            _ => place.standing.may_own()?,
        }
        if post.parent.is_none() && is_post && !post.is_deleted {
            // COMPAT(old clients): replies go first. Of a long thread the newest are named; all of it is gone.
            let replies = self.store.reply_ids(number, id, bounds::THREAD)?;
            self.store.remove_replies(number, id, None, now)?;
            self.tell_retractions(&place.channel, &place.node, id, &replies)?;
            let (service, channel) = (&self.settings.address, &place.channel.name);
            let tombstone = entry::tombstone(service, channel, "posts", id, None, now);
            self.store.bury_post(number, id, &tombstone, now)?;
            self.tell_retraction(&place.channel, &place.node, &post, Some(&tombstone))?;
            self.forget_view(&place.channel, id)?;
            return Ok(());
        }
        if let Some(parent) = post.parent.as_deref().filter(|_| is_post) {
            // What was thought of it goes with it.
            self.store.remove_replies(number, parent, Some(id), now)?;
        }
        self.store.remove_post(number, id, now)?;
        self.tell_retraction(&place.channel, &place.node, &post, None)?;
        Ok(())
    }

    /// Items of a node: some by id, or a page.
    pub(super) fn items(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let node = asked.required_node()?;
        if let Target::Comments(id) = self.target(node)? {
            return self.comments(actor, &id, asked);
        }
        let place = self.place(actor, node)?;
        place.standing.may_read(place.access())?;
        let ids: Vec<&str> =
            asked.action.children().filter(|child| child.name() == "item").filter_map(|item| item.attr("id")).collect();
        // Who asks for posts without their replies, or says that all are wanted, speaks Buddycloud: so do people of domains
        // that have no service of their own.
        let tongue = match asked.action.attr("parent-only") {
            Some(_) => Tongue::Buddycloud,
            None => self.tongue(actor, &place)?,
        };
        if ids.len() > bounds::IDS {
            return refuse("resource-constraint");
        }
        if !ids.is_empty() {
            let mut posts = Vec::new();
            for id in ids {
                posts.extend(self.store.post(place.node.number, entry::local_id(id))?);
            }
            // Replies are not among the posts of plain clients, who find them in the view of their thread.
            let is_shown = |post: &Post| !post.is_deleted && (post.parent.is_none() || place.node.kind != "posts");
            posts.retain(|post| tongue == Tongue::Buddycloud || is_shown(post));
            // What does not fit is asked for again.
            fit(&mut posts);
            return Ok(write_items(node, &posts, tongue, String::new()));
        }
        let which = match asked.action.attr("parent-only") {
            _ if tongue == Tongue::Plain && place.node.kind == "posts" => Which::Living,
            Some("true" | "1") => Which::Threads,
            _ => Which::All,
        };
        let size = asked.size();
        let read = |window: &Window<'_>| self.store.posts(place.node.number, window);
        self.page(node, &asked.page, size, which, tongue, read)
    }

    /// A page of posts in the order of the asker: Buddycloud has the newest first, and `after` means older; XEP-0060
    /// §6.5.4 has the oldest first.
    pub(super) fn page(
        &self,
        node: &str,
        page: &Rsm,
        size: usize,
        which: Which,
        tongue: Tongue,
        read: impl Fn(&Window<'_>) -> Result<Option<Slice>, StoreError>,
    ) -> Answer {
        let (after, before) = (page.after.as_deref().map(entry::local_id), page.before.as_deref().map(entry::local_id));
        let (after, before) = match tongue {
            Tongue::Buddycloud => (after, before),
            // The list is read from its other end.
            Tongue::Plain => match (after, before) {
                (None, Some("")) => (None, None),
                (None, None) if page.is_asked => (None, Some("")),
                (None, None) => (None, None),
                (after, before) => (before, after),
            },
        };
        let slice = read(&Window { after, before, max: size, which })?;
        let mut slice = slice.ok_or_else(|| StanzaError::new("item-not-found"))?;
        // What does not fit is left off at the end that the next page goes on from.
        if before.is_some() {
            slice.posts.reverse();
            fit(&mut slice.posts);
            slice.posts.reverse();
            slice.index = slice.index.map(|_| slice.count.saturating_sub(slice.posts.len()));
        } else {
            fit(&mut slice.posts);
        }
        if tongue == Tongue::Plain {
            slice.index = slice.index.map(|index| slice.count.saturating_sub(index + slice.posts.len()));
            slice.posts.reverse();
        }
        let ends = slice.posts.first().zip(slice.posts.last());
        let ends = ends.map(|(first, last)| (first.id.as_str(), last.id.as_str()));
        let set = request::write_rsm(ends, slice.index, Some(slice.count));
        let mut shown = slice.posts.clone();
        shown.retain(|post| tongue == Tongue::Buddycloud || !post.is_deleted);
        Ok(write_items(node, &shown, tongue, set))
    }

    /// How an asker wants a node's items: Buddycloud's clients use the node's own name.
    pub(super) fn tongue(&self, actor: &Actor, place: &Place) -> Result<Tongue, Refusal> {
        let is_own_name = place.called().is_none();
        Ok(if is_own_name && self.speaks_buddycloud(actor)? { Tongue::Buddycloud } else { Tongue::Plain })
    }

    /// Whether a client of Buddycloud asks: one that has told us of its presence, which these have to, and whose account
    /// has a channel; guests; and those who come through a service of their own. Another client of the same account is a
    /// plain one.
    pub(super) fn speaks_buddycloud(&self, actor: &Actor) -> Result<bool, StoreError> {
        if actor.via.is_some() || actor.is_guest {
            return Ok(true);
        }
        let is_known = self.store.resources(&actor.bare)?.contains(&actor.from);
        Ok(is_known && self.store.channel(&actor.bare)?.is_some())
    }
}

/// As many posts from the front as one stanza should carry; one at least.
pub(super) fn fit(posts: &mut Vec<Post>) {
    request::fit(posts, bytes);
}

/// About how many bytes a post takes, with what stands around it.
pub(super) fn bytes(post: &Post) -> usize {
    post.payload.len() + 600
}

fn within(text: String) -> Result<String, StanzaError> {
    if text.len() > bounds::PAYLOAD {
        return Err(StanzaError::new("not-acceptable").pubsub("payload-too-big"));
    }
    Ok(text)
}

/// `<item/>`
pub(super) fn write_item(post: &Post, tongue: Tongue, out: &mut String) {
    out.push_str("<item");
    attribute("id", &post.id, out);
    attribute("publisher", &post.publisher, out);
    out.push('>');
    out.push_str(&entry::speak(&post.payload, tongue));
    out.push_str("</item>");
}

pub(super) fn write_items(node: &str, posts: &[Post], tongue: Tongue, set: String) -> String {
    let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items");
    attribute("node", node, &mut out);
    out.push('>');
    posts.iter().for_each(|post| write_item(post, tongue, &mut out));
    out.push_str("</items>");
    out.push_str(&set);
    out.push_str("</pubsub>");
    out
}
