//! Through which service a channel is read, and what is asked when that one refuses.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use super::*;
use crate::config::Config;
use crate::dialect::{Helpers, Software};
use crate::session::shared::Shared;

/// The pages that a service gives of a channel.
const ITEMS: &str = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='/user/romeo@montague.lit/posts'>\
    <item id='one'><entry xmlns='http://www.w3.org/2005/Atom'><content>Hi</content><id>one</id>\
    <author><uri>acct:romeo@montague.lit</uri></author><published>2020-01-01T00:00:00Z</published>\
    <updated>2020-01-01T00:00:00Z</updated></entry></item></items></pubsub>";

fn service(domain: &str) -> ChannelService {
    ChannelService {
        address: format!("channels.{domain}").parse().unwrap(),
        domain: domain.parse().unwrap(),
        topics: format!("topics.{domain}").parse().unwrap(),
        software: Software::Other,
        features: Vec::new(),
        helpers: Helpers::default(),
    }
}

/// A session of this person, or of the guest, for whom these domains have channel services and only one service shows
/// anything. Gives whom it asked, too.
async fn session(me: Option<&str>, domains: &[&str], open: &'static str) -> (Session, Arc<Mutex<Vec<String>>>) {
    let mut config = Config::default();
    config.xmpp.domains = vec!["capulet.lit".to_owned()];
    let shared = Arc::new(Shared::new(Arc::new(config)));
    for domain in ["capulet.lit", "montague.lit"] {
        let channel_service = domains.contains(&domain).then(|| service(domain));
        let services = Arc::new(Services { channel_service, ..Services::default() });
        shared.services.get(domain.parse().unwrap(), async { Ok(services) }).await.unwrap();
    }
    let (commands, mut task) = mpsc::channel::<Box<Command>>(8);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Some(command) = task.recv().await {
            if let Command::Ask { request, answer, .. } = *command {
                let to = request.to.unwrap().to_string();
                let forbidden = AskError::Stanza { condition: "forbidden".to_owned(), specific: None, text: None };
                let result = if to == open { Ok(Some(ITEMS.parse().unwrap())) } else { Err(forbidden) };
                noted.lock().unwrap().push(to);
                let _ = answer.send(result);
            }
        }
    });
    (Session::new(me.map(|me| me.parse().unwrap()), Wire::new(commands), shared, Arc::default()), asked)
}

fn romeo() -> ChannelId {
    ChannelId::buddycloud("romeo@montague.lit".parse().unwrap())
}

async fn read(session: &Session) -> Result<usize, AskError> {
    session.read_posts(session.wire(), &romeo(), None, 20).await.map(|page| page.posts.len())
}

#[tokio::test]
async fn channels_elsewhere_are_read_through_ones_own_service() {
    let (both, near) = (&["capulet.lit", "montague.lit"], "channels.capulet.lit");
    for me in [Some("juliet@capulet.lit"), None] {
        let (session, asked) = session(me, both, near).await;
        assert_eq!(read(&session).await, Ok(1));
        assert!(asked.lock().unwrap().iter().all(|to| to == near), "{me:?} asked {asked:?}");
    }
}

#[tokio::test]
async fn who_has_no_service_asks_that_of_the_channel() {
    let (session, asked) = session(Some("juliet@capulet.lit"), &["montague.lit"], "channels.montague.lit").await;
    assert_eq!(read(&session).await, Ok(1));
    assert!(asked.lock().unwrap().iter().all(|to| to == "channels.montague.lit"));
    assert_eq!(session.own_channel().await.unwrap(), ChannelId::personal("juliet@capulet.lit".parse().unwrap()));
}

#[tokio::test]
async fn a_copy_that_went_stale_is_read_at_home() {
    let both = &["capulet.lit", "montague.lit"];
    let (session, asked) = session(Some("juliet@capulet.lit"), both, "channels.montague.lit").await;
    assert_eq!(read(&session).await, Ok(1));
    let asked = asked.lock().unwrap();
    let (first, last) = (asked.first().unwrap(), asked.last().unwrap());
    assert_eq!((first.as_str(), last.as_str()), ("channels.capulet.lit", "channels.montague.lit"));
}

#[tokio::test]
async fn a_refusal_at_home_is_a_refusal() {
    let (session, _) = session(Some("juliet@capulet.lit"), &["capulet.lit", "montague.lit"], "nobody").await;
    assert!(read(&session).await.unwrap_err().is("forbidden"));
}

#[tokio::test]
async fn a_domain_without_channels_is_told_at_once() {
    let (session, asked) = session(Some("juliet@capulet.lit"), &[], "nobody").await;
    assert!(read(&session).await.unwrap_err().is("item-not-found"));
    assert!(asked.lock().unwrap().is_empty());
    let microblog = ChannelId::personal("romeo@montague.lit".parse().unwrap());
    assert_eq!(session.resolve(microblog.clone()).await, microblog);
}
