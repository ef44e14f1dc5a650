//! Templates and static files as files, and the fragments that travel alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cirrus::channel::{Author, ChannelId, Content, Post, PostId, PostRef, Standing};
use cirrus::session::{Connection, Event, Scope};
use cirrus::web::fragments::{self, Place};
use cirrus::web::urls;
use ring::digest;
use scraper::{Html, Selector};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

fn post(channel: &str, id: &str, standing: Standing, content: Content) -> Arc<Post> {
    Arc::new(Post {
        at: PostRef::new(ChannelId::parse(channel).expect("a channel"), PostId::new(id).expect("an id")),
        author: Author {
            address: Some("alice@example.org".parse().expect("an address")),
            name: Some("Alice".to_owned()),
            standing,
        },
        content,
        published: "2026-11-23T18:55:00.123Z".parse().expect("a time"),
        updated: "2026-11-23T18:55:00.123Z".parse().expect("a time"),
        tags: vec!["rust".to_owned(), "clouds".to_owned()],
        links: Vec::new(),
        replies: None,
        in_reply_to: None,
        about: None,
        rating: None,
        place: None,
        is_deleted: false,
    })
}

fn words(text: &str) -> Content {
    Content { text: Some(text.to_owned()), ..Content::default() }
}

fn count(html: &str, selector: &str) -> usize {
    Html::parse_fragment(html).select(&Selector::parse(selector).expect("a selector")).count()
}

#[test]
fn every_template_is_used() {
    let sources: String = files("src/web").iter().chain(&files("templates")).map(read).collect();
    // Texts have a test of their own.
    for template in files("templates").into_iter().filter(|file| file.extension().is_none_or(|ending| ending != "ftl"))
    {
        let name = template.strip_prefix(root().join("templates")).expect("a template").display().to_string();
        assert!(sources.contains(&format!("\"{name}\"")), "no struct and no template names {name}");
    }
}

