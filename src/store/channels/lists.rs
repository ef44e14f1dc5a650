//! What crosses channels: recent posts, changes, search.

use super::database::Value;
use super::posts::{COLUMNS, WIDTH, read_placed};
use super::{ChannelStore, Placed, limit, size};
use crate::store::StoreError;

/// Matches of a search are counted up to this number.
const COUNTED: i64 = 1_000;
/// Words of a search that count.
const WORDS: usize = 16;

/// The nodes that somebody (`?1`) is subscribed to, in channels that have not banned them.
const SUBSCRIBED: &str = "SELECT DISTINCT s.node FROM subscriptions s JOIN nodes n ON n.number = s.node
    WHERE s.bare = ?1 AND s.state = 'subscribed' AND NOT EXISTS (
        SELECT 1 FROM roles o WHERE o.channel = n.channel AND o.bare = ?1 AND o.role = 'outcast'
    )";

impl ChannelStore {
    /// The newest posts that were changed since a moment, of the `posts` nodes that an account is subscribed to; newest
    /// first, at most `per_channel` of each. `after` is the channel and id of a post of this list.
    pub fn recent(
        &self,
        bare: &str,
        since: i64,
        per_channel: usize,
        parents_only: bool,
        after: Option<(&str, &str)>,
        max: usize,
    ) -> Result<Vec<Placed>, StoreError> {
        let (place, name) = match after {
            Some((channel, id)) => {
                let placed = self.whereabouts(id)?.into_iter().find(|placed| placed.channel == channel);
                (placed.map_or(i64::MIN, |placed| placed.post.place), channel)
            }
            None => (i64::MAX, ""),
        };
        let parents = if parents_only { "AND p.parent IS NULL" } else { "" };
        let sql = format!(
            "SELECT * FROM (
                 SELECT {COLUMNS}, c.name, n.kind,
                     row_number() OVER (PARTITION BY p.node ORDER BY p.place DESC) AS position
                 FROM posts p JOIN nodes n ON n.number = p.node AND n.kind = 'posts'
                 JOIN channels c ON c.number = n.channel
                 WHERE p.node IN ({SUBSCRIBED}) AND p.updated >= ?2 {parents}
             ) r WHERE position <= ?3 AND (place < ?4 OR (place = ?4 AND name > ?5))
             ORDER BY place DESC, name LIMIT ?6"
        );
        let values: [Value<'_>; 6] =
            [bare.into(), since.into(), limit(per_channel).into(), place.into(), name.into(), limit(max).into()];
        self.database.all(&sql, &values, read_placed)
    }

    /// What changed (was published, edited, buried) in the nodes that an account is subscribed to, in the order in which
    /// it was stored here, from `since` to before `until`; each with the moment of that.
    pub fn changes(&self, bare: &str, since: i64, until: i64, max: usize) -> Result<Vec<(Placed, i64)>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, c.name, n.kind, p.changed FROM posts p JOIN nodes n ON n.number = p.node
             JOIN channels c ON c.number = n.channel
             WHERE p.node IN ({SUBSCRIBED}) AND p.changed >= ?2 AND p.changed < ?3
             ORDER BY p.changed, p.number LIMIT ?4"
        );
        let values = [bare.into(), since.into(), until.into(), limit(max).into()];
        self.database.all(&sql, &values, |row| (read_placed(row), row.integer(WIDTH + 2)))
    }

    /// Posts with all of these words, newest first, in channels that an account may read: open ones, and those where it
    /// has a role; and how many there are, counted up to 1,000.
    pub fn search(
        &self,
        words: &str,
        author: Option<&str>,
        reader: &str,
        skip: usize,
        max: usize,
    ) -> Result<(Vec<Placed>, usize), StoreError> {
        let words: Vec<&str> = words.split_whitespace().take(WORDS).collect();
        if words.is_empty() && author.is_none() {
            return Ok((Vec::new(), 0));
        }
        let (matching, query) = if words.is_empty() {
            ("?2 = ''", String::new())
        } else if self.database.is_postgres() {
            let sql = "p.number IN (SELECT post FROM words WHERE words.words @@ plainto_tsquery('simple', ?2))";
            (sql, words.join(" "))
        } else {
            // Each word in quotes is a string to FTS5 and never a part of its query language.
            let quoted: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
            ("p.number IN (SELECT rowid FROM words WHERE words MATCH ?2)", quoted.join(" "))
        };
        let by = if author.is_some() { "p.publisher = ?3" } else { "?3 = ''" };
        let rest = format!(
            "FROM posts p JOIN nodes n ON n.number = p.node AND n.kind = 'posts'
             JOIN channels c ON c.number = n.channel
             LEFT JOIN roles o ON o.channel = c.number AND o.bare = ?1
             WHERE {matching} AND {by} AND p.is_deleted = 0
                 AND (o.role IS NULL OR o.role <> 'outcast') AND (c.access = 'open' OR o.role IS NOT NULL)"
        );
        let values: Vec<Value<'_>> = vec![reader.into(), (&query).into(), author.unwrap_or_default().into()];
        let sql = format!("SELECT count(*) FROM (SELECT p.number {rest} LIMIT {COUNTED}) f");
        let count = self.database.one(&sql, &values, size)?.unwrap_or(0);
        let sql = format!("SELECT {COLUMNS}, c.name, n.kind {rest} ORDER BY p.place DESC, c.name LIMIT ?4 OFFSET ?5");
        let paged = [values, vec![limit(max).into(), limit(skip).into()]].concat();
        Ok((self.database.all(&sql, &paged, read_placed)?, count))
    }
}
