//! What other services tell: believed about their own channels only, kept in the copies, and told on to our people.

use std::collections::{BTreeMap, BTreeSet};

use minidom::Element;

use super::copy::People;
use super::peers::{Authority, domain_of};
use super::wire::{self, News};
use crate::hosting::channel_service::{Service, bounds, names};
use crate::hosting::stanza::{addressed, attribute};
use crate::store::StoreError;
use crate::store::channels::{Channel, Metadata, NewChannel, Node, Subscription};

/// Invitations from elsewhere that wait for one person.
const INVITATIONS: usize = 50;

impl Service {
    /// A message of another service; false if it is none. It is put off while it is not known whose service that is.
    pub(in crate::hosting::channel_service) fn news(
        &mut self,
        from: &str,
        message: &Element,
        now: i64,
    ) -> Result<bool, StoreError> {
        let news = wire::read(message);
        if news.is_empty() {
            return self.form_of_another_service(from, message);
        }
        // Nothing is done before it is known whose each part is: done again later, it would be no news any more.
        for node in news.iter().filter_map(wire::node) {
            if let Some((name, _)) = self.foreign_node(node)
                && let Some(domain) = domain_of(&name)
                && self.authority(&domain, now) == Authority::Asking
            {
                self.park(&domain, message);
                return Ok(true);
            }
        }
        // Each part is believed or not by itself, and only what is believed is told on.
        let mut told: BTreeMap<String, String> = BTreeMap::new();
        for one in news {
            for jid in self.one_news(from, &one, now)? {
                told.entry(jid).or_default().push_str(&wire::part(&one));
            }
        }
        for (jid, parts) in told {
            self.send_event(&jid, &parts);
        }
        Ok(true)
    }

    fn send_event(&mut self, to: &str, parts: &str) {
        let mut out = String::from("<message type='headline'");
        attribute("from", &self.settings.address, &mut out);
        attribute("to", to, &mut out);
        out.push_str(&format!("><event xmlns='http://jabber.org/protocol/pubsub#event'>{parts}</event></message>"));
        self.send(out);
    }

    /// Keeps one piece of news, if it is of a channel of that service. Gives the addresses that are told.
    fn one_news(&mut self, from: &str, news: &News, now: i64) -> Result<Vec<String>, StoreError> {
        let Some(node) = wire::node(news) else {
            self.renew_all(Some(from))?;
            return Ok(Vec::new());
        };
        let Some((name, kind)) = self.foreign_node(node) else { return Ok(Vec::new()) };
        let domain = domain_of(&name).unwrap_or_default();
        if self.authority(&domain, now) != Authority::Service(from.to_owned()) {
            tracing::debug!(service.jid = from, "a service told something of a channel that is not its own");
            return Ok(Vec::new());
        }
        self.believe(from, &name, &kind, news, now)
    }

