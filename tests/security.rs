//! What every answer carries, which forms are refused, and how a sign-in lives in its cookie.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use cirrus::config::Config;
use cirrus::session::Sessions;
use cirrus::web::seal::{Seal, SignIn};
use cirrus::web::{State, router};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The web side without a listener, and a browser's cookies. Its XMPP server does not answer.
struct Site {
    router: Router,
    state: State,
    cookies: BTreeMap<String, String>,
    seconds: Arc<AtomicI64>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

const START: i64 = 1_795_000_000;
const ORIGIN: &str = "https://social.example.org";

impl Site {
    fn new() -> Self {
        Site::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.web.public_url = ORIGIN.to_owned();
        config.xmpp.domains = vec!["example.org".to_owned()];
        // Nothing listens there, so every connection is refused at once.
        let server = toml::from_str("address = \"127.0.0.1:9\"\nsecurity = \"plain\"").expect("a server");
        config.xmpp.servers.insert("example.org".to_owned(), server);
        change(&mut config);
        let config = Arc::new(config);
        let sessions = Sessions::new(config.clone(), CancellationToken::new()).expect("sessions");
        let seconds = Arc::new(AtomicI64::new(START));
        let clock = seconds.clone();
        let now = move || Timestamp::from_second(clock.load(Ordering::Relaxed)).expect("a time");
        let state = State::with(config, sessions, Seal::random(), now);
        Site { router: router(state.clone()), state, cookies: BTreeMap::new(), seconds }
    }

    /// Puts a sign-in cookie into the browser, as if somebody had signed in.
    fn sign_in(&mut self) {
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

    fn wait(&self, time: SignedDuration) {
        self.seconds.fetch_add(time.as_secs(), Ordering::Relaxed);
    }

    async fn send(&mut self, mut request: Request<Body>) -> Answer {
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

    async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)], extra: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// A token from a form that this browser sees.
    async fn token(&mut self) -> String {
        // Whoever is signed in sees a form on every page; the others on the sign-in page.
        let path = if self.cookies.contains_key("__Host-cirrus") { "/no-such-page" } else { "/sign-in" };
        self.get(path).await.token()
    }
}

impl Answer {
    fn field(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn token(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"").expect("a form with a token");
        rest.split('"').next().expect("a value").to_owned()
    }

    fn nonce(&self) -> String {
        let policy = self.field("content-security-policy");
        let (_, rest) = policy.split_once("script-src 'nonce-").expect("a nonce");
        rest.split('\'').next().expect("a value").to_owned()
    }
}

/// Each route and method, with paths as people could ask for them.
const ROUTES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/events"),
    ("GET", "/channels"),
    ("GET", "/follows"),
    ("POST", "/follows"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),
    ("GET", "/register"),
    ("POST", "/register"),
    ("GET", "/@bob@example.org"),
    ("GET", "/@bob@example.org/about"),
    ("GET", "/@bob@example.org/followers"),
    ("GET", "/@bob@example.org/live"),
    ("GET", "/@bob@example.org/events"),
    ("POST", "/@bob@example.org/follow"),
    ("POST", "/@bob@example.org/unfollow"),
    ("POST", "/@bob@example.org/posts"),
    ("GET", "/@bob@example.org/posts/1"),
    ("GET", "/@bob@example.org/posts/1/events"),
    ("POST", "/@bob@example.org/posts/1/replies"),
    ("GET", "/@bob@example.org/posts/1/edit"),
    ("POST", "/@bob@example.org/posts/1/edit"),
    ("GET", "/@bob@example.org/posts/1/remove"),
    ("POST", "/@bob@example.org/posts/1/remove"),
    ("GET", "/c/pubsub.example.org/news"),
    ("GET", "/c/pubsub.example.org/news%2Ftoday/posts/a%2Fb"),
    ("POST", "/csp-report"),
    ("GET", "/robots.txt"),
    ("GET", "/favicon.ico"),
    ("GET", "/assets/none.css"),
    ("GET", "/no-such-page"),
    ("GET", "/settings/x.css"),
    ("GET", "/@bob"),
    ("GET", "/c/pubsub.example.org"),
    ("GET", "/%2F.."),
    ("DELETE", "/"),
    ("PUT", "/sign-in"),
    ("TRACE", "/"),
    ("OPTIONS", "/"),
    ("POST", "/channels"),
];

