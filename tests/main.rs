//! The whole gateway, tested through its doors. One binary, so that it links once.

mod house;
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod connect;