    /// Keeps one piece of news of a channel's own service. Gives the full and bare addresses that are told.
    fn believe(
        &mut self,
        from: &str,
        name: &str,
        kind: &str,
        news: &News,
        now: i64,
    ) -> Result<Vec<String>, StoreError> {
        if let News::Subscription { jid, state, invited_by, .. } = news {
            if !self.is_expected(name, kind, jid, state)? {
                return Ok(Vec::new());
            }
            self.remember_subscription(from, name, kind, jid, state, invited_by.as_deref(), now)?;
            return self.concerned(name, jid);
        }
        let Some(channel) = self.store.channel(name)?.filter(|channel| channel.authority.as_deref() == Some(from))
        else {
            return Ok(Vec::new());
        };
        if let News::Role { jid, role, .. } = news {
            if self.is_member(jid) {
                self.store.set_role(channel.number, jid, Some(role.as_str()).filter(|role| *role != "none"))?;
            }
            return self.concerned(name, jid);
        }
        let Some(node) = self.store.node(channel.number, kind)? else { return Ok(Vec::new()) };
        match news {
            News::Item { id, publisher, payload, .. } => {
                match self.keep_post(node.number, id, publisher.as_deref(), payload, now)? {
                    true => self.followers_here(&node),
                    false => Ok(Vec::new()),
                }
            }
            News::Retracted { id, .. } => {
                // With a tombstone beside it the post stays as that.
                let was_there = self.store.post(node.number, id)?.is_some_and(|post| !post.is_deleted);
                if was_there {
                    self.store.remove_post(node.number, id, now)?;
                }
                if was_there { self.followers_here(&node) } else { Ok(Vec::new()) }
            }
            News::Configured { fields, .. } => {
                self.keep_metadata(&channel, fields, now)?;
                self.followers_here(&node)
            }
            News::Deleted { .. } if kind == "posts" => {
                let people = self.followers_here(&node);
                self.store.remove_channel(channel.number)?;
                people
            }
            News::Deleted { .. } => {
                let people = self.followers_here(&node);
                self.store.remove_node(node.number)?;
                people
            }
            News::Subscription { .. } | News::Role { .. } | News::MissedSomething => Ok(Vec::new()),
        }
    }

    /// Nobody is made a follower without having asked: what is new is an invitation at most, and of these there are
    /// not many at the same time.
    fn is_expected(&self, name: &str, kind: &str, jid: &str, state: &str) -> Result<bool, StoreError> {
        if !self.is_member(jid) {
            // Who looks after the channel here hears of others' requests.
            return Ok(true);
        }
        if let Some(channel) = self.store.channel(name)?
            && let Some(node) = self.store.node(channel.number, kind)?
            && self.store.subscription(node.number, jid)?.is_some()
        {
            return Ok(true);
        }
        if state != "invited" {
            return Ok(false);
        }
        let own = self.store.subscriptions_of(jid, None, bounds::SUBSCRIPTIONS)?;
        let invitations = own.iter().filter(|(_, _, one)| one.state == "invited").count();
        Ok(invitations < INVITATIONS && own.len() < bounds::SUBSCRIPTIONS)
    }

    pub(super) fn keep_metadata(
        &self,
        channel: &Channel,
        fields: &[(String, String)],
        now: i64,
    ) -> Result<(), StoreError> {
        let field = |var: &str, old: &str| -> String {
            let found = fields.iter().find(|(name, _)| name == var).map(|(_, value)| value.as_str());
            found.unwrap_or(old).chars().take(1_024).collect()
        };
        let metadata = Metadata {
            title: &field("pubsub#title", &channel.title),
            description: &field("pubsub#description", &channel.description),
            access: &field("pubsub#access_model", &channel.access),
            default_role: &field("buddycloud#default_affiliation", &channel.default_role),
        };
        self.store.set_metadata(channel.number, &metadata, now)
    }

    /// Somebody here follows a channel elsewhere, waits for it, or does no longer.
    #[expect(clippy::too_many_arguments, reason = "the parts of one subscription")]
    pub(super) fn remember_subscription(
        &mut self,
        authority: &str,
        name: &str,
        kind: &str,
        jid: &str,
        state: &str,
        invited_by: Option<&str>,
        now: i64,
    ) -> Result<(), StoreError> {
        if !self.is_member(jid) {
            return Ok(());
        }
        if state == "none" {
            return match self.store.channel(name)?.filter(|channel| channel.authority.is_some()) {
                Some(channel) => self.forget_follower(&channel, kind, jid),
                None => Ok(()),
            };
        }
        let channel = match self.store.channel(name)? {
            Some(channel) if channel.authority.is_none() => return Ok(()),
            Some(channel) => channel.number,
            None => {
                let metadata = Metadata { title: name, description: "", access: "authorize", default_role: "member" };
                let is_topic = name.contains("@topics.");
                let new = NewChannel { name, is_topic, metadata, creator: "", authority: Some(authority) };
                self.store.add_channel(&new, now)?
            }
        };
        let node = match self.store.node(channel, kind)? {
            Some(node) => node.number,
            None => self.store.add_node(channel, kind)?,
        };
        let old = self.store.subscription(node, jid)?;
        let subscription = Subscription {
            node,
            jid: jid.to_owned(),
            bare: jid.to_owned(),
            state: state.to_owned(),
            called: None,
            via: None,
            is_temporary: false,
            invited_by: invited_by.map(str::to_owned),
            since: old.as_ref().map_or(now, |old| old.since),
        };
        self.store.set_subscription(&subscription)?;
        let has_come = state == "subscribed" && old.is_none_or(|old| old.state != state);
        if has_come
            && let Some(channel) = self.store.channel(name)?
            && channel.synced.is_none()
        {
            self.renew(&channel)?;
        }
        Ok(())
    }

