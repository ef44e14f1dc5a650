//! An XMPP client by other hands: checks what we publish, and posts what must appear on our pages.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::process::script;
use super::servers::{Account, Server};

/// The program that holds all foreign clients of this test run. It ends when its input closes.
struct Hub {
    input: Mutex<ChildStdin>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    messages: Mutex<HashMap<u64, mpsc::UnboundedSender<String>>>,
    next: AtomicU64,
}

fn hub() -> &'static Arc<Hub> {
    static HUB: OnceLock<Arc<Hub>> = OnceLock::new();
    HUB.get_or_init(|| {
        let mut child = Command::new("/usr/bin/python3")
            .arg(script("foreign.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the foreign client starts");
        let output = BufReader::new(child.stdout.take().unwrap());
        let hub = Arc::new(Hub {
            input: Mutex::new(child.stdin.take().unwrap()),
            waiting: Mutex::default(),
            messages: Mutex::default(),
            next: AtomicU64::new(1),
        });
        let told = hub.clone();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let Ok(words) = serde_json::from_str::<Value>(&line) else { continue };
                if let Some(id) = words["id"].as_u64() {
                    if let Some(waiter) = told.waiting.lock().unwrap().remove(&id) {
                        let _ = waiter.send(words);
                    }
                } else if let (Some(client), Some(message)) = (words["client"].as_u64(), words["message"].as_str())
                    && let Some(listener) = told.messages.lock().unwrap().get(&client)
                {
                    let _ = listener.send(message.to_owned());
                }
            }
            told.waiting.lock().unwrap().clear();
        });
        hub
    })
}

impl Hub {
    async fn ask(&self, mut request: Value) -> Result<Value, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        request["id"] = json!(id);
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, sender);
        let mut line = request.to_string();
        line.push('\n');
        self.input.lock().unwrap().write_all(line.as_bytes()).map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(Duration::from_secs(60), receiver)
            .await
            .map_err(|_| "the foreign client does not answer".to_owned())?
            .map_err(|_| "the foreign client has ended".to_owned())?;
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["ok"].clone()),
        }
    }
}

/// A signed-in foreign client.
pub struct Foreign {
    number: u64,
    /// Whose it is.
    pub account: Account,
    messages: mpsc::UnboundedReceiver<String>,
}

impl Foreign {
    /// Signs in with an account and sends presence.
    pub async fn sign_in(server: &Server, account: &Account) -> Foreign {
        Self::open(server, account, "sign_in").await.unwrap_or_else(|error| {
            panic!("the foreign client cannot sign in as {}: {error}\n{}", account.address, server.log())
        })
    }

    async fn open(server: &Server, account: &Account, what: &str) -> Result<Foreign, String> {
        let number = hub().next.fetch_add(1, Ordering::Relaxed);
        let (sender, messages) = mpsc::unbounded_channel();
        hub().messages.lock().unwrap().insert(number, sender);
        hub()
            .ask(json!({
                "do": what, "client": number, "address": account.address, "password": account.password,
                "port": server.port, "authority": server.authority,
            }))
            .await?;
        Ok(Foreign { number, account: account.clone(), messages })
    }

