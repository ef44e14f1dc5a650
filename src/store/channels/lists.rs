//! What crosses channels: recent posts, changes, search.

use super::database::{Row, Value};
use super::posts::{self, COLUMNS, PLACES, WIDTH, read_placed};
use super::{Change, Changed, ChannelStore, Placed, Post, Reader, Which, limit, size};
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

/// Channels that are looked at for one page: as many as it can have posts, and those that begin at the same moment.
const HEADS: usize = 400;

impl ChannelStore {
    /// The newest posts that were changed since a moment, of the `posts` nodes that an account is subscribed to; newest
    /// first, at most `per_channel` of each. `after` is the channel and id of a post of this list; `None` if it is gone.
    ///
    /// The cost is that of one page, however long the channels are: only the heads of all of them are looked at.
    pub fn recent(
        &self,
        bare: &str,
        since: i64,
        per_channel: usize,
        which: Which,
        after: Option<(&str, &str)>,
        max: usize,
    ) -> Result<Option<Vec<Placed>>, StoreError> {
        let (from, from_name) = match after {
            Some((channel, id)) => {
                match self
                    .whereabouts(id)?
                    .into_iter()
                    .find(|placed| placed.channel == channel && placed.kind == "posts")
                {
                    Some(placed) => (placed.post.place, channel),
                    None => return Ok(None),
                }
            }
            None => (i64::MAX, ""),
        };
        let parents = if which == Which::All { "" } else { "AND p.parent IS NULL" };
        let since_place = since.saturating_mul(PLACES);
        // What was published since, else what is older and was edited since.
        let sql = format!(
            "SELECT h.number, h.name, h.head FROM (
                 SELECT n.number, c.name, coalesce(
                     (SELECT max(p.place) FROM posts p WHERE p.node = n.number AND p.place <= ?2 AND p.place >= ?3 {parents}),
                     (SELECT max(p.place) FROM posts p
                         WHERE p.node = n.number AND p.updated >= ?4 AND p.place < ?3 AND p.place <= ?2 {parents})
                 ) AS head FROM nodes n JOIN channels c ON c.number = n.channel
                 WHERE n.kind = 'posts' AND n.number IN ({SUBSCRIBED})
             ) h WHERE h.head IS NOT NULL ORDER BY h.head DESC, h.name LIMIT ?5"
        );
        let values: [Value<'_>; 5] = [bare.into(), from.into(), since_place.into(), since.into(), limit(HEADS).into()];
        let heads = self.database.all(&sql, &values, |row| (row.integer(0), row.text(1), row.integer(2)))?;
        let mut found: Vec<Placed> = Vec::new();
        for (node, channel, head) in heads {
            found.sort_by(|a, b| b.post.place.cmp(&a.post.place).then_with(|| a.channel.cmp(&b.channel)));
            found.truncate(max);
            if found.len() == max && found.last().is_none_or(|last| last.post.place > head) {
                // The page is full, and everything further on is older.
                break;
            }
            let left = match after {
                None => per_channel,
                Some(_) => {
                    per_channel.saturating_sub(self.newer(node, from, from_name < channel.as_str(), since, parents)?)
                }
            };
            let sql = format!(
                "SELECT {COLUMNS} FROM posts p WHERE p.node = ?1 AND p.place <= ?2 AND p.updated >= ?3 AND p.place >= ?4
                 {parents} ORDER BY p.place DESC LIMIT ?5"
            );
            let read = |floor: i64, ceiling: i64, most: usize| {
                let values = [node.into(), ceiling.into(), since.into(), floor.into(), limit(most).into()];
                self.database.all(&sql, &values, posts::read)
            };
            let mut posts = read(since_place, from, left + 1)?;
            if posts.len() < left && since_place > 0 {
                posts.extend(self.edited(
                    node,
                    since,
                    since_place.min(from.saturating_add(1)),
                    parents,
                    left - posts.len(),
                )?);
            }
            let is_after = |post: &Post| post.place < from || (post.place == from && channel.as_str() > from_name);
            let posts = posts.into_iter().filter(is_after).take(left);
            found.extend(posts.map(|post| Placed { post, channel: channel.clone(), kind: "posts".to_owned() }));
        }
        found.sort_by(|a, b| b.post.place.cmp(&a.post.place).then_with(|| a.channel.cmp(&b.channel)));
        found.truncate(max);
        Ok(Some(found))
    }

