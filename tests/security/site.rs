//! The web side without a listener, and a browser with its cookies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use cirrus::config::Config;
use cirrus::network::attempts::Attempts;
use cirrus::session::Sessions;
use cirrus::web::seal::{Seal, SignIn};
use cirrus::web::{State, router};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The web side without a listener, and a browser's cookies. Its XMPP server does not answer.
pub struct Site {
    router: Router,
    pub state: State,
    pub cookies: BTreeMap<String, String>,
    seconds: Arc<AtomicI64>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

const START: i64 = 1_795_000_000;
pub const ORIGIN: &str = "https://social.example.org";

impl Site {
    pub fn new() -> Self {
        Site::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let seconds = Arc::new(AtomicI64::new(START));
        let clock = seconds.clone();
        let now = move || Timestamp::from_second(clock.load(Ordering::Relaxed)).expect("a time");
        Site::made(change, seconds, |config, sessions| State::with(config, sessions, Seal::random(), now))
    }

    /// One that reads its files, as a gateway does when it starts. Its clock is the real one.
    pub fn kept(change: impl FnOnce(&mut Config)) -> Self {
        Site::made(change, Arc::default(), |config, sessions| {
            let attempts = Arc::new(Attempts::new(&config.limits));
            State::new(config, sessions, attempts).expect("files")
        })
    }

    fn made(
        change: impl FnOnce(&mut Config),
        seconds: Arc<AtomicI64>,
        state: impl FnOnce(Arc<Config>, Sessions) -> State,
    ) -> Self {
        let mut config = Config::default();
        config.web.public_url = ORIGIN.to_owned();
        config.xmpp.domains = vec!["example.org".to_owned()];
        // Nothing listens there, so every connection is refused at once.
        let server = toml::from_str("address = \"127.0.0.1:9\"\nsecurity = \"plain\"").expect("a server");
        config.xmpp.servers.insert("example.org".to_owned(), server);
        change(&mut config);
        let config = Arc::new(config);
        let sessions = Sessions::new(config.clone(), CancellationToken::new()).expect("sessions");
        let state = state(config, sessions);
        Site { router: router(state.clone()), state, cookies: BTreeMap::new(), seconds }
    }

    /// Puts a sign-in cookie into the browser, as if somebody had signed in.
    pub fn sign_in(&mut self) {
        let now = self.state.now();
        let sign_in = SignIn {
            id: self.state.seal.new_id(),
            address: "alice@example.org".parse().expect("an address"),
            secret: b"\0secret".to_vec().into(),
            created: now,
            used: now,
        };
        let value = self.state.seal.seal("__Host-cirrus", &sign_in).expect("it fits");
        self.cookies.insert("__Host-cirrus".to_owned(), value);
    }

    pub fn wait(&self, time: SignedDuration) {
        self.seconds.fetch_add(time.as_secs(), Ordering::Relaxed);
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().expect("a header"));
        }
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie::Cookie::parse(cookie.to_str().expect("ASCII").to_owned()).expect("a cookie");
            if cookie.max_age() == Some(cookie::time::Duration::ZERO) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)], extra: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// A token from a form that this browser sees.
    pub async fn token(&mut self) -> String {
        // Whoever is signed in sees a form on every page; the others on the sign-in page.
        let path = if self.cookies.contains_key("__Host-cirrus") { "/no-such-page" } else { "/sign-in" };
        self.get(path).await.token()
    }
}

impl Answer {
    pub fn field(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn token(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"").expect("a form with a token");
        rest.split('"').next().expect("a value").to_owned()
    }

    pub fn nonce(&self) -> String {
        let policy = self.field("content-security-policy");
        let (_, rest) = policy.split_once("script-src 'nonce-").expect("a nonce");
        rest.split('\'').next().expect("a value").to_owned()
    }
}
