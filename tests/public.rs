//! What open channels show to other programs: feeds, previews of links, quotations, the list for search engines.

use scraper::{Html, Selector};

use cirrus::atom::{self, NS, THREAD};
use minidom::Element;

use crate::support::channel_service::ChannelService;
use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::Gateway;
use crate::support::page::Page;
use crate::support::person::{Person, channel_of, community};
use crate::support::servers::{Account, Server};

on_servers! { [home prosody ejabberd] {
    a_feed_has_the_posts_of_a_channel
    a_thread_has_a_feed_of_its_replies
    a_closed_channel_shows_nothing
    what_strangers_write_stays_text
    a_post_has_a_preview_and_a_quotation
    a_community_is_as_public_as_a_microblog
} }

on_servers! { [home] {
    search_engines_find_open_channels
} }

on_servers! { [home_channels prosody_channels] {
    buddycloud_channels_are_public_too
    a_private_buddycloud_channel_has_no_feed
} }

/// A feed, which must be one.
#[track_caller]
fn feed(page: &Page) -> Element {
    page.must_be(200);
    assert_eq!(page.headers["content-type"], "application/atom+xml; charset=utf-8");
    assert_eq!(page.headers["cache-control"], "public, max-age=60");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("sandbox") && !policy.contains("script-src"), "nothing in it runs: {policy}");
    let feed: Element = page.body.parse().unwrap_or_else(|error| panic!("{error}: {}", page.body));
    assert!(feed.is("feed", NS));
    for name in ["id", "title", "updated", "author"] {
        assert_eq!(feed.children().filter(|child| child.is(name, NS)).count(), 1, "{name} in {}", page.body);
    }
    for entry in entries(&feed) {
        assert!(atom::read(entry).is_ok(), "{}", page.body);
        for name in ["id", "title", "updated", "published", "author", "content"] {
            assert_eq!(entry.children().filter(|child| child.is(name, NS)).count(), 1, "{name} in {}", page.body);
        }
    }
    feed
}

fn entries(feed: &Element) -> Vec<&Element> {
    feed.children().filter(|child| child.is("entry", NS)).collect()
}

fn text(element: &Element, name: &str) -> String {
    element.get_child(name, NS).map(|child| child.text()).unwrap_or_default()
}

/// Where a link of an element leads.
fn link(element: &Element, rel: &str) -> Option<String> {
    let found = element.children().find(|child| child.is("link", NS) && child.attr("rel") == Some(rel));
    found.and_then(|link| link.attr("href")).map(str::to_owned)
}

/// An attribute of the first element in a page's head that fits.
fn head(page: &Page, css: &str, attribute: &str) -> Option<String> {
    let html = Html::parse_document(&page.body);
    let found = html.select(&Selector::parse(&format!("head {css}")).unwrap()).next();
    found.and_then(|element| element.attr(attribute)).map(str::to_owned)
}

const FEED: &str = "link[rel=alternate][type='application/atom+xml']";
const OEMBED: &str = "link[rel=alternate][type='application/json+oembed']";

/// Somebody with an open microblog and one post.
async fn author(server: &'static Server, words: &str) -> (Account, Person) {
    let account = server.account();
    let mut author = Person::signed_in(Gateway::shared(server), &account).await;
    author.post("/", words).await;
    (account, author)
}

