//! Roles and followers of an archive.

use jid::Jid;
use minidom::Element;

use super::{Begun, Fault, Reader, bad, short, value};
use crate::hosting::channel_service::bounds;
use crate::hosting::channel_service::names::{self, Target, comments_kind};
use crate::hosting::channel_service::permissions::Role;
use crate::hosting::channel_service::request::OWNER;
use crate::store::channels::Subscription;

impl Reader<'_> {
    /// Roles (XEP-0060 §8.9).
    pub(super) fn affiliations(&mut self, element: &Element) -> Result<(), Fault> {
        let begun = self.begun()?;
        for one in element.children().filter(|child| child.is("affiliation", OWNER)) {
            let bare = begun.person(value(one, "jid")?)?;
            let role = match Role::parse(value(one, "affiliation")?) {
                Some(Role::None) | None => return bad(format!("the role of {bare} is not known")),
                Some(role) => role,
            };
            if self.store.role(begun.number, &bare)?.is_some() {
                return bad(format!("{bare} has two roles"));
            }
            self.roles += 1;
            if self.roles > bounds::ROLES {
                return bad("too many people have a role");
            }
            let is_owner = role == Role::Owner && (begun.is_topic || bare == begun.name);
            self.owners += usize::from(is_owner);
            self.store.set_role(begun.number, &bare, Some(role.word()))?;
        }
        Ok(())
    }

    /// Followers of a node, listeners of a thread (XEP-0060 §8.8).
    pub(super) fn subscriptions(&mut self, element: &Element) -> Result<(), Fault> {
        let begun = self.begun()?;
        let kind = match names::read(value(element, "node")?, "") {
            Some(Target::Comments(id)) => {
                let id = self.renamed.get(&id).unwrap_or(&id);
                if !self.threads.contains(id) {
                    return bad(format!("there is no thread {}", short(id)));
                }
                comments_kind(id)
            }
            Some(Target::Node { channel, kind }) if channel == begun.old_name => kind,
            _ => return bad("the node is not one of this channel"),
        };
        let node = match self.store.node(begun.number, &kind)? {
            Some(node) => node.number,
            None if kind.starts_with("comments/") => self.store.add_node(begun.number, &kind)?,
            None => return bad(format!("the channel has no node {kind}")),
        };
        let mut followers = self.store.follower_count(node)?;
        for one in element.children().filter(|child| child.is("subscription", OWNER)) {
            let subscription = self.subscription(&begun, node, &kind, one)?;
            if self.store.subscription(node, &subscription.jid)?.is_some() {
                return bad(format!("{} follows twice", subscription.jid));
            }
            followers += 1;
            if followers > bounds::FOLLOWERS {
                return bad("too many people follow the channel");
            }
            self.store.set_subscription(&subscription)?;
        }
        Ok(())
    }

    fn subscription(&self, begun: &Begun, node: i64, kind: &str, one: &Element) -> Result<Subscription, Fault> {
        let text = value(one, "jid")?;
        let Ok(jid) = Jid::new(text) else { return bad(format!("“{}” is no address", short(text))) };
        let bare = begun.person(jid.to_bare().as_str())?;
        // Another account has other resources.
        let is_same = bare == jid.to_bare().as_str();
        let state = value(one, "subscription")?;
        if !matches!(state, "subscribed" | "pending" | "invited") {
            return bad(format!("the state of {bare} is not known"));
        }
        // What plain clients call the node: its own name, or the plain one of a topic channel.
        let alias = begun.name.split_once('@').map(|(local, _)| local.to_owned());
        let called = match one.attr("called") {
            Some(name) if name.starts_with("/user/") => Some(names::node(&begun.name, kind)),
            Some(_) => alias.filter(|_| kind == "posts" && begun.is_topic),
            None => None,
        };
        Ok(Subscription {
            node,
            jid: if is_same { jid.to_string() } else { bare.clone() },
            bare,
            state: state.to_owned(),
            called,
            // Their own service knows the channel where it was; of this one it has to be told by them.
            via: one.attr("via").filter(|_| begun.is_home).map(str::to_owned),
            is_temporary: false,
            invited_by: one.attr("invited-by").map(|by| begun.person(by)).transpose()?,
            since: self.moment(one, "since")?,
        })
    }
}
