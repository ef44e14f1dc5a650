//! Roles, subscriptions, and who is online.

use std::collections::HashMap;

use super::database::{Row, Value};
use super::{ChannelStore, Node, Recipient, Subscription, limit, nodes, size};
use crate::store::StoreError;

/// How many columns a subscription has.
const WIDTH: usize = 9;
const COLUMNS: &str = "s.node, s.jid, s.bare, s.state, s.called, s.via, s.is_temporary, s.invited_by, s.since";

/// What somebody follows, waits for or is invited to: no threads, and nothing of which it is not known what became of it.
const FOLLOWS: &str = "AND n.kind NOT LIKE 'comments/%' AND s.state <> 'asked'";

fn read(row: &Row) -> Subscription {
    Subscription {
        node: row.integer(0),
        jid: row.text(1),
        bare: row.text(2),
        state: row.text(3),
        called: row.maybe_text(4),
        via: row.maybe_text(5),
        is_temporary: row.flag(6),
        invited_by: row.maybe_text(7),
        since: row.integer(8),
    }
}

fn pair(row: &Row) -> (String, String) {
    (row.text(0), row.text(1))
}

impl ChannelStore {
    /// Somebody's role in a channel: `owner`, `moderator`, `publisher`, `member` or `outcast`.
    pub fn role(&self, channel: i64, bare: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT role FROM roles WHERE channel = ?1 AND bare = ?2";
        self.database.one(sql, &[channel.into(), bare.into()], |row| row.text(0))
    }

    /// Gives somebody a role, or takes it.
    pub fn set_role(&self, channel: i64, bare: &str, role: Option<&str>) -> Result<(), StoreError> {
        let done = match role {
            Some(role) => self.database.execute(
                "INSERT INTO roles (channel, bare, role) VALUES (?1, ?2, ?3)
                 ON CONFLICT (channel, bare) DO UPDATE SET role = excluded.role",
                &[channel.into(), bare.into(), role.into()],
            ),
            None => {
                let sql = "DELETE FROM roles WHERE channel = ?1 AND bare = ?2";
                self.database.execute(sql, &[channel.into(), bare.into()])
            }
        };
        done.map(drop)
    }

