//! Writes HTML by a closed list of elements and their content model: what comes out is balanced and valid.

use super::characters::{escape, is_shown, is_visible};
use super::links;
use super::{Heading, MAX_DEPTH, MAX_LINKS};
use crate::media::Size;
use crate::web::{pictures, urls};

/// What may stand inside an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Model {
    /// Blocks and words.
    Flow,
    /// Words only.
    Phrasing,
    /// List items only.
    List,
    /// Rows only.
    Table,
    /// Cells only.
    Row,
}

/// For whom the markup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flavour {
    /// A page of ours, below a heading of this level.
    Page(Heading),
    /// Other programs: XHTML inside a `<div>`, links as they were written.
    Published,
}

/// An element that is open.
#[derive(Debug)]
struct Open {
    /// What the source called it; empty if the content model asked for it.
    source: String,
    /// What was written; empty if nothing was, because it may not stand here.
    written: &'static str,
    model: Model,
    /// Where its start tag begins in the output, and where its content does.
    start: usize,
    content: usize,
    /// Whether a reader sees a word in it.
    has_words: bool,
    /// A link's destination as it is shown, and its words so far.
    link: Option<(String, String)>,
}

/// The one attribute that an element may bring along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute<'a> {
    /// None.
    None,
    /// Where a link leads, as its author wrote it.
    Href(&'a str),
    /// The first number of a list.
    Start(u64),
}

/// What was written.
pub(super) struct Written {
    pub(super) html: String,
    /// Whether the bound was reached and something is missing.
    pub(super) is_cut: bool,
    pub(super) has_headings: bool,
}

/// Writes markup; never more than a little over its bound, [`MAX_DEPTH`] deep, with [`MAX_LINKS`] links.
pub(super) struct Writer {
    flavour: Flavour,
    limit: usize,
    out: String,
    stack: Vec<Open>,
    depth: usize,
    links: usize,
    last_heading: u8,
    has_headings: bool,
    is_full: bool,
}

impl Writer {
    /// For a page of ours, below a heading; about `limit` bytes.
    pub(super) fn new(above: Heading, limit: usize) -> Self {
        Writer::with(Flavour::Page(above), above.0, limit)
    }

    /// For other programs; about `limit` bytes.
    pub(super) fn published(limit: usize) -> Self {
        Writer::with(Flavour::Published, 0, limit)
    }

    fn with(flavour: Flavour, last_heading: u8, limit: usize) -> Self {
        let root = Open {
            source: String::new(),
            written: "",
            model: Model::Flow,
            start: 0,
            content: 0,
            has_words: false,
            link: None,
        };
        Writer {
            flavour,
            limit,
            out: String::new(),
            stack: vec![root],
            depth: 0,
            links: 0,
            last_heading,
            has_headings: false,
            is_full: false,
        }
    }

    /// Opens an element, or closes nothing and writes only its content where it may not stand.
    pub(super) fn open(&mut self, source: &str, attribute: Attribute<'_>) {
        match source {
            "br" | "hr" => self.void(source),
            "li" => self.item(),
            "tr" => self.row(),
            "td" | "th" => self.cell(source),
            "a" => self.link(attribute),
            _ => self.element(source, attribute),
        }
    }

    /// Writes a picture that leads to its large form, if pictures are shown and one may stand here.
    pub(super) fn picture(&mut self, source: &str, words: &str) -> bool {
        let is_inside = self.stack.iter().any(|open| open.link.is_some());
        let stands = matches!(self.model(), Model::Flow | Model::Phrasing) && self.depth < MAX_DEPTH && !self.is_full;
        let shown = links::read(source).map(|target| target.original);
        let addresses = shown.as_deref().filter(|_| stands && self.flavour != Flavour::Published).and_then(|source| {
            Some((pictures::address(source, Size::Small)?, pictures::address(source, Size::Large)?))
        });
        let Some((small, large)) = addresses else { return false };
        if !is_inside {
            self.out.push_str("<a class=\"picture\" href=\"");
            large.chars().for_each(|c| escape(c, &mut self.out));
            self.out.push_str("\">");
        }
        self.out.push_str("<img loading=\"lazy\" alt=\"");
        let words = if words.is_empty() { "Picture" } else { words };
        words.chars().filter(|c| is_shown(*c, true)).take(500).for_each(|c| escape(c, &mut self.out));
        self.out.push_str("\" src=\"");
        small.chars().for_each(|c| escape(c, &mut self.out));
        self.out.push_str("\">");
        if !is_inside {
            self.out.push_str("</a>");
        }
        true
    }

