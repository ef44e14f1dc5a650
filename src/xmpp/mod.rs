//! XMPP as a client speaks it: one file per specification, no state.

pub mod ask;
pub mod element;
pub mod forms;
pub mod disco;
pub mod pubsub;

pub use ask::{Ask, AskError, Kind, Request};