    /// Who has a role in a channel, by address.
    pub fn roles(&self, channel: i64, after: Option<&str>, max: usize) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT bare, role FROM roles WHERE channel = ?1 AND bare > ?2 ORDER BY bare LIMIT ?3";
        self.database.all(sql, &[channel.into(), after.unwrap_or_default().into(), limit(max).into()], pair)
    }

    /// The same without those who are kept out.
    pub fn members(&self, channel: i64, after: Option<&str>, max: usize) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT bare, role FROM roles WHERE channel = ?1 AND bare > ?2 AND role <> 'outcast'
                   ORDER BY bare LIMIT ?3";
        self.database.all(sql, &[channel.into(), after.unwrap_or_default().into(), limit(max).into()], pair)
    }

    /// How many have a role in a channel and are not kept out.
    pub fn member_count(&self, channel: i64) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM roles WHERE channel = ?1 AND role <> 'outcast'";
        Ok(self.database.one(sql, &[channel.into()], size)?.unwrap_or(0))
    }

    /// How many have a role in a channel.
    pub fn role_count(&self, channel: i64) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM roles WHERE channel = ?1";
        Ok(self.database.one(sql, &[channel.into()], size)?.unwrap_or(0))
    }

    /// Somebody's roles, by the channel's name.
    pub fn roles_of(&self, bare: &str, after: Option<&str>, max: usize) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT c.name, r.role FROM roles r JOIN channels c ON c.number = r.channel
                   WHERE r.bare = ?1 AND c.name > ?2 ORDER BY c.name LIMIT ?3";
        self.database.all(sql, &[bare.into(), after.unwrap_or_default().into(), limit(max).into()], pair)
    }

    /// The owners and moderators of a channel.
    pub fn moderators(&self, channel: i64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT bare FROM roles WHERE channel = ?1 AND role IN ('owner', 'moderator') ORDER BY bare";
        self.database.all(sql, &[channel.into()], |row| row.text(0))
    }

    /// The owners of a channel.
    pub fn owners(&self, channel: i64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT bare FROM roles WHERE channel = ?1 AND role = 'owner' ORDER BY bare";
        self.database.all(sql, &[channel.into()], |row| row.text(0))
    }

    /// One address' subscription to a node.
    pub fn subscription(&self, node: i64, jid: &str) -> Result<Option<Subscription>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM subscriptions s WHERE s.node = ?1 AND s.jid = ?2");
        self.database.one(&sql, &[node.into(), jid.into()], read)
    }

    /// Every subscription of an account to a node, by its bare and its full addresses.
    pub fn subscriptions_by(&self, node: i64, bare: &str) -> Result<Vec<Subscription>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM subscriptions s WHERE s.node = ?1 AND s.bare = ?2 ORDER BY s.jid");
        self.database.all(&sql, &[node.into(), bare.into()], read)
    }

    /// Adds or changes a subscription.
    pub fn set_subscription(&self, new: &Subscription) -> Result<(), StoreError> {
        self.database
            .execute(
                "INSERT INTO subscriptions (node, jid, bare, state, called, via, is_temporary, invited_by, since)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (node, jid) DO UPDATE SET state = excluded.state,
                     called = coalesce(excluded.called, subscriptions.called),
                     via = excluded.via, is_temporary = excluded.is_temporary, invited_by = excluded.invited_by",
                &[
                    new.node.into(),
                    (&new.jid).into(),
                    (&new.bare).into(),
                    (&new.state).into(),
                    new.called.as_deref().into(),
                    new.via.as_deref().into(),
                    new.is_temporary.into(),
                    new.invited_by.as_deref().into(),
                    new.since.into(),
                ],
            )
            .map(drop)
    }

    /// Ends one address' subscription to a node; false if there is none.
    pub fn end_subscription(&self, node: i64, jid: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM subscriptions WHERE node = ?1 AND jid = ?2";
        Ok(self.database.execute(sql, &[node.into(), jid.into()])? > 0)
    }

    /// Everything that an account is subscribed to in a channel, or waits for, or is invited to.
    pub fn subscriptions_in(&self, channel: i64, bare: &str) -> Result<Vec<(Node, Subscription)>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, n.number, n.channel, n.kind, n.posts, n.threads FROM subscriptions s
             JOIN nodes n ON n.number = s.node WHERE n.channel = ?1 AND s.bare = ?2 ORDER BY n.kind, s.jid"
        );
        self.database.all(&sql, &[channel.into(), bare.into()], |row| (nodes::read_node_at(row, WIDTH), read(row)))
    }

    /// Whether an account is invited to a channel.
    pub fn is_invited(&self, channel: i64, bare: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM subscriptions s JOIN nodes n ON n.number = s.node
                   WHERE n.channel = ?1 AND s.bare = ?2 AND s.state = 'invited' LIMIT 1";
        Ok(self.database.one(sql, &[channel.into(), bare.into()], |_| ())?.is_some())
    }

    /// Who waits to be let into a channel.
    pub fn waiting(&self, channel: i64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT s.bare FROM subscriptions s JOIN nodes n ON n.number = s.node
                   WHERE n.channel = ?1 AND s.state = 'pending' ORDER BY s.bare";
        self.database.all(sql, &[channel.into()], |row| row.text(0))
    }

    /// How many of them came through another service.
    pub fn waiting_via(&self, channel: i64, service: &str) -> Result<usize, StoreError> {
        let sql = "SELECT count(DISTINCT s.bare) FROM subscriptions s JOIN nodes n ON n.number = s.node
                   WHERE n.channel = ?1 AND s.via = ?2 AND s.state = 'pending'";
        Ok(self.database.one(sql, &[channel.into(), service.into()], size)?.unwrap_or(0))
    }

    /// The other services of which somebody takes part in a node, waits or is invited, once each.
    pub fn all_relays_of(&self, node: i64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT via FROM subscriptions WHERE node = ?1 AND via IS NOT NULL ORDER BY via";
        self.database.all(sql, &[node.into()], |row| row.text(0))
    }

    /// Who is told of something in a channel without being a member of it.
    pub fn strangers(&self, channel: i64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT s.bare FROM subscriptions s JOIN nodes n ON n.number = s.node
                   LEFT JOIN roles r ON r.channel = n.channel AND r.bare = s.bare
                   WHERE n.channel = ?1 AND s.state = 'subscribed' AND (r.role IS NULL OR r.role = 'outcast')
                   ORDER BY s.bare";
        self.database.all(sql, &[channel.into()], |row| row.text(0))
    }

    /// Those followers of a node who have a channel of their own here.
    pub fn followers_with_channel(&self, node: i64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT s.bare FROM subscriptions s
                   JOIN channels own ON own.name = s.bare AND own.authority IS NULL
                   WHERE s.node = ?1 AND s.state = 'subscribed' AND s.is_temporary = 0 ORDER BY s.bare";
        self.database.all(sql, &[node.into()], |row| row.text(0))
    }

    /// How many invitations of somebody nobody has answered yet.
    pub fn invitations_by(&self, bare: &str) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM subscriptions WHERE invited_by = ?1 AND state = 'invited'";
        Ok(self.database.one(sql, &[bare.into()], size)?.unwrap_or(0))
    }

    /// How many invitations somebody has not answered yet.
    pub fn invitations_of(&self, bare: &str) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM subscriptions WHERE bare = ?1 AND state = 'invited'";
        Ok(self.database.one(sql, &[bare.into()], size)?.unwrap_or(0))
    }

    /// How many subscriptions to a node end with somebody's presence.
    pub fn temporary_count(&self, node: i64) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM subscriptions WHERE node = ?1 AND is_temporary = 1";
        Ok(self.database.one(sql, &[node.into()], size)?.unwrap_or(0))
    }

    /// Ends every subscription of an account in a channel.
    pub fn end_subscriptions(&self, channel: i64, bare: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM subscriptions WHERE bare = ?2 AND node IN
                   (SELECT number FROM nodes WHERE channel = ?1)";
        self.database.execute(sql, &[channel.into(), bare.into()]).map(drop)
    }

    /// The subscriptions to a node, by address.
    pub fn subscriptions(&self, node: i64, after: Option<&str>, max: usize) -> Result<Vec<Subscription>, StoreError> {
        self.by_address(node, after, max, "", None)
    }

    /// Those of them who follow, and one's own whatever they are, without those that end with somebody's presence.
    pub fn followers(
        &self,
        node: i64,
        own: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Subscription>, StoreError> {
        let condition = "AND s.is_temporary = 0 AND (s.state = 'subscribed' OR s.bare = ?4)";
        self.by_address(node, after, max, condition, Some(own))
    }

    /// The same with everybody who waits or is invited.
    pub fn applicants(&self, node: i64, after: Option<&str>, max: usize) -> Result<Vec<Subscription>, StoreError> {
        self.by_address(node, after, max, "AND s.is_temporary = 0", None)
    }

    /// A page of the subscriptions to a node that also meet a condition; `value` is its `?4`.
    fn by_address(
        &self,
        node: i64,
        after: Option<&str>,
        max: usize,
        condition: &str,
        value: Option<&str>,
    ) -> Result<Vec<Subscription>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM subscriptions s WHERE s.node = ?1 AND s.jid > ?2 {condition} ORDER BY s.jid LIMIT ?3"
        );
        let mut values: Vec<Value<'_>> = vec![node.into(), after.unwrap_or_default().into(), limit(max).into()];
        values.extend(value.map(Value::from));
        self.database.all(&sql, &values, read)
    }

    /// How many accounts follow a node.
    pub fn follower_count(&self, node: i64) -> Result<usize, StoreError> {
        let sql = "SELECT count(DISTINCT bare) FROM subscriptions
                   WHERE node = ?1 AND state = 'subscribed' AND is_temporary = 0";
        Ok(self.database.one(sql, &[node.into()], size)?.unwrap_or(0))
    }

    /// An account's subscriptions with channel and kind of their nodes, in that order; `after` is one of these pairs.
    pub fn subscriptions_of(
        &self,
        bare: &str,
        after: Option<(&str, &str)>,
        max: usize,
    ) -> Result<Vec<(String, String, Subscription)>, StoreError> {
        self.by_node(bare, after, max, "")
    }

    /// The same without the threads that it listens to.
    pub fn follows_of(
        &self,
        bare: &str,
        after: Option<(&str, &str)>,
        max: usize,
    ) -> Result<Vec<(String, String, Subscription)>, StoreError> {
        self.by_node(bare, after, max, FOLLOWS)
    }

    fn by_node(
        &self,
        bare: &str,
        after: Option<(&str, &str)>,
        max: usize,
        condition: &str,
    ) -> Result<Vec<(String, String, Subscription)>, StoreError> {
        let (channel, kind) = after.unwrap_or_default();
        let sql = format!(
            "SELECT {COLUMNS}, c.name, n.kind FROM subscriptions s
             JOIN nodes n ON n.number = s.node JOIN channels c ON c.number = n.channel
             WHERE s.bare = ?1 AND (c.name, n.kind) > (?2, ?3) {condition} ORDER BY c.name, n.kind, s.jid LIMIT ?4"
        );
        let values = [bare.into(), channel.into(), kind.into(), limit(max).into()];
        self.database.all(&sql, &values, |row| (row.text(9), row.text(10), read(row)))
    }

    /// How many these are.
    pub fn follow_count_of(&self, bare: &str) -> Result<usize, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM subscriptions s JOIN nodes n ON n.number = s.node WHERE s.bare = ?1 {FOLLOWS}"
        );
        Ok(self.database.one(&sql, &[bare.into()], size)?.unwrap_or(0))
    }

    /// How many subscriptions an account has, invitations by others not counted.
    pub fn subscription_count_of(&self, bare: &str) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM subscriptions WHERE bare = ?1 AND state <> 'invited'";
        Ok(self.database.one(sql, &[bare.into()], size)?.unwrap_or(0))
    }

    /// Who is told of what happens in a node: those who are subscribed, not banned, and not told through another
    /// service; each with the addresses at which the account is online.
    pub fn recipients(&self, node: i64) -> Result<Vec<Recipient>, StoreError> {
        let sql = "SELECT s.jid, s.called, r.jid, own.name FROM subscriptions s
                   JOIN nodes n ON n.number = s.node
                   LEFT JOIN resources r ON r.bare = s.bare
                   LEFT JOIN channels own ON own.name = s.bare AND own.authority IS NULL
                   WHERE s.node = ?1 AND s.state = 'subscribed' AND s.via IS NULL AND NOT EXISTS (
                       SELECT 1 FROM roles o
                       WHERE o.channel = n.channel AND o.bare = s.bare AND o.role = 'outcast'
                   ) ORDER BY s.jid, r.jid";
        let rows = self.database.all(sql, &[node.into()], |row| {
            (row.text(0), row.maybe_text(1), row.maybe_text(2), row.maybe_text(3).is_some())
        })?;
        let mut recipients: Vec<Recipient> = Vec::new();
        for (jid, called, resource, has_channel) in rows {
            match recipients.last_mut().filter(|last| last.jid == jid) {
                Some(last) => last.resources.extend(resource),
                None => {
                    let resources = resource.into_iter().collect();
                    recipients.push(Recipient { jid, called, resources, has_channel });
                }
            }
        }
        Ok(recipients)
    }

    /// The other services that are told of what happens in a node, once each.
    pub fn relays(&self, node: i64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT via FROM subscriptions WHERE node = ?1 AND via IS NOT NULL AND state = 'subscribed'
                   ORDER BY via";
        self.database.all(sql, &[node.into()], |row| row.text(0))
    }

    /// Every other service that is told of something, once each.
    pub fn all_relays(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT via FROM subscriptions WHERE via IS NOT NULL ORDER BY via";
        self.database.all(sql, &[], |row| row.text(0))
    }

    /// The other service through which somebody takes part in a channel, if it is one.
    pub fn relay_of(&self, channel: i64, bare: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT s.via FROM subscriptions s JOIN nodes n ON n.number = s.node
                   WHERE n.channel = ?1 AND s.bare = ?2 AND s.via IS NOT NULL LIMIT 1";
        self.database.one(sql, &[channel.into(), bare.into()], |row| row.text(0))
    }

    /// People with subscriptions in copies: the service that these are of, and who.
    pub fn remote_followers(&self) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT DISTINCT c.authority, s.bare FROM subscriptions s
                   JOIN nodes n ON n.number = s.node JOIN channels c ON c.number = n.channel
                   WHERE c.authority IS NOT NULL ORDER BY c.authority, s.bare";
        self.database.all(sql, &[], pair)
    }

    /// The temporary subscriptions of a full address end, or of all of an account's, by its bare one.
    pub fn end_temporary(&self, jid: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM subscriptions WHERE is_temporary = 1 AND (jid = ?1 OR bare = ?1)";
        self.database.execute(sql, &[jid.into()]).map(drop)
    }

    /// Notes that somebody is online at a full address. At most `max` of an account are kept; the oldest go.
    pub fn add_resource(&self, bare: &str, full: &str, now: i64, max: usize) -> Result<(), StoreError> {
        self.database.execute(
            "INSERT INTO resources (jid, bare, since) VALUES (?1, ?2, ?3)
             ON CONFLICT (jid) DO UPDATE SET since = excluded.since",
            &[full.into(), bare.into(), now.into()],
        )?;
        let sql = "DELETE FROM resources WHERE bare = ?1 AND jid NOT IN
                   (SELECT jid FROM resources WHERE bare = ?1 ORDER BY since DESC, jid LIMIT ?2)";
        self.database.execute(sql, &[bare.into(), limit(max).into()]).map(drop)
    }

    /// Somebody is no longer online at a full address; false if that was known.
    pub fn remove_resource(&self, full: &str) -> Result<bool, StoreError> {
        Ok(self.database.execute("DELETE FROM resources WHERE jid = ?1", &[full.into()])? > 0)
    }

    /// Where an account is online.
    pub fn resources(&self, bare: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT jid FROM resources WHERE bare = ?1 ORDER BY jid";
        self.database.all(sql, &[bare.into()], |row| row.text(0))
    }

    /// Everybody who is online.
    pub fn all_resources(&self) -> Result<Vec<String>, StoreError> {
        self.database.all("SELECT jid FROM resources ORDER BY jid", &[], |row| row.text(0))
    }

    /// Where several accounts are online, by account.
    pub fn resources_of(&self, people: &[String]) -> Result<HashMap<String, Vec<String>>, StoreError> {
        people.iter().map(|bare| Ok((bare.clone(), self.resources(bare)?))).collect()
    }
}
