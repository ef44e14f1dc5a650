//! A draft becomes an entry: plain text only, since more does not survive the old servers.

use minidom::Element;

use crate::atom::{self, THREAD};
use crate::channel::{Draft, Link, PostId, SENSITIVE, Share};
use crate::dialect::refused;
use crate::xmpp::AskError;
use crate::xmpp::element::{element, text_element};

/// The namespace of activities.
pub const ACTIVITY: &str = "http://activitystrea.ms/spec/1.0/";
/// The namespace of ratings.
const REVIEW: &str = "http://activitystrea.ms/schema/1.0/review";

/// The namespace of places.
const GEOLOC: &str = "http://jabber.org/protocol/geoloc";

/// The longest entry that is sent, in bytes. COMPAT(buddycloud-server): a stanza beyond some 65,000 bytes ends its
/// process, even one that came from another server.
const MAX_ENTRY: usize = 60_000;

/// What an entry answers.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The first post of the thread, by its local id.
    pub head: &'a PostId,
    /// The global id of what it refers to inside the thread, or of what is rated.
    pub target: Option<&'a str>,
}

/// The entry of a post or a reply; `not-acceptable` if it is too long to be sent.
pub fn entry(draft: &Draft, answer: Option<Answer<'_>>) -> Result<Element, AskError> {
    let mut entry = words(&text(draft));
    if let Some(warning) = &draft.warning {
        entry.append_child(text_element("title", atom::NS, warning));
    }
    for tag in tags(draft) {
        entry.append_child(element("category", atom::NS, &[("term", &tag)]));
    }
    for link in links(draft) {
        let mut attributes = vec![("rel", link.rel.as_str()), ("href", link.href.as_str())];
        attributes.extend(link.media_type.as_deref().map(|kind| ("type", kind)));
        attributes.extend(link.title.as_deref().map(|title| ("title", title)));
        entry.append_child(element("link", atom::NS, &attributes));
    }
    if let Some(answer) = answer {
        append_answer(&mut entry, answer);
    }
    checked(entry)
}

/// What a draft says. What it passes on stands below in words: only some servers keep the link to it.
pub fn text(draft: &Draft) -> String {
    let text = draft.text.trim();
    let Some(shared) = &draft.shares else { return text.to_owned() };
    let author = shared.author.as_ref().unwrap_or(&shared.at.channel.address);
    if shared.is_repeat {
        let quoted: Vec<String> = text.lines().map(|line| format!("> {line}")).collect();
        return format!("{author}:\n\n{}", quoted.join("\n"));
    }
    match &shared.beginning {
        Some(beginning) => format!("{text}\n\n{author}:\n\n> {beginning}"),
        None => text.to_owned(),
    }
}

/// The tags of a draft. What readers are warned of is a tag and the headline.
pub fn tags(draft: &Draft) -> Vec<String> {
    let warned = draft.warning.iter().map(|_| SENSITIVE.to_owned());
    let others = draft.tags.iter().filter(|tag| draft.warning.is_none() || *tag != SENSITIVE).cloned();
    warned.chain(others).take(atom::MAX_PARTS).collect()
}

/// The files of a draft, and the post that it passes on.
pub fn links(draft: &Draft) -> impl Iterator<Item = Link> + '_ {
    let via = |shared: &Share| {
        let rel = "via".to_owned();
        Link { rel, href: shared.at.uri(), media_type: None, title: None }
    };
    draft.files.iter().take(atom::MAX_PARTS - 1).cloned().chain(draft.shares.as_ref().map(via))
}

/// A rating of five, which is what a like is.
pub fn like(answer: Answer<'_>) -> Element {
    let mut entry = words("rated");
    append_answer(&mut entry, answer);
    entry.append_child(text_element("rating", REVIEW, "5.0"));
    entry
}

/// A status line.
pub fn status(text: &str) -> Result<Element, AskError> {
    checked(words(text))
}

/// Where somebody is (XEP-0080), inside an entry.
pub fn place(words: &str) -> Result<Element, AskError> {
    let mut entry = self::words(words);
    let place = entry.append_child(Element::bare("geoloc", GEOLOC));
    place.append_child(text_element("text", GEOLOC, words));
    checked(entry)
}

/// Another text for an entry; what else is in it and is not the server's to write stays.
pub fn revised(old: &Element, draft: &Draft) -> Result<Element, AskError> {
    let mut entry = self::entry(draft, None)?;
    let is_kept = |child: &&Element| matches!(child.name(), "in-reply-to" | "target" | "geoloc" | "media" | "meta");
    let is_beside = |child: &&Element| child.name() == "link" && matches!(child.attr("rel"), Some("enclosure" | "via"));
    for child in old.children().filter(|child| is_kept(child) || is_beside(child)) {
        entry.append_child(child.clone());
    }
    checked(entry)
}

fn words(text: &str) -> Element {
    let mut entry = Element::bare("entry", atom::NS);
    let mut content = text_element("content", atom::NS, text);
    let kind = rxml::NcName::try_from("type").expect("a literal of ours");
    content.set_attr(rxml::Namespace::NONE, kind, "text");
    entry.append_child(content);
    entry
}

fn append_answer(entry: &mut Element, answer: Answer<'_>) {
    entry.append_child(element("in-reply-to", THREAD, &[("ref", answer.head.as_str())]));
    if let Some(target) = answer.target {
        let about = entry.append_child(Element::bare("target", ACTIVITY));
        // COMPAT(http://buddycloud.org/v1): the clients of its time wrote the id in the namespace of Atom.
        about.append_child(text_element("id", atom::NS, target));
    }
}

fn checked(entry: Element) -> Result<Element, AskError> {
    if String::from(&entry).len() > MAX_ENTRY {
        return Err(refused("not-acceptable", "the text is longer than channel services take"));
    }
    Ok(entry)
}
