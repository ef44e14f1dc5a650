//! Stanza errors (RFC 6120 §8.3) in the few words that the rest of the house needs.

use minidom::Element;
use xmpp_parsers::stanza_error::StanzaError;

use super::ask::AskError;

const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// The longest text of a server that is handed on, in characters.
const TEXT: usize = 300;

/// Reads a stanza error.
pub fn read(error: StanzaError) -> AskError {
    read_element(&Element::from(error))
}

/// The same as an element, however much of it is missing.
///
/// COMPAT(buddycloud-server): errors of its database have a text without a namespace, and no condition: then the text is
/// nothing that a person should see. COMPAT(buddycloud-server-java): one condition is written `not_authorized`.
pub fn read_element(element: &Element) -> AskError {
    let (mut condition, mut specific, mut text) = (None, None, None);
    for child in element.children() {
        match (child.ns().as_str(), child.name()) {
            (STANZAS, "text") => text = text.or_else(|| Some(child.text().chars().take(TEXT).collect())),
            (STANZAS, name) => condition = condition.or_else(|| Some(name.replace('_', "-"))),
            (_, "text") => {}
            (_, "not_authorized") => condition = condition.or_else(|| Some("not-authorized".to_owned())),
            (_, name) => specific = specific.or_else(|| Some(name.to_owned())),
        }
    }
    let condition = condition.unwrap_or_else(|| "undefined-condition".to_owned());
    AskError::Stanza { condition, specific, text: text.filter(|text: &String| !text.trim().is_empty()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_condition_specific_condition_and_text() {
        let element: Element = "<error xmlns='jabber:client' type='cancel'>\
            <conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
            <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text>\
            <precondition-not-met xmlns='http://jabber.org/protocol/pubsub#errors'/></error>"
            .parse()
            .unwrap();
        let error = read(StanzaError::try_from(element).unwrap());
        assert!(error.is("conflict") && error.is("precondition-not-met") && !error.is("forbidden"), "{error:?}");
        assert_eq!(error.to_string(), "conflict: no");
    }
}
