//! Who is subscribed to a node, and who has a standing in it.

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError, limit, size};

/// One subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// The node's name.
    pub node: String,
    /// The address events go to, bare or full.
    pub jid: String,
}

/// One affiliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affiliate {
    /// The node's name.
    pub node: String,
    /// A bare address.
    pub jid: String,
    /// The word of XEP-0060 §4.1.
    pub affiliation: String,
}

impl Store {
    /// The affiliation of a bare address, as it was written.
    pub fn affiliation(&self, node: i64, jid: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT affiliation FROM affiliations WHERE node = ?1 AND jid = ?2")?
            .query_row(params![node, jid], |row| row.get(0))
            .optional()?)
    }

    /// Writes an affiliation, or removes it.
    pub fn set_affiliation(&self, node: i64, jid: &str, affiliation: Option<&str>) -> Result<(), StoreError> {
        match affiliation {
            Some(affiliation) => self
                .connection
                .prepare_cached("INSERT OR REPLACE INTO affiliations (node, jid, affiliation) VALUES (?1, ?2, ?3)")?
                .execute(params![node, jid, affiliation])?,
            None => self
                .connection
                .prepare_cached("DELETE FROM affiliations WHERE node = ?1 AND jid = ?2")?
                .execute(params![node, jid])?,
        };
        Ok(())
    }

    /// Everybody with a standing in a node.
    pub fn affiliates(&self, node: i64) -> Result<Vec<Affiliate>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT n.name, a.jid, a.affiliation FROM affiliations a JOIN nodes n ON n.number = a.node
             WHERE a.node = ?1 ORDER BY a.jid",
        )?;
        let rows = statement
            .query_map([node], |row| Ok(Affiliate { node: row.get(0)?, jid: row.get(1)?, affiliation: row.get(2)? }))?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// The standings of a bare address in the nodes of a service.
    pub fn affiliations_of(&self, service: &str, jid: &str, count: usize) -> Result<Vec<Affiliate>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT n.name, a.jid, a.affiliation FROM affiliations a JOIN nodes n ON n.number = a.node
             WHERE a.jid = ?2 AND n.service = ?1 ORDER BY a.node LIMIT ?3",
        )?;
        let rows = statement
            .query_map(params![service, jid, limit(count)], |row| {
                Ok(Affiliate { node: row.get(0)?, jid: row.get(1)?, affiliation: row.get(2)? })
            })?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// Subscribes an address; `bare` is the account it belongs to. Doing it twice changes nothing.
    pub fn subscribe(&self, node: i64, jid: &str, bare: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO subscriptions (node, jid, bare) VALUES (?1, ?2, ?3)")?
            .execute(params![node, jid, bare])?;
        Ok(())
    }

    /// Ends a subscription; false when there was none.
    pub fn unsubscribe(&self, node: i64, jid: &str) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached("DELETE FROM subscriptions WHERE node = ?1 AND jid = ?2")?
            .execute(params![node, jid])?
            > 0)
    }

    /// Ends every subscription of an account to a node.
    pub fn unsubscribe_all(&self, node: i64, bare: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM subscriptions WHERE node = ?1 AND bare = ?2")?
            .execute(params![node, bare])?;
        Ok(())
    }

    /// Ends every subscription of an account everywhere.
    pub fn forget_subscriber(&self, bare: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM subscriptions WHERE bare = ?1")?.execute([bare])?;
        Ok(())
    }

    /// Ends every subscription of addresses at a domain.
    pub fn forget_domain(&self, domain: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM subscriptions WHERE substr(bare, -length(?1) - 1) = '@' || ?1")?
            .execute([domain])?;
        Ok(())
    }

    /// Whether an account is subscribed to a node, with whichever of its addresses.
    pub fn is_subscribed(&self, node: i64, bare: &str) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT 1 FROM subscriptions WHERE node = ?1 AND bare = ?2")?
            .exists(params![node, bare])?)
    }

    /// The addresses subscribed to a node.
    pub fn subscribers(&self, node: i64) -> Result<Vec<Subscriber>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT n.name, s.jid FROM subscriptions s JOIN nodes n ON n.number = s.node
             WHERE s.node = ?1 ORDER BY s.jid",
        )?;
        let rows = statement
            .query_map([node], |row| Ok(Subscriber { node: row.get(0)?, jid: row.get(1)? }))?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// How many addresses are subscribed to a node.
    pub fn subscriber_count(&self, node: i64) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*) FROM subscriptions WHERE node = ?1")?
            .query_row([node], size)?)
    }

    /// What an account is subscribed to at a service.
    pub fn subscriptions_of(&self, service: &str, bare: &str) -> Result<Vec<Subscriber>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT n.name, s.jid FROM subscriptions s JOIN nodes n ON n.number = s.node
             WHERE s.bare = ?2 AND n.service = ?1 ORDER BY s.node, s.jid",
        )?;
        let rows = statement
            .query_map([service, bare], |row| Ok(Subscriber { node: row.get(0)?, jid: row.get(1)? }))?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// How many subscriptions an account has everywhere.
    pub fn subscription_count(&self, bare: &str) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*) FROM subscriptions WHERE bare = ?1")?
            .query_row([bare], size)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn guests_are_forgotten_by_domain() {
        let store = Store::open(None).unwrap();
        let node = store.add_node("pubsub.test", "trains", "alice@test", "{}", 0).unwrap();
        store.subscribe(node, "alice@test", "alice@test").unwrap();
        store.subscribe(node, "alice@test", "alice@test").unwrap();
        store.subscribe(node, "x@anon.test/1", "x@anon.test").unwrap();
        assert_eq!(store.subscriber_count(node).unwrap(), 2);
        store.forget_domain("anon.test").unwrap();
        let left = store.subscribers(node).unwrap();
        assert_eq!(left, [Subscriber { node: "trains".into(), jid: "alice@test".into() }]);
        assert!(store.is_subscribed(node, "alice@test").unwrap());
        assert_eq!(store.subscription_count("alice@test").unwrap(), 1);
    }
}
