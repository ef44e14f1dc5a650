//! The connection managers that are measured, each on a core of its own, with the server behind it on the other.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::crowd::Way;
use crate::support::ejabberd;
use crate::support::gateway::{Gateway, Settings};
use crate::support::ports::free_port;
use crate::support::process::{Process, processor_time};
use crate::support::prosody::{self, Place};
use crate::support::servers::{Running, Server, Setup, Tls};

/// The domain of all accounts.
pub const DOMAIN: &str = "bosh.bench.test";

/// The domain of mailboxes that nobody reads.
pub const MAIL_DOMAIN: &str = "mail.bench.test";

/// Where managers run.
const MANAGERS: usize = 0;

/// Where the generator runs, and the server behind a manager that is a program of its own.
const OTHERS: usize = 1;

/// A connection manager.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Cirrus,
    Prosody,
    Ejabberd,
    NodeXmppBosh,
    /// None: the server itself, where it stands behind the others.
    Bare,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Cirrus, Kind::Prosody, Kind::Ejabberd, Kind::NodeXmppBosh, Kind::Bare];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Cirrus => "cirrus",
            Kind::Prosody => "prosody",
            Kind::Ejabberd => "ejabberd",
            Kind::NodeXmppBosh => "node-xmpp-bosh",
            Kind::Bare => "bare",
        }
    }

    /// How its clients speak.
    pub fn way(self) -> Way {
        if self == Kind::Bare { Way::Bare } else { Way::Bosh }
    }

    /// Whether it is installed; if not, how it would be.
    pub fn is_there(self) -> bool {
        let is_there = self != Kind::NodeXmppBosh || folder().join("node_modules/node-xmpp-bosh").exists();
        if !is_there {
            println!("{} is left out: npm ci --prefix {}", self.name(), folder().display());
        }
        is_there
    }
}

/// A running manager, and what stands behind it.
pub struct Manager {
    pub address: SocketAddr,
    program: Program,
    /// The server, if that is another program.
    backend: Option<Server>,
    /// Another server behind it.
    _mail: Option<Server>,
}

enum Program {
    Gateway(Gateway),
    Server(Server),
    Other(Process),
}

impl Manager {
    /// Starts one for so many accounts.
    pub fn start(kind: Kind, accounts: usize) -> Manager {
        let mut place = Place { accounts, extra: PROSODY, ..Place::on_loopback(DOMAIN) };
        let port = free_port();
        let mut address = SocketAddr::from(([127, 0, 0, 1], port));
        let has_own = matches!(kind, Kind::Prosody | Kind::Ejabberd);
        let (program, backend) = if has_own {
            place.bosh = Some(port);
            let start = || match kind {
                Kind::Prosody => prosody::start_at(&place, Setup::Recommended, Tls::Off),
                _ => ejabberd::start_at(&Place { extra: "", ..place }, Setup::Recommended, Tls::Off, None),
            };
            (Program::Server(on_core(MANAGERS, start)), None)
        } else {
            let backend = on_core(OTHERS, || prosody::start_at(&place, Setup::Recommended, Tls::Off));
            if kind == Kind::Bare {
                address.set_port(backend.port);
                return Manager { address, program: Program::Server(backend), backend: None, _mail: None };
            }
            let program = on_core(MANAGERS, || match kind {
                Kind::Cirrus => Program::Gateway(Gateway::start(&settings(&[&backend]))),
                _ => Program::Other(node_xmpp_bosh(port, backend.port)),
            });
            if let Program::Gateway(gateway) = &program {
                address = gateway.address();
            }
            (program, Some(backend))
        };
        Manager { address, program, backend, _mail: None }
    }

    /// Cirrus before a server with so many accounts, and before another with so many mailboxes, which runs only when
    /// nothing else wants its core: so that its work for them is not taken for that of Cirrus.
    pub fn with_mail(accounts: usize, mailboxes: usize) -> Manager {
        let server = |domain, accounts| {
            let place = Place { accounts, extra: PROSODY, ..Place::on_loopback(domain) };
            on_core(OTHERS, || prosody::start_at(&place, Setup::Recommended, Tls::Off))
        };
        let (backend, mail) = (server(DOMAIN, accounts), server(MAIL_DOMAIN, mailboxes));
        run("chrt", &["--idle", "--pid", "0", &with(&mail, Process::id).to_string()]);
        let gateway = on_core(MANAGERS, || Gateway::start(&settings(&[&backend, &mail])));
        let address = gateway.address();
        Manager { address, program: Program::Gateway(gateway), backend: Some(backend), _mail: Some(mail) }
    }

