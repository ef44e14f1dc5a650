//! What goes between two channel services: requests on behalf of people, and news.
//!
//! News are read by local names: COMPAT(buddycloud-server-java 0.19): it writes `xmlns=''` into some events.

use minidom::Element;

use super::relay::Asked;
use crate::hosting::stanza::{addressed, attribute, to_text};
use crate::xml::writer::escape_text;

/// The namespace of Buddycloud's own elements.
pub const BUDDYCLOUD: &str = "http://buddycloud.org/v1";
const EVENT: &str = "http://jabber.org/protocol/pubsub#event";

/// What is read of one message at most; it is bounded by the guard already.
const NEWS: usize = 1_000;

/// A request as the authority of the channel gets it: from us, on behalf of `actor`, or of nobody in particular. What
/// the asker wrote as `<actor/>` does not count.
pub fn request(stanza: &Element, own: &str, authority: &str, id: &str, actor: Option<&str>) -> String {
    let mut out = String::from("<iq");
    attribute("type", stanza.attr("type").unwrap_or("get"), &mut out);
    attribute("from", own, &mut out);
    attribute("to", authority, &mut out);
    attribute("id", id, &mut out);
    out.push('>');
    for payload in stanza.children() {
        let mut payload = payload.clone();
        while payload.remove_child("actor", BUDDYCLOUD).is_some() {}
        let mut text = to_text(&payload);
        if let Some(actor) = actor {
            let mut element = format!("<actor xmlns='{BUDDYCLOUD}'>");
            escape_text(actor, &mut element);
            element.push_str("</actor>");
            insert_last(&mut text, payload.name(), &element);
        }
        out.push_str(&text);
    }
    out.push_str("</iq>");
    out
}

/// Puts a child at the end of an element's text.
fn insert_last(text: &mut String, name: &str, child: &str) {
    if let Some(start) = text.strip_suffix("/>") {
        *text = format!("{start}>{child}</{name}>");
    } else if let Some(start) = text.strip_suffix(&format!("</{name}>")) {
        *text = format!("{start}{child}</{name}>");
    }
}

/// An authority's answer as the asker gets it: from us, under the id that the asker knows, and only about what was
/// asked. COMPAT(buddycloud-server 0.4): it may leave the node out.
pub fn answer(stanza: &Element, own: &str, to: &str, id: &str, asked: &Asked) -> String {
    let mut answer = Element::bare("iq", stanza.ns());
    for name in ["type", "from", "to"] {
        if let Some(value) = stanza.attr(name) {
            answer.set_attr(minidom::rxml::Namespace::NONE, attribute_name(name), value);
        }
    }
    answer.set_attr(minidom::rxml::Namespace::NONE, attribute_name("id"), id);
    let is_about_it = |part: &Element| match (part.attr("node"), asked.node.as_deref()) {
        (Some(node), Some(asked)) => node.eq_ignore_ascii_case(asked),
        _ => true,
    };
    for child in stanza.children() {
        let is_payload = (child.name(), child.ns().as_str()) == (asked.payload.0.as_str(), asked.payload.1.as_str());
        if child.name() == "error" {
            answer.append_child(child.clone());
        } else if is_payload && is_about_it(child) {
            let mut payload = child.clone();
            let kept: Vec<Element> = payload.children().filter(|part| is_about_it(part)).cloned().collect();
            if kept.len() < payload.children().count() {
                payload.take_nodes();
                for part in kept {
                    payload.append_child(part);
                }
            }
            answer.append_child(payload);
        }
    }
    addressed(&answer, own, to)
}

fn attribute_name(name: &'static str) -> minidom::rxml::NcName {
    name.try_into().expect("the constant is a name")
}

/// "Something was not delivered: look for yourself."
pub fn missed_something(own: &str, to: &str) -> String {
    let mut out = String::from("<message type='headline'");
    attribute("from", own, &mut out);
    attribute("to", to, &mut out);
    out.push_str(&format!("><you-missed-something xmlns='{BUDDYCLOUD}'/></message>"));
    out
}

/// One thing that an authority tells.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// An item was published or changed; of a removed one, its tombstone.
    Item {
        /// Where.
        node: String,
        /// Its id there.
        id: String,
        /// Who published it, if that is said.
        publisher: Option<String>,
        /// What it holds.
        payload: Element,
    },
    /// An item was taken away.
    Retracted {
        /// Where.
        node: String,
        /// Its id there.
        id: String,
    },
    /// Somebody's subscription has another state.
    Subscription {
        /// To what.
        node: String,
        /// Whose.
        jid: String,
        /// `none`, `pending`, `invited` or `subscribed`.
        state: String,
        /// By whom, if it is an invitation.
        invited_by: Option<String>,
    },
    /// Somebody has another role.
    Role {
        /// Where.
        node: String,
        /// Whose.
        jid: String,
        /// The affiliation.
        role: String,
    },
    /// Title, access or the like changed: the fields that came.
    Configured {
        /// Where.
        node: String,
        /// Field names and values.
        fields: Vec<(String, String)>,
    },
    /// The node is gone.
    Deleted {
        /// Which.
        node: String,
    },
    /// Some news did not arrive.
    MissedSomething,
}

