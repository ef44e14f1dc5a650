//! Live pages: server-sent events for scripts, and the page that stays open for those without.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use jiff::SignedDuration;
use lru::LruCache;
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tokio_util::sync::CancellationToken;

use super::answer::Endless;
use super::csrf;
use super::error::Error;
use super::fragments;
use super::sign_ins::{Holder, StreamPermit};
use super::state::State;
use super::urls::{AtChannel, AtPost};
use super::visit::{SignedIn, Visit};
use crate::language::Language;
use crate::network::limiter::network_of;
use crate::session::{self, Event, EventId, Numbered, Scope, Watch};

/// A sign of life, so that proxies and browsers notice a dead connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The longest a stream is held; the browser opens it again and shows its cookie again.
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// How many rendered events are kept for the other readers of the same page.
const FRAMES: usize = 512;

/// Events as bytes, made once for all readers of the same scope.
pub struct Frames {
    made: Mutex<LruCache<Which, Made>>,
}

/// An event by its place in memory, its number, and the scope and the language it is shown in.
type Which = (usize, EventId, Scope, Language);

/// Its frame; the event is kept beside it, so that no other event can have the same place in memory meanwhile.
type Made = (Arc<Event>, Option<Bytes>);

impl Frames {
    /// Nothing made yet.
    pub fn new() -> Self {
        let bound = NonZeroUsize::new(FRAMES).expect("the constant is not zero");
        Frames { made: Mutex::new(LruCache::new(bound)) }
    }

    /// The frame of an event, `None` if this scope has nothing to show for it.
    fn of(&self, numbered: &Numbered, scope: &Scope, language: Language) -> Option<Bytes> {
        let key = (Arc::as_ptr(&numbered.event).addr(), numbered.id, scope.clone(), language);
        if let Some((_, made)) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return made.clone();
        }
        let html = language.speak(|| fragments::event(&numbered.event, scope));
        let frame = html.map(|html| frame(numbered.id, &html));
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.push(key, (numbered.event.clone(), frame.clone()));
        frame
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new()
    }
}

/// One event of `text/event-stream`.
fn frame(id: EventId, html: &str) -> Bytes {
    let mut frame = format!("id: {id}\n");
    for line in html.split(['\n', '\r']) {
        frame.push_str("data: ");
        frame.push_str(line);
        frame.push('\n');
    }
    frame.push('\n');
    Bytes::from(frame)
}

/// Which events a browser has seen: the `Last-Event-ID` field when it comes back, `?after=` when it comes first.
/// What is neither is foreign, and is told so by the backlog, since no epoch is zero.
pub struct After(pub Option<EventId>);

#[derive(Deserialize)]
struct AfterQuery {
    after: Option<String>,
}

impl FromRequestParts<State> for After {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Infallible> {
        let field = parts.headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let query = Query::<AfterQuery>::from_request_parts(parts, state).await.ok().and_then(|query| query.0.after);
        let foreign = EventId { epoch: 0, number: u64::MAX };
        let given = field.filter(|id| !id.is_empty()).or(query).filter(|id| !id.is_empty());
        Ok(After(given.map(|id| id.parse().unwrap_or(foreign))))
    }
}

/// Whether the page that asks was made for somebody who is signed in, which its stream says by `?own=1`.
pub struct Own(bool);

#[derive(Deserialize)]
struct OwnQuery {
    own: Option<String>,
}

impl FromRequestParts<State> for Own {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Infallible> {
        let query = Query::<OwnQuery>::from_request_parts(parts, state).await.ok();
        Ok(Own(query.is_some_and(|query| query.0.own.is_some())))
    }
}

impl Own {
    /// Such a page does not go on as a stranger's when the sign-in ends.
    fn check(&self, visit: Result<Visit, Error>) -> Result<Visit, Error> {
        match visit.map_err(no_redirect) {
            Ok(visit) if self.0 && visit.viewer.is_none() => Err(Error::SignInEnded),
            Err(Error::GuestUnavailable) if self.0 => Err(Error::SignInEnded),
            visit => visit,
        }
    }
}

