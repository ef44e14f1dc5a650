//! XEP-0124 §7.2, XEP-0206 §4: what the answer to the first request promises.

use crate::support::bosh::session::Session;
use crate::support::bosh::{Door, QUICK_INACTIVITY, QUICK_PAUSE, QUICK_POLLING, QUICK_WAIT, first_rid, message};

at_every_door! { usual {
    wait_is_at_most_what_was_asked_for
    hold_is_at_most_what_was_asked_for
    requests_are_more_than_hold
    the_lower_version_is_spoken
    what_a_client_must_know_of_the_times
    what_can_be_decompressed_and_paused
    the_server_and_its_features
    acknowledgements_are_agreed_on
    a_polling_session_may_be_silent_for_longer
    the_first_answer_only
    numbers_that_are_none
} }

async fn wait_is_at_most_what_was_asked_for(door: Door) {
    for wait in [1, 5, 30, 50] {
        let session = Session::open(door, &[("wait", &wait.to_string())]).await;
        assert_eq!(session.created.number("wait"), wait);
    }
    // Above it a proxy with the usual 60 s would give up first.
    for wait in ["60", "3600", "86400", "4294967296"] {
        let session = Session::open(door, &[("wait", wait)]).await;
        assert!((30..=55).contains(&session.created.number("wait")), "{wait}: {}", session.created.text);
    }
    let session = Session::open(door, &[("wait", "")]).await;
    assert!(session.created.number("wait") <= 55);
}

async fn hold_is_at_most_what_was_asked_for(door: Door) {
    for hold in [0, 1, 2, 7, 15] {
        let session = Session::open(door, &[("hold", &hold.to_string())]).await;
        assert_eq!(session.created.number("hold"), hold);
    }
    for hold in ["16", "255", "1000000000"] {
        assert!(Session::open(door, &[("hold", hold)]).await.created.number("hold") <= 15);
    }
}

async fn requests_are_more_than_hold(door: Door) {
    for hold in ["0", "1", "2", "5", "100", ""] {
        let created = Session::open(door, &[("hold", hold)]).await.created;
        assert_eq!(created.number("requests"), created.number("hold") + 1, "{hold}: {}", created.text);
    }
}

async fn the_lower_version_is_spoken(door: Door) {
    // Parts of a version are numbers of their own: 1.9 is lower than 1.11.
    for (asked, spoken) in
        [("1.6", "1.6"), ("1.9", "1.9"), ("1.11", "1.11"), ("1.100", "1.11"), ("2.0", "1.11"), ("0.9", "0.9")]
    {
        let created = Session::open(door, &[("ver", asked)]).await.created;
        assert_eq!(created.attr("ver"), Some(spoken), "{asked}: {}", created.text);
    }
}

async fn what_a_client_must_know_of_the_times(door: Door) {
    let created = Session::open(door, &[]).await.created;
    let inactivity = created.number("inactivity");
    assert!((90..=120).contains(&inactivity), "browsers wake hidden pages once a minute: {inactivity}");
    assert!((1..=10).contains(&created.number("polling")), "{}", created.text);
    assert!(created.number("maxpause") >= 300, "{}", created.text);
    let created = Session::open(Door::quick(door.server.unwrap()), &[]).await.created;
    assert_eq!(created.number("wait"), QUICK_WAIT.as_secs());
    assert_eq!(created.number("inactivity"), QUICK_INACTIVITY.as_secs());
    assert_eq!(created.number("polling"), QUICK_POLLING.as_secs());
    assert_eq!(created.number("maxpause"), QUICK_PAUSE.as_secs());
}

async fn what_can_be_decompressed_and_paused(door: Door) {
    let created = Session::open(door, &[]).await.created;
    let mut accepted: Vec<&str> = created.attr("accept").unwrap_or_default().split(',').map(str::trim).collect();
    accepted.sort_unstable();
    assert_eq!(accepted, ["deflate", "gzip"]);
    if let Some(charsets) = created.attr("charsets") {
        assert!(charsets.split(' ').any(|name| name.eq_ignore_ascii_case("utf-8")), "{charsets}");
    }
}

async fn the_server_and_its_features(door: Door) {
    let mut session = Session::open(door, &[]).await;
    let mut answer = session.created.clone();
    assert_eq!(answer.attr("from"), Some(door.domain), "{}", answer.text);
    assert!(matches!(answer.xbosh("restartlogic"), Some("true" | "1")), "{}", answer.text);
    // As soon as the server has said so: in this answer or a later one.
    let mut version = answer.xbosh("version").map(str::to_owned);
    while answer.features().is_none() {
        answer = session.ask("").await;
        version = version.or(answer.xbosh("version").map(str::to_owned));
    }
    assert_eq!(version.as_deref(), Some("1.0"), "{}", answer.text);
}

async fn acknowledgements_are_agreed_on(door: Door) {
    let session = Session::open(door, &[("ack", "1")]).await;
    assert_eq!(session.created.number("ack"), session.rid - 1);
    let session = Session::open(door, &[]).await;
    assert_eq!(session.created.attr("ack"), None, "{}", session.created.text);
}

async fn a_polling_session_may_be_silent_for_longer(door: Door) {
    for changes in [[("wait", "0")], [("hold", "0")]] {
        let polling = Session::open(door, &changes).await.created;
        let usual = Session::open(door, &[]).await.created;
        let more = polling.number("inactivity").saturating_sub(usual.number("inactivity"));
        assert!(more > polling.number("polling"), "{}", polling.text);
        assert!(polling.number("wait") == 0 || polling.number("hold") == 0);
    }
}

async fn the_first_answer_only(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let itself = message(&session.address, "to myself");
    let terms = ["sid", "wait", "requests", "ver", "polling", "inactivity", "hold", "maxpause", "accept", "charsets"];
    for answer in [session.ask(&itself).await, session.terminate().await] {
        let names = answer.names();
        assert!(!terms.iter().any(|term| names.iter().any(|name| name == term)), "{}", answer.text);
    }
}

async fn numbers_that_are_none(door: Door) {
    for (name, value) in [("wait", "-1"), ("wait", "x"), ("hold", "1.5"), ("hold", "0x1"), ("ver", "1"), ("ver", "a.b")]
    {
        door.post(&door.creation(first_rid(), &[(name, value)])).await.must_end_with("bad-request");
    }
}
