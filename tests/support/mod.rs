//! What the suites need: servers, gateways, people with browsers, foreign clients, and trouble.

pub mod process;
pub mod ports;
pub mod certificates;
pub mod servers;
pub mod home;
pub mod prosody;
pub mod ejabberd;
pub mod gateway;
pub mod page;
pub mod person;
pub mod sse;
pub mod foreign;
pub mod proxy;
pub mod impostor;
pub mod cdp;
pub mod browser;
pub mod checks;
pub mod dns;
