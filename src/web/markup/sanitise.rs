//! Foreign HTML and XHTML: ammonia with a written allowlist, then everything is written anew by [`Writer`].

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::model::{Attribute, Writer, Written};
use super::{Heading, MAX_BYTES, SafeHtml, cut, inline};

/// The elements that come through. No svg, math, style, form, input, template or iframe, which open ways around
/// every sanitiser (RUSTSEC-2021-0074, 2022-0003, 2025-0071, 2026-0193, 2026-0213).
pub(crate) const ELEMENTS: [&str; 47] = [
    "a",
    "b",
    "blockquote",
    "br",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];

/// The addresses that links may have.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "xmpp"];

/// Elements whose text is not for readers.
const SILENT: [&str; 9] = ["script", "style", "title", "template", "noscript", "noembed", "noframes", "iframe", "xmp"];

/// How many pictures of one text are named; the others are left out (security.md X6).
const MAX_PICTURES: usize = 20;

static AMMONIA: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(ELEMENTS))
        .clean_content_tags(HashSet::from(SILENT))
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("img", HashSet::from(["src", "alt"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .strip_comments(true);
    builder
});

/// What strangers wrote as HTML, as HTML of ours: listed elements, no attribute of theirs but a checked `href`,
/// pictures as links, headings below `above`, valid and balanced, bounded by the constants of this room.
pub fn sanitise(foreign: &str, above: Heading) -> SafeHtml {
    SafeHtml::from_ours(write(foreign, above, MAX_BYTES).html)
}

/// The same, cut after about `limit` bytes.
pub(super) fn write(foreign: &str, above: Heading, limit: usize) -> Written {
    write_into(Writer::new(above, limit), foreign)
}

/// The same, by a writer for whomever it is meant.
pub(super) fn write_into(mut writer: Writer, foreign: &str) -> Written {
    let clean = AMMONIA.clean(cut(foreign, MAX_BYTES)).to_string();
    let mut pictures = 0;
    let mut rest = clean.as_str();
    while let Some(start) = rest.find('<') {
        inline::write_tags(&mut writer, &decode(&rest[..start]));
        // ammonia escapes `>` in attributes, so the first one ends the tag.
        let Some(length) = rest[start..].find('>') else { break };
        let tag = &rest[start + 1..start + length];
        rest = &rest[start + length + 1..];
        match tag.strip_prefix('/') {
            Some(name) => writer.close(name),
            None => open(&mut writer, tag, &mut pictures),
        }
    }
    inline::write_tags(&mut writer, &decode(rest));
    writer.finish()
}

fn open(writer: &mut Writer, tag: &str, pictures: &mut usize) {
    let name = tag.split(' ').next().unwrap_or("");
    match name {
        "img" => {
            *pictures += 1;
            if *pictures <= MAX_PICTURES {
                picture(writer, attribute(tag, "src"), attribute(tag, "alt"));
            }
        }
        "a" => match attribute(tag, "href") {
            Some(href) => writer.open("a", Attribute::Href(&href)),
            None => writer.open("a", Attribute::None),
        },
        "ol" => match attribute(tag, "start").and_then(|number| number.trim().parse().ok()) {
            Some(number) => writer.open("ol", Attribute::Start(number)),
            None => writer.open("ol", Attribute::None),
        },
        "thead" | "tbody" | "span" => {}
        name => writer.open(name, Attribute::None),
    }
}

/// A picture, shown from an address of ours; where pictures are not shown a link that says what it is.
fn picture(writer: &mut Writer, source: Option<String>, words: Option<String>) {
    let words = words.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty());
    if let Some(source) = &source
        && writer.picture(source, words.as_deref().unwrap_or_default())
    {
        return;
    }
    let words = match words {
        Some(words) => format!("Picture: {}", words.chars().take(500).collect::<String>()),
        None => "Picture".to_owned(),
    };
    match source {
        Some(source) => {
            writer.open("a", Attribute::Href(&source));
            writer.text(&words);
            writer.close("a");
        }
        None => writer.text(&words),
    }
}

/// An attribute's value in a tag that ammonia wrote: `name key="value"`, with quotes and `<>&` escaped.
fn attribute(tag: &str, key: &str) -> Option<String> {
    let mut rest = tag.split_once(' ')?.1;
    loop {
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        if name.trim() == key {
            return Some(decode(value));
        }
        rest = after;
    }
}

/// Takes back the five escapes of the HTML serialiser (HTML §13.3).
fn decode(text: &str) -> String {
    let nbsp = text.replace("&nbsp;", "\u{a0}");
    nbsp.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
