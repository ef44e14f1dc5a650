//! Following: subscriptions, and the decisions about them (XEP-0060 §6.1, §6.2, §8.6, §8.8).

use jid::Jid;
use minidom::Element;

use super::entry::Tongue;
use super::federation::{Authority, domain_of};
use super::names::{self, Target};
use super::permissions::{Access, Role};
use super::place::{Place, whose};
use super::request::Request;
use super::{Actor, Answer, Refusal, Service, bounds, refuse};
use crate::hosting::form;
use crate::hosting::stanza::{StanzaError, attribute};
use crate::store::channels::{NewPost, Subscription};

/// The form by which one is asked whether somebody may follow (XEP-0060 §8.6).
pub const AUTHORIZATION: &str = "http://jabber.org/protocol/pubsub#subscribe_authorization";
const OPTIONS: &str = "http://jabber.org/protocol/pubsub#subscribe_options";
/// Decisions in one request.
const CHANGES: usize = 50;

/// Where somebody subscribes: a node, or those who listen to a thread.
struct Door {
    place: Place,
    /// The node that keeps the subscription.
    node: crate::store::channels::Node,
    is_thread: bool,
}

impl Service {
    fn door(&self, actor: &Actor, asked: &str) -> Result<Door, Refusal> {
        match self.target(asked)? {
            Target::Node { .. } => {
                let place = self.place(actor, asked)?;
                Ok(Door { node: place.node.clone(), place, is_thread: false })
            }
            Target::Comments(id) => {
                let view = self.view(actor, &id)?;
                view.place.standing.may_read(view.place.access())?;
                let node = self.listeners(&view.place.channel, &id)?;
                Ok(Door { place: view.place, node, is_thread: true })
            }
        }
    }

    pub(super) fn subscribe(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        let asked_node = asked.required_node()?;
        let door = self.door(actor, asked_node)?;
        let is_temporary = is_temporary(asked.companion)?;
        let jid = own_address(actor, asked.action.attr("jid"), is_temporary)?;
        let Door { place, node, is_thread } = door;
        if actor.is_guest {
            // A reader without an account may listen while the page is open, and no longer.
            if !is_temporary || actor.from == actor.bare {
                place.standing.may_follow()?;
            }
            place.standing.may_read(place.access())?;
        } else {
            place.standing.may_follow()?;
        }
        let old = self.store.subscription(node.number, &jid)?;
        let is_invited = self.is_invited(&place, &actor.bare)?;
        let is_in = is_invited || place.standing.may_read(place.access()).is_ok();
        let state = match place.access() {
            _ if is_in => "subscribed",
            Access::Whitelist => return Err(StanzaError::new("not-allowed").pubsub("closed-node").into()),
            Access::Open | Access::Local | Access::Authorize => "pending",
        };
        if old.is_none() {
            self.check_room(&node, &actor.bare)?;
        }
        let called = if is_thread { None } else { place.called() };
        self.store.set_subscription(&Subscription {
            node: node.number,
            jid: jid.clone(),
            bare: actor.bare.clone(),
            state: state.to_owned(),
            called,
            via: actor.via.clone(),
            is_temporary,
            invited_by: None,
            since: now,
        })?;
        let mut role = place.standing.role;
        if state == "subscribed" && role == Role::None && !is_temporary && !is_thread {
            role = Role::parse(&place.channel.default_role).unwrap_or(Role::Member);
            self.store.set_role(place.channel.number, &actor.bare, Some(role.word()))?;
        }
        self.note_resource(actor, now)?;
        let is_news = old.is_none_or(|old| old.state != state);
        if is_news && !is_temporary && !is_thread {
            self.follow_listed(&place, &actor.bare, state, role, now)?;
            self.tell_subscription(&place.channel, &node, &actor.bare, state, None)?;
            if state == "pending" {
                self.ask_moderators(&place, &actor.bare)?;
            }
        }
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscription");
        attribute("node", asked_node, &mut out);
        attribute("jid", &jid, &mut out);
        attribute("subscription", state, &mut out);
        out.push_str("/>");
        if self.tongue(actor, &place)? == Tongue::Buddycloud && !is_thread {
            out.push_str("<affiliation");
            attribute("node", asked_node, &mut out);
            attribute("jid", &actor.bare, &mut out);
            attribute("affiliation", role.word(), &mut out);
            out.push_str("/>");
        }
        out.push_str("</pubsub>");
        Ok(out)
    }

