//! Stanzas that the library above could not read, and would end the stream for (RFC 6120 §8, RFC 6121).
//!
//! COMPAT(tokio-xmpp 6): a stanza that does not have the shape of its specification ends the stream. Anybody whom we ask
//! something may answer with one, so such a stanza is replaced by the nearest harmless one: an answer still ends its
//! request, and stream management still counts it. Real cases: COMPAT(buddycloud-server) errors with a text alone,
//! COMPAT(buddycloud-server-java) the condition `not_authorized`.

use bytes::BytesMut;
use minidom::Element;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::message::Message;
use xmpp_parsers::presence::Presence;

const CLIENT: &str = "jabber:client";
const STREAMS: &str = crate::xml::STREAMS;
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// The conditions that the library knows (RFC 6120 §8.3.3).
const CONDITIONS: [&str; 22] = [
    "bad-request",
    "conflict",
    "feature-not-implemented",
    "forbidden",
    "gone",
    "internal-server-error",
    "item-not-found",
    "jid-malformed",
    "not-acceptable",
    "not-allowed",
    "not-authorized",
    "policy-violation",
    "recipient-unavailable",
    "redirect",
    "registration-required",
    "remote-server-not-found",
    "remote-server-timeout",
    "resource-constraint",
    "service-unavailable",
    "subscription-required",
    "undefined-condition",
    "unexpected-request",
];

/// A stanza as the guard wrote it, or one that can be read in its place.
pub fn stanza(written: BytesMut) -> BytesMut {
    let Some(stanza) = std::str::from_utf8(&written).ok().and_then(Outline::of) else { return written };
    if !stanza.is_doubtful() {
        return written;
    }
    let whole =
        [format!("<s:stream xmlns='{CLIENT}' xmlns:s='{STREAMS}'>").as_bytes(), &written, b"</s:stream>"].concat();
    let whole = String::from_utf8(whole).ok().and_then(|whole| whole.parse::<Element>().ok());
    // What leans on more than the usual declarations is left to the library.
    let Some(element) = whole.and_then(|whole| whole.children().next().cloned()) else { return written };
    if is_readable(&element) {
        return written;
    }
    tracing::debug!(
        stanza.from = element.attr("from"),
        stanza.name = element.name(),
        "A stanza of the wrong shape was mended."
    );
    let mended = String::from(&mend(&element));
    // The root declares the namespace already.
    BytesMut::from(mended.as_bytes())
}

/// What can be seen of a stanza without building it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outline<'a> {
    name: &'a str,
    kind: Option<&'a str>,
    has_id: bool,
    /// How many elements stand directly in it.
    count: usize,
    /// Whether one of them has rules of its own that the library checks.
    has_rules: bool,
}

impl<'a> Outline<'a> {
    /// Of an element as the guard writes it: double quotes, and `<` only where a tag begins.
    fn of(text: &'a str) -> Option<Outline<'a>> {
        let mut outline = Outline::default();
        let (mut depth, mut rest) = (0_usize, text);
        while let Some(start) = rest.find('<') {
            let tag = &rest[start + 1..];
            let end = end_of(tag)?;
            let inside = &tag[..end];
            rest = &tag[end + 1..];
            if inside.starts_with('/') {
                depth = depth.checked_sub(1)?;
                continue;
            }
            let name = inside.split([' ', '/']).next()?;
            match depth {
                0 => {
                    outline.name = name;
                    let kind = inside.split(" type=\"").nth(1).and_then(|rest| rest.split('"').next());
                    outline.kind = kind;
                    outline.has_id = inside.contains(" id=\"");
                }
                1 => {
                    outline.count += 1;
                    outline.has_rules |= matches!(name, "error" | "body" | "subject" | "thread" | "show" | "priority");
                }
                _ => {}
            }
            if !inside.ends_with('/') {
                depth += 1;
            }
        }
        (!outline.name.is_empty()).then_some(outline)
    }

    /// Whether the library might not read it. Most stanzas are not doubtful and cost one look.
    fn is_doubtful(&self) -> bool {
        match self.name {
            "iq" => match self.kind {
                Some("result") => !self.has_id,
                Some("get" | "set") => !self.has_id || self.count != 1,
                _ => true,
            },
            "message" => {
                self.has_rules || !matches!(self.kind, None | Some("headline" | "normal" | "chat" | "groupchat"))
            }
            "presence" => self.has_rules || self.kind.is_some(),
            _ => false,
        }
    }
}

/// Where a tag ends: at the first `>` outside of quotes.
fn end_of(tag: &str) -> Option<usize> {
    let mut is_quoted = false;
    tag.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b'>' && !is_quoted
    })
}

fn is_readable(element: &Element) -> bool {
    match element.name() {
        "iq" => Iq::try_from(element.clone()).is_ok(),
        "message" => Message::try_from(element.clone()).is_ok(),
        "presence" => Presence::try_from(element.clone()).is_ok(),
        _ => true,
    }
}

