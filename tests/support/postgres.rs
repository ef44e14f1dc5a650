//! A private PostgreSQL for the tests: one program, a fresh database for whoever asks. It listens on a Unix socket only.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use super::process::Process;

/// A running server.
pub struct Postgres {
    folder: PathBuf,
    _process: Mutex<Process>,
    next: AtomicUsize,
}

/// The one server of this test run.
pub fn server() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(|| std::thread::spawn(start).join().unwrap())
}

impl Postgres {
    /// The connection string of a database that nobody else uses.
    pub fn database(&self) -> String {
        let name = format!("channels_{}", self.next.fetch_add(1, Ordering::Relaxed));
        let address = |name: &str| format!("host={} user=postgres dbname={name}", self.folder.display());
        let (first, create) = (address("postgres"), format!("CREATE DATABASE {name}"));
        // The client blocks, which a thread of an async test must not.
        let made = std::thread::spawn(move || {
            postgres::Client::connect(&first, postgres::NoTls).unwrap().batch_execute(&create).unwrap();
        });
        made.join().unwrap();
        address(&name)
    }
}

/// The folder of the newest PostgreSQL's programs.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("Debian's package postgresql");
    let newest = versions.map(|version| version.unwrap().path().join("bin")).filter(|path| path.exists()).max();
    newest.expect("Debian's package postgresql")
}

/// PostgreSQL refuses to run as root; then it runs as the account of its package.
fn command(program: &Path) -> Command {
    let is_root = rustix::process::getuid().is_root();
    let mut command = Command::new(if is_root { Path::new("setpriv") } else { program });
    if is_root {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    }
    command
}

fn start() -> Postgres {
    let folder = tempfile::Builder::new().prefix("cirrus-postgres-").tempdir().unwrap().keep();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    if rustix::process::getuid().is_root() {
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
        let account = passwd.lines().find(|line| line.starts_with("postgres:")).expect("the account postgres");
        let numbers: Vec<u32> = account.split(':').skip(2).take(2).map(|number| number.parse().unwrap()).collect();
        chown(&folder, Some(numbers[0]), Some(numbers[1])).unwrap();
    }
    let data = folder.join("data");
    let made = command(&programs().join("initdb"))
        .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "--pgdata"])
        .arg(&data)
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let mut command = command(&programs().join("postgres"));
    command.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-c", "listen_addresses=", "-c", "max_connections=60"]);
    command.current_dir(&folder);
    let mut process = Process::start("PostgreSQL", Some(&folder), &folder.with_extension("log"), &command);
    let address = format!("host={} user=postgres dbname=postgres", folder.display());
    process.wait_for("connection", 60, || postgres::Client::connect(&address, postgres::NoTls).ok());
    Postgres { folder, _process: Mutex::new(process), next: AtomicUsize::new(0) }
}
