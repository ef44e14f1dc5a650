//! XMPP as a client speaks it: one file per specification, no state.

pub mod ask;
pub mod error;

pub use ask::{Ask, AskError, Kind, Request};
