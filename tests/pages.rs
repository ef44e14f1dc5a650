//! Pages as checkers see them: accessible, valid, light, and true to their content security policy.

use crate::support::browser::{Look, Tab};
use crate::support::checks;
use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::Gateway;
use crate::support::person::{Person, channel_of};
use crate::support::servers::{Account, Server};

on_servers! { [home prosody_stock] {
    axe_finds_nothing
    the_nu_checker_finds_nothing
} }

on_servers! { [home] {
    a_first_view_is_light
    nothing_is_wider_than_a_small_phone
    headers_are_in_place
} }

/// What the suites look at: addresses for strangers and for members.
struct Places {
    author: Account,
    public: Vec<String>,
    own: Vec<String>,
}

/// A channel with twenty posts of many kinds, a thread, and all pages about them.
async fn furnish(server: &'static Server) -> Places {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = Foreign::sign_in(server, &alice).await;
    writer.open_microblog().await;
    for number in 0..18 {
        let id = format!("a-plain-post-{number:02}");
        let text = format!(
            "Post {number}: an ordinary paragraph of some length, such as people write on a quiet day. {}",
            "More of it. ".repeat(number)
        );
        let entry = foreign::entry_at(
            &alice.address,
            &id,
            &format!("Title {number}"),
            &text,
            &format!("2026-03-01T10:{number:02}:00Z"),
        );
        writer.publish(None, MICROBLOG, &id, &entry).await.unwrap();
    }
    let rich = "<entry xmlns='http://www.w3.org/2005/Atom'><title>Rich</title><id>a-rich-post</id>\
         <content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><h1>A heading</h1><p>Text with <a href='https://example.org/'>a link</a>,\
         <img src='https://example.org/a.png'/> and <script>alert(1)</script><span style='color:red' onclick='alert(1)'>colour</span>.</p>\
         <ul><li>one</li><li>two</li></ul><table><tr><td>cell</td></tr></table><pre><code>code</code></pre></div></content>\
         <author><name>A</name></author><published>2026-03-02T10:00:00Z</published><updated>2026-03-02T10:00:00Z</updated>\
         <category term='clouds'/><link rel='enclosure' href='https://example.org/cat.jpg' type='image/jpeg' title='cat.jpg'/></entry>";
    writer.publish(None, MICROBLOG, "a-rich-post", rich).await.unwrap();
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "The *last* one, with @someone@example.org, #tags and https://example.org/").await;
    let mut friend = Person::signed_in(gateway, &bob).await;
    friend.reply(&channel_of(&alice), "The last one", "A reply with **weight**").await;
    // One that passes another on, one that is folded, one with a reaction, and one that is not finished.
    author.visit("/").await;
    let warned = author.page.form("Post").fill("text", "It rains frogs #clouds").fill("warning", "Frogs");
    author.submit(warned).await.must_be(200);
    let share = author.page.link_beside("Frogs", "Share").expect("a post can be shared");
    author.visit(share.as_str()).await;
    author.press("Share it").await.must_be(200);
    author.visit("/").await;
    author.submit(author.page.form("Keep as draft").fill("text", "Unfinished")).await.must_be(200);
    author.visit(&channel_of(&alice)).await;
    author.open_post("The last one").await;
    author.press("🎉").await.must_be(200);
    author.visit(&channel_of(&alice)).await;
    let post = author.page.post_link("The last one").path().to_owned();
    let channel = channel_of(&alice);
    writer.sign_out().await;
    let public = vec![
        "/".to_owned(),
        "/channels".to_owned(),
        channel.clone(),
        post.clone(),
        "/tags/clouds".to_owned(),
        format!("{channel}/about"),
        format!("{channel}/followers"),
        format!("/people/{}", alice.address),
        "/sign-in".to_owned(),
        "/register".to_owned(),
        "/account".to_owned(),
        "/no-such-page".to_owned(),
        format!("/@nobody-here@{}", server.domain),
    ];
    let mut own = public.clone();
    own.retain(|path| path != "/sign-in" && path != "/register");
    own.extend(["/follows".to_owned(), "/notifications".to_owned(), format!("{post}/edit"), format!("{post}/remove")]);
    own.extend([format!("{post}/share"), "/drafts".to_owned()]);
    own.extend(["password", "follows", "leave", "blocked", "profile"].map(|page| format!("/account/{page}")));
    Places { author: alice, public, own }
}

/// Pairwise: every two of width, colours and scripts meet, each in another language. With CIRRUS_LONG all eight.
fn looks() -> Vec<Look> {
    let look = |width, is_dark, has_scripts, language| Look { width, is_dark, has_scripts, language };
    let mut looks = vec![
        look(360, false, true, "en"),
        look(360, true, false, "de"),
        look(1280, true, true, "ar"),
        look(1280, false, false, "ja"),
    ];
    if std::env::var_os("CIRRUS_LONG").is_some() {
        looks.extend([
            look(360, false, false, "ar"),
            look(360, true, true, "ja"),
            look(1280, true, false, "en"),
            look(1280, false, true, "de"),
        ]);
    }
    looks
}

