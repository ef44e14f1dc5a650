//! The people of the demo: what they wrote before, and what they write while somebody watches.

mod script;
mod entry;
mod character;
mod life;
mod channels;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use self::channels::seed_channels;
pub use self::character::{Character, Posted};
pub use self::entry::Place;
pub use self::life::{Dice, Pace, run, run_at};
use self::script::Script;
use super::accounts::{self, Hash};
use super::{Home, HomeError};
use crate::hosting::pubsub::node::MICROBLOG;
use crate::hosting::pubsub::{Fields, Operation};
use crate::hosting::stanza::{attribute, text_element};

/// The node with the channels an account follows, as Movim keeps it.
const FOLLOWED: &str = "urn:xmpp:pubsub:movim-public-subscription";

/// Makes the people, the communities and everything they wrote up to `now`. Does nothing where it was done before.
/// Accounts for visitors follow their channels from the beginning, if they exist already.
pub async fn seed(home: &Home, now: Timestamp) -> Result<(), HomeError> {
    let script = Script::read();
    let shared = format!("pubsub.{}", home.domain());
    let first =
        Operation::Items { node: script.community[0].node.clone(), ids: Vec::new(), max_items: Some(1), page: None };
    let owner = format!("{}@{}", script.community[0].owner, home.domain());
    if home.operate(&shared, &owner, first, None).await.is_ok() {
        return Ok(());
    }
    let mut people = BTreeMap::new();
    for person in &script.person {
        // Nobody signs in as one of them: the password is known to nobody.
        home.create_account(&person.user, &accounts::fresh()).await?;
        let character = Character { user: person.user.clone(), name: person.name.clone() };
        introduce(home, &character, &person.about, now).await?;
        people.insert(person.user.as_str(), character);
    }
    for community in &script.community {
        let configuration = fields(&[
            ("title", &community.title),
            ("description", &community.about),
            ("type", "urn:xmpp:pubsub-social-feed:1"),
            ("access_model", "open"),
            ("publish_model", "open"),
            ("max_items", "max"),
            ("notify_retract", "true"),
        ]);
        let create = Operation::Create { node: Some(community.node.clone()), configuration: Some(configuration) };
        let owner = format!("{}@{}", community.owner, home.domain());
        home.operate(&shared, &owner, create, Some(now.as_second())).await?;
    }
    for visitor in &script.visitor {
        follow_all(home, visitor, &script, now).await?;
    }
    for post in &script.post {
        let at = now - SignedDuration::from_hours(post.hours);
        let author = &people[post.by.as_str()];
        let title = post.title.as_deref();
        let posted = author.post(home, post.community.as_deref(), title, post.text.trim(), at).await?;
        for reply in &post.reply {
            let at = at + SignedDuration::from_mins(reply.minutes);
            people[reply.by.as_str()].reply(home, &posted, &reply.text, at).await?;
        }
        for (number, user) in (1..).zip(&post.likes) {
            let at = (at + SignedDuration::from_mins(number * 13)).min(now);
            people[user.as_str()].like(home, &posted, at).await?;
        }
    }
    Ok(())
}

/// Vcard, and an open channel of one's own.
async fn introduce(home: &Home, character: &Character, about: &str, now: Timestamp) -> Result<(), HomeError> {
    let mut card = String::from("<vCard xmlns='vcard-temp'>");
    text_element("FN", &character.name, &mut card);
    text_element("NICKNAME", &character.name, &mut card);
    text_element("DESC", about, &mut card);
    card.push_str("</vCard>");
    home.set_card(&character.user, &card).await?;
    let address = character.address(home);
    let configuration = fields(&[
        ("title", &character.name),
        ("description", about),
        ("access_model", "open"),
        ("persist_items", "true"),
        ("max_items", "max"),
        ("notify_retract", "true"),
        ("send_last_published_item", "never"),
    ]);
    let create = Operation::Create { node: Some(MICROBLOG.to_owned()), configuration: Some(configuration) };
    home.operate(&address, &address, create, Some(now.as_second())).await.map(drop)
}

