//! XHTML content (RFC 4287 §3.1.1.3): a tree to the text of its inside, and back for what we wrote ourselves.

use minidom::{Element, Node};
use rxml::{RawEvent, RawReader};

use super::{MAX_TEXT, NS as ATOM};

/// The namespace of XHTML.
pub const NS: &str = "http://www.w3.org/1999/xhtml";

/// How deep the elements of what we write may stand in each other; deeper ones of ours are published as text only.
const MAX_DEPTH: usize = 60;
/// How large what we write may be, in bytes.
const MAX_WRITTEN: usize = 256 * 1024;

/// Elements that never have an end tag in HTML (HTML §13.1.2).
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
/// Elements whose text an HTML parser would not read as text; they and their inside are left out.
pub(super) const OPAQUE: [&str; 9] =
    ["script", "style", "iframe", "noembed", "noframes", "noscript", "plaintext", "textarea", "xmp"];

enum Step<'a> {
    Node(&'a Node),
    Close(&'a str),
}

/// The inside of a content element as HTML text, at most 64 KiB: what is beyond is left out and what is open is
/// closed. Elements that are neither XHTML nor (by a common mistake) Atom are left out with all they hold.
pub fn to_html(content: &Element) -> String {
    let mut html = String::new();
    let mut open = 0;
    let mut steps: Vec<Step<'_>> = inside(content).into_iter().rev().map(Step::Node).collect();
    while let Some(step) = steps.pop() {
        let has_room = |more: usize| html.len() + open + more <= MAX_TEXT;
        match step {
            Step::Close(name) => {
                open -= name.len() + 3;
                html.extend(["</", name, ">"]);
            }
            Step::Node(Node::Text(text)) => {
                let text = escape(text);
                if has_room(text.len()) {
                    html.push_str(&text);
                }
            }
            Step::Node(Node::Element(element)) => {
                let name = element.name();
                let tag = start_tag(element);
                if !is_html(element) || OPAQUE.contains(&name) || !has_room(tag.len() + name.len() + 3) {
                    continue;
                }
                html.push_str(&tag);
                if !VOID.contains(&name) {
                    open += name.len() + 3;
                    steps.push(Step::Close(name));
                    let children = element.nodes().map(Step::Node);
                    steps.extend(children.rev());
                }
            }
        }
    }
    html
}

/// The nodes of the one `<div>` that the specification asks for, or of the content itself where it is missing.
fn inside(content: &Element) -> Vec<&Node> {
    let mut elements = content.children();
    let has_text = content.texts().any(|text| !text.trim().is_empty());
    match (elements.next(), elements.next()) {
        (Some(div), None) if div.name() == "div" && is_html(div) && !has_text => div.nodes().collect(),
        _ => content.nodes().collect(),
    }
}

fn is_html(element: &Element) -> bool {
    (element.has_ns(NS) || element.has_ns(ATOM)) && element.name().chars().all(|c| c.is_ascii_alphanumeric())
}

fn start_tag(element: &Element) -> String {
    let mut tag = format!("<{}", element.name());
    for ((namespace, name), value) in element.attrs() {
        if namespace.as_str().is_empty() {
            tag.extend([" ", name.as_str(), "=\"", &escape(value), "\""]);
        }
    }
    tag.push('>');
    tag
}

/// The text as HTML text or as a quoted attribute value.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// All text inside, in order.
pub fn text_of(element: &Element) -> String {
    let mut text = String::new();
    let mut nodes: Vec<&Node> = element.nodes().rev().collect();
    while let Some(node) = nodes.pop() {
        match node {
            Node::Text(part) if text.len() < MAX_TEXT => text.push_str(part),
            Node::Text(_) => break,
            Node::Element(element) => nodes.extend(element.nodes().rev()),
        }
    }
    text
}

/// A `<div>` around XHTML of ours; `None` if that is not well-formed, too deep or too large to be sent.
pub fn from_ours(inside: &str) -> Option<Element> {
    if inside.len() > MAX_WRITTEN {
        return None;
    }
    let document = format!("<div xmlns='{NS}'>{inside}</div>");
    let mut reader = RawReader::new(document.as_bytes());
    let mut depth = 0_usize;
    loop {
        match reader.read() {
            Ok(Some(RawEvent::ElementHeadOpen(..))) if depth == MAX_DEPTH => return None,
            Ok(Some(RawEvent::ElementHeadOpen(..))) => depth += 1,
            Ok(Some(RawEvent::ElementFoot(_))) => depth -= 1,
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(_) => return None,
        }
    }
    // A second pass builds the tree: by now it is known to be shallow.
    document.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(xml: &str) -> String {
        to_html(&xml.parse().expect("well-formed"))
    }

    #[test]
    fn a_tree_becomes_html() {
        let content = "<content xmlns='http://www.w3.org/2005/Atom' type='xhtml'>\
            <div xmlns='http://www.w3.org/1999/xhtml'><p title='\"&lt;'>a &amp; b<br/></p><p/></div></content>";
        assert_eq!(html(content), "<p title=\"&quot;&lt;\">a &amp; b<br></p><p></p>");
    }

    #[test]
    fn what_is_not_html_is_left_out() {
        let content = "<content xmlns='http://www.w3.org/2005/Atom'><div xmlns='http://www.w3.org/1999/xhtml'>a\
            <svg xmlns='http://www.w3.org/2000/svg'><p>x</p></svg><script>b</script><style>c</style>d</div></content>";
        assert_eq!(html(content), "ad");
        assert_eq!(html("<content xmlns='http://www.w3.org/2005/Atom'>a<b>c</b></content>"), "a<b>c</b>");
    }

    #[test]
    fn it_never_grows_beyond_its_bound_and_is_always_closed() {
        let inner = "<b><i>".repeat(40) + &"<p>0123456789</p>".repeat(10_000) + &"</i></b>".repeat(40);
        let html = html(&format!("<content xmlns='http://www.w3.org/2005/Atom'>{inner}</content>"));
        assert!(html.len() <= MAX_TEXT && html.len() > MAX_TEXT - 1_000);
        assert!(html.ends_with("</i></b>"));
        assert_eq!(html.matches("<p>").count(), html.matches("</p>").count());
    }

    #[test]
    fn ours_is_refused_when_it_cannot_be_sent() {
        assert!(from_ours("<p>a</p>").is_some());
        assert!(from_ours("<p>a").is_none());
        assert!(from_ours("</div><div>").is_none());
        assert!(from_ours("a\u{1}").is_none());
        assert!(from_ours(&("<b>".repeat(100_000) + &"</b>".repeat(100_000))).is_none());
        assert!(from_ours(&("<b>".repeat(59) + &"</b>".repeat(59))).is_some());
        assert!(from_ours(&("<b>".repeat(60) + &"</b>".repeat(60))).is_none());
    }
}
