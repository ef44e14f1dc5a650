//! Posts, tombstones and other items of an archive. Everything that the service vouches for is written anew.

use minidom::Element;

use super::{Begun, Fault, NS, Reader, bad, short, value};
use crate::hosting::channel_service::bounds;
use crate::hosting::channel_service::entry::{self, ATOM, Setting};
use crate::hosting::channel_service::names::{self, Target};
use crate::hosting::channel_service::request::PUBSUB;
use crate::hosting::stanza::{StanzaError, to_text};
use crate::store::channels::{NewPost, Node};

const GEOLOC: &str = "http://jabber.org/protocol/geoloc";
const THREAD: &str = "http://purl.org/syndication/thread/1.0";

/// What an archive says of an item beside its payload.
struct Stored {
    id: String,
    publisher: String,
    /// It was another account's before.
    is_renamed: bool,
    published: i64,
    updated: i64,
}

impl Reader<'_> {
    /// A post or a reply.
    pub(super) fn entry(&mut self, mut element: Element) -> Result<(), Fault> {
        let begun = self.begun()?;
        let stored = self.stored(&begun, &mut element)?;
        let node = self.room(&begun, "posts")?;
        let id = self.free_id(&node, &stored.id)?;
        self.draft(&begun, &node, &id, &stored, element)
    }

    /// What stands in a deleted post's place (RFC 6721).
    pub(super) fn tombstone(&mut self, mut element: Element) -> Result<(), Fault> {
        let begun = self.begun()?;
        let stored = self.stored(&begun, &mut element)?;
        let node = self.room(&begun, "posts")?;
        let id = self.free_id(&node, &stored.id)?;
        let parent = element.get_child("in-reply-to", THREAD).and_then(|reply| reply.attr("ref"));
        let parent = parent.map(|parent| self.thread(parent)).transpose()?;
        let (service, published, updated) = (&self.settings.address, stored.published, stored.updated);
        let text = entry::tombstone(service, &begun.name, "posts", &id, parent.as_deref(), updated);
        let (publisher, parent) = (stored.publisher.as_str(), parent.as_deref());
        let new =
            NewPost { id: &id, publisher, payload: "", published, updated: published, parent, rated: None, words: "" };
        self.store.put_post(node.number, &new, self.now)?;
        self.store.bury_post(node.number, &id, &text, updated)?;
        self.posts += 1;
        Ok(())
    }

    /// Items of another node.
    pub(super) fn items(&mut self, element: &Element) -> Result<(), Fault> {
        let begun = self.begun()?;
        let kind = match names::read(value(element, "node")?, "") {
            Some(Target::Node { channel, kind }) if channel == begun.old_name => kind,
            _ => return bad("the node is not one of this channel"),
        };
        if matches!(kind.as_str(), "posts" | "subscriptions") {
            return bad(format!("what stands in the node {kind} is not given so"));
        }
        for item in element.children().filter(|child| child.is("item", PUBSUB)) {
            let mut item = item.clone();
            let stored = self.stored(&begun, &mut item)?;
            let node = self.room(&begun, &kind)?;
            check_id(&stored.id)?;
            if self.store.post(node.number, &stored.id)?.is_some() {
                return bad(format!("there is a second item {}", stored.id));
            }
            let Some(payload) = item.children().next().cloned() else { return bad("an item is empty") };
            if payload.is("entry", ATOM) {
                self.draft(&begun, &node, &stored.id, &stored, payload)?;
            } else if kind.starts_with("geo/") && payload.is("geoloc", GEOLOC) {
                let text = to_text(&payload);
                if text.len() > bounds::PAYLOAD {
                    return bad(format!("the item {} is too long", stored.id));
                }
                self.put(&node, &stored.id, &stored, &text, [None, None], "")?;
            } else {
                return bad(format!("the item {} cannot stand in the node {kind}", stored.id));
            }
        }
        Ok(())
    }

    /// Writes an entry as if its author published it here.
    fn draft(
        &mut self,
        begun: &Begun,
        node: &Node,
        id: &str,
        stored: &Stored,
        mut element: Element,
    ) -> Result<(), Fault> {
        let author = element.get_child("author", ATOM).and_then(|author| author.get_child("name", ATOM));
        if stored.is_renamed && author.is_some_and(|name| name.text() == begun.old_name) {
            // Where no name was chosen it is the address.
            element.remove_child("author", ATOM);
        }
        let told = |error: StanzaError| Fault::Bad(format!("the item {id}: {}", sentence(&error)));
        let mut draft = entry::read(&element).map_err(told)?;
        if let Some(parent) = draft.parent.take() {
            if node.kind != "posts" {
                return bad(format!("the item {id} is a reply, where there are none"));
            }
            draft.parent = Some(self.thread(&parent)?);
        }
        draft.target = draft.target.map(|target| self.renamed.get(&target).cloned().unwrap_or(target));
        let at = Setting {
            service: &self.settings.address,
            channel: &begun.name,
            kind: &node.kind,
            id,
            author: &stored.publisher,
            published: stored.published,
            updated: stored.updated,
        };
        let text = draft.write_within(&at, bounds::MOVED_PAYLOAD).map_err(told)?;
        let rated = draft.rating.and(draft.target.as_deref());
        let words = if node.kind == "posts" { draft.words() } else { String::new() };
        self.put(node, id, stored, &text, [draft.parent.as_deref(), rated], &words)?;
        if node.kind == "posts" {
            self.posts += 1;
            if draft.parent.is_none() {
                self.threads.insert(id.to_owned());
            }
        }
        Ok(())
    }

    fn put(
        &self,
        node: &Node,
        id: &str,
        stored: &Stored,
        payload: &str,
        [parent, rated]: [Option<&str>; 2],
        words: &str,
    ) -> Result<(), Fault> {
        let (publisher, published) = (stored.publisher.as_str(), stored.published);
        let new = NewPost { id, publisher, payload, published, updated: published, parent, rated, words };
        self.store.put_post(node.number, &new, self.now)?;
        if stored.updated > published {
            // As it was there: a thread is not moved up by an edit.
            self.store.put_post(node.number, &NewPost { updated: stored.updated, ..new }, self.now)?;
        }
        Ok(())
    }

    /// Takes out of an item what the service that wrote it said of it: the last such element.
    fn stored(&self, begun: &Begun, element: &mut Element) -> Result<Stored, Fault> {
        let mut last = None;
        while let Some(one) = element.remove_child("stored", NS) {
            last = Some(one);
        }
        let Some(one) = last else { return bad("it does not say who published it when") };
        let publisher = begun.person(value(&one, "publisher")?)?;
        let published = self.moment(&one, "published")?;
        Ok(Stored {
            id: value(&one, "id")?.to_owned(),
            is_renamed: !begun.is_topic && begun.name != begun.old_name && publisher == begun.name,
            publisher,
            published,
            updated: self.moment(&one, "updated")?.max(published),
        })
    }

    /// A node, if one more item fits.
    fn room(&self, begun: &Begun, kind: &str) -> Result<Node, Fault> {
        match self.store.node(begun.number, kind)? {
            None => bad(format!("the channel has no node {}", short(kind))),
            Some(node) if node.posts >= bounds::POSTS => bad("the channel is full"),
            Some(node) => Ok(node),
        }
    }

    /// The id of a post here: its own, unless a post of another of our channels has it. A thread is named by it.
    fn free_id(&mut self, node: &Node, id: &str) -> Result<String, Fault> {
        check_id(id)?;
        if self.renamed.contains_key(id) || self.store.post(node.number, id)?.is_some() {
            return bad(format!("there is a second post {id}"));
        }
        let mut is_taken = false;
        for placed in self.store.whereabouts(id)?.iter().filter(|placed| placed.kind == "posts") {
            is_taken |= self.store.channel(&placed.channel)?.is_some_and(|channel| channel.authority.is_none());
        }
        if !is_taken {
            return Ok(id.to_owned());
        }
        let free = (self.fresh)();
        self.renamed.insert(id.to_owned(), free.clone());
        Ok(free)
    }

    /// The id here of a post that is answered.
    fn thread(&self, parent: &str) -> Result<String, Fault> {
        let parent = entry::local_id(parent);
        let parent = self.renamed.get(parent).map_or(parent, String::as_str);
        if self.threads.contains(parent) {
            return Ok(parent.to_owned());
        }
        bad(format!("what it answers, {}, did not come before it or is no post with a thread", short(parent)))
    }
}

fn check_id(id: &str) -> Result<(), Fault> {
    if id.is_empty() || id.len() > bounds::ITEM_ID || id.chars().any(|c| c.is_control() || c == ',') {
        return bad(format!("the id “{}” cannot be used", short(id)));
    }
    Ok(())
}

fn sentence(error: &StanzaError) -> String {
    match (&error.text, error.buddycloud.or(error.pubsub)) {
        (Some(text), _) => text.clone(),
        (None, condition) => condition.unwrap_or(error.condition).to_owned(),
    }
}
