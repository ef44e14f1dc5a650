//! Markdown (CommonMark with tables and strikethrough) as well-formed XHTML for publishing (XEP-0277 §3, XEP-0472).

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::characters::is_carried;
use super::model::{Attribute, Writer};
use super::{MAX_BYTES, cut, inline};

/// What a person wrote, ready for a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// The inside of a `<div xmlns='http://www.w3.org/1999/xhtml'>`; well-formed XML, no prefixes, no entities but XML's.
    pub xhtml: String,
    /// Tags in the order they were found, lower case, without `#`; at most 50.
    pub tags: Vec<String>,
    /// The first heading or else the first line, as plain words; at most 100 characters.
    pub title: String,
}

/// Renders Markdown. Raw HTML stays visible as text, pictures become links, a line break stays a line break.
pub fn markdown(source: &str) -> Rendered {
    let source: String = cut(source, MAX_BYTES).chars().filter(|c| is_carried(*c)).collect();
    let mut page = Page {
        writer: Writer::published(MAX_BYTES),
        tags: Vec::new(),
        words: String::new(),
        is_title_done: false,
        plain: 0,
        is_head: false,
    };
    let mut pending = String::new();
    for event in Parser::new_ext(&source, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        // The parser splits text at every character that might have meant something: names and links span the pieces.
        match event {
            Event::Text(text) => pending.push_str(&text),
            event => {
                page.text(&std::mem::take(&mut pending));
                page.event(event);
            }
        }
    }
    page.text(&pending);
    let title = page.words.split_whitespace().collect::<Vec<_>>().join(" ");
    Rendered { xhtml: page.writer.finish().html, tags: page.tags, title: shorten(&title, 100) }
}

struct Page {
    writer: Writer,
    tags: Vec<String>,
    words: String,
    is_title_done: bool,
    /// Inside how many elements whose text is taken as it is: code and links.
    plain: usize,
    /// Inside the first row of a table.
    is_head: bool,
}

impl Page {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => {
                self.writer.open("code", Attribute::None);
                self.verbatim(&code);
                self.writer.close("code");
            }
            Event::Html(html) | Event::InlineHtml(html) => self.verbatim(&html),
            Event::SoftBreak | Event::HardBreak => {
                self.writer.open("br", Attribute::None);
                self.is_title_done |= !self.words.trim().is_empty();
            }
            Event::Rule => self.writer.open("hr", Attribute::None),
            Event::TaskListMarker(is_done) => self.verbatim(if is_done { "[x] " } else { "[ ] " }),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => self.verbatim(&text),
        }
    }

    fn text(&mut self, text: &str) {
        if self.plain > 0 {
            return self.verbatim(text);
        }
        inline::write_and_collect(&mut self.writer, text, &mut self.tags);
        self.note(text);
    }

    fn verbatim(&mut self, text: &str) {
        self.writer.text(text);
        self.note(text);
    }

    fn note(&mut self, text: &str) {
        if !self.is_title_done && self.words.len() < 1000 {
            self.words.push_str(text);
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::List(Some(first)) => self.writer.open("ol", Attribute::Start(*first)),
            Tag::Link { dest_url, .. } => {
                self.plain += 1;
                self.writer.open("a", Attribute::Href(dest_url));
            }
            Tag::Image { dest_url, .. } => {
                self.plain += 1;
                self.writer.open("a", Attribute::Href(dest_url));
            }
            Tag::CodeBlock(kind) => {
                self.plain += 1;
                self.writer.open("pre", Attribute::None);
                self.writer.open("code", Attribute::None);
                debug_assert!(matches!(kind, CodeBlockKind::Indented | CodeBlockKind::Fenced(_)));
            }
            tag => {
                self.is_head |= matches!(tag, Tag::TableHead);
                self.writer.open(self.name(&tag.to_end()), Attribute::None);
            }
        }
    }

    fn name(&self, tag: &TagEnd) -> &'static str {
        if *tag == TagEnd::TableCell && self.is_head { "th" } else { name(tag) }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link | TagEnd::Image => {
                self.plain -= 1;
                self.writer.close("a");
            }
            TagEnd::CodeBlock => {
                self.plain -= 1;
                self.writer.close("code");
                self.writer.close("pre");
            }
            tag => {
                self.writer.close(self.name(&tag));
                self.is_head &= tag != TagEnd::TableHead;
            }
        }
        let ends_block = matches!(
            tag,
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Item | TagEnd::HtmlBlock
        );
        self.is_title_done |= ends_block && !self.words.trim().is_empty();
    }
}

/// The element for a tag that needs no attribute. A table's head is a row; raw HTML is a paragraph of text.
fn name(tag: &TagEnd) -> &'static str {
    match tag {
        TagEnd::Paragraph | TagEnd::HtmlBlock => "p",
        TagEnd::Heading(level) => match level {
            HeadingLevel::H1 => "h1",
            HeadingLevel::H2 => "h2",
            HeadingLevel::H3 => "h3",
            HeadingLevel::H4 => "h4",
            HeadingLevel::H5 => "h5",
            HeadingLevel::H6 => "h6",
        },
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Table => "table",
        TagEnd::TableHead | TagEnd::TableRow => "tr",
        TagEnd::TableCell => "td",
        TagEnd::Emphasis => "em",
        TagEnd::Strong => "strong",
        TagEnd::Strikethrough => "del",
        _ => "span",
    }
}

/// At most `max` characters, cut at a word and marked as cut.
fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let short: String = text.chars().take(max - 1).collect();
    let end = short.rfind(' ').filter(|end| *end > max / 2).unwrap_or(short.len());
    format!("{}…", &short[..end])
}
