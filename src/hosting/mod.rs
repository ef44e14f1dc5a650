//! The other end of the wire: a pubsub core, and the small home server of the demo and the tests.

pub mod stanza;
pub mod form;
pub mod pubsub;
pub mod home;
pub mod channel_service;
