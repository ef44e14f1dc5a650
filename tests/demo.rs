//! One command: the demo starts, tells where it is, is alive, and ends at once.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::person::Person;
use crate::support::servers::Account;

struct Demo {
    child: std::process::Child,
    url: String,
    accounts: Vec<Account>,
}

fn start(folder: &Path, data: Option<&Path>) -> Demo {
    let ready = folder.join("ready.json");
    let _ = std::fs::remove_file(&ready);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cirrus"));
    command.args(["demo", "--listen", "127.0.0.1:0", "--ready-file"]).arg(&ready);
    if let Some(data) = data {
        command.arg("--data").arg(data);
    }
    let mut child = command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let words: Value = loop {
        if let Some(words) = std::fs::read(&ready).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            break words;
        }
        assert!(child.try_wait().unwrap().is_none() && Instant::now() < deadline, "the demo does not start");
        std::thread::park_timeout(Duration::from_millis(20));
    };
    let accounts = words["accounts"].as_array().unwrap().iter().map(|account| Account {
        address: account["address"].as_str().unwrap().to_owned(),
        password: account["password"].as_str().unwrap().to_owned(),
    });
    Demo { child, url: words["url"].as_str().unwrap().to_owned(), accounts: accounts.collect() }
}

impl Demo {
    /// Ctrl-C; how long it takes to end.
    fn interrupt(mut self) -> Duration {
        let started = Instant::now();
        let status = Command::new("kill").arg("-INT").arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
        self.child.wait().unwrap();
        started.elapsed()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_alive_and_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let demo = start(folder.path(), None);
    assert_eq!(demo.accounts.len(), 2);
    let mut stranger = Person::at_url(&demo.url);
    stranger.visit("/").await.must_be(200);
    stranger.visit("/channels").await.must_be(200);
    assert!(stranger.page.count("main li a") > 0, "the demo has channels: {}", stranger.page.text());
    let mut person = Person::at_url(&demo.url);
    person.sign_in(&demo.accounts[0]).await;
    assert!(!person.page.cards().is_empty(), "home is not empty: {}", person.page.text());
    person.post("/", "Hello from a visitor").await.must_say("Hello from a visitor");
    let took = demo.interrupt();
    assert!(took < Duration::from_secs(1), "the demo took {took:?} to end");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_keeps_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let demo = start(folder.path(), Some(&data));
    let account = demo.accounts[1].clone();
    let mut person = Person::at_url(&demo.url);
    person.sign_in(&account).await;
    person.post("/", "To be kept").await;
    demo.interrupt();
    let demo = start(folder.path(), Some(&data));
    let mut person = Person::at_url(&demo.url);
    person.sign_in(&account).await;
    person.visit(&format!("/@{}", account.address)).await.must_say("To be kept");
}
