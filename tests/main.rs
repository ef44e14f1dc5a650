//! The whole gateway, tested through its doors. One binary, so that it links once.
#![allow(missing_docs, clippy::unwrap_used, clippy::zombie_processes, clippy::type_complexity, reason = "tests")]

#[macro_use]
mod support;
mod house;
mod xml;
mod connect;
mod bosh;
mod dialects;
mod servers;
mod journey;
mod buddycloud;
mod signed_out;
mod public;
mod pictures;
mod uploads;
mod live;
mod pages;
mod text_browser;
mod registration;
mod home_server;
mod demo;
mod config;
mod failures;
mod secrets;
mod knowledge;
mod hostile;
mod slow;
mod limiter;
mod federation;
mod templates;
mod texts;
mod markup;
mod security;
mod websocket;
mod host_meta;
mod front_doors;
mod clients;
mod bodies;
mod channel_store;
mod channel_service;
mod channel_dialect;
mod notices;
mod unread;
mod faces;
mod account;
mod languages;