/// A visitor's subscriptions, and the list of them in the visitor's own account.
async fn follow_all(home: &Home, visitor: &script::Visitor, script: &Script, now: Timestamp) -> Result<(), HomeError> {
    let address = format!("{}@{}", visitor.user, home.domain());
    let jid = jid::Jid::new(&address).map_err(|_| HomeError::Name(address.clone()))?;
    let list = fields(&[("access_model", "whitelist"), ("max_items", "max"), ("send_last_published_item", "never")]);
    let create = Operation::Create { node: Some(FOLLOWED.to_owned()), configuration: Some(list) };
    match home.operate(&address, &address, create, Some(now.as_second())).await {
        // The account is there with a list of its own, or it is not there at all: both are left as they are.
        Err(HomeError::Refused(_) | HomeError::Name(_)) => return Ok(()),
        done => drop(done?),
    }
    let mut card = String::from("<vCard xmlns='vcard-temp'>");
    text_element("FN", &visitor.name, &mut card);
    card.push_str("</vCard>");
    home.set_card(&visitor.user, &card).await?;
    for name in &visitor.follows {
        let (place, title) = match script.person(name) {
            Some(person) => {
                let service = format!("{name}@{}", home.domain());
                (Place { service, node: MICROBLOG.to_owned() }, person.name.clone())
            }
            None => {
                let title = script.community.iter().find(|one| one.node == *name).map(|one| one.title.clone());
                let service = format!("pubsub.{}", home.domain());
                (Place { service, node: name.clone() }, title.unwrap_or_default())
            }
        };
        let subscribe = Operation::Subscribe { node: place.node.clone(), jid: jid.clone() };
        home.operate(&place.service, &address, subscribe, None).await?;
        let mut payload = String::from("<subscription xmlns='urn:xmpp:pubsub:subscription:0'");
        attribute("server", &place.service, &mut payload);
        attribute("node", &place.node, &mut payload);
        payload.push('>');
        text_element("title", &title, &mut payload);
        payload.push_str("</subscription>");
        let key = Hash::Sha1.digest(format!("{}<{}<{address}", place.service, place.node).as_bytes());
        let id: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        home.publish(&address, FOLLOWED, &address, &id, &payload).await?;
    }
    Ok(())
}

fn fields(values: &[(&str, &str)]) -> Fields {
    values.iter().map(|(name, value)| (format!("pubsub#{name}"), vec![(*value).to_owned()])).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use tokio_util::sync::CancellationToken;

    use super::entry::comments_node;
    use super::*;
    use crate::hosting::home::HomeConfig;
    use crate::hosting::pubsub::Reply;

    #[tokio::test]
    async fn the_demo_has_a_past_and_goes_on() {
        let config = HomeConfig {
            domain: "demo.test".into(),
            data: None,
            open_registration: false,
            components: Vec::new(),
            files: None,
        };
        let home = Home::open(config).await.unwrap();
        home.create_account("ada", "clouds").await.unwrap();
        let now: Timestamp = "2026-11-23T16:00:00Z".parse().unwrap();
        seed(&home, now).await.unwrap();
        seed(&home, now).await.unwrap();
        let items = |service: &'static str, node: &str| {
            let (home, node) = (home.clone(), node.to_owned());
            async move {
                let read = Operation::Items { node, ids: Vec::new(), max_items: None, page: None };
                match home.operate(service, "ada@demo.test", read, None).await.unwrap() {
                    Reply::Items { items, .. } => items,
                    other => panic!("{other:?}"),
                }
            }
        };
        let garden = items("pubsub.demo.test", "garden").await;
        assert_eq!(garden.len(), 5);
        assert!(garden[0].payload.contains("<title type='text'>Welcome to the plots</title>"));
        assert_eq!(garden[0].publisher, "mira@demo.test");
        let comments = items("comments.demo.test", &comments_node(&garden[1].id)).await;
        assert_eq!(comments.iter().filter(|one| one.payload.contains(">♥<")).count(), 1);
        assert_eq!(comments.len(), 3);
        assert_eq!(items("ada@demo.test", FOLLOWED).await.len(), 7);
        assert!(!items("yuki@demo.test", MICROBLOG).await.is_empty());

        let shutdown = CancellationToken::new();
        let pace = Pace { shortest: Duration::ZERO, longest: Duration::ZERO };
        let running = tokio::spawn(run_at(home.clone(), shutdown.clone(), pace, Dice(3)));
        let total = async || {
            let mut count = 0;
            for node in ["garden", "night-sky", "slow-trains"] {
                count += items("pubsub.demo.test", node).await.len();
            }
            count
        };
        let before = total().await;
        tokio::time::timeout(Duration::from_secs(20), async {
            while total().await < before + 5 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .unwrap();
        shutdown.cancel();
        running.await.unwrap();
    }
}
