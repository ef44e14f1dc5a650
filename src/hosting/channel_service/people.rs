//! Lists of people and roles, and changing roles (XEP-0060 §5.6, §5.7, §8.8, §8.9).

use jid::Jid;

use super::names;
use super::permissions::Role;
use super::place::whose;
use super::request::{self, Request};
use super::{Actor, Answer, Service, bounds, refuse};
use crate::hosting::stanza::{StanzaError, attribute};
use crate::store::channels::Subscription;

/// Changes in one request.
const CHANGES: usize = 50;

impl Service {
    /// What somebody follows, or waits to.
    pub(super) fn own_subscriptions(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscriptions");
        let write = |node: &str, one: &Subscription, out: &mut String| {
            out.push_str("<subscription");
            attribute("node", one.called.as_deref().unwrap_or(node), out);
            attribute("jid", &one.jid, out);
            attribute("subscription", &one.state, out);
            if let Some(by) = &one.invited_by {
                attribute("invited-by", by, out);
            }
            out.push_str("/>");
        };
        if let Some(node) = asked.node() {
            let place = self.place(actor, node)?;
            attribute("node", node, &mut out);
            out.push('>');
            for one in self.store.subscriptions_by(place.node.number, &actor.bare)? {
                write(node, &one, &mut out);
            }
            out.push_str("</subscriptions></pubsub>");
            return Ok(out);
        }
        out.push('>');
        let after = match asked.page.after.as_deref() {
            Some(after) => Some(
                after
                    .strip_prefix("/user/")
                    .and_then(|rest| rest.split_once('/'))
                    .ok_or_else(|| StanzaError::new("item-not-found"))?,
            ),
            None => None,
        };
        let size = asked.page.size(bounds::SUBSCRIPTIONS, bounds::SUBSCRIPTIONS);
        let mut list = self.store.follows_of(&actor.bare, after, size)?;
        let bytes = |(channel, kind, one): &(String, String, Subscription)| {
            let by = one.invited_by.as_deref().unwrap_or_default();
            request::line_bytes(&[channel, kind, one.called.as_deref().unwrap_or_default(), &one.jid, by])
        };
        let is_cut = request::fit(&mut list, bytes);
        let names: Vec<String> = list.iter().map(|(channel, kind, _)| names::node(channel, kind)).collect();
        for (node, (_, _, one)) in names.iter().zip(&list) {
            write(node, one, &mut out);
        }
        out.push_str("</subscriptions>");
        if asked.page.is_asked || is_cut {
            let ends = names.first().zip(names.last()).map(|(first, last)| (first.as_str(), last.as_str()));
            let count = self.store.follow_count_of(&actor.bare)?;
            out.push_str(&request::write_rsm(ends, after.is_none().then_some(0), Some(count)));
        }
        out.push_str("</pubsub>");
        Ok(out)
    }

    /// One's roles.
    pub(super) fn own_affiliations(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let after = asked.page.after.as_deref().and_then(|node| node.strip_prefix("/user/")?.split_once('/'));
        let size = asked.page.size(bounds::SUBSCRIPTIONS, bounds::SUBSCRIPTIONS);
        let mut roles = self.store.roles_of(&actor.bare, after.map(|(channel, _)| channel), size)?;
        let is_cut = request::fit(&mut roles, |(channel, _)| request::line_bytes(&[channel, &actor.bare]));
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub'><affiliations>");
        let names: Vec<String> = roles.iter().map(|(channel, _)| names::node(channel, "posts")).collect();
        for (node, (_, role)) in names.iter().zip(&roles) {
            out.push_str("<affiliation");
            attribute("node", node, &mut out);
            attribute("jid", &actor.bare, &mut out);
            attribute("affiliation", role, &mut out);
            out.push_str("/>");
        }
        out.push_str("</affiliations>");
        if asked.page.is_asked || is_cut {
            let ends = names.first().zip(names.last()).map(|(first, last)| (first.as_str(), last.as_str()));
            out.push_str(&request::write_rsm(ends, after.is_none().then_some(0), None));
        }
        out.push_str("</pubsub>");
        Ok(out)
    }

