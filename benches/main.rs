//! Figures beside a peer or a limit that runs on the same machine at the same time. `cargo bench` takes all of them,
//! `cargo bench -- pages` one. docs/benchmarks.md says what they mean and keeps the last ones.
#![allow(missing_docs, dead_code, unused_macros, clippy::unwrap_used, clippy::zombie_processes, reason = "benchmarks")]

#[macro_use]
#[path = "../tests/support/mod.rs"]
mod support;
#[path = "../tests/xml/shapes.rs"]
mod shapes;
mod figures;
mod bosh;
mod guard;
mod pages;
mod live;
mod sessions;
mod channel_service;

fn main() {
    // Cargo adds an option of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("{}", figures::machine());
    if is_wanted("guard") {
        guard::run();
    }
    if is_wanted("pages") {
        runtime.block_on(pages::run());
    }
    if is_wanted("live") {
        runtime.block_on(live::run());
    }
    if is_wanted("sessions") {
        runtime.block_on(sessions::run());
    }
    if is_wanted("channel_service") {
        runtime.block_on(channel_service::posts());
        channel_service::pages();
    }
    if is_wanted("bosh") {
        bosh::run(&wanted);
    }
}
