//! BOSH: what a session, a sign-in and a message cost a connection manager, beside others on the same server.
//!
//! `bare` is no manager at all: the same messages between the generator and the server itself.
//!
//! `cargo bench -- bosh` measures all of them with 100, 1,000 and 5,000 sessions and then hostile crowds;
//! `cargo bench -- bosh cirrus 1000` one manager with one number, `cargo bench -- bosh hostile` the crowds, `cargo bench -- bosh hostile mail` one of them.

mod bare;
mod crowd;
mod hostile;
mod managers;
mod session;
mod wire;

use std::time::{Duration, Instant};

use self::crowd::{Crowd, Load};
use self::managers::{DOMAIN, Kind, Manager};
use crate::figures::settled;
use crate::support::process::processor_time;

/// Sessions at the same time. The first is a warm-up, in which mistakes show.
const SIZES: [usize; 3] = [100, 1_000, 5_000];

/// Of these, so many are there before the memory of the others is measured: the first ones pay for what all share.
const FIRST: usize = 200;

/// Pings a second, over all pairs.
const PACE: f64 = 150.0;

/// Pairs that ping as fast as they can.
const FLAT_OUT: usize = 50;

/// Seconds of each kind of load.
const SECONDS: u64 = 20;

/// The number of sessions whose polls alone are measured, and for how many seconds: longer than they wait.
const IDLE: (usize, u64) = (1_000, 65);

pub fn run(wanted: &[String]) {
    managers::open_files();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let is_wanted = |name: &str, others: &[&str]| {
        let is_named = |wanted: &String| others.contains(&wanted.as_str());
        wanted.iter().any(|wanted| wanted == name) || !wanted.iter().any(is_named)
    };
    let names = Kind::ALL.map(Kind::name);
    let sizes = SIZES.map(|size| size.to_string());
    let mut subjects = names.to_vec();
    subjects.push("hostile");
    for size in SIZES.into_iter().filter(|size| is_wanted(&size.to_string(), &sizes.each_ref().map(String::as_str))) {
        let kinds = Kind::ALL.into_iter().filter(|kind| is_wanted(kind.name(), &subjects) && kind.is_there());
        let rows: Vec<Row> = kinds.map(|kind| runtime.block_on(measure(kind, size))).collect();
        if !rows.is_empty() {
            print(size, &rows);
        }
    }
    if is_wanted("hostile", &subjects) {
        runtime.block_on(hostile::run(wanted));
    }
}

/// The figures of one manager with one number of sessions.
struct Row {
    name: &'static str,
    sign_ins: f64,
    sign_in: f64,
    memory: Option<f64>,
    idle: Option<f64>,
    paced: Cost,
    flat_out: Cost,
    lost: usize,
    repeats: usize,
}

/// A load, and what it took.
struct Cost {
    load: Load,
    /// Milliseconds of processor time a message, of the manager and of the server behind it.
    manager: f64,
    backend: Option<f64>,
    seconds: f64,
    /// The share of its core that the generator used.
    generator: f64,
}

async fn measure(kind: Kind, size: usize) -> Row {
    let manager = Manager::start(kind, size + 2);
    let mut crowd = Crowd::new(manager.address, kind.way(), DOMAIN);
    let memory = async || settled(|| manager.memory()).await;

    let (begin, before) = (Instant::now(), manager.processor_time());
    let first = FIRST.min(size);
    crowd.grow(first).await;
    let mut took = begin.elapsed();
    let memory_of_first = if size > FIRST { memory().await } else { 0.0 };
    let begin = Instant::now();
    crowd.grow(size).await;
    took += begin.elapsed();
    let sign_in = (manager.processor_time() - before) * 1000.0 / size as f64;
    let memory_of_all = if size > FIRST { Some(memory().await) } else { None };
    let memory = memory_of_all.map(|all| (all - memory_of_first) / 1000.0 / (size - first) as f64);

    let mut idle = None;
    if size == IDLE.0 {
        let before = manager.processor_time();
        tokio::time::sleep(Duration::from_secs(IDLE.1)).await;
        idle = Some((manager.processor_time() - before) * 100.0 / IDLE.1 as f64);
    }
    let paced = cost(&manager, async || crowd.paced(PACE, SECONDS).await).await;
    let flat_out = cost(&manager, async || crowd.flat_out(FLAT_OUT, SECONDS).await).await;
    let sign_ins = size as f64 / took.as_secs_f64();
    let (lost, repeats) = (crowd.lost(), crowd.repeats());
    Row { name: kind.name(), sign_ins, sign_in, memory, idle, paced, flat_out, lost, repeats }
}

async fn cost(manager: &Manager, load: impl AsyncFnOnce() -> Load) -> Cost {
    let own = || processor_time(&std::fs::read_to_string("/proc/self/stat").unwrap());
    let begin = Instant::now();
    let (before, backend_before, own_before) = (manager.processor_time(), manager.backend_time(), own());
    let load = load().await;
    let a_message = |seconds: f64| seconds * 1000.0 / load.messages as f64;
    Cost {
        manager: a_message(manager.processor_time() - before),
        backend: manager.backend_time().zip(backend_before).map(|(after, before)| a_message(after - before)),
        generator: (own() - own_before) / begin.elapsed().as_secs_f64(),
        seconds: SECONDS as f64,
        load,
    }
}

fn print(size: usize, rows: &[Row]) {
    println!(
        "\n{size} sessions, messages of 80 bytes; CPU in milliseconds a sign-in or message (= seconds for 1,000):"
    );
    println!(
        "{:<15} {:>7} {:>7} {:>8} {:>7} | {:>14} {:>7} {:>7} | {:>7} {:>14} {:>7} {:>7} | {:>5} {:>4} {:>6}",
        "",
        "sign-",
        "CPU a",
        "kB a",
        "idle",
        "paced: ms",
        "CPU",
        "server",
        "flat",
        "out: ms",
        "CPU",
        "server",
        "gene-",
        "lost",
        "re-",
    );
    println!(
        "{:<15} {:>7} {:>7} {:>8} {:>7} | {:>14} {:>7} {:>7} | {:>7} {:>14} {:>7} {:>7} | {:>5} {:>4} {:>6}",
        "",
        "ins/s",
        "sign-in",
        "session",
        "CPU %",
        "p50 / p99",
        "a mess.",
        "CPU",
        "mess./s",
        "p50 / p99",
        "a mess.",
        "CPU",
        "rator",
        "",
        "peats",
    );
    let perhaps = |value: Option<f64>, digits| value.map_or("–".to_owned(), |value| format!("{value:.digits$}"));
    let trips = |cost: &Cost| format!("{:.1} / {:.1}", cost.load.trip(0.5), cost.load.trip(0.99));
    for row in rows {
        println!(
            "{:<15} {:>7.0} {:>7.2} {:>8} {:>7} | {:>14} {:>7.3} {:>7} | {:>7.0} {:>14} {:>7.3} {:>7} | {:>4.0}% {:>4} {:>6}",
            row.name,
            row.sign_ins,
            row.sign_in,
            perhaps(row.memory, 1),
            perhaps(row.idle, 2),
            trips(&row.paced),
            row.paced.manager,
            perhaps(row.paced.backend, 3),
            row.flat_out.load.messages as f64 / row.flat_out.seconds,
            trips(&row.flat_out),
            row.flat_out.manager,
            perhaps(row.flat_out.backend, 3),
            row.paced.generator.max(row.flat_out.generator) * 100.0,
            row.lost,
            row.repeats,
        );
    }
}