/// The node that a piece of news is about; `None` for what is about all of them.
pub fn node(news: &News) -> Option<&str> {
    match news {
        News::MissedSomething => None,
        News::Item { node, .. }
        | News::Retracted { node, .. }
        | News::Subscription { node, .. }
        | News::Role { node, .. }
        | News::Configured { node, .. }
        | News::Deleted { node } => Some(node),
    }
}

/// One piece of news inside an event.
pub fn part(news: &News) -> String {
    let open = |name: &str, node: &str| {
        let mut out = format!("<{name}");
        attribute("node", node, &mut out);
        out
    };
    match news {
        News::Item { node, id, publisher, payload } => {
            let mut out = open("items", node) + "><item";
            attribute("id", id, &mut out);
            if let Some(publisher) = publisher {
                attribute("publisher", publisher, &mut out);
            }
            format!("{out}>{}</item></items>", to_text(payload))
        }
        News::Retracted { node, id } => {
            let mut out = open("items", node) + "><retract";
            attribute("id", id, &mut out);
            out + "/></items>"
        }
        News::Subscription { node, jid, state, invited_by } => {
            let mut out = open("subscription", node);
            attribute("jid", jid, &mut out);
            attribute("subscription", state, &mut out);
            if let Some(by) = invited_by {
                attribute("invited-by", by, &mut out);
            }
            out + "/>"
        }
        News::Role { node, jid, role } => {
            let mut out = open("affiliations", node) + "><affiliation";
            attribute("jid", jid, &mut out);
            attribute("affiliation", role, &mut out);
            out + "/></affiliations>"
        }
        News::Configured { node, fields } => {
            let mut out = open("configuration", node) + "><x xmlns='jabber:x:data' type='result'>";
            for (name, value) in fields {
                out.push_str("<field");
                attribute("var", name, &mut out);
                out.push_str("><value>");
                escape_text(value, &mut out);
                out.push_str("</value></field>");
            }
            out + "</x></configuration>"
        }
        News::Deleted { node } => open("delete", node) + "/>",
        News::MissedSomething => String::new(),
    }
}

/// Reads the news of a message; what is not understood is passed over.
pub fn read(message: &Element) -> Vec<News> {
    let mut news = Vec::new();
    for child in message.children() {
        match child.name() {
            "event" if child.ns() == EVENT => child.children().for_each(|part| read_part(part, &mut news)),
            "you-missed-something" if child.ns() == BUDDYCLOUD => news.push(News::MissedSomething),
            _ => {}
        }
    }
    news.truncate(NEWS);
    news
}

fn read_part(part: &Element, news: &mut Vec<News>) {
    let node = part.attr("node");
    match (part.name(), node) {
        ("items", Some(node)) => part.children().for_each(|item| news.extend(read_item(node, item))),
        ("subscription", Some(node)) => news.extend(read_subscription(node, part)),
        ("subscriptions", node) => {
            news.extend(part.children().filter_map(|one| read_subscription(one.attr("node").or(node)?, one)));
        }
        ("affiliations", node) => {
            news.extend(part.children().filter_map(|one| read_role(one.attr("node").or(node)?, one)));
        }
        ("configuration", Some(node)) => {
            let fields = fields(part.children().flat_map(Element::children));
            news.push(News::Configured { node: node.to_owned(), fields });
        }
        ("delete", Some(node)) => news.push(News::Deleted { node: node.to_owned() }),
        _ => {}
    }
}

/// Names and values of a form's fields.
pub fn fields<'a>(fields: impl Iterator<Item = &'a Element>) -> Vec<(String, String)> {
    let fields = fields.filter(|field| field.name() == "field").filter_map(|field| {
        let value = field.children().find(|child| child.name() == "value").map(Element::text);
        Some((field.attr("var")?.to_owned(), value.unwrap_or_default()))
    });
    fields.collect()
}

fn read_item(node: &str, item: &Element) -> Option<News> {
    let (node, id) = (node.to_owned(), local_id(item.attr("id")?).to_owned());
    match item.name() {
        "retract" => Some(News::Retracted { node, id }),
        "item" => {
            let payload = item.children().next()?.clone();
            Some(News::Item { node, id, publisher: item.attr("publisher").map(str::to_owned), payload })
        }
        _ => None,
    }
}

fn read_subscription(node: &str, one: &Element) -> Option<News> {
    (one.name() == "subscription").then_some(())?;
    Some(News::Subscription {
        node: node.to_owned(),
        jid: one.attr("jid")?.to_owned(),
        state: one.attr("subscription")?.to_owned(),
        invited_by: one.attr("invited-by").map(str::to_owned),
    })
}

