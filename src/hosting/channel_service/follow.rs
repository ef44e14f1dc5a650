//! Following: subscriptions, and the decisions about them (XEP-0060 §6.1, §6.2, §8.6, §8.8).

use jid::Jid;
use minidom::Element;

use super::entry::Tongue;
use super::federation::{Authority, Effect, Person, domain_of};
use super::names::Target;
use super::permissions::{Access, Role, Standing};
use super::place::{Place, whose};
use super::request::Request;
use super::{Actor, Answer, Refusal, Service, bounds, refuse};
use crate::hosting::form;
use crate::hosting::stanza::{StanzaError, attribute};
use crate::store::StoreError;
use crate::store::channels::{Channel, Node, Subscription};

/// The form by which one is asked whether somebody may follow (XEP-0060 §8.6).
pub const AUTHORIZATION: &str = "http://jabber.org/protocol/pubsub#subscribe_authorization";
const OPTIONS: &str = "http://jabber.org/protocol/pubsub#subscribe_options";
/// Decisions in one request.
const CHANGES: usize = 50;

/// Where somebody subscribes: a node, or those who listen to a thread.
struct Door {
    place: Place,
    /// The node that keeps the subscription.
    node: Node,
    is_thread: bool,
}

impl Service {
    /// Where somebody comes in: a thread only if they may read it.
    fn door(&self, actor: &Actor, asked: &str) -> Result<Door, Refusal> {
        let door = self.way_out(actor, asked)?;
        if door.is_thread {
            door.place.standing.may_read(door.place.access())?;
        }
        Ok(door)
    }

    /// Where somebody leaves; that needs no right.
    fn way_out(&self, actor: &Actor, asked: &str) -> Result<Door, Refusal> {
        match self.target(asked)? {
            Target::Node { .. } => {
                let place = self.place(actor, asked)?;
                Ok(Door { node: place.node.clone(), place, is_thread: false })
            }
            Target::Comments(id) => {
                let view = self.view(actor, &id)?;
                let node = self.listeners(&view.place.channel, &id)?;
                Ok(Door { place: view.place, node, is_thread: true })
            }
        }
    }