#[tokio::test]
async fn every_answer_carries_the_header_fields() {
    for is_signed_in in [false, true] {
        let mut site = Site::new();
        if is_signed_in {
            site.sign_in();
        }
        for (method, path) in ROUTES {
            let method: Method = method.parse().expect("a method");
            let request = Request::builder().method(method.clone()).uri(*path).body(Body::empty()).expect("a request");
            let answer = site.send(request).await;
            let at = format!("{method} {path} {}", answer.status);
            let policy = answer.field("content-security-policy");
            for part in [
                "default-src 'none'; script-src '",
                "; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; font-src 'self'; \
                 form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; \
                 require-trusted-types-for 'script'; trusted-types htmx; report-uri /csp-report",
            ] {
                assert!(policy.contains(part), "{at}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{at}");
            assert_eq!(answer.field("x-content-type-options"), "nosniff", "{at}");
            assert_eq!(answer.field("referrer-policy"), "same-origin", "{at}");
            assert_eq!(answer.field("cross-origin-opener-policy"), "same-origin", "{at}");
            assert_eq!(answer.field("cross-origin-resource-policy"), "same-origin", "{at}");
            assert!(answer.field("permissions-policy").contains("camera=()"), "{at}");
            assert!(answer.field("strict-transport-security").starts_with("max-age=63072000"), "{at}");
            assert!(!answer.field("cache-control").is_empty(), "{at}");
            assert!(!answer.field("x-request-id").is_empty(), "{at}");
            assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1, "{at}");
            let is_asset = path.starts_with("/assets") || path.ends_with(".txt") || path.ends_with(".ico");
            if is_signed_in && !is_asset {
                assert!(!answer.field("cache-control").contains("public"), "{at}");
            }
            if answer.field("content-type").starts_with("text/html") {
                assert!(answer.body.contains(&answer.nonce()), "{at}: the page has the nonce of its policy");
                assert!(answer.field("vary").contains("HX-Request, Cookie"), "{at}");
            } else {
                assert!(!answer.status.is_client_error() || answer.body.is_empty(), "{at}: an error is a page");
            }
        }
    }
}

#[tokio::test]
async fn errors_are_readable_pages() {
    let mut site = Site::new();
    let answer = site.get("/no-such-page").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("There is no page at this address.") && answer.body.contains("<h1>"));
    let request = Request::delete("/").header("sec-fetch-site", "same-origin").body(Body::empty());
    assert_eq!(site.send(request.expect("a request")).await.status, StatusCode::FORBIDDEN);
    let long = "x".repeat(300 * 1024);
    assert_eq!(site.post("/sign-in", &[("address", &long)], &[]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn pages_for_members_lead_to_the_sign_in_form_and_back() {
    let mut site = Site::new();
    let answer = site.get("/follows?x=1").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.field("location"), "/sign-in?next=%2Ffollows%3Fx%3D1");
    let answer = site.get(answer.field("location")).await;
    assert!(answer.body.contains("name=\"next\" value=\"/follows?x=1\""), "{}", answer.body);
}

#[tokio::test]
async fn the_sign_in_form_is_for_one_browser_and_repeats_no_password() {
    let mut site = Site::new();
    let answer = site.get("/sign-in?next=//evil.example").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.field("cache-control"), "private, no-store");
    assert!(answer.body.contains("name=\"next\" value=\"/\""));
    let cookie = answer.field("set-cookie");
    for part in ["__Host-pre=", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));

    let token = answer.token();
    let fields = [("csrf", &*token), ("address", "alice@example.org"), ("password", "hunter2-canary"), ("next", "/")];
    let answer = site.post("/sign-in", &fields, &[("accept-encoding", "gzip, br, zstd")]).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "nothing listens there");
    assert!(answer.body.contains("The server cannot be reached."));
    assert!(answer.body.contains("value=\"alice@example.org\"") && !answer.body.contains("hunter2-canary"));
    assert_eq!(answer.field("content-encoding"), "", "a page that repeats input is not compressed");

    let fields = [("csrf", &*token), ("address", "alice@elsewhere.example"), ("password", "x"), ("next", "/")];
    let answer = site.post("/sign-in", &fields, &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("People of this server cannot sign in here."));
}

