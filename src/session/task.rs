//! The task that owns an account's stream and everything it knows: the loop.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use jid::Jid;
use minidom::Element;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_xmpp::Stanza;
use tokio_xmpp::stanzastream::{Event as Incoming, StanzaStream, StreamEvent};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::presence::{Presence, Show};
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use super::blocking::change_of;
use super::command::{Command, Urgency};
use super::event::Connection;
use super::state::{Deed, State};
use super::traffic::{Answer, Traffic};
use super::{Session, deeds};
use crate::channel::Address;
use crate::xmpp::connect::{ConnectError, Login};
use crate::xmpp::{AskError, Request, blocking, error};

/// Requests under way at the same time; more fail at once.
const PENDING: usize = 512;

/// Requests under way to one other domain: one that never answers leaves room for the others.
const PENDING_FAR: usize = 32;

/// Requests kept while the connection is being rebuilt; more fail at once.
const OUTBOX: usize = 64;

/// How long the stream may refuse to take a stanza before it counts as lost.
const SEND: Duration = Duration::from_secs(5);

/// Why a session ended, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Idle,
    Asked,
    Shutdown,
    Refused,
    WrongAccount,
    StreamFailed,
}

/// See the module.
pub(super) struct Task {
    pub(super) address: Option<Address>,
    pub(super) login: Login,
    pub(super) bound: Jid,
    pub(super) stream: StanzaStream,
    pub(super) failures: mpsc::Receiver<ConnectError>,
    pub(super) nudge: Arc<Notify>,
    pub(super) commands: mpsc::Receiver<Box<Command>>,
    pub(super) session: Session,
    pub(super) state: State,
    pub(super) idle: Option<Duration>,
    pub(super) shutdown: CancellationToken,
}

impl Task {
    /// Tells the server that this resource is there, with a priority that no chat message is routed to. ejabberd sends
    /// the events of people's channels to available resources only.
    async fn appear(&mut self, traffic: &mut Traffic) {
        let presence = Presence::available().with_priority(-1).with_show(Show::Xa);
        self.send(Stanza::Presence(presence), traffic).await;
    }

    /// Shows itself to a channel service, which sends news to whom it sees.
    async fn appear_to(&mut self, service: &Address, traffic: &mut Traffic) {
        let presence = Presence::available().with_to(service.clone()).with_priority(-1).with_show(Show::Xa);
        self.send(Stanza::Presence(presence), traffic).await;
    }

    /// Runs until nobody needs the session, the server refuses it, or the process stops.
    pub(super) async fn run(mut self) {
        let mut traffic = Traffic::new(Instant::now());
        self.appear(&mut traffic).await;
        let mut tick = interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ending = loop {
            tokio::select! {
                incoming = self.stream.next() => match incoming {
                    None => break Ending::StreamFailed,
                    Some(Incoming::Stream(event)) => {
                        if let Some(ending) = self.stream_event(event, &mut traffic).await {
                            break ending;
                        }
                    }
                    Some(Incoming::Stanza(stanza)) => self.stanza(stanza, &mut traffic).await,
                },
                command = self.commands.recv() => match command.map(|command| *command) {
                    None | Some(Command::End) => break Ending::Asked,
                    Some(Command::Ask { request, urgency, answer }) => {
                        self.ask(*request, urgency, answer, &mut traffic).await;
                    }
                    Some(Command::Enrolled(service)) => {
                        if let Some(service) = &service {
                            self.appear_to(service.presence_to(), &mut traffic).await;
                        }
                        self.state.command(Command::Enrolled(service), Instant::now());
                    }
                    Some(command) => {
                        let deeds = self.state.command(command, Instant::now());
                        self.begin(deeds);
                    }
                },
                Some(failure) = self.failures.recv() => {
                    if failure == ConnectError::Refused {
                        break Ending::Refused;
                    }
                    tracing::info!(account.jid = self.name(), reason = %failure, "reconnecting did not succeed yet");
                }
                now = tick.tick() => {
                    traffic.expire(now);
                    // An open page is use, however long nobody clicks.
                    if self.state.is_watched() {
                        self.session.touch();
                    }
                    let deeds = self.state.tick(now);
                    self.begin(deeds);
                    if self.is_idle(now) {
                        break Ending::Idle;
                    }
                }
                () = self.shutdown.cancelled() => break Ending::Shutdown,
            }
        };
        self.end(ending, traffic).await;
    }

