//! Stanzas as this room reads and writes them: errors (RFC 6120 §8.3), and text from a tree.

use minidom::rxml::Namespace;
use minidom::{Element, Node};

use crate::xml::writer::{escape_attribute, escape_text};

/// Content of a client's stream (RFC 6120 §4.8.2).
pub const CLIENT: &str = "jabber:client";
/// Stanza error conditions.
pub const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
/// Buddycloud's own error conditions.
pub const BUDDYCLOUD_ERRORS: &str = "http://buddycloud.org/v1/errors";
/// XEP-0060's own error conditions.
pub const PUBSUB_ERRORS: &str = "http://jabber.org/protocol/pubsub#errors";

/// A stanza error: what is answered instead of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StanzaError {
    /// `auth`, `cancel`, `modify` or `wait`.
    pub kind: &'static str,
    /// The defined condition.
    pub condition: &'static str,
    /// A condition of XEP-0060 besides.
    pub pubsub: Option<&'static str>,
    /// A condition of Buddycloud besides.
    pub buddycloud: Option<&'static str>,
    /// With `pubsub` = `unsupported`: which feature.
    pub feature: Option<&'static str>,
    /// Whether the sender has blocked whom it writes to (XEP-0191 §3.2).
    pub is_blocked: bool,
    /// For people.
    pub text: Option<String>,
}

impl StanzaError {
    /// The error with this condition and the type RFC 6120 §8.3.3 gives it.
    pub fn new(condition: &'static str) -> Self {
        let kind = match condition {
            "bad-request" | "jid-malformed" | "not-acceptable" | "policy-violation" | "undefined-condition" => "modify",
            "forbidden" | "not-authorized" | "registration-required" | "subscription-required" => "auth",
            "internal-server-error" | "remote-server-timeout" | "resource-constraint" | "unexpected-request" => "wait",
            _ => "cancel",
        };
        StanzaError { kind, condition, pubsub: None, buddycloud: None, feature: None, is_blocked: false, text: None }
    }

    /// Adds a condition of XEP-0060.
    pub fn pubsub(mut self, condition: &'static str) -> Self {
        self.pubsub = Some(condition);
        self
    }

    /// Adds a condition of Buddycloud.
    pub fn buddycloud(mut self, condition: &'static str) -> Self {
        self.buddycloud = Some(condition);
        self
    }

    /// `feature-not-implemented` with `unsupported` and the name of the feature (XEP-0060 §3).
    pub fn unsupported(feature: &'static str) -> Self {
        let mut error = Self::new("feature-not-implemented").pubsub("unsupported");
        error.feature = Some(feature);
        error
    }

    /// Adds that the sender has blocked whom it writes to.
    pub fn blocked(mut self) -> Self {
        self.is_blocked = true;
        self
    }

    /// Adds a sentence for people.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The `<error/>` element.
    pub fn write(&self, out: &mut String) {
        out.push_str("<error type='");
        out.push_str(self.kind);
        out.push_str("'><");
        out.push_str(self.condition);
        out.push_str(" xmlns='");
        out.push_str(STANZAS);
        out.push_str("'/>");
        if let Some(text) = &self.text {
            out.push_str("<text xmlns='");
            out.push_str(STANZAS);
            out.push_str("' xml:lang='en'>");
            escape_text(text, out);
            out.push_str("</text>");
        }
        if let Some(condition) = self.pubsub {
            out.push('<');
            out.push_str(condition);
            out.push_str(" xmlns='");
            out.push_str(PUBSUB_ERRORS);
            out.push('\'');
            if let Some(feature) = self.feature {
                attribute("feature", feature, out);
            }
            out.push_str("/>");
        }
        if let Some(condition) = self.buddycloud {
            out.push_str(&format!("<{condition} xmlns='{BUDDYCLOUD_ERRORS}'/>"));
        }
        if self.is_blocked {
            out.push_str("<blocked xmlns='urn:xmpp:blocking:errors'/>");
        }
        out.push_str("</error>");
    }
}

/// Writes ` name='value'`.
pub fn attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("='");
    escape_attribute(value, out);
    out.push('\'');
}

