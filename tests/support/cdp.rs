//! The Chrome DevTools Protocol over one WebSocket: commands, answers, and what a page did wrong.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;

/// What a tab has been seen to do.
#[derive(Debug, Default)]
pub struct Seen {
    /// Errors of scripts, of the console, of the content security policy.
    pub faults: Vec<String>,
    /// Addresses asked for, by request.
    pub requests: Vec<(String, String)>,
    /// Encoded bytes of each request so far.
    pub bytes: HashMap<String, f64>,
    /// How many times a page has finished loading.
    pub loads: u64,
}

/// One connection to the browser.
pub struct Link {
    out: mpsc::UnboundedSender<Message>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    next: AtomicU64,
    /// What happened in the tab.
    pub seen: Mutex<Seen>,
}

impl Link {
    /// Connects to the browser's address.
    pub async fn open(address: &str) -> Arc<Link> {
        let (socket, _) = tokio_tungstenite::connect_async(address).await.expect("Chromium takes the connection");
        let (mut sink, mut stream) = socket.split();
        let (out, mut queue) = mpsc::unbounded_channel();
        let link = Arc::new(Link { out, waiting: Mutex::default(), next: AtomicU64::new(1), seen: Mutex::default() });
        tokio::spawn(async move {
            while let Some(message) = queue.recv().await {
                if sink.send(message).await.is_err() {
                    return;
                }
            }
        });
        let told = link.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                let Ok(text) = message.into_text() else { continue };
                let Ok(value) = serde_json::from_str::<Value>(&text) else { continue };
                match value["id"].as_u64() {
                    Some(id) => {
                        if let Some(waiter) = told.waiting.lock().unwrap().remove(&id) {
                            let _ = waiter.send(value);
                        }
                    }
                    None => told.seen.lock().unwrap().note(&value["method"], &value["params"]),
                }
            }
            told.waiting.lock().unwrap().clear();
        });
        link
    }

    /// Sends a command, to the browser or to a tab, and gives its result.
    pub async fn command(&self, session: Option<&str>, method: &str, parameters: Value) -> Result<Value, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, sender);
        let mut command = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = session {
            command["sessionId"] = json!(session);
        }
        self.out.send(Message::text(command.to_string())).map_err(|_| "Chromium has ended".to_owned())?;
        let answer = tokio::time::timeout(Duration::from_secs(60), receiver)
            .await
            .map_err(|_| format!("{method}: no answer"))?
            .map_err(|_| "Chromium has ended".to_owned())?;
        match answer.get("error") {
            Some(error) => Err(format!("{method}: {}", error["message"])),
            None => Ok(answer["result"].clone()),
        }
    }
}

impl Seen {
    fn note(&mut self, method: &Value, event: &Value) {
        match method.as_str().unwrap_or_default() {
            "Page.loadEventFired" => self.loads += 1,
            "Runtime.exceptionThrown" => self.faults.push(format!("exception: {}", event["exceptionDetails"])),
            "Runtime.consoleAPICalled" if matches!(event["type"].as_str(), Some("error" | "warning" | "assert")) => {
                self.faults.push(format!("console: {}", event["args"]));
            }
            "Log.entryAdded" if matches!(event["entry"]["level"].as_str(), Some("error" | "warning")) => {
                let entry = &event["entry"];
                // Most pictures of the tests are of sites that there are not.
                let is_picture = entry["url"].as_str().is_some_and(|url| url.contains("/media/"));
                if !is_picture || entry["source"] != "network" {
                    self.faults.push(format!("log: {} {}", entry["text"], entry["url"]));
                }
            }
            "Audits.issueAdded" if event["issue"]["code"] == "ContentSecurityPolicyIssue" => {
                self.faults.push(format!("policy: {}", event["issue"]["details"]));
            }
            "Network.requestWillBeSent" => {
                let id = event["requestId"].as_str().unwrap_or_default().to_owned();
                self.requests.push((id, event["request"]["url"].as_str().unwrap_or_default().to_owned()));
            }
            "Network.dataReceived" => {
                let id = event["requestId"].as_str().unwrap_or_default().to_owned();
                *self.bytes.entry(id).or_default() += event["encodedDataLength"].as_f64().unwrap_or_default();
            }
            "Network.loadingFinished" => {
                let id = event["requestId"].as_str().unwrap_or_default().to_owned();
                self.bytes.insert(id, event["encodedDataLength"].as_f64().unwrap_or_default());
            }
            _ => {}
        }
    }
}