async fn a_feed_has_the_posts_of_a_channel(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, mut author) = author(server, "The *first* of them, about #clouds").await;
    author.post("/", "The second of them").await;
    let mut reader = Person::at(gateway);
    reader.reload_until(&channel_of(&alice), "both posts", |page| page.says("The second of them")).await;
    let address = head(&reader.page, FEED, "href").expect("the channel's page names its feed");
    assert_eq!(address, format!("{}{}/feed", gateway.url, channel_of(&alice)));
    assert_eq!(reader.page.link("Feed").as_str(), address);
    reader.visit(&format!("{}/about", channel_of(&alice))).await;
    assert_eq!(head(&reader.page, FEED, "href"), Some(address.clone()));
    reader.follow_link("Feed").await;
    assert_eq!(reader.page.url.as_str(), address);

    let feed = feed(&reader.page);
    assert_eq!(link(&feed, "self"), Some(address.clone()));
    assert_eq!(link(&feed, "alternate"), Some(format!("{}{}", gateway.url, channel_of(&alice))));
    assert_eq!(text(&feed, "id"), format!("xmpp:{}?;node=urn%3Axmpp%3Amicroblog%3A0", alice.address));
    let entries = entries(&feed);
    let titles: Vec<_> = entries.iter().map(|entry| text(entry, "title")).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[0].contains("second") && titles[1].contains("first"), "the newest first: {titles:?}");
    let first = atom::read(entries[1]).unwrap();
    assert_eq!(first.categories, ["clouds"]);
    assert!(first.markup.as_deref().is_some_and(|markup| markup.contains("<em>first</em>")), "{first:?}");
    assert_eq!(first.authors[0].uri, Some(format!("{}{}", gateway.url, channel_of(&alice))));
    assert!(text(entries[1], "id").starts_with(&format!("xmpp:{}?;node=", alice.address)));
    let page = link(entries[1], "alternate").expect("a page of its own");
    reader.visit(&page).await.must_say("The first of them");

    // Who comes again is not sent the same again, signed in or not.
    for person in [&mut reader, &mut author] {
        let known = person.visit(&address).await.headers["etag"].clone();
        let again = person.client().get(&address).header("if-none-match", &known).send().await.unwrap();
        assert_eq!((again.status().as_u16(), again.text().await.unwrap()), (304, String::new()));
    }
    author.post("/", "The third of them").await;
    reader.reload_until(&address, "the third post", |page| page.body.contains("The third of them")).await;
    assert_eq!(self::entries(&self::feed(&reader.page)).len(), 3);
}

async fn a_thread_has_a_feed_of_its_replies(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, _) = author(server, "What do you think?").await;
    let mut friend = Person::signed_in(gateway, &server.account()).await;
    friend.reply(&channel_of(&alice), "What do you think?", "Nothing in particular").await;
    let mut reader = Person::at(gateway);
    reader.reload_until(&channel_of(&alice), "the post", |page| page.says("What do you think?")).await;
    let post = reader.page.post_link("What do you think?");
    reader.reload_until(post.as_str(), "the reply", |page| page.says("Nothing in particular")).await;
    let address = head(&reader.page, FEED, "href").expect("the post's page names the feed of its thread");
    reader.visit(&address).await;
    let feed = feed(&reader.page);
    let entries = entries(&feed);
    assert_eq!(entries.len(), 2, "{}", reader.page.body);
    assert_eq!(link(&feed, "alternate").as_deref(), Some(post.as_str()));
    assert_eq!(link(entries[0], "alternate").as_deref(), Some(post.as_str()));
    assert_eq!(link(entries[0], "replies"), Some(address));
    let replies = entries[0].children().find(|child| child.attr("rel") == Some("replies")).unwrap();
    let count = replies.attrs().iter().find(|((space, name), _)| space.as_str() == THREAD && name.as_str() == "count");
    assert_eq!(count.map(|(_, count)| count.as_str()), Some("1"), "{}", reader.page.body);
    let answer = entries[1].get_child("in-reply-to", THREAD).expect("a reply says what it answers");
    assert_eq!(answer.attr("ref"), Some(text(entries[0], "id").as_str()));
    assert_eq!(answer.attr("href"), Some(post.as_str()));
    assert!(entries[0].get_child("in-reply-to", THREAD).is_none());
}

