//! Content warnings: what is folded here is said to be so everywhere else.

use crate::support::channel_service::ChannelService;
use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::Gateway;
use crate::support::movim;
use crate::support::person::{Person, channel_of};
use crate::support::servers::Server;

on_servers! { [home prosody ejabberd] {
    a_warning_stands_before_the_rest
    what_others_mark_is_folded_too
} }

on_servers! { [home_channels prosody_channels] {
    a_buddycloud_post_has_a_warning_too
} }

const WARNING: &str = "Talks of spiders";
const SECRET: &str = "Eight legs each";

/// Fails unless the rest of a post is folded behind its warning, which says the rest to nobody who does not ask.
#[track_caller]
fn must_be_folded(person: &Person, warning: &str, rest: &str) {
    let page = &person.page;
    assert_eq!(page.texts("article details > summary"), [warning], "{}", page.body);
    assert!(page.texts("article details:not([open])").iter().any(|text| text.contains(rest)), "{}", page.body);
    let outside = page.texts("article").join(" ").replace(&page.texts("article details").join(" "), "");
    assert!(!outside.contains(rest), "{outside}");
}

async fn a_warning_stands_before_the_rest(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut author = Person::signed_in(gateway, &alice).await;
    author.visit("/").await;
    let form = author.page.form("Post").fill("text", &format!("{SECRET} #nature")).fill("warning", WARNING);
    // The preview shows it as it will be, and gives it back.
    let mut preview = author.page.form("Preview").fill("text", SECRET).fill("warning", WARNING);
    preview.fields.retain(|(name, value)| name != "do" || value == "preview");
    author.submit(preview).await;
    must_be_folded(&author, WARNING, SECRET);
    assert_eq!(author.page.form("Post").value("warning"), Some(WARNING));
    author.submit(form).await.must_be(200);
    must_be_folded(&author, WARNING, SECRET);

    // Other clients know: Movim hides what has this tag, and shows headline and summary.
    let client = Foreign::sign_in(server, &alice).await;
    let found = movim::entries(&client.items(&alice.address, MICROBLOG).await.unwrap());
    client.sign_out().await;
    found[0].must_please_movim(&alice.address);
    assert_eq!(found[0].tags(), ["nsfw", "nature"]);
    assert_eq!(
        (found[0].text("title").as_deref(), found[0].text("summary").as_deref()),
        (Some(WARNING), Some(WARNING))
    );
    assert!(found[0].source().is_some_and(|source| source.contains(SECRET)));

    // Neither feeds nor previews nor quotations tell more than the warning.
    let mut stranger = Person::at(gateway);
    stranger.reload_until(&channel_of(&alice), "the post", |page| page.says(WARNING)).await;
    must_be_folded(&stranger, WARNING, SECRET);
    let post = stranger.page.post_link(WARNING);
    stranger.visit(&format!("{}/feed", channel_of(&alice))).await.must_be(200);
    let is_warned = |body: &str| body.contains(WARNING) && !body.contains(SECRET);
    assert!(is_warned(&stranger.page.body), "{}", stranger.page.body);
    stranger.visit(&format!("/oembed?url={post}")).await.must_be(200);
    assert!(is_warned(&stranger.page.body), "{}", stranger.page.body);
    stranger.visit(post.as_str()).await.must_be(200);
    let (head, _) = stranger.page.body.split_once("</head>").unwrap();
    assert!(is_warned(head), "{head}");

    // Changed, it keeps its warning; without one it is an ordinary post.
    author.visit(post.as_str()).await;
    author.follow_link("Edit").await;
    let form = author.page.form("Save");
    assert_eq!(form.value("warning"), Some(WARNING));
    author.submit(form.clone().fill("text", "Six legs each")).await;
    must_be_folded(&author, WARNING, "Six legs each");
    author.submit(form.fill("text", "No legs").fill("warning", "")).await;
    assert_eq!(author.page.count("article details"), 0, "{}", author.page.body);
}

async fn what_others_mark_is_folded_too(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    Person::signed_in(gateway, &alice).await.post("/", "Nothing special").await;
    let client = Foreign::sign_in(server, &alice).await;
    let mark =
        "<category term='NSFW'/><link rel='enclosure' type='image/png' href='https://example.org/a.png'/></entry>";
    let entry = foreign::entry(&alice.address, "marked-1", "Look away", "Bare trees").replace("</entry>", mark);
    client.publish(None, MICROBLOG, "marked-1", &entry).await.unwrap();
    client.sign_out().await;
    let mut stranger = Person::at(gateway);
    stranger.reload_until(&channel_of(&alice), "the post", |page| page.says("Bare trees")).await;
    must_be_folded(&stranger, "Look away", "Bare trees");
    assert_eq!(stranger.page.count("article .pictures"), stranger.page.count("article details .pictures"));
    stranger.page.must_say("Nothing special");
}

async fn a_buddycloud_post_has_a_warning_too(server: &'static Server) {
    ChannelService::of(server);
    let account = server.account();
    let mut person = Person::signed_in(Gateway::shared(server), &account).await;
    person.reload_until("/me", "the own channel", |page| page.find_form("Post").is_some()).await;
    let form = person.page.form("Post").fill("text", SECRET).fill("warning", WARNING);
    person.submit(form).await;
    must_be_folded(&person, WARNING, SECRET);
    let mut stranger = Person::at(Gateway::shared(server));
    stranger.reload_until(&format!("/b/{}", account.address), "the post", |page| page.says(WARNING)).await;
    must_be_folded(&stranger, WARNING, SECRET);
}
