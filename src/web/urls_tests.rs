//! Names survive the way into a path and back, and no path leads away.

use super::*;
use proptest::prelude::*;

fn community(node: &str) -> ChannelId {
    ChannelId::new("pubsub.example.org".parse().expect("an address"), Node::new(node).expect("a node"))
}

#[test]
fn paths_are_as_documented() {
    let alice = ChannelId::personal("alice@example.org".parse().expect("an address"));
    let post_ref = PostRef::new(alice.clone(), PostId::new("a/b?c").expect("an id"));
    assert_eq!(channel(&alice), "/@alice@example.org");
    let balcony = ChannelId::buddycloud("balcony@topics.example.org".parse().expect("an address"));
    assert_eq!(channel(&balcony), "/b/balcony@topics.example.org");
    assert_eq!(author(&alice.address, &balcony), "/b/alice@example.org");
    assert_eq!(author(&alice.address, &alice), "/@alice@example.org");
    assert_eq!(channel(&community("urn:news/today")), "/c/pubsub.example.org/urn:news%2Ftoday");
    assert_eq!(edit(&post_ref), "/@alice@example.org/posts/a%2Fb%3Fc/edit");
    assert_eq!(events(&Scope::Thread(post_ref)), "/@alice@example.org/posts/a%2Fb%3Fc/events");
    assert_eq!(sign_in_then("/@alice@example.org?before=x"), "/sign-in?next=%2F@alice@example.org%3Fbefore%3Dx");
}

#[test]
fn a_post_is_known_by_its_public_address() {
    let at = PostRef::new(community("a/b"), PostId::new("c?d").expect("an id"));
    let public = "https://social.example.org";
    let page = absolute(public, &post(&at));
    for url in [
        page.clone(),
        format!("{page}?x=y#z"),
        page.replace("https://social.example.org", "https://SOCIAL.example.org:443"),
    ] {
        assert_eq!(read_post(public, &url).as_ref(), Some(&at), "{url}");
    }
    let elsewhere = page.replace("social", "other");
    for url in [elsewhere, format!("{page}/edit"), absolute(public, &channel(&at.channel)), post(&at), String::new()] {
        assert_eq!(read_post(public, &url), None, "{url}");
    }
    let asked = url::Url::parse(&oembed(public, &at)).expect("a URL");
    assert!(asked.query_pairs().any(|(key, value)| key == "url" && value == page));
}

#[test]
fn dots_are_not_steps() {
    let base = url::Url::parse("https://example.org").expect("a URL");
    for node in [".", "..", "~", "~..", "...", "a/../b"] {
        let path = channel(&community(node));
        assert_eq!(base.join(&path).expect("a URL").path(), path, "a browser keeps it");
        assert_eq!(read(&path), Some((community(node), None)));
    }
}

#[test]
fn card_ids_tell_posts_apart() {
    let at = |node: &str, id: &str| card_id(&PostRef::new(community(node), PostId::new(id).expect("an id")));
    assert_eq!(at("a", "bc"), at("a", "bc"));
    assert_ne!(at("a", "bc"), at("ab", "c"));
    assert_eq!(at("a", "b").len(), "post-".len() + 16);
}

proptest! {
    #[test]
    fn every_name_survives(node in "[^\\p{C}]{1,40}", id in "[^\\p{C}]{1,40}") {
        let at = PostRef::new(community(&node), PostId::new(id).expect("an id"));
        prop_assert_eq!(read(&edit(&at)), Some((at.channel.clone(), Some(at.id.clone()))));
        prop_assert!(edit(&at).is_ascii());
    }

    #[test]
    fn every_channel_name_survives(local in "[a-z0-9.~@%+_-]{0,20}[a-z]", id in "[^\\p{C}]{1,40}") {
        let Ok(name) = format!("{local}@topics.example.org").parse() else { return Ok(()) };
        let at = PostRef::new(ChannelId::buddycloud(name), PostId::new(id).expect("an id"));
        prop_assert!(channel(&at.channel).starts_with("/b/"));
        prop_assert_eq!(read(&edit(&at)), Some((at.channel.clone(), Some(at.id.clone()))));
    }
}

#[test]
fn next_stays_on_this_site() {
    for good in ["/", "/channels", "/@alice@example.org?before=a%2Fb", "/c/s/n/posts/1#post-12", "/?next=//evil"] {
        assert_eq!(local_path(good), good);
    }
    for evil in EVIL_NEXT {
        let path = local_path(evil);
        let base = url::Url::parse("https://here.example/sign-in").expect("a URL");
        let target = base.join(&path).expect("a URL");
        assert_eq!(target.origin(), base.origin(), "{evil:?} became {path:?}");
        assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'), "{evil:?} became {path:?}");
    }
}

/// Ways to make a "local" target leave the site, or be something else than a path.
const EVIL_NEXT: [&str; 64] = [
    "",
    " ",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "//\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    "\n//evil.example",
    " //evil.example",
    "\u{0}//evil.example",
    "\u{1}/evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/a/..//evil.example",
    "/a/../..//evil.example",
    "/%2e//evil.example",
    "/%2e%2e//evil.example",
    "/./\\evil.example",
    "http://evil.example",
    "https://evil.example/",
    "HTTPS://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:\\\\evil.example",
    "http:evil.example",
    "ht\ntps://evil.example",
    "https://here.example@evil.example",
    "https://here.example.evil.example",
    "https://here.example:443@evil.example",
    "@evil.example",
    ".evil.example",
    "evil.example",
    "evil.example/",
    "?//evil.example",
    "#//evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\u{1}javascript:alert(1)",
    "javascript://here.example/%0aalert(1)",
    "/javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://evil.example/1",
    "about:blank",
    "ftp://evil.example",
    "mailto:a@evil.example",
    "xmpp:a@evil.example",
    "//[::1]",
    "//0x7f.1/",
    "//evil%E3%80%82example",
    "/\u{2028}/evil.example",
    "\u{feff}//evil.example",
    "//\u{ff0f}evil.example",
];

#[test]
fn a_path_within_a_channel_leads_back_to_it() {
    for (path, channel) in [
        ("/@juliet@capulet.lit/about", Some("/@juliet@capulet.lit")),
        ("/b/balcony@topics.capulet.lit/posts/1/edit?x=/", Some("/b/balcony@topics.capulet.lit")),
        ("/c/pubsub.capulet.lit/news/settings", Some("/c/pubsub.capulet.lit/news")),
        ("/b/balcony@topics.capulet.lit", None),
        ("/c/pubsub.capulet.lit", None),
        ("/channels/new", None),
        ("", None),
    ] {
        assert_eq!(channel_around(path), channel, "{path}");
    }
}

#[test]
fn posts_and_replies_may_bring_files() {
    for path in [
        "/account/follows",
        "/@juliet@capulet.lit/posts",
        "/b/balcony@topics.capulet.lit/posts",
        "/c/pubsub.capulet.lit/news/posts/1/replies",
    ] {
        assert!(takes_files(path), "{path}");
    }
    for path in [
        "/sign-out",
        "/posts",
        "/@juliet@capulet.lit/posts/1",
        "/@juliet@capulet.lit/posts/1/edit",
        "/@juliet@capulet.lit/posts/1/2/replies",
        "/@juliet@capulet.lit/posts/replies",
        "/@juliet@capulet.lit/follow",
    ] {
        assert!(!takes_files(path), "{path}");
    }
}
