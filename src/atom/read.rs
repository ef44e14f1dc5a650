//! Reading an entry that a stranger wrote (XEP-0277 §3, XEP-0472 §4; what people send in truth is wider).

use minidom::Element;

use super::plain;
use super::xhtml::{text_of, to_html};
use super::{
    Entry, EntryError, Link, MAX_NAME, MAX_PARTS, MAX_TAG, MAX_TEXT, MAX_TITLE, MAX_URI, NS, Person, THREAD, date,
};

/// How many authors an entry may name.
const MAX_AUTHORS: usize = 8;

/// Reads an entry, each part within its bound. The caller looks for marks of the guard before.
pub fn read(element: &Element) -> Result<Entry, EntryError> {
    if !element.is("entry", NS) {
        return Err(EntryError::NotAnEntry);
    }
    let published = one(element, "published")?.and_then(|text| date::read(&text));
    let updated = one(element, "updated")?.and_then(|text| date::read(&text));
    if published.is_none() && updated.is_none() {
        return Err(EntryError::Undated);
    }
    let content = Content::read(element, "content")?;
    let title = Content::read(element, "title")?.into_text();
    let summary = Content::read(element, "summary")?.into_text();
    let has_content = content.text.is_some() || content.markup.is_some();
    Ok(Entry {
        id: one(element, "id")?.and_then(|id| bounded(&id, MAX_URI)),
        title: title.map(|title| if has_content { shortened(&title, MAX_TITLE) } else { clipped(&title, MAX_TEXT) }),
        summary: summary.map(|text| clipped(&text, MAX_TEXT)),
        text: content.text.or_else(|| content.markup.as_deref().map(plain::of_html)).filter(|text| !text.is_empty()),
        markup: content.markup,
        authors: authors(element)?,
        published,
        updated,
        categories: categories(element),
        links: links(element),
        in_reply_to: in_reply_to(element),
    })
}

/// The text of the one child of this name.
fn one(parent: &Element, name: &'static str) -> Result<Option<String>, EntryError> {
    let mut found = parent.children().filter(|child| child.is(name, NS));
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(EntryError::Twice(name)),
        (first, None) => Ok(first.map(Element::text)),
    }
}

/// A text construct in the forms it came in.
#[derive(Default)]
struct Content {
    text: Option<String>,
    markup: Option<String>,
    /// What the markup says without its tags.
    plain: Option<String>,
}

impl Content {
    /// Several elements are alternatives if they differ in type or language; the first of each type is taken. Two
    /// alike contradict each other.
    fn read(entry: &Element, name: &'static str) -> Result<Content, EntryError> {
        let mut seen = Vec::new();
        let mut content = Content::default();
        for child in entry.children().filter(|child| child.is(name, NS)) {
            let kind = child.attr("type").unwrap_or("text").trim().to_ascii_lowercase();
            let language = child.attr_ns("http://www.w3.org/XML/1998/namespace", "lang");
            let key = (kind, language);
            if seen.contains(&key) {
                return Err(EntryError::Twice(name));
            }
            if seen.len() == MAX_PARTS {
                break;
            }
            content.take(&key.0, child);
            seen.push(key);
        }
        Ok(content)
    }

    fn take(&mut self, kind: &str, child: &Element) {
        match kind {
            "xhtml" | "application/xhtml+xml" => {
                let markup = to_html(child);
                if self.markup.is_none() && !markup.trim().is_empty() {
                    (self.markup, self.plain) = (Some(markup), Some(text_of(child)));
                }
            }
            "html" | "text/html" => {
                let markup = clipped(&child.text(), MAX_TEXT);
                if self.markup.is_none() && !markup.trim().is_empty() {
                    self.plain = Some(without_tags(&markup));
                    self.markup = Some(markup);
                }
            }
            kind if kind == "text" || kind.starts_with("text/") => {
                let text = child.text();
                if self.text.is_none() && !text.trim().is_empty() {
                    self.text = Some(clipped(text.trim(), MAX_TEXT));
                }
            }
            _ => {}
        }
    }

    /// The text alone, on one line where it came as markup.
    fn into_text(self) -> Option<String> {
        let plain = self.plain.map(|plain| plain.split_whitespace().collect::<Vec<_>>().join(" "));
        self.text.or(plain).filter(|text| !text.is_empty())
    }
}

/// HTML text without tags: good enough to compare with or to show as text, never to be read as HTML.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
        text = text.replace(entity, character);
    }
    text
}

fn authors(entry: &Element) -> Result<Vec<Person>, EntryError> {
    let person = |author: &Element| {
        Ok(Person {
            name: one(author, "name")?.map(|name| shortened(name.trim(), MAX_NAME)).filter(|name| !name.is_empty()),
            uri: one(author, "uri")?.and_then(|uri| bounded(&uri, MAX_URI)),
        })
    };
    entry.children().filter(|child| child.is("author", NS)).take(MAX_AUTHORS).map(person).collect()
}

fn categories(entry: &Element) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for child in entry.children().filter(|child| child.is("category", NS)) {
        let Some(term) = child.attr("term") else { continue };
        let tag = term.trim().trim_start_matches('#').to_lowercase();
        if !tag.is_empty() && tag.chars().count() <= MAX_TAG && !tags.contains(&tag) {
            tags.push(tag);
        }
        if tags.len() == MAX_PARTS {
            break;
        }
    }
    tags
}

fn links(entry: &Element) -> Vec<Link> {
    let short = |text: Option<&str>| text.map(|t| shortened(t.trim(), MAX_TITLE)).filter(|t| !t.is_empty());
    let link = |child: &Element| {
        let href = bounded(child.attr("href")?, MAX_URI)?;
        has_scheme(&href).then(|| Link {
            rel: shortened(child.attr("rel").unwrap_or("alternate").trim(), MAX_TAG),
            href,
            media_type: short(child.attr("type")),
            title: short(child.attr("title")),
        })
    };
    entry.children().filter(|child| child.is("link", NS)).filter_map(link).take(MAX_PARTS).collect()
}

/// Whether it is an absolute URI (RFC 3986 §3.1).
fn has_scheme(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn in_reply_to(entry: &Element) -> Vec<String> {
    let answers = entry.children().filter(|child| child.is("in-reply-to", THREAD));
    answers.filter_map(|child| bounded(child.attr("href").or(child.attr("ref"))?, MAX_URI)).take(MAX_PARTS).collect()
}

/// A value that is useless when cut: all of it, or nothing.
fn bounded(text: &str, bytes: usize) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= bytes).then(|| text.to_owned())
}

/// At most so many characters; what was cut ends with an ellipsis.
fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some(_) => text.chars().take(characters - 1).chain(['…']).collect(),
    }
}

/// At most so many bytes.
fn clipped(text: &str, bytes: usize) -> String {
    text[..text.floor_char_boundary(bytes)].to_owned()
}
