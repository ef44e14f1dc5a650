//! Blocking people (XEP-0191): what they write is nowhere for who has blocked them, and is there for everybody else.

use crate::support::channel_service::ChannelService;
use crate::support::foreign::{Foreign, MICROBLOG};
use crate::support::gateway::{Gateway, Settings};
use crate::support::page::Page;
use crate::support::person::{Person, channel_of};
use crate::support::prosody::{self, Place};
use crate::support::servers::{Account, Server, Setup, Tls};
use crate::support::sse::Open;

on_servers! { [home prosody ejabberd] {
    somebody_blocked_is_nowhere
    what_comes_live_is_looked_through
    other_programs_block_too
    what_cannot_be_blocked_is_said
    nobody_else_changes_the_list
} }

on_servers! { [home_channels prosody_channels ejabberd_channels] {
    pages_turn_and_counters_count_without_what_is_hidden
} }

/// Blocks somebody by the link at the foot of their channel.
async fn block(person: &mut Person, whom: &Account) {
    person.visit(&channel_of(whom)).await;
    person.follow_link("Block ").await.must_be(200);
    person.page.must_say("They are not told");
    person.press("Block").await.must_be(200);
    person.page.must_say(&whom.address);
}

/// How many like a post, as its page says.
fn likes(page: &Page) -> String {
    page.texts("#likes").join(" ")
}

async fn somebody_blocked_is_nowhere(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let [alice, bob, mallory] = [server.account(), server.account(), server.account()];
    let mut author = Person::signed_in(gateway, &alice).await;
    let mut troll = Person::signed_in(gateway, &mallory).await;
    let mut reader = Person::signed_in(gateway, &bob).await;
    author.post("/", "What do you think?").await;
    troll.post("/", "Here is a troll").await;
    troll.reply(&channel_of(&alice), "What do you think?", "Nothing good").await;
    troll.press("Like").await;
    for whom in [&alice, &mallory] {
        reader.visit(&channel_of(whom)).await;
        reader.press("Follow").await.must_be(200);
    }
    reader.reload_until("/", "both", |page| page.says("a troll") && page.says("What do you think?")).await;
    reader.open_post("What do you think?").await.must_say("Nothing good");
    let thread = reader.page.url.path().to_owned();
    assert!(likes(&reader.page).contains("One person"), "{}", likes(&reader.page));
    let face = format!("/faces/{}", mallory.address);

    block(&mut reader, &mallory).await;
    reader.visit("/").await.must_not_say("a troll");
    reader.page.must_say("What do you think?");
    reader.page.must_not_say("could not be read");
    reader.page.must_not_say(&mallory.address);
    reader.visit(&thread).await.must_not_say("Nothing good");
    assert_eq!(likes(&reader.page), "");
    reader.visit("/follows").await.must_not_say(&mallory.address);
    reader.visit("/channels").await.must_not_say(&mallory.address);
    for path in [channel_of(&mallory), format!("{}/about", channel_of(&mallory))] {
        reader.visit(&path).await.must_be(403);
        reader.page.must_say("You have blocked this address");
        reader.page.must_not_say("a troll");
    }
    let shown = reader.client().get(reader.url(&face)).send().await.unwrap();
    assert_eq!(shown.headers()["content-type"], "image/gif");

    // The card is the same for all, and everybody else sees it.
    author.visit(&thread).await.must_say("Nothing good");
    assert!(likes(&author.page).contains("One person"));
    Person::at(gateway).visit(&thread).await.must_say("Nothing good");

    reader.visit(&channel_of(&mallory)).await;
    reader.press(&format!("Unblock {}", mallory.address)).await.must_be(200);
    reader.page.must_say("a troll");
    reader.reload_until("/", "the troll again", |page| page.says("a troll")).await;
    reader.visit(&thread).await.must_say("Nothing good");
}

