//! Words of plain text: addresses become links, `@name@host` a link to a channel, `#word` a tag.

use linkify::{LinkFinder, LinkKind};

use super::model::{Attribute, Writer};
use crate::channel::Address;

/// The longest tag, in characters.
pub(super) const MAX_TAG: usize = 100;

/// Writes one run of text.
pub(super) fn write(writer: &mut Writer, text: &str) {
    write_and_collect(writer, text, &mut Vec::new());
}

/// Writes one run of text and collects its tags, lower case, each once, at most 50.
pub(super) fn write_and_collect(writer: &mut Writer, text: &str, tags: &mut Vec<String>) {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    for span in finder.spans(text) {
        match span.kind() {
            Some(_) if is_web(span.as_str()) => link(writer, span.as_str(), span.as_str()),
            _ => words(writer, span.as_str(), tags),
        }
    }
}

fn is_web(url: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn link(writer: &mut Writer, href: &str, words: &str) {
    writer.open("a", Attribute::Href(href));
    writer.text(words);
    writer.close("a");
}

/// Finds names and tags between the characters that end a word.
fn words(writer: &mut Writer, text: &str, tags: &mut Vec<String>) {
    for piece in pieces(text) {
        let (word, end) = split_end(piece);
        if let Some(address) = name(word) {
            link(writer, &format!("xmpp:{address}"), word);
            writer.text(end);
        } else if let Some((tag, rest)) = tag(word) {
            writer.tag(tag);
            let tag = tag.to_lowercase();
            if tags.len() < 50 && !tags.contains(&tag) {
                tags.push(tag);
            }
            writer.text(rest);
            writer.text(end);
        } else {
            writer.text(piece);
        }
    }
}

/// Writes a run of foreign text, in which only tags are looked for: what else means something is marked in it.
pub(super) fn write_tags(writer: &mut Writer, text: &str) {
    if !text.contains('#') || !writer.takes_tags() {
        return writer.text(text);
    }
    for piece in pieces(text) {
        let (word, end) = split_end(piece);
        match tag(word) {
            Some((tag, rest)) => {
                writer.tag(tag);
                writer.text(rest);
                writer.text(end);
            }
            None => writer.text(piece),
        }
    }
}

/// The words of a text, each with what ends it.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(|c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"' | ',' | ';' | '!')
    })
}

/// A word without the marks that end a sentence.
fn split_end(piece: &str) -> (&str, &str) {
    let word = piece.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '(' | ')'
                    | '['
                    | ']'
                    | '{'
                    | '}'
                    | '<'
                    | '>'
                    | '"'
                    | ','
                    | ';'
                    | '!'
                    | '.'
                    | ':'
                    | '?'
                    | '…'
                    | '\''
                    | '*'
            )
    });
    piece.split_at(word.len())
}

/// `@alice@example.org`, `alice@example.org` or `xmpp:alice@example.org`.
fn name(word: &str) -> Option<Address> {
    let is_marked = word.starts_with('@') || word.starts_with("xmpp:");
    let bare = word.strip_prefix("xmpp:").or_else(|| word.strip_prefix('@')).unwrap_or(word);
    let (local, host) = bare.split_once('@')?;
    let is_host =
        host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-')) && (is_marked || host.contains('.'));
    let is_local = !local.is_empty() && local.chars().all(|c| c.is_alphanumeric() || "._-+~=".contains(c));
    if !is_host || !is_local || host.is_empty() || host.contains("..") || word.len() > 500 {
        return None;
    }
    bare.parse::<Address>().ok().filter(|address| address.node().is_some())
}

/// `#word`, and what follows the word; at least one letter, so that `#1` is a number.
fn tag(word: &str) -> Option<(&str, &str)> {
    let rest = word.strip_prefix('#')?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
    let (tag, rest) = rest.split_at(end);
    let is_tag = tag.chars().any(char::is_alphabetic) && tag.chars().count() <= MAX_TAG;
    is_tag.then_some((tag, rest))
}
