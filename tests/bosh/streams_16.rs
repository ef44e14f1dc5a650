//! XEP-0124 §16: several streams in one session.

use super::inactivity_10::{see_gone, show};
use crate::support::bosh::session::Session;
use crate::support::bosh::{CLIENT, Door, message};

at_every_door! { usual {
    streams_have_names_that_nobody_guesses
    two_accounts_in_one_session
    what_comes_says_which_stream_it_is_of
    what_names_no_stream_goes_to_all
    a_stream_that_is_not_there
    one_stream_ends_and_the_other_goes_on
    the_last_stream_ends_the_session
    without_a_name_all_end
    a_stream_to_nowhere
    a_stream_that_the_server_ends
    there_is_an_end_of_streams
} }

/// Opens another stream in a session, and gives its name.
async fn add(session: &mut Session) -> String {
    let stream = session.stream.take();
    let answer = session.ask_with(&format!("to='{}' xml:lang='en'", session.door.domain), "").await;
    let name = answer.attr("stream").unwrap_or_else(|| panic!("no name: {}", answer.text)).to_owned();
    assert!(answer.attr("sid").is_none() && answer.attr("wait").is_none(), "{}", answer.text);
    session.hear_from(answer, |element| element.name() == "features").await;
    session.stream = stream;
    name
}

/// One session with two accounts: the names of its streams and the addresses in them.
async fn two(door: Door) -> (Session, [(String, String); 2]) {
    let mut session = Session::sign_in(door, &[]).await;
    let first = (session.created.attr("stream").unwrap().to_owned(), session.address.clone());
    let name = add(&mut session).await;
    session.stream = Some(name.clone());
    session.enter(&door.account()).await;
    let second = (name, session.address.clone());
    session.stream = None;
    (session, [first, second])
}

/// The next messages, and the names of their streams.
async fn messages_in(session: &mut Session, number: usize) -> Vec<(String, String)> {
    let mut all = Vec::new();
    while all.len() < number {
        let answer = session.ask("").await;
        answer.must_go_on();
        let stream = answer.attr("stream").unwrap_or_default();
        all.extend(answer.messages().into_iter().map(|text| (text, stream.to_owned())));
    }
    all
}

async fn streams_have_names_that_nobody_guesses(door: Door) {
    let names: std::collections::HashSet<String> = {
        let (one, other) = (Session::open(door, &[]).await, Session::open(door, &[]).await);
        [one, other].iter().map(|session| session.created.attr("stream").unwrap().to_owned()).collect()
    };
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|name| name.len() >= 16), "{names:?}");
}

async fn two_accounts_in_one_session(door: Door) {
    let (mut session, [one, other]) = two(door).await;
    assert_ne!(one.1, other.1);
    session.stream = Some(other.0.clone());
    session.say(&one.1, "from the second").await;
    session.messages_until("from the second").await;
    session.stream = Some(one.0);
    session.say(&other.1, "from the first").await;
    session.messages_until("from the first").await;
}

async fn what_comes_says_which_stream_it_is_of(door: Door) {
    let mut bob = Session::sign_in(door, &[]).await;
    let (mut session, streams) = two(door).await;
    let mut expected = Vec::new();
    for number in 0..12 {
        // One body never holds payloads of two streams.
        let (name, address) = &streams[(number / 2) % 2];
        bob.say(address, &number.to_string()).await;
        expected.push((number.to_string(), name.clone()));
    }
    let mut heard = messages_in(&mut session, 12).await;
    // The streams are two connections to the server: between them there is no order.
    for order in [&mut heard, &mut expected] {
        order.sort_by_key(|(_, stream)| *stream == streams[0].0);
    }
    assert_eq!(heard, expected);
}

async fn what_names_no_stream_goes_to_all(door: Door) {
    let mut bob = Session::sign_in(door, &[]).await;
    let (mut session, [one, other]) = two(door).await;
    session.say(&bob.address, "from both").await;
    let mut senders = Vec::new();
    for _ in 0..2 {
        let heard = bob.hear(|element| element.is("message", CLIENT)).await;
        senders.push(heard.attr("from").unwrap().to_owned());
    }
    senders.sort();
    let mut expected = vec![one.1, other.1];
    expected.sort();
    assert_eq!(senders, expected);
}

