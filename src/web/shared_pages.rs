//! Public pages as finished bytes, for a second: a crowd that reads the same page costs one rendering.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{self, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lru::LruCache;
use tokio::sync::watch;
use tokio::time::Instant;

use super::published;
use super::state::State;
use super::visit::accepted;
use crate::language::Language;

/// What says that a page is the same for everybody. Browsers may keep it for as long.
pub(super) const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=5");

/// How long a page is given out before it is made anew.
const FRESH: Duration = Duration::from_secs(1);

/// How long an old page is given out while one reader waits for the new one.
const STALE: Duration = Duration::from_secs(5);

/// How many pages are kept. With [`MAX_PAGE`] that is 64 MiB at worst.
const PAGES: usize = 256;

/// Larger pages are not kept, in bytes.
const MAX_PAGE: usize = 256 * 1024;

/// Longer paths and longer lists of encodings are not kept, in bytes.
const MAX_KEY: usize = 1024;

/// The pages, by what was asked for.
pub struct SharedPages {
    pages: Mutex<LruCache<Asked, Arc<Page>>>,
    /// Those being made, so that a crowd in front of a page that nobody has yet asks the server once.
    making: Mutex<HashMap<Asked, watch::Receiver<()>>>,
}

/// Who makes a page.
enum Turn {
    /// This reader; the others wait until it is dropped.
    Mine(Making),
    /// Another one: an error says that it was given up.
    Wait(watch::Receiver<()>),
}

/// A page that is being made.
struct Making {
    state: State,
    asked: Asked,
    done: watch::Sender<()>,
}

impl Drop for Making {
    fn drop(&mut self) {
        self.state.shared_pages.making().remove(&self.asked);
    }
}

/// All of a request that a shared page depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked {
    path: String,
    is_htmx: bool,
    language: Language,
    encodings: Vec<u8>,
}

/// A page with its header fields, compressed as this kind of reader wants it.
struct Page {
    headers: HeaderMap,
    body: Bytes,
    made: Instant,
    is_being_renewed: AtomicBool,
}

impl SharedPages {
    /// None yet.
    pub fn new() -> Self {
        let pages = NonZeroUsize::new(PAGES).expect("the constant is not zero");
        SharedPages { pages: Mutex::new(LruCache::new(pages)), making: Mutex::default() }
    }

    fn making(&self) -> MutexGuard<'_, HashMap<Asked, watch::Receiver<()>>> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page, unless it is too old or this reader is the one who renews it.
    fn find(&self, asked: &Asked, now: Instant) -> Option<Arc<Page>> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let page = pages.get(asked)?;
        let age = now.duration_since(page.made);
        let is_mine_to_renew = age >= FRESH && !page.is_being_renewed.swap(true, Ordering::Relaxed);
        (age < STALE && !is_mine_to_renew).then(|| page.clone())
    }

    fn keep(&self, asked: Asked, page: Page) {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).push(asked, Arc::new(page));
    }
}

/// Says whose turn it is to make a page that is not there.
fn turn(state: &State, asked: &Asked) -> Turn {
    let mut making = state.shared_pages.making();
    if let Some(other) = making.get(asked) {
        return Turn::Wait(other.clone());
    }
    let (done, others) = watch::channel(());
    making.insert(asked.clone(), others);
    Turn::Mine(Making { state: state.clone(), asked: asked.clone(), done })
}

impl Default for SharedPages {
    fn default() -> Self {
        Self::new()
    }
}

/// Gives out a kept page, or keeps the one that is made. It stands outside of everything that a page depends on, so
/// the header fields are part of what is kept.
pub(super) async fn serve(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    let Some(asked) = read(&request) else { return next.run(request).await };
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut is_left_to_all = false;
    let making = loop {
        if let Some(page) = state.shared_pages.find(&asked, Instant::now()) {
            return page.answer(known.as_ref());
        }
        if is_left_to_all {
            break None;
        }
        match turn(&state, &asked) {
            Turn::Mine(making) => break Some(making),
            // What was made and is not there then is not shared: everybody asks for themselves.
            Turn::Wait(mut other) => is_left_to_all = other.changed().await.is_ok(),
        }
    };
    // What is made for one is kept for all, so it must be whole.
    let mut request = request;
    request.headers_mut().remove(header::IF_NONE_MATCH);
    let response = next.run(request).await;
    let is_shared = response.status() == StatusCode::OK && is_for_all(response.headers());
    let response = if is_shared { keep(&state, asked, known, response).await } else { response };
    if let Some(making) = making {
        making.done.send_replace(());
    }
    response
}

/// Whether a page, or an answer for other programs, is the same for everybody.
fn is_for_all(fields: &HeaderMap) -> bool {
    fields.get(header::CACHE_CONTROL).is_some_and(|keep| [PUBLIC, published::MINUTE].contains(keep))
}