async fn a_closed_channel_shows_nothing(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let writer = Foreign::sign_in(server, &alice).await;
    writer.create(None, MICROBLOG, &[("pubsub#access_model", "whitelist")]).await.unwrap();
    let entry = foreign::entry(&alice.address, "a-secret", "For myself only", "For myself only");
    writer.publish(None, MICROBLOG, "a-secret", &entry).await.unwrap();
    writer.sign_out().await;
    let mut owner = Person::signed_in(gateway, &alice).await;
    owner.visit(&channel_of(&alice)).await.must_say("For myself only");
    assert_eq!((head(&owner.page, FEED, "href"), owner.page.count("head [property^='og:']")), (None, 0));
    assert!(owner.page.links().iter().all(|(name, _)| name != "Feed"));
    let post = owner.page.post_link("For myself only");
    owner.visit(post.as_str()).await.must_say("For myself only");
    assert_eq!(owner.page.count("head [property^='og:'], head [type='application/ld+json'], head [rel=canonical]"), 0);
    // Not even the owner gets a feed: what is in one is for everybody.
    for person in [&mut owner, &mut Person::at(gateway)] {
        let quoted = format!("/oembed?url={post}");
        for path in [&format!("{}/feed", channel_of(&alice)), &format!("{}/feed", post.path()), &quoted] {
            person.visit(path).await;
            assert!(matches!(person.page.status, 403 | 404), "{path}: {}", person.page.status);
            assert!(!person.page.body.contains("For myself only"), "{path}");
        }
        person.visit("/sitemap.xml").await.must_be(200);
        assert!(!person.page.body.contains(&alice.address));
    }
}

async fn what_strangers_write_stays_text(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let writer = Foreign::sign_in(server, &alice).await;
    writer.open_microblog().await;
    let evil = "</script><script>alert(1)</script>]]>\"'&<b onclick=x>";
    let entry = foreign::entry(&alice.address, "evil", evil, evil).replace(
        "</entry>",
        "<link rel='enclosure' href='javascript:alert(1)'/><link rel='enclosure' href='https://example.net/a.ogg' \
         type='text/html;&quot;&gt;&lt;script&gt;'/><category term='&lt;script&gt;'/></entry>",
    );
    writer.publish(None, MICROBLOG, "evil\"&<", &entry).await.unwrap();
    writer.sign_out().await;
    let mut reader = Person::at(gateway);
    reader.reload_until(&channel_of(&alice), "the post", |page| page.says("alert(1)")).await;
    let post = reader.page.post_link("alert(1)");
    for path in [format!("{}/feed", channel_of(&alice)), format!("{}/feed", post.path())] {
        reader.visit(&path).await;
        let feed = feed(&reader.page);
        let entry = entries(&feed)[0];
        assert!(text(entry, "title").starts_with(evil), "{}", reader.page.body);
        assert!(!reader.page.body.contains("<script") && !reader.page.body.contains("javascript:"));
        assert_eq!(link(entry, "enclosure").as_deref(), Some("https://example.net/a.ogg"));
    }
    reader.visit(post.as_str()).await.must_be(200);
    assert_eq!(reader.page.count("script"), 2, "ours and the facts");
    let facts = reader.page.body.split("ld+json\">").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
    let facts: serde_json::Value = serde_json::from_str(facts).unwrap();
    assert_eq!(facts["text"], evil);
    assert_eq!(head(&reader.page, "meta[property='og:description']", "content").as_deref(), Some(evil));
    let quoted = head(&reader.page, OEMBED, "href").unwrap();
    let quoted: serde_json::Value = serde_json::from_str(&reader.visit(&quoted).await.body).unwrap();
    let html = Html::parse_fragment(quoted["html"].as_str().unwrap());
    assert_eq!(html.select(&Selector::parse("script, [onclick], b").unwrap()).count(), 0, "{quoted}");
}