    /// A copy that nobody here follows any more is not kept up to date, so it is not kept.
    pub(super) fn forget_follower(&mut self, channel: &Channel, kind: &str, bare: &str) -> Result<(), StoreError> {
        if let Some(node) = self.store.node(channel.number, kind)? {
            self.store.end_subscription(node.number, bare)?;
        }
        if kind == "posts" && self.store.role(channel.number, bare)?.is_some_and(|role| role != "outcast") {
            self.store.set_role(channel.number, bare, None)?;
        }
        for node in self.store.nodes(channel.number)? {
            if !self.store.subscriptions(node.number, None, 1)?.is_empty() {
                return Ok(());
            }
        }
        self.store.remove_channel(channel.number)
    }

    /// A channel of another service is gone: those who follow it here are told.
    pub(super) fn lose_copy(&mut self, channel: &Channel) -> Result<(), StoreError> {
        if let Some(node) = self.store.node(channel.number, "posts")? {
            let gone = News::Deleted { node: names::node(&channel.name, "posts") };
            self.tell_followers_of_copy(node.number, &gone)?;
        }
        self.store.remove_channel(channel.number)
    }

    /// Tells those who follow a copy of what was found by reading the channel again.
    pub(super) fn tell_followers_of_copy(&mut self, node: i64, news: &News) -> Result<(), StoreError> {
        let part = wire::part(news);
        for recipient in self.store.recipients(node)? {
            let people = if recipient.resources.is_empty() { vec![recipient.jid] } else { recipient.resources };
            for jid in people {
                self.send_event(&jid, &part);
            }
        }
        Ok(())
    }

    fn followers_here(&self, node: &Node) -> Result<Vec<String>, StoreError> {
        let recipients = self.store.recipients(node.number)?.into_iter();
        Ok(recipients.flat_map(|one| if one.resources.is_empty() { vec![one.jid] } else { one.resources }).collect())
    }

    /// Who hears of somebody's subscription or role: that person, and those here who look after the channel.
    fn concerned(&self, name: &str, jid: &str) -> Result<Vec<String>, StoreError> {
        let mut people = Vec::new();
        if let Some(channel) = self.store.channel(name)? {
            people = self.store.moderators(channel.number)?;
        }
        people.push(jid.to_owned());
        let mut addresses = Vec::new();
        for bare in people.into_iter().filter(|bare| self.is_member(bare)).collect::<BTreeSet<_>>() {
            let resources = self.store.resources(&bare)?;
            if resources.is_empty() { addresses.push(bare) } else { addresses.extend(resources) }
        }
        Ok(addresses)
    }

