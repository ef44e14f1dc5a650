//! A channel moves from one domain's service to another's, by the program's own commands.

use crate::support::channel_service::{ChannelService, Data};
use crate::support::client::Client;
use crate::support::home;
use crate::support::servers::Server;

use super::words::{comment, create, ids, items, publish, pubsub, rating, register, retract, subscribe};

async fn member(server: &'static Server, service: &ChannelService) -> Client {
    let client = Client::sign_in(server, &server.account()).await;
    client.say(&format!("<presence to='{}'/>", service.address)).await;
    client.done(&service.address, "set", register()).await;
    client
}

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn a_channel_moves(old_domain: &str, new_domain: &str, data: Data) {
    let old_server: &'static Server = Box::leak(Box::new(home::start(old_domain)));
    let new_server: &'static Server = Box::leak(Box::new(home::start(new_domain)));
    let (old, new) = (ChannelService::start(old_server, &data), ChannelService::start(new_server, &data));

    let owner = member(old_server, &old).await;
    let node = format!("/user/balcony@{}/posts", old.topics);
    owner.done(&old.address, "set", &create(&node, &[("pubsub#title", "Балкон ☾")])).await;
    owner.done(&old.address, "set", &publish(&node, "p1", "<content>O Romeo 🌹</content>")).await;
    owner.done(&old.address, "set", &publish(&node, "c1", &comment("p1", "wherefore"))).await;
    owner.done(&old.address, "set", &publish(&node, "s1", &rating("p1"))).await;
    owner.done(&old.address, "set", &publish(&node, "p2", "<content>gone</content>")).await;
    owner.done(&old.address, "set", &retract(&node, "p2")).await;

    // While the service runs a channel can leave, and none can come.
    let exported = old.command(&["export", "balcony"]);
    assert!(exported.status.success(), "{}", said(&exported));
    assert!(!old.command(&["export", "nothing"]).status.success());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("channel.atom");
    std::fs::write(&file, &exported.stdout).unwrap();
    let import = ["import", file.to_str().unwrap(), "--as", "terrace"];
    let refused = new.command(&import);
    assert!(!refused.status.success() && said(&refused).contains("stop it"), "{}", said(&refused));
    new.stop();
    let half = folder.path().join("half.atom");
    std::fs::write(&half, &exported.stdout[..exported.stdout.len() / 2]).unwrap();
    let refused = new.command(&["import", half.to_str().unwrap(), "--as", "terrace"]);
    assert!(!refused.status.success() && said(&refused).contains("breaks off"), "{}", said(&refused));
    let imported = new.command(&import);
    assert!(imported.status.success(), "{}", said(&imported));
    let again = new.command(&import);
    assert!(!again.status.success() && said(&again).contains("already"), "{}", said(&again));
    new.begin();

    // Members of the new domain read it there.
    let reader = member(new_server, &new).await;
    let moved = format!("/user/terrace@{}/posts", new.topics);
    let read = reader.done(&new.address, "get", &items(&moved)).await;
    assert_eq!(ids(&read), ["p2", "s1", "c1", "p1"]);
    assert!(read.contains("O Romeo 🌹") && read.contains("deleted-entry"), "{read}");
    assert!(!read.contains("balcony") && !read.contains(&old.address), "{read}");
    let replies = pubsub(&format!("<replies xmlns='http://buddycloud.org/v1' node='{moved}' item_id='p1'/>"));
    assert!(reader.done(&new.address, "get", &replies).await.contains("wherefore"));
    let thread = "urn:xmpp:microblog:0:comments/p1";
    assert_eq!(ids(&reader.done(&new.address, "get", &items(thread)).await), ["c1", "s1"], "the link leads here");
    reader.done(&new.address, "set", &subscribe(&moved, reader.bare())).await;
    reader.done(&new.address, "set", &publish(&moved, "c2", &comment("p1", "here, too"))).await;
    reader.hears("here, too").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_moves_between_sqlite_files() {
    a_channel_moves("leaving.test", "coming.test", Data::File).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_moves_between_postgresql_databases() {
    a_channel_moves("parting.test", "arriving.test", Data::Postgres).await;
}