async fn a_post_has_a_preview_and_a_quotation(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, _) = author(server, "Words worth quoting").await;
    let mut reader = Person::at(gateway);
    let channel = channel_of(&alice);
    reader.reload_until(&channel, "the post", |page| page.says("Words worth quoting")).await;
    assert_eq!(head(&reader.page, "meta[property='og:type']", "content").as_deref(), Some("profile"));
    assert_eq!(head(&reader.page, "link[rel=canonical]", "href"), Some(format!("{}{channel}", gateway.url)));
    let post = reader.page.post_link("Words worth quoting");
    reader.visit(&format!("{post}?from=somewhere")).await.must_say("Words worth quoting");
    let id = post.path().rsplit('/').next().unwrap();
    reader.page.must_say(&format!("xmpp:{}?;node=urn%3Axmpp%3Amicroblog%3A0;item={id}", alice.address));
    for (css, attribute, value) in [
        ("link[rel=canonical]", "href", post.as_str()),
        ("meta[property='og:url']", "content", post.as_str()),
        ("meta[property='og:type']", "content", "article"),
        ("meta[property='og:site_name']", "content", "Cirrus"),
        ("meta[property='og:description']", "content", "Words worth quoting"),
    ] {
        assert_eq!(head(&reader.page, css, attribute).as_deref(), Some(value), "{css}");
    }
    assert!(head(&reader.page, "meta[property='og:title']", "content").unwrap().contains("Words worth quoting"));
    assert!(head(&reader.page, "meta[property='article:published_time']", "content").unwrap().ends_with('Z'));

    let address = head(&reader.page, OEMBED, "href").expect("the page says where it is described");
    reader.visit(&address).await.must_be(200);
    assert!(reader.page.headers["content-type"].to_str().unwrap().starts_with("application/json"));
    let quoted: serde_json::Value = serde_json::from_str(&reader.page.body).unwrap();
    assert_eq!((&quoted["version"], &quoted["type"]), (&"1.0".into(), &"rich".into()));
    assert_eq!(quoted["author_url"], format!("{}{channel}", gateway.url));
    let html = quoted["html"].as_str().unwrap();
    assert!(html.starts_with("<blockquote") && html.contains("Words worth quoting") && html.contains(post.as_str()));
    reader.visit(&address.replace("json", "xml")).await.must_be(501);
    for other in [format!("{}{channel}", gateway.url), format!("https://example.org{}", post.path()), String::new()] {
        reader.visit(&format!("/oembed?url={other}")).await.must_be(404);
    }
    reader.visit("/oembed").await.must_be(404);
}

async fn a_community_is_as_public_as_a_microblog(server: &'static Server) {
    let Some(service) = &server.pubsub else { return };
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let writer = Foreign::sign_in(server, &alice).await;
    let node = format!("clouds of {}", alice.name());
    let options = [("pubsub#access_model", "open"), ("pubsub#persist_items", "true"), ("pubsub#max_items", "100")];
    writer.create(Some(service), &node, &options).await.unwrap();
    let entry = foreign::entry(&alice.address, "one", "A cloud", "A cloud");
    writer.publish(Some(service), &node, "one", &entry).await.unwrap();
    writer.sign_out().await;
    let path = community(service, &node);
    let mut reader = Person::at(gateway);
    reader.visit(&format!("{path}/feed")).await;
    let feed = feed(&reader.page);
    assert_eq!(entries(&feed).len(), 1);
    assert_eq!(link(&feed, "alternate"), Some(format!("{}{path}", gateway.url)));
    let page = link(entries(&feed)[0], "alternate").unwrap();
    reader.visit(&page).await.must_say("A cloud");
    reader.page.must_say(&format!("xmpp:{service}?;node=clouds%20of%20{};item=one", alice.name()));
    let no_such = community(service, "no-such-node");
    reader.visit(&format!("{no_such}/feed")).await.must_be(404);
}

