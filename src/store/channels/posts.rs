//! Posts: items of a node, by the moment of their publication. A replaced post keeps its place.

use super::database::{Row, Value};
use super::{ChannelStore, NewPost, Placed, Post, Put, Slice, Which, Window, limit, size};
use crate::store::StoreError;

pub(super) const COLUMNS: &str = "p.place, p.id, p.publisher, p.payload, p.published, p.updated, p.parent, p.rated, \
                                  p.is_deleted, p.active";
/// How many of these there are.
pub(super) const WIDTH: usize = 10;

/// Places of one millisecond.
pub(super) const PLACES: i64 = 1_000;
/// How long it is known that a post was there, in milliseconds.
const REMEMBERED: i64 = 30 * 24 * 3_600 * 1_000;

pub(super) fn read(row: &Row) -> Post {
    Post {
        place: row.integer(0),
        id: row.text(1),
        publisher: row.text(2),
        payload: row.text(3),
        published: row.integer(4),
        updated: row.integer(5),
        parent: row.maybe_text(6),
        rated: row.maybe_text(7),
        is_deleted: row.flag(8),
        active: row.integer(9),
    }
}

pub(super) fn read_placed(row: &Row) -> Placed {
    Placed { post: read(row), channel: row.text(WIDTH), kind: row.text(WIDTH + 1) }
}

impl ChannelStore {
    fn posts_where(&self, rest: &str, values: &[Value<'_>]) -> Result<Vec<Post>, StoreError> {
        self.database.all(&format!("SELECT {COLUMNS} FROM posts p {rest}"), values, read)
    }

    /// Adds a post, or replaces the one of the same id in its place. A reply moves its thread's `active` on.
    pub fn put_post(&self, node: i64, new: &NewPost<'_>, now: i64) -> Result<Put, StoreError> {
        self.unbury(node, new.id)?;
        let replaced = self.database.one(
            "UPDATE posts SET publisher = ?3, payload = ?4, updated = ?5, rated = ?6, is_deleted = 0, changed = ?7
             WHERE node = ?1 AND id = ?2 RETURNING number",
            &[
                node.into(),
                new.id.into(),
                new.publisher.into(),
                new.payload.into(),
                new.updated.into(),
                new.rated.into(),
                now.into(),
            ],
            |row| row.integer(0),
        )?;
        if let Some(number) = replaced {
            self.set_words(number, new.words)?;
            return Ok(Put::Replaced);
        }
        let number = self.database.one(
            "INSERT INTO posts (node, place, id, publisher, payload, published, updated, parent, rated, changed, active)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?7) RETURNING number",
            &[
                node.into(),
                self.free_place(node, new.published)?.into(),
                new.id.into(),
                new.publisher.into(),
                new.payload.into(),
                new.published.into(),
                new.updated.into(),
                new.parent.into(),
                new.rated.into(),
                now.into(),
            ],
            |row| row.integer(0),
        )?;
        self.set_words(number.unwrap_or_default(), new.words)?;
        self.count(node, 1, i64::from(new.parent.is_none()))?;
        if let Some(parent) = new.parent {
            let sql = "UPDATE posts SET active = ?3 WHERE node = ?1 AND id = ?2 AND active < ?3";
            self.database.execute(sql, &[node.into(), parent.into(), new.updated.into()])?;
        }
        Ok(Put::Added)
    }

    /// A post that is put in a tombstone's place, or that goes, is none of the buried any more.
    fn unbury(&self, node: i64, id: &str) -> Result<(), StoreError> {
        let sql = "UPDATE nodes SET buried = buried - 1 WHERE number = ?1 AND EXISTS (
                       SELECT 1 FROM posts WHERE node = ?1 AND id = ?2 AND is_deleted = 1 AND parent IS NULL)";
        self.database.execute(sql, &[node.into(), id.into()]).map(drop)
    }

    /// The moment of the newest post of a node; 0 if there is none.
    pub fn newest(&self, node: i64) -> Result<i64, StoreError> {
        let sql = "SELECT max(place) FROM posts WHERE node = ?1";
        let place = self.database.one(sql, &[node.into()], |row| row.maybe_integer(0))?.flatten();
        Ok(place.unwrap_or(0) / PLACES)
    }

    /// The next free place from a moment on.
    fn free_place(&self, node: i64, published: i64) -> Result<i64, StoreError> {
        let mut wanted = published.saturating_mul(PLACES);
        loop {
            let sql = "SELECT max(place) FROM posts WHERE node = ?1 AND place >= ?2 AND place < ?3";
            let end = wanted.saturating_add(PLACES);
            let last = self.database.one(sql, &[node.into(), wanted.into(), end.into()], |row| row.maybe_integer(0))?;
            match last.flatten() {
                None => return Ok(wanted),
                Some(last) if last + 1 < end => return Ok(last + 1),
                Some(_) => wanted = end,
            }
        }
    }

    fn count(&self, node: i64, posts: i64, threads: i64) -> Result<(), StoreError> {
        let sql = "UPDATE nodes SET posts = posts + ?2, threads = threads + ?3 WHERE number = ?1";
        self.database.execute(sql, &[node.into(), posts.into(), threads.into()]).map(drop)
    }