    /// Writes `#tag`: in a page of ours it leads to the posts that have the tag, where a link may stand.
    pub(super) fn tag(&mut self, tag: &str) {
        let may_link = self.takes_tags()
            && matches!(self.model(), Model::Flow | Model::Phrasing)
            && self.depth < MAX_DEPTH
            && self.links < MAX_LINKS
            && !self.is_full;
        if may_link {
            let mut attributes = String::from(" class=\"tag\" href=\"");
            urls::tag(&tag.to_lowercase()).chars().for_each(|c| escape(c, &mut attributes));
            attributes.push('"');
            self.links += 1;
            self.push("a", "a", Model::Phrasing, &attributes);
        } else {
            self.open("tag", Attribute::None);
        }
        self.text("#");
        self.text(tag);
        self.close(if may_link { "a" } else { "tag" });
    }

    /// Whether a tag may be marked here: not for other programs, and neither in a link nor in code.
    pub(super) fn takes_tags(&self) -> bool {
        let is_verbatim = |open: &Open| open.link.is_some() || matches!(open.written, "code" | "pre");
        self.flavour != Flavour::Published && !self.stack.iter().any(is_verbatim)
    }

    /// Closes the nearest open element of this name, and what is still open in it.
    pub(super) fn close(&mut self, source: &str) {
        if let Some(index) = self.stack.iter().rposition(|open| open.source == source).filter(|index| *index > 0) {
            self.close_down_to(index);
        }
    }

    /// Writes words.
    pub(super) fn text(&mut self, text: &str) {
        let is_blank = text.chars().all(char::is_whitespace);
        match self.model() {
            Model::List | Model::Table | Model::Row if is_blank => return,
            Model::List => self.push("", "li", Model::Flow, ""),
            Model::Table | Model::Row => {
                if self.model() == Model::Table {
                    self.push("", "tr", Model::Row, "");
                }
                self.push("", "td", Model::Flow, "");
            }
            Model::Flow | Model::Phrasing => {}
        }
        let in_link = self.stack.iter().any(|open| open.link.is_some());
        for c in text.chars().filter(|c| is_shown(*c, in_link)) {
            if self.is_full {
                break;
            }
            self.character(c);
        }
    }

    /// Closes everything and gives the markup.
    pub(super) fn finish(mut self) -> Written {
        self.close_down_to(1);
        Written { html: self.out, is_cut: self.is_full, has_headings: self.has_headings }
    }

    fn character(&mut self, c: char) {
        if self.out.len() >= self.limit {
            self.is_full = true;
            self.out.push_str(" …");
            return;
        }
        // Parsers drop a line break right after this tag, so it is not written in the first place.
        if c == '\n' && self.out.ends_with("<pre>") {
            return;
        }
        // Quotes mean nothing in text.
        if c == '"' {
            self.out.push(c)
        } else {
            escape(c, &mut self.out)
        }
        let is_word = is_visible(c);
        if let Some(top) = self.stack.last_mut() {
            top.has_words |= is_word;
        }
        if let Some((_, words)) = self.stack.iter_mut().rev().find_map(|open| open.link.as_mut())
            && words.len() < 2048
        {
            words.push(c);
        }
    }

    fn model(&self) -> Model {
        self.stack.last().map_or(Model::Flow, |open| open.model)
    }

