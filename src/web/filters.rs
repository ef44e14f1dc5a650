//! What templates say texts with: `{{ "name"|t }}`, and `{{ "name"|t|with("count", n) }}` where a text has gaps.
//!
//! A gap that is to be marked up in the page is filled by [`bdi`], [`link`] or [`time`]; what stands in it is escaped here.

#![allow(missing_docs, reason = "what the attribute makes of each function has no place for them")]

use std::fmt;

use askama::filters::{Escaper, Html, HtmlSafe};

use super::fragments::When;
use crate::language::{Text, Value};

/// A text with markup in some of its gaps.
pub struct Phrase {
    text: Text,
    /// The HTML, by the mark that stands in for it while the text becomes words.
    pieces: Vec<String>,
}

/// The mark of the first piece: a character of private use, which no text of ours has and which names are cleared of.
const FIRST_MARK: u32 = 0xF0000;

impl From<Text> for Phrase {
    fn from(text: Text) -> Self {
        Phrase { text, pieces: Vec::new() }
    }
}

impl Phrase {
    fn with(mut self, name: &'static str, html: String) -> Self {
        let mark = u32::try_from(self.pieces.len()).ok().and_then(|at| char::from_u32(FIRST_MARK + at));
        self.text = self.text.with(name, mark.map(String::from).unwrap_or_default());
        self.pieces.push(html);
        self
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.text.to_string().chars() {
            let at = u32::from(character).checked_sub(FIRST_MARK).and_then(|at| usize::try_from(at).ok());
            match at.and_then(|at| self.pieces.get(at)) {
                Some(html) => f.write_str(html)?,
                None => Html.write_escaped_char(&mut *f, character)?,
            }
        }
        Ok(())
    }
}

impl HtmlSafe for Phrase {}

fn escaped(words: impl fmt::Display) -> String {
    let mut html = String::new();
    // Writing into a string does not fail.
    let _ = Html.write_escaped_str(&mut html, &words.to_string());
    html
}

/// A text by its name.
#[askama::filter_fn]
pub fn t(id: &'static str, _: &dyn askama::Values) -> askama::Result<Text> {
    Ok(Text::new(id))
}

/// The text with a gap filled.
#[askama::filter_fn]
pub fn with<V: Into<Value>>(text: Text, _: &dyn askama::Values, name: &'static str, value: V) -> askama::Result<Text> {
    Ok(text.with(name, value))
}

/// The text with a gap filled by a name, which may be written in the other direction.
#[askama::filter_fn]
pub fn bdi<P: Into<Phrase>, W: fmt::Display>(
    text: P,
    _: &dyn askama::Values,
    name: &'static str,
    words: W,
) -> askama::Result<Phrase> {
    Ok(text.into().with(name, format!("<bdi>{}</bdi>", escaped(words))))
}

/// The text with a gap filled by a link.
#[askama::filter_fn]
pub fn link<P: Into<Phrase>, U: fmt::Display, W: fmt::Display>(
    text: P,
    _: &dyn askama::Values,
    name: &'static str,
    url: U,
    words: W,
) -> askama::Result<Phrase> {
    Ok(text.into().with(name, format!("<a href=\"{}\">{}</a>", escaped(url), escaped(words))))
}

/// The text with a gap filled by a moment.
#[askama::filter_fn]
pub fn time<P: Into<Phrase>>(
    text: P,
    _: &dyn askama::Values,
    name: &'static str,
    when: &When,
) -> askama::Result<Phrase> {
    let html = format!("<time datetime=\"{}\">{}</time>", escaped(&when.machine), escaped(&when.words));
    Ok(text.into().with(name, html))
}

/// The text with a gap filled by something that is typed as it stands.
#[askama::filter_fn]
pub fn code<P: Into<Phrase>, W: fmt::Display>(
    text: P,
    _: &dyn askama::Values,
    name: &'static str,
    words: W,
) -> askama::Result<Phrase> {
    Ok(text.into().with(name, format!("<code>{}</code>", escaped(words))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_marked_up_and_the_rest_is_escaped() {
        let phrase = Phrase::from(Text::new("no-such-text")).with("name", "<b>x</b>".to_owned());
        assert_eq!(phrase.to_string(), "no-such-text");
        let phrase =
            Phrase::from(Text::new("card-place")).with("place", format!("<bdi>{}</bdi>", escaped("a<b\u{F0000}")));
        assert_eq!(phrase.to_string(), "at <bdi>a&#60;b\u{F0000}</bdi>");
    }
}
