//! The channel service, as a program beside real servers.

mod words;
mod journey;
mod plain;
mod matrix;
mod kills;
mod federation;
mod archive;