async fn what_comes_live_is_looked_through(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let [alice, bob, carol, mallory] = [server.account(), server.account(), server.account(), server.account()];
    let mut author = Person::signed_in(gateway, &alice).await;
    let mut troll = Person::signed_in(gateway, &mallory).await;
    let mut friend = Person::signed_in(gateway, &carol).await;
    let mut reader = Person::signed_in(gateway, &bob).await;
    author.post("/", "A lively talk").await;
    friend.post("/", "A channel of my own").await;
    reader.visit("/account/blocked").await;
    let form = reader.page.form("Block").fill("Block a person", &format!(" xmpp:{} ", mallory.address));
    reader.submit(form).await.must_say(&mallory.address);

    reader.visit(&channel_of(&alice)).await;
    reader.open_post("A lively talk").await;
    let events = format!("{}/events?own=1", reader.page.url.path());
    let mut stream = Open::get(reader.client(), reader.url(&events).as_str(), None).await;
    author.visit(reader.page.url.as_str()).await.must_be(200);
    let mut other = Open::get(author.client(), author.url(&events).as_str(), None).await;
    troll.reply(&channel_of(&alice), "A lively talk", "A word of mine").await;
    other.until("A word of mine").await;
    friend.reply(&channel_of(&alice), "A lively talk", "A word of a friend").await;
    stream.until("A word of a friend").await;
    assert!(!stream.seen.contains("A word of mine"), "{}", stream.seen);

    // A page that is open is told when somebody is blocked elsewhere.
    let mut tablet = Person::signed_in(gateway, &bob).await;
    block(&mut tablet, &carol).await;
    stream.until("You have changed whom you block.").await;
}

async fn other_programs_block_too(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let [bob, mallory] = [server.account(), server.account()];
    let mut troll = Person::signed_in(gateway, &mallory).await;
    troll.post("/", "Seen by all").await;
    let program = Foreign::sign_in(server, &bob).await;
    let item = |name: &str| format!("<{name} xmlns='urn:xmpp:blocking'><item jid='{}'/></{name}>", mallory.address);
    program.iq("set", None, &item("block")).await.unwrap();

    // Read when the session begins.
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit(&channel_of(&mallory)).await.must_say("You have blocked this address");
    reader.visit("/account/blocked").await.must_say(&mallory.address);
    // And kept by what the server tells.
    program.iq("set", None, &item("unblock")).await.unwrap();
    reader.reload_until(&channel_of(&mallory), "the posts", |page| page.says("Seen by all")).await;
    program.iq("set", None, &item("block")).await.unwrap();
    reader.reload_until(&channel_of(&mallory), "nothing", |page| !page.says("Seen by all")).await;
    program.iq("set", None, "<unblock xmlns='urn:xmpp:blocking'/>").await.unwrap();
    reader.reload_until("/account/blocked", "nobody", |page| page.says("You have blocked nobody.")).await;

    // What is blocked here is blocked there.
    reader.visit("/account/blocked").await;
    let form = reader.page.form("Block").fill("Block a person", &mallory.address);
    reader.submit(form).await.must_be(200);
    let list = program.iq("get", None, "<blocklist xmlns='urn:xmpp:blocking'/>").await.unwrap();
    assert!(list.contains(&mallory.address), "{list}");
    let refused = program.items(&mallory.address, MICROBLOG).await;
    assert!(refused.is_err(), "the server lets nothing through: {refused:?}");
    program.sign_out().await;
}

/// Any client may send a request to ours; only the own account is believed.
async fn nobody_else_changes_the_list(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let [alice, bob, mallory] = [server.account(), server.account(), server.account()];
    Person::signed_in(gateway, &alice).await.post("/", "A friend").await;
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.visit("/account/blocked").await.must_say("You have blocked nobody.");
    let mut own = Foreign::sign_in(server, &bob).await;
    let ours = own.other_client().await;
    let block = format!("<block xmlns='urn:xmpp:blocking'><item jid='{}'/></block>", alice.address);
    // Servers may not even let it through; another client of the same account they do.
    let troll = Foreign::sign_in(server, &mallory).await;
    for sender in [&troll, &own] {
        let answer = sender.iq("set", Some(&ours), &block).await;
        assert!(answer.is_err(), "{answer:?}");
    }
    reader.visit("/account/blocked").await.must_say("You have blocked nobody.");
    reader.visit(&channel_of(&alice)).await.must_say("A friend");
    troll.sign_out().await;
    own.sign_out().await;
}

