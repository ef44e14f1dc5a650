//! The home server spoken to directly: raw dialogues as in RFC 6120 and the XEPs, and a foreign client.

mod house;
mod streams;
mod people;
mod blocking;
mod nodes;

use std::time::Duration;

use self::house::{DOMAIN, House};

#[tokio::test]
async fn a_foreign_client_gets_along() {
    let house = House::open().await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scripts/foreign_home.py");
    let run = tokio::process::Command::new("/usr/bin/python3")
        .args([script, &house.address.port().to_string(), DOMAIN])
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(60), run).await.expect("the client ends").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaint}");
    for step in ["signed in", "roster", "disco", "created", "published", "events", "pages", "personal", "done"] {
        assert!(said.lines().any(|line| line == step), "{step} is missing in {said}\n{complaint}");
    }
}
