//! Copies of channels that live elsewhere and that somebody here follows: brought up to date by news, and by reading
//! the channel again whenever news may have been missed.
//!
//! Pages are always asked of the channel's own service. The copy is for what crosses channels (recent posts, changes,
//! search), for telling our own people of what is new, and for reading while the other service cannot be reached.

use std::collections::{HashSet, VecDeque};

use minidom::Element;

use super::relay::Purpose;
use super::wire::{self, News};
use super::{RSM, entry};
use crate::hosting::channel_service::{Service, bounds, names};
use crate::hosting::stanza::{attribute, text_element, to_text};
use crate::store::StoreError;
use crate::store::channels::{Channel, NewPost, Window};

/// Posts of one page.
const PAGE: usize = 50;
/// Pages of one channel at most: what is older is not copied.
const PAGES: usize = 20;
/// Copies that are read at the same time.
const AT_ONCE: usize = 8;
/// Of these, at one service.
const PER_SERVICE: usize = 2;
/// Entries of one page of a list of what somebody follows, and of the whole.
const PEOPLE: usize = 100;
const LISTED: usize = 10_000;
/// Posts and replies that are kept of one channel: more than are read, since news come too.
const KEPT: usize = 3_000;
/// Copies that wait to be read.
const WAITING: usize = 20_000;
/// How old a copy may get before it is read again, in milliseconds.
const FRESH: i64 = 30 * 60 * 1_000;
/// The pause before a copy that could not be read is tried again.
const RETRY: i64 = 60 * 1_000;

/// One step of bringing something up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A page of a channel's posts, read as somebody who follows it.
    Posts {
        /// The channel's name.
        channel: String,
        /// Who reads.
        reader: String,
        /// Older than this id.
        after: Option<String>,
        /// Pages read before.
        pages: usize,
        /// What was found so far.
        found: Vec<String>,
        /// What the copy had when this began; nothing, when it is read for the first time.
        known: Vec<String>,
        /// Whether it was read before, so that what is found is news.
        is_again: bool,
        /// Else only what was published since somebody here follows it.
        followed: i64,
    },
    /// What a channel says about itself.
    Metadata {
        /// The channel's name.
        channel: String,
        /// Who reads.
        reader: String,
    },
    /// What somebody follows at a service.
    Subscriptions(People),
    /// Which roles somebody has at a service.
    Roles(People),
}

/// A list of what somebody has at a service, read page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// The service.
    pub service: String,
    /// Who.
    pub reader: String,
    /// The next page goes on after this entry.
    pub after: Option<String>,
    /// What was listed so far: node, state or role, and who invited.
    pub listed: Vec<(String, String, Option<String>)>,
    /// When its reading began: what is newer is not ended because it is not listed.
    pub began: i64,
}

/// How far a list was read.
enum Listed {
    /// To its end.
    Whole(People),
    /// There is more.
    More(People),
    /// It does not end, or is longer than can be: nothing is concluded from it.
    Broken,
}

impl People {
    fn new(service: &str, reader: &str) -> Self {
        let (service, reader) = (service.to_owned(), reader.to_owned());
        People { service, reader, after: None, listed: Vec::new(), began: i64::MAX }
    }

    /// Whether it is the same list.
    fn is(&self, other: &Self) -> bool {
        self.service == other.service && self.reader == other.reader
    }

    /// Takes a page in; the list as it goes on, or whole. A list of which a part is missing ends nothing, so it is believed
    /// only when its end was seen. COMPAT(buddycloud-server-java): it has no pages, and then no `<set/>`.
    fn read(mut self, result: &Element, value: &str) -> Listed {
        let before = self.listed.len();
        let parts = || result.children().flat_map(Element::children);
        for one in parts().flat_map(Element::children) {
            if let (Some(node), Some(value)) = (one.attr("node"), one.attr(value)) {
                self.listed.push((node.to_owned(), value.to_owned(), one.attr("invited-by").map(str::to_owned)));
            }
        }
        let set = parts().find(|child| child.name() == "set");
        let field = |name: &str| set.and_then(|set| set.children().find(|one| one.name() == name)).map(Element::text);
        let is_counted = field("count")
            .and_then(|count| count.trim().parse().ok())
            .is_some_and(|count: usize| self.listed.len() >= count);
        let last = field("last").filter(|last| !last.is_empty());
        if self.listed.len() == before || is_counted || last.is_none() {
            return Listed::Whole(self);
        }
        if self.listed.len() > LISTED || last == self.after {
            return Listed::Broken;
        }
        self.after = last;
        Listed::More(self)
    }
}

