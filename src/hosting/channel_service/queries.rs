//! Buddycloud's own questions: recent items, replies, threads, and what changed meanwhile (`urn:xmpp:mam:tmp`).

use jiff::Timestamp;
use minidom::Element;

use super::entry::{self, Tongue};
use super::items::{self, fit, write_item, write_items};
use super::names;
use super::request::{self, BUDDYCLOUD, RSM, Request};
use super::{Actor, Answer, Service, bounds, refuse};
use crate::hosting::stanza::{StanzaError, attribute, text_element};
use crate::store::channels::{Change, Changed, Placed, Which, Window};

/// Catching up, in the form that Buddycloud had before XEP-0313 had a number.
pub const MAM: &str = "urn:xmpp:mam:tmp";
/// Posts of one channel in the recent items.
const PER_CHANNEL: usize = 100;

fn broken(condition: &'static str) -> StanzaError {
    StanzaError::new("bad-request").buddycloud(condition)
}

fn moment(text: &str) -> Option<i64> {
    text.trim().parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

impl Service {
    /// The newest posts of everything that somebody follows.
    pub(super) fn recent_items(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let since = asked.action.attr("since").ok_or_else(|| broken("since-required"))?;
        let since = moment(since).ok_or_else(|| broken("invalid-since-value-provided"))?;
        let max = asked.action.attr("max").ok_or_else(|| broken("max-required"))?;
        let max: usize = max.parse().map_err(|_| broken("invalid-max-value-provided"))?;
        let is_short = matches!(asked.action.attr("parent-only"), Some("true" | "1"));
        let which = if is_short { Which::Threads } else { Which::All };
        // A page goes on after "<node>,<id>".
        let after = match asked.page.after.as_deref().map(|after| after.rsplit_once(',')) {
            None => None,
            Some(Some((node, id))) => match self.target(node)? {
                names::Target::Node { channel, .. } => Some((channel, id.to_owned())),
                names::Target::Comments(_) => return refuse("item-not-found"),
            },
            Some(None) => return refuse("item-not-found"),
        };
        let after = after.as_ref().map(|(channel, id)| (channel.as_str(), id.as_str()));
        let size = asked.page.size(bounds::PAGE, bounds::PAGE);
        let found = self.store.recent(&actor.bare, since, max.min(PER_CHANNEL), which, after, size)?;
        let mut found = found.ok_or_else(|| StanzaError::new("item-not-found"))?;
        request::fit(&mut found, |placed| items::bytes(&placed.post));
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub'>");
        let mut open: Option<&str> = None;
        for placed in &found {
            if open != Some(&placed.channel) {
                if open.is_some() {
                    out.push_str("</items>");
                }
                out.push_str("<items");
                attribute("node", &names::node(&placed.channel, "posts"), &mut out);
                out.push('>');
                open = Some(&placed.channel);
            }
            write_item(&placed.post, Tongue::Buddycloud, &mut out);
        }
        if open.is_some() {
            out.push_str("</items>");
        }
        let token = |placed: &Placed| format!("{},{}", names::node(&placed.channel, "posts"), placed.post.id);
        let ends = found.first().map(token).zip(found.last().map(token));
        let ends = ends.as_ref().map(|(first, last)| (first.as_str(), last.as_str()));
        out.push_str(&request::write_rsm(ends, after.is_none().then_some(0), None));
        out.push_str("</pubsub>");
        Ok(out)
    }

    /// The replies to a post, newest first.
    pub(super) fn replies(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let (place, id) = self.thread_place(actor, asked)?;
        let size = asked.page.size(bounds::PAGE, bounds::PAGE);
        let read = |window: &Window<'_>| self.store.replies(place.node.number, &id, window);
        self.page(&place.asked, &asked.page, size, Which::All, Tongue::Buddycloud, read)
    }

    /// A post with the replies to it: the replies, oldest first, then the post. Of a long thread the newest replies come
    /// first, and `<set/>` says how many there are and where to go on.
    pub(super) fn thread(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let (place, id) = self.thread_place(actor, asked)?;
        let after = asked.page.after.as_deref().map(entry::local_id);
        let before = asked.page.before.as_deref().map(entry::local_id);
        let max = asked.page.size(bounds::THREAD, bounds::THREAD);
        let window = Window { after, before, max, ..Window::default() };
        let slice = self.store.replies(place.node.number, &id, &window)?;
        let mut slice = slice.ok_or_else(|| StanzaError::new("item-not-found"))?;
        fit(&mut slice.posts);
        let ends = slice.posts.first().zip(slice.posts.last());
        let ends = ends.map(|(first, last)| (first.id.as_str(), last.id.as_str()));
        let set = request::write_rsm(ends, slice.index, Some(slice.count));
        let mut posts: Vec<_> = slice.posts.iter().rev().cloned().collect();
        posts.extend(self.store.post(place.node.number, &id)?);
        Ok(write_items(&place.asked, &posts, Tongue::Buddycloud, set))
    }

    fn thread_place(
        &self,
        actor: &Actor,
        asked: &Request<'_>,
    ) -> Result<(super::place::Place, String), super::Refusal> {
        let place = self.place(actor, asked.required_node()?)?;
        place.standing.may_read(place.access())?;
        let id = asked.action.attr("item_id").ok_or_else(|| StanzaError::new("bad-request").pubsub("item-required"))?;
        let id = entry::local_id(id).to_owned();
        if self.store.post(place.node.number, &id)?.is_none() {
            return refuse("item-not-found");
        }
        Ok((place, id))
    }

    /// The threads of a channel, those with the latest reply first.
    pub(super) fn threads(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let place = self.place(actor, asked.required_node()?)?;
        place.standing.may_read(place.access())?;
        let (node, size) = (place.node.number, asked.page.size(15, 50));
        let after = asked.page.after.as_deref().map(entry::local_id);
        let slice = self.store.threads(node, after, size)?.ok_or_else(|| StanzaError::new("item-not-found"))?;
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub'>");
        let mut given = Vec::new();
        for parent in &slice.posts {
            let window = Window { max: bounds::THREAD, ..Window::default() };
            let mut posts = self.store.replies(node, &parent.id, &window)?.unwrap_or_default().posts;
            fit(&mut posts);
            posts.reverse();
            posts.push(parent.clone());
            let bytes: usize = posts.iter().map(|post| post.payload.len()).sum();
            if out.len() + bytes > bounds::PAGE_BYTES && !given.is_empty() {
                break;
            }
            out.push_str(&format!("<thread xmlns='{BUDDYCLOUD}'"));
            attribute("id", &parent.id, &mut out);
            attribute("node", &place.asked, &mut out);
            attribute("updated", &entry::date(parent.active), &mut out);
            out.push('>');
            for post in &posts {
                let mut item = String::new();
                write_item(post, Tongue::Buddycloud, &mut item);
                out.push_str(&item.replacen("<item", "<item xmlns='http://jabber.org/protocol/pubsub'", 1));
            }
            out.push_str("</thread>");
            given.push(parent.id.as_str());
        }
        let ends = given.first().copied().zip(given.last().copied());
        out.push_str(&request::write_rsm(ends, slice.index, Some(slice.count)));
        out.push_str("</pubsub>");
        Ok(out)
    }

    /// What changed since a moment in everything that somebody follows: a message for each change, oldest first, and
    /// then the answer, which says where to go on if that was not all.
    pub(super) fn changes(&mut self, actor: &Actor, query: &Element, stanza: &Element, now: i64) -> Answer {
        let text = |name: &str| query.children().find(|child| child.name() == name).map(Element::text);
        let read = |name: &str, usual: i64| match text(name) {
            Some(text) => moment(&text).ok_or_else(|| StanzaError::new("bad-request").text("This is not a date.")),
            None => Ok(usual),
        };
        let (start, end) = (read("start", 0)?, read("end", i64::MAX)?);
        let page = query.get_child("set", RSM).map(request::read_rsm).transpose()?.unwrap_or_default();
        // A page goes on after "<moment>,<number>".
        let after = match page.after.as_deref() {
            Some(after) => match after.split_once(',').map(|(moment, number)| (moment.parse(), number.parse())) {
                Some((Ok(moment), Ok(number))) => Some((moment, number)),
                _ => return refuse("item-not-found"),
            },
            None => None,
        };
        let size = page.size(bounds::CHANGES, bounds::CHANGES);
        let mut found = self.store.changes(&actor.bare, start, after, end, size)?;
        request::fit_within(&mut found, bounds::CHANGES_BYTES, |change| match &change.what {
            Changed::Post(placed) => placed.post.payload.len(),
            Changed::Removed { .. } => 0,
        });
        let id = query.attr("queryid").or(stanza.attr("id")).unwrap_or_default();
        for change in &found {
            let stamp = entry::date(change.at.0.min(now));
            self.write_change(actor, id, &stamp, change);
        }
        let token = |change: &Change| format!("{},{}", change.at.0, change.at.1);
        let ends = found.first().map(token).zip(found.last().map(token));
        let ends = ends.as_ref().map(|(first, last)| (first.as_str(), last.as_str()));
        Ok(format!("<query xmlns='{MAM}'>{}</query>", request::write_rsm(ends, None, None)))
    }

    /// COMPAT(old clients): both old servers put `<forwarded/>` beside `<result/>` and not into it.
    fn write_change(&mut self, actor: &Actor, id: &str, stamp: &str, change: &Change) {
        let (channel, kind, item) = match &change.what {
            Changed::Post(placed) => (&placed.channel, &placed.kind, &placed.post.id),
            Changed::Removed { channel, kind, id } => (channel, kind, id),
        };
        let mut out = String::from("<message");
        attribute("from", &self.settings.address, &mut out);
        attribute("to", &actor.from, &mut out);
        out.push_str(&format!("><result xmlns='{MAM}'"));
        attribute("queryid", id, &mut out);
        attribute("id", item, &mut out);
        out.push_str("/><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay'");
        attribute("stamp", stamp, &mut out);
        out.push_str("/><message xmlns='jabber:client' type='headline'");
        attribute("from", &self.settings.address, &mut out);
        attribute("to", &actor.from, &mut out);
        out.push_str("><event xmlns='http://jabber.org/protocol/pubsub#event'><items");
        attribute("node", &names::node(channel, kind), &mut out);
        out.push('>');
        let post = match &change.what {
            Changed::Post(placed) => Some(&placed.post),
            Changed::Removed { .. } => None,
        };
        if post.is_none_or(|post| post.is_deleted) {
            out.push_str("<retract");
            attribute("id", item, &mut out);
            out.push_str("/>");
        }
        if let Some(post) = post {
            write_item(post, Tongue::Buddycloud, &mut out);
        }
        out.push_str("</items></event></message></forwarded></message>");
        self.send(out);
    }
}

/// One field of a search result.
pub(super) fn value(name: &str, text: &str, out: &mut String) {
    out.push_str("<field");
    attribute("var", name, out);
    out.push('>');
    text_element("value", text, out);
    out.push_str("</field>");
}
