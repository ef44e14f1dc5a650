//! The channel service, as a program beside real servers.

mod words;
mod journey;
mod matrix;
mod kills;
mod federation;