async fn a_stream_that_is_not_there(door: Door) {
    let (mut session, [one, _]) = two(door).await;
    session.stream = Some("no-such-stream".to_owned());
    session.ask(&message(&one.1, "never")).await.must_end_with("item-not-found");
}

async fn one_stream_ends_and_the_other_goes_on(door: Door) {
    let mut bob = Session::sign_in(door, &[]).await;
    let (mut session, [one, other]) = two(door).await;
    session.stream = Some(other.0.clone());
    session.address = other.1.clone();
    show(&mut session, &mut bob).await;
    let answer = session.ask_with("type='terminate'", "").await;
    assert!(answer.attr("stream").is_none_or(|name| name == other.0), "{}", answer.text);
    see_gone(&other.1, &mut bob).await;
    session.stream = Some(one.0);
    session.say(&bob.address, "I am still here").await;
    assert_eq!(bob.messages_until("I am still here").await, [""; 0]);
}

async fn the_last_stream_ends_the_session(door: Door) {
    let (mut session, [one, other]) = two(door).await;
    for (name, _) in [one, other] {
        session.stream = Some(name);
        session.ask_with("type='terminate'", "").await;
    }
    session.stream = None;
    session.must_be_gone().await;
}

async fn without_a_name_all_end(door: Door) {
    let mut bob = Session::sign_in(door, &[]).await;
    let (mut session, [one, other]) = two(door).await;
    for (name, address) in [&one, &other] {
        session.stream = Some(name.clone());
        session.address = address.clone();
        show(&mut session, &mut bob).await;
    }
    session.stream = None;
    session.ask_with("type='terminate'", &message(&bob.address, "farewell")).await;
    let mut farewells = 0;
    let mut gone = 0;
    while farewells < 2 || gone < 2 {
        let element = bob.hear(|_| true).await;
        farewells += usize::from(element.is("message", CLIENT));
        gone += usize::from(element.attr("type") == Some("unavailable"));
    }
    session.must_be_gone().await;
}

/// The stream is refused, and the session goes on.
async fn a_stream_to_nowhere(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let answer = session.ask_with("to='elsewhere.test'", "").await;
    assert_eq!((answer.attr("type"), answer.attr("condition")), (Some("terminate"), Some("host-unknown")));
    assert!(answer.attr("stream").is_some_and(|name| Some(name) != session.created.attr("stream")), "{}", answer.text);
    session.say(&session.address.clone(), "on").await;
    assert_eq!(session.messages_until("on").await, [""; 0]);
}

/// §16.6: an error of one stream is the end of that stream.
async fn a_stream_that_the_server_ends(door: Door) {
    let (mut session, [one, other]) = two(door).await;
    let held = session.poll().await;
    let name = other.1.split('@').next().unwrap();
    let account = crate::support::servers::Account {
        address: format!("{name}@{}", door.domain),
        password: crate::support::servers::PASSWORD.to_owned(),
    };
    let _usurper = Session::sign_in_as(door, &account, &[]).await;
    let answer = held.answer().await;
    assert_eq!(answer.attr("condition"), Some("remote-stream-error"), "{}", answer.text);
    assert_eq!(answer.attr("stream"), Some(&*other.0), "{}", answer.text);
    assert!(answer.text.contains("<conflict"), "{}", answer.text);
    session.stream = Some(one.0);
    session.say(&one.1, "on").await;
    assert_eq!(session.messages_until("on").await, [""; 0]);
}

async fn there_is_an_end_of_streams(door: Door) {
    let mut session = Session::open(door, &[]).await;
    for _ in 0..7 {
        add(&mut session).await;
    }
    let answer = session.ask_with(&format!("to='{}'", door.domain), "").await;
    assert_eq!(answer.attr("type"), Some("terminate"), "{}", answer.text);
    assert_eq!(answer.attr("condition"), Some("policy-violation"), "{}", answer.text);
}