async fn axe_finds_nothing(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let places = furnish(server).await;
    let mut violations = Vec::new();
    for look in looks() {
        let tab = Tab::looking(&gateway.url, look).await;
        let note = |path: &str, found: Vec<String>, violations: &mut Vec<String>| {
            violations.extend(found.into_iter().map(|line| format!("{path} at {look:?}: {line}")));
        };
        for path in &places.public {
            tab.visit(path).await;
            note(path, tab.axe().await, &mut violations);
            let wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth").await;
            assert!(wide.as_f64().unwrap() <= 0.0, "{path} is {wide} px too wide at {look:?}");
        }
        tab.sign_in(&places.author).await;
        for path in &places.own {
            tab.visit(path).await;
            note(path, tab.axe().await, &mut violations);
        }
        for chosen in ["dark.largest.20", "contrast.larger.20"] {
            tab.evaluate(&format!("document.cookie = 'looks={chosen}; path=/'")).await;
            for path in ["/", "/account", &channel_of(&places.author)] {
                tab.visit(path).await;
                note(&format!("{path} as {chosen}"), tab.axe().await, &mut violations);
                let wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth").await;
                assert!(wide.as_f64().unwrap() <= 0.0, "{path} as {chosen} is {wide} px too wide at {look:?}");
            }
        }
        let faults: Vec<String> =
            tab.faults().into_iter().filter(|fault| !fault.contains("the server responded with a status of")).collect();
        violations.extend(faults.into_iter().map(|fault| format!("{look:?}: {fault}")));
    }
    assert!(violations.is_empty(), "{} violations: {violations:#?}", violations.len());
}

/// 320 pixels, which is also 1280 at four times the size (WCAG 2.2, 1.4.10).
async fn nothing_is_wider_than_a_small_phone(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let places = furnish(server).await;
    // German has the longest words.
    for (has_scripts, language) in [(true, "de"), (false, "pl")] {
        let tab = Tab::looking(&gateway.url, Look { width: 320, is_dark: false, has_scripts, language }).await;
        let fits = async |path: &str| {
            tab.visit(path).await;
            let over = tab.evaluate("document.documentElement.scrollWidth - innerWidth").await;
            assert!(over.as_f64().unwrap() <= 0.0, "{path} is {over} px too wide");
        };
        for path in &places.public {
            fits(path).await;
        }
        tab.sign_in(&places.author).await;
        for path in &places.own {
            fits(path).await;
        }
    }
}

async fn the_nu_checker_finds_nothing(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let places = furnish(server).await;
    let mut pages = Vec::new();
    let mut stranger = Person::at(gateway);
    let mut owner = Person::signed_in(gateway, &places.author).await;
    for path in &places.public {
        let page = stranger.visit(path).await;
        pages.push((format!("signed out {path}"), page.body.clone()));
    }
    for path in &places.own {
        let page = owner.visit(path).await;
        pages.push((format!("signed in {path}"), page.body.clone()));
    }
    let failed = Person::at(gateway).try_sign_in("nobody", "wrong").await.body.clone();
    pages.push(("a failed sign-in".to_owned(), failed));
    let found = checks::nu(&pages);
    assert!(found.is_empty(), "{} findings: {found:#?}", found.len());
}

async fn a_first_view_is_light(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let places = furnish(server).await;
    let tab = Tab::open(&gateway.url).await;
    tab.visit(&channel_of(&places.author)).await;
    tab.wait_for("twenty posts", "document.querySelectorAll('article').length === 20").await;
    tab.wait_for("the end of loading", "performance.getEntriesByType('resource').filter(e => !e.name.endsWith('/events')).every(e => e.responseEnd > 0)").await;
    // Pictures come when somebody looks at them.
    let (mut requests, bytes) = tab.weight();
    requests.retain(|request| !request.contains("/media/") && !request.contains("/faces/"));
    println!("a first view of 20 posts: {} requests, {bytes} bytes: {requests:?}", requests.len());
    assert!(requests.len() <= 5, "{requests:#?}");
    assert!(bytes > 1_000.0 && bytes <= 60_000.0, "{bytes} bytes over the wire");
    tab.must_be_clean();
}

async fn headers_are_in_place(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut person = Person::at(gateway);
    for path in ["/", "/sign-in", "/channels", "/no-such-page"] {
        let headers = person.visit(path).await.headers.clone();
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default().to_owned();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(part), "{path}: {part} is not in {policy:?}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(!header("referrer-policy").is_empty());
        assert!(!header("cross-origin-opener-policy").is_empty());
    }
    person.sign_in(&alice).await;
    let mut form = person.visit("/follows").await.form("Follow").fill("address", "somebody@example.org");
    form.fields.retain(|(name, _)| name != "csrf");
    person.submit(form).await.must_be(403);
    let form = person.visit("/").await.form("Sign out");
    let crossing = person
        .client()
        .post(form.action.clone())
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .form(&form.fields)
        .send()
        .await
        .unwrap();
    assert_eq!(crossing.status(), 403);
    person.visit("/").await.form("Sign out");
    // A text browser sends neither Origin nor Sec-Fetch-Site: the token alone decides.
    let plain = person.client().post(form.action).form(&form.fields).send().await.unwrap();
    assert!(plain.status().is_redirection(), "{}", plain.status());
}
