//! What every answer carries, whoever asks for whatever.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use super::site::Site;

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
    ("GET", "/account"),
    ("POST", "/account/looks"),
    ("POST", "/account/sign-ins"),
    ("GET", "/account/password"),
    ("POST", "/account/password"),
    ("GET", "/account/posts.atom"),
    ("GET", "/account/follows.opml"),
    ("GET", "/account/follows"),
    ("POST", "/account/follows"),
    ("GET", "/account/leave"),
    ("POST", "/account/leave"),
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
    ("GET", "/sitemap.xml"),
    ("GET", "/oembed?url=x"),
    ("GET", "/oembed?format=xml"),
    ("GET", "/@bob@example.org/feed"),
    ("GET", "/@bob@example.org/posts/1/feed"),
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
            let is_for_all =
                path.starts_with("/assets") || [".txt", ".xml", ".ico"].iter().any(|end| path.ends_with(end));
            if is_signed_in && !is_for_all {
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
    let long = "x".repeat(700 * 1024);
    assert_eq!(site.post("/sign-in", &[("address", &long)], &[]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
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
    assert_eq!(site.state.csp_reports.count(), 2);
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
    assert_eq!(first.status, StatusCode::OK);
    let second = site.get("/").await;
    for _ in 0..2 {
        let packed = Request::get("/").header("accept-encoding", "zstd").body(Body::empty());
        let packed = site.send(packed.expect("a request")).await;
        assert_eq!((packed.field("content-encoding"), packed.field("etag")), ("zstd", first.field("etag")));
        assert!(packed.field("content-length").parse::<usize>().is_ok_and(|length| length < first.body.len()));
    }
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
