//! Channels and their nodes.

use super::database::{Row, Value};
use super::{Channel, ChannelStore, Metadata, NewChannel, Node, limit, size};
use crate::store::StoreError;

const COLUMNS: &str = "c.number, c.name, c.is_topic, c.title, c.description, c.access, c.default_role, c.creator, \
                       c.created, c.updated, c.authority, c.synced";

fn read(row: &Row) -> Channel {
    Channel {
        number: row.integer(0),
        name: row.text(1),
        is_topic: row.flag(2),
        title: row.text(3),
        description: row.text(4),
        access: row.text(5),
        default_role: row.text(6),
        creator: row.text(7),
        created: row.integer(8),
        updated: row.integer(9),
        authority: row.maybe_text(10),
        synced: row.maybe_integer(11),
    }
}

fn read_counted(row: &Row) -> (Channel, usize) {
    (read(row), usize::try_from(row.integer(12)).unwrap_or(0))
}

/// A node whose columns begin at this one.
pub(super) fn read_node_at(row: &Row, first: usize) -> Node {
    let count = |column| usize::try_from(row.integer(column)).unwrap_or(0);
    Node {
        number: row.integer(first),
        channel: row.integer(first + 1),
        kind: row.text(first + 2),
        posts: count(first + 3),
        threads: count(first + 4),
    }
}

fn read_node(row: &Row) -> Node {
    read_node_at(row, 0)
}

