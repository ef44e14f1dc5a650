//! What the suites need: servers, gateways, people with browsers, foreign clients, and trouble.

/// Makes a test of each function for each server.
macro_rules! on_servers {
    ($servers:tt { $($test:ident)* }) => { $(
        mod $test {
            on_servers!(@one $test $servers);
        }
    )* };
    (@one $test:ident [$($server:ident)*]) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $server() {
            super::$test(crate::support::servers::$server()).await;
        }
    )* };
}

#[macro_use]
pub mod bosh;
pub mod patience;
pub mod process;
pub mod ports;
pub mod certificates;
pub mod servers;
pub mod home;
pub mod prosody;
pub mod ejabberd;
pub mod gateway;
pub mod web;
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
pub mod movim;
pub mod front;
pub mod shelf;
pub mod postgres;
pub mod client;
pub mod channel_service;
