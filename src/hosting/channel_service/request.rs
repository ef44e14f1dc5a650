//! Requests of XEP-0060 and Buddycloud as they come in, and pages of lists (XEP-0059).

use minidom::Element;

use super::{Refusal, bounds};
use crate::hosting::stanza::{StanzaError, attribute, text_element};

/// XEP-0060.
pub const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
/// XEP-0060 §8.
pub const OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
/// Buddycloud's own elements.
pub const BUDDYCLOUD: &str = "http://buddycloud.org/v1";
/// XEP-0059.
pub const RSM: &str = "http://jabber.org/protocol/rsm";
/// XEP-0077.
pub const REGISTER: &str = "jabber:iq:register";

/// A request of pubsub.
pub struct Request<'a> {
    /// What is asked.
    pub action: &'a Element,
    /// What comes with it: `configure`, `options`, `publish-options`.
    pub companion: Option<&'a Element>,
    /// Which page of the answer is wanted.
    pub page: Rsm,
    /// Whether it is in the namespace of owners.
    pub is_owner: bool,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rsm {
    /// Whether that was said at all.
    pub is_asked: bool,
    /// At most so many.
    pub max: Option<usize>,
    /// After this entry.
    pub after: Option<String>,
    /// Before this entry; empty: the last page.
    pub before: Option<String>,
}

impl Request<'_> {
    /// What is asked.
    pub fn name(&self) -> &str {
        self.action.name()
    }

    /// The node it is about.
    pub fn node(&self) -> Option<&str> {
        self.action.attr("node").filter(|node| !node.is_empty())
    }

    /// The node it must be about.
    pub fn required_node(&self) -> Result<&str, StanzaError> {
        self.node().ok_or_else(|| StanzaError::new("bad-request").pubsub("nodeid-required"))
    }

    /// How many items are wanted (XEP-0059, or `max_items` of XEP-0060 §6.5.7), within a bound.
    pub fn size(&self) -> usize {
        let max_items = self.action.attr("max_items").and_then(|max| max.parse().ok());
        self.page.size(max_items.unwrap_or(bounds::PAGE), bounds::PAGE)
    }
}

/// Reads a `<pubsub/>`.
pub fn read(pubsub: &Element) -> Result<Request<'_>, Refusal> {
    let is_owner = pubsub.ns() == OWNER;
    let mut request = (None, None, Rsm::default());
    for child in pubsub.children() {
        match child.name() {
            "set" if child.ns() == RSM => request.2 = read_rsm(child)?,
            "actor" if child.ns() == BUDDYCLOUD => {}
            "configure" | "options" | "publish-options" if request.0.is_some() && request.1.is_none() => {
                request.1 = Some(child);
            }
            _ if request.0.is_none() && (child.ns() == pubsub.ns() || child.ns() == BUDDYCLOUD) => {
                request.0 = Some(child);
            }
            // COMPAT(Libervia): what is not known is passed over, as other services do.
            _ if child.ns() != pubsub.ns() => {}
            _ => return Err(StanzaError::new("bad-request").text("These elements do not go together.").into()),
        }
    }
    let action = request.0.ok_or_else(|| StanzaError::new("bad-request").text("The request is empty."))?;
    Ok(Request { action, companion: request.1, page: request.2, is_owner })
}

/// Reads which page of a list is wanted.
pub fn read_rsm(set: &Element) -> Result<Rsm, Refusal> {
    let mut page = Rsm { is_asked: true, ..Rsm::default() };
    for child in set.children() {
        let text = child.text();
        match child.name() {
            "max" => {
                let max = text.trim().parse().map_err(|_| StanzaError::new("bad-request").text("max is a number."))?;
                page.max = Some(max);
            }
            // Nothing to go on from: the first page (XEP-0059 §2.2).
            "after" if text.is_empty() => {}
            "after" => page.after = Some(text),
            "before" => page.before = Some(text),
            "index" => return Err(StanzaError::new("feature-not-implemented").into()),
            _ => {}
        }
    }
    if page.after.is_some() && page.before.is_some() {
        return Err(StanzaError::new("bad-request").text("A page has one beginning only.").into());
    }
    Ok(page)
}

impl Rsm {
    /// How many are wanted, within a bound.
    pub fn size(&self, usual: usize, most: usize) -> usize {
        self.max.unwrap_or(usual).min(most)
    }
}

/// Leaves off what does not fit one stanza beside what stands before it, one entry at least stays. Says whether anything
/// was left off. Servers end the connection of a service that sends more than half a megabyte at once.
pub fn fit<T>(list: &mut Vec<T>, bytes: impl Fn(&T) -> usize) -> bool {
    fit_within(list, bounds::PAGE_BYTES, bytes)
}

/// The same within another bound.
pub fn fit_within<T>(list: &mut Vec<T>, most: usize, bytes: impl Fn(&T) -> usize) -> bool {
    let mut sum = 0;
    let fitting = list.iter().take_while(|entry| {
        sum += bytes(entry);
        sum <= most
    });
    let fitting = fitting.count().max(1);
    let is_cut = list.len() > fitting;
    list.truncate(fitting);
    is_cut
}

/// About how many bytes a line of a list takes, with what stands around its words; no character is written longer than
/// six.
pub fn line_bytes(words: &[&str]) -> usize {
    80 + words.iter().map(|word| word.len() + 5 * word.matches(['<', '>', '&', '"', '\'']).count()).sum::<usize>()
}

/// `<set/>`: where a page stands.
pub fn write_rsm(ends: Option<(&str, &str)>, index: Option<usize>, count: Option<usize>) -> String {
    let mut out = format!("<set xmlns='{RSM}'>");
    if let Some((first, last)) = ends {
        out.push_str("<first");
        if let Some(index) = index {
            attribute("index", &index.to_string(), &mut out);
        }
        out.push('>');
        crate::xml::writer::escape_text(first, &mut out);
        out.push_str("</first>");
        text_element("last", last, &mut out);
    }
    if let Some(count) = count {
        text_element("count", &count.to_string(), &mut out);
    }
    out.push_str("</set>");
    out
}
