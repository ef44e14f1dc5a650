//! The channel service as an operator runs it: the built program beside a server.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use super::process::Process;
use super::servers::{COMPONENT_SECRET, Server};

/// Where its data are.
#[derive(Debug, Clone)]
pub enum Data {
    /// A SQLite file.
    File,
    /// PostgreSQL.
    Postgres,
}

/// A running channel service.
pub struct ChannelService {
    /// Its address.
    pub address: String,
    /// The domain of topic channels.
    pub topics: String,
    folder: PathBuf,
    process: Mutex<Option<Process>>,
}

impl ChannelService {
    /// The one of a server, started when it is first wanted. Its data are a SQLite file.
    pub fn of(server: &'static Server) -> &'static ChannelService {
        static SERVICES: Mutex<Option<HashMap<String, &'static ChannelService>>> = Mutex::new(None);
        let mut services = SERVICES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        services
            .get_or_insert_default()
            .entry(server.domain.clone())
            .or_insert_with(|| Box::leak(Box::new(ChannelService::start(server, &Data::File))))
    }

    /// Starts one.
    pub fn start(server: &Server, data: &Data) -> ChannelService {
        ChannelService::at(&server.domain, server.components.expect("a server that takes components"), data)
    }

    /// Starts one for whatever takes components at a port of 127.0.0.1.
    pub fn at(domain: &str, port: u16, data: &Data) -> ChannelService {
        let folder = tempfile::Builder::new().prefix("cirrus-channels-").tempdir().unwrap().keep();
        std::fs::write(folder.join("secret"), format!("{COMPONENT_SECRET}\n")).unwrap();
        let database = match data {
            Data::File => folder.join("channels.db").display().to_string(),
            Data::Postgres => super::postgres::server().database(),
        };
        let config = format!(
            "[channel_service]\ndomain = \"{domain}\"\nserver = \"127.0.0.1:{port}\"\nsecret_file = \"{}\"\n\
             database = \"{database}\"\n",
            folder.join("secret").display()
        );
        std::fs::write(folder.join("channels.toml"), config).unwrap();
        let service = ChannelService {
            address: format!("channels.{domain}"),
            topics: format!("topics.{domain}"),
            folder,
            process: Mutex::new(None),
        };
        service.begin();
        service
    }

    /// Starts the program, and waits until it is connected.
    pub fn begin(&self) {
        let ready = self.folder.join("ready");
        let mut process = self.start_program();
        process.wait_for("connection", 60, || std::fs::metadata(&ready).ok());
        *self.process.lock().unwrap() = Some(process);
    }

    /// Starts the program with another secret than the server's.
    pub fn begin_with_secret(&self, secret: &str) {
        std::fs::write(self.folder.join("secret"), secret).unwrap();
        *self.process.lock().unwrap() = Some(self.start_program());
    }

    fn start_program(&self) -> Process {
        let ready = self.folder.join("ready");
        let _ = std::fs::remove_file(&ready);
        let mut command = Command::new(env!("CARGO_BIN_EXE_cirrus"));
        command.arg("channel-service").arg("--config").arg(self.folder.join("channels.toml"));
        command.arg("--ready-file").arg(&ready);
        Process::start("the channel service", None, &self.folder.join("output.log"), &command)
    }

    /// Runs one of its other commands on the same configuration, and waits.
    pub fn command(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cirrus"));
        command.arg("channel-service").args(arguments).arg("--config").arg(self.folder.join("channels.toml"));
        command.output().unwrap()
    }

    /// Asks it to end, and waits.
    pub fn stop(&self) {
        drop(self.process.lock().unwrap().take());
    }

    /// Ends it at once, as a lack of memory or of power would.
    pub fn kill(&self) {
        let process = self.process.lock().unwrap().take().expect("it runs");
        let id = rustix::process::Pid::from_raw(process.id() as i32).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
        drop(process);
    }

    /// What it has written.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("output.log")).unwrap_or_default()
    }
}
