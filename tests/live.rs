//! Pages that change while they are open: with scripts in Chromium, as a raw event stream, and as a page that stays open.

use crate::support::browser::{Look, Tab};
use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::{Gateway, Settings};
use crate::support::movim;
use crate::support::person::{Person, channel_of};
use crate::support::proxy::{Proxy, Weather};
use crate::support::servers::{Account, Kind, Server};
use crate::support::sse::Open;

on_servers! { [home prosody_stock prosody prosody_tls ejabberd_stock ejabberd ejabberd_tls] {
    what_others_do_appears_without_a_reload
    what_one_writes_appears_at_once
    a_followed_channel_comes_home
    a_page_without_scripts_grows
} }

on_servers! { [home prosody ejabberd] {
    the_connection_is_lost_and_found
    a_browser_gets_what_it_missed
} }

on_servers! { [prosody] {
    a_session_ends_after_its_last_page
} }

on_servers! { [home] {
    a_restarted_gateway_is_found_again
    a_stream_that_did_not_open_is_tried_again
    a_page_says_that_the_sign_in_has_ended
    reading_goes_on_at_the_older_posts
} }

/// A foreign client with an open microblog and one post.
async fn writer(server: &'static Server, account: &Account) -> Foreign {
    let writer = Foreign::sign_in(server, account).await;
    writer.open_microblog().await;
    write(&writer, "the-first", "The first post", "2026-03-01T10:00:00Z").await;
    writer
}

async fn write(writer: &Foreign, id: &str, text: &str, published: &str) {
    let entry = foreign::entry_at(&writer.account.address, id, text, text, published);
    writer.publish(None, MICROBLOG, id, &entry).await.unwrap_or_else(|error| panic!("{id}: {error}"));
}

async fn mark(tab: &Tab) {
    tab.evaluate("window.notReloaded = true").await;
}

async fn must_be_the_same_page(tab: &Tab) {
    assert_eq!(tab.evaluate("window.notReloaded === true").await, true, "the page was reloaded");
}

async fn what_others_do_appears_without_a_reload(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = writer(server, &bob).await;
    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(&alice).await;
    tab.visit(&channel_of(&bob)).await;
    tab.wait_for_text("The first post").await;
    mark(&tab).await;

    write(&writer, "the-second", "The second post", "2026-03-01T11:00:00Z").await;
    tab.wait_for("a counter", "/\\b1\\b/.test(document.querySelector('#news').innerText)").await;
    assert!(!tab.shows("The second post").await, "the page does not move under the reader");
    tab.wait_for_news("The second post").await;
    assert_eq!(
        tab.evaluate("[...document.querySelectorAll('#posts article')].map(a => a.innerText.includes('second'))").await,
        serde_json::json!([true, false]),
        "newest first"
    );

    write(&writer, "the-first", "The first post, corrected", "2026-03-01T10:00:00Z").await;
    tab.wait_for_text("The first post, corrected").await;
    writer.retract(None, MICROBLOG, "the-second").await.unwrap();
    tab.wait_for_no_text("The second post").await;
    must_be_the_same_page(&tab).await;
    tab.must_be_clean();
    writer.sign_out().await;
}