    /// Posts below a place that were edited since a moment, by place.
    fn edited(&self, node: i64, since: i64, below: i64, parents: &str, max: usize) -> Result<Vec<Post>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM posts p WHERE p.node = ?1 AND p.updated >= ?2 AND p.place < ?3 {parents}
             ORDER BY p.place DESC LIMIT ?4"
        );
        self.database.all(&sql, &[node.into(), since.into(), below.into(), limit(max).into()], posts::read)
    }

    /// How many posts of a node stand before a place in the list of recent ones, counted up to 100.
    fn newer(&self, node: i64, place: i64, is_later: bool, since: i64, parents: &str) -> Result<usize, StoreError> {
        // Of posts of the same moment those of channels with a smaller name come first.
        let than = if is_later { ">" } else { ">=" };
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM posts p WHERE p.node = ?1 AND p.place {than} ?2 AND p.updated >= ?3 {parents}
             LIMIT 100) f"
        );
        Ok(self.database.one(&sql, &[node.into(), place.into(), since.into()], size)?.unwrap_or(0))
    }

    /// What changed in the nodes that an account is subscribed to, in the order in which it was stored here: from `after`
    /// on (itself not included), or from the moment `since`, to before `until`.
    pub fn changes(
        &self,
        bare: &str,
        since: i64,
        after: Option<(i64, i64)>,
        until: i64,
        max: usize,
    ) -> Result<Vec<Change>, StoreError> {
        let (moment, number) = after.unwrap_or((since, i64::MIN));
        let values = [bare.into(), moment.into(), number.into(), until.into(), limit(max).into()];
        let bounds = "(t.changed, t.number) > (?2, ?3) AND t.changed >= ?2 AND t.changed < ?4
                      ORDER BY t.changed, t.number LIMIT ?5";
        let sql = format!(
            "SELECT {COLUMNS}, c.name, n.kind, p.changed, p.number FROM posts p JOIN nodes n ON n.number = p.node
             JOIN channels c ON c.number = n.channel WHERE p.node IN ({SUBSCRIBED}) AND {}",
            bounds.replace("t.", "p.")
        );
        let read = |row: &Row| Change {
            at: (row.integer(WIDTH + 2), row.integer(WIDTH + 3)),
            what: Changed::Post(read_placed(row)),
        };
        let mut all = self.database.all(&sql, &values, read)?;
        let sql = format!(
            "SELECT c.name, n.kind, r.id, r.changed, r.number FROM removed r JOIN nodes n ON n.number = r.node
             JOIN channels c ON c.number = n.channel WHERE r.node IN ({SUBSCRIBED}) AND {}",
            bounds.replace("t.", "r.")
        );
        let read = |row: &Row| Change {
            at: (row.integer(3), row.integer(4)),
            what: Changed::Removed { channel: row.text(0), kind: row.text(1), id: row.text(2) },
        };
        all.extend(self.database.all(&sql, &values, read)?);
        all.sort_by_key(|change| change.at);
        all.truncate(max);
        Ok(all)
    }

    /// Posts with all of these words, newest first, in channels that an account may read: open ones, and those where it
    /// has a role; and how many there are, counted up to 1,000. Of words that nearly everybody uses the newest 10,000 posts
    /// are looked at.
    pub fn search(
        &self,
        words: &str,
        author: Option<&str>,
        reader: Reader<'_>,
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
            let sql = "p.number IN (SELECT post FROM words WHERE words.words @@ plainto_tsquery('simple', ?2) ORDER BY post DESC LIMIT 10000)";
            (sql, words.join(" "))
        } else {
            // Each word in quotes is a string to FTS5 and never a part of its query language.
            let quoted: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
            (
                "p.number IN (SELECT rowid FROM words WHERE words MATCH ?2 ORDER BY rowid DESC LIMIT 10000)",
                quoted.join(" "),
            )
        };
        let by = if author.is_some() { "p.publisher = ?3" } else { "?3 = ''" };
        let open = if reader.is_local {
            "c.authority IS NULL AND c.access IN ('open', 'local')"
        } else {
            // Of a copy it is not certain that it is still open: those who follow it find it by their role.
            "c.authority IS NULL AND c.access = 'open'"
        };
        let rest = format!(
            "FROM posts p JOIN nodes n ON n.number = p.node AND n.kind = 'posts'
             JOIN channels c ON c.number = n.channel
             LEFT JOIN roles o ON o.channel = c.number AND o.bare = ?1
             WHERE {matching} AND {by} AND p.is_deleted = 0
                 AND (o.role IS NULL OR o.role <> 'outcast') AND (({open}) OR o.role IS NOT NULL)"
        );
        let values: Vec<Value<'_>> = vec![reader.bare.into(), (&query).into(), author.unwrap_or_default().into()];
        let sql = format!("SELECT count(*) FROM (SELECT p.number {rest} LIMIT {COUNTED}) f");
        let count = self.database.one(&sql, &values, size)?.unwrap_or(0);
        let sql = format!("SELECT {COLUMNS}, c.name, n.kind {rest} ORDER BY p.place DESC, c.name LIMIT ?4 OFFSET ?5");
        let paged = [values, vec![limit(max).into(), limit(skip).into()]].concat();
        Ok((self.database.all(&sql, &paged, read_placed)?, count))
    }
}