    /// A post of a node.
    pub fn post(&self, node: i64, id: &str) -> Result<Option<Post>, StoreError> {
        Ok(self.posts_where("WHERE p.node = ?1 AND p.id = ?2", &[node.into(), id.into()])?.pop())
    }

    /// Where posts of this id stand, whatever the node; ours before copies.
    pub fn whereabouts(&self, id: &str) -> Result<Vec<Placed>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, c.name, n.kind FROM posts p JOIN nodes n ON n.number = p.node
             JOIN channels c ON c.number = n.channel WHERE p.id = ?1
             ORDER BY CASE WHEN c.authority IS NULL THEN 0 ELSE 1 END, p.number LIMIT 20"
        );
        self.database.all(&sql, &[id.into()], read_placed)
    }

    /// A part of a node's posts; `None` if the id in the window is not there.
    pub fn posts(&self, node: i64, window: &Window<'_>) -> Result<Option<Slice>, StoreError> {
        let (counter, which) = match window.which {
            Which::All => ("posts", "p.node = ?1"),
            Which::Threads => ("threads", "p.node = ?1 AND p.parent IS NULL"),
            Which::Living => ("threads - buried", "p.node = ?1 AND p.parent IS NULL AND p.is_deleted = 0"),
        };
        let sql = format!("SELECT {counter} FROM nodes WHERE number = ?1");
        let count = self.database.one(&sql, &[node.into()], size)?.unwrap_or(0);
        self.slice(node, which, None, window, count)
    }

    /// A part of the replies to a post; `None` if the id in the window is not there.
    pub fn replies(&self, node: i64, parent: &str, window: &Window<'_>) -> Result<Option<Slice>, StoreError> {
        let sql = "SELECT count(*) FROM posts WHERE node = ?1 AND parent = ?2";
        let count = self.database.one(sql, &[node.into(), parent.into()], size)?.unwrap_or(0);
        self.slice(node, "p.node = ?1 AND p.parent = ?4", Some(parent), window, count)
    }

    fn slice(
        &self,
        node: i64,
        which: &str,
        parent: Option<&str>,
        window: &Window<'_>,
        count: usize,
    ) -> Result<Option<Slice>, StoreError> {
        let token = window.after.or(window.before.filter(|before| !before.is_empty()));
        let place = match token {
            Some(id) => match self.post(node, id)? {
                Some(post) => Some(post.place),
                None => return Ok(None),
            },
            None => None,
        };
        let (bound, order, place) = match (window.before, place) {
            (Some(""), _) => ("p.place > ?2", "", i64::MIN),
            (Some(_), Some(place)) => ("p.place > ?2", "", place),
            (_, place) => ("p.place < ?2", " DESC", place.unwrap_or(i64::MAX)),
        };
        let mut values: Vec<Value<'_>> = vec![node.into(), place.into(), limit(window.max).into()];
        values.extend(parent.map(Value::from));
        let rest = format!("WHERE {which} AND {bound} ORDER BY p.place{order} LIMIT ?3");
        let mut posts = self.posts_where(&rest, &values)?;
        if order.is_empty() {
            posts.reverse();
        }
        let index = match (window.after, window.before) {
            (None, None) => Some(0),
            (_, Some("")) => Some(count.saturating_sub(posts.len())),
            _ => None,
        };
        Ok(Some(Slice { posts, count, index }))
    }

    /// Posts that answer no other, those with the latest reply first; `after` is an id, `None` comes if it is not there.
    pub fn threads(&self, node: i64, after: Option<&str>, max: usize) -> Result<Option<Slice>, StoreError> {
        let count = self.database.one("SELECT threads FROM nodes WHERE number = ?1", &[node.into()], size)?;
        let from = match after {
            Some(id) => match self.post(node, id)? {
                Some(post) => (post.active, post.place),
                None => return Ok(None),
            },
            None => (i64::MAX, i64::MAX),
        };
        let posts = self.posts_where(
            "WHERE p.node = ?1 AND p.parent IS NULL AND (p.active, p.place) < (?2, ?3)
             ORDER BY p.active DESC, p.place DESC LIMIT ?4",
            &[node.into(), from.0.into(), from.1.into(), limit(max).into()],
        )?;
        Ok(Some(Slice { posts, count: count.unwrap_or(0), index: after.is_none().then_some(0) }))
    }

    /// The ids of the replies to a post, the oldest first.
    pub fn reply_ids(&self, node: i64, parent: &str, max: usize) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT id FROM posts WHERE node = ?1 AND parent = ?2 ORDER BY place LIMIT ?3";
        self.database.all(sql, &[node.into(), parent.into(), limit(max).into()], |row| row.text(0))
    }

    /// Removes the replies to a post, or only the ratings of one of them, without a trace.
    pub fn remove_replies(&self, node: i64, parent: &str, rated: Option<&str>, now: i64) -> Result<(), StoreError> {
        let which = "node = ?1 AND parent = ?2 AND (?3 = '' OR rated = ?3)";
        let values: [Value<'_>; 3] = [node.into(), parent.into(), rated.unwrap_or_default().into()];
        let sql = format!(
            "INSERT INTO removed (number, node, id, changed) SELECT number, node, id, ?4 FROM posts WHERE {which}"
        );
        self.database.execute(&sql, &[&values[..], &[now.into()]].concat())?;
        let gone = self.database.execute(&format!("DELETE FROM posts WHERE {which}"), &values)?;
        self.count(node, -i64::try_from(gone).unwrap_or(i64::MAX), 0)
    }

    /// Whether somebody has rated a post.
    pub fn has_rated(&self, node: i64, parent: &str, rated: &str, bare: &str) -> Result<bool, StoreError> {
        let sql = "SELECT place FROM posts WHERE node = ?1 AND parent = ?2 AND rated = ?3 AND publisher = ?4
                   AND is_deleted = 0 LIMIT 1";
        let values = [node.into(), parent.into(), rated.into(), bare.into()];
        Ok(!self.database.all(sql, &values, |_| ())?.is_empty())
    }

    /// Puts a tombstone in a post's place; false if there is no post.
    pub fn bury_post(&self, node: i64, id: &str, tombstone: &str, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE nodes SET buried = buried + 1 WHERE number = ?1 AND EXISTS (
                       SELECT 1 FROM posts WHERE node = ?1 AND id = ?2 AND is_deleted = 0 AND parent IS NULL)";
        self.database.execute(sql, &[node.into(), id.into()])?;
        let buried = self.database.one(
            "UPDATE posts SET payload = ?3, is_deleted = 1, changed = ?4, updated = ?4 WHERE node = ?1 AND id = ?2
             RETURNING number",
            &[node.into(), id.into(), tombstone.into(), now.into()],
            |row| row.integer(0),
        )?;
        match buried {
            Some(number) => self.set_words(number, "").map(|()| true),
            None => Ok(false),
        }
    }

    /// Removes a post; false if there is none. For [`REMEMBERED`] it is known that there was one.
    pub fn remove_post(&self, node: i64, id: &str, now: i64) -> Result<bool, StoreError> {
        self.unbury(node, id)?;
        let sql = "DELETE FROM posts WHERE node = ?1 AND id = ?2 RETURNING parent, number";
        let gone = self.database.one(sql, &[node.into(), id.into()], |row| (row.maybe_text(0), row.integer(1)))?;
        let Some((parent, number)) = gone else { return Ok(false) };
        self.database.execute("DELETE FROM removed WHERE changed < ?1", &[(now - REMEMBERED).into()])?;
        let sql = "INSERT INTO removed (number, node, id, changed) VALUES (?1, ?2, ?3, ?4)";
        self.database.execute(sql, &[number.into(), node.into(), id.into(), now.into()])?;
        self.count(node, -1, -i64::from(parent.is_none())).map(|()| true)
    }

    /// Removes the oldest posts of a node that has more than `most`, a tenth of them at once. They are not remembered as
    /// removed: it is only a copy that lets them go.
    pub fn keep_newest(&self, node: i64, most: usize) -> Result<(), StoreError> {
        let sql = "SELECT posts FROM nodes WHERE number = ?1";
        if self.database.one(sql, &[node.into()], size)?.unwrap_or(0) <= most {
            return Ok(());
        }
        let sql = "SELECT max(place) FROM (SELECT place FROM posts WHERE node = ?1 ORDER BY place LIMIT ?2) oldest";
        let last = self.database.one(sql, &[node.into(), limit(most / 10).into()], |row| row.maybe_integer(0))?;
        let Some(last) = last.flatten() else { return Ok(()) };
        let sql = "UPDATE nodes SET
                       posts = posts - (SELECT count(*) FROM posts WHERE node = ?1 AND place <= ?2),
                       threads = threads - (
                           SELECT count(*) FROM posts WHERE node = ?1 AND place <= ?2 AND parent IS NULL),
                       buried = buried - (
                           SELECT count(*) FROM posts WHERE node = ?1 AND place <= ?2 AND parent IS NULL AND is_deleted = 1)
                   WHERE number = ?1";
        self.database.execute(sql, &[node.into(), last.into()])?;
        self.database
            .execute("DELETE FROM posts WHERE node = ?1 AND place <= ?2", &[node.into(), last.into()])
            .map(drop)
    }

    /// What the search finds a post by.
    fn set_words(&self, post: i64, words: &str) -> Result<(), StoreError> {
        if self.database.is_postgres() {
            let done = if words.is_empty() {
                self.database.execute("DELETE FROM words WHERE post = ?1", &[post.into()])
            } else {
                let sql = "INSERT INTO words (post, words) VALUES (?1, to_tsvector('simple', ?2))
                           ON CONFLICT (post) DO UPDATE SET words = excluded.words";
                self.database.execute(sql, &[post.into(), words.into()])
            };
            return done.map(drop);
        }
        self.database.execute("DELETE FROM words WHERE rowid = ?1", &[post.into()])?;
        if words.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO words (rowid, text) VALUES (?1, ?2)";
        self.database.execute(sql, &[post.into(), words.into()]).map(drop)
    }
}
