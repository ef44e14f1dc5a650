//! Buddycloud channels through the pages, with scripts off, beside the channel service of this project.

use crate::support::browser::{Look, Tab};
use crate::support::channel_service::ChannelService;
use crate::support::checks;
use crate::support::gateway::Gateway;
use crate::support::page::Page;
use crate::support::person::{Person, channel_of};
use crate::support::servers::{Account, Server};
use crate::support::sse::Open;

on_servers! { [home_channels prosody_channels ejabberd_channels] {
    ones_own_channel_is_at_the_channel_service
    a_thread_that_is_only_watched_is_looked_at
    posts_comments_and_likes_reach_the_owner
    what_followers_write_appears_without_a_reload
    a_private_channel_lets_in_whom_it_approves
    an_invitation_is_accepted_or_declined
    who_is_kept_out_reads_nothing
    a_topic_channel_is_made_changed_and_deleted
    words_are_found
    one_timeline_holds_both_languages
    many_channels_are_read_at_once
    what_fails_keeps_what_was_typed
} }

on_servers! { [home_channels] {
    its_pages_are_sound_and_fit_small_phones
} }

/// The gateway in front of a server that has a channel service.
fn gateway(server: &'static Server) -> &'static Gateway {
    ChannelService::of(server);
    Gateway::shared(server)
}

/// The path of somebody's Buddycloud channel.
fn buddycloud_of(account: &Account) -> String {
    format!("/b/{}", account.address)
}

/// Somebody who has signed in, and whose channel is made.
async fn member(server: &'static Server) -> (Account, Person) {
    let account = server.account();
    let mut person = Person::signed_in(gateway(server), &account).await;
    // The session registers with the service on its own, beside what pages ask.
    person.reload_until("/me", "the own channel", |page| page.find_form("Post").is_some()).await;
    assert_eq!(person.page.url.path(), buddycloud_of(&account));
    (account, person)
}

async fn ones_own_channel_is_at_the_channel_service(server: &'static Server) {
    let (juliet, mut person) = member(server).await;
    person.visit("/").await;
    person.follow_link("My channel").await;
    assert_eq!(person.page.url.path(), buddycloud_of(&juliet));
    let form = person.page.form("Post").fill("text", "O Romeo, Romeo");
    person.submit(form).await.must_say("O Romeo, Romeo");
    person.visit("/").await.must_say("O Romeo, Romeo");
    let form = person.page.form("Post").fill("text", "Written at home");
    person.submit(form).await;
    person.visit("/me").await.must_say("Written at home");
    person.visit(&channel_of(&juliet)).await;
    assert_eq!(person.page.url.path(), buddycloud_of(&juliet), "the address alone leads to the channel that is there");

    let mut stranger = Person::at(gateway(server));
    stranger.visit(&buddycloud_of(&juliet)).await.must_say("O Romeo, Romeo");
    assert!(stranger.page.find_form("Post").is_none());
    stranger.follow_link("About").await.must_say("One person’s channel");

    person.visit(&format!("{}/settings", buddycloud_of(&juliet))).await;
    let form = person.page.form("Set").fill("Status line", "On the balcony");
    person.submit(form).await.must_say("On the balcony");
    for place in ["Capulet’s orchard", "Friar Laurence’s cell"] {
        person.visit(&format!("{}/settings", buddycloud_of(&juliet))).await;
        let form = person.page.form("Tell").fill("Where you are", place);
        person.submit(form).await.must_say(place);
    }
    person.visit(&format!("{}/settings", buddycloud_of(&juliet))).await;
    let form = person.page.form("Tell").fill("Where you are", "");
    person.submit(form).await.must_not_say("Friar Laurence’s cell");
    let form = {
        person.follow_link("Settings").await;
        person.page.form("Save").fill("Title", "Juliet’s own").fill("Description", "About Romeo")
    };
    person.submit(form).await.must_say("Juliet’s own");
    person.page.must_say("About Romeo");
}

async fn posts_comments_and_likes_reach_the_owner(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    let (_, mut nurse) = member(server).await;
    owner.post(&buddycloud_of(&juliet), "Wherefore art thou").await;
    nurse.visit(&buddycloud_of(&juliet)).await;
    assert!(nurse.page.find_form("Post").is_none(), "a stranger may not post");
    nurse.press("Follow").await;
    nurse.reload_until(&buddycloud_of(&juliet), "the button", |page| page.find_form("Stop following").is_some()).await;
    nurse.reload_until("/", "the followed channel", |page| page.says("Wherefore art thou")).await;
    nurse.reply(&buddycloud_of(&juliet), "Wherefore art thou", "Madam!").await.must_say("Madam!");
    nurse.press("Like").await.must_say("One person likes this");
    nurse.press("Take your like back").await.must_not_say("likes this");
    nurse.press("Like").await.must_say("One person likes this");

    owner.visit(&buddycloud_of(&juliet)).await.must_not_say("Madam!");
    owner.open_post("Wherefore art thou").await.must_say("Madam!");
    owner.page.must_say("One person likes this");
    owner.page.must_not_say("rating:");
    assert_eq!(owner.page.count("#replies article"), 1);

    // What was answered last comes first.
    owner.post(&buddycloud_of(&juliet), "What’s in a name").await;
    nurse.reply(&buddycloud_of(&juliet), "Wherefore art thou", "Anon!").await.must_say("Anon!");
    owner.visit(&buddycloud_of(&juliet)).await;
    owner.follow_link("Threads").await;
    let page = owner.page.text();
    let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words} is not on {page}"));
    assert!(place("Wherefore art thou") < place("Madam!") && place("Madam!") < place("Anon!"));
    assert!(place("Anon!") < place("What’s in a name"), "{page}");
    owner.page.must_not_say("rating:");
    owner.visit(&buddycloud_of(&juliet)).await;
    owner.open_post("Wherefore art thou").await;

    // The owner takes away what another wrote.
    let remove = owner.page.link_beside("Madam!", "Delete").expect("the owner may");
    owner.visit(remove.as_str()).await;
    owner.press("Delete").await;
    owner.visit(&buddycloud_of(&juliet)).await;
    owner.open_post("Wherefore art thou").await.must_not_say("Madam!");
    nurse.visit("/follows").await;
    assert!(nurse.page.says(&juliet.address));
    nurse.press(&format!("Stop following {}", juliet.address)).await.must_be(200);
    nurse.visit("/follows").await.must_not_say(&juliet.address);
}