/// The nearest stanza that can be read.
fn mend(element: &Element) -> Element {
    let with = |kind: Option<&str>| {
        let mut bare = Element::bare(element.name(), CLIENT);
        let names = ["id", "from", "to"].map(|name| (name, element.attr(name)));
        for (name, value) in names.into_iter().chain([("type", kind)]) {
            if let Some(value) = value {
                let name = rxml::NcName::try_from(name).expect("attribute names are literals of ours");
                bare.set_attr(rxml::Namespace::NONE, name, value.to_owned());
            }
        }
        bare
    };
    match (element.name(), element.attr("type")) {
        // An answer without an id answers nothing, and a question of no kind cannot be answered.
        ("iq", _) if element.attr("id").is_none() => Element::bare("message", CLIENT),
        ("iq", _) => {
            let mut mended = with(Some("error"));
            mended.append_child(error(element));
            mended
        }
        ("presence", _) => with(Some("unavailable")),
        // What else it said is kept: news may stand beside a broken body.
        _ => {
            let mut mended = with(None);
            let others = element.children().filter(|child| !child.has_ns(CLIENT));
            others.for_each(|child| _ = mended.append_child(child.clone()));
            if is_readable(&mended) { mended } else { Element::bare("message", CLIENT) }
        }
    }
}

/// A stanza error that can be read, with the conditions of the broken one where those can be known.
fn error(element: &Element) -> Element {
    let mut error = Element::bare("error", CLIENT);
    error.set_attr(
        rxml::Namespace::NONE,
        rxml::NcName::try_from("type").expect("a literal of ours"),
        "cancel".to_owned(),
    );
    let broken = element.children().find(|child| child.name() == "error");
    let parts: Vec<&Element> = broken.into_iter().flat_map(Element::children).collect();
    // Old servers forget the namespace; one of another specification is not meant.
    let is_ours = |part: &Element| part.has_ns(STANZAS) || part.has_ns(CLIENT) || part.ns().is_empty();
    let names = parts.iter().filter(|part| is_ours(part)).map(|part| part.name().replace('_', "-"));
    let condition = names.into_iter().find(|name| CONDITIONS.contains(&name.as_str()));
    error.append_child(Element::bare(condition.as_deref().unwrap_or("undefined-condition"), STANZAS));
    let specific = parts.iter().find(|part| !is_ours(part));
    if let Some(specific) = specific {
        error.append_child(Element::bare(specific.name(), specific.ns()));
    }
    error
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::xmpp::AskError;
    use crate::xmpp::error::read;

    fn mended(text: &str) -> String {
        String::from_utf8(stanza(BytesMut::from(text.as_bytes())).to_vec()).unwrap()
    }

    fn parsed(text: &str) -> Element {
        let whole: Element =
            format!("<s:stream xmlns='{CLIENT}' xmlns:s='{STREAMS}'>{text}</s:stream>").parse().unwrap();
        let element = whole.children().next().unwrap().clone();
        assert!(is_readable(&element), "{text}");
        element
    }

    /// How an error is told to who asked.
    fn told(error: &str) -> AskError {
        let text = format!("<iq type=\"error\" from=\"a.b\" id=\"c1\">{error}</iq>");
        match Iq::try_from(parsed(&mended(&text))).unwrap() {
            Iq::Error { id, error, .. } => {
                assert_eq!(id, "c1");
                read(error)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn errors_of_old_servers_end_their_request() {
        let nothing = told("<error type=\"cancel\"><text>multiple ORDER BY clauses not allowed</text></error>");
        assert!(nothing.is("undefined-condition"));
        assert!(!nothing.to_string().contains("ORDER BY"));
        let waits = told(
            "<error type=\"auth\"><not_authorized xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/>\
             <pending-subscription xmlns=\"http://jabber.org/protocol/pubsub#errors\"/></error>",
        );
        assert!(waits.is("not-authorized") && waits.is("pending-subscription"), "{waits:?}");
        for error in [
            "",
            "<error/>",
            "<error type=\"odd\"/>",
            "<error type=\"cancel\"/><error type=\"cancel\"/>",
            "<a/><b/><c/>",
            "<error type=\"cancel\"><conflict xmlns=\"urn:other\"/></error>",
        ] {
            assert!(told(error).is("undefined-condition"), "{error}");
        }
    }

    #[test]
    fn what_can_be_read_stays_as_it_is() {
        for text in [
            "<iq type=\"result\" id=\"1\"><query xmlns=\"a\" b=\"x > y\"><c/></query></iq>",
            "<iq type=\"result\" id=\"1\"/>",
            "<iq type=\"error\" id=\"1\"><error type=\"cancel\"><conflict xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/></error></iq>",
            "<message type=\"headline\"><event xmlns=\"e\"/></message>",
            "<message type=\"chat\"><body>&lt;hi</body><thread>x</thread></message>",
            "<presence from=\"a@b/c\"><show>away</show><priority>-1</priority></presence>",
            "<r xmlns=\"urn:xmpp:sm:3\"/>",
        ] {
            assert_eq!(mended(text), text);
        }
    }

    #[test]
    fn what_cannot_becomes_something_harmless() {
        for text in [
            "<message type=\"bogus\" from=\"a.b\"><event xmlns=\"e\"/></message>",
            "<message><thread>a</thread><thread>b</thread></message>",
            "<presence type=\"bogus\" from=\"a.b\"/>",
            "<presence><show>dancing</show></presence>",
            "<presence><priority>9999</priority></presence>",
            "<iq type=\"get\" id=\"1\"/>",
            "<iq type=\"odd\" id=\"1\"/>",
            "<iq type=\"result\"/>",
            "<iq/>",
        ] {
            let mended = mended(text);
            assert_ne!(mended, text);
            parsed(&mended);
        }
        assert!(mended("<message type=\"bogus\" from=\"a.b\"><event xmlns=\"e\"/></message>").contains("<event"));
    }
}
