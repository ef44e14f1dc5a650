//! BOSH over HTTP (XEP-0124 §4, §7): requests in, answers out, and which session each belongs to.

mod body;
mod session;
mod window;

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use body::{Body, Condition, add_attribute, refusal};
use session::{Asked, Given, Message, Session, Stream};
use window::{Terms, Window};

use super::door::{Client, Door, Permit, new_name};
use super::intake::{Intake, Refused};
use super::upstream::Header;
use crate::network::client_address::HangUp;
use crate::network::pace::Bucket;

/// The version of BOSH that we speak (XEP-0124 §7.1).
const VERSION: (u32, u32) = (1, 11);

/// The most requests that a client may have held.
const MAX_HOLD: u64 = 15;

/// Requests on their way into one session: as many as the largest window, one that ends it, and one repeated.
const INBOX: usize = 18;

/// Answers from this size on are compressed for clients that take it, in bytes: smaller ones fit into one packet.
const MIN_COMPRESSED: usize = 1400;

const ADDRESS: &str = "/http-bind";
const WHAT_THIS_IS: &str = "This address is for XMPP clients that connect over HTTP (BOSH, XEP-0124 and XEP-0206).\n\
    There is nothing to see here in a browser: enter it in the settings of such a client.\n";

/// What pages of other origins may do here, for browsers that ask before.
const ALLOWED: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS, POST"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Content-Encoding"),
    (header::ACCESS_CONTROL_MAX_AGE, "86400"),
];

/// The sessions of this process. Cheap to clone.
#[derive(Clone)]
pub struct Sessions(Arc<Shared>);

struct Shared {
    door: Arc<Door>,
    intake: Intake,
    known: Mutex<HashMap<Box<str>, Handle>>,
}

/// What a request must know of its session.
#[derive(Clone)]
struct Handle {
    inbox: mpsc::Sender<Message>,
    /// The content type that the client asked for.
    content: Option<HeaderValue>,
    /// The client did not say which version it speaks: it understands errors of HTTP only (XEP-0124 §17.1).
    is_legacy: bool,
    is_secure: bool,
}

/// The address with and without a slash at its end.
pub fn router(sessions: Sessions) -> Router {
    Router::new().route(ADDRESS, any(answer)).route(&format!("{ADDRESS}/"), any(answer)).with_state(sessions)
}

