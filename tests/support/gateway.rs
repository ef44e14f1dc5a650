//! The gateway as an operator runs it: the built program, a configuration file, a port.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use super::ports::free_port;
use super::process::Process;
use super::servers::{Account, Kind, Server};

/// Who reads for people who are not signed in.
#[derive(Debug, Clone)]
pub enum Guest {
    /// Nobody is configured; what the server offers by itself is tried.
    Unconfigured,
    /// A domain that takes SASL ANONYMOUS.
    Domain(String),
    /// An account.
    Account(Account),
}

/// Clients from this machine have no ceilings of their own at the door for other clients.
const EXEMPT: &str = "exempt_networks = [\"127.0.0.0/8\"]\n";

/// What differs from one gateway of the tests to the next.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The domains, and where their servers are: the `[xmpp…]` tables.
    pub xmpp: String,
    /// Who reads for guests.
    pub guest: Guest,
    /// Lines for `[limits]`.
    pub limits: String,
    /// Lines for `[web]`.
    pub web: String,
    /// Lines for `[proxy]`.
    pub proxy: String,
    /// Lines for `[media]`.
    pub media: String,
    /// The address people type, where a proxy stands before the gateway.
    pub public_url: Option<String>,
    /// The listening address.
    pub address: &'static str,
}

impl Settings {
    /// A gateway in front of one server, with ceilings that tests from one address do not reach.
    pub fn for_server(server: &Server) -> Settings {
        Settings::for_servers(&[server])
    }

    /// A gateway in front of a server of the test's own on loopback, which does not encrypt.
    pub fn for_domain(domain: &str, port: u16) -> Settings {
        Settings {
            xmpp: format!(
                "[xmpp]\ndomains = [\"{domain}\"]\n[xmpp.servers.\"{domain}\"]\n\
                 address = \"127.0.0.1:{port}\"\nsecurity = \"plain\"\n"
            ),
            guest: Guest::Unconfigured,
            limits: String::new(),
            web: String::new(),
            proxy: EXEMPT.to_owned(),
            media: String::new(),
            public_url: None,
            address: "127.0.0.1",
        }
    }

    /// A gateway in front of several.
    pub fn for_servers(servers: &[&Server]) -> Settings {
        let domains: Vec<String> = servers.iter().map(|server| format!("\"{}\"", server.domain)).collect();
        let tables: String = servers.iter().map(|server| server.gateway_config()).collect();
        let authority = servers
            .iter()
            .find_map(|server| server.authority.as_ref())
            .map(|file| format!("ca_file = \"{}\"\n", file.display()))
            .unwrap_or_default();
        let first = servers[0];
        Settings {
            xmpp: format!("[xmpp]\ndomains = [{}]\n{authority}{tables}", domains.join(", ")),
            guest: match (&first.anonymous, first.kind) {
                (Some(domain), _) => Guest::Domain(domain.clone()),
                (None, Kind::Home) => Guest::Unconfigured,
                (None, _) => Guest::Account(first.account()),
            },
            limits: "sign_ins_per_address = 1000\nsign_ins_per_account = 1000\nfailures_per_server = 0\n".to_owned(),
            web: String::new(),
            proxy: EXEMPT.to_owned(),
            media: String::new(),
            public_url: None,
            address: "127.0.0.1",
        }
    }
}

/// A running gateway.
pub struct Gateway {
    /// Where it listens, without a slash at the end.
    pub url: String,
    process: Option<Mutex<Process>>,
    folder: PathBuf,
    is_shared: bool,
    runs: u32,
}

impl Gateway {
    /// Starts one.
    pub fn start(settings: &Settings) -> Gateway {
        Gateway::launch(settings, false)
    }

