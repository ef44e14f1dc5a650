//! XMPP as a client speaks it: one file per specification, no state.

pub mod ask;
pub mod error;
mod mend;
pub mod connect;
pub mod dns;
pub mod register;
mod registration_form;
pub mod account;
pub mod blocking;
pub mod sasl;
pub mod scram;
pub mod starttls;
pub mod stream;
pub mod tls;
pub mod element;
pub mod forms;
pub mod disco;
pub mod pubsub;
pub mod upload;

pub use ask::{Ask, AskError, Briefly, Kind, Request};