/// Any request.
async fn answer(State(sessions): State<Sessions>, request: Request) -> Response {
    let mut response = match *request.method() {
        Method::POST => sessions.post(request).await,
        Method::GET | Method::HEAD => WHAT_THIS_IS.into_response(),
        Method::OPTIONS => (StatusCode::NO_CONTENT, ALLOWED).into_response(),
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD, OPTIONS, POST")]).into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::CACHE_CONTROL, "no-store"),
        // A client chooses the content type, and strangers write what is in it: it must never become a page of ours.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

impl Sessions {
    /// Nobody is there yet.
    pub fn new(door: Arc<Door>) -> Self {
        Sessions(Arc::new(Shared { door, intake: Intake::default(), known: Mutex::default() }))
    }

    /// Why a session is no more.
    fn end(&self) -> Condition {
        if self.0.door.stopping.is_cancelled() { Condition::SystemShutdown } else { Condition::ItemNotFound }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Box<str>, Handle>> {
        // The map is whole whatever panicked while it was held: entries come and go in single steps.
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn post(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let door = &self.0.door;
        let client = door.client(&parts);
        let settings = &door.config.proxy;
        let read = self.0.intake.read(client, &parts.headers, body, settings.body_bytes).await;
        let coding = Coding::taken(&parts.headers);
        // Its fields lie in hyper's buffer, which is free for the next request only without them; this one may wait long.
        drop(parts);
        let read = match read {
            Ok((bytes, room)) => Body::read(&bytes, door.from_client).map(|body| (body, bytes.len(), room)),
            Err(Refused::TooLarge) => Err(Condition::PolicyViolation),
            Err(Refused::NoRoom) => return busy(),
            Err(Refused::Broken) => Err(Condition::BadRequest),
        };
        let (body, length, room) = match read {
            Ok(read) => read,
            // Which session was meant is not known, or not certain: no session ends by this.
            Err(condition) => return given(coding, None, refusal(condition)),
        };
        let found = match &body.sid {
            None => self.create(&body, client).map(|(handle, answer)| (handle, Some(answer))),
            Some(sid) => {
                let known = self.known().get(&**sid).cloned();
                known.map(|handle| (handle, None)).ok_or_else(|| self.end())
            }
        };
        let is_legacy = body.sid.is_none() && body.ver.is_none();
        let (handle, answer) = match found {
            Ok(found) => found,
            Err(condition) => return refused(coding, condition, is_legacy),
        };
        if handle.is_secure && !client.is_secure {
            // Somebody on the way may have read its name (XEP-0124 §19.1).
            return axum::Extension(HangUp).into_response();
        }
        let answer = match answer {
            Some(answer) => answer.await,
            None => {
                let (slot, answer) = oneshot::channel();
                match handle.inbox.try_send((Box::new(Asked { body, length, room }), slot)) {
                    Ok(()) => answer.await,
                    // More than the window can hold wait for a session that must send slower.
                    Err(TrySendError::Full(_)) => return busy(),
                    Err(TrySendError::Closed(_)) => return refused(coding, self.end(), handle.is_legacy),
                }
            }
        };
        match answer {
            Ok(Given { condition: Some(condition), .. }) if handle.is_legacy && condition.legacy_status().is_some() => {
                refused(coding, condition, true)
            }
            Ok(Given { body, .. }) => given(coding, handle.content, body),
            // The session ended before it came to this.
            Err(_) => refused(coding, self.end(), handle.is_legacy),
        }
    }

    /// Makes a session (XEP-0124 §7.1).
    fn create(&self, body: &Body, client: Client) -> Result<(Handle, oneshot::Receiver<Given>), Condition> {
        let door = &self.0.door;
        let settings = &door.config.proxy;
        let to = body.to.as_deref().ok_or(Condition::ImproperAddressing)?;
        let to = door.allowed(to).ok_or(Condition::HostUnknown)?;
        if door.stopping.is_cancelled() {
            return Err(Condition::SystemShutdown);
        }
        let permit = door.admit(client).ok_or(Condition::PolicyViolation)?;

        let hold = body.hold.unwrap_or(1).min(MAX_HOLD);
        let wait = body.wait.unwrap_or(settings.wait_seconds).min(settings.wait_seconds);
        let is_polling = hold == 0 || wait == 0;
        // Who asks from time to time may stay away longer than who waits for news.
        let longer = if is_polling { 2 * settings.polling_seconds } else { 0 };
        let terms = Terms {
            requests: usize::try_from(hold + 1).unwrap_or(2),
            hold: usize::try_from(hold).unwrap_or(1),
            wait: Duration::from_secs(wait),
            polling: Duration::from_secs(settings.polling_seconds),
            inactivity: Duration::from_secs(settings.inactivity_seconds + longer),
            max_pause: Duration::from_secs(settings.max_pause_seconds),
            acks: body.ack == Some(1),
        };
        let sid: Box<str> = format!("{}.{}", settings.node, new_name()).into();
        let attributes = attributes(&sid, body, &terms);
        let now = Instant::now();
        let first = window::Request {
            rid: body.rid,
            key: None,
            new_key: body.new_key.as_deref().map(Into::into),
            ack: None,
            is_empty: true,
            is_last: false,
            pause: None,
            content: (),
        };
        let (inbox, messages) = mpsc::channel(INBOX);
        let (slot, answer) = oneshot::channel();
        let header = Header { to, from: body.from.clone(), lang: body.lang.clone(), version: body.version.clone() };
        let session = Session {
            client: client.address,
            is_exempt: client.is_exempt,
            window: Window::new(terms, &first, 0, new_name(), attributes, now),
            streams: vec![Stream::new(door, header)],
            slots: vec![(0, slot)],
            next_ticket: 1,
            inbox: messages,
            bucket: Bucket::default(),
            backlog: door.backlog(),
            blocked: None,
            timer: Box::pin(sleep_until(now)),
            has_news: false,
            stopping: Box::pin(door.stopping.clone().cancelled_owned()),
            is_left: false,
            is_over: false,
            door: door.clone(),
        };
        let content = body.content.as_deref().filter(|content| content.len() <= 200);
        let handle = Handle {
            inbox,
            content: content.and_then(|content| HeaderValue::from_str(content).ok()),
            is_legacy: body.ver.is_none(),
            is_secure: client.is_secure,
        };
        self.known().insert(sid.clone(), handle.clone());
        let registered = Registered { sessions: self.clone(), sid, _permit: permit };
        door.tasks.spawn(async move {
            session.run().await;
            drop(registered);
        });
        Ok((handle, answer))
    }
}

/// A session that is known under its name, until this is dropped.
struct Registered {
    sessions: Sessions,
    sid: Box<str>,
    _permit: Permit,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.sessions.known().remove(&self.sid);
    }
}

/// What the answer to the first request says of the session (XEP-0124 §7.2, XEP-0206 §4).
fn attributes(sid: &str, body: &Body, terms: &Terms) -> Box<str> {
    let mut out = String::with_capacity(256);
    add_attribute("sid", sid, &mut out);
    for (name, value) in [
        ("wait", terms.wait.as_secs()),
        ("requests", terms.requests as u64),
        ("hold", terms.hold as u64),
        ("inactivity", terms.inactivity.as_secs()),
        ("polling", terms.polling.as_secs()),
        ("maxpause", terms.max_pause.as_secs()),
    ] {
        add_attribute(name, &value.to_string(), &mut out);
    }
    if let Some(ver) = body.ver {
        let (major, minor) = ver.min(VERSION);
        add_attribute("ver", &format!("{major}.{minor}"), &mut out);
    }
    add_attribute("accept", "gzip,deflate", &mut out);
    add_attribute("charsets", "UTF-8", &mut out);
    add_attribute("xmpp:restartlogic", "true", &mut out);
    out.into()
}

/// The answer that says that it is over: as a body, or to an old client as an error of HTTP.
fn refused(coding: Coding, condition: Condition, is_legacy: bool) -> Response {
    let status = condition.legacy_status().filter(|_| is_legacy).and_then(|code| StatusCode::from_u16(code).ok());
    match status {
        Some(status) => status.into_response(),
        None => given(coding, None, refusal(condition)),
    }
}

/// There is no room for a request at the moment. No session ends: clients send it again, as after a broken connection.
fn busy() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")]).into_response()
}

/// An answer whose length is known (XEP-0124 §6), compressed if that is worth it.
fn given(coding: Coding, content: Option<HeaderValue>, body: Bytes) -> Response {
    let content = content.unwrap_or(HeaderValue::from_static("text/xml; charset=utf-8"));
    let packed = if body.len() >= MIN_COMPRESSED && coding == Coding::Gzip { gzip(&body) } else { None };
    let mut response = Response::new(axum::body::Body::empty());
    // With those that are the same for all: room for them is made once.
    response.headers_mut().reserve(8);
    response.headers_mut().insert(header::CONTENT_TYPE, content);
    if body.len() >= MIN_COMPRESSED {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if packed.is_some() {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    *response.body_mut() = axum::body::Body::from(packed.unwrap_or(body));
    response
}

/// How a client takes long answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    /// Gzip, if the client takes it and does not say that it would rather not (RFC 9110 §12.5.3).
    fn taken(asked: &HeaderMap) -> Self {
        let fields = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let takes_gzip = fields.flat_map(|field| field.split(',')).any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let weight: String = weight.chars().filter(|c| !c.is_whitespace()).collect();
            let is_refused = weight.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().unwrap_or(0.0) == 0.0);
            matches!(name.trim(), "gzip" | "x-gzip") && !is_refused
        });
        if takes_gzip { Coding::Gzip } else { Coding::Identity }
    }
}

fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_who_takes_it() {
        for (asked, coding) in [
            ("gzip", Coding::Gzip),
            ("br, gzip;q=0.5", Coding::Gzip),
            ("gzip; q=0", Coding::Identity),
            ("gzip;q=0.000, br", Coding::Identity),
            ("identity", Coding::Identity),
            ("", Coding::Identity),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(asked))]);
            assert_eq!(Coding::taken(&headers), coding, "{asked}");
        }
    }
}
