//! Accounts: SCRAM keys, never passwords.

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError, size};

/// What SCRAM needs to check one password (RFC 5802 §3); the password cannot be computed from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// PBKDF2 rounds.
    pub iterations: u32,
    /// Shared by both hash functions.
    pub salt: Vec<u8>,
    /// For SCRAM-SHA-1.
    pub sha1: Keys,
    /// For SCRAM-SHA-256.
    pub sha256: Keys,
}

/// StoredKey and ServerKey.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// H(ClientKey)
    pub stored: Vec<u8>,
    /// HMAC(SaltedPassword, "Server Key")
    pub server: Vec<u8>,
}

impl Store {
    /// Makes an account, or gives an existing one a new password.
    pub fn set_account(&self, user: &str, keys: &Credentials, now: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO accounts (user, iterations, salt, sha1_stored, sha1_server, sha256_stored, sha256_server,
                     created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (user) DO UPDATE SET iterations = ?2, salt = ?3, sha1_stored = ?4, sha1_server = ?5,
                     sha256_stored = ?6, sha256_server = ?7",
            )?
            .execute(params![
                user,
                keys.iterations,
                keys.salt,
                keys.sha1.stored,
                keys.sha1.server,
                keys.sha256.stored,
                keys.sha256.server,
                now
            ])?;
        Ok(())
    }

    /// The keys of an account.
    pub fn credentials(&self, user: &str) -> Result<Option<Credentials>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT iterations, salt, sha1_stored, sha1_server, sha256_stored, sha256_server
                 FROM accounts WHERE user = ?1",
            )?
            .query_row([user], |row| {
                Ok(Credentials {
                    iterations: row.get(0)?,
                    salt: row.get(1)?,
                    sha1: Keys { stored: row.get(2)?, server: row.get(3)? },
                    sha256: Keys { stored: row.get(4)?, server: row.get(5)? },
                })
            })
            .optional()?)
    }

    /// Whether there is such an account.
    pub fn has_account(&self, user: &str) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM accounts WHERE user = ?1")?.exists([user])?)
    }

    /// How many accounts there are.
    pub fn account_count(&self) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached("SELECT count(*) FROM accounts")?.query_row([], size)?)
    }

    /// Removes an account with its roster, documents, and the nodes of its own address `bare`; its subscriptions
    /// and affiliations elsewhere end too. Items it published to other people's nodes stay.
    pub fn remove_account(&self, user: &str, bare: &str) -> Result<(), StoreError> {
        for sql in ["DELETE FROM accounts WHERE user = ?1", "DELETE FROM contacts WHERE user = ?1"] {
            self.connection.prepare_cached(sql)?.execute([user])?;
        }
        self.connection.prepare_cached("DELETE FROM documents WHERE user = ?1")?.execute([user])?;
        for sql in [
            "DELETE FROM nodes WHERE service = ?1",
            "DELETE FROM subscriptions WHERE bare = ?1",
            "DELETE FROM affiliations WHERE jid = ?1",
        ] {
            self.connection.prepare_cached(sql)?.execute([bare])?;
        }
        Ok(())
    }
}