async fn what_one_writes_appears_at_once(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(&alice).await;
    tab.visit(&channel_of(&alice)).await;
    mark(&tab).await;
    tab.write("textarea[name=text]", "Written **with** scripts").await;
    tab.click_in("main", "Post").await;
    tab.wait_for_text("Written with scripts").await;
    must_be_the_same_page(&tab).await;
    tab.wait_for("an empty form", "document.querySelector('textarea[name=text]').value === ''").await;

    // The server's own event comes too and changes nothing: the next post is only there once it has passed.
    tab.write("textarea[name=text]", "And one more").await;
    tab.click_in("main", "Post").await;
    tab.wait_for_text("And one more").await;
    let count =
        "[...document.querySelectorAll('article')].filter(a => a.innerText.includes('Written with scripts')).length";
    assert_eq!(tab.evaluate(count).await, 1);

    // A reply by somebody else appears under the post; one's own too.
    let other = Foreign::sign_in(server, &bob).await;
    let items = other.items(&alice.address, MICROBLOG).await.unwrap();
    let entry =
        movim::entries(&items).into_iter().find(|entry| entry.text("title").unwrap().contains("Written")).unwrap();
    let path = tab
        .evaluate("[...document.querySelectorAll('article')].find(a => a.innerText.includes('Written with')).querySelector('.where a').href")
        .await;
    tab.visit(path.as_str().unwrap()).await;
    mark(&tab).await;
    tab.evaluate("window.composerWas = document.querySelector('#reply').getBoundingClientRect().top").await;
    let (href, _) = entry.links("replies").remove(0);
    let (service, query) = href.strip_prefix("xmpp:").and_then(|uri| uri.split_once('?')).unwrap();
    let node = percent_encoding::percent_decode_str(&query[";node=".len()..]).decode_utf8().unwrap().into_owned();
    other
        .publish(Some(service), &node, "reply-1", &foreign::comment(&bob.address, "reply-1", "A reply from afar"))
        .await
        .unwrap();
    tab.wait_for("a counter", "document.querySelector('#news').innerText.includes('(1)')").await;
    assert!(!tab.shows("A reply from afar").await);
    assert_eq!(
        tab.evaluate("window.composerWas === document.querySelector('#reply').getBoundingClientRect().top").await,
        true,
        "the composer stays where it is"
    );
    tab.wait_for_news("A reply from afar").await;
    // Who likes it twice counts once, and a like is no reply.
    for id in ["like-1", "like-2"] {
        other.publish(Some(service), &node, id, &foreign::comment(&bob.address, id, "♥")).await.unwrap();
    }
    tab.wait_for_text("One person likes this.").await;
    assert!(!tab.shows("♥").await, "a like is shown as a reply");
    tab.write("textarea[name=text]", "A reply from here").await;
    tab.click_in("main", "Reply").await;
    tab.wait_for_text("A reply from here").await;
    must_be_the_same_page(&tab).await;
    tab.must_be_clean();
    other.sign_out().await;
}

async fn a_followed_channel_comes_home(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = writer(server, &bob).await;
    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(&alice).await;
    tab.visit(&channel_of(&bob)).await;
    mark(&tab).await;
    tab.click_in("main", "Follow").await;
    tab.wait_for("the other button", "document.querySelector('#follow-button')?.innerText.includes('Stop following')")
        .await;
    must_be_the_same_page(&tab).await;
    tab.visit("/").await;
    tab.wait_for("the first post, at once or after a reload", "document.body.innerText.includes('The first post') || (document.querySelector('#news button, #news a')?.click(), false) || void (window.askedAgain ||= setTimeout(() => location.reload(), 3000))").await;
    mark(&tab).await;
    write(&writer, "the-next", "The next post", "2026-03-02T10:00:00Z").await;
    tab.wait_for_news("The next post").await;
    must_be_the_same_page(&tab).await;
    tab.must_be_clean();
    writer.sign_out().await;
}

async fn a_page_without_scripts_grows(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = writer(server, &bob).await;
    let mut person = Person::signed_in(gateway, &alice).await;
    person.visit(&channel_of(&bob)).await;
    let url = person.page.link("Live page without scripts");
    let mut open = Open::get(person.client(), url.as_str(), None).await;
    open.until("The first post").await;
    write(&writer, "the-second", "The second post", "2026-03-01T11:00:00Z").await;
    let text = open.until("The second post").await;
    assert!(text.find("The first post") < text.find("The second post"), "oldest first");
    writer.retract(None, MICROBLOG, "the-second").await.unwrap();
    open.until("taken away").await;
    person.visit("/").await;
    person.press("Sign out").await;
    open.until("You have signed out, so this page stops here.").await;
    drop(open);

    if server.kind == Kind::Home {
        let tab = Tab::looking(&gateway.url, Look { has_scripts: false, ..Look::default() }).await;
        tab.start_visit("/sign-in").await;
        let anonymous = Open::get(Person::at(gateway).client(), url.as_str(), None).await;
        drop(anonymous);
        tab.start_visit(url.path()).await;
        tab.wait_for_text("The first post").await;
        write(&writer, "the-third", "The third post", "2026-03-01T12:00:00Z").await;
        tab.wait_for_text("The third post").await;
        tab.must_be_clean();
    }
    writer.sign_out().await;
}

/// A gateway that reaches a server through a network with moods.
async fn gateway_through_proxy(server: &'static Server) -> (Gateway, Proxy) {
    let proxy = Proxy::before(server.port).await;
    let mut settings = Settings::for_server(server);
    settings.xmpp = settings.xmpp.replace(&format!(":{}\"", server.port), &format!(":{}\"", proxy.port));
    (Gateway::start(&settings), proxy)
}

