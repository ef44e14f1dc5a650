//! Each server starts from the project's own files, and a foreign client can use it.

use crate::support::foreign::{Foreign, MICROBLOG, entry};
use crate::support::servers::{self, Server};

async fn serves(server: &Server) {
    let (alice, bob) = (server.account(), server.account());
    let writer = Foreign::sign_in(server, &alice).await;
    let mut reader = Foreign::sign_in(server, &bob).await;
    writer.open_microblog().await;
    reader.subscribe(&alice.address, MICROBLOG).await.expect("an open microblog can be subscribed");
    writer
        .publish(None, MICROBLOG, "first-post", &entry(&alice.address, "first-post", "Hello", "Hello you"))
        .await
        .unwrap();
    reader.message("the post", |message| message.contains("first-post")).await;
    let items = reader.items(&alice.address, MICROBLOG).await.expect("an open microblog can be read");
    assert!(items.contains("Hello you"), "{items}");
    writer.sign_out().await;
    reader.sign_out().await;
}

macro_rules! on {
    ($($server:ident)*) => { $(
        #[tokio::test]
        async fn $server() {
            serves(servers::$server()).await;
        }
    )* };
}

on! { home prosody_stock prosody prosody_tls ejabberd_stock ejabberd ejabberd_tls }