    fn is_invited(&self, place: &Place, bare: &str) -> Result<bool, Refusal> {
        for node in self.store.nodes(place.channel.number)? {
            if self.store.subscription(node.number, bare)?.is_some_and(|one| one.state == "invited") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn check_room(&self, node: &crate::store::channels::Node, bare: &str) -> Result<(), Refusal> {
        if self.store.subscription_count_of(bare)? >= bounds::SUBSCRIPTIONS {
            let text = "This account follows too much.";
            return Err(StanzaError::new("resource-constraint").text(text).into());
        }
        if self.store.follower_count(node.number)? >= bounds::FOLLOWERS {
            return Err(StanzaError::new("resource-constraint").text("The channel has too many followers.").into());
        }
        Ok(())
    }

    pub(super) fn unsubscribe(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        let Door { place, node, is_thread } = self.door(actor, asked.required_node()?)?;
        if place.standing.role == Role::Owner && !is_thread {
            return Err(StanzaError::new("not-allowed").text("You may not unsubscribe from your own nodes.").into());
        }
        let is_full = asked.action.attr("jid").is_some_and(|jid| jid.contains('/'));
        let jid = own_address(actor, asked.action.attr("jid"), is_full)?;
        let mut was_there = self.store.end_subscription(node.number, &jid)?;
        if !is_full && !was_there {
            // Looking in through a temporary subscription ends by the account's address, too.
            for one in self.store.subscriptions_by(node.number, &actor.bare)? {
                was_there |= self.store.end_subscription(node.number, &one.jid)?;
            }
        }
        if !was_there {
            return Err(StanzaError::new("unexpected-request").pubsub("not-subscribed").into());
        }
        if is_thread || jid != actor.bare {
            return Ok(String::new());
        }
        let is_follower = matches!(place.standing.role, Role::Member | Role::Publisher);
        self.follow_listed(&place, &actor.bare, "none", Role::None, now)?;
        self.tell_subscription(&place.channel, &node, &actor.bare, "none", actor.via.as_deref())?;
        if is_follower && node.kind == "posts" {
            self.store.set_role(place.channel.number, &actor.bare, None)?;
        }
        Ok(String::new())
    }

    /// Approves, denies, removes and invites (XEP-0060 §8.8.2).
    pub(super) fn set_subscriptions(
        &mut self,
        actor: &Actor,
        asked: &Request<'_>,
        stanza: &Element,
        now: i64,
    ) -> Answer {
        let place = self.place(actor, asked.required_node()?)?;
        place.standing.may_moderate()?;
        let changes: Vec<_> = asked.action.children().filter(|child| child.name() == "subscription").collect();
        if changes.is_empty() || changes.len() > CHANGES {
            return refuse("bad-request");
        }
        for change in changes {
            let jid = change.attr("jid").and_then(|jid| Jid::new(jid).ok());
            let jid = jid.ok_or_else(|| StanzaError::new("bad-request").pubsub("jid-required"))?.to_bare().to_string();
            match change.attr("subscription") {
                Some("subscribed") => self.approve(&place, &jid, now)?,
                Some("none") => self.remove_follower(actor, &place, &jid, now)?,
                Some("invited") => self.invite(actor, &place, &jid, stanza, now)?,
                _ => return refuse("bad-request"),
            }
        }
        Ok(String::new())
    }

    fn approve(&mut self, place: &Place, bare: &str, now: i64) -> Result<(), Refusal> {
        let Some(waiting) = self.store.subscription(place.node.number, bare)? else {
            return refuse("unexpected-request");
        };
        if waiting.state == "subscribed" {
            return Ok(());
        }
        self.store.set_subscription(&Subscription { state: "subscribed".to_owned(), ..waiting })?;
        let mut role = self.role(place.channel.number, bare)?;
        if role == Role::None {
            role = Role::parse(&place.channel.default_role).unwrap_or(Role::Member);
            self.store.set_role(place.channel.number, bare, Some(role.word()))?;
        }
        self.follow_listed(place, bare, "subscribed", role, now)?;
        self.tell_subscription(&place.channel, &place.node, bare, "subscribed", None)?;
        Ok(())
    }

    fn remove_follower(&mut self, actor: &Actor, place: &Place, bare: &str, now: i64) -> Result<(), Refusal> {
        let role = self.role(place.channel.number, bare)?;
        if role >= Role::Moderator {
            place.standing.may_set_role(whose(actor, bare), role, Role::None)?;
        }
        let Some(old) = self.store.subscription(place.node.number, bare)? else { return refuse("unexpected-request") };
        self.store.end_subscription(place.node.number, bare)?;
        if matches!(role, Role::Member | Role::Publisher) {
            self.store.set_role(place.channel.number, bare, None)?;
        }
        self.follow_listed(place, bare, "none", Role::None, now)?;
        self.tell_subscription(&place.channel, &place.node, bare, "none", old.via.as_deref())?;
        Ok(())
    }

    fn invite(&mut self, actor: &Actor, place: &Place, bare: &str, stanza: &Element, now: i64) -> Result<(), Refusal> {
        if self.role(place.channel.number, bare)? == Role::Outcast {
            return Err(StanzaError::new("not-allowed").text("This person is banned.").into());
        }
        if self.store.subscription(place.node.number, bare)?.is_some_and(|one| one.state != "pending") {
            return Ok(());
        }
        if self.store.subscription(place.node.number, bare)?.is_some() {
            // Who asked and is invited is in.
            return self.approve(place, bare, now);
        }
        // Who lives elsewhere is told through the channel service there, if one is known.
        let via = domain_of(bare).filter(|domain| *domain != self.settings.domain);
        let via = match via {
            None => None,
            Some(domain) => match self.authority(&domain, now) {
                Authority::Service(service) => Some(service),
                Authority::Asking if self.park(&domain, stanza) => return Err(Refusal::Later),
                Authority::Nobody | Authority::Asking => None,
            },
        };
        self.check_room(&place.node, bare)?;
        self.store.set_subscription(&Subscription {
            node: place.node.number,
            jid: bare.to_owned(),
            bare: bare.to_owned(),
            state: "invited".to_owned(),
            called: None,
            via,
            is_temporary: false,
            invited_by: Some(actor.bare.clone()),
            since: now,
        })?;
        self.tell_subscription(&place.channel, &place.node, bare, "invited", None)?;
        Ok(())
    }

    /// A channel opened: those who waited are in.
    pub(super) fn let_in_who_waits(&mut self, place: &Place) -> Result<(), Refusal> {
        for waiting in self.store.subscriptions(place.node.number, None, bounds::FOLLOWERS)? {
            if waiting.state == "pending" {
                self.approve(place, &waiting.bare, waiting.since)?;
            }
        }
        Ok(())
    }

    /// The answer to the form of [`AUTHORIZATION`], as a message. What cannot be done is passed over: nobody waits.
    pub(super) fn authorization(&mut self, from: &Jid, message: &Element, now: i64) -> Result<(), Refusal> {
        let Some(form) = message.get_child("x", form::DATA) else { return Ok(()) };
        let form::Answer::Submit(fields) = form::read(form, AUTHORIZATION)? else { return Ok(()) };
        let field = |name: &str| fields.get(name).and_then(|values| values.first()).map(String::as_str);
        let (Some(node), Some(jid)) = (field("pubsub#node"), field("pubsub#subscriber_jid")) else {
            return refuse("bad-request");
        };
        let bare = Jid::new(jid).map_err(|_| StanzaError::new("jid-malformed"))?.to_bare().to_string();
        let actor = Actor {
            from: from.to_string(),
            bare: from.to_bare().to_string(),
            is_member: self.is_member(from.to_bare().as_str()),
            is_guest: from.node().is_none(),
            via: None,
        };
        let place = self.place(&actor, node)?;
        place.standing.may_moderate()?;
        if place.channel.authority.is_some() {
            // A copy decides nothing: the request in an IQ is passed on.
            return refuse("item-not-found");
        }
        match field("pubsub#allow") {
            Some("1" | "true") => self.approve(&place, &bare, now),
            Some("0" | "false") => self.remove_follower(&actor, &place, &bare, now),
            _ => refuse("bad-request"),
        }
    }

    /// Notes in somebody's own channel whom they follow (`/user/<person>/subscriptions`).
    fn follow_listed(&mut self, place: &Place, bare: &str, state: &str, role: Role, now: i64) -> Result<(), Refusal> {
        if place.node.kind != "posts" || bare == place.channel.name || state == "pending" || state == "invited" {
            return Ok(());
        }
        let Some(own) = self.store.channel(bare)?.filter(|own| own.authority.is_none()) else { return Ok(()) };
        let Some(node) = self.store.node(own.number, "subscriptions")? else { return Ok(()) };
        let mut payload = String::from("<query xmlns='http://jabber.org/protocol/disco#items'");
        if state == "none" {
            payload.push_str("/>");
        } else {
            payload.push_str("><item xmlns:pubsub='http://jabber.org/protocol/pubsub'");
            attribute("jid", bare, &mut payload);
            attribute("node", &names::node(&place.channel.name, "posts"), &mut payload);
            attribute("pubsub:subscription", state, &mut payload);
            attribute("pubsub:affiliation", role.word(), &mut payload);
            payload.push_str("/></query>");
        }
        let new = NewPost {
            id: &place.channel.name,
            publisher: bare,
            payload: &payload,
            published: now,
            updated: now,
            parent: None,
            rated: None,
            words: "",
        };
        self.store.put_post(node.number, &new, now)?;
        if let Some(post) = self.store.post(node.number, &place.channel.name)? {
            self.tell_post(&own, &node, &post)?;
        }
        Ok(())
    }
}

/// The address that is subscribed: one's own, bare or full.
fn own_address(actor: &Actor, jid: Option<&str>, is_full: bool) -> Result<String, Refusal> {
    let own = if is_full { &actor.from } else { &actor.bare };
    // COMPAT(old clients): some leave it out.
    let Some(jid) = jid else { return Ok(own.clone()) };
    let jid = Jid::new(jid).map_err(|_| StanzaError::new("bad-request").pubsub("invalid-jid"))?;
    let is_own = jid.as_str() == actor.bare || (actor.via.is_none() && jid.as_str() == actor.from);
    if !is_own {
        return Err(StanzaError::new("bad-request").pubsub("invalid-jid").into());
    }
    Ok(if is_full { own.clone() } else { jid.to_string() })
}

/// Whether a subscription shall end with the subscriber's presence (`pubsub#expire` = `presence`).
fn is_temporary(options: Option<&Element>) -> Result<bool, Refusal> {
    let Some(form) = options.and_then(|options| options.children().next()) else { return Ok(false) };
    let form::Answer::Submit(fields) = form::read(form, OPTIONS)? else { return Ok(false) };
    let expire = fields.get("pubsub#expire").and_then(|values| values.first());
    Ok(expire.is_some_and(|expire| expire == "presence"))
}
