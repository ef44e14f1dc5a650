//! A channel to its archive, page by page: what is in memory at once does not grow with the channel.

use std::io::Write;

use super::{ArchiveError, NS};
use crate::hosting::channel_service::entry::{self, ATOM};
use crate::hosting::channel_service::names::{self, Target};
use crate::hosting::channel_service::request::{OWNER, PUBSUB};
use crate::hosting::channel_service::{Settings, bounds};
use crate::hosting::stanza::{attribute, text_element};
use crate::store::StoreError;
use crate::store::channels::{Channel, ChannelStore, Node, Post, Slice, Which, Window};

/// Writes a channel by its name, or by the plain name of a topic channel, as it is at one moment.
pub fn write(store: &ChannelStore, settings: &Settings, name: &str, out: &mut impl Write) -> Result<(), ArchiveError> {
    let no_channel = || ArchiveError::NoChannel(name.to_owned());
    let node = if name.contains('@') { names::node(name, "posts") } else { name.to_owned() };
    let Some(Target::Node { channel, .. }) = names::read(&node, &settings.topics) else { return Err(no_channel()) };
    store.begin()?;
    let written = store.channel(&channel).map_err(ArchiveError::from).and_then(|channel| {
        let channel = channel.ok_or_else(no_channel)?;
        if let Some(authority) = channel.authority {
            return Err(ArchiveError::Elsewhere(channel.name, authority));
        }
        Writer { store, settings, channel: &channel, out }.whole()
    });
    store.roll_back()?;
    written
}

struct Writer<'a, W> {
    store: &'a ChannelStore,
    settings: &'a Settings,
    channel: &'a Channel,
    out: &'a mut W,
}