    fn element(&mut self, source: &str, attribute: Attribute<'_>) {
        let Some((name, inner)) = known(source) else { return self.pass(source) };
        let is_block = inner.1;
        if self.model() == Model::List && !self.is_full {
            self.push("", "li", Model::Flow, "");
        }
        let may_stand = match self.model() {
            Model::Flow => true,
            Model::Phrasing => !is_block,
            Model::List | Model::Table | Model::Row => false,
        };
        if !may_stand || self.depth >= MAX_DEPTH || self.is_full {
            if is_block && self.model() == Model::Phrasing && self.stack.last().is_some_and(|open| open.has_words) {
                self.void("br");
            }
            return self.pass(source);
        }
        let name = if name.starts_with('h') && source.len() == 2 { self.heading(source) } else { name };
        let start = match attribute {
            Attribute::Start(number) if name == "ol" && number != 1 => {
                format!(" start=\"{}\"", number.min(999_999_999))
            }
            _ => String::new(),
        };
        self.push(source, name, inner.0, &start);
    }

    /// A heading's own level: at least one below the heading above, never leaving a level out.
    fn heading(&mut self, source: &str) -> &'static str {
        let level = source.as_bytes()[1] - b'0';
        let Flavour::Page(above) = self.flavour else { return HEADINGS[usize::from(level.clamp(1, 6)) - 1] };
        let level = (level + above.0).clamp(above.0 + 1, self.last_heading + 1).min(6);
        HEADINGS[usize::from(level) - 1]
    }

    fn void(&mut self, source: &str) {
        let name = match (source, self.model()) {
            ("hr", Model::Flow) => "hr",
            (_, Model::Flow | Model::Phrasing) => "br",
            _ => return,
        };
        if !self.is_full && self.out.len() < self.limit {
            self.out.push('<');
            self.out.push_str(name);
            self.out.push_str(if self.flavour == Flavour::Published { "/>" } else { ">" });
        }
    }

    fn item(&mut self) {
        self.close_implied("li");
        match self.model() {
            Model::List if self.depth < MAX_DEPTH && !self.is_full => self.push("li", "li", Model::Flow, ""),
            _ => self.element("li", Attribute::None),
        }
    }

    fn row(&mut self) {
        self.close_implied("td");
        self.close_implied("tr");
        match self.model() {
            Model::Table if self.depth < MAX_DEPTH && !self.is_full => self.push("tr", "tr", Model::Row, ""),
            _ => self.pass("tr"),
        }
    }

    fn cell(&mut self, source: &str) {
        self.close_implied("td");
        if self.model() == Model::Table && self.depth < MAX_DEPTH && !self.is_full {
            self.push("", "tr", Model::Row, "");
        }
        let name = if source == "th" { "th" } else { "td" };
        match self.model() {
            Model::Row if self.depth < MAX_DEPTH && !self.is_full => self.push(source, name, Model::Flow, ""),
            _ => self.pass(source),
        }
    }

    fn link(&mut self, attribute: Attribute<'_>) {
        if self.model() == Model::List && !self.is_full {
            self.push("", "li", Model::Flow, "");
        }
        let is_inside = self.stack.iter().any(|open| open.link.is_some());
        let stands = matches!(self.model(), Model::Flow | Model::Phrasing) && self.depth < MAX_DEPTH;
        let target = match attribute {
            Attribute::Href(href) if stands && !is_inside && !self.is_full && self.links < MAX_LINKS => {
                links::read(href)
            }
            _ => None,
        };
        let Some(target) = target else { return self.pass("a") };
        let href = if self.flavour == Flavour::Published { &target.original } else { &target.href };
        let mut attributes = String::from(" href=\"");
        href.chars().for_each(|c| escape(c, &mut attributes));
        attributes.push('"');
        if !target.is_ours && self.flavour != Flavour::Published {
            attributes.push_str(" rel=\"nofollow noopener noreferrer ugc\"");
        }
        self.links += 1;
        self.push("a", "a", Model::Phrasing, &attributes);
        if let Some(open) = self.stack.last_mut() {
            open.link = Some((target.shown, String::new()));
        }
    }

    /// Remembers an element that is not written, so that its end is found.
    fn pass(&mut self, source: &str) {
        let (model, at) = (self.model(), self.out.len());
        let source = source.to_owned();
        self.stack.push(Open { source, written: "", model, start: at, content: at, has_words: false, link: None });
    }

    fn push(&mut self, source: &str, written: &'static str, model: Model, attributes: &str) {
        let start = self.out.len();
        self.out.push('<');
        self.out.push_str(written);
        if written == "tag" {
            self.out.truncate(start);
            self.out.push_str("<span class=\"tag\"");
        }
        self.out.push_str(attributes);
        self.out.push('>');
        self.depth += 1;
        let (source, content) = (source.to_owned(), self.out.len());
        self.stack.push(Open { source, written, model, start, content, has_words: false, link: None });
    }

    fn close_implied(&mut self, written: &str) {
        if self.stack.last().is_some_and(|open| open.source.is_empty() && open.written == written) {
            self.close_down_to(self.stack.len() - 1);
        }
    }

    fn close_down_to(&mut self, index: usize) {
        while self.stack.len() > index.max(1) {
            let Some(open) = self.stack.pop() else { return };
            let has_words = open.has_words || open.link.is_some();
            self.end(open);
            if let Some(top) = self.stack.last_mut() {
                top.has_words |= has_words;
            }
        }
    }

    /// Writes an end tag; what would be an empty heading, link or paragraph is mended first.
    fn end(&mut self, open: Open) {
        if open.written.is_empty() {
            return;
        }
        self.depth -= 1;
        let is_heading = HEADINGS.contains(&open.written);
        if (is_heading && !open.has_words) || (open.written == "p" && self.out.len() == open.content) {
            self.out.truncate(open.start);
            return;
        }
        if is_heading {
            self.has_headings = true;
            self.last_heading = open.written.as_bytes()[1] - b'0';
        }
        if open.written == "th" && !open.has_words {
            self.out.truncate(open.start);
            self.out.push_str("<td></td>");
            return;
        }
        if let Some((shown, words)) = &open.link
            && self.flavour != Flavour::Published
        {
            self.destination(shown, words, open.has_words);
        }
        self.out.push_str("</");
        self.out.push_str(if open.written == "tag" { "span" } else { open.written });
        self.out.push('>');
    }

    /// Shows where a link really leads, unless its words begin with just that.
    fn destination(&mut self, shown: &str, words: &str, has_words: bool) {
        if !has_words {
            shown.chars().for_each(|c| escape(c, &mut self.out));
        } else if !links::says(words, shown) {
            self.out.push_str(" <span class=\"host\">(");
            shown.chars().for_each(|c| escape(c, &mut self.out));
            self.out.push_str(")</span>");
        }
    }
}