async fn the_connection_is_lost_and_found(server: &'static Server) {
    let (gateway, proxy) = gateway_through_proxy(server).await;
    let (alice, bob) = (server.account(), server.account());
    let writer = writer(server, &bob).await;
    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(&alice).await;
    tab.visit(&channel_of(&bob)).await;
    tab.wait_for_text("The first post").await;
    mark(&tab).await;
    let said = |words: &str| proxy.heard().matches(words).count();
    let (binds, resumptions) = (said("<bind "), said("<resume "));
    proxy.becomes(Weather::Cut);
    tab.wait_for_text("connection to the XMPP server is lost").await;
    write(&writer, "meanwhile", "Written meanwhile", "2026-03-01T11:00:00Z").await;
    proxy.becomes(Weather::Fair);
    tab.wait_for_within("the good news", "document.querySelector('#status').innerText.includes('Connected again')", 90)
        .await;
    assert!(!tab.shows("is lost").await);
    assert_eq!(
        tab.evaluate("document.querySelector('#status').getAttribute('role')").await,
        "status",
        "it is announced"
    );
    tab.wait_for("the end of the good news", "document.querySelector('#status').innerText === ''").await;
    tab.wait_for_news("Written meanwhile").await;
    write(&writer, "afterwards", "Written afterwards", "2026-03-01T12:00:00Z").await;
    tab.wait_for_news("Written afterwards").await;
    assert!(said("<resume ") > resumptions, "the stream goes on (XEP-0198)");
    assert_eq!(said("<bind "), binds, "no session began anew");
    tab.must_be_clean();
    writer.sign_out().await;
}

/// Some minutes after it, one here, unless a page is open.
async fn a_session_ends_after_its_last_page(server: &'static Server) {
    let mut settings = Settings::for_server(server);
    settings.limits.push_str("idle_minutes = 1\n");
    let gateway = Gateway::start(&settings);
    let (alice, bob) = (server.account(), server.account());
    let mut leaves = Person::signed_in(&gateway, &alice).await;
    let stays = Person::signed_in(&gateway, &bob).await;
    let _open = Open::get(stays.client(), stays.url("/events").as_str(), None).await;
    let (mut of_alice, mut of_bob) = (Foreign::sign_in(server, &alice).await, Foreign::sign_in(server, &bob).await);
    let (session_of_alice, session_of_bob) = (of_alice.other_client().await, of_bob.other_client().await);
    let ping = "<ping xmlns='urn:xmpp:ping'/>";
    of_alice.iq("get", Some(&session_of_alice), ping).await.expect("a session lives on for a while");
    let is_end = |stanza: &str| stanza.starts_with("<presence") && stanza.contains("unavailable");
    of_alice.message_within("the end of the session", 90, is_end).await;
    of_bob.iq("get", Some(&session_of_bob), ping).await.expect("an open page is use");
    leaves.visit("/").await.must_be(200);
    of_alice.other_client().await;
}

async fn a_browser_gets_what_it_missed(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = writer(server, &bob).await;
    let mut person = Person::signed_in(gateway, &alice).await;
    person.visit(&channel_of(&bob)).await;
    let url = person.url(&format!("{}/events", channel_of(&bob)));
    let mut stream = Open::get(person.client(), url.as_str(), None).await;
    write(&writer, "event-1", "Event one", "2026-03-01T11:00:00Z").await;
    let first = stream.event_where(|event| event.data.contains("Event one")).await;
    let id = first.id.expect("every event has a number");
    // A second stream stays open, so that the session has these events before the first one asks for them.
    write(&writer, "event-2", "Event two", "2026-03-01T12:00:00Z").await;
    write(&writer, "event-3", "Event three", "2026-03-01T13:00:00Z").await;
    stream.event_where(|event| event.data.contains("Event three")).await;
    drop(stream);

    let mut again = Open::get(person.client(), url.as_str(), Some(&id)).await;
    let second = again.event_where(|event| event.id.is_some() && !event.data.is_empty()).await;
    assert!(second.data.contains("Event two"), "exactly what was missed comes first: {second:?}");
    let third = again.event_where(|event| event.id.is_some() && !event.data.is_empty()).await;
    assert!(third.data.contains("Event three"), "{third:?}");
    assert_ne!(second.id, third.id);

    for foreign_id in ["0123456789abcdef-7", "nonsense", &format!("{}999999", third.id.unwrap())] {
        let mut lost = Open::get(person.client(), url.as_str(), Some(foreign_id)).await;
        let event = lost.event_where(|event| !event.data.is_empty() || event.name != "message").await;
        assert!(
            event.name.contains("resync") || event.data.contains("resync"),
            "{foreign_id} is recognised as foreign: {event:?}"
        );
    }
    writer.sign_out().await;
}