    /// Starts one that several tests use; it ends with the test run.
    pub fn start_shared(settings: &Settings) -> &'static Gateway {
        Box::leak(Box::new(Gateway::launch(settings, true)))
    }

    fn launch(settings: &Settings, is_shared: bool) -> Gateway {
        let folder = tempfile::Builder::new().prefix("cirrus-gateway-").tempdir().unwrap().keep();
        let listen = format!("{}:{}", settings.address, free_port());
        let url = format!("http://{listen}");
        let guest = match &settings.guest {
            Guest::Unconfigured => String::new(),
            Guest::Domain(domain) => format!("domain = \"{domain}\"\n"),
            Guest::Account(account) => {
                let file = folder.join("guest-password");
                std::fs::write(&file, &account.password).unwrap();
                format!("account = \"{}\"\npassword_file = \"{}\"\n", account.address, file.display())
            }
        };
        let public_url = settings.public_url.as_ref().unwrap_or(&url);
        let config = format!(
            "[web]\nlisten = \"{listen}\"\npublic_url = \"{public_url}\"\nkey_file = \"{}\"\n{}\n[guest]\n{guest}\n[limits]\n{}\n\
             [proxy]\n{}\n[media]\n{}\n[log]\nlevel = \"{}\"\n{}",
            folder.join("sealing.key").display(),
            settings.web,
            settings.limits,
            settings.proxy,
            settings.media,
            std::env::var("CIRRUS_TEST_LOG").unwrap_or_else(|_| "info".to_owned()),
            settings.xmpp,
        );
        std::fs::write(folder.join("gateway.toml"), config).unwrap();
        let mut gateway = Gateway { url, process: None, folder, is_shared, runs: 0 };
        gateway.run();
        gateway
    }

    fn run(&mut self) {
        self.runs += 1;
        let ready = self.folder.join(format!("ready-{}.json", self.runs));
        let mut command = Command::new(env!("CARGO_BIN_EXE_cirrus"));
        command.arg("serve").arg("--config").arg(self.folder.join("gateway.toml")).arg("--ready-file").arg(&ready);
        command.env("STATE_DIRECTORY", &self.folder).env("RUST_BACKTRACE", "1");
        // A shared one is never dropped: its folder goes with its process.
        let folder = self.is_shared.then_some(self.folder.as_path());
        let mut process = Process::start("cirrus", folder, &self.folder.join("output.log"), &command);
        process.wait_for("ready file", 30, || {
            serde_json::from_slice::<serde_json::Value>(&std::fs::read(&ready).ok()?).ok()
        });
        self.process = Some(Mutex::new(process));
    }

    /// The one gateway in front of a server that tests share when they need no other.
    pub fn shared(server: &'static Server) -> &'static Gateway {
        static GATEWAYS: Mutex<Option<HashMap<&'static str, &'static Gateway>>> = Mutex::new(None);
        let mut gateways = GATEWAYS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        gateways
            .get_or_insert_default()
            .entry(&server.domain)
            .or_insert_with(|| Gateway::start_shared(&Settings::for_server(server)))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.url.trim_start_matches("http://").parse().expect("an address and a port")
    }

    /// The port it listens at.
    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }

    /// Ends it and starts it again with the same files.
    pub fn restart(&mut self) {
        self.stop();
        self.run();
    }

    /// Ends it.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Whether its process lives.
    pub fn is_alive(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.lock().unwrap().is_alive())
    }

    /// Its memory in use, in bytes.
    pub fn memory(&self) -> u64 {
        self.process.as_ref().expect("it runs").lock().unwrap().memory()
    }

    /// The number of its process.
    #[allow(dead_code, reason = "for benchmarks")]
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("it runs").lock().unwrap().id()
    }

    /// What Linux tells about its process in a file of its folder in `/proc`.
    pub fn told(&self, file: &str) -> String {
        self.process.as_ref().expect("it runs").lock().unwrap().told(file)
    }

    /// All that it has written.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("output.log")).unwrap_or_default()
    }

    /// Where its files lie.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("--- the gateway wrote:\n{}\n---", lines[lines.len().saturating_sub(60)..].join("\n"));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
