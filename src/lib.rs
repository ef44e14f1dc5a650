//! Cirrus: a server-rendered web gateway to XMPP's social channels. ARCHITECTURE.md has the map.

pub mod cli;
pub mod demo;
pub mod app;
pub mod web;
pub mod session;
pub mod proxy;
pub mod dialect;
pub mod hosting;
pub mod media;
pub mod xmpp;
pub mod store;
pub mod telemetry;
pub mod channel;
pub mod atom;
pub mod opml;
pub mod language;
pub mod xml;
pub mod network;
pub mod config;