async fn what_followers_write_appears_without_a_reload(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    let (nurse, mut follower) = member(server).await;
    owner.post(&buddycloud_of(&juliet), "The first post").await;
    follower.visit(&buddycloud_of(&juliet)).await;
    follower.press("Follow").await;
    let tab = Tab::open(&gateway(server).url).await;
    tab.sign_in(&nurse).await;
    tab.visit(&buddycloud_of(&juliet)).await;
    tab.wait_for_text("The first post").await;
    owner.post(&buddycloud_of(&juliet), "The second post").await;
    tab.wait_for_news("The second post").await;

    follower.visit(&buddycloud_of(&juliet)).await;
    let thread = follower.page.post_link("The first post");
    tab.visit(thread.path()).await;
    tab.wait_for_text("No replies yet").await;
    owner.reply(&buddycloud_of(&juliet), "The first post", "A comment of mine").await;
    tab.wait_for_news("A comment of mine").await;

    // Who looks after a channel can take away what has just come.
    let tab = Tab::open(&gateway(server).url).await;
    tab.sign_in(&juliet).await;
    tab.visit(thread.path()).await;
    tab.wait_for_text("A comment of mine").await;
    follower.reply(&buddycloud_of(&juliet), "The first post", "A comment of hers").await;
    tab.wait_for_news("A comment of hers").await;
    tab.wait_for(
        "a way to delete it",
        "[...document.querySelectorAll('#replies .entry, #arrivals .entry')].some((entry) =>
            entry.textContent.includes('A comment of hers') && entry.querySelectorAll('.strip a').length === 1)",
    )
    .await;
}