#[tokio::test]
async fn guesses_are_counted() {
    let mut site = Site::new();
    let token = site.token().await;
    let mut statuses = BTreeMap::new();
    for n in 0..1000 {
        let account = format!("user{n}@example.org");
        let fields = [("csrf", &*token), ("address", &*account), ("password", "guess")];
        let answer = site.post("/sign-in", &fields, &[]).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.field("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=60).contains(&seconds)));
        }
        *statuses.entry(answer.status.as_u16()).or_insert(0) += 1;
    }
    assert_eq!(statuses, BTreeMap::from([(502, 10), (429, 990)]), "ten of a thousand reach the server");
}

#[tokio::test]
async fn guesses_at_one_account_are_counted_over_all_addresses() {
    let mut site = Site::with(|config| config.web.trusted_proxies = vec!["0.0.0.0/32".parse().expect("a network")]);
    let token = site.token().await;
    let mut reached = 0;
    for n in 0..100 {
        let from = format!("198.51.100.{n}");
        let fields = [("csrf", &*token), ("address", "alice@example.org"), ("password", "guess")];
        let answer = site.post("/sign-in", &fields, &[("x-forwarded-for", &from)]).await;
        reached += usize::from(answer.status == StatusCode::BAD_GATEWAY);
    }
    assert_eq!(reached, 10);
    let fields = [("csrf", &*token), ("address", "bob@example.org"), ("password", "right")];
    let answer = site.post("/sign-in", &fields, &[("x-forwarded-for", "203.0.113.1")]).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "another person gets through");
}

/// The forms of those who are signed in.
const FORMS: [&str; 9] = [
    "/sign-out",
    "/follows",
    "/@bob@example.org/follow",
    "/@bob@example.org/unfollow",
    "/@bob@example.org/posts",
    "/@bob@example.org/posts/1/replies",
    "/@bob@example.org/posts/1/edit",
    "/@bob@example.org/posts/1/remove",
    "/c/pubsub.example.org/news/posts",
];

