//! The whole gateway, tested through its doors. One binary, so that it links once.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[macro_use]
mod support;
mod house;
mod connect;
mod servers;
mod journey;
mod pages;
mod security;