    /// Who has a role in a channel. The banned are for those who look after it.
    pub(super) fn list_roles(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let place = self.place(actor, asked.required_node()?)?;
        place.standing.may_read(place.access())?;
        let sees_banned = place.standing.may_moderate().is_ok();
        let size = asked.page.size(bounds::LIST, bounds::LIST);
        let (channel, after) = (place.channel.number, asked.page.after.as_deref());
        let (mut roles, count) = if sees_banned {
            (self.store.roles(channel, after, size)?, self.store.role_count(channel)?)
        } else {
            (self.store.members(channel, after, size)?, self.store.member_count(channel)?)
        };
        request::fit(&mut roles, |(bare, _)| request::line_bytes(&[bare]));
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><affiliations");
        attribute("node", &place.asked, &mut out);
        out.push('>');
        for (bare, role) in &roles {
            out.push_str("<affiliation");
            attribute("jid", bare, &mut out);
            attribute("affiliation", role, &mut out);
            out.push_str("/>");
        }
        out.push_str("</affiliations>");
        if asked.page.is_asked || roles.len() < count {
            let ends = roles.first().zip(roles.last());
            let ends = ends.map(|((first, _), (last, _))| (first.as_str(), last.as_str()));
            out.push_str(&request::write_rsm(ends, after.is_none().then_some(0), Some(count)));
        }
        out.push_str("</pubsub>");
        Ok(out)
    }

    /// Who follows a node. Who waits or is invited is for those who look after it, and for themselves.
    pub(super) fn list_subscriptions(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let place = self.place(actor, asked.required_node()?)?;
        place.standing.may_read(place.access())?;
        let sees_all = place.standing.may_moderate().is_ok();
        let size = asked.page.size(bounds::LIST, bounds::LIST);
        let (node, after) = (place.node.number, asked.page.after.as_deref());
        let mut list = if sees_all {
            self.store.applicants(node, after, size)?
        } else {
            self.store.followers(node, &actor.bare, after, size)?
        };
        let is_full = list.len() == size;
        let is_cut = request::fit(&mut list, |one| request::line_bytes(&[&one.jid]));
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><subscriptions");
        attribute("node", &place.asked, &mut out);
        out.push('>');
        for one in &list {
            out.push_str("<subscription");
            attribute("jid", &one.jid, &mut out);
            attribute("subscription", &one.state, &mut out);
            out.push_str("/>");
        }
        out.push_str("</subscriptions>");
        if asked.page.is_asked || is_full || is_cut {
            let ends = list.first().zip(list.last()).map(|(first, last)| (first.jid.as_str(), last.jid.as_str()));
            out.push_str(&request::write_rsm(ends, asked.page.after.is_none().then_some(0), None));
        }
        out.push_str("</pubsub>");
        Ok(out)
    }

    /// Changes roles. Who is banned, or has no role any more, follows no longer; who waited and gets one is in.
    pub(super) fn set_roles(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        let place = self.place(actor, asked.required_node()?)?;
        place.standing.may_moderate()?;
        let channel = place.channel.number;
        let changes: Vec<_> = asked.action.children().filter(|child| child.name() == "affiliation").collect();
        if changes.is_empty() || changes.len() > CHANGES {
            return refuse("bad-request");
        }
        for change in changes {
            let jid = change.attr("jid").and_then(|jid| Jid::new(jid).ok());
            let bare = jid.ok_or_else(|| StanzaError::new("bad-request").pubsub("jid-required"))?.to_bare().to_string();
            let to = change.attr("affiliation").and_then(Role::parse);
            let to = to.ok_or_else(|| StanzaError::new("bad-request").text("There is no such role."))?;
            let from = self.role(channel, &bare)?;
            place.standing.may_set_role(whose(actor, &bare), from, to)?;
            if !place.channel.is_topic && bare == place.channel.name {
                let text = "A personal channel belongs to the one it is named after.";
                return Err(StanzaError::new("not-allowed").text(text).into());
            }
            if from == to {
                continue;
            }
            if from == Role::None && self.store.role_count(channel)? >= bounds::ROLES {
                return refuse("resource-constraint");
            }
            let via = self.store.relay_of(channel, &bare)?;
            self.store.set_role(channel, &bare, (to != Role::None).then_some(to.word()))?;
            self.tell_role(&place.channel, &bare, to, via.as_deref())?;
            if to < Role::Member {
                self.put_out(&place.channel, &bare, via, now)?;
            } else {
                self.let_in(&place.channel, &bare, now)?;
            }
        }
        Ok(String::new())
    }
}