    /// Sends a request and gives the whole answer, or the error condition.
    pub async fn iq(&self, kind: &str, to: Option<&str>, xml: &str) -> Result<String, String> {
        let answer = hub().ask(json!({"do": "iq", "client": self.number, "type": kind, "to": to, "xml": xml})).await?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// Sends bytes as they are.
    pub async fn send(&self, xml: &str) -> Result<(), String> {
        hub().ask(json!({"do": "send", "client": self.number, "xml": xml})).await.map(|_| ())
    }

    /// Publishes an item. `to` is a service, or `None` for the own account.
    pub async fn publish(&self, to: Option<&str>, node: &str, id: &str, payload: &str) -> Result<String, String> {
        let node = escape(node);
        let id = escape(id);
        self.iq(
            "set",
            to,
            &format!(
                "<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='{id}'>{payload}</item></publish></pubsub>"
            ),
        )
        .await
    }

    /// Makes a node with options.
    pub async fn create(&self, to: Option<&str>, node: &str, options: &[(&str, &str)]) -> Result<String, String> {
        let node = escape(node);
        let form = form("http://jabber.org/protocol/pubsub#node_config", options);
        self.iq(
            "set",
            to,
            &format!("<pubsub xmlns='{PUBSUB}'><create node='{node}'/><configure>{form}</configure></pubsub>"),
        )
        .await
    }

    /// Changes options of a node.
    pub async fn configure(&self, to: Option<&str>, node: &str, options: &[(&str, &str)]) -> Result<String, String> {
        let node = escape(node);
        let form = form("http://jabber.org/protocol/pubsub#node_config", options);
        self.iq(
            "set",
            to,
            &format!("<pubsub xmlns='{PUBSUB}#owner'><configure node='{node}'>{form}</configure></pubsub>"),
        )
        .await
    }

    /// All items of a node.
    pub async fn items(&self, of: &str, node: &str) -> Result<String, String> {
        let node = escape(node);
        self.iq("get", Some(of), &format!("<pubsub xmlns='{PUBSUB}'><items node='{node}'/></pubsub>")).await
    }

    /// Takes an item away and says so to subscribers.
    pub async fn retract(&self, to: Option<&str>, node: &str, id: &str) -> Result<String, String> {
        let (node, id) = (escape(node), escape(id));
        self.iq(
            "set",
            to,
            &format!(
                "<pubsub xmlns='{PUBSUB}'><retract node='{node}' notify='true'><item id='{id}'/></retract></pubsub>"
            ),
        )
        .await
    }

    /// Subscribes with the bare address.
    pub async fn subscribe(&self, to: &str, node: &str) -> Result<String, String> {
        let (node, jid) = (escape(node), escape(&self.account.address));
        self.iq("set", Some(to), &format!("<pubsub xmlns='{PUBSUB}'><subscribe node='{node}' jid='{jid}'/></pubsub>"))
            .await
    }

    /// Makes the own microblog open to everybody; it keeps 100 posts.
    pub async fn open_microblog(&self) {
        let options = [("pubsub#access_model", "open"), ("pubsub#persist_items", "true"), ("pubsub#max_items", "100")];
        if self.create(None, MICROBLOG, &options).await.is_err() {
            self.configure(None, MICROBLOG, &options).await.expect("the own microblog can be opened");
        }
    }

    /// Waits for a message that fits, or for a presence of somebody who leaves or of the account's other clients.
    pub async fn message(&mut self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        self.message_within(what, 30, fits).await
    }

    /// The same within some seconds.
    pub async fn message_within(&mut self, what: &str, seconds: u64, fits: impl Fn(&str) -> bool) -> String {
        let waiting = async {
            loop {
                let message = self.messages.recv().await.expect("the foreign client lives");
                if fits(&message) {
                    return message;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(seconds), waiting)
            .await
            .unwrap_or_else(|_| panic!("the foreign client was told nothing of {what}"))
    }

    /// The full address of another client of the same account: what the server tells at sign-in.
    pub async fn other_client(&mut self) -> String {
        let presence = self.message("another client", |stanza| stanza.starts_with("<presence")).await;
        let (_, rest) = presence.split_once("from=\"").expect("the server says whose presence it is");
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    /// Signs out.
    pub async fn sign_out(self) {
        let _ = hub().ask(json!({"do": "sign_out", "client": self.number})).await;
    }
}

/// The namespace of XEP-0060.
pub const PUBSUB: &str = "http://jabber.org/protocol/pubsub";

/// The node of XEP-0277.
pub const MICROBLOG: &str = "urn:xmpp:microblog:0";

fn form(kind: &str, fields: &[(&str, &str)]) -> String {
    let mut text = format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>{kind}</value></field>"
    );
    for (name, value) in fields {
        text.push_str(&format!("<field var='{name}'><value>{}</value></field>", escape(value)));
    }
    text.push_str("</x>");
    text
}

/// Escapes text for XML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&apos;").replace('"', "&quot;")
}

/// An entry as Movim writes it: title, text, XHTML, author, dates, links.
pub fn entry(author: &str, id: &str, title: &str, text: &str) -> String {
    entry_at(author, id, title, text, &now())
}

/// An entry with a date of its own.
pub fn entry_at(author: &str, id: &str, title: &str, text: &str, published: &str) -> String {
    let (title, text) = (escape(title), escape(text));
    format!(
        "<entry xmlns='http://www.w3.org/2005/Atom'><title>{title}</title><id>{id}</id>\
         <content type='text'>{text}</content>\
         <content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>{text}</p></div></content>\
         <author><name>{name}</name><uri>xmpp:{author}</uri></author>\
         <published>{published}</published><updated>{now}</updated></entry>",
        name = author.split('@').next().unwrap_or_default(),
        now = now(),
    )
}

/// An entry with a link to its comments node, as Movim writes it.
pub fn entry_with_comments(author: &str, id: &str, title: &str, text: &str, service: &str) -> String {
    let link = format!(
        "<link rel='replies' title='comments' href='xmpp:{service}?;node=urn%3Axmpp%3Amicroblog%3A0%3Acomments%2F{id}'/></entry>"
    );
    entry(author, id, title, text).replace("</entry>", &link)
}

/// A comment as Movim writes it: a title only.
pub fn comment(author: &str, id: &str, text: &str) -> String {
    let (text, now) = (escape(text), now());
    format!(
        "<entry xmlns='http://www.w3.org/2005/Atom'><title>{text}</title><id>{id}</id>\
         <author><name>{name}</name><uri>xmpp:{author}</uri></author>\
         <published>{now}</published><updated>{now}</updated></entry>",
        name = author.split('@').next().unwrap_or_default(),
    )
}

/// This moment, as RFC 3339 writes it.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