async fn what_cannot_be_blocked_is_said(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let bob = server.account();
    let mut reader = Person::signed_in(gateway, &bob).await;
    reader.post("/", "Mine stays").await;
    for (who, problem) in [
        ("somebody", "This is not an address."),
        ("a b@example.org", "This is not an address."),
        (&bob.address, "You cannot block yourself."),
        (&server.domain, "This is your own server"),
    ] {
        let form = reader.visit("/account/blocked").await.form("Block").fill("Block a person", who);
        reader.submit(form).await.must_be(422);
        reader.page.must_say(problem);
        assert_eq!(reader.page.form("Block").value("who"), Some(who), "what was typed is given back");
        reader.page.must_say("You have blocked nobody.");
    }
    let form = reader.page.form("Block").fill("Block a person", "Nowhere.EXAMPLE");
    reader.submit(form).await.must_be(200);
    reader.page.must_say("nowhere.example");
    reader.visit("/@anybody@nowhere.example").await.must_say("You have blocked everybody on nowhere.example");
    reader.visit("/me").await.must_say("Mine stays");
    let mut guest = Person::at(gateway);
    guest.visit("/account/blocked").await.form("Sign in");
}

async fn pages_turn_and_counters_count_without_what_is_hidden(server: &'static Server) {
    let gateway = Gateway::shared(server);
    ChannelService::of(server);
    let [alice, bob, mallory] = [server.account(), server.account(), server.account()];
    let channel = format!("/b/{}", alice.address);
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "The first of all").await;
    let mut troll = Person::signed_in(gateway, &mallory).await;
    let mut reader = Person::signed_in(gateway, &bob).await;
    for person in [&mut troll, &mut reader] {
        person.visit(&channel).await;
        person.press("Follow").await.must_be(200);
    }
    let form = reader.visit("/account").await.form("Save").fill("posts", "10");
    reader.submit(form).await.must_be(200);
    reader.visit("/account/blocked").await;
    let form = reader.page.form("Block").fill("Block a person", &mallory.address);
    reader.submit(form).await.must_be(200);
    for number in 0..11 {
        troll.post(&channel, &format!("Noise {number} for @{}", bob.address)).await;
    }
    assert_eq!(troll.visit(&channel).await.cards().len(), 12);
    assert_eq!(reader.visit("/follows").await.texts(".rows .badge"), ["yours"]);
    for path in ["/", &channel] {
        reader.visit(path).await.must_not_say("Noise");
        reader.page.must_not_say("No posts yet");
        reader.follow_link("Older posts").await.must_say("The first of all");
        assert_eq!(reader.page.cards().len(), 1, "{path}");
    }
}

/// A server without such a list says so, and offers nothing that does not work.
#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_be_blocked_the_page_says_so() {
    let modules = "modules_disabled = { \"blocklist\"; \"tls\" }\n";
    let place = Place { extra: modules, accounts: 5, ..Place::on_loopback("no-blocking.test") };
    let server = prosody::start_at(&place, Setup::Recommended, Tls::Off);
    let gateway = Gateway::start(&Settings::for_server(&server));
    let (alice, bob) = (server.account(), server.account());
    Person::signed_in(&gateway, &alice).await.post("/", "Hello").await;
    let mut reader = Person::signed_in(&gateway, &bob).await;
    reader.visit("/account/blocked").await.must_say("Your server keeps no list of blocked people");
    assert!(reader.page.find_form("Block").is_none());
    reader.visit(&channel_of(&alice)).await.must_say("Hello");
    reader.page.must_not_say("Block ");
}