#[test]
fn files_of_others_are_as_they_were_published() {
    let list = read("static/vendor/VERSIONS.md");
    for file in files("static/vendor").iter().filter(|file| file.extension().is_some_and(|ending| ending == "js")) {
        let bytes = std::fs::read(file).expect("a file");
        let sum = STANDARD.encode(digest::digest(&digest::SHA384, &bytes));
        let name = file.file_name().expect("a name").to_string_lossy();
        let row = list.lines().find(|row| row.contains(&format!("`{name}`")));
        assert!(row.is_some_and(|row| row.contains(&sum)), "{name} is not in VERSIONS.md with {sum}");
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere_and_nothing_is_inline() {
    for file in files("templates").iter().chain(&files("static/css")) {
        let text = read(file);
        for forbidden in
            ["http://", "https://", "//cdn", "@import", "url(", " style=", " onclick", "javascript:", "hx-on"]
        {
            assert!(!text.contains(forbidden), "{} holds {forbidden}", file.display());
        }
    }
    let script = read("static/js/app.js");
    for sink in
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setAttribute('on"]
    {
        assert!(!script.contains(sink), "the script uses {sink}");
    }
}

#[test]
fn a_card_says_who_wrote_it_and_how_sure_that_is() {
    let verified = fragments::card(&post("alice@example.org", "1", Standing::Verified, words("Hello")), Place::Post);
    assert_eq!(count(verified.as_str(), "h2.by a[href='/@alice@example.org'] bdi.name"), 1);
    assert_eq!(count(verified.as_str(), "bdi.address"), 1, "the address stands beside the name");
    assert_eq!(count(verified.as_str(), "[data-author='alice@example.org']"), 1);
    assert_eq!(count(verified.as_str(), ".doubt, .edited, .in"), 0);
    assert_eq!(count(verified.as_str(), "time[datetime='2026-11-23T18:55:00Z']"), 1);
    assert!(verified.as_str().contains("23 Nov 2026, 18:55 UTC"));

    let unverified =
        fragments::card(&post("pubsub.example.org/news", "1", Standing::Unverified, words("Hello")), Place::Post);
    assert!(unverified.as_str().contains("not verified"));
    assert_eq!(count(unverified.as_str(), "[data-author], .by a"), 0);
    assert_eq!(count(unverified.as_str(), ".in a[href='/c/pubsub.example.org/news']"), 1);

    let claimed = Standing::Contradicted { claimed: "bob@example.org".to_owned() };
    let contradicted = fragments::card(&post("pubsub.example.org/news", "2", claimed, words("Hello")), Place::Post);
    assert!(contradicted.as_str().contains("claims to be <bdi>bob@example.org</bdi>"));
    assert_eq!(count(contradicted.as_str(), "[data-author]"), 0);
}

#[test]
fn a_long_text_is_whole_on_its_own_page_only() {
    let long = post("alice@example.org", "long", Standing::Verified, words(&"word ".repeat(10_000)));
    let listed = fragments::card(&long, Place::Post);
    assert!(listed.as_str().len() < 8000 && listed.as_str().contains("Read on"));
    let whole = fragments::card(&long, Place::Whole);
    assert!(whole.as_str().len() > 50_000 && !whole.as_str().contains("Read on"));
}

#[test]
fn tags_stand_below_unless_the_text_has_them() {
    let card = fragments::card(&post("alice@example.org", "1", Standing::Verified, words("On #Rust")), Place::Post);
    assert_eq!(count(card.as_str(), ".tags li"), 1);
    assert!(card.as_str().contains("#clouds"));
}

#[test]
fn a_reply_leads_to_its_place_among_the_others() {
    let mut reply = (*post("comments.example.org/x", "9", Standing::Verified, words("Yes"))).clone();
    let to = PostRef::new(ChannelId::parse("alice@example.org").expect("a channel"), PostId::new("1").expect("an id"));
    reply.in_reply_to = Some(to.clone());
    let card = fragments::card(&Arc::new(reply.clone()), Place::Reply);
    assert!(card.as_str().contains(&urls::reply_in_thread(&to, &reply.at)), "{card}");
    assert_eq!(count(card.as_str(), "article.reply h3.by"), 1);
    assert_eq!(count(card.as_str(), ".more"), 0);
}

#[test]
fn events_find_their_place() {
    let home = Scope::Home;
    let one = post("alice@example.org", "1", Standing::Verified, words("Hello"));
    let thread = Scope::Thread(one.at.clone());
    let card = fragments::card(&one, Place::Post);

    let posted = fragments::event(&Event::Posted(one.clone()), &home).expect("a post is shown");
    assert!(
        posted.starts_with("<hx-partial data-hx-target=\"#arrivals\" data-hx-swap=\"beforeend\"><li class=\"entry\">")
    );
    assert!(posted.contains(card.as_str()), "the card is the one of the page");
    assert_eq!(fragments::event(&Event::Posted(one.clone()), &thread), None);

    let replied = Event::Replied {
        to: one.at.clone(),
        reply: post("comments.example.org/x", "9", Standing::Verified, words("Yes")),
    };
    assert!(fragments::event(&replied, &thread).expect("a reply").contains("data-hx-target=\"#arrivals\""));
    assert_eq!(fragments::event(&replied, &home), None);

    let like = Event::Replied {
        to: one.at.clone(),
        reply: post("comments.example.org/x", "8", Standing::Verified, words("♥")),
    };
    assert_eq!(fragments::event(&like, &thread), None, "a like is no reply");

    let liked = |likes| fragments::event(&Event::Liked { to: one.at.clone(), likes }, &thread).expect("a count");
    assert!(liked(1).contains("data-hx-target=\"#likes\"") && liked(1).contains("One person likes this."));
    assert!(liked(3).contains("3 people like this."));
    assert!(!liked(0).contains("like this"), "nobody is not worth a line");
    assert_eq!(fragments::event(&Event::Liked { to: one.at.clone(), likes: 1 }, &home), None);

    let id = urls::card_id(&one.at);
    let edited = fragments::event(&Event::Edited(one.clone()), &home).expect("an edit");
    assert!(
        edited.contains(&format!("data-hx-target=\"#{id}\" data-hx-swap=\"outerHTML\""))
            && edited.contains(card.as_str())
    );
    let whole = fragments::event(&Event::Edited(one.clone()), &thread).expect("an edit");
    assert!(whole.contains(fragments::card(&one, Place::Whole).as_str()), "the head of its own page");
    let removed = fragments::event(&Event::Removed(one.at.clone()), &home).expect("a deletion");
    assert!(removed.contains(&format!("id=\"{id}\"")) && removed.contains("taken away"));
    assert!(fragments::event(&Event::Resync, &home).expect("a resync").contains("#resync"));
    let lost = fragments::event(&Event::Connection(Connection::Lost), &thread).expect("a line");
    assert!(lost.contains("#status") && lost.contains("lost"));
    assert!(fragments::event(&Event::Connection(Connection::Up), &home).expect("a line").contains("Connected again."));
}

#[test]
fn no_post_speaks_to_htmx() {
    // htmx rewrites `<hx-…` in the text of an answer before it parses it, even inside of attributes.
    let tricks = [
        "<hx-partial hx-target=\"body\">x</hx-partial>",
        "<template hx type=partial hx-target=body>x</template>",
        "<a href=\"https://example.org/<hx-partial data-hx-target=body>\">x</a>",
        "<a href='mailto:<hx-partial >@example.org'>x</a>",
        "<a href='xmpp:a@b?message;body=<hx-oob >'>x</a>",
        "<p hx-swap-oob=true id=status data-hx-get=/x hx-on:load=alert(1)>x</p>",
    ];
    for trick in tricks {
        for content in [Content { markup: Some(trick.to_owned()), ..Content::default() }, words(trick)] {
            let card = fragments::card(&post("alice@example.org", "1", Standing::Verified, content), Place::Post);
            let lower = card.as_str().to_lowercase();
            assert!(!lower.contains("<hx-") && !lower.contains("<template"), "{card}");
            assert_eq!(count(&lower, "[hx-swap-oob], [data-hx-get], [hx-on\\:load], #status"), 0, "{card}");
        }
    }
}