async fn many_channels_are_read_at_once(server: &'static Server) {
    let (account, mut reader) = member(server).await;
    for number in 0..5 {
        let (owned, mut owner) = member(server).await;
        owner.post(&buddycloud_of(&owned), &format!("Post of owner {number}")).await;
        for older in 0..number {
            owner.post(&buddycloud_of(&owned), &format!("Later post {older} of {number}")).await;
        }
        reader.visit(&buddycloud_of(&owned)).await;
        reader.press("Follow").await;
    }
    // Another session knows nothing yet and asks for all of them together.
    let other = Gateway::start(&crate::support::gateway::Settings::for_server(server));
    let mut again = Person::signed_in(&other, &account).await;
    let is_all = |page: &Page| (0..5).all(|number| page.says(&format!("Post of owner {number}")));
    again.reload_until("/", "the posts of all channels", is_all).await;
    let newest: Vec<String> = again.page.cards();
    assert!(newest[0].contains("Later post 3 of 4"), "newest first: {newest:?}");
    assert_eq!(newest.len(), 15);
}

async fn a_thread_that_is_only_watched_is_looked_at(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    let (_, mut passer) = member(server).await;
    owner.post(&buddycloud_of(&juliet), "Something said").await;
    passer.visit(&buddycloud_of(&juliet)).await;
    passer.open_post("Something said").await;
    let events = format!("{}/events", passer.page.url);
    let mut open = Open::get(passer.client(), &events, None).await;
    owner.reply(&buddycloud_of(&juliet), "Something said", "And more of it").await;
    open.until("And more of it").await;
}

async fn a_private_channel_lets_in_whom_it_approves(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    let (romeo, mut suitor) = member(server).await;
    let channel = buddycloud_of(&juliet);
    owner.post(&channel, "A secret").await;
    owner.visit(&format!("{channel}/settings")).await;
    let form = owner.page.form("Save").fill("Who may read it", "restricted");
    owner.submit(form).await.must_say("Those whom the owner lets in");

    suitor.visit(&channel).await.must_not_say("A secret");
    suitor.page.must_be(403);
    suitor.page.must_say("Only those whom the owner lets in");
    assert!(suitor.page.find_form("Follow").is_some(), "one can ask");
    suitor.page.must_say("Press “Follow” to ask");
    suitor.visit("/follows").await;
    let form = suitor.page.form("Follow").fill("address", &juliet.address);
    suitor.submit(form).await.must_say("waiting for the owner");
    suitor.visit(&channel).await.must_say("the owner has yet to agree");
    owner.visit(&channel).await.must_say("1 waiting");
    owner.reload_until(&format!("{channel}/followers"), "the request", |page| page.says("asks to follow")).await;
    owner.press(&format!("Approve {}", romeo.address)).await.must_not_say("asks to follow");
    owner.page.must_say(&romeo.address);
    suitor.reload_until(&channel, "the secret", |page| page.says("A secret")).await;

    let mut stranger = Person::at(gateway(server));
    stranger.visit(&channel).await.must_not_say("A secret");
    stranger.visit(&format!("{channel}/followers")).await.must_not_say(&romeo.address);
}

async fn an_invitation_is_accepted_or_declined(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    let channel = buddycloud_of(&juliet);
    owner.post(&channel, "For guests of mine").await;
    for answer in ["Follow", "Decline"] {
        let (guest, mut invited) = member(server).await;
        owner.visit(&format!("{channel}/followers")).await;
        let form = owner.page.form("Invite").fill("who", &guest.address);
        owner.submit(form).await.must_say("The invitation is on its way");
        let is_invited = |page: &Page| page.says(&format!("{} invites you", juliet.address));
        invited.reload_until("/follows", "the invitation", is_invited).await;
        invited.visit("/").await.must_not_say("For guests of mine");
        invited.visit(&channel).await.must_say("You are invited");
        invited.visit("/follows").await;
        invited.press(&format!("{answer} {}", juliet.address)).await.must_be(200);
        invited.visit("/follows").await.must_not_say("invites you");
        assert_eq!(invited.page.says(&juliet.address), answer == "Follow", "{answer}");
    }
}

