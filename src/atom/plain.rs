//! HTML to text that keeps paragraphs, list items and links, as Markdown writes them: for programs and people who change
//! a text that came as markup only. What it gives is text, never to be read as HTML.

use super::MAX_TEXT;
use super::xhtml::OPAQUE;

/// Elements that stand on lines of their own, with room around them.
const BLOCKS: [&str; 22] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "div",
    "dl",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];

/// Elements that stand on a line of their own.
const LINES: [&str; 5] = ["br", "dd", "dt", "li", "tr"];

/// The text of HTML, at most 64 KiB.
pub fn of_html(html: &str) -> String {
    let mut text = Text::default();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.words(before);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        rest = after;
        let (is_end, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let length = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let name = tag[..length].to_ascii_lowercase();
        match name.as_str() {
            name if OPAQUE.contains(&name) && !is_end => rest = behind(rest, name),
            "a" if is_end => text.end_link(),
            "a" => text.start_link(attribute(tag, "href")),
            "li" if !is_end => {
                text.break_lines(1);
                text.out.push_str("- ");
            }
            name if BLOCKS.contains(&name) => text.break_lines(2),
            // The end of an item is told by what comes next.
            name if LINES.contains(&name) && !is_end => text.break_lines(1),
            _ => {}
        }
        if text.out.len() > MAX_TEXT {
            break;
        }
    }
    text.words(rest);
    text.end_link();
    let out = text.out.trim();
    out[..out.floor_char_boundary(MAX_TEXT)].to_owned()
}

/// What comes after the end tag of an element whose inside is not text.
fn behind<'a>(html: &'a str, name: &str) -> &'a str {
    let end = html.match_indices("</").find(|(at, _)| {
        let tag = html.as_bytes().get(at + 2..at + 2 + name.len());
        tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes()))
    });
    end.map_or("", |(at, _)| &html[at..])
}

/// The value of an attribute of a start tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}="))?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = match quote {
        Some(quote) => rest[1..].split(quote).next(),
        None => rest.split(char::is_whitespace).next(),
    };
    value.map(|value| characters(value.trim()))
}

#[derive(Default)]
struct Text {
    out: String,
    /// Where the words of the open link begin, and where it leads.
    link: Option<(usize, String)>,
}

impl Text {
    /// Adds words; white space is one space, and none at the start of a line.
    fn words(&mut self, html: &str) {
        for c in characters(html).chars() {
            let is_space = c.is_whitespace() && c != '\u{a0}';
            if !is_space {
                self.out.push(c);
            } else if !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
                self.out.push(' ');
            }
        }
    }

    /// Ends the line, so that at least so many line feeds stand at the end.
    fn break_lines(&mut self, count: usize) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        if self.out.is_empty() {
            return;
        }
        while self.out.len() - self.out.trim_end_matches('\n').len() < count {
            self.out.push('\n');
        }
    }

    fn start_link(&mut self, href: Option<String>) {
        self.end_link();
        // What Markdown would not take for an address is not written as one.
        let href = href.filter(|href| !href.is_empty() && !href.contains([' ', '\n', '(', ')', '<', '>']));
        self.link = href.map(|href| (self.out.len(), href));
    }

    fn end_link(&mut self) {
        let Some((start, href)) = self.link.take() else { return };
        let words = self.out.get(start..).unwrap_or_default().trim().to_owned();
        if words.is_empty() || words == href || words.contains(['\n', '[', ']']) {
            return;
        }
        let gap = if self.out[start..].starts_with(' ') { " " } else { "" };
        self.out.truncate(start);
        self.out.push_str(&format!("{gap}[{words}]({href})"));
    }
}

/// Character references (HTML §13.5) as characters: the few names that matter, and numbers. Others stay as they are.
fn characters(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let reference = after[..after.floor_char_boundary(10)].split_once(';').map(|(name, _)| name);
        match reference.and_then(|name| Some((name, character(name)?))) {
            Some((name, c)) => {
                text.push(c);
                rest = &after[name.len() + 1..];
            }
            None => {
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

fn character(name: &str) -> Option<char> {
    let number = match name.strip_prefix('#') {
        None => {
            return Some(match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                "nbsp" => '\u{a0}',
                _ => return None,
            });
        }
        Some(number) => number,
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?).filter(|c| !c.is_control() || *c == '\n' || *c == '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_items_and_links_stay() {
        let html = "<p>One\n  <b>bold</b> line.<br>Another.</p><p>See <a class='x' href=\"https://example.org/?a=1&amp;b=2\">the \
                    page</a>, or <a href='https://example.net/'>https://example.net/</a>.</p><ul><li>first</li>\
                    <li>second</li></ul>";
        let text = "One bold line.\nAnother.\n\nSee [the page](https://example.org/?a=1&b=2), or https://example.net/.\n\n\
                    - first\n- second";
        assert_eq!(of_html(html), text);
    }

    #[test]
    fn what_is_no_text_is_left_out() {
        assert_eq!(of_html("a<script>if (1 < 2) {}</script>b<img alt='c'>"), "ab");
        assert_eq!(of_html("1 &lt; 2 &#38;amp; &#x263a; &bogus; &"), "1 < 2 &amp; ☺ &bogus; &");
        assert_eq!(of_html("<a href='a b'>words</a> <a>none</a> <a href='https://x/'></a>"), "words none");
        assert_eq!(of_html("<p></p><div>  </div>"), "");
        assert_eq!(of_html("never <closed"), "never");
    }

    #[test]
    fn it_never_grows_beyond_its_bound() {
        assert!(of_html(&"<p>äöü</p>".repeat(30_000)).len() <= MAX_TEXT);
        assert!(of_html(&"<a href='https://x/'>".repeat(30_000)).len() <= MAX_TEXT);
        assert!(of_html(&"<li>".repeat(60_000)).len() <= MAX_TEXT);
    }
}
