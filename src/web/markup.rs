//! The only place where strangers' text becomes HTML: foreign markup, plain text, Markdown.

mod characters;
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
use model::{Attribute, Writer, Written};
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
    SafeHtml::from_ours(paragraphs(plain, Writer::new(Heading(2), MAX_BYTES)).html)
}

fn paragraphs(plain: &str, mut writer: Writer) -> Written {
    for paragraph in cut(plain, MAX_BYTES).replace("\r\n", "\n").split("\n\n") {
        let paragraph = paragraph.trim_matches('\n');
        if paragraph.trim().is_empty() {
            continue;
        }
        writer.open("p", Attribute::None);
        for (index, line) in paragraph.lines().enumerate() {
            if index > 0 {
                writer.open("br", Attribute::None);
            }
            inline::write(&mut writer, line);
        }
        writer.close("p");
    }
    writer.finish()
}

/// A post's words, ready for a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// The headline, if it says more than the text's beginning.
    pub headline: Option<String>,
    /// The text.
    pub body: SafeHtml,
    /// Whether the text goes on.
    pub is_cut: bool,
}

/// What a post says, in the best form it came in, below a heading and cut after about `limit` bytes of HTML.
pub fn content(content: &Content, above: Heading, limit: usize) -> Shown {
    let headline = content.title.as_deref().and_then(|title| line(title, 500));
    let body = |above| {
        let markup = content.markup.as_deref().map(|markup| sanitise::write(markup, above, limit));
        let markup = markup.filter(|written| !written.html.is_empty());
        markup.or_else(|| content.text.as_deref().map(|plain| paragraphs(plain, Writer::new(Heading(2), limit))))
    };
    // A headline stands one level above the text's own headings.
    let inner = if headline.is_some() { Heading(above.0 + 1) } else { above };
    let Some(mut written) = body(inner).filter(|written| !written.html.is_empty()) else {
        let body = content.title.as_deref().map(text).unwrap_or_default();
        return Shown { headline: None, body, is_cut: false };
    };
    let headline = headline.filter(|headline| !begins_with(&plain(&written.html), headline));
    if headline.is_none() && inner != above && written.has_headings {
        written = body(above).unwrap_or(written);
    }
    Shown { headline, body: SafeHtml::from_ours(written.html), is_cut: written.is_cut }
}

/// What a post says for other programs, as well-formed XHTML: links as they were written, no pictures and no addresses of
/// ours, cut after about `limit` bytes.
pub fn published(content: &Content, limit: usize) -> SafeHtml {
    let markup = content.markup.as_deref().map(|markup| sanitise::write_into(Writer::published(limit), markup).html);
    let words = || content.text.as_deref().or(content.title.as_deref()).unwrap_or_default();
    let html = markup.filter(|html| !html.is_empty());
    SafeHtml::from_ours(html.unwrap_or_else(|| paragraphs(words(), Writer::published(limit)).html))
}

/// The beginning of what a post says as plain words on one line, at most `max` characters and a mark if it goes on.
pub fn words(content: &Content, max: usize) -> Option<String> {
    // Tags and escapes take room, too; a text that is mostly those is told in fewer words.
    let html = published(content, (8 * max).min(MAX_BYTES));
    let mut words = String::with_capacity(html.as_str().len());
    let mut rest = html.as_str();
    while let Some((before, tag)) = rest.split_once('<') {
        words.push_str(before);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        // Only these stand within a word.
        let name = tag.trim_matches('/').split(' ').next().unwrap_or_default();
        if !matches!(name, "a" | "b" | "code" | "del" | "em" | "i" | "ins" | "mark" | "s" | "span" | "strong" | "u") {
            words.push(' ');
        }
        rest = after;
    }
    words.push_str(rest);
    line(&unescaped(&words), max)
}

/// JSON that may stand in a script element of a page: nothing in it can end the element or the line.
pub fn json(value: &serde_json::Value) -> SafeHtml {
    let mut json = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    SafeHtml::from_ours(json)
}

/// A name that a stranger chose, on one line, without characters that would not show or would turn its direction;
/// at most 200 characters. `None` if nothing is left to read.
pub fn name(chosen: &str) -> Option<String> {
    line(&chosen.chars().filter(|c| characters::is_shown(*c, true)).take(1000).collect::<String>(), 200)
}

