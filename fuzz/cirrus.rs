//! The rooms under test, as part of a crate that builds in seconds.

#[path = "../src/xml/mod.rs"]
pub mod xml;
