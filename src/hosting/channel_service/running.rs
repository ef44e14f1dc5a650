//! A whole channel service: database, thread, connections.

use std::path::Path;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::link::Link;
use super::runner::{self, Input};
use super::{Service, Settings};
use crate::hosting::home::accounts;
use crate::store::StoreError;
use crate::store::channels::{ChannelStore, Place};

/// Stanzas that wait for the service, and for the server.
const INPUTS: usize = 256;
const OUTPUTS: usize = 4_096;
/// Bytes of a secret at least that come from a file: an empty file is a mistake.
const SECRET: usize = 1;

/// What a running service needs.
#[derive(Debug, Clone)]
pub struct Running {
    /// Who it is.
    pub settings: Settings,
    /// Where its data are.
    pub place: Place,
    /// Host and port of the server's component listener.
    pub server: String,
    /// The secret that the server knows it by.
    pub secret: String,
}

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("the channel service's database cannot be used: {0}")]
    Store(#[from] StoreError),
    /// The thread.
    #[error("the channel service's thread cannot be started: {0}")]
    Thread(#[from] std::io::Error),
}

impl Running {
    /// Starts it and returns at once; `is_up` tells when both connections stand. It ends after `shutdown`, when what was
    /// begun is done and written.
    pub async fn start(
        self,
        shutdown: CancellationToken,
    ) -> Result<(TaskTracker, [watch::Receiver<bool>; 2]), StartError> {
        let (inputs, received) = mpsc::channel(INPUTS);
        let (main, main_outputs) = mpsc::channel(OUTPUTS);
        let (topics, topics_outputs) = mpsc::channel(OUTPUTS);
        let addresses = [self.settings.address.clone(), self.settings.topics.clone()];
        let outputs = addresses.iter().cloned().zip([main, topics]).collect();
        let (place, settings) = (self.place.clone(), self.settings.clone());
        // Opening a database blocks, and PostgreSQL's client must not be inside of a runtime.
        let opened = std::thread::spawn(move || ChannelStore::open(&place)).join();
        let store = opened.map_err(|_| std::io::Error::other("opening the database failed"))??;
        let service = Service::new(store, settings, accounts::fresh)?;
        let thread = runner::start(service, received, outputs, now)?;
        let tasks = TaskTracker::new();
        let mut up = Vec::new();
        for ((address, outputs), is_main) in
            addresses.into_iter().zip([main_outputs, topics_outputs]).zip([true, false])
        {
            let link = Link { server: self.server.clone(), address, secret: self.secret.clone(), is_main };
            let (is_up, receiver) = watch::channel(false);
            up.push(receiver);
            tasks.spawn(link.run(inputs.clone(), outputs, is_up, shutdown.clone()));
        }
        tasks.spawn(tick(inputs, shutdown));
        tasks.spawn_blocking(move || drop(thread.join()));
        tasks.close();
        let [main, topics] = up.try_into().expect("there are two links");
        Ok((tasks, [main, topics]))
    }
}

async fn tick(inputs: mpsc::Sender<Input>, shutdown: CancellationToken) {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = seconds.tick() => {}
            () = shutdown.cancelled() => return,
        }
        // Time passes under load, too.
        if inputs.send(Input::Tick).await.is_err() {
            return;
        }
    }
}

/// Reads a secret: the file's first line.
pub fn read_secret(file: &Path) -> std::io::Result<String> {
    let text = std::fs::read_to_string(file)?;
    let secret = text.lines().next().unwrap_or_default().trim().to_owned();
    if secret.len() < SECRET {
        return Err(std::io::Error::other("the file is empty"));
    }
    Ok(secret)
}

/// The clock of the service is read here only.
fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
