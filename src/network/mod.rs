//! Who may be reached, who is asking, and how often.

pub mod address;
pub mod client_address;
pub mod bounded;
pub mod limiter;
pub mod shares;
