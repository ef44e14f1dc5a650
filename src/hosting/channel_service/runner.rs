//! The thread that owns the service: it does what waits in one transaction, and lets the answers out after the commit.

use std::collections::HashMap;
use std::thread::{self, JoinHandle};
use std::{io, mem};

use minidom::Element;
use tokio::sync::mpsc;

use super::{Outgoing, Service};
use crate::hosting::stanza::{StanzaError, attribute};
use crate::store::StoreError;

/// What is done in one transaction at most.
const BATCH: usize = 128;

/// What the service is given.
#[derive(Debug)]
pub enum Input {
    /// A stanza, and whether parts of it were cut out.
    Stanza(Element, bool),
    /// The connection to the server stands (again).
    Connected,
    /// A second has passed.
    Tick,
}

/// By our address: where its stanzas go.
pub type Outputs = HashMap<String, mpsc::Sender<String>>;

/// Runs the service until nobody gives it anything any more. `clock` tells milliseconds since 1970.
pub fn start(
    mut service: Service,
    mut inputs: mpsc::Receiver<Input>,
    outputs: Outputs,
    clock: fn() -> i64,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("channels".to_owned()).spawn(move || {
        while let Some(first) = inputs.blocking_recv() {
            let more = std::iter::from_fn(|| inputs.try_recv().ok()).take(BATCH - 1);
            let batch: Vec<Input> = std::iter::once(first).chain(more).collect();
            let mut rest = &batch[..];
            while !rest.is_empty() {
                let (done, sent) = do_batch(&mut service, rest, clock());
                rest = &rest[done..];
                for outgoing in sent {
                    if let Some(output) = outputs.get(&outgoing.from) {
                        // When the server does not read, we do not go on.
                        let _ = output.blocking_send(outgoing.text);
                    }
                }
            }
        }
    })
}

/// Does as much of a batch as one transaction should hold; how much that was, and what is sent for it.
fn do_batch(service: &mut Service, batch: &[Input], now: i64) -> (usize, Vec<Outgoing>) {
    let mut done = 0;
    let result = service.begin().and_then(|()| {
        for input in batch {
            done += 1;
            do_one(service, input, now)?;
            if service.is_laden() {
                break;
            }
        }
        service.commit()
    });
    let Err(error) = result else { return (done, service.take()) };
    tracing::error!(error = %error, requests = done, "the channel service's database failed");
    service.forget();
    (done, batch[..done].iter().filter_map(failed).collect())
}

fn do_one(service: &mut Service, input: &Input, now: i64) -> Result<(), StoreError> {
    match input {
        Input::Stanza(stanza, is_cut) => service.stanza(stanza, *is_cut, now),
        Input::Connected => service.connected(now),
        Input::Tick => service.tick(now),
    }
}

/// The answer to a request that could not be done.
fn failed(input: &Input) -> Option<Outgoing> {
    let Input::Stanza(stanza, _) = input else { return None };
    let is_request = stanza.name() == "iq" && matches!(stanza.attr("type"), Some("get" | "set"));
    let (from, to, id) = (stanza.attr("to")?, stanza.attr("from")?, stanza.attr("id")?);
    let mut text = String::from("<iq type='error'");
    for (name, value) in [("from", from), ("to", to), ("id", id)] {
        attribute(name, value, &mut text);
    }
    text.push('>');
    StanzaError::new("internal-server-error").text("The database is not there.").write(&mut text);
    text.push_str("</iq>");
    is_request.then(|| Outgoing { from: from.to_owned(), text: mem::take(&mut text) })
}
