//! Channels of other domains: their services answer for them, ours asks on behalf of its people.

mod peers;
mod wire;