impl<W: Write> Writer<'_, W> {
    fn whole(mut self) -> Result<(), ArchiveError> {
        let nodes = self.store.nodes(self.channel.number)?;
        self.head(&nodes)?;
        self.roles()?;
        for node in nodes.iter().filter(|node| !names::is_comments_kind(&node.kind)) {
            match node.kind.as_str() {
                "posts" => self.posts(node)?,
                // Whom its owner follows is no part of the channel.
                "subscriptions" => {}
                _ => self.items(node)?,
            }
        }
        for node in &nodes {
            self.followers(node)?;
        }
        writeln!(self.out, "</feed>")?;
        Ok(self.out.flush()?)
    }

    /// Each child of the feed begins on a line of its own.
    fn line(&mut self, text: &str) -> Result<(), ArchiveError> {
        Ok(writeln!(self.out, "{text}")?)
    }

    fn head(&mut self, nodes: &[Node]) -> Result<(), ArchiveError> {
        let channel = self.channel;
        self.line(&format!("<?xml version='1.0' encoding='UTF-8'?><feed xmlns='{ATOM}'>"))?;
        let uri = entry::uri(&self.settings.address, &names::node(&channel.name, "posts"), None);
        for (name, text) in [
            ("id", uri.as_str()),
            ("title", &channel.title),
            ("subtitle", &channel.description),
            ("updated", &entry::date(channel.updated)),
        ] {
            let mut out = String::new();
            text_element(name, text, &mut out);
            self.line(&out)?;
        }
        let mut out = String::from("<author>");
        text_element("name", &channel.creator, &mut out);
        text_element("uri", &format!("acct:{}", channel.creator), &mut out);
        out.push_str("</author>");
        self.line(&out)?;

        let mut out = format!("<channel xmlns='{NS}'");
        for (name, value) in [
            ("service", self.settings.address.as_str()),
            ("name", &channel.name),
            ("kind", if channel.is_topic { "topic" } else { "personal" }),
            ("access", &channel.access),
            ("default-role", &channel.default_role),
            ("creator", &channel.creator),
            ("created", &entry::date(channel.created)),
            ("updated", &entry::date(channel.updated)),
        ] {
            attribute(name, value, &mut out);
        }
        out.push('>');
        for node in nodes.iter().filter(|node| !names::is_comments_kind(&node.kind)) {
            text_element("node", &node.kind, &mut out);
        }
        out.push_str("</channel>");
        self.line(&out)
    }

    fn roles(&mut self) -> Result<(), ArchiveError> {
        let mut after = None;
        loop {
            let page = self.store.roles(self.channel.number, after.as_deref(), bounds::LIST)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            let mut out = format!("<affiliations xmlns='{OWNER}'");
            attribute("node", &names::node(&self.channel.name, "posts"), &mut out);
            out.push('>');
            for (bare, role) in &page {
                out.push_str("<affiliation");
                attribute("jid", bare, &mut out);
                attribute("affiliation", role, &mut out);
                out.push_str("/>");
            }
            out.push_str("</affiliations>");
            self.line(&out)?;
        }
    }

    /// Every thread: the post, then its replies.
    fn posts(&mut self, node: &Node) -> Result<(), ArchiveError> {
        let (store, number) = (self.store, node.number);
        self.oldest_first(
            Which::Threads,
            |window| store.posts(number, window),
            |this, post| {
                this.entry(post)?;
                this.oldest_first(Which::All, |window| store.replies(number, &post.id, window), Self::entry)
            },
        )
    }

    /// What stands in another node.
    fn items(&mut self, node: &Node) -> Result<(), ArchiveError> {
        let (store, number) = (self.store, node.number);
        let name = names::node(&self.channel.name, &node.kind);
        self.oldest_first(
            Which::All,
            |window| store.posts(number, window),
            |this, post| {
                let mut out = format!("<items xmlns='{PUBSUB}'");
                attribute("node", &name, &mut out);
                out.push_str("><item");
                attribute("id", &post.id, &mut out);
                attribute("publisher", &post.publisher, &mut out);
                out.push('>');
                out.push_str(&post.payload);
                stored(post, &mut out);
                out.push_str("</item></items>");
                this.line(&out)
            },
        )
    }

    fn entry(&mut self, post: &Post) -> Result<(), ArchiveError> {
        let end = if post.is_deleted { "</deleted-entry>" } else { "</entry>" };
        let Some(inside) = post.payload.strip_suffix(end) else {
            let place = format!("item {} of {}", post.id, self.channel.name);
            return Err(ArchiveError::Refused { place, reason: "it is no Atom entry".to_owned() });
        };
        let mut out = inside.to_owned();
        stored(post, &mut out);
        out.push_str(end);
        self.line(&out)
    }

    fn oldest_first(
        &mut self,
        which: Which,
        read: impl Fn(&Window<'_>) -> Result<Option<Slice>, StoreError>,
        mut give: impl FnMut(&mut Self, &Post) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let mut before = String::new();
        loop {
            let window = Window { before: Some(&before), max: bounds::PAGE, which, ..Window::default() };
            let posts = read(&window)?.unwrap_or_default().posts;
            let Some(newest) = posts.first() else { return Ok(()) };
            before.clone_from(&newest.id);
            for post in posts.iter().rev() {
                give(self, post)?;
            }
        }
    }

    /// Who follows a node or listens to a thread.
    fn followers(&mut self, node: &Node) -> Result<(), ArchiveError> {
        let name = names::node(&self.channel.name, &node.kind);
        let mut after = None;
        loop {
            let page = self.store.subscriptions(node.number, after.as_deref(), bounds::LIST)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.jid.clone());
            let mut out = format!("<subscriptions xmlns='{OWNER}'");
            attribute("node", &name, &mut out);
            out.push('>');
            for one in page.iter().filter(|one| !one.is_temporary) {
                out.push_str("<subscription");
                attribute("jid", &one.jid, &mut out);
                attribute("subscription", &one.state, &mut out);
                attribute("since", &entry::date(one.since), &mut out);
                for (name, value) in [("called", &one.called), ("via", &one.via), ("invited-by", &one.invited_by)] {
                    if let Some(value) = value {
                        attribute(name, value, &mut out);
                    }
                }
                out.push_str("/>");
            }
            out.push_str("</subscriptions>");
            self.line(&out)?;
        }
    }
}

/// What is known of an item beside its payload. It stands last: what an author wrote of this name comes before it.
fn stored(post: &Post, out: &mut String) {
    out.push_str(&format!("<stored xmlns='{NS}'"));
    for (name, value) in [
        ("id", post.id.as_str()),
        ("publisher", &post.publisher),
        ("published", &entry::date(post.published)),
        ("updated", &entry::date(post.updated)),
    ] {
        attribute(name, value, out);
    }
    out.push_str("/>");
}
