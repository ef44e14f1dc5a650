//! Writing an entry as XEP-0277 and XEP-0472 ask, in the forms that Movim and Libervia both read.
//!
//! COMPAT(Movim): its reader loses elements with prefixes, so only default namespaces are written; it drops an entry
//! without `title` or `updated`; and it reads the first `in-reply-to` only.

use jiff::Timestamp;
use minidom::Element;
use rxml::{Namespace, NcName};

use super::{Entry, Link, NS, Person, THREAD, date, xhtml};

/// What an edit changes in an entry; all else stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The new headline.
    pub title: String,
    /// The new text; `None` if the headline says it all.
    pub text: Option<String>,
    /// The new markup, ours.
    pub markup: Option<String>,
    /// The new summary.
    pub summary: Option<String>,
    /// The new tags.
    pub categories: Vec<String>,
    /// When.
    pub updated: Timestamp,
}

/// Writes an entry of ours. Markup that is not well-formed is left out: the text says the same.
pub fn write(entry: &Entry) -> Element {
    let mut element = Element::bare("entry", NS);
    if let Some(id) = &entry.id {
        element.append_child(text_element("id", id));
    }
    write_title_and_content(
        &mut element,
        entry.title.as_deref().unwrap_or_default(),
        entry.text.as_deref(),
        entry.markup.as_deref(),
    );
    if let Some(summary) = &entry.summary {
        element.append_child(text_element("summary", summary));
    }
    for author in &entry.authors {
        element.append_child(person(author));
    }
    for (name, time) in [("published", entry.published), ("updated", entry.updated)] {
        if let Some(time) = time {
            element.append_child(text_element(name, &date::whole(time).to_string()));
        }
    }
    write_categories(&mut element, &entry.categories);
    for href in &entry.in_reply_to {
        let answer = element.append_child(Element::bare("in-reply-to", THREAD));
        set(answer, "ref", href);
        set(answer, "href", href);
    }
    for link in &entry.links {
        element.append_child(written_link(link));
    }
    element.append_child(generator());
    element
}

/// The entry with another text: `id`, `published`, authors, links and everything that we do not know stay.
pub fn revise(old: &Element, revision: &Revision) -> Element {
    let mut element = Element::bare("entry", NS);
    for ((namespace, name), value) in old.attrs() {
        element.set_attr(namespace.clone(), name.clone(), value.clone());
    }
    write_title_and_content(&mut element, &revision.title, revision.text.as_deref(), revision.markup.as_deref());
    if let Some(summary) = &revision.summary {
        element.append_child(text_element("summary", summary));
    }
    let is_replaced = |child: &Element| {
        child.has_ns(NS) && matches!(child.name(), "title" | "content" | "summary" | "updated" | "category")
    };
    for child in old.children().filter(|child| !is_replaced(child)) {
        element.append_child(without_prefixes(child.clone()));
    }
    let updated = date::whole(revision.updated).to_string();
    if !old.has_child("published", NS) {
        let first = old.get_child("updated", NS).map(Element::text).filter(|text| date::read(text).is_some());
        element.append_child(text_element("published", first.as_deref().unwrap_or(&updated)));
    }
    element.append_child(text_element("updated", &updated));
    write_categories(&mut element, &revision.categories);
    element
}

fn write_title_and_content(entry: &mut Element, title: &str, text: Option<&str>, markup: Option<&str>) {
    set(entry.append_child(text_element("title", title)), "type", "text");
    let Some(text) = text else { return };
    set(entry.append_child(text_element("content", text)), "type", "text");
    if let Some(div) = markup.and_then(xhtml::from_ours) {
        let content = entry.append_child(Element::bare("content", NS));
        set(content, "type", "xhtml");
        content.append_child(div);
    }
}

pub(super) fn write_categories(entry: &mut Element, categories: &[String]) {
    for tag in categories {
        set(entry.append_child(Element::bare("category", NS)), "term", tag);
    }
}

pub(super) fn written_link(link: &Link) -> Element {
    let mut element = Element::bare("link", NS);
    set(&mut element, "rel", &link.rel);
    if let Some(media_type) = &link.media_type {
        set(&mut element, "type", media_type);
    }
    if let Some(title) = &link.title {
        set(&mut element, "title", title);
    }
    set(&mut element, "href", &link.href);
    element
}

pub(super) fn generator() -> Element {
    let mut generator = text_element("generator", "Cirrus");
    set(&mut generator, "version", env!("CARGO_PKG_VERSION"));
    generator
}

pub(super) fn person(author: &Person) -> Element {
    let mut element = Element::bare("author", NS);
    for (name, value) in [("name", &author.name), ("uri", &author.uri)] {
        if let Some(value) = value {
            element.append_child(text_element(name, value));
        }
    }
    element
}

/// A foreign element with default namespaces only.
fn without_prefixes(mut element: Element) -> Element {
    let mut open = vec![&mut element];
    while let Some(element) = open.pop() {
        element.prefixes = Default::default();
        open.extend(element.children_mut());
    }
    element
}

pub(super) fn text_element(name: &str, text: &str) -> Element {
    let mut element = Element::bare(name, NS);
    element.append_text_node(clean(text));
    element
}

pub(super) fn set(element: &mut Element, name: &'static str, value: &str) {
    let name = NcName::try_from(name).expect("attribute names are literals of ours");
    element.set_attr(Namespace::NONE, name, clean(value));
}

/// The text without characters that XML cannot carry (XML 1.0 §2.2); a carriage return would not survive either.
fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
        .collect()
}