/// Keeps a page for those who come next.
async fn keep(state: &State, asked: Asked, known: Option<HeaderValue>, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, super::answer::MAX_PAGE).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut headers = parts.headers;
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let page = Page { headers, body, made: Instant::now(), is_being_renewed: AtomicBool::new(false) };
    let answer = page.answer(known.as_ref());
    if page.body.len() <= MAX_PAGE {
        state.shared_pages.keep(asked, page);
    }
    answer
}

/// What is asked for, if anybody might be given the same: whoever sends a cookie is not anybody.
fn read(request: &Request) -> Option<Asked> {
    let headers = request.headers();
    if request.method() != Method::GET || headers.contains_key(header::COOKIE) {
        return None;
    }
    let path = request.uri().path_and_query()?.as_str();
    let encodings = headers.get(header::ACCEPT_ENCODING).map(|field| field.as_bytes()).unwrap_or_default();
    let is_single = headers.get_all(header::ACCEPT_ENCODING).iter().count() <= 1;
    // Embedded files are bytes already, and have versions of their own.
    let is_file = path.starts_with("/assets/") || path.starts_with("/robots.txt") || path.starts_with("/favicon.ico");
    if is_file || path.len() > MAX_KEY || encodings.len() > MAX_KEY || !is_single {
        return None;
    }
    let is_htmx = headers.get("hx-request").is_some_and(|value| value == "true");
    Some(Asked { path: path.to_owned(), is_htmx, language: accepted(headers), encodings: encodings.to_vec() })
}

impl Page {
    fn answer(&self, known: Option<&HeaderValue>) -> Response {
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = self.headers.clone();
        let etag = self.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
        let is_known = match (known.and_then(|known| known.to_str().ok()), etag) {
            (Some(known), Some(etag)) => known.split(',').any(|known| known.trim() == etag),
            _ => false,
        };
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            for field in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
                response.headers_mut().remove(field);
            }
        } else {
            *response.body_mut() = Body::from(self.body.clone());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        use crate::web::seal::Seal;
        let config = Arc::new(crate::config::Config::default());
        let sessions = crate::session::Sessions::new(config.clone(), Default::default()).expect("sessions");
        State::with(config, sessions, Seal::random(), jiff::Timestamp::now)
    }

    #[tokio::test]
    async fn a_crowd_has_a_page_made_once() {
        let state = state();
        let (asked, other) = (asked("/a"), asked("/b"));
        let Turn::Mine(making) = turn(&state, &asked) else { panic!("nobody makes it") };
        let (Turn::Wait(mut second), Turn::Wait(mut third)) = (turn(&state, &asked), turn(&state, &asked)) else {
            panic!("one is enough");
        };
        assert!(matches!(turn(&state, &other), Turn::Mine(_)), "another page is another matter");
        making.done.send_replace(());
        drop(making);
        assert!(second.changed().await.is_ok(), "it was made");

        let Turn::Mine(making) = turn(&state, &asked) else { panic!("nobody makes it") };
        let Turn::Wait(mut fourth) = turn(&state, &asked) else { panic!("one is enough") };
        drop(making);
        assert!(fourth.changed().await.is_err(), "it was given up: the next one takes the turn");
        assert!(matches!(turn(&state, &asked), Turn::Mine(_)));
        assert!(third.changed().await.is_ok());
    }

    fn asked(path: &str) -> Asked {
        Asked { path: path.to_owned(), is_htmx: false, language: Language::English, encodings: Vec::new() }
    }

    fn page(made: Instant) -> Page {
        Page { headers: HeaderMap::new(), body: Bytes::new(), made, is_being_renewed: AtomicBool::new(false) }
    }

    #[test]
    fn one_reader_renews_and_the_others_do_not_wait() {
        let pages = SharedPages::new();
        let start = Instant::now();
        assert!(pages.find(&asked("/"), start).is_none());
        pages.keep(asked("/"), page(start));
        assert!(pages.find(&asked("/"), start + FRESH / 2).is_some());
        assert!(pages.find(&asked("/"), start + FRESH).is_none(), "the first one makes it anew");
        assert!(pages.find(&asked("/"), start + FRESH).is_some(), "the second one gets the old one");
        assert!(pages.find(&asked("/"), start + STALE).is_none(), "which must not be too old");
        assert!(pages.find(&asked("/x"), start).is_none());
    }

    #[test]
    fn a_cookie_makes_a_reader_somebody() {
        let request = |method: &str, field: Option<(&str, &str)>| {
            let mut request = Request::builder().method(method).uri("/?before=1");
            if let Some((name, value)) = field {
                request = request.header(name, value);
            }
            request.body(Body::empty()).expect("a request")
        };
        assert!(read(&request("GET", None)).is_some_and(|asked| asked.path == "/?before=1"));
        assert!(read(&request("GET", Some(("cookie", "a=b")))).is_none());
        assert!(read(&request("POST", None)).is_none());
    }
}
