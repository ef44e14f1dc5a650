//! The channel service's data: one suite, on SQLite in memory, on a SQLite file, and on PostgreSQL.

mod random;
mod suite;