/// The beginning of a stranger's text on one line, at most `max` characters and a mark if it goes on.
/// `None` if nothing is left to read.
pub fn line(text: &str, max: usize) -> Option<String> {
    let words: Vec<&str> = cut(text, MAX_BYTES).split_whitespace().collect();
    let words = words.join(" ");
    let mut shown = words.chars().filter(|c| characters::is_shown(*c, false));
    let mut line: String = shown.by_ref().take(max).collect();
    if !line.chars().any(characters::is_visible) {
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
    unescaped(&out)
}

/// Text of HTML that this room made, without the escapes that it uses.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_form_to_show() {
        let show = |title: Option<&str>, text: Option<&str>, markup: Option<&str>| {
            let [title, text, markup] = [title, text, markup].map(|part| part.map(str::to_owned));
            let shown = content(&Content { title, text, markup }, Heading(2), MAX_BYTES);
            assert!(!shown.is_cut);
            (shown.headline, shown.body.as_str().to_owned())
        };
        assert_eq!(show(Some("Hi all"), None, None), (None, "<p>Hi all</p>".to_owned()));
        assert_eq!(show(Some("Hi all"), Some("Hi all, how are you?"), None).0, None);
        assert_eq!(show(Some("On clouds"), Some("They drift."), None).0.as_deref(), Some("On clouds"));
        assert_eq!(show(None, Some("*a*"), Some("<p><em>a</em></p>")).1, "<p><em>a</em></p>");
        assert_eq!(show(Some("T"), None, Some("<h1>x</h1>")).1, "<h4>x</h4>");
        assert_eq!(show(None, None, Some("<h1>x</h1>")).1, "<h3>x</h3>");
        assert_eq!(show(None, Some("text"), Some("<script>x</script>")).1, "<p>text</p>");
        assert_eq!(show(Some("T"), Some("\n \n"), None), (None, "<p>T</p>".to_owned()));
    }

    #[test]
    fn what_leaves_for_other_programs_is_whole_by_itself() {
        let html = |text: Option<&str>, markup: Option<&str>| {
            let [text, markup] = [text, markup].map(|part| part.map(str::to_owned));
            published(&Content { title: Some("T".to_owned()), text, markup }, MAX_BYTES).to_string()
        };
        let markup = "<p onclick=x>a<br><img src='https://example.org/a.png'><a href='xmpp:b@example.org'>b</a>\
            <a href='javascript:c'>c</a><script>d</script>";
        let expected = "<p>a<br/><a href=\"https://example.org/a.png\">Picture</a>\
            <a href=\"xmpp:b@example.org\">b</a>c</p>";
        assert_eq!(html(None, Some(markup)), expected);
        assert_eq!(html(Some("a < b"), Some("<script>d</script>")), "<p>a &lt; b</p>");
        assert_eq!(html(None, None), "<p>T</p>");
    }

    #[test]
    fn words_are_without_their_markup() {
        let words = |markup: &str, max| {
            let text = Some("*never shown*".to_owned());
            words(&Content { title: None, text, markup: Some(markup.to_owned()) }, max)
        };
        let markup = "<p>On <em>cloud</em>s,</p><p>a&lt;b &amp;amp;<br>c</p><ul><li>d</li><li>e</li></ul>";
        assert_eq!(words(markup, 100).as_deref(), Some("On clouds, a<b &amp; c d e"));
        assert_eq!(words(markup, 9).as_deref(), Some("On clouds…"));
        assert_eq!(words("<script>x</script>", 100).as_deref(), Some("*never shown*"));
    }

    #[test]
    fn json_cannot_leave_its_element() {
        let value = serde_json::json!({ "text": "</script><!--&\u{2028}\"" });
        let json = json(&value).to_string();
        assert_eq!(json, r#"{"text":"\u003c/script\u003e\u003c!--\u0026\u2028\""}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).ok(), Some(value));
    }

    #[test]
    fn a_long_text_is_cut_where_asked() {
        let long = Content { text: Some("word ".repeat(2000)), ..Content::default() };
        let shown = content(&long, Heading(2), 1000);
        assert!(shown.is_cut && shown.body.as_str().len() < 1100 && shown.body.as_str().ends_with(" …</p>"));
        assert!(!content(&long, Heading(2), MAX_BYTES).is_cut);
    }

    #[test]
    fn writes_plain_text() {
        assert_eq!(
            text("one\ntwo <b>\n\n\nthree & four").as_str(),
            "<p>one<br>two &lt;b&gt;</p><p>three &amp; four</p>"
        );
    }
}