    /// The question whether somebody may follow a channel elsewhere: for those here who look after it.
    fn form_of_another_service(&mut self, from: &str, message: &Element) -> Result<bool, StoreError> {
        let Some(form) = message.children().find(|child| child.is("x", "jabber:x:data")) else { return Ok(false) };
        let node = form.children().find(|field| field.attr("var") == Some("pubsub#node"));
        let node = node.and_then(|field| field.children().find(|value| value.name() == "value")).map(Element::text);
        let Some((name, _)) = node.and_then(|node| self.foreign_node(&node)) else { return Ok(false) };
        let channel = self.store.channel(&name)?.filter(|channel| channel.authority.as_deref() == Some(from));
        let Some(channel) = channel else { return Ok(false) };
        let mut people = self.store.moderators(channel.number)?;
        people.retain(|bare| self.is_member(bare));
        for bare in people {
            for jid in self.store.resources(&bare)? {
                let text = addressed(message, &self.settings.address, &jid);
                self.send(text);
            }
        }
        Ok(true)
    }

    /// What somebody follows at a service, as that service says. What turns out to be otherwise is told to the person.
    pub(super) fn copied_subscriptions(&mut self, list: &People, now: i64) -> Result<(), StoreError> {
        let (service, reader) = (list.service.as_str(), list.reader.as_str());
        let mut listed = BTreeSet::new();
        for (node, state, by) in &list.listed {
            let Some((name, kind)) = self.foreign_node(node) else { continue };
            // After a restart it is not known yet whose service that is; then what we remember of a channel counts.
            let remembered = self.store.channel(&name)?.and_then(|channel| channel.authority);
            let known = domain_of(&name).and_then(|domain| self.federation.peers.known(&domain).map(str::to_owned));
            let is_believed = known.or(remembered).as_deref() == Some(service);
            if is_believed && self.is_expected(&name, &kind, reader, state)? {
                let before = self.state_of(&name, &kind, reader)?;
                self.remember_subscription(service, &name, &kind, reader, state, by.as_deref(), now)?;
                if before.as_deref() != Some(state) {
                    self.tell_state(&name, &kind, reader, state, by.clone())?;
                }
            }
            listed.insert((name, kind));
        }
        for (name, kind, one) in self.store.subscriptions_of(reader, None, 10_000)? {
            if one.since >= list.began {
                continue;
            }
            let channel = self.store.channel(&name)?.filter(|one| one.authority.as_deref() == Some(service));
            if let Some(channel) = channel.filter(|_| !listed.contains(&(name.clone(), kind.clone()))) {
                self.forget_follower(&channel, &kind, reader)?;
                self.tell_state(&name, &kind, reader, "none", None)?;
            }
        }
        Ok(())
    }

    fn tell_state(
        &mut self,
        name: &str,
        kind: &str,
        jid: &str,
        state: &str,
        invited_by: Option<String>,
    ) -> Result<(), StoreError> {
        let (node, jid, state) = (names::node(name, kind), jid.to_owned(), state.to_owned());
        let part = wire::part(&News::Subscription { node, jid: jid.clone(), state, invited_by });
        for address in self.concerned(name, &jid)? {
            self.send_event(&address, &part);
        }
        Ok(())
    }

    /// Which roles somebody has at a service, as that service says.
    pub(super) fn copied_roles(&mut self, list: &People) -> Result<(), StoreError> {
        let reader = list.reader.as_str();
        let mut roles = BTreeMap::new();
        for (node, role, _) in &list.listed {
            if let Some((name, _)) = self.foreign_node(node) {
                roles.insert(name, role.as_str());
            }
        }
        let is_of_it = |one: &Channel| one.authority.as_deref() == Some(list.service.as_str());
        for channel in self.store.replicas()?.into_iter().filter(is_of_it) {
            let role = roles.get(&channel.name).copied().filter(|role| *role != "none");
            if self.store.role(channel.number, reader)?.as_deref() == role {
                continue;
            }
            self.store.set_role(channel.number, reader, role)?;
            let (node, role) = (names::node(&channel.name, "posts"), role.unwrap_or("none").to_owned());
            let part = wire::part(&News::Role { node, jid: reader.to_owned(), role });
            for address in self.concerned(&channel.name, reader)? {
                self.send_event(&address, &part);
            }
        }
        Ok(())
    }
}
