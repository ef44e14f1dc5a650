//! Who is in a channel and who is not: access is the channel's, so letting in and putting out is done for all of its
//! nodes at once.

use super::names;
use super::permissions::{Access, Role, Standing};
use super::{Refusal, Service, place};
use crate::hosting::stanza::attribute;
use crate::store::channels::{Channel, NewPost, Node, Subscription};

impl Service {
    /// Ends everything that an account has in a channel, its role too where it is a follower's, and tells that. False if
    /// there was nothing. `via` is the service of somebody elsewhere, if it is known already.
    pub(super) fn put_out(
        &mut self,
        channel: &Channel,
        bare: &str,
        via: Option<String>,
        now: i64,
    ) -> Result<bool, Refusal> {
        let via = match via {
            Some(via) => Some(via),
            None => self.store.relay_of(channel.number, bare)?,
        };
        let role = self.role(channel.number, bare)?;
        let is_follower = matches!(role, Role::Member | Role::Publisher);
        if is_follower {
            self.store.set_role(channel.number, bare, None)?;
        }
        let all = self.store.subscriptions_in(channel.number, bare)?;
        self.store.end_subscriptions(channel.number, bare)?;
        for (node, one) in &all {
            self.forget_listeners(node)?;
            if !names::is_comments_kind(&node.kind) && !one.is_temporary {
                self.list_follow(channel, node, bare, "none", Role::None, now)?;
                self.tell_subscription(channel, node, bare, "none", via.as_deref())?;
            }
        }
        Ok(is_follower || !all.is_empty())
    }

    /// Lets somebody in who waits: at every node where they do. False if they wait nowhere.
    pub(super) fn let_in(&mut self, channel: &Channel, bare: &str, now: i64) -> Result<bool, Refusal> {
        let waiting: Vec<(Node, Subscription)> = self.store.subscriptions_in(channel.number, bare)?;
        let waiting: Vec<_> = waiting.into_iter().filter(|(_, one)| one.state == "pending").collect();
        if waiting.is_empty() {
            return Ok(false);
        }
        let mut role = self.role(channel.number, bare)?;
        if role == Role::None {
            role = Role::parse(&channel.default_role).unwrap_or(Role::Member);
            self.store.set_role(channel.number, bare, Some(role.word()))?;
        }
        for (node, one) in waiting {
            self.store.set_subscription(&Subscription { state: "subscribed".to_owned(), ..one })?;
            self.list_follow(channel, &node, bare, "subscribed", role, now)?;
            self.tell_subscription(channel, &node, bare, "subscribed", None)?;
        }
        Ok(true)
    }

    /// Does what another access model asks for: who may read now and waited is in, who may not read any more is out.
    pub(super) fn apply_access(&mut self, channel: &Channel, old: Access, now: i64) -> Result<(), Refusal> {
        let new = place::access(channel);
        if new == Access::Open {
            for bare in self.store.waiting(channel.number)? {
                self.let_in(channel, &bare, now)?;
            }
        } else {
            for bare in self.store.strangers(channel.number)? {
                let (is_guest, is_local) = (self.is_guest(&bare), self.is_member(&bare));
                let standing = Standing { role: Role::None, is_guest, is_local, is_waiting: false };
                if standing.may_read(new).is_err() {
                    self.put_out(channel, &bare, None, now)?;
                }
            }
        }
        if (new == Access::Open) != (old == Access::Open)
            && let Some(posts) = self.store.node(channel.number, "posts")?
        {
            self.relist(channel, &posts, now)?;
        }
        Ok(())
    }

    /// Whom somebody follows is told in their own channel, and only if all may know that the channel is there.
    fn relist(&mut self, channel: &Channel, posts: &Node, now: i64) -> Result<(), Refusal> {
        for bare in self.store.followers_with_channel(posts.number)? {
            let role = self.role(channel.number, &bare)?;
            let state = if place::access(channel) == Access::Open { "subscribed" } else { "none" };
            self.write_follow(channel, &bare, state, role, now)?;
        }
        Ok(())
    }

    /// A channel is going: nobody follows it any longer.
    pub(super) fn unlist(&mut self, channel: &Channel, posts: &Node, now: i64) -> Result<(), Refusal> {
        for bare in self.store.followers_with_channel(posts.number)? {
            self.write_follow(channel, &bare, "none", Role::None, now)?;
        }
        Ok(())
    }

    /// Notes in somebody's own channel whom they follow (`/user/<person>/subscriptions`). That somebody follows a private
    /// channel is nobody else's business.
    pub(super) fn list_follow(
        &mut self,
        channel: &Channel,
        node: &Node,
        bare: &str,
        state: &str,
        role: Role,
        now: i64,
    ) -> Result<(), Refusal> {
        let is_told = state == "none" || (state == "subscribed" && place::access(channel) == Access::Open);
        if node.kind != "posts" || !is_told {
            return Ok(());
        }
        self.write_follow(channel, bare, state, role, now)
    }

    fn write_follow(
        &mut self,
        channel: &Channel,
        bare: &str,
        state: &str,
        role: Role,
        now: i64,
    ) -> Result<(), Refusal> {
        if bare == channel.name {
            return Ok(());
        }
        let Some(own) = self.store.channel(bare)?.filter(|own| own.authority.is_none()) else { return Ok(()) };
        let Some(node) = self.store.node(own.number, "subscriptions")? else { return Ok(()) };
        let mut payload = String::from("<query xmlns='http://jabber.org/protocol/disco#items'");
        if state == "none" {
            if self.store.post(node.number, &channel.name)?.is_none() {
                return Ok(());
            }
            payload.push_str("/>");
        } else {
            payload.push_str("><item xmlns:pubsub='http://jabber.org/protocol/pubsub'");
            attribute("jid", bare, &mut payload);
            attribute("node", &names::node(&channel.name, "posts"), &mut payload);
            attribute("pubsub:subscription", state, &mut payload);
            attribute("pubsub:affiliation", role.word(), &mut payload);
            payload.push_str("/></query>");
        }
        let new = NewPost {
            id: &channel.name,
            publisher: bare,
            payload: &payload,
            published: now,
            updated: now,
            parent: None,
            rated: None,
            words: "",
        };
        self.store.put_post(node.number, &new, now)?;
        if let Some(post) = self.store.post(node.number, &channel.name)? {
            self.tell_post(&own, &node, &post)?;
        }
        Ok(())
    }

    /// The node of those who listen to a thread goes with the last of them.
    pub(super) fn forget_listeners(&mut self, node: &Node) -> Result<(), Refusal> {
        if names::is_comments_kind(&node.kind) && self.store.subscriptions(node.number, None, 1)?.is_empty() {
            self.store.remove_node(node.number)?;
        }
        Ok(())
    }
}
