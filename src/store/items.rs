//! Items of a node, oldest first. A replaced item keeps its place.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Store, StoreError, limit, size};

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place: grows with every new item of the database, never changes, never comes again.
    pub sequence: i64,
    /// The item's id within the node.
    pub id: String,
    /// The bare address that published it.
    pub publisher: String,
    /// One XML element that declares every namespace it uses; empty for none.
    pub payload: String,
    /// When it was first published, in seconds since 1970.
    pub created: i64,
}

/// What [`Store::put_item`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// A new item.
    Added,
    /// An item of this id was there.
    Replaced,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        sequence: row.get(0)?,
        id: row.get(1)?,
        publisher: row.get(2)?,
        payload: row.get(3)?,
        created: row.get(4)?,
    })
}

impl Store {
    /// Adds an item at the end, or replaces the one of the same id in its place.
    pub fn put_item(
        &self,
        node: i64,
        id: &str,
        publisher: &str,
        payload: &str,
        now: i64,
    ) -> Result<Placed, StoreError> {
        let replaced = self
            .connection
            .prepare_cached("UPDATE items SET publisher = ?3, payload = ?4 WHERE node = ?1 AND id = ?2")?
            .execute(params![node, id, publisher, payload])?;
        if replaced > 0 {
            return Ok(Placed::Replaced);
        }
        self.connection
            .prepare_cached("INSERT INTO items (node, id, publisher, payload, created) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![node, id, publisher, payload, now])?;
        Ok(Placed::Added)
    }

    /// One item by id.
    pub fn item(&self, node: i64, id: &str) -> Result<Option<Item>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT sequence, id, publisher, payload, created FROM items WHERE node = ?1 AND id = ?2")?
            .query_row(params![node, id], read)
            .optional()?)
    }

    /// The last `count` items before the place `before` (or of all), oldest first.
    pub fn items_before(&self, node: i64, before: Option<i64>, count: usize) -> Result<Vec<Item>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sequence, id, publisher, payload, created FROM items
             WHERE node = ?1 AND sequence < ?2 ORDER BY sequence DESC LIMIT ?3",
        )?;
        let rows = statement.query_map(params![node, before.unwrap_or(i64::MAX), limit(count)], read)?;
        let mut items = rows.collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        Ok(items)
    }

    /// The first `count` items after the place `after`, oldest first; `skip` of them are passed over.
    pub fn items_after(&self, node: i64, after: i64, skip: usize, count: usize) -> Result<Vec<Item>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sequence, id, publisher, payload, created FROM items
             WHERE node = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3 OFFSET ?4",
        )?;
        let items =
            statement.query_map(params![node, after, limit(count), limit(skip)], read)?.collect::<Result<_, _>>()?;
        Ok(items)
    }

    /// How many items stand before a place.
    pub fn item_index(&self, node: i64, sequence: i64) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*) FROM items WHERE node = ?1 AND sequence < ?2")?
            .query_row(params![node, sequence], size)?)
    }

    /// How many items a node holds.
    pub fn item_count(&self, node: i64) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT items FROM nodes WHERE number = ?1")?
            .query_row([node], size)
            .optional()?
            .unwrap_or(0))
    }

    /// The newest ids, oldest first.
    pub fn item_ids(&self, node: i64, count: usize) -> Result<Vec<String>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT id FROM items WHERE node = ?1 ORDER BY sequence DESC LIMIT ?2")?;
        let mut ids =
            statement.query_map(params![node, limit(count)], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        ids.reverse();
        Ok(ids)
    }

    /// Removes one item; false when there was none.
    pub fn remove_item(&self, node: i64, id: &str) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached("DELETE FROM items WHERE node = ?1 AND id = ?2")?
            .execute(params![node, id])?
            > 0)
    }

    /// Removes the oldest items until `keep` are left.
    pub fn trim_items(&self, node: i64, keep: usize) -> Result<(), StoreError> {
        let surplus = self.item_count(node)?.saturating_sub(keep);
        if surplus > 0 {
            self.connection
                .prepare_cached(
                    "DELETE FROM items WHERE sequence IN
                     (SELECT sequence FROM items WHERE node = ?1 ORDER BY sequence LIMIT ?2)",
                )?
                .execute(params![node, limit(surplus)])?;
        }
        Ok(())
    }

    /// Removes what was published before a moment (seconds since 1970).
    pub fn expire_items(&self, node: i64, before: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM items WHERE node = ?1 AND created < ?2")?
            .execute(params![node, before])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn items_keep_their_place_and_are_counted() {
        let store = Store::open(None).unwrap();
        let node = store.add_node("pubsub.test", "trains", "alice@test", "{}", 0).unwrap();
        for number in 0..10 {
            assert_eq!(store.put_item(node, &format!("i{number}"), "alice@test", "", number).unwrap(), Placed::Added);
        }
        assert_eq!(store.put_item(node, "i3", "alice@test", "<x/>", 99).unwrap(), Placed::Replaced);
        let ids = |items: Vec<Item>| items.into_iter().map(|item| item.id).collect::<Vec<_>>();
        assert_eq!(ids(store.items_before(node, None, 2).unwrap()), ["i8", "i9"]);
        let third = store.item(node, "i3").unwrap().unwrap();
        assert_eq!((third.payload.as_str(), third.created), ("<x/>", 3));
        assert_eq!(ids(store.items_before(node, Some(third.sequence), 2).unwrap()), ["i1", "i2"]);
        assert_eq!(ids(store.items_after(node, third.sequence, 1, 2).unwrap()), ["i5", "i6"]);
        assert_eq!(store.item_index(node, third.sequence).unwrap(), 3);
        store.trim_items(node, 4).unwrap();
        assert_eq!(store.item_count(node).unwrap(), 4);
        assert_eq!(store.item_ids(node, 9).unwrap(), ["i6", "i7", "i8", "i9"]);
        store.expire_items(node, 8).unwrap();
        assert!(store.remove_item(node, "i9").unwrap());
        assert!(!store.remove_item(node, "i9").unwrap());
        assert_eq!(store.node("pubsub.test", "trains").unwrap().unwrap().items, 1);
        store.remove_node(node).unwrap();
        assert_eq!(store.item_ids(node, 9).unwrap(), Vec::<String>::new());
    }
}