async fn who_is_kept_out_reads_nothing(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    let (tybalt, mut follower) = member(server).await;
    let channel = buddycloud_of(&juliet);
    owner.post(&channel, "For friends").await;
    follower.visit(&channel).await;
    follower.press("Follow").await;
    owner.visit(&format!("{channel}/followers")).await;
    let change = format!("Change the part of {}", tybalt.address);
    let form = owner.page.form(&change).fill("role", "banned");
    owner.submit(form).await.must_say("Kept out");
    follower.visit(&channel).await.must_not_say("For friends");
    follower.page.must_say("You are kept out");
    owner.press(&format!("Let in again {}", tybalt.address)).await;
    follower.reload_until(&channel, "the post", |page| page.says("For friends")).await;
    follower.visit(&format!("{channel}/followers")).await;
    assert!(follower.page.find_form("Keep out").is_none(), "that is for owners and moderators");
}

async fn a_topic_channel_is_made_changed_and_deleted(server: &'static Server) {
    let (_, mut owner) = member(server).await;
    let (nurse, mut other) = member(server).await;
    owner.visit("/channels").await;
    owner.follow_link("Make a channel").await;
    let name = format!("balcony-{}", nurse.name());
    let form = owner.page.form("Make the channel").fill("Name", &name).fill("Title", "Balcony talk");
    owner.submit(form).await.must_say("Balcony talk");
    let channel = owner.page.url.path().to_owned();
    assert_eq!(channel, format!("/b/{name}@topics.{}", server.domain));
    owner.post(&channel, "Who is there?").await;

    other.visit("/channels/new").await;
    let form = other.page.form("Make the channel").fill("Name", &name).fill("Description", "Mine now");
    other.submit(form).await.must_say("There is a channel of that name already");
    assert_eq!(other.page.form("Make the channel").value("name"), Some(&*name), "what was typed is kept");
    other.visit(&channel).await.must_say("Who is there?");
    other.visit(&format!("{channel}/settings")).await.must_be(403);
    other.follow_link("Back to the channel").await.must_say("Who is there?");
    other.visit(&format!("{channel}/delete")).await.must_be(403);
    other.visit(&channel).await;
    other.press("Follow").await;
    other.post(&channel, "Only the nurse").await.must_say("Only the nurse");
    owner.reload_until("/", "the other's post", |page| page.says("Only the nurse")).await;

    owner.visit(&format!("{channel}/followers")).await;
    let change = format!("Change the part of {}", nurse.address);
    let form = owner.page.form(&change).fill("role", "moderator");
    owner.submit(form).await.must_say("moderator");
    other.reload_until(&format!("{channel}/about"), "the new part", |page| page.says("You are a moderator")).await;

    owner.visit(&format!("{channel}/settings")).await;
    owner.follow_link("Delete this channel…").await.must_say("This cannot be undone");
    owner.press("Delete the channel").await.must_be(200);
    other.reload_until(&channel, "that it is gone", |page| page.status == 404).await;
}

async fn words_are_found(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    owner.post(&buddycloud_of(&juliet), "A nightingale, and not the lark").await;
    owner.visit("/channels").await;
    let form = owner.page.form("Search").fill("q", "nightingale");
    owner.submit(form).await.must_be(200);
    owner.page.must_say("A nightingale, and not the lark");
    let form = owner.page.form("Search").fill("q", "no-such-word-anywhere");
    owner.submit(form).await.must_say("No post was found");
    owner.visit("/channels").await.must_say(&juliet.address);
}

async fn one_timeline_holds_both_languages(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    let (_, mut reader) = member(server).await;
    owner.post(&buddycloud_of(&juliet), "From the channel service").await;
    let writer = server.account();
    let foreign = crate::support::foreign::Foreign::sign_in(server, &writer).await;
    foreign.open_microblog().await;
    let entry = crate::support::foreign::entry(&writer.address, "one", "From a microblog", "From a microblog");
    foreign.publish(None, crate::support::foreign::MICROBLOG, "one", &entry).await.unwrap();
    for address in [&juliet.address, &writer.address] {
        reader.visit("/follows").await;
        let form = reader.page.form("Follow").fill("address", address);
        reader.submit(form).await.must_say(address);
    }
    let is_there = |page: &Page| page.says("From the channel service") && page.says("From a microblog");
    reader.reload_until("/", "both posts", is_there).await;
    reader.visit("/follows").await;
    let paths: Vec<String> = reader.page.links().iter().map(|(_, url)| url.path().to_owned()).collect();
    assert!(paths.contains(&buddycloud_of(&juliet)) && paths.contains(&channel_of(&writer)), "{paths:?}");
}