    /// Where the server behind it listens, if that is another program.
    pub fn backend(&self) -> Option<SocketAddr> {
        self.backend.as_ref().map(|backend| SocketAddr::from(([127, 0, 0, 1], backend.port)))
    }

    /// The processor time of the manager alone, in seconds.
    pub fn processor_time(&self) -> f64 {
        processor_time(&self.told("stat"))
    }

    /// The processor time of the server behind it, if that is another program.
    pub fn backend_time(&self) -> Option<f64> {
        self.backend.as_ref().map(|backend| with(backend, Process::processor_time))
    }

    /// The memory of the manager alone, in bytes.
    pub fn memory(&self) -> u64 {
        let status = self.told("status");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a resident set");
        resident.trim().trim_end_matches(" kB").parse::<u64>().expect("kilobytes") * 1024
    }

    /// How many files and connections the manager has open.
    pub fn open_files(&self) -> usize {
        let id = match &self.program {
            Program::Gateway(gateway) => gateway.id(),
            Program::Server(server) => with(server, Process::id),
            Program::Other(process) => process.id(),
        };
        std::fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count)
    }

    fn told(&self, file: &str) -> String {
        match &self.program {
            Program::Gateway(gateway) => gateway.told(file),
            Program::Server(server) => with(server, |process| process.told(file)),
            Program::Other(process) => process.told(file),
        }
    }
}

fn with<T>(server: &Server, ask: impl FnOnce(&Process) -> T) -> T {
    match &server.running {
        Running::Program(process) => ask(&process.lock().unwrap()),
        Running::Thread(_) => unreachable!("servers of this benchmark are programs"),
    }
}

/// Passwords lie open, so that what is measured is no hashing, and are taken without TLS; many may come at once; and
/// garbage is collected seldom, since the pauses for it, 30 ms each, would hide what the managers do.
const PROSODY: &str = "authentication = \"internal_plain\"\nallow_unencrypted_plain_auth = true\n\
                       network_settings = { tcp_backlog = 4096 }\n\
                       gc = { mode = \"incremental\", threshold = 400, speed = 500 }\n";

fn settings(servers: &[&Server]) -> Settings {
    let mut settings = Settings::for_servers(servers);
    settings.proxy.push_str("sessions = 20000\n");
    settings
}

/// Where node-xmpp-bosh is installed.
fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bosh/node-xmpp-bosh")
}

fn node_xmpp_bosh(port: u16, server: u16) -> Process {
    let log = std::env::temp_dir().join(format!("cirrus-node-xmpp-bosh-{port}.log"));
    let mut command = Command::new("node");
    command.arg(folder().join("serve.js")).args([&port.to_string(), DOMAIN, &server.to_string()]);
    let mut process = Process::start("node-xmpp-bosh", None, &log, &command);
    process.wait_for_port(port);
    process
}

/// Starts something on one core, and leaves this process on the core of the generator. What is started inherits its
/// starter's core.
fn on_core<T>(core: usize, start: impl FnOnce() -> T) -> T {
    pin(core);
    let started = start();
    pin(OTHERS);
    started
}

fn pin(core: usize) {
    run("taskset", &["-acp", &core.to_string(), &std::process::id().to_string()]);
}

/// Runs a tool of util-linux.
fn run(tool: &str, arguments: &[&str]) {
    let done = Command::new(tool).args(arguments).output();
    let done = done.unwrap_or_else(|error| panic!("{tool} (apt-get install util-linux): {error}"));
    assert!(done.status.success(), "{tool}: {}", String::from_utf8_lossy(&done.stderr));
}

/// As many open files as the machine permits, for this process and what it starts.
pub fn open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("the soft limit may be as high as the hard one");
}
