//! Tags: links in what people write, and a page with a feed for each.

use cirrus::atom::NS;
use minidom::Element;

use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::Gateway;
use crate::support::person::{Person, channel_of};
use crate::support::servers::{Account, Server};

on_servers! { [home prosody ejabberd] {
    a_tag_leads_to_the_posts_that_have_it
    what_is_closed_is_for_those_who_read_it
} }

/// A tag that nobody else uses.
fn tag_of(word: &str, account: &Account) -> String {
    format!("{word}-{}", account.address.split('@').next().unwrap())
}

async fn a_tag_leads_to_the_posts_that_have_it(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let tag = tag_of("weather", &alice);
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", &format!("It rains. #{}", tag.to_uppercase())).await;
    author.post("/", "It rains no more.").await;
    author.reply(&channel_of(&alice), "no more", &format!("A reply with #{tag}")).await;
    // As other clients write them: terms beside the text, in any case.
    let client = Foreign::sign_in(server, &alice).await;
    let category = format!("<category term='{}'/></entry>", tag.to_uppercase());
    let entry =
        foreign::entry(&alice.address, "from-movim-1", "Fog", "Fog from the sea").replace("</entry>", &category);
    client.publish(None, MICROBLOG, "from-movim-1", &entry).await.unwrap();
    client.sign_out().await;

    let mut guest = Person::at(gateway);
    guest.reload_until(&channel_of(&alice), "the posts", |page| page.says("Fog from the sea")).await;
    guest.follow_link(&format!("#{}", tag.to_uppercase())).await;
    assert_eq!(guest.page.url.path(), format!("/tags/{tag}"));
    let page = &guest.page;
    assert_eq!(page.cards().len(), 2, "neither replies nor others: {}", page.text());
    page.must_say("It rains. #");
    page.must_say("Fog from the sea");
    page.must_say("open channels that are known here");
    guest.follow_link("Feed").await.must_be(200);
    let feed: Element = guest.page.body.parse().unwrap();
    let entries = feed.children().filter(|child| child.is("entry", NS)).count();
    assert!(feed.is("feed", NS) && entries == 2, "{}", guest.page.body);
    assert_eq!(guest.page.headers["content-type"], "application/atom+xml; charset=utf-8");

    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&format!("/tags/{tag}")).await.must_say("None of these posts has this tag");
    reader.visit(&channel_of(&alice)).await;
    reader.press("Follow").await.must_be(200);
    reader.reload_until(&format!("/tags/{tag}"), "the followed posts", |page| page.cards().len() == 2).await;
    reader.page.must_say("in the channels you follow");

    for (asked, leads) in [(tag.to_uppercase(), tag.clone()), (format!("%23{tag}"), tag.clone())] {
        guest.visit(&format!("/tags/{asked}")).await.must_be(200);
        assert_eq!(guest.page.url.path(), format!("/tags/{leads}"));
    }
    guest.visit("/tags/%22%3E%3Cscript%3E").await.must_be(200);
    for nothing in ["/tags/%E2%80%8B", "/tags/%FF", &format!("/tags/{}", "a".repeat(101))] {
        guest.visit(nothing).await.must_be(404);
    }
}

async fn what_is_closed_is_for_those_who_read_it(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let tag = tag_of("secret", &alice);
    let client = Foreign::sign_in(server, &alice).await;
    client.create(None, MICROBLOG, &[("pubsub#access_model", "whitelist")]).await.unwrap();
    let category = format!("<category term='{tag}'/></entry>");
    let entry = foreign::entry(&alice.address, "hidden-1", "Hidden", "For few").replace("</entry>", &category);
    client.publish(None, MICROBLOG, "hidden-1", &entry).await.unwrap();
    client.sign_out().await;
    let mut author = Person::signed_in(gateway, &alice).await;
    author.reload_until(&format!("/tags/{tag}"), "the own post", |page| page.says("Hidden")).await;
    let mut others = [Person::at(gateway), Person::signed_in(gateway, &server.account()).await];
    for other in &mut others {
        other.visit(&format!("/tags/{tag}")).await.must_not_say("Hidden");
        other.visit(&format!("/tags/{tag}.atom")).await.must_be(200);
        assert!(!other.page.body.contains("Hidden"));
    }
}
