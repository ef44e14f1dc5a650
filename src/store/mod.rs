//! The database of hosting: open, migrate; all SQL lives here.

mod schema;
mod accounts;
mod rosters;
mod nodes;
mod items;
mod subscriptions;
mod documents;
pub mod channels;

pub use accounts::{Credentials, Keys};
pub use items::{Item, Placed};
pub use nodes::Node;
pub use rosters::Contact;
pub use subscriptions::{Affiliate, Subscriber};

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Row};

/// How many compiled statements are kept; there are fewer than this in the whole room.
const STATEMENTS: usize = 96;

/// One database. It belongs to one thread; whoever owns it is the only writer.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or made.
    #[error("{}: {source}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file was written by a newer version of the schema.
    #[error("the database has schema {found}, this program knows up to {known}")]
    Newer {
        /// The version in the file.
        found: usize,
        /// The version of this program.
        known: usize,
    },
    /// The file was written by an older version of the schema, and is only read.
    #[error("the database has schema {found}; it becomes {known} when the service starts")]
    Older {
        /// The version in the file.
        found: usize,
        /// The version of this program.
        known: usize,
    },
    /// The file that says that a database is in use cannot be made or locked.
    #[error("cannot lock {}: {source}", path.display())]
    Lock {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A statement failed.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// PostgreSQL refused something, or cannot be reached.
    #[error("PostgreSQL: {0}")]
    Postgres(#[from] postgres::Error),
    /// Another channel service uses the same database.
    #[error("another channel service uses this database")]
    InUse,
}

impl Store {
    /// Opens (or makes) the database at `path`; in memory without one. Brings the schema up to date.
    ///
    /// A file uses write-ahead logging and is synced at every commit: what was answered survives a crash.
    pub fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let connection = match path {
            Some(path) => {
                Connection::open(path).map_err(|source| StoreError::Open { path: path.to_owned(), source })?
            }
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(Duration::from_secs(2))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let store = Store { connection };
        store.migrate()?;
        Ok(store)
    }

    fn migrate(&self) -> Result<(), StoreError> {
        let found = self.connection.pragma_query_value(None, "user_version", size)?;
        let known = schema::MIGRATIONS.len();
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        for (number, sql) in schema::MIGRATIONS.iter().enumerate().skip(found) {
            self.begin()?;
            self.connection.execute_batch(sql)?;
            self.connection.pragma_update(None, "user_version", limit(number + 1))?;
            self.commit()?;
        }
        Ok(())
    }

    /// Opens a transaction; everything up to [`Store::commit`] becomes durable together.
    pub fn begin(&self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("BEGIN")?)
    }

    /// Makes the open transaction durable.
    pub fn commit(&self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    /// Undoes the open transaction.
    pub fn roll_back(&self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("ROLLBACK")?)
    }

    /// Runs one step inside the open transaction; a step that fails leaves no trace, the rest stays.
    pub fn step<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.connection.execute_batch("SAVEPOINT step").map_err(StoreError::from)?;
        match work() {
            Ok(done) => {
                self.connection.execute_batch("RELEASE step").map_err(StoreError::from)?;
                Ok(done)
            }
            Err(error) => {
                self.connection.execute_batch("ROLLBACK TO step; RELEASE step").map_err(StoreError::from)?;
                Err(error)
            }
        }
    }

    /// A random value made once for this database, by `make` at first use.
    pub fn secret(&self, name: &str, make: impl FnOnce() -> Vec<u8>) -> Result<Vec<u8>, StoreError> {
        use rusqlite::OptionalExtension as _;
        let found = self
            .connection
            .prepare_cached("SELECT value FROM secrets WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        if let Some(value) = found {
            return Ok(value);
        }
        let value = make();
        self.connection
            .prepare_cached("INSERT INTO secrets (name, value) VALUES (?1, ?2)")?
            .execute(rusqlite::params![name, value])?;
        Ok(value)
    }
}

/// Reads a count; SQLite's numbers are signed.
fn size(row: &Row<'_>) -> rusqlite::Result<usize> {
    row.get(0).map(|count: i64| usize::try_from(count).unwrap_or(0))
}

/// A bound as SQLite takes it.
fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_failed_step_leaves_no_trace() {
        let store = Store::open(None).unwrap();
        store.begin().unwrap();
        store.set_document("alice", "vcard", "<a/>").unwrap();
        let failed: Result<(), StoreError> = store.step(|| {
            store.set_document("alice", "vcard", "<b/>")?;
            Err(StoreError::Newer { found: 2, known: 1 })
        });
        assert!(failed.is_err());
        store.commit().unwrap();
        assert_eq!(store.document("alice", "vcard").unwrap().as_deref(), Some("<a/>"));
    }

    #[test]
    fn a_file_is_opened_again_and_a_newer_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home.db");
        let store = Store::open(Some(&path)).unwrap();
        let first = store.secret("salt", || vec![1, 2, 3]).unwrap();
        drop(store);
        let store = Store::open(Some(&path)).unwrap();
        assert_eq!(store.secret("salt", || vec![9]).unwrap(), first);
        store.connection.pragma_update(None, "user_version", 1000).unwrap();
        drop(store);
        assert!(matches!(Store::open(Some(&path)), Err(StoreError::Newer { found: 1000, .. })));
    }
}