/// What waits to be brought up to date.
#[derive(Debug, Default)]
pub struct Copies {
    waiting: VecDeque<Step>,
    /// Counts up, so that another reader takes each turn.
    turn: usize,
    people_asked_at: i64,
    checked_at: i64,
}

impl Copies {
    fn add(&mut self, step: Step) {
        let is_same = |other: &Step| match (&step, other) {
            (Step::Posts { channel: one, .. }, Step::Posts { channel: two, .. }) => one == two,
            (Step::Subscriptions(one), Step::Subscriptions(two)) | (Step::Roles(one), Step::Roles(two)) => one.is(two),
            (one, two) => one == two,
        };
        if self.waiting.len() < WAITING && !self.waiting.iter().any(is_same) {
            self.waiting.push_back(step);
        }
    }
}

impl Service {
    /// Reads a channel anew, as one of those who follow it here.
    pub(super) fn renew(&mut self, channel: &Channel) -> Result<(), StoreError> {
        // It was whole once, and is due: what is found now is news.
        self.store.set_synced(channel.number, channel.synced.map(|_| 0))?;
        if let Some(reader) = self.a_follower(channel)? {
            let mut known = Vec::new();
            if let Some(node) = self.store.node(channel.number, "posts")? {
                let window = Window { max: PAGE * PAGES, ..Window::default() };
                let posts = self.store.posts(node.number, &window)?.unwrap_or_default().posts;
                known.extend(posts.into_iter().map(|post| post.id));
            }
            let is_again = channel.synced.is_some();
            let followed = self.followed_since(channel)?;
            let (channel, after, found) = (channel.name.clone(), None, Vec::new());
            self.federation.copies.add(Step::Metadata { channel: channel.clone(), reader: reader.clone() });
            self.federation.copies.add(Step::Posts {
                channel,
                reader,
                after,
                pages: 0,
                found,
                known,
                is_again,
                followed,
            });
        }
        Ok(())
    }

    /// Reads everything of a service (or of all) anew: something may have been missed.
    pub(super) fn renew_all(&mut self, service: Option<&str>) -> Result<(), StoreError> {
        for channel in self.store.replicas()? {
            if service.is_none_or(|service| channel.authority.as_deref() == Some(service)) {
                self.renew(&channel)?;
            }
        }
        self.renew_people(service)
    }

    /// Asks anew what people follow elsewhere, and in which role.
    fn renew_people(&mut self, service: Option<&str>) -> Result<(), StoreError> {
        for (authority, reader) in self.store.remote_followers()? {
            if service.is_none_or(|service| authority == service) {
                self.renew_person(&authority, &reader);
            }
        }
        Ok(())
    }

    /// Asks anew what one person follows at a service, and in which role.
    pub(super) fn renew_person(&mut self, service: &str, reader: &str) {
        self.federation.copies.add(Step::Subscriptions(People::new(service, reader)));
        self.federation.copies.add(Step::Roles(People::new(service, reader)));
    }

    /// Since when somebody here follows a channel.
    fn followed_since(&self, channel: &Channel) -> Result<i64, StoreError> {
        let Some(node) = self.store.node(channel.number, "posts")? else { return Ok(i64::MAX) };
        let followers = self.store.subscriptions(node.number, None, 20)?;
        Ok(followers.iter().filter(|one| one.via.is_none()).map(|one| one.since).min().unwrap_or(i64::MAX))
    }

