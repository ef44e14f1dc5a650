//! What people say about themselves: the page of a person (XEP-0292, XEP-0054), and changing one's own.

use crate::support::foreign::Foreign;
use crate::support::gateway::Gateway;
use crate::support::person::{Person, channel_of};
use crate::support::servers::{Account, Server};

on_servers! { [home prosody ejabberd] {
    somebody_says_who_they_are
    what_contacts_may_see_is_not_for_strangers
    what_other_programs_wrote_is_shown_and_kept
    nonsense_is_no_profile
} }

fn page_of(account: &Account) -> String {
    format!("/people/{}", account.address)
}

const CARD: &str = "urn:xmpp:vcard4";
const OPEN: [(&str, &str); 1] = [("pubsub#access_model", "open")];

async fn somebody_says_who_they_are(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut person = Person::signed_in(gateway, &alice).await;
    person.post("/", "From my channel").await;
    person.follow_link("Account").await;
    person.follow_link("Your profile").await.must_be(200);
    let form = person.page.form("Save").fill("Name", "Alice <b>of</b> Wonder").fill("Nickname", "Al");
    let form = form.fill("About you", "First.\n\nSee https://example.org/ too").fill("Place", "Oxford");
    let wrong = form.clone().fill("Links", "https://example.org/me\njavascript:alert(1)");
    person.submit(wrong).await.must_be(422);
    person.page.must_say("This is not the address of a page on the web: javascript:alert(1)");
    let kept = person.page.form("Save");
    assert_eq!(kept.value("name"), Some("Alice <b>of</b> Wonder"), "what was typed is given back");
    let form = kept.fill("Links", "https://example.org/me").fill("Who can see it", "everybody");
    person.submit(form).await.must_be(200);
    assert_eq!(person.page.url.path(), page_of(&alice));

    let mut guest = Person::at(gateway);
    guest.visit(&channel_of(&alice)).await;
    guest.follow_link("Profile").await.must_be(200);
    for reader in [&mut person, &mut guest] {
        for words in ["Alice <b>of</b> Wonder", &alice.address, "called Al", "See https://example.org/ too", "Oxford"] {
            reader.page.must_say(words);
        }
        assert_eq!(reader.page.count("dd a[rel~=nofollow][rel~=ugc][href='https://example.org/me']"), 1);
        assert_eq!(reader.page.count("h1 b"), 0);
        reader.page.must_not_say("Block");
    }
    guest.follow_link("Channel").await.must_say("From my channel");
    assert!(guest.visit(&page_of(&alice)).await.find_form("Save").is_none());

    // Other programs find it where they look for it.
    let program = Foreign::sign_in(server, &server.account()).await;
    let card = program.items(&alice.address, CARD).await.unwrap();
    assert!(card.contains("Alice &lt;b&gt;of") && card.contains("https://example.org/me"), "{card}");
    let nick = program.items(&alice.address, "http://jabber.org/protocol/nick").await.unwrap();
    assert!(nick.contains(">Al<"), "{nick}");
    program.sign_out().await;
}

async fn what_contacts_may_see_is_not_for_strangers(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let [alice, bob] = [server.account(), server.account()];
    let mut person = Person::signed_in(gateway, &alice).await;
    let form = person.visit("/account/profile").await.form("Save");
    assert_eq!(form.value("audience"), Some("contacts"), "nothing is open that was not meant to be");
    person.submit(form.fill("Name", "Alice in private")).await.must_say("Alice in private");
    for mut stranger in [Person::at(gateway), Person::signed_in(gateway, &bob).await] {
        stranger.visit(&page_of(&alice)).await.must_be(200);
        stranger.page.must_not_say("in private");
        stranger.page.must_say(&alice.address);
        stranger.page.must_say("There is no profile here, or it is shown to contacts only.");
    }
    // And open it goes, and closed again.
    for (audience, is_shown) in [("everybody", true), ("contacts", false)] {
        let form = person.visit("/account/profile").await.form("Save").fill("Who can see it", audience);
        person.submit(form).await.must_be(200);
        let mut stranger = Person::signed_in(gateway, &bob).await;
        assert_eq!(stranger.visit(&page_of(&alice)).await.says("in private"), is_shown, "{audience}");
    }
}

async fn what_other_programs_wrote_is_shown_and_kept(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let program = Foreign::sign_in(server, &alice).await;
    let card = "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Alice</text></fn><bday><date>1990-01-01</date></bday>\
        <url><uri>javascript:alert(1)</uri></url><url><uri>https://example.net/a</uri></url>\
        <adr><locality>Oxford</locality><country>England</country></adr></vcard>";
    let banner = "<metadata xmlns='urn:xmpp:avatar:metadata'><info url='https://example.net/banner.png' id='x' type='image/png' bytes='1'/></metadata>";
    let follow = "<subscription xmlns='urn:xmpp:pubsub:subscription:0' server='pubsub.example.net' node='news'><title>All the news</title></subscription>";
    for (node, id, payload) in [
        (CARD, "current", card),
        ("urn:xmpp:movim-banner:0", "x", banner),
        ("urn:xmpp:pubsub:subscription", "y", follow),
    ] {
        program.create(None, node, &OPEN).await.unwrap();
        program.publish(None, node, id, payload).await.unwrap();
    }
    let mut guest = Person::at(gateway);
    guest.visit(&page_of(&alice)).await.must_be(200);
    for words in ["Alice", "Oxford, England", "example.net/a", "All the news"] {
        guest.page.must_say(words);
    }
    assert!(!guest.page.body.contains("javascript:"), "a link runs something");
    assert!(!guest.page.body.contains("src=\"http"), "a picture comes from elsewhere");
    guest.page.link("All the news");

    let mut person = Person::signed_in(gateway, &alice).await;
    let form = person.visit("/account/profile").await.form("Save");
    assert_eq!(form.value("place"), Some("Oxford, England"));
    assert_eq!(form.value("audience"), Some("everybody"));
    person.submit(form.fill("Name", "Alice II").fill("Links", "https://example.net/a")).await.must_be(200);
    let kept = program.items(&alice.address, CARD).await.unwrap();
    for part in ["Alice II", "1990-01-01", ">England<", "https://example.net/a"] {
        assert!(kept.contains(part), "{part} is lost: {kept}");
    }
    program.sign_out().await;
}

async fn nonsense_is_no_profile(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let carol = server.account();
    let mut guest = Person::at(gateway);
    for path in ["/people/nobody", "/people/example.org", "/people/%00@x", "/people/a%20b@example.org"] {
        guest.visit(path).await.must_be(404);
    }
    guest.visit(&format!("/people/nobody-at-all@{}", server.domain)).await.must_say("There is no profile here");
    guest.visit("/account/profile").await.form("Sign in");
    // An old card is read where there is no new one.
    let program = Foreign::sign_in(server, &carol).await;
    let card =
        "<vCard xmlns='vcard-temp'><FN>Carol of old</FN><DESC>Been here long</DESC><URL>data:text/html,x</URL></vCard>";
    program.iq("set", None, card).await.unwrap();
    let mut person = Person::signed_in(gateway, &carol).await;
    person.visit(&page_of(&carol)).await.must_say("Carol of old");
    assert!(!person.page.body.contains("data:text"));
    program.sign_out().await;
}
