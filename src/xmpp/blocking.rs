//! Blocking Command (XEP-0191): the list of whom an account does not want to hear from.

use jid::Jid;
use minidom::Element;

use super::element::element;
use super::{Kind, Request};

const NS: &str = "urn:xmpp:blocking";

/// What the server tells those who have asked for the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// These were blocked.
    Blocked(Vec<String>),
    /// These are blocked no more.
    Unblocked(Vec<String>),
    /// Nobody is blocked any more.
    AllUnblocked,
}

/// Asks for the list (§3.1); whoever has asked is told of changes.
pub fn list() -> Request {
    Request { to: None, kind: Kind::Get, payload: Element::bare("blocklist", NS) }
}

/// Blocks an address (§3.2).
pub fn block(who: &Jid) -> Request {
    change("block", who)
}

/// Blocks it no more (§3.4).
pub fn unblock(who: &Jid) -> Request {
    change("unblock", who)
}

fn change(name: &str, who: &Jid) -> Request {
    let mut payload = Element::bare(name, NS);
    payload.append_child(element("item", NS, &[("jid", who.as_str())]));
    Request { to: None, kind: Kind::Set, payload }
}

/// Reads the answer to [`list`]: addresses in canonical form; what is none is passed over. `None` if it is no list.
pub fn read_list(answer: &Element) -> Option<Vec<String>> {
    answer.is("blocklist", NS).then(|| items(answer))
}

/// Reads what the server tells unasked. The caller has checked that it is the own account that speaks.
pub fn read_push(payload: &Element) -> Option<Push> {
    if payload.is("block", NS) {
        return Some(Push::Blocked(items(payload)));
    }
    if !payload.is("unblock", NS) {
        return None;
    }
    let is_all = payload.children().next().is_none();
    Some(if is_all { Push::AllUnblocked } else { Push::Unblocked(items(payload)) })
}

fn items(list: &Element) -> Vec<String> {
    let items = list.children().filter(|child| child.is("item", NS));
    items.filter_map(|item| Some(item.attr("jid")?.parse::<Jid>().ok()?.to_string())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn element_of(xml: &str) -> Element {
        xml.parse().unwrap()
    }

    #[test]
    fn lists_and_pushes_are_read_and_nonsense_is_passed_over() {
        let list = "<blocklist xmlns='urn:xmpp:blocking'><item jid='Romeo@Montague.LIT'/><item jid='@'/><item/>\
            <item jid='iago.lit'/><other jid='x.lit'/></blocklist>";
        let names = ["romeo@montague.lit".to_owned(), "iago.lit".to_owned()];
        assert_eq!(read_list(&element_of(list)), Some(names.to_vec()));
        assert_eq!(read_list(&element_of("<blocklist xmlns='x'/>")), None);
        let push = |xml: &str| read_push(&element_of(xml));
        let blocked = "<block xmlns='urn:xmpp:blocking'><item jid='iago.lit'/></block>";
        assert_eq!(push(blocked), Some(Push::Blocked(vec!["iago.lit".to_owned()])));
        assert_eq!(
            push(&blocked.replace("block ", "unblock ").replace("/block>", "/unblock>")),
            Some(Push::Unblocked(vec!["iago.lit".to_owned()]))
        );
        assert_eq!(push("<unblock xmlns='urn:xmpp:blocking'/>"), Some(Push::AllUnblocked));
        let odd = push("<unblock xmlns='urn:xmpp:blocking'><item jid='@'/></unblock>");
        assert_eq!(odd, Some(Push::Unblocked(Vec::new())), "one that cannot be read is not all");
        assert_eq!(push("<query xmlns='jabber:iq:roster'/>"), None);
    }

    #[test]
    fn one_address_is_named() {
        let request = block(&"iago@shakespeare.lit".parse().unwrap());
        assert_eq!(request.to, None);
        assert_eq!(
            String::from(&request.payload),
            "<block xmlns='urn:xmpp:blocking'><item jid='iago@shakespeare.lit'/></block>"
        );
    }
}