    /// One of those who follow a channel here; another one each time, because one may have been shut out.
    fn a_follower(&mut self, channel: &Channel) -> Result<Option<String>, StoreError> {
        let Some(node) = self.store.node(channel.number, "posts")? else { return Ok(None) };
        let followers = self.store.subscriptions(node.number, None, 20)?;
        let mut readers: Vec<String> = followers
            .into_iter()
            .filter(|one| one.state == "subscribed" && one.via.is_none())
            .map(|one| one.bare)
            .collect();
        if readers.is_empty() {
            return Ok(None);
        }
        self.federation.copies.turn = self.federation.copies.turn.wrapping_add(1);
        Ok(Some(readers.swap_remove(self.federation.copies.turn % readers.len())))
    }

    /// Asks for what is due, as much as may be under way.
    pub(super) fn tick_copies(&mut self, now: i64) -> Result<(), StoreError> {
        if now - self.federation.copies.checked_at >= RETRY {
            self.federation.copies.checked_at = now;
            for channel in self.store.replicas()? {
                if channel.synced.is_none_or(|synced| now - synced >= FRESH) {
                    self.renew(&channel)?;
                }
            }
        }
        if now - self.federation.copies.people_asked_at >= FRESH {
            self.federation.copies.people_asked_at = now;
            self.renew_people(None)?;
        }
        for _ in 0..self.federation.copies.waiting.len() {
            if self.federation.relays.copies() >= AT_ONCE {
                break;
            }
            let Some(step) = self.federation.copies.waiting.pop_front() else { break };
            let Some(service) = self.service_of(&step)? else { continue };
            // A service that is slow, or away, leaves room for the others.
            if self.federation.relays.copies_of(&service) >= PER_SERVICE {
                self.federation.copies.waiting.push_back(step);
                continue;
            }
            self.ask_for_copy(step, &service, now);
        }
        Ok(())
    }

    fn service_of(&self, step: &Step) -> Result<Option<String>, StoreError> {
        match step {
            Step::Posts { channel, .. } | Step::Metadata { channel, .. } => {
                Ok(self.store.channel(channel)?.and_then(|channel| channel.authority))
            }
            Step::Subscriptions(people) | Step::Roles(people) => Ok(Some(people.service.clone())),
        }
    }

    fn ask_for_copy(&mut self, mut step: Step, service: &str, now: i64) {
        if let Step::Subscriptions(people) | Step::Roles(people) = &mut step {
            people.began = people.began.min(now);
        }
        let mut question = String::new();
        let (open, close) = match &step {
            Step::Metadata { .. } => ("<query xmlns='http://jabber.org/protocol/disco#info'", "</query>"),
            _ => ("<pubsub xmlns='http://jabber.org/protocol/pubsub'", "</pubsub>"),
        };
        question.push_str(open);
        let reader = match &step {
            Step::Posts { channel, reader, after, .. } => {
                question.push_str("><items");
                attribute("node", &names::node(channel, "posts"), &mut question);
                question.push_str(&format!("/><set xmlns='{RSM}'><max>{PAGE}</max>"));
                if let Some(after) = after {
                    text_element("after", after, &mut question);
                }
                question.push_str("</set>");
                reader
            }
            Step::Metadata { channel, reader } => {
                attribute("node", &names::node(channel, "posts"), &mut question);
                question.push('>');
                reader
            }
            Step::Subscriptions(people) | Step::Roles(people) => {
                let list = if matches!(step, Step::Roles(_)) { "affiliations" } else { "subscriptions" };
                question.push_str(&format!("><{list}/><set xmlns='{RSM}'><max>{PEOPLE}</max>"));
                if let Some(after) = &people.after {
                    text_element("after", after, &mut question);
                }
                question.push_str("</set>");
                &people.reader
            }
        };
        question.push_str(&format!("<actor xmlns='{}'>", wire::BUDDYCLOUD));
        crate::xml::writer::escape_text(reader, &mut question);
        question.push_str("</actor>");
        question.push_str(close);
        let id = (self.fresh)();
        if !self.federation.relays.begin(id.clone(), service, Purpose::Copy(step), now) {
            return;
        }
        let mut out = String::from("<iq type='get'");
        attribute("from", &self.settings.address, &mut out);
        attribute("to", service, &mut out);
        attribute("id", &id, &mut out);
        out.push('>');
        out.push_str(&question);
        out.push_str("</iq>");
        self.send(out);
    }

