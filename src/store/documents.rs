//! Documents of an account: the vcard (XEP-0054) and private XML (XEP-0049), one text a name.

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError, size};

impl Store {
    /// A document, as it was written.
    pub fn document(&self, user: &str, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT xml FROM documents WHERE user = ?1 AND name = ?2")?
            .query_row([user, name], |row| row.get(0))
            .optional()?)
    }

    /// Writes a document.
    pub fn set_document(&self, user: &str, name: &str, xml: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO documents (user, name, xml) VALUES (?1, ?2, ?3)")?
            .execute(params![user, name, xml])?;
        Ok(())
    }

    /// How many documents an account has.
    pub fn document_count(&self, user: &str) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached("SELECT count(*) FROM documents WHERE user = ?1")?.query_row([user], size)?)
    }
}
