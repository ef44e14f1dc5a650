//! How a sign-in lives in its cookie, and ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::SignedDuration;

use super::site::{Answer, ORIGIN, Site};

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
async fn a_sign_out_outlives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("sealing.key");
    let kept = || Site::kept(|config| config.web.key_file = key.clone());
    let mut site = kept();
    site.sign_in();
    let stolen = site.cookies.clone();
    site.sign_in();
    let other = site.cookies.clone();
    site.cookies = stolen.clone();
    let token = site.token().await;
    site.post("/sign-out", &[("csrf", &token)], &[("origin", ORIGIN)]).await;

    let mut site = kept();
    site.cookies = stolen;
    let answer = site.get("/follows").await;
    assert!(answer.field("location").starts_with("/sign-in"), "a copy of the cookie is worth nothing");
    site.cookies = other;
    let answer = site.get("/follows").await;
    assert!(!answer.field("location").starts_with("/sign-in"), "another sign-in lives on");
    let remembered = std::fs::read_to_string(key.with_extension("ended")).expect("a file");
    assert!(!remembered.contains("alice") && remembered.lines().count() == 1, "{remembered}");
}

#[tokio::test]
async fn a_sign_in_does_not_slide_for_ever() {
    let mut site = Site::new();
    site.sign_in();
    let is_signed_in = |answer: Answer| !answer.field("location").starts_with("/sign-in");
    for day in (0..180).step_by(20) {
        assert!(is_signed_in(site.get("/follows").await), "day {day}");
        site.wait(SignedDuration::from_hours(20 * 24));
    }
    assert!(!is_signed_in(site.get("/follows").await), "day 180");
}

#[tokio::test]
async fn a_stream_says_when_the_sign_in_has_ended() {
    let mut site = Site::new();
    for path in ["/events?own=1", "/@bob@example.org/events?own=1", "/@bob@example.org/posts/1/events?own=1"] {
        site.sign_in();
        let old = site.cookies.clone();
        site.wait(SignedDuration::from_hours(31 * 24));
        site.cookies = old;
        let request = Request::get(path).header("hx-request", "true").body(Body::empty());
        let answer = site.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.field("hx-redirect"), "", "{path}");
        assert!(!site.cookies.contains_key("__Host-cirrus"), "{path}: the cookie is worth nothing any more");
    }
}

#[tokio::test]
async fn the_registration_form_is_asked_for_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let dials = Arc::new(AtomicUsize::new(0));
    let counted = dials.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            drop(stream);
        }
    });
    let mut site = Site::with(|config| {
        config.xmpp.servers.get_mut("example.org").expect("a server").address = address.to_string();
    });
    for _ in 0..20 {
        assert_eq!(site.get("/register").await.status, StatusCode::BAD_GATEWAY);
        site.get("/sign-in").await;
    }
    assert_eq!(dials.load(Ordering::Relaxed), 1);

    let token = site.token().await;
    let mut limited = 0;
    for _ in 0..30 {
        let answer = site.post("/register", &[("csrf", &token), ("field-username", "x")], &[]).await;
        limited += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(limited, 20);
    assert_eq!(dials.load(Ordering::Relaxed), 1 + 10, "who is limited reaches no server");
}

#[tokio::test]
async fn a_new_account_is_welcomed() {
    let mut site = Site::new();
    let answer = site.get("/sign-in?made=carol%40example.org").await;
    assert!(answer.body.contains("Your account is made.") && answer.body.contains("value=\"carol@example.org\""));
    let answer = site.get("/sign-in?made=carol%40evil.example").await;
    assert!(!answer.body.contains("Your account is made.") && !answer.body.contains("value=\"carol@evil"));
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
