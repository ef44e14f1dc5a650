//! The whole gateway, tested through its doors. One binary, so that it links once.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[macro_use]
mod support;
mod house;
mod templates;
mod markup;
mod xml;
mod dialects;
mod connect;
mod home_server;
mod servers;
mod journey;
mod signed_out;
mod registration;
mod live;
mod pages;
mod security;
mod text_browser;
mod failures;
mod limiter;
mod hostile;
mod federation;
mod demo;
