//! A person with w3m, on a terminal: signs in, reads, posts, follows.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::Gateway;
use crate::support::person::channel_of;
use crate::support::process::script;
use crate::support::servers::{self, Server};

async fn w3m_does_it_all(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = Foreign::sign_in(server, &bob).await;
    writer.open_microblog().await;
    let entry = foreign::entry(&bob.address, "for-terminals", "For terminals", "Readable on a terminal");
    writer.publish(None, MICROBLOG, "for-terminals", &entry).await.unwrap();

    let steps = json!([
        {"url": format!("{}/sign-in", gateway.url)},
        [
            ["wait", "XMPP address"],
            ["field", format!("XMPP address={}", alice.address)],
            ["field", format!("Password={}", alice.password)],
            ["send", ""],
            ["wait", "Sign out"],
            ["goto", format!("{}{}", gateway.url, channel_of(&bob))],
            ["wait", "Readable on a terminal"],
            ["press", "^ *Follow *$"],
            ["wait", "Stop following"],
            ["goto", format!("{}{}", gateway.url, channel_of(&alice))],
            ["wait", "Sign out"],
            ["text", r"New post *\[=Written on a terminal"],
            ["press", "Post *$"],
            ["wait", "Written on a terminal"],
        ]
    ]);
    let played = tokio::task::spawn_blocking(move || {
        let mut child = Command::new("/usr/bin/python3")
            .arg(script("w3m.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(steps.to_string().as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap();
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));

    let items = writer.items(&alice.address, MICROBLOG).await.unwrap();
    assert!(items.contains("Written on a terminal"), "{items}");
    let owner = Foreign::sign_in(server, &alice).await;
    let list = owner.items(&alice.address, "urn:xmpp:pubsub:movim-public-subscription").await.unwrap();
    assert!(list.contains(&bob.address), "{list}");
    owner.sign_out().await;
    writer.sign_out().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn home() {
    w3m_does_it_all(servers::home()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prosody() {
    w3m_does_it_all(servers::prosody()).await;
}
