//! Programs that the tests start: each ends with the test binary, whatever happens to it.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// A started program under `tests/scripts/supervise`.
pub struct Process {
    name: String,
    supervisor: Child,
    lifeline: Option<ChildStdin>,
    log: PathBuf,
}

impl Process {
    /// Starts a program that writes to `log`. With `folder`, that folder is removed when it ends.
    pub fn start(name: &str, folder: Option<&Path>, log: &Path, command: &Command) -> Process {
        let mut supervisor = Command::new(script("supervise"));
        supervisor.arg(folder.unwrap_or(Path::new("-"))).arg(log).arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => supervisor.env(key, value),
                None => supervisor.env_remove(key),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            supervisor.current_dir(folder);
        }
        let mut supervisor = supervisor
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let lifeline = supervisor.stdin.take();
        Process { name: name.to_owned(), supervisor, lifeline, log: log.to_owned() }
    }

    /// Waits until `ready` gives a value, as long as the program lives and `seconds` have not passed.
    pub fn wait_for<T>(&mut self, what: &str, seconds: u64, mut ready: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        loop {
            if let Some(value) = ready() {
                return value;
            }
            if let Ok(Some(status)) = self.supervisor.try_wait() {
                panic!("{} ended ({status}) before {what}:\n{}", self.name, self.log());
            }
            assert!(Instant::now() < deadline, "{}: no {what} in {seconds} s:\n{}", self.name, self.log());
            // Looked at again soon: a program that starts has no other way to tell.
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Waits until something listens on a port of 127.0.0.1.
    pub fn wait_for_port(&mut self, port: u16) {
        self.wait_for(&format!("listener on port {port}"), 60, || TcpStream::connect(("127.0.0.1", port)).ok());
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.supervisor.try_wait(), Ok(None))
    }

    /// Its memory in use (the resident set), in bytes.
    pub fn memory(&self) -> u64 {
        let status = self.told("status");
        let resident =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells the resident set");
        resident.trim().trim_end_matches(" kB").parse::<u64>().expect("a number of kilobytes") * 1024
    }

    /// The processor time that it has used, in seconds.
    #[allow(dead_code, reason = "for benchmarks")]
    pub fn processor_time(&self) -> f64 {
        processor_time(&self.told("stat"))
    }

    /// What Linux tells about it in a file of its folder in `/proc`.
    pub fn told(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.id())).unwrap()
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        let supervisor = self.supervisor.id();
        let children = std::fs::read_to_string(format!("/proc/{supervisor}/task/{supervisor}/children")).unwrap();
        // Beside the program, which leads a session of its own, there is the shell that waits for the end.
        let mut children = children.split_whitespace().filter_map(|child| child.parse::<u32>().ok());
        let child = children.find(|child| {
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            let session = stat.rsplit(") ").next().and_then(|fields| fields.split(' ').nth(3));
            session.is_some_and(|session| session == child.to_string())
        });
        child.unwrap_or_else(|| panic!("{} does not run", self.name))
    }

    /// The end of what it has written.
    pub fn log(&self) -> String {
        let text =
            std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(80)..].join("\n")
    }

    /// Ends it and waits until it is gone.
    pub fn stop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.supervisor.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Seconds in user and in system mode, by a `stat` file of `/proc`, where they are counted in hundredths.
#[allow(dead_code, reason = "for benchmarks")]
pub fn processor_time(stat: &str) -> f64 {
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    fields.map(|field| field.parse::<f64>().expect("a number of ticks")).sum::<f64>() / 100.0
}

/// A file of `tests/scripts`.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(name)
}

/// A file of `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}
