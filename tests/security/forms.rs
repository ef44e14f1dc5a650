//! Which forms are refused, what is given back, and how often somebody may guess.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::site::{ORIGIN, Site};

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
const FORMS: [&str; 13] = [
    "/sign-out",
    "/account/sign-ins",
    "/account/password",
    "/account/leave",
    "/account/follows",
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
            let is_refused = answer.status == StatusCode::FORBIDDEN;
            // Posts, replies and lists of follows may bring files.
            let takes_files = path.ends_with("/posts") || path.ends_with("/replies") || path == "/account/follows";
            let may_come = kind.starts_with("multipart") && takes_files;
            assert_ne!(is_refused, may_come, "{path} as {kind}: {}", answer.status);
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
    let link = "<a href=\"/sign-in\" target=\"_blank\" rel=\"noopener\">";
    assert!(answer.body.contains(link), "signing in does not take the text away: {}", answer.body);
    let request = Request::post("/@bob@example.org/posts").header("hx-request", "true");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::from("text=Hello"));
    let answer = site.send(request.expect("a request")).await;
    assert!(answer.body.contains(link) && answer.field("hx-redirect").is_empty(), "nor with scripts: {}", answer.body);
}

#[tokio::test]
async fn the_longest_text_of_a_browser_comes_back() {
    let mut site = Site::new();
    site.sign_in();
    let token = site.token().await;
    // As many UTF-16 units as a text field takes, in the script that needs the most bytes for them.
    let text = "字".repeat(65_536);
    let fields = [("csrf", &*token), ("id", "post-1"), ("text", &*text)];
    let answer = site.post("/@bob@example.org/posts", &fields, &[]).await;
    assert_ne!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("<h1>") && answer.body.contains(&text), "{}", answer.status);

    let text = format!("The beginning {}", "x".repeat(700 * 1024));
    let fields = [("csrf", &*token), ("id", "post-1"), ("text", &*text)];
    let answer = site.post("/@bob@example.org/posts", &fields, &[]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("<h1>") && answer.body.contains("The beginning xxx"));
    assert!(answer.body.contains("What you wrote, as far as it arrived"));
}

#[tokio::test]
async fn a_browser_without_cookies_is_told_so() {
    let mut site = Site::new();
    let token = site.token().await;
    site.cookies.clear();
    let answer = site.post("/sign-in", &[("csrf", &token), ("address", "alice"), ("password", "x")], &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("Your browser sent no cookie") && !answer.body.contains("too old"), "{}", answer.body);
}

#[tokio::test]
async fn a_page_whose_server_is_away_can_be_tried_again() {
    let mut site = Site::new();
    site.sign_in();
    let path = "/@bob@example.org?before=x";
    let answer = site.get(path).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(answer.body.contains(&format!("<a class=\"button\" href=\"{path}\">Try again</a>")), "{}", answer.body);
    assert!(!site.get("/no-such-page").await.body.contains("Try again"));
}