fn read_role(node: &str, one: &Element) -> Option<News> {
    (one.name() == "affiliation").then_some(())?;
    let (jid, role) = (one.attr("jid")?.to_owned(), one.attr("affiliation")?.to_owned());
    Some(News::Role { node: node.to_owned(), jid, role })
}

/// COMPAT(buddycloud-server-java 0.19): events carry `tag:service,node,id` where items have the bare id.
pub fn local_id(id: &str) -> &str {
    match id.strip_prefix("tag:").and_then(|rest| rest.rsplit_once(',')) {
        Some((_, local)) => local,
        None => id,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn client(text: &str) -> Element {
        let at = text.find([' ', '>']).unwrap();
        format!("{} xmlns='jabber:client'{}", &text[..at], &text[at..]).parse().unwrap()
    }

    #[test]
    fn a_request_names_whom_it_is_for_and_nobody_else() {
        let asked = client(
            "<iq type='get' from='bob@one.test/x' to='channels.one.test' id='1'><pubsub \
             xmlns='http://jabber.org/protocol/pubsub'><items node='/user/a@two.test/posts'/>\
             <actor xmlns='http://buddycloud.org/v1'>a@two.test</actor></pubsub></iq>",
        );
        let text = request(&asked, "channels.one.test", "channels.two.test", "r1", Some("bob@one.test"));
        assert_eq!(
            text,
            "<iq type='get' from='channels.one.test' to='channels.two.test' id='r1'><pubsub \
             xmlns='http://jabber.org/protocol/pubsub'><items node='/user/a@two.test/posts'/>\
             <actor xmlns='http://buddycloud.org/v1'>bob@one.test</actor></pubsub></iq>"
        );
        assert!(!request(&asked, "a", "b", "r1", None).contains("actor"));
        let empty = client("<iq type='get' id='1'><query xmlns='urn:q' node='n'/></iq>");
        let text = request(&empty, "a", "b", "r", Some("x@y"));
        assert!(text.ends_with("node='n'><actor xmlns='http://buddycloud.org/v1'>x@y</actor></query></iq>"), "{text}");
    }

    #[test]
    fn an_answer_goes_to_the_asker_under_its_own_id() {
        let stanza =
            client("<iq type='result' from='channels.two.test' to='channels.one.test' id='r1'><a xmlns='u'/></iq>");
        let asked = |node: &str| Asked { payload: ("a".to_owned(), "u".to_owned()), node: Some(node.to_owned()) };
        let text = answer(&stanza, "channels.one.test", "bob@one.test/x", "7", &asked("n"));
        assert!(text.contains("id='7'") && text.contains("to='bob@one.test/x'"), "{text}");
        assert!(text.contains("from='channels.one.test'") && !text.contains("two.test"), "{text}");
        let more = client(
            "<iq type='result' from='channels.two.test' id='r1'><a xmlns='u'><items node='n'><item id='1'/></items>\
             <items node='m'><item id='2'/></items></a><b xmlns='u'/></iq>",
        );
        let text = answer(&more, "channels.one.test", "bob@one.test/x", "7", &asked("n"));
        assert!(text.contains("id='1'") && !text.contains("id='2'") && !text.contains("<b"), "{text}");
    }

    #[test]
    fn news_of_all_three_kinds_of_service_are_read() {
        let ours = client(
            "<message><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='i' \
             publisher='a@b'><entry xmlns='u'/></item><retract id='j'/></items></event></message>",
        );
        let read_ours = read(&ours);
        assert!(matches!(&read_ours[0], News::Item { id, publisher: Some(by), .. } if id == "i" && by == "a@b"));
        assert_eq!(read_ours[1], News::Retracted { node: "n".to_owned(), id: "j".to_owned() });
        let node = client(
            "<message><event xmlns='http://jabber.org/protocol/pubsub#event'><subscription node='n' jid='a@b' \
             subscription='subscribed'/><affiliations node='n'><affiliation jid='a@b' affiliation='publisher'/>\
             </affiliations></event></message>",
        );
        let role = |role: &str| News::Role { node: "n".to_owned(), jid: "a@b".to_owned(), role: role.to_owned() };
        assert!(matches!(&read(&node)[..], [News::Subscription { state, .. }, found] if state == "subscribed"
            && *found == role("publisher")));
        let java = client(
            "<message><event xmlns='http://jabber.org/protocol/pubsub#event'><affiliations xmlns='' node='n'>\
             <affiliation jid='a@b' affiliation='member'/></affiliations><items node='n'><retract \
             id='tag:null@s,/user/x@y/posts,77'/></items></event></message>",
        );
        assert_eq!(read(&java), [role("member"), News::Retracted { node: "n".to_owned(), id: "77".to_owned() }]);
        let missed = missed_something("a", "b");
        assert_eq!(read(&client(&missed)), [News::MissedSomething]);
    }
}