    /// The answer to a step; `None` if none came.
    pub(super) fn copied(&mut self, step: Step, answer: Option<&Element>, now: i64) -> Result<(), StoreError> {
        let result = answer.filter(|answer| answer.attr("type") == Some("result"));
        match (step, result) {
            (step @ Step::Posts { .. }, Some(result)) => self.copied_page(step, result, now),
            // A post that is no longer there to go on after is no channel that is gone: the copy is read anew later.
            (Step::Posts { after: Some(_), .. }, None) => Ok(()),
            (Step::Posts { channel, reader, .. }, None) => {
                let error = answer.and_then(|answer| answer.children().find(|child| child.name() == "error"));
                let is = |names: &[&str]| {
                    error.is_some_and(|error| error.children().any(|child| names.contains(&child.name())))
                };
                match self.store.channel(&channel)?.filter(|channel| channel.authority.is_some()) {
                    Some(channel) if is(&["item-not-found"]) => self.lose_copy(&channel),
                    Some(channel) if is(&["forbidden", "not-authorized", "not-allowed", "closed-node"]) => {
                        // Who may not read any more is not a follower any more: it is asked what they are.
                        let service = channel.authority.unwrap_or_default();
                        self.renew_person(&service, &reader);
                        Ok(())
                    }
                    _ => Ok(()),
                }
            }
            (Step::Subscriptions(people), Some(result)) => match people.read(result, "subscription") {
                Listed::Whole(list) => self.copied_subscriptions(&list, now),
                Listed::More(list) => {
                    self.federation.copies.add(Step::Subscriptions(list));
                    Ok(())
                }
                Listed::Broken => Ok(()),
            },
            (Step::Roles(people), Some(result)) => match people.read(result, "affiliation") {
                Listed::Whole(list) => self.copied_roles(&list),
                Listed::More(list) => {
                    self.federation.copies.add(Step::Roles(list));
                    Ok(())
                }
                Listed::Broken => Ok(()),
            },
            (Step::Metadata { channel, .. }, Some(result)) => {
                let fields = result.children().flat_map(Element::children).filter(|child| child.name() == "x");
                let fields = wire::fields(fields.flat_map(Element::children));
                match self.store.channel(&channel)?.filter(|channel| channel.authority.is_some()) {
                    Some(channel) => self.keep_metadata(&channel, &fields, now),
                    None => Ok(()),
                }
            }
            (Step::Subscriptions(_) | Step::Roles(_) | Step::Metadata { .. }, None) => Ok(()),
        }
    }

    fn copied_page(&mut self, step: Step, result: &Element, now: i64) -> Result<(), StoreError> {
        let Step::Posts { channel, reader, after, pages, mut found, known, is_again, followed } = step else {
            return Ok(());
        };
        let Some(channel) = self.store.channel(&channel)?.filter(|channel| channel.authority.is_some()) else {
            return Ok(());
        };
        let Some(node) = self.store.node(channel.number, "posts")? else { return Ok(()) };
        let name = names::node(&channel.name, "posts");
        let page = read_page(result);
        let mut news = Vec::new();
        for (id, publisher, payload) in page.items {
            let is_new = self.keep_post(node.number, &id, publisher.as_deref(), &payload, now)?;
            found.push(id.clone());
            let is_news = is_again || entry::read(&payload, now).published >= followed;
            if is_new && is_news {
                news.push(News::Item { node: name.clone(), id, publisher, payload });
            }
        }
        let last = found.last().cloned().filter(|last| page.has_items && Some(last) != after.as_ref());
        // Pages are as long as the other service likes: the end is where there is no more.
        let is_whole = last.is_none() || page.count.is_some_and(|count| found.len() >= count);
        let is_known = is_again && pages > 0 && news.is_empty();
        if is_whole || is_known || pages + 1 >= PAGES {
            news.extend(self.vanished(node.number, &name, &known, &found, is_whole, now)?);
            self.store.set_synced(channel.number, Some(now))?;
        } else {
            let (channel, pages) = (channel.name.clone(), pages + 1);
            self.federation.copies.add(Step::Posts {
                channel,
                reader,
                after: last,
                pages,
                found,
                known,
                is_again,
                followed,
            });
        }
        for one in news {
            self.tell_followers_of_copy(node.number, &one)?;
        }
        Ok(())
    }

