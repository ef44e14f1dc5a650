//! Who can read something, said before it is written and beside it.

use crate::support::foreign::{Foreign, MICROBLOG};
use crate::support::gateway::Gateway;
use crate::support::person::{Person, channel_of};
use crate::support::servers::Server;

on_servers! { [home prosody ejabberd] {
    the_composer_says_for_whom_it_is
} }

async fn the_composer_says_for_whom_it_is(server: &'static Server) {
    let gateway = Gateway::shared(server);
    for (model, composer, beside) in [
        ("open", "which is open: anybody can read it", "Everybody can read this, also without an account"),
        ("presence", "Only your contacts can read this", "Only your contacts can read this"),
        ("whitelist", "Only you and those whom you have named", "Only you and those whom you have named"),
    ] {
        let account = server.account();
        let client = Foreign::sign_in(server, &account).await;
        client.create(None, MICROBLOG, &[("pubsub#access_model", model)]).await.unwrap();
        let entry = crate::support::foreign::entry(&account.address, "first-post-1", "First", "The first");
        client.publish(None, MICROBLOG, "first-post-1", &entry).await.unwrap();
        client.sign_out().await;
        let mut person = Person::signed_in(gateway, &account).await;
        person.visit("/").await.must_say(composer);
        person.post("/", "Said to some").await;
        person.open_post("Said to some").await.must_say(beside);
        if model == "open" {
            let mut stranger = Person::at(gateway);
            stranger.reload_until(&channel_of(&account), "the post", |page| page.says("Said to some")).await;
            stranger.open_post("Said to some").await.must_say(beside);
        }
    }
}
