//! Who may be reached, who is asking, and how often.

pub mod address;
pub mod attempts;
pub mod client_address;
pub mod bounded;
pub mod limiter;
pub mod pace;
pub mod resolver;
pub mod shares;
pub mod trust;