impl ChannelStore {
    fn channels(&self, rest: &str, values: &[Value<'_>]) -> Result<Vec<Channel>, StoreError> {
        self.database.all(&format!("SELECT {COLUMNS} FROM channels c {rest}"), values, read)
    }

    /// A channel by name.
    pub fn channel(&self, name: &str) -> Result<Option<Channel>, StoreError> {
        Ok(self.channels("WHERE c.name = ?1", &[name.into()])?.pop())
    }

    /// A channel by number.
    pub fn channel_of(&self, number: i64) -> Result<Option<Channel>, StoreError> {
        Ok(self.channels("WHERE c.number = ?1", &[number.into()])?.pop())
    }

    /// Adds a channel, without nodes; its number.
    pub fn add_channel(&self, new: &NewChannel<'_>, now: i64) -> Result<i64, StoreError> {
        let metadata = &new.metadata;
        let number = self.database.one(
            "INSERT INTO channels (name, is_topic, title, description, access, default_role, creator, created, updated,
                 authority) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9) RETURNING number",
            &[
                new.name.into(),
                new.is_topic.into(),
                metadata.title.into(),
                metadata.description.into(),
                metadata.access.into(),
                metadata.default_role.into(),
                new.creator.into(),
                now.into(),
                new.authority.into(),
            ],
            |row| row.integer(0),
        )?;
        Ok(number.unwrap_or_default())
    }

    /// Changes title, description, access and default role.
    pub fn set_metadata(&self, channel: i64, metadata: &Metadata<'_>, now: i64) -> Result<(), StoreError> {
        let sql = "UPDATE channels SET title = ?2, description = ?3, access = ?4, default_role = ?5, updated = ?6
                   WHERE number = ?1";
        let Metadata { title, description, access, default_role } = *metadata;
        let values = [channel.into(), title.into(), description.into(), access.into(), default_role.into(), now.into()];
        self.database.execute(sql, &values).map(drop)
    }

    /// Notes up to when a copy is whole.
    pub fn set_synced(&self, channel: i64, synced: Option<i64>) -> Result<(), StoreError> {
        let sql = "UPDATE channels SET synced = ?2 WHERE number = ?1";
        self.database.execute(sql, &[channel.into(), synced.into()]).map(drop)
    }

    /// Removes a channel with everything in it.
    pub fn remove_channel(&self, channel: i64) -> Result<(), StoreError> {
        self.database.execute("DELETE FROM channels WHERE number = ?1", &[channel.into()]).map(drop)
    }

    /// How many channels somebody made.
    pub fn channels_made_by(&self, creator: &str) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM channels WHERE creator = ?1";
        Ok(self.database.one(sql, &[creator.into()], size)?.unwrap_or(0))
    }

    /// Our own channels that are open to everybody, by name.
    pub fn listed(&self, after: Option<&str>, max: usize) -> Result<Vec<Channel>, StoreError> {
        let rest = "WHERE c.authority IS NULL AND c.access = 'open' AND c.name > ?1 ORDER BY c.name LIMIT ?2";
        self.channels(rest, &[after.unwrap_or_default().into(), limit(max).into()])
    }

    /// How many these are.
    pub fn listed_count(&self) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM channels WHERE authority IS NULL AND access = 'open'";
        Ok(self.database.one(sql, &[], size)?.unwrap_or(0))
    }

    /// Our own open channels whose name, title or description has all of these words; at most eight words count.
    pub fn find_channels(&self, words: &str, skip: usize, max: usize) -> Result<Vec<Channel>, StoreError> {
        let words: Vec<String> = words.split_whitespace().take(8).map(pattern).collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let mut rest = String::from("WHERE c.authority IS NULL AND c.access = 'open'");
        for number in 0..words.len() {
            let text = "lower(c.name || ' ' || c.title || ' ' || c.description)";
            rest.push_str(&format!(" AND {text} LIKE ?{} ESCAPE '~'", number + 3));
        }
        rest.push_str(" ORDER BY c.name LIMIT ?1 OFFSET ?2");
        let mut values: Vec<Value<'_>> = vec![limit(max).into(), limit(skip).into()];
        values.extend(words.iter().map(Value::from));
        self.channels(&rest, &values)
    }

    /// Our own open channels with the most followers of `posts`, and how many.
    pub fn most_followed(&self, max: usize) -> Result<Vec<(Channel, usize)>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, f.followers FROM channels c JOIN (
                 SELECT n.channel, count(DISTINCT s.bare) AS followers FROM nodes n
                 JOIN subscriptions s ON s.node = n.number AND s.state = 'subscribed' AND s.is_temporary = 0
                 WHERE n.kind = 'posts' GROUP BY n.channel
             ) f ON f.channel = c.number
             WHERE c.authority IS NULL AND c.access = 'open' ORDER BY f.followers DESC, c.name LIMIT ?1"
        );
        self.database.all(&sql, &[limit(max).into()], read_counted)
    }

    /// Our own open channels with the most posts since a moment, and how many.
    pub fn most_active(&self, since: i64, max: usize) -> Result<Vec<(Channel, usize)>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, f.posts FROM channels c JOIN (
                 SELECT n.channel, count(*) AS posts FROM nodes n
                 JOIN posts p ON p.node = n.number AND p.updated >= ?1 AND p.published >= ?1 AND p.is_deleted = 0
                 WHERE n.kind = 'posts' GROUP BY n.channel
             ) f ON f.channel = c.number
             WHERE c.authority IS NULL AND c.access = 'open' ORDER BY f.posts DESC, c.name LIMIT ?2"
        );
        self.database.all(&sql, &[since.into(), limit(max).into()], read_counted)
    }

    /// The copies of channels that live elsewhere.
    pub fn replicas(&self) -> Result<Vec<Channel>, StoreError> {
        self.channels("WHERE c.authority IS NOT NULL ORDER BY c.name", &[])
    }

    /// A node of a channel.
    pub fn node(&self, channel: i64, kind: &str) -> Result<Option<Node>, StoreError> {
        let sql = "SELECT number, channel, kind, posts, threads FROM nodes WHERE channel = ?1 AND kind = ?2";
        self.database.one(sql, &[channel.into(), kind.into()], read_node)
    }

    /// All nodes of a channel.
    pub fn nodes(&self, channel: i64) -> Result<Vec<Node>, StoreError> {
        let sql = "SELECT number, channel, kind, posts, threads FROM nodes WHERE channel = ?1 ORDER BY kind";
        self.database.all(sql, &[channel.into()], read_node)
    }

    /// How many nodes a channel has, those of threads not counted.
    pub fn node_count(&self, channel: i64) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM nodes WHERE channel = ?1 AND kind NOT LIKE 'comments/%'";
        Ok(self.database.one(sql, &[channel.into()], size)?.unwrap_or(0))
    }

    /// Adds a node; its number.
    pub fn add_node(&self, channel: i64, kind: &str) -> Result<i64, StoreError> {
        let sql = "INSERT INTO nodes (channel, kind) VALUES (?1, ?2) RETURNING number";
        let number = self.database.one(sql, &[channel.into(), kind.into()], |row| row.integer(0))?;
        Ok(number.unwrap_or_default())
    }

    /// Removes a node with everything in it.
    pub fn remove_node(&self, node: i64) -> Result<(), StoreError> {
        self.database.execute("DELETE FROM nodes WHERE number = ?1", &[node.into()]).map(drop)
    }
}

/// A word anywhere in a text, for LIKE.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '~') {
            pattern.push('~');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