/// Writes `<name>text</name>`.
pub fn text_element(name: &str, text: &str, out: &mut String) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    escape_text(text, out);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// The text of an element that declares every namespace it uses, without prefixes for elements.
pub fn to_text(element: &Element) -> String {
    let mut out = String::new();
    write(element, "", &[], &mut out);
    out
}

/// The text of a stanza, with `from` and `to` set to these values.
pub fn addressed(stanza: &Element, from: &str, to: &str) -> String {
    let mut out = String::new();
    write(stanza, CLIENT, &[("from", from), ("to", to)], &mut out);
    out
}

/// The text of the elements inside an element.
pub fn children_text(element: &Element) -> String {
    let mut out = String::new();
    for child in element.children() {
        write(child, CLIENT, &[], &mut out);
    }
    out
}

enum Step<'a> {
    Node(&'a Node, usize),
    End(&'a str),
}

/// Writes an element; `outside` is the default namespace around it, `replaced` are attributes of the root that are set
/// whatever it had. Without recursion: the depth belongs to whoever sent the element.
fn write(root: &Element, outside: &str, replaced: &[(&str, &str)], out: &mut String) {
    let mut spaces = vec![outside.to_owned()];
    let mut steps = Vec::new();
    open(root, 0, replaced, &mut spaces, &mut steps, out);
    while let Some(step) = steps.pop() {
        match step {
            Step::Node(Node::Text(text), _) => escape_text(text, out),
            Step::Node(Node::Element(element), parent) => {
                spaces.truncate(parent + 1);
                open(element, parent, &[], &mut spaces, &mut steps, out);
            }
            Step::End(name) => {
                out.push_str("</");
                out.push_str(name);
                out.push('>');
            }
        }
    }
}

fn open<'a>(
    element: &'a Element,
    parent: usize,
    replaced: &[(&str, &str)],
    spaces: &mut Vec<String>,
    steps: &mut Vec<Step<'a>>,
    out: &mut String,
) {
    let space = element.ns();
    out.push('<');
    out.push_str(element.name());
    if space != spaces[parent] {
        attribute("xmlns", &space, out);
    }
    for (name, value) in replaced {
        attribute(name, value, out);
    }
    for (number, ((attribute_space, name), value)) in element.attrs().iter().enumerate() {
        if attribute_space == &Namespace::NONE {
            if !replaced.iter().any(|(taken, _)| *taken == name.as_str()) {
                attribute(name, value, out);
            }
        } else if attribute_space == &Namespace::XML {
            attribute(&format!("xml:{name}"), value, out);
        } else {
            attribute(&format!("xmlns:a{number}"), attribute_space, out);
            attribute(&format!("a{number}:{name}"), value, out);
        }
    }
    let mut nodes = element.nodes().rev().peekable();
    if nodes.peek().is_none() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    spaces.push(space);
    let depth = spaces.len() - 1;
    steps.push(Step::End(element.name()));
    steps.extend(nodes.map(|node| Step::Node(node, depth)));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_tree_becomes_text_that_stands_alone() {
        let source = "<p:a xmlns:p='urn:a' x='1&lt;' xml:lang='en' p:y='2'>t&amp;<p:b/><c xmlns='urn:c'><p:d/>u</c><p:e/>\
                      </p:a>";
        let element: Element = source.parse().unwrap();
        let text = to_text(&element);
        assert!(!text.contains("<p:"), "{text}");
        let again: Element = text.parse().unwrap();
        assert_eq!(to_text(&again), text);
        assert_eq!(again.children().map(|child| child.ns()).collect::<Vec<_>>(), ["urn:a", "urn:c", "urn:a"]);
        assert_eq!(again.attr_ns("urn:a", "y"), Some("2"));
    }

    #[test]
    fn an_address_is_replaced() {
        let element: Element =
            "<message xmlns='jabber:client' from='x' to='y' id='1'><body>b</body></message>".parse().unwrap();
        assert_eq!(addressed(&element, "a@b", "c@d"), "<message from='a@b' to='c@d' id='1'><body>b</body></message>");
    }
}