    async fn end(mut self, ending: Ending, mut traffic: Traffic) {
        tracing::info!(account.jid = self.name(), reason = ?ending, "a session ended");
        if matches!(ending, Ending::Refused | Ending::WrongAccount) {
            self.state.connection(Connection::Refused);
        }
        // Subscriptions by full address would outlive us on the servers: they go, politely but not for long.
        if traffic.is_up && matches!(ending, Ending::Idle | Ending::Asked | Ending::Shutdown) {
            let farewell = async {
                for request in self.state.farewell(&self.bound) {
                    let stanza = traffic.stanza(request);
                    self.stream.send(Box::new(stanza)).await;
                }
            };
            let _ = timeout(Duration::from_millis(500), farewell).await;
        }
        self.commands.close();
        let _ = timeout(Duration::from_secs(2), self.stream.close()).await;
    }

    fn name(&self) -> &str {
        self.address.as_ref().map_or("guest", |address| address.as_str())
    }

    fn is_idle(&self, now: Instant) -> bool {
        self.idle.is_some_and(|idle| !self.state.is_watched() && now.duration_since(self.session.last_used()) > idle)
    }

    /// Starts what the state wants done. Each ends in bounded time and reports back as a command.
    fn begin(&self, deeds: Vec<Deed>) {
        for deed in deeds {
            tokio::spawn(deeds::run(deed, self.state.stream(), self.session.clone(), self.bound.clone()));
        }
    }

    async fn stream_event(&mut self, event: StreamEvent, traffic: &mut Traffic) -> Option<Ending> {
        match event {
            StreamEvent::Suspended => {
                tracing::info!(account.jid = self.name(), "the connection to the server is lost, trying again");
                traffic.is_up = false;
                self.state.connection(Connection::Lost);
            }
            StreamEvent::Resumed => {
                self.restore(traffic).await;
            }
            StreamEvent::Reset { bound_jid, .. } => {
                if !self.login.is_bound_by(&bound_jid) {
                    tracing::error!(account.jid = self.name(), "the server bound another account than the one asked");
                    return Some(Ending::WrongAccount);
                }
                // Requests that were under way went down with the old stream.
                traffic.fail_all();
                self.bound = bound_jid;
                traffic.is_up = true;
                traffic.hear(Instant::now());
                traffic.outbox.clear();
                self.appear(traffic).await;
                self.state.reset();
                self.state.connection(Connection::Up);
            }
        }
        None
    }

    async fn stanza(&mut self, stanza: Stanza, traffic: &mut Traffic) {
        traffic.hear(Instant::now());
        // A stream that refused to take a stanza for a while, and still gives some, was not lost.
        if !traffic.is_up {
            self.restore(traffic).await;
        }
        let own = self.bound.to_bare();
        match stanza {
            Stanza::Iq(Iq::Result { from, id, payload, .. }) => {
                let answer = match payload {
                    Some(payload) if payload.ns() == crate::xmpp::ask::CUT => Err(AskError::TooLarge),
                    payload => Ok(payload),
                };
                traffic.answered(&id, from.as_ref(), &own, answer);
            }
            Stanza::Iq(Iq::Error { from, id, error, .. }) => {
                traffic.answered(&id, from.as_ref(), &own, Err(error::read(error)));
            }
            Stanza::Iq(Iq::Get { from, id, payload, .. }) => {
                self.reply(from, id, is_ping(&payload), traffic).await;
            }
            Stanza::Iq(Iq::Set { from, id, payload, .. }) => {
                // What the account's server tells unasked; nobody else may (security.md P6).
                let is_own = from.as_ref().is_none_or(|from| *from == own);
                let push = blocking::read_push(&payload).filter(|_| is_own);
                let is_taken = push.is_some();
                push.into_iter().for_each(|push| self.state.blocks_changed(change_of(push)));
                self.reply(from, id, is_taken, traffic).await;
            }
            Stanza::Message(message) => {
                let deeds = self.state.message(message, Instant::now());
                self.begin(deeds);
            }
            // Who else is there is not shown yet.
            Stanza::Presence(_) => {}
        }
    }