    pub(super) fn subscribe(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        let asked_node = asked.required_node()?;
        let door = self.door(actor, asked_node)?;
        let is_temporary = is_temporary(asked.companion)?;
        if is_temporary && actor.via.is_some() {
            // Whose presence would end it is known to the service between us only.
            return refuse("not-acceptable");
        }
        own_address(actor, asked.action.attr("jid"))?;
        // COMPAT(plain pubsub clients): some name a full address; what is for good belongs to the account.
        let jid = if is_temporary { actor.from.clone() } else { actor.bare.clone() };
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
        let is_in = place.standing.may_read(place.access()).is_ok();
        let is_invited = self.store.is_invited(place.channel.number, &actor.bare)?;
        let state = match place.access() {
            _ if is_in || (is_invited && !is_temporary) => "subscribed",
            // Nobody asks to look in for a moment.
            _ if is_temporary || is_thread => return Err(closed()),
            Access::Whitelist => return Err(StanzaError::new("not-allowed").pubsub("closed-node").into()),
            Access::Open | Access::Local | Access::Authorize => "pending",
        };
        if old.is_none() {
            self.check_room(&node, &actor.bare, is_temporary)?;
        }
        let waits_already = self.waits(&place.channel, &actor.bare)?;
        if state == "pending" && !waits_already && self.store.waiting(place.channel.number)?.len() >= bounds::WAITING {
            let text = "Too many people wait to be let in.";
            return Err(StanzaError::new("resource-constraint").text(text).into());
        }
        // Plain clients are told under the name that they used, and in their own manner.
        if let Some(service) = actor.via.as_deref().filter(|_| state == "pending" && !waits_already)
            && self.store.waiting_via(place.channel.number, service)? >= bounds::WAITING / 10
        {
            let text = "Too many people of this service wait to be let in.";
            return Err(StanzaError::new("resource-constraint").text(text).into());
        }
        let called = match self.tongue(actor, &place)? {
            _ if is_thread => None,
            Tongue::Plain => Some(asked_node.to_owned()),
            Tongue::Buddycloud => place.called(),
        };
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
        // Following is following the posts; who was invited is in by whatever they follow.
        let makes_follower = node.kind == "posts" || !is_in;
        if state == "subscribed" && role == Role::None && !is_temporary && !is_thread && makes_follower {
            role = Role::parse(&place.channel.default_role).unwrap_or(Role::Member);
            self.store.set_role(place.channel.number, &actor.bare, Some(role.word()))?;
        }
        if is_temporary {
            self.store.add_resource(&actor.bare, &actor.from, now, bounds::RESOURCES)?;
        }
        self.note_resource(actor, now)?;
        let is_news = old.is_none_or(|old| old.state != state);
        if is_news && !is_temporary && !is_thread {
            self.list_follow(&place.channel, &node, &actor.bare, state, role, now)?;
            self.tell_subscription(&place.channel, &node, &actor.bare, state, None)?;
            // COMPAT(old clients): they follow all nodes of a channel at once, and are asked about once.
            if state == "pending" && !waits_already {
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

    pub(super) fn waits(&self, channel: &Channel, bare: &str) -> Result<bool, StoreError> {
        let all = self.store.subscriptions_in(channel.number, bare)?;
        Ok(all.iter().any(|(_, one)| one.state == "pending"))
    }

    fn check_room(&self, node: &Node, bare: &str, is_temporary: bool) -> Result<(), Refusal> {
        if self.store.subscription_count_of(bare)? >= bounds::SUBSCRIPTIONS {
            let text = "This account follows too much.";
            return Err(StanzaError::new("resource-constraint").text(text).into());
        }
        let is_full = if is_temporary {
            self.store.temporary_count(node.number)? >= bounds::LISTENERS
        } else {
            self.store.follower_count(node.number)? >= bounds::FOLLOWERS
        };
        if is_full {
            return Err(StanzaError::new("resource-constraint").text("The channel has too many followers.").into());
        }
        Ok(())
    }

    pub(super) fn unsubscribe(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        let Door { place, node, is_thread } = self.way_out(actor, asked.required_node()?)?;
        if place.standing.role == Role::Owner && !is_thread {
            return Err(StanzaError::new("not-allowed").text("You may not unsubscribe from your own nodes.").into());
        }
        let jid = own_address(actor, asked.action.attr("jid"))?;
        let is_full = jid != actor.bare;
        let was_looking_in = is_full && self.store.end_subscription(node.number, &jid)?;
        let mut has_left = !was_looking_in && self.store.end_subscription(node.number, &actor.bare)?;
        if !was_looking_in && !has_left {
            // Looking in through a temporary subscription ends by the account's address, too.
            for one in self.store.subscriptions_by(node.number, &actor.bare)? {
                has_left |= self.store.end_subscription(node.number, &one.jid)?;
            }
            if !has_left {
                return Err(StanzaError::new("unexpected-request").pubsub("not-subscribed").into());
            }
        }
        self.forget_listeners(&node)?;
        if is_thread || was_looking_in {
            return Ok(String::new());
        }
        self.list_follow(&place.channel, &node, &actor.bare, "none", Role::None, now)?;
        self.tell_subscription(&place.channel, &node, &actor.bare, "none", actor.via.as_deref())?;
        let is_follower = matches!(place.standing.role, Role::Member | Role::Publisher);
        let follows_more = !self.store.subscriptions_in(place.channel.number, &actor.bare)?.is_empty();
        if is_follower && (node.kind == "posts" || !follows_more) {
            self.store.set_role(place.channel.number, &actor.bare, None)?;
            let stranger = Standing { role: Role::None, ..place.standing };
            if stranger.may_read(place.access()).is_err() {
                // Who has left a private channel is out of all of it.
                self.put_out(&place.channel, &actor.bare, actor.via.clone(), now)?;
            }
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
        let mut decisions = Vec::new();
        for change in changes {
            let jid = change.attr("jid").and_then(|jid| Jid::new(jid).ok());
            let bare = jid.ok_or_else(|| StanzaError::new("bad-request").pubsub("jid-required"))?.to_bare().to_string();
            let decision = match change.attr("subscription") {
                Some("subscribed") => Decision::Approve,
                Some("none") => Decision::Remove,
                // Nothing is done before it is known for all how they are told.
                Some("invited") => Decision::Invite { via: self.relay_for(&bare, stanza, now)? },
                _ => return refuse("bad-request"),
            };
            decisions.push((bare, decision));
        }
        for (bare, decision) in decisions {
            match decision {
                Decision::Approve => self.approve(&place, &bare, now)?,
                Decision::Remove => self.remove_follower(actor, &place, &bare, now)?,
                Decision::Invite { via } => self.invite(actor, &place, &bare, via, now)?,
            }
        }
        Ok(String::new())
    }

    /// The channel service through which somebody elsewhere is told, if one is known.
    fn relay_for(&mut self, bare: &str, stanza: &Element, now: i64) -> Result<Option<String>, Refusal> {
        let Some(domain) = domain_of(bare).filter(|domain| *domain != self.settings.domain) else { return Ok(None) };
        match self.authority(&domain, now) {
            Authority::Service(service) => Ok(Some(service)),
            Authority::Asking if self.park(&domain, stanza) => Err(Refusal::Later),
            Authority::Nobody | Authority::Asking => Ok(None),
        }
    }

    fn approve(&mut self, place: &Place, bare: &str, now: i64) -> Result<(), Refusal> {
        if self.let_in(&place.channel, bare, now)? {
            return Ok(());
        }
        // Who is in already stays in; who was invited answers themselves.
        let all = self.store.subscriptions_in(place.channel.number, bare)?;
        if all.iter().any(|(_, one)| one.state == "subscribed") { Ok(()) } else { refuse("unexpected-request") }
    }

    fn remove_follower(&mut self, actor: &Actor, place: &Place, bare: &str, now: i64) -> Result<(), Refusal> {
        let role = self.role(place.channel.number, bare)?;
        if role >= Role::Moderator {
            place.standing.may_set_role(whose(actor, bare), role, Role::None)?;
        }
        if self.put_out(&place.channel, bare, None, now)? { Ok(()) } else { refuse("unexpected-request") }
    }

    fn invite(
        &mut self,
        actor: &Actor,
        place: &Place,
        bare: &str,
        via: Option<String>,
        now: i64,
    ) -> Result<(), Refusal> {
        if self.role(place.channel.number, bare)? == Role::Outcast {
            return Err(StanzaError::new("not-allowed").text("This person is banned.").into());
        }
        // Who asked and is invited is in.
        if self.let_in(&place.channel, bare, now)? || self.store.subscription(place.node.number, bare)?.is_some() {
            return Ok(());
        }
        if self.store.invitations_by(&actor.bare)? >= bounds::INVITATIONS
            || self.store.invitations_of(bare)? >= bounds::INVITATIONS
        {
            let text = "Too many invitations wait for an answer.";
            return Err(StanzaError::new("resource-constraint").text(text).into());
        }
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
            return match field("pubsub#allow") {
                Some("1" | "true") => self.approve_elsewhere(&actor, &place, node, &bare, now),
                // A form that is put away late would remove somebody who was let in meanwhile.
                _ => Ok(()),
            };
        }
        match field("pubsub#allow") {
            Some("1" | "true") => self.approve(&place, &bare, now),
            // Another may have decided meanwhile: a form that is put away undoes nothing.
            Some("0" | "false") if self.waits(&place.channel, &bare)? => {
                self.remove_follower(&actor, &place, &bare, now)
            }
            Some("0" | "false") => Ok(()),
            _ => refuse("bad-request"),
        }
    }
}

impl Service {
    /// Lets somebody into a channel of another service, which a person here looks after: as a request of theirs.
    fn approve_elsewhere(
        &mut self,
        actor: &Actor,
        place: &Place,
        node: &str,
        bare: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        let mut text = String::from("<iq xmlns='jabber:client' type='set'");
        attribute("from", &actor.from, &mut text);
        attribute("to", &self.settings.address, &mut text);
        attribute("id", &(self.fresh)(), &mut text);
        text.push_str("><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><subscriptions");
        attribute("node", node, &mut text);
        text.push_str("><subscription");
        attribute("jid", bare, &mut text);
        text.push_str(" subscription='subscribed'/></subscriptions></pubsub></iq>");
        let Ok(stanza) = Element::from_reader(text.as_bytes()) else { return refuse("bad-request") };
        let person = Person { jid: &actor.from, bare: &actor.bare, is_member: actor.is_member, is_reading: false };
        self.ask_authority(&stanza, &person, &place.channel.name, Effect::None, now)?;
        Ok(())
    }
}

/// What is decided about somebody.
enum Decision {
    Approve,
    Remove,
    Invite { via: Option<String> },
}

fn closed() -> Refusal {
    StanzaError::new("forbidden").pubsub("closed-node").into()
}

/// The address that is meant: one's own, bare or full.
fn own_address(actor: &Actor, jid: Option<&str>) -> Result<String, Refusal> {
    // COMPAT(old clients): some leave it out.
    let Some(jid) = jid else { return Ok(actor.bare.clone()) };
    let jid = Jid::new(jid).map_err(|_| StanzaError::new("bad-request").pubsub("invalid-jid"))?;
    let is_own = jid.as_str() == actor.bare || (actor.via.is_none() && jid.as_str() == actor.from);
    if is_own { Ok(jid.to_string()) } else { Err(StanzaError::new("bad-request").pubsub("invalid-jid").into()) }
}

/// Whether a subscription shall end with the subscriber's presence (`pubsub#expire` = `presence`).
fn is_temporary(options: Option<&Element>) -> Result<bool, Refusal> {
    let Some(form) = options.and_then(|options| options.children().next()) else { return Ok(false) };
    let form::Answer::Submit(fields) = form::read(form, OPTIONS)? else { return Ok(false) };
    let expire = fields.get("pubsub#expire").and_then(|values| values.first());
    Ok(expire.is_some_and(|expire| expire == "presence"))
}