/// Streams are not for other sites: they would only hold connections.
pub struct FromHere;

impl FromRequestParts<State> for FromHere {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let is_ours = csrf::is_from_here(&parts.headers, &state.config.web.public_url);
        if is_ours { Ok(FromHere) } else { Err(Error::CrossSite) }
    }
}

/// The events of the home timeline.
pub async fn home(_: FromHere, visit: Result<SignedIn, Error>, After(after): After) -> Result<Response, Error> {
    let SignedIn(visit) = visit.map_err(no_redirect)?;
    events(&visit, Scope::Home, after).await
}

/// The events of a channel.
pub async fn channel(
    _: FromHere,
    visit: Result<Visit, Error>,
    AtChannel(id): AtChannel,
    After(after): After,
    own: Own,
) -> Result<Response, Error> {
    let visit = own.check(visit)?;
    may_read(&visit, &Scope::Channel(id.clone())).await?;
    events(&visit, Scope::Channel(id), after).await
}

/// The events of a post and its replies.
pub async fn thread(
    _: FromHere,
    visit: Result<Visit, Error>,
    AtPost(at): AtPost,
    After(after): After,
    own: Own,
) -> Result<Response, Error> {
    let visit = own.check(visit)?;
    may_read(&visit, &Scope::Thread(at.clone())).await?;
    events(&visit, Scope::Thread(at), after).await
}

/// A stream cannot be answered by a sign-in form.
fn no_redirect(error: Error) -> Error {
    match error {
        Error::SignedOut | Error::SignIn(session::SignInError::Refused) => Error::SignInEnded,
        other => other,
    }
}

/// Asks the server whether this person may read what the stream would tell.
async fn may_read(visit: &Visit, scope: &Scope) -> Result<(), Error> {
    match scope {
        Scope::Home => Ok(()),
        Scope::Channel(id) | Scope::Thread(crate::channel::PostRef { channel: id, .. }) => {
            match visit.session.may_read(id).await {
                // While the server is away nothing can come, and this is how a page hears of it. What comes later comes
                // by a subscription, which the server refuses to those who may not read.
                Ok(()) | Err(session::Error::Disconnected | session::Error::Timeout) => Ok(()),
                Err(error) => Err(error.into()),
            }
        }
    }
}

/// What may end a stream, and what it holds while it lasts.
struct Life {
    state: State,
    scope: Scope,
    language: Language,
    watch: Watch,
    ended: CancellationToken,
    until: Instant,
    heartbeat: tokio::time::Interval,
    _permit: StreamPermit,
}

/// What comes next in a stream.
enum Next {
    Event(Numbered),
    Heartbeat,
    End(Ending),
}

/// Why a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Its sign-in ended.
    SignedOut,
    /// The gateway stops.
    Stopping,
    /// It was open for as long as a stream may be.
    Long,
    /// The session ended, or its reader was too slow for what happened.
    Behind,
}

impl Life {
    async fn new(visit: &Visit, scope: Scope, after: Option<EventId>) -> Result<Self, Error> {
        let state = visit.state.clone();
        let holder = match &visit.viewer {
            Some(viewer) => Holder::Account(viewer.clone()),
            None => Holder::Guest(network_of(visit.client)),
        };
        let permit = state.sign_ins.open_stream(holder).ok_or(Error::TooManyStreams)?;
        let now = Instant::now();
        let mut heartbeat = interval_at(now + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Life {
            watch: visit.session.watch(scope.clone(), after).await?,
            ended: visit.ended.clone(),
            until: now + longest(visit),
            heartbeat,
            scope,
            language: visit.language,
            state,
            _permit: permit,
        })
    }