#[tokio::test]
async fn forged_forms_are_refused() {
    let mut other = Site::new();
    other.sign_in();
    let (foreign, pre) = (other.token().await, Site::new().token().await);
    for path in FORMS {
        let mut site = Site::new();
        site.sign_in();
        let token = site.token().await;
        let fields = |token: &str| vec![("csrf".to_owned(), token.to_owned()), ("text".to_owned(), "hello".to_owned())];
        let changed = format!("{}{}", if token.starts_with('A') { "B" } else { "A" }, &token[1..]);
        let matrix: &[(&str, Vec<(String, String)>, &[(&str, &str)])] = &[
            ("no token", vec![("text".to_owned(), "hello".to_owned())], &[]),
            ("an empty token", fields(""), &[("origin", ORIGIN)]),
            ("another person's token", fields(&foreign), &[("origin", ORIGIN)]),
            ("the token of a visitor", fields(&pre), &[("origin", ORIGIN)]),
            ("a changed token", fields(&changed), &[("sec-fetch-site", "same-origin")]),
            ("another origin", fields(&token), &[("origin", "https://evil.example")]),
            ("a sibling's origin", fields(&token), &[("origin", "https://evil.example.org")]),
            ("the null origin", fields(&token), &[("origin", "null")]),
            ("the right name without tls", fields(&token), &[("origin", "http://social.example.org")]),
            ("another site", fields(&token), &[("sec-fetch-site", "cross-site")]),
            ("a sibling site", fields(&token), &[("sec-fetch-site", "same-site")]),
            ("an origin that contradicts", fields(&token), &[("origin", ORIGIN), ("sec-fetch-site", "cross-site")]),
        ];
        for (what, fields, extra) in matrix {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let answer = site.post(path, &fields, extra).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} with {what}");
        }
        for (kind, body) in [
            ("text/plain", format!("{{\"csrf\":\"{token}\",\"a\":\"=\"}}")),
            ("application/json", format!("{{\"csrf\":\"{token}\"}}")),
            (
                "multipart/form-data; boundary=x",
                format!("--x\r\ncontent-disposition: form-data; name=csrf\r\n\r\n{token}\r\n--x--"),
            ),
        ] {
            let request = Request::post(path).header("content-type", kind).header("origin", ORIGIN);
            let answer = site.send(request.body(Body::from(body)).expect("a request")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} as {kind}");
        }
        let query = format!("{path}?csrf={token}&_method=POST");
        assert!(!site.get(&query).await.status.is_success() || path == "/follows", "{path}: a GET changes nothing");

        for extra in [&[("origin", ORIGIN), ("sec-fetch-site", "same-origin")][..], &[("sec-fetch-site", "none")], &[]]
        {
            let token = if site.cookies.contains_key("__Host-cirrus") { token.clone() } else { break };
            let answer = site.post(path, &[("csrf", &token), ("text", "hello"), ("id", "1")], extra).await;
            assert_ne!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn nobody_is_signed_in_from_another_site() {
    let mut site = Site::new();
    let token = site.token().await;
    let fields = [("csrf", &*token), ("address", "mallory@example.org"), ("password", "x")];
    assert_eq!(site.post("/sign-in", &fields, &[("sec-fetch-site", "cross-site")]).await.status, StatusCode::FORBIDDEN);
    site.cookies.clear();
    assert_eq!(
        site.post("/sign-in", &fields, &[]).await.status,
        StatusCode::FORBIDDEN,
        "without the cookie it is bound to"
    );
    let mut other = Site::new();
    other.token().await;
    assert_eq!(other.post("/sign-in", &fields, &[]).await.status, StatusCode::FORBIDDEN, "in another browser");
}

#[tokio::test]
async fn a_failed_form_gives_the_text_back() {
    let mut site = Site::new();
    site.sign_in();
    let text = "A long <thought> &\nin two lines";
    let answer = site.post("/@bob@example.org/posts", &[("csrf", "stale"), ("id", "p-1"), ("text", text)], &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("A long &#60;thought&#62; &#38;\nin two lines"), "{}", answer.body);
    assert!(
        answer.body.contains("name=\"id\" value=\"p-1\"") && answer.body.contains("action=\"/@bob@example.org/posts\"")
    );
    let token = answer.token();
    let answer = site.post("/@bob@example.org/posts", &[("csrf", &token), ("id", "p-1"), ("text", text)], &[]).await;
    assert_ne!(answer.status, StatusCode::FORBIDDEN, "the form that was given back can be sent");
    assert!(answer.body.contains("A long &#60;thought&#62;"), "and gives the text back when the server is away");

    let cross = [("sec-fetch-site", "cross-site")];
    let answer = site.post("/@bob@example.org/posts", &[("text", text)], &cross).await;
    assert!(!answer.body.contains("thought"), "what another site sent is not repeated");

    site.cookies.clear();
    let answer = site.post("/@bob@example.org/posts", &[("text", text)], &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.body.contains("A long &#60;thought&#62;"));
}

#[tokio::test]
async fn signing_out_ends_the_cookie_everywhere() {
    let mut site = Site::new();
    site.sign_in();
    let stolen = site.cookies.clone();
    let token = site.token().await;
    let answer = site.post("/sign-out", &[("csrf", &token)], &[("origin", ORIGIN)]).await;
    assert_eq!((answer.status, answer.field("location")), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(answer.field("clear-site-data"), "\"cache\", \"storage\"");
    assert!(!site.cookies.contains_key("__Host-cirrus"));
    site.cookies = stolen;
    let answer = site.get("/follows").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "a copy of the cookie is worth nothing");
    assert!(answer.field("location").starts_with("/sign-in"));
}

#[tokio::test]
async fn a_sign_in_slides_and_ends() {
    let day = SignedDuration::from_hours(24);
    let mut site = Site::new();
    site.sign_in();
    let first = site.cookies["__Host-cirrus"].clone();
    site.get("/no-such-page").await;
    assert_eq!(site.cookies["__Host-cirrus"], first, "a fresh cookie stays");
    site.wait(day);
    let answer = site.get("/no-such-page").await;
    let cookie = answer.field("set-cookie");
    for part in ["__Host-cirrus=", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/", "; Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(cookie.len() < 1200);
    assert_ne!(site.cookies["__Host-cirrus"], first);
    let is_signed_in = |answer: Answer| !answer.field("location").starts_with("/sign-in");
    site.wait(day * 30 - SignedDuration::from_secs(1));
    let last = site.cookies["__Host-cirrus"].clone();
    assert!(is_signed_in(site.get("/follows").await), "a second before the end");
    site.cookies.insert("__Host-cirrus".to_owned(), last);
    site.wait(SignedDuration::from_secs(1));
    assert!(!is_signed_in(site.get("/follows").await), "at the end");
    site.cookies.insert("__Host-cirrus".to_owned(), "planted".to_owned());
    assert!(!is_signed_in(site.get("/follows").await));
}

#[tokio::test]
async fn on_loopback_cookies_need_no_tls() {
    let mut site = Site::with(|config| config.web.public_url = "http://localhost:8480".to_owned());
    let answer = site.get("/sign-in").await;
    let cookie = answer.field("set-cookie");
    assert!(cookie.starts_with("pre=") && !cookie.contains("Secure") && cookie.contains("HttpOnly"), "{cookie}");
    assert_eq!(answer.field("strict-transport-security"), "");
}

#[tokio::test]
async fn streams_are_not_for_other_sites() {
    let mut site = Site::new();
    site.sign_in();
    for path in ["/events", "/@bob@example.org/events", "/@bob@example.org/posts/1/events"] {
        let request = Request::get(path).header("sec-fetch-site", "cross-site").body(Body::empty());
        assert_eq!(site.send(request.expect("a request")).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn reports_are_counted() {
    let mut site = Site::new();
    let report = r#"{"csp-report":{"effective-directive":"script-src","blocked-uri":"inline"}}"#;
    for (kind, body, status) in [
        ("application/csp-report", report.to_owned(), 204),
        ("application/reports+json", format!("[{{\"type\":\"csp-violation\",\"body\":{report}}}]"), 204),
        ("text/plain", report.to_owned(), 415),
        ("application/csp-report", "no".to_owned(), 400),
        ("application/csp-report", "x".repeat(20_000), 413),
    ] {
        let request = Request::post("/csp-report").header("content-type", kind).body(Body::from(body));
        let answer = site.send(request.expect("a request")).await;
        assert!(answer.status.as_u16() == status || answer.status.as_u16() == 422, "{kind}: {}", answer.status);
    }
    assert_eq!(site.state.csp_reports.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn embedded_files_are_kept_for_ever() {
    let mut site = Site::new();
    for url in [site.state.assets.style().to_owned(), site.state.assets.script().to_owned()] {
        let answer = site.get(&url).await;
        assert_eq!(answer.status, StatusCode::OK, "{url}");
        assert_eq!(answer.field("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.field("set-cookie"), "");
        let known = Request::get(&url).header("if-none-match", answer.field("etag")).body(Body::empty());
        assert_eq!(site.send(known.expect("a request")).await.status, StatusCode::NOT_MODIFIED);
    }
}

#[tokio::test]
async fn a_public_page_has_a_version_and_its_nonce_follows_from_it() {
    let mut site = Site::new();
    let first = site.get("/").await;
    if first.status != StatusCode::OK {
        return;
    }
    let second = site.get("/").await;
    assert_eq!(first.field("cache-control"), "public, max-age=5");
    assert_eq!(first.body, second.body, "the same for everybody");
    assert_eq!((first.nonce(), first.field("etag")), (second.nonce(), second.field("etag")));
    assert!(first.body.contains(&first.nonce()));
    let known = Request::get("/").header("if-none-match", first.field("etag")).body(Body::empty());
    let answer = site.send(known.expect("a request")).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(answer.nonce(), first.nonce());

    let mut other = Site::new();
    assert_ne!(other.get("/").await.nonce(), first.nonce(), "it depends on the key");
    let fragment = Request::get("/").header("hx-request", "true").body(Body::empty());
    assert_ne!(site.send(fragment.expect("a request")).await.nonce(), first.nonce(), "a fragment has its own");
    site.sign_in();
    let own = site.get("/no-such-page").await;
    assert_ne!(own.nonce(), site.get("/no-such-page").await.nonce(), "a page for one person has a fresh nonce");
    assert_eq!(own.field("cache-control"), "private, no-store");
}
