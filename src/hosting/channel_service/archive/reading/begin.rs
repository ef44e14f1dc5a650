//! What an archive says of the channel itself: its name here, its nodes.

use jid::BareJid;
use minidom::Element;

use super::{Begun, Fault, NS, Reader, bad, short, value};
use crate::hosting::channel_service::bounds;
use crate::hosting::channel_service::names::{self, Target};
use crate::hosting::channel_service::permissions::Access;
use crate::store::channels::{Metadata, NewChannel};

impl Reader<'_> {
    /// Makes the channel, with its nodes.
    pub(super) fn begin(&mut self, element: &Element) -> Result<(), Fault> {
        if self.channel.is_some() {
            return bad("there is a second channel");
        }
        let old_name = BareJid::new(value(element, "name")?).ok().filter(|name| name.node().is_some());
        let Some(old_name) = old_name else { return bad("the channel's name is no address") };
        let is_topic = match value(element, "kind")? {
            "topic" => true,
            "personal" => false,
            other => return bad(format!("channels of the kind “{}” are not known", short(other))),
        };
        let name = self.name(&old_name, is_topic)?;
        let old_name = old_name.to_string();
        if self.store.channel(&name)?.is_some() {
            return Err(Fault::Unwanted(format!("there is a channel {name} already")));
        }
        let access = value(element, "access")?;
        if Access::parse(access).is_none() {
            return bad(format!("the access “{}” is not known", short(access)));
        }
        let default_role = value(element, "default-role")?;
        if !matches!(default_role, "publisher" | "member") {
            return bad(format!("followers cannot be made “{}”", short(default_role)));
        }
        let is_home = name == old_name && value(element, "service")? == self.settings.address;
        let mut begun = Begun {
            number: 0,
            name,
            old_name,
            is_topic,
            is_home,
            access: access.to_owned(),
            default_role: default_role.to_owned(),
            updated: self.moment(element, "updated")?,
        };
        let kinds = kinds(&begun, element)?;
        let metadata = Metadata { title: &begun.name, description: "", access, default_role };
        let creator = begun.person(value(element, "creator")?)?;
        let new = NewChannel { name: &begun.name, is_topic, metadata, creator: &creator, authority: None };
        begun.number = self.store.add_channel(&new, self.moment(element, "created")?)?;
        for kind in &kinds {
            self.store.add_node(begun.number, kind)?;
        }
        self.channel = Some(begun);
        Ok(())
    }

    /// What the channel is called here.
    fn name(&self, old: &BareJid, is_topic: bool) -> Result<String, Fault> {
        let domain = if is_topic { &self.settings.topics } else { &self.settings.domain };
        let name = match self.wanted {
            Some(wanted) if wanted.contains('@') => wanted.to_owned(),
            Some(wanted) => format!("{wanted}@{domain}"),
            None if is_topic => format!("{}@{domain}", old.node().map_or("", |node| node.as_str())),
            None if old.domain().as_str() == domain => old.to_string(),
            None => {
                let text = format!("this is the personal channel of {old}; say with --as whose it becomes here");
                return Err(Fault::Unwanted(text));
            }
        };
        match BareJid::new(&name) {
            Ok(jid) if jid.node().is_some() && jid.domain().as_str() == domain => Ok(jid.to_string()),
            _ => {
                let kind = if is_topic { "topic" } else { "personal" };
                let text = format!("{name} cannot be the name of a {kind} channel here: these are …@{domain}");
                Err(Fault::Unwanted(text))
            }
        }
    }
}

/// The nodes: those that such a channel always has, and others of its owner's making.
fn kinds(begun: &Begun, element: &Element) -> Result<Vec<String>, Fault> {
    let own: &[&str] = if begun.is_topic { &names::TOPIC } else { &names::PERSONAL };
    let mut kinds: Vec<String> = own.iter().map(|kind| (*kind).to_owned()).collect();
    for kind in element.children().filter(|child| child.is("node", NS)).map(Element::text) {
        let node = format!("/user/{}/{kind}", begun.name);
        if names::read(&node, "") != Some(Target::Node { channel: begun.name.clone(), kind: kind.clone() }) {
            return bad(format!("a node “{}” cannot be", short(&kind)));
        }
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
        if kinds.len() > bounds::NODES {
            return bad("the channel has too many nodes");
        }
    }
    Ok(kinds)
}