    /// What the copy had when its reading began, within what was read, and the channel has no more.
    fn vanished(
        &self,
        node: i64,
        name: &str,
        known: &[String],
        found: &[String],
        is_whole: bool,
        now: i64,
    ) -> Result<Vec<News>, StoreError> {
        let listed: HashSet<&str> = found.iter().map(String::as_str).collect();
        // COMPAT(buddycloud-server-java): it lists by the latest change; then only the whole list tells what is missing.
        let places = found.iter().filter_map(|id| known.iter().position(|one| one == id));
        if !is_whole && !places.is_sorted() {
            return Ok(Vec::new());
        }
        let reach = match known.iter().rposition(|id| listed.contains(id.as_str())) {
            _ if is_whole => known.len(),
            Some(last) => last + 1,
            None => 0,
        };
        let mut news = Vec::new();
        for id in known[..reach].iter().filter(|id| !listed.contains(id.as_str())) {
            if self.store.remove_post(node, id, now)? {
                news.push(News::Retracted { node: name.to_owned(), id: id.clone() });
            }
        }
        Ok(news)
    }

    /// Keeps a post of another service; whether that is news.
    pub(super) fn keep_post(
        &self,
        node: i64,
        id: &str,
        publisher: Option<&str>,
        payload: &Element,
        now: i64,
    ) -> Result<bool, StoreError> {
        let read = entry::read(payload, now);
        let text = to_text(payload);
        if text.len() > bounds::MOVED_PAYLOAD || id.len() > bounds::ITEM_ID {
            return Ok(false);
        }
        let known = self.store.post(node, id)?;
        if read.is_tombstone {
            if known.as_ref().is_some_and(|known| known.is_deleted) {
                return Ok(false);
            }
            if known.is_none() {
                self.put(node, id, publisher, "", &read, now)?;
            }
            self.store.bury_post(node, id, &text, now)?;
            return Ok(known.is_some());
        }
        // An older form of a post, or the same again, comes when it is read while it changes.
        let is_old = |known: &crate::store::channels::Post| {
            known.is_deleted || known.updated > read.updated || (known.updated == read.updated && known.payload == text)
        };
        if known.as_ref().is_some_and(is_old) {
            return Ok(false);
        }
        self.put(node, id, publisher, &text, &read, now)?;
        Ok(true)
    }

    fn put(
        &self,
        node: i64,
        id: &str,
        publisher: Option<&str>,
        payload: &str,
        read: &entry::Entry,
        now: i64,
    ) -> Result<(), StoreError> {
        let publisher = publisher.or(read.author.as_deref()).unwrap_or_default();
        let new = NewPost {
            id,
            publisher,
            payload,
            published: read.published,
            updated: read.updated,
            parent: read.parent.as_deref(),
            rated: read.rated.as_deref(),
            words: &read.words,
        };
        self.store.put_post(node, &new, now)?;
        self.store.keep_newest(node, KEPT)
    }
}

/// A page of items, and how many there are in all, where that is told.
struct Page {
    items: Vec<(String, Option<String>, Element)>,
    has_items: bool,
    count: Option<usize>,
}

fn read_page(result: &Element) -> Page {
    let parts = || result.children().flat_map(Element::children);
    let items = parts().filter(|child| child.name() == "items").flat_map(Element::children);
    let items: Vec<_> = items
        .filter(|item| item.name() == "item")
        .filter_map(|item| {
            let id = wire::local_id(item.attr("id")?).to_owned();
            Some((id, item.attr("publisher").map(str::to_owned), item.children().next()?.clone()))
        })
        .collect();
    let set = parts().find(|child| child.name() == "set");
    let count = set.and_then(|set| set.children().find(|child| child.name() == "count"));
    Page { has_items: !items.is_empty(), items, count: count.and_then(|count| count.text().trim().parse().ok()) }
}
