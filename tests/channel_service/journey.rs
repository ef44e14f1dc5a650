//! Found, used, restarted, refused: on every kind of server.

use std::time::Duration;

use crate::support::channel_service::{ChannelService, Data};
use crate::support::client::Client;
use crate::support::home;
use crate::support::patience::until;
use crate::support::servers::Server;

use super::words::{create, ids, items, publish, register, retract, subscribe};

on_servers! { [home_channels prosody_channels ejabberd_channels] {
    a_channel_is_found_followed_and_heard_of
    guests_read_what_is_open
} }

async fn member(server: &'static Server, service: &ChannelService) -> Client {
    let client = Client::sign_in(server, &server.account()).await;
    client.say(&format!("<presence to='{}'/>", service.address)).await;
    client.done(&service.address, "set", register()).await;
    client
}

async fn a_channel_is_found_followed_and_heard_of(server: &'static Server) {
    let service = ChannelService::of(server);
    let juliet = member(server, service).await;
    let disco = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
    let listed = juliet.done(&server.domain, "get", disco).await;
    assert!(listed.contains(&service.address), "{listed}");
    let info = juliet.done(&service.address, "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>").await;
    assert!(info.contains("channels"), "{info}");
    let listed = juliet.done(&service.topics, "get", disco).await;
    assert!(listed.contains(&service.address), "{listed}");

    let nurse = member(server, service).await;
    let node = format!("/user/{}/posts", juliet.bare());
    nurse.done(&service.address, "set", &subscribe(&node, nurse.bare())).await;
    juliet.hears("subscribed").await;
    let id = format!("post-of-{}", juliet.bare().replace('@', "-"));
    juliet.done(&service.address, "set", &publish(&node, &id, "<content>O Romeo</content>")).await;
    let heard = nurse.hears("O Romeo").await;
    assert!(heard.contains(&id), "{heard}");
    assert_eq!(ids(&nurse.done(&service.address, "get", &items(&node)).await), [id.as_str()]);
    juliet.done(&service.address, "set", &retract(&node, &id)).await;
    nurse.hears("retract").await;
}

async fn guests_read_what_is_open(server: &'static Server) {
    let service = ChannelService::of(server);
    let juliet = member(server, service).await;
    let node = format!("/user/{}/posts", juliet.bare());
    let id = format!("open-{}", juliet.bare().replace('@', "-"));
    juliet.done(&service.address, "set", &publish(&node, &id, "<content>For all</content>")).await;
    let guest = Client::anonymous(server).await;
    assert_eq!(ids(&guest.done(&service.address, "get", &items(&node)).await), [id]);
    let refused = guest.tries(&service.address, "set", &publish(&node, "x", "<content>x</content>")).await;
    assert!(refused.unwrap_err().contains("not-allowed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_service_or_server_loses_nothing() {
    let server: &'static Server = Box::leak(Box::new(home::start("restart.test")));
    let service = ChannelService::start(server, &Data::File);
    let juliet = member(server, &service).await;
    let node = "/user/balcony@topics.restart.test/posts";
    juliet.done(&service.address, "set", &create(node, &[("pubsub#title", "Balcony")])).await;
    juliet.done(&service.address, "set", &publish(node, "p1", "<content>one</content>")).await;
    service.stop();
    // What was on its way to a service that ended then is lost; the next request is refused.
    until("the server knows that the service is gone", 20, async || {
        let answer = juliet.try_ask(&service.address, "get", &items(node), Duration::from_secs(1)).await;
        answer.is_some_and(|answer| String::from(&answer).contains("service-unavailable"))
    })
    .await;
    service.begin();
    assert_eq!(ids(&juliet.done(&service.address, "get", &items(node)).await), ["p1"]);
    juliet.forget();
    // Who was online before still hears of what comes.
    juliet.done(&service.address, "set", &publish(node, "p2", "<content>two</content>")).await;
    juliet.hears("p2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_is_named() {
    let server: &'static Server = Box::leak(Box::new(home::start("secret.test")));
    let service = ChannelService::start(server, &Data::File);
    service.stop();
    service.begin_with_secret("wrong");
    until("the log names the secret", 20, async || service.log().contains("secret_file")).await;
}
