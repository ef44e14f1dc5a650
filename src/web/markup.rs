//! The only place where strangers' text becomes HTML: foreign markup, plain text, Markdown.

mod inline;
mod links;
mod markdown;
mod model;
mod sanitise;

use std::fmt;
use std::sync::Arc;

use crate::channel::Content;
pub use links::{Target, read as read_link};
pub use markdown::{Rendered, markdown};
pub use sanitise::sanitise;

/// The largest text that is turned into HTML, in bytes, and about the largest HTML that comes out (security.md X6).
pub const MAX_BYTES: usize = 64 * 1024;
/// How deep elements may stand in each other.
pub const MAX_DEPTH: usize = 32;
/// How many links one text may have; the text of the others stays.
pub const MAX_LINKS: usize = 50;

/// HTML that may stand in a page as it is. Only this room makes it from text, and askama from templates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SafeHtml(Arc<str>);

impl SafeHtml {
    /// What a template wrote: askama has escaped everything in it that was not [`SafeHtml`] already.
    pub fn rendered(template: &impl askama::Template) -> askama::Result<Self> {
        template.render().map(SafeHtml::from_ours)
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_ours(html: String) -> Self {
        SafeHtml(html.into())
    }

    /// Whether nothing would be shown.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for SafeHtml {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(dest.write_str(&self.0)?)
    }
}

impl askama::filters::HtmlSafe for SafeHtml {}

/// Plain text as paragraphs, with links, mentions and tags marked.
pub fn text(plain: &str) -> SafeHtml {
    let mut writer = model::Writer::new(Heading(2));
    for paragraph in cut(plain, MAX_BYTES).replace("\r\n", "\n").split("\n\n") {
        let paragraph = paragraph.trim_matches('\n');
        if paragraph.trim().is_empty() {
            continue;
        }
        writer.open("p", model::Attribute::None);
        for (index, line) in paragraph.lines().enumerate() {
            if index > 0 {
                writer.open("br", model::Attribute::None);
            }
            inline::write(&mut writer, line);
        }
        writer.close("p");
    }
    SafeHtml::from_ours(writer.finish())
}

/// What a post says, in the best form it came in, and the headline if that says more than the text's beginning.
pub fn content(content: &Content, above: Heading) -> (Option<String>, SafeHtml) {
    let title = content.title.as_deref().and_then(|title| line(title, 500));
    let inner = if title.is_some() { Heading(above.0 + 1) } else { above };
    let body = match (&content.markup, &content.text) {
        (Some(markup), _) if !markup.trim().is_empty() => sanitise(markup, inner),
        (_, Some(plain)) if !plain.trim().is_empty() => text(plain),
        _ => SafeHtml::default(),
    };
    if body.is_empty() {
        return (None, content.title.as_deref().map(text).unwrap_or_default());
    }
    let headline = title.filter(|title| !begins_with(&plain(body.as_str()), title));
    match (headline, &content.markup) {
        // Without a headline the text's own headings move up by one, so that no level is left out.
        (None, Some(markup)) if inner != above && !markup.trim().is_empty() => (None, sanitise(markup, above)),
        (headline, _) => (headline, body),
    }
}

/// A name that a stranger chose, on one line, without characters that would not show or would turn its direction;
/// at most 200 characters. `None` if nothing is left to read.
pub fn name(chosen: &str) -> Option<String> {
    line(&chosen.chars().filter(|c| model::is_shown(*c, true)).take(1000).collect::<String>(), 200)
}

/// The beginning of a stranger's text on one line, at most `max` characters and a mark if it goes on.
/// `None` if nothing is left to read.
pub fn line(text: &str, max: usize) -> Option<String> {
    let words: Vec<&str> = cut(text, MAX_BYTES).split_whitespace().collect();
    let words = words.join(" ");
    let mut shown = words.chars().filter(|c| model::is_shown(*c, false));
    let mut line: String = shown.by_ref().take(max).collect();
    if !line.chars().any(model::is_visible) {
        return None;
    }
    if shown.next().is_some() {
        line.push('…');
    }
    Some(line)
}

/// The level of the heading that stands above a text; the text's own headings start one below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading(pub u8);

/// The words of HTML that this room made.
fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len().min(2048));
    let mut in_tag = false;
    for c in html.chars().take(4096) {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Whether a text begins with a title, spaces, case and a shortening mark aside.
fn begins_with(text: &str, title: &str) -> bool {
    let letters = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(500).collect()
    };
    let title = letters(title);
    !title.is_empty() && letters(text).starts_with(&title)
}

/// The longest beginning of at most `max` bytes that does not split a character.
fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// Whether XML 1.0 can carry this character (§2.2), control characters but tab and newline aside.
fn is_carried(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_form_to_show() {
        let show = |title: Option<&str>, text: Option<&str>, markup: Option<&str>| {
            let parts = Content {
                title: title.map(str::to_owned),
                text: text.map(str::to_owned),
                markup: markup.map(str::to_owned),
            };
            let (headline, body) = content(&parts, Heading(2));
            (headline, body.as_str().to_owned())
        };
        assert_eq!(show(Some("Hi all"), None, None), (None, "<p>Hi all</p>".to_owned()));
        assert_eq!(show(Some("Hi all"), Some("Hi all, how are you?"), None).0, None);
        assert_eq!(show(Some("On clouds"), Some("They drift."), None).0.as_deref(), Some("On clouds"));
        assert_eq!(show(None, Some("*a*"), Some("<p><em>a</em></p>")).1, "<p><em>a</em></p>");
        assert_eq!(show(Some("T"), None, Some("<h1>x</h1>")).1, "<h4>x</h4>");
        assert_eq!(show(None, None, Some("<h1>x</h1>")).1, "<h3>x</h3>");
        assert_eq!(show(None, Some("text"), Some("<script>x</script>")).1, "");
    }

    #[test]
    fn writes_plain_text() {
        assert_eq!(
            text("one\ntwo <b>\n\n\nthree & four").as_str(),
            "<p>one<br>two &lt;b&gt;</p><p>three &amp; four</p>"
        );
    }
}
