//! Elements made in one line, and never with a character that XML cannot carry (XML 1.0 §2.2).

use minidom::Element;
use rxml::{Namespace, NcName};

/// The namespace of the marks that the guard leaves where it cut something out.
const CUT: &str = "urn:cirrus:cut";

/// An element with attributes.
pub fn element(name: &str, namespace: &str, attributes: &[(&'static str, &str)]) -> Element {
    let mut element = Element::bare(name, namespace);
    for (name, value) in attributes {
        let name = NcName::try_from(*name).expect("attribute names are literals of ours");
        element.set_attr(Namespace::NONE, name, clean(value));
    }
    element
}

/// An element that holds only text.
pub fn text_element(name: &str, namespace: &str, text: &str) -> Element {
    let mut element = Element::bare(name, namespace);
    element.append_text_node(clean(text));
    element
}

/// The text without characters that are forbidden in XML; tabs and line feeds stay.
pub fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
        .collect()
}

/// Whether this is the mark of something that the guard cut out.
pub fn is_cut_mark(element: &Element) -> bool {
    element.is("cut", CUT)
}

/// Whether the guard cut something out anywhere inside.
pub fn has_cut(element: &Element) -> bool {
    let mut open = vec![element];
    while let Some(element) = open.pop() {
        if is_cut_mark(element) {
            return true;
        }
        open.extend(element.children());
    }
    false
}

/// The only child of this name, or `None` if it is absent or there are several: no duplicate is believed.
pub fn only_child<'a>(parent: &'a Element, name: &str, namespace: &str) -> Option<&'a Element> {
    let mut found = parent.children().filter(|child| child.is(name, namespace));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_characters_are_left_out() {
        let element = element("a", "urn:x", &[("b", "1\u{0}\u{b}2\u{ffff}")]);
        assert_eq!(element.attr("b"), Some("12"));
        assert_eq!(text_element("a", "urn:x", "x\r\n\ty\u{1f}\u{1f600}").text(), "x\n\ty\u{1f600}");
    }

    #[test]
    fn a_doubled_child_is_no_child() {
        let parent: Element = "<a xmlns='urn:x'><b/><c/><b/></a>".parse().expect("well-formed");
        assert!(only_child(&parent, "b", "urn:x").is_none());
        assert!(only_child(&parent, "c", "urn:x").is_some());
    }
}
