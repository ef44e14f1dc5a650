//! Rosters: who an account knows, and who may see whose presence (RFC 6121 §2 and §3).

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Store, StoreError, size};

/// One contact of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// The contact's bare address.
    pub jid: String,
    /// Shown in the roster. Somebody who only asks for a subscription is kept here but not shown.
    pub listed: bool,
    /// The account's name for the contact.
    pub name: Option<String>,
    /// Sorted, without doubles.
    pub groups: Vec<String>,
    /// The contact receives the account's presence ("from").
    pub sends: bool,
    /// The account receives the contact's presence ("to").
    pub receives: bool,
    /// The account has asked for the contact's presence ("pending out").
    pub asking: bool,
    /// The contact has asked for the account's presence ("pending in"): the whole request stanza.
    pub request: Option<String>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Contact> {
    let groups: String = row.get(3)?;
    Ok(Contact {
        jid: row.get(0)?,
        listed: row.get(1)?,
        name: row.get(2)?,
        groups: serde_json::from_str(&groups).unwrap_or_default(),
        sends: row.get(4)?,
        receives: row.get(5)?,
        asking: row.get(6)?,
        request: row.get(7)?,
    })
}

impl Store {
    /// Everybody an account knows, pending requests too, by address.
    pub fn contacts(&self, user: &str) -> Result<Vec<Contact>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT jid, listed, name, groups, sends, receives, asking, request FROM contacts
             WHERE user = ?1 ORDER BY jid",
        )?;
        let contacts = statement.query_map([user], read)?.collect::<Result<_, _>>()?;
        Ok(contacts)
    }

    /// One contact.
    pub fn contact(&self, user: &str, jid: &str) -> Result<Option<Contact>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT jid, listed, name, groups, sends, receives, asking, request FROM contacts
                 WHERE user = ?1 AND jid = ?2",
            )?
            .query_row([user, jid], read)
            .optional()?)
    }

    /// How many contacts an account has.
    pub fn contact_count(&self, user: &str) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached("SELECT count(*) FROM contacts WHERE user = ?1")?.query_row([user], size)?)
    }

    /// Adds or replaces a contact.
    pub fn set_contact(&self, user: &str, contact: &Contact) -> Result<(), StoreError> {
        let groups = serde_json::to_string(&contact.groups).expect("a list of strings is always JSON");
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO contacts (user, jid, listed, name, groups, sends, receives, asking, request)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                user,
                contact.jid,
                contact.listed,
                contact.name,
                groups,
                contact.sends,
                contact.receives,
                contact.asking,
                contact.request
            ])?;
        Ok(())
    }

    /// Forgets a contact.
    pub fn remove_contact(&self, user: &str, jid: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM contacts WHERE user = ?1 AND jid = ?2")?.execute([user, jid])?;
        Ok(())
    }

    /// Whether the account `user` lets the bare address `jid` see its presence.
    pub fn is_seen_by(&self, user: &str, jid: &str) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT 1 FROM contacts WHERE user = ?1 AND jid = ?2 AND sends")?
            .exists([user, jid])?)
    }
}
