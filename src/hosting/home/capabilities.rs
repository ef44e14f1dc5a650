//! Entity capabilities, XEP-0115: which events a client wants, asked once a version.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use minidom::Element;

use super::accounts::{self, Hash};
use super::disco::INFO;
use super::router::{Interests, Router};
use super::session::{Capabilities, SessionId};
use crate::hosting::form::DATA;
use crate::hosting::stanza::attribute;

const CAPS: &str = "http://jabber.org/protocol/caps";
/// The most nodes one client wants events of.
const NODES: usize = 200;

impl Router {
    /// A client's presence may name a version; an unknown one is asked about.
    pub(super) fn learn_capabilities(&mut self, id: SessionId, presence: &Element) {
        let named = presence.get_child("c", CAPS).and_then(|caps| {
            let node = caps.attr("node")?;
            let version = caps.attr("ver")?;
            Some((format!("{node}#{version}"), caps.attr("hash").unwrap_or_default().to_owned()))
        });
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some((node, hash)) = named.filter(|(node, hash)| node.len() < 2048 && hash.len() < 64) else {
            session.capabilities = Capabilities::None;
            session.interests.clear();
            return;
        };
        let version = format!("{hash} {node}");
        match &session.capabilities {
            Capabilities::Known(known) if *known == version => return,
            Capabilities::Asked { version: asked, .. } if *asked == version => return,
            _ => {}
        }
        if let Some(interests) = self.versions.get(&version).cloned() {
            return self.set_interests(id, version, &interests);
        }
        let request = accounts::fresh();
        session.capabilities = Capabilities::Asked { id: request.clone(), version };
        let mut out = String::from("<iq type='get'");
        attribute("id", &request, &mut out);
        attribute("from", &self.names.domain, &mut out);
        attribute("to", session.jid.as_str(), &mut out);
        out.push_str(&format!("><query xmlns='{INFO}'"));
        attribute("node", &node, &mut out);
        out.push_str("/></iq>");
        self.send(id, out);
    }

    /// The client's answer. It is remembered for the version only if the version is the hash of it.
    pub(super) fn capabilities_answer(&mut self, id: SessionId, stanza: &Element) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let version = match &session.capabilities {
            Capabilities::Asked { id, version } if stanza.attr("id") == Some(id) => version.clone(),
            _ => return,
        };
        session.capabilities = Capabilities::None;
        let Some(query) = stanza.get_child("query", INFO).filter(|_| stanza.attr("type") == Some("result")) else {
            return;
        };
        let wanted = query.children().filter(|child| child.is("feature", INFO)).filter_map(|child| child.attr("var"));
        let wanted = wanted.filter_map(|feature| feature.strip_suffix("+notify")).map(str::to_owned).take(NODES);
        let interests: Interests = Arc::new(wanted.collect());
        if version.starts_with("sha-1 ") && version.ends_with(&format!("#{}", hash(query))) {
            self.versions.put(version.clone(), interests.clone());
        }
        self.set_interests(id, version, &interests);
    }

    fn set_interests(&mut self, id: SessionId, version: String, interests: &Interests) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.capabilities = Capabilities::Known(version);
        let before = std::mem::replace(&mut session.interests, interests.iter().cloned().collect());
        let new: Vec<String> = interests.iter().filter(|node| !before.contains(*node)).cloned().collect();
        self.send_last_items(id, &new);
    }
}

/// The verification string of a disco#info result (§5.1).
fn hash(query: &Element) -> String {
    let of = |name: &'static str| query.children().filter(move |child| child.is(name, INFO));
    let part = |element: &Element, name: &str| element.attr(name).unwrap_or_default().to_owned();
    let mut identities: Vec<String> = of("identity")
        .map(|one| {
            let lang = one.attr_ns("http://www.w3.org/XML/1998/namespace", "lang").unwrap_or_default();
            format!("{}/{}/{lang}/{}<", part(one, "category"), part(one, "type"), part(one, "name"))
        })
        .collect();
    identities.sort();
    let mut features: Vec<String> = of("feature").map(|one| part(one, "var") + "<").collect();
    features.sort();
    let mut forms: Vec<String> = query.children().filter(|child| child.is("x", DATA)).map(form).collect();
    forms.sort();
    let text = identities.concat() + &features.concat() + &forms.concat();
    base64::engine::general_purpose::STANDARD.encode(Hash::Sha1.digest(text.as_bytes()))
}

fn form(form: &Element) -> String {
    let mut fields: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for field in form.children().filter(|child| child.is("field", DATA)) {
        let mut values: Vec<String> = field.children().filter(|one| one.is("value", DATA)).map(Element::text).collect();
        values.sort();
        fields.insert(field.attr("var").unwrap_or_default(), values);
    }
    let mut out = fields.remove("FORM_TYPE").and_then(|values| values.into_iter().next()).unwrap_or_default() + "<";
    for (name, values) in fields {
        out.push_str(name);
        out.push('<');
        for value in values {
            out.push_str(&value);
            out.push('<');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// XEP-0115 §5.2 and §5.3
    #[test]
    fn verification_strings() {
        let simple = "<query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity category='client' name='Exodus 0.9.1' type='pc'/>\
            <feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>\
            </query>";
        assert_eq!(hash(&simple.parse().unwrap()), "QgayPKawpkPSDYmwT/WM94uAlu0=");
        let complex = "<query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>\
            <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>\
            <feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>\
            <x xmlns='jabber:x:data' type='result'>\
            <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
            <field var='ip_version'><value>ipv4</value><value>ipv6</value></field>\
            <field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>\
            <field var='software'><value>Psi</value></field><field var='software_version'><value>0.11</value></field>\
            </x></query>";
        assert_eq!(hash(&complex.parse().unwrap()), "q07IKJEyjvHSyhy//CH0CxmKi8w=");
    }
}