    async fn next(&mut self) -> Next {
        tokio::select! {
            biased;
            () = self.ended.cancelled() => Next::End(Ending::SignedOut),
            () = self.state.stopping.cancelled() => Next::End(Ending::Stopping),
            () = sleep_until(self.until) => Next::End(Ending::Long),
            event = self.watch.next() => event.map_or(Next::End(Ending::Behind), Next::Event),
            _ = self.heartbeat.tick() => Next::Heartbeat,
        }
    }
}

/// A stream ends with its sign-in at the latest.
fn longest(visit: &Visit) -> Duration {
    let left = visit.sign_in.as_ref().map(|sign_in| {
        let left = visit.state.lifetime().left(sign_in.created, sign_in.used, visit.state.now());
        Duration::try_from(left.max(SignedDuration::ZERO)).unwrap_or_default()
    });
    left.unwrap_or(LONGEST).min(LONGEST)
}

/// `text/event-stream` for a scope.
async fn events(visit: &Visit, scope: Scope, after: Option<EventId>) -> Result<Response, Error> {
    let life = Life::new(visit, scope, after).await?;
    let hello = Bytes::from(format!("retry: {}\n\n", jitter(&life.state)));
    let rest = stream::unfold(Some(life), |life| async {
        let mut life = life?;
        loop {
            match life.next().await {
                Next::Event(numbered) => {
                    if let Some(frame) = life.state.frames.of(&numbered, &life.scope, life.language) {
                        return Some((frame, Some(life)));
                    }
                }
                Next::Heartbeat => return Some((Bytes::from_static(b":\n\n"), Some(life))),
                Next::End(Ending::Stopping) => {
                    let bye = Bytes::from(format!("retry: {}\n\n", jitter(&life.state)));
                    return Some((bye, None));
                }
                Next::End(_) => return None,
            }
        }
    });
    Ok(endless("text/event-stream", stream::once(async { hello }).chain(rest)))
}

/// A page that stays open: `head` at once, then what `each` makes of every event, and `foot`, which is told why it
/// ends.
///
/// Permission is asked first. `after` is the event up to which `head` shows everything.
pub async fn page(
    visit: &Visit,
    scope: Scope,
    after: Option<EventId>,
    head: String,
    foot: impl Fn(Ending) -> String + Send + 'static,
    each: impl Fn(&Event) -> Option<String> + Send + 'static,
) -> Result<Response, Error> {
    may_read(visit, &scope).await?;
    let life = Life::new(visit, scope, after).await?;
    let rest = stream::unfold(Some((life, each, foot)), |page| async {
        let (mut life, each, foot) = page?;
        loop {
            match life.next().await {
                Next::Event(numbered) => {
                    if let Some(html) = life.language.speak(|| each(&numbered.event)) {
                        return Some((Bytes::from(html), Some((life, each, foot))));
                    }
                }
                // A comment keeps the connection alive and shows nothing.
                Next::Heartbeat => return Some((Bytes::from_static(b"<!-- -->\n"), Some((life, each, foot)))),
                Next::End(ending) => return Some((Bytes::from(life.language.speak(|| foot(ending))), None)),
            }
        }
    });
    Ok(endless("text/html; charset=utf-8", stream::once(async { Bytes::from(head) }).chain(rest)))
}

fn endless(kind: &'static str, body: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let mut response = (StatusCode::OK, Body::from_stream(body.map(Ok::<_, Infallible>))).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    fields.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.extensions_mut().insert(Endless);
    response
}

/// Milliseconds after which a browser comes back, different for each, so that they do not all come at once.
fn jitter(state: &State) -> u16 {
    1000 + u16::from_be_bytes(state.seal.random_bytes()) % 4000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_its_id_and_one_field_a_line() {
        let id = EventId { epoch: 1, number: 42 };
        let made = frame(id, "<p>one</p>\r\n<p>id: 9</p>");
        let text = std::str::from_utf8(&made).expect("UTF-8");
        assert_eq!(text, "id: 0000000000000001-42\ndata: <p>one</p>\ndata: \ndata: <p>id: 9</p>\n\n");
    }
}