    async fn reply(&mut self, to: Option<Jid>, id: String, is_taken: bool, traffic: &mut Traffic) {
        let reply = if is_taken {
            Iq::Result { from: None, to, id, payload: None }
        } else {
            let condition = DefinedCondition::ServiceUnavailable;
            let error = StanzaError::new(ErrorType::Cancel, condition, "en", "");
            Iq::Error { from: None, to, id, payload: None, error }
        };
        self.send(Stanza::Iq(reply), traffic).await;
    }

    /// Whether an address is of one's own server or of one that the operator named. Guests may be at another name of
    /// the server whose channels they read.
    fn is_near(&self, to: &Jid) -> bool {
        let named = &self.session.shared().config.xmpp.domains;
        is_of(to, self.bound.domain().as_str()) || named.iter().any(|domain| is_of(to, domain))
    }

    async fn ask(&mut self, request: Request, urgency: Urgency, answer: Answer, traffic: &mut Traffic) {
        if traffic.pending.len() >= PENDING || (!traffic.is_up && traffic.outbox.len() >= OUTBOX) {
            let _ = answer.send(Err(AskError::Disconnected));
            return;
        }
        let is_near = request.to.as_ref().is_none_or(|to| self.is_near(to));
        if !is_near && traffic.pending_at(request.to.as_ref()) >= PENDING_FAR {
            let _ = answer.send(Err(AskError::Unreachable));
            return;
        }
        if !traffic.is_up && urgency == Urgency::Awaited {
            // Somebody is waiting: the next attempt comes sooner.
            self.nudge.notify_one();
        }
        if let Some(why) = traffic.why_in_vain(Instant::now()) {
            let _ = answer.send(Err(why));
            return;
        }
        let stanza = traffic.begin(request, is_near, answer, Instant::now());
        self.send(stanza, traffic).await;
    }

    async fn send(&mut self, stanza: Stanza, traffic: &mut Traffic) {
        if !traffic.is_up {
            if traffic.outbox.len() < OUTBOX {
                traffic.outbox.push_back(stanza);
            }
        } else if timeout(SEND, self.stream.send(Box::new(stanza))).await.is_err() {
            tracing::warn!(account.jid = self.name(), "the stream takes nothing more, requests wait for the next one");
            traffic.is_up = false;
            self.state.connection(Connection::Lost);
        }
    }

    /// The stream takes stanzas again: those that waited go out.
    async fn restore(&mut self, traffic: &mut Traffic) {
        traffic.is_up = true;
        traffic.hear(Instant::now());
        self.state.connection(Connection::Up);
        for stanza in std::mem::take(&mut traffic.outbox) {
            self.send(stanza, traffic).await;
        }
    }
}

/// Whether an address is of a domain, or of a service below it.
fn is_of(address: &Jid, domain: &str) -> bool {
    let above = address.domain().as_str().strip_suffix(domain);
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

fn is_ping(payload: &Element) -> bool {
    payload.is("ping", "urn:xmpp:ping")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_services_below_our_own_domain_are_near() {
        for (address, expected) in [
            ("example.org", true),
            ("bob@example.org", true),
            ("pubsub.example.org", true),
            ("notexample.org", false),
            ("example.com", false),
        ] {
            assert_eq!(is_of(&address.parse().unwrap(), "example.org"), expected, "{address}");
        }
    }
}