async fn a_restarted_gateway_is_found_again(server: &'static Server) {
    let mut gateway = Gateway::start(&Settings::for_server(server));
    let (alice, bob) = (server.account(), server.account());
    let writer = writer(server, &bob).await;
    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(&alice).await;
    tab.visit(&channel_of(&bob)).await;
    tab.wait_for_text("The first post").await;
    gateway.restart();
    write(&writer, "after-restart", "After the restart", "2026-03-01T12:00:00Z").await;
    let quoted = "document.body.innerText.includes('After the restart') || (document.querySelector('#news button, #news a')?.click(), false)";
    tab.wait_for_within("the post after the restart", quoted, 90).await;
    // The refused connection in between is no fault of the page.
    tab.forgive();
    writer.sign_out().await;
}

async fn a_stream_that_did_not_open_is_tried_again(server: &'static Server) {
    let mut settings = Settings::for_server(server);
    settings.limits.push_str("streams_per_account = 1\n");
    let gateway = Gateway::start(&settings);
    let (alice, bob) = (server.account(), server.account());
    let writer = writer(server, &bob).await;
    let person = Person::signed_in(&gateway, &alice).await;
    let events = person.url(&format!("{}/events", channel_of(&bob)));
    let only = Open::get(person.client(), events.as_str(), None).await;
    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(&alice).await;
    tab.visit(&channel_of(&bob)).await;
    tab.wait_for_text("Too many pages are live at the same time").await;
    mark(&tab).await;
    drop(only);
    tab.wait_for_text("Connected again").await;
    write(&writer, "the-second", "The second post", "2026-03-01T11:00:00Z").await;
    tab.wait_for_news("The second post").await;
    must_be_the_same_page(&tab).await;

    // A network that fails at the first attempt is told too.
    tab.visit("/").await;
    tab.wait_for("a stream", "document.querySelector('#live')._htmx?.sse").await;
    tab.evaluate("window.fetch = ((real) => (...all) => { window.fetch = real; return Promise.reject(new TypeError('no network')); })(window.fetch); htmx.ajax('GET', document.querySelector('#live').dataset.hxSseConnect, {source: document.querySelector('#live'), swap: 'none'})").await;
    tab.wait_for_text("No connection. New posts will show when it is back.").await;
    writer.sign_out().await;
}

async fn a_page_says_that_the_sign_in_has_ended(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let writer = writer(server, &bob).await;
    let tab = Tab::open(&gateway.url).await;
    for path in ["/", &channel_of(&bob)] {
        tab.sign_in(&alice).await;
        tab.visit(path).await;
        tab.wait_for("a stream", "document.querySelector('#live')._htmx?.sse").await;
        // As from another window.
        tab.evaluate("fetch('/sign-out', {method: 'POST', body: new URLSearchParams({csrf: document.querySelector('[name=csrf]').value})})").await;
        tab.wait_for_text("Your sign-in has ended. Sign in again").await;
        let link = tab.evaluate("document.querySelector('#status a').getAttribute('href')").await;
        assert!(link.as_str().unwrap().starts_with("/sign-in"), "{link}");
        assert_eq!(
            tab.evaluate("document.querySelector('#live')").await,
            serde_json::Value::Null,
            "it is not opened again"
        );
    }
    writer.sign_out().await;
}

async fn reading_goes_on_at_the_older_posts(server: &'static Server) {
    let mut gateway = Gateway::start(&Settings::for_server(server));
    let bob = server.account();
    let writer = writer(server, &bob).await;
    for number in 1..=45 {
        let published = format!("2026-03-02T10:{number:02}:00Z");
        write(&writer, &format!("post-{number}"), &format!("Post number {number}."), &published).await;
    }
    let tab = Tab::open(&gateway.url).await;
    tab.visit(&channel_of(&bob)).await;
    tab.wait_for_text("Post number 45.").await;
    mark(&tab).await;
    tab.click_in("main", "Older posts").await;
    tab.wait_for_text("Post number 25.").await;
    let focused = "document.activeElement.closest('article')?.innerText.includes('Post number 25.')";
    tab.wait_for("the focus at the first older post", focused).await;
    gateway.stop();
    tab.click_in("main", "Older posts").await;
    tab.wait_for(
        "a line beside the link",
        "document.querySelector('#older-problem').innerText.includes('did not get through')",
    )
    .await;
    must_be_the_same_page(&tab).await;
    writer.sign_out().await;
}