async fn what_fails_keeps_what_was_typed(server: &'static Server) {
    let (_, mut person) = member(server).await;
    person.visit("/channels/new").await;
    let form = person.page.form("Make the channel").fill("Name", "two words").fill("Title", "Kept");
    person.submit(form).await.must_be(422);
    assert_eq!(person.page.form("Make the channel").value("title"), Some("Kept"));
    person.visit("/follows").await.must_say("You follow no channel yet");
    person.follow_link("look at the channels here").await.must_be(200);
    assert_eq!(person.page.url.path(), "/channels");
    person.visit("/b/nobody@topics.invalid").await;
    assert!(person.page.status >= 400 && !person.page.says("Something went wrong"), "{}", person.page.text());
    person.visit("/me").await;
    let followers = format!("{}/followers", person.page.url.path());
    person.visit(&followers).await;
    let form = person.page.form("Keep out").fill("who", "no address");
    person.submit(form).await.must_be(422);
    assert_eq!(person.page.form("Keep out").value("who"), Some("no address"));
    assert_eq!(person.page.form("Invite").value("who"), Some(""), "what was typed stays in its own form");
    let form = person.page.form("Invite").fill("who", "nobody known");
    person.submit(form).await.must_be(422);
    assert_eq!(person.page.form("Invite").value("who"), Some("nobody known"));
    assert_eq!(person.page.form("Keep out").value("who"), Some(""));
}

/// The controls of a page that are lower than a finger, by their words.
const TOO_SMALL_TO_TOUCH: &str = "[...document.querySelectorAll('button, .button, nav a, .more a, .strip a, \
    .back a, select, textarea, input:not([type=hidden])')].filter(control => { \
    const { height } = control.getBoundingClientRect(); return height > 0 && height < 44; }) \
    .map(control => control.textContent || control.name).join(', ')";

async fn its_pages_are_sound_and_fit_small_phones(server: &'static Server) {
    let (juliet, mut owner) = member(server).await;
    let (_, mut nurse) = member(server).await;
    let own = buddycloud_of(&juliet);
    owner.post(&own, "The only post").await;
    nurse.visit(&own).await;
    nurse.press("Follow").await;
    nurse.reply(&own, "The only post", "The only reply").await;
    let thread = nurse.page.url.path().to_owned();
    owner.visit("/channels/new").await;
    let name = format!("small-{}", juliet.name());
    let form = owner.page.form("Make the channel").fill("Name", &name).fill("Who may read it", "restricted");
    owner.submit(form).await;
    let topic = owner.page.url.path().to_owned();
    nurse.visit(&topic).await;
    nurse.press("Follow").await;

    let search = "/search?q=only".to_owned();
    let of = |rest: &str| format!("{topic}{rest}");
    let paths = [own, thread, topic.clone(), of("/about"), of("/followers"), of("/settings"), of("/delete"), search]
        .into_iter();
    let paths: Vec<String> = paths.chain(["/channels".to_owned(), "/channels/new".to_owned()]).collect();
    let tab = Tab::looking(&gateway(server).url, Look { width: 320, is_dark: true, ..Look::default() }).await;
    tab.sign_in(&juliet).await;
    let (mut sources, mut violations) = (Vec::new(), Vec::new());
    for path in &paths {
        owner.visit(path).await.must_be(200);
        sources.push((path.clone(), owner.page.body.clone()));
        tab.visit(path).await;
        let is_wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
        assert_eq!(tab.evaluate(is_wider).await, false, "{path} is wider than the screen");
        let small = tab.evaluate(TOO_SMALL_TO_TOUCH).await;
        assert_eq!(small, "", "{path}: smaller than 44 pixels");
        violations.extend(tab.axe().await.into_iter().map(|line| format!("{path}: {line}")));
    }
    nurse.visit(&topic).await.must_be(403);
    sources.push(("a closed channel".to_owned(), nurse.page.body.clone()));
    violations.extend(checks::nu(&sources));
    assert!(violations.is_empty(), "{violations:#?}");
}