const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];

/// The elements that may be written: their name in the output, what may stand in them, whether they are blocks.
fn known(source: &str) -> Option<(&'static str, (Model, bool))> {
    use Model::{Flow, List, Phrasing, Table};
    let phrase = |name: &'static str| Some((name, (Phrasing, false)));
    let block = |name: &'static str, model| Some((name, (model, true)));
    match source {
        "strong" => phrase("strong"),
        "em" => phrase("em"),
        "b" => phrase("b"),
        "i" => phrase("i"),
        "u" => phrase("u"),
        "s" | "strike" => phrase("s"),
        "del" => phrase("del"),
        "ins" => phrase("ins"),
        "code" | "tt" => phrase("code"),
        "kbd" => phrase("kbd"),
        "samp" => phrase("samp"),
        "var" => phrase("var"),
        "q" => phrase("q"),
        "cite" => phrase("cite"),
        "small" => phrase("small"),
        "mark" => phrase("mark"),
        "sub" => phrase("sub"),
        "sup" => phrase("sup"),
        "tag" => phrase("tag"),
        "p" => block("p", Phrasing),
        "pre" => block("pre", Phrasing),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => block("h", Phrasing),
        "div" | "dl" | "dt" | "li" => block("div", Flow),
        "blockquote" | "dd" => block("blockquote", Flow),
        "ul" => block("ul", List),
        "ol" => block("ol", List),
        "table" => block("table", Table),
        _ => None,
    }
}
