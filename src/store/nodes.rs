//! Pubsub nodes: where they are, whose they are, how they are configured.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Store, StoreError, limit, size};

/// One node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The key of its items, affiliations and subscriptions.
    pub number: i64,
    /// The address of the service: a domain, or the bare address of an account.
    pub service: String,
    /// The node's name.
    pub name: String,
    /// The bare address that made it.
    pub creator: String,
    /// JSON, written and read by `hosting::pubsub`.
    pub configuration: String,
    /// Seconds since 1970.
    pub created: i64,
    /// How many items it holds.
    pub items: usize,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Node> {
    Ok(Node {
        number: row.get(0)?,
        service: row.get(1)?,
        name: row.get(2)?,
        creator: row.get(3)?,
        configuration: row.get(4)?,
        created: row.get(5)?,
        items: row.get(6).map(|count: i64| usize::try_from(count).unwrap_or(0))?,
    })
}

impl Store {
    /// Makes a node and answers its number. The pair of service and name must be free.
    pub fn add_node(
        &self,
        service: &str,
        name: &str,
        creator: &str,
        configuration: &str,
        now: i64,
    ) -> Result<i64, StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO nodes (service, name, creator, configuration, created) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![service, name, creator, configuration, now])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// One node.
    pub fn node(&self, service: &str, name: &str) -> Result<Option<Node>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT number, service, name, creator, configuration, created, items FROM nodes
                 WHERE service = ?1 AND name = ?2",
            )?
            .query_row([service, name], read)
            .optional()?)
    }

    /// Nodes of a service in the order they were made: at most `count`, after the one numbered `after`.
    pub fn nodes(&self, service: &str, after: i64, count: usize) -> Result<Vec<Node>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, service, name, creator, configuration, created, items FROM nodes
             WHERE service = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
        )?;
        let nodes = statement.query_map(params![service, after, limit(count)], read)?.collect::<Result<_, _>>()?;
        Ok(nodes)
    }

    /// How many nodes a service has.
    pub fn node_total(&self, service: &str) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*) FROM nodes WHERE service = ?1")?
            .query_row([service], size)?)
    }

    /// How many nodes of a service are older than the one with this number.
    pub fn node_index(&self, service: &str, number: i64) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*) FROM nodes WHERE service = ?1 AND number < ?2")?
            .query_row(params![service, number], size)?)
    }

    /// How many nodes one address has made, on all services.
    pub fn node_count(&self, creator: &str) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*) FROM nodes WHERE creator = ?1")?
            .query_row([creator], size)?)
    }

    /// Writes a new configuration.
    pub fn configure_node(&self, node: i64, configuration: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE nodes SET configuration = ?2 WHERE number = ?1")?
            .execute(params![node, configuration])?;
        Ok(())
    }

    /// Removes a node with its items, affiliations and subscriptions.
    pub fn remove_node(&self, node: i64) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM nodes WHERE number = ?1")?.execute([node])?;
        Ok(())
    }
}
