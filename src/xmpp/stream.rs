//! A signed-in stream that comes back by itself (RFC 6120 §3.3, XEP-0198), and stops when the password is refused.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};
use tokio_xmpp::stanzastream::{Connection, StanzaStream};
use tokio_xmpp::xmlstream::{StreamHeader, Timeouts, initiate_stream};

use super::connect::{ConnectError, Connector, Login};

/// A connection that lived this long was a good one: the next pause is short again.
const LASTING: Duration = Duration::from_secs(60);
/// Between the end of the attempts and the end of the stream's own task.
const GRACE: Duration = Duration::from_secs(1);
/// Failures that wait for the session to read them; more are dropped, except a refusal.
const WAITING: usize = 4;

/// Makes the stream of a session from its first connection. It binds, and resumes or binds anew after each loss, by
/// itself: read `StreamEvent::{Reset, Suspended, Resumed}` from it, and check each `Reset` by [`Login::is_bound_by`].
///
/// `login` must carry the secret that [`Connector::authenticate`] gave back. Attempts follow each other at random
/// within 1, 2, 4, … at most 60 s (full jitter), so that a thousand sessions do not come back in the same second.
/// Each failure is told through the receiver. After [`ConnectError::Refused`] there is no further attempt: the
/// stream stays suspended until the session drops it. Dropping the receiver ends all attempts.
///
/// `nudge` shortens a pause to a second: somebody is waiting in front of a page.
///
/// The stream is given whole. COMPAT(tokio-xmpp 6): never `split()` it, the halves lose wake-ups on a runtime with
/// several threads. `depth` bounds the queue of stanzas in each direction.
pub fn open(
    connector: Connector,
    login: Login,
    first: Connection,
    depth: usize,
    nudge: Arc<Notify>,
) -> (StanzaStream, mpsc::Receiver<ConnectError>) {
    let (failures, receiver) = mpsc::channel(WAITING);
    // The same name for as long as the session lasts: what was subscribed by full address is not left behind when the
    // stream binds anew. A stream that the server still holds gives way (RFC 6120 §7.7.2.2).
    let resource = format!("cirrus-{:08x}{:08x}", random(), random());
    // In the heap, because this place for it lasts as long as the session.
    let mut first = Some(Box::new(named(first, &resource)));
    let login = Arc::new(login);
    let tries = Arc::new(Mutex::new(Tries::default()));
    let reconnect = move |_location: Option<String>, slot: oneshot::Sender<Connection>| {
        if let Some(first) = first.take() {
            tries.lock().unwrap_or_else(PoisonError::into_inner).connected = Some(Instant::now());
            let _ = slot.send(*first);
            return;
        }
        let attempt = Attempt {
            connector: connector.clone(),
            login: login.clone(),
            tries: tries.clone(),
            failures: failures.clone(),
            nudge: nudge.clone(),
            resource: resource.clone(),
        };
        tokio::spawn(attempt.run(slot));
    };
    (StanzaStream::new(Box::new(reconnect), depth), receiver)
}

/// How often it was tried, over several losses: a server that lets us in and drops us at once is not hammered.
#[derive(Default)]
struct Tries {
    count: u32,
    connected: Option<Instant>,
}

impl Tries {
    /// The longest pause before the next attempt.
    fn ceiling(&mut self, now: Instant) -> Duration {
        if self.connected.take().is_some_and(|connected| now.duration_since(connected) >= LASTING) {
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        Duration::from_secs(1 << (self.count - 1).min(6)).min(Duration::from_secs(60))
    }
}

/// A part of `ceiling`: `random` of 2³² parts.
fn jitter(ceiling: Duration, random: u32) -> Duration {
    ceiling.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

struct Attempt {
    connector: Connector,
    login: Arc<Login>,
    tries: Arc<Mutex<Tries>>,
    failures: mpsc::Sender<ConnectError>,
    nudge: Arc<Notify>,
    resource: String,
}

impl Attempt {
    /// Tries until it succeeds, is refused, or nobody wants the connection any more.
    async fn run(self, mut slot: oneshot::Sender<Connection>) {
        let connection = tokio::select! {
            connection = self.connect() => connection,
            _ = self.failures.closed() => None,
            _ = slot.closed() => return,
        };
        let connection = match connection {
            Some(connection) => connection,
            None => {
                tokio::select! {
                    _ = self.failures.closed() => {}
                    _ = slot.closed() => return,
                }
                // COMPAT(tokio-xmpp 6): a slot that is dropped makes the stream's task panic, and one that is kept
                // may keep the task for ever, which looks for its reader only when something happens. A connection
                // that is already over lets it end in order. The wait is for a reader that is still there.
                if timeout(GRACE, slot.closed()).await.is_ok() {
                    return;
                }
                match over(&self.login).await {
                    Some(connection) => connection,
                    None => return,
                }
            }
        };
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).connected = Some(Instant::now());
        let _ = slot.send(connection);
    }

    /// Somebody is waiting; still, a second passes between two attempts.
    async fn nudged(&self) {
        sleep(Duration::from_secs(1)).await;
        self.nudge.notified().await;
    }

    /// `None` when the server refused.
    async fn connect(&self) -> Option<Connection> {
        loop {
            let ceiling = self.tries.lock().unwrap_or_else(PoisonError::into_inner).ceiling(Instant::now());
            tokio::select! {
                () = sleep(jitter(ceiling, random())) => {}
                () = self.nudged() => {}
            }
            match self.connector.again(&self.login).await {
                Ok(connection) => return Some(named(connection, &self.resource)),
                Err(ConnectError::Refused) => {
                    tracing::info!("The server no longer accepts this sign-in; it is not tried again.");
                    let _ = self.failures.send(ConnectError::Refused).await;
                    return None;
                }
                Err(error) => {
                    let _ = self.failures.try_send(error);
                }
            }
        }
    }
}

/// The connection, to be bound by this resource.
fn named(connection: Connection, resource: &str) -> Connection {
    let named = connection.identity.to_bare().with_resource_str(resource);
    let identity = named.map_or(connection.identity, Into::into);
    Connection { identity, ..connection }
}

fn random() -> u32 {
    let mut bytes = [0; 4];
    // Without randomness there is no jitter, which is only less polite.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    u32::from_be_bytes(bytes)
}

/// A connection whose other end is closed already.
async fn over(login: &Login) -> Option<Connection> {
    const GREETING: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' \
        xmlns:stream='http://etherx.jabber.org/streams'><stream:features>\
        <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";
    let (near, mut far) = tokio::io::duplex(1024);
    far.write_all(GREETING).await.ok()?;
    let stream = initiate_stream(
        BufReader::with_capacity(256, near),
        "jabber:client",
        StreamHeader { to: Some(Cow::Borrowed("localhost")), from: None, id: None },
        Timeouts::tight(),
    )
    .await
    .ok()?;
    let (features, stream) = stream.recv_features().await.ok()?;
    Some(Connection { stream: stream.box_stream(), features, identity: login.address().clone().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_shrink_again() {
        let mut tries = Tries::default();
        let mut seconds = Vec::new();
        for _ in 0..8 {
            tries.connected = Some(Instant::now());
            seconds.push(tries.ceiling(Instant::now()).as_secs());
        }
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        tries.connected = Some(Instant::now());
        tokio::time::advance(LASTING).await;
        assert_eq!(tries.ceiling(Instant::now()).as_secs(), 1);
        assert_eq!(jitter(Duration::from_secs(60), u32::MAX), Duration::from_secs(60));
        assert_eq!(jitter(Duration::from_secs(60), 0), Duration::ZERO);
    }
}