async fn search_engines_find_open_channels(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, _) = author(server, "To be found").await;
    let mut robot = Person::at(gateway);
    robot.reload_until(&channel_of(&alice), "the post", |page| page.says("To be found")).await;
    robot.visit("/robots.txt").await.must_be(200);
    let map = robot.page.body.lines().find_map(|line| line.strip_prefix("Sitemap: ")).map(str::to_owned).unwrap();
    assert_eq!(map, format!("{}/sitemap.xml", gateway.url));
    assert!(robot.page.body.contains("\nDisallow: /*/edit$\n") && !robot.page.body.contains("Disallow: /\n"));
    let channel = format!("<loc>{}{}</loc>", gateway.url, channel_of(&alice));
    robot.reload_until(&map, "the channel", |page| page.body.contains(&channel)).await;
    let map: Element = robot.page.body.parse().unwrap();
    assert!(map.is("urlset", "http://www.sitemaps.org/schemas/sitemap/0.9"));
}

/// Somebody who has signed in, and whose Buddycloud channel is made.
async fn member(server: &'static Server) -> (String, Person) {
    ChannelService::of(server);
    let account = server.account();
    let mut person = Person::signed_in(Gateway::shared(server), &account).await;
    person.reload_until("/me", "the own channel", |page| page.find_form("Post").is_some()).await;
    (account.address, person)
}

async fn buddycloud_channels_are_public_too(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (juliet, mut owner) = member(server).await;
    let channel = format!("/b/{juliet}");
    owner.post(&channel, "Wherefore art thou").await;
    owner.reply(&channel, "Wherefore art thou", "And why").await;
    let mut reader = Person::at(gateway);
    reader.reload_until(&channel, "the post", |page| page.says("Wherefore art thou")).await;
    let post = reader.page.post_link("Wherefore art thou");
    // The address of the microblog that is not there leads to the channel that is.
    reader.visit(&format!("/@{juliet}/feed")).await;
    assert_eq!(reader.page.url.path(), format!("{channel}/feed"));
    let posts = feed(&reader.page);
    let service = &ChannelService::of(server).address;
    let node = format!("xmpp:{service}?;node=%2Fuser%2F{}%2Fposts", juliet.replace('@', "%40"));
    assert_eq!(text(&posts, "id"), node);
    assert_eq!(entries(&posts).len(), 1, "replies are in the feeds of their threads");
    let item = format!("{node};item={}", post.path().rsplit('/').next().unwrap());
    assert_eq!(text(entries(&posts)[0], "id"), item);
    reader.visit(post.as_str()).await.must_say(&item);
    let address = head(&reader.page, FEED, "href").unwrap();
    reader.visit(&address).await;
    let thread = feed(&reader.page);
    let answer = entries(&thread)[1].get_child("in-reply-to", THREAD).expect("a reply says what it answers");
    assert_eq!(answer.attr("ref"), Some(item.as_str()));
    reader.visit(&format!("/oembed?url={post}")).await.must_be(200);
    // Which of the service's channels are known depends on how many there are.
    let map = format!("<loc>{}/b/", gateway.url);
    reader.reload_until("/sitemap.xml", "channels of the service", |page| page.body.contains(&map)).await;
}

async fn a_private_buddycloud_channel_has_no_feed(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    let channel = format!("/b/{juliet}");
    owner.post(&channel, "For followers only").await;
    owner.visit(&format!("{channel}/settings")).await;
    let form = owner.page.form("Save").fill("Who may read it", "restricted");
    owner.submit(form).await.must_say("Those whom the owner lets in");
    owner.visit(&channel).await.must_say("For followers only");
    assert_eq!((head(&owner.page, FEED, "href"), owner.page.count("head [property^='og:']")), (None, 0));
    let post = owner.page.post_link("For followers only");
    for person in [&mut owner, &mut Person::at(Gateway::shared(server))] {
        let paths = [format!("{channel}/feed"), format!("{}/feed", post.path()), format!("/oembed?url={post}")];
        for path in paths {
            person.visit(&path).await;
            assert!(matches!(person.page.status, 403 | 404), "{path}: {}", person.page.status);
            assert!(!person.page.body.contains("For followers only"), "{path}");
        }
    }
}
