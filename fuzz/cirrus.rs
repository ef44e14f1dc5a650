//! The rooms under test, as part of a crate that builds in seconds.

#[path = "../src/xml/mod.rs"]
pub mod xml;

/// Of the door for other clients only what does no I/O.
#[path = "../src/proxy/bosh/body.rs"]
pub mod body;
#[path = "../src/proxy/bosh/window/mod.rs"]
pub mod window;
