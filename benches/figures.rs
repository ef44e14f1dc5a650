//! What figures have in common: the middle of several, and the machine they belong to.

use std::time::Duration;

use crate::support::gateway::Gateway;

/// The memory of a gateway in bytes, once it changes no more.
pub async fn settled_memory(gateway: &Gateway) -> f64 {
    settled(|| gateway.memory()).await
}

/// Some memory in bytes, once it changes no more.
pub async fn settled(memory: impl Fn() -> u64) -> f64 {
    let mut before = memory();
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let now = memory();
        if now.abs_diff(before) < 256 * 1024 {
            return now as f64;
        }
        before = now;
    }
}

/// The middle one; of an even number the upper middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// One line about the machine.
pub fn machine() -> String {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| processors.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let model = field("model name").trim_start_matches([' ', '\t', ':']).to_owned();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("{cores} cores ({model}), load {load}, {} build", if cfg!(debug_assertions) { "debug" } else { "release" })
}
