//! The pictures of people beside what they write.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::foreign::Foreign;
use crate::support::gateway::Gateway;
use crate::support::person::{Person, channel_of};
use crate::support::servers::{Account, Server};

on_servers! { [home prosody ejabberd] {
    a_face_from_the_own_node_is_shown
    a_face_from_a_vcard_is_shown
    who_has_none_and_what_is_none_is_shown_by_a_letter
    somebody_shows_another_face_and_none
} }

/// A picture of one colour.
fn picture(colour: [u8; 3]) -> Vec<u8> {
    let mut file = Vec::new();
    let picture = image::RgbImage::from_pixel(300, 200, image::Rgb(colour));
    picture.write_to(&mut std::io::Cursor::new(&mut file), image::ImageFormat::Png).unwrap();
    file
}

/// The face that a page shows beside a post by somebody, as somebody gets it: its media type and its bytes.
async fn face(person: &mut Person, of: &Account) -> (String, Vec<u8>) {
    person.visit(&channel_of(of)).await.must_be(200);
    let faces: Vec<String> = {
        let page = scraper::Html::parse_document(&person.page.body);
        let selector = scraper::Selector::parse("article .face img").unwrap();
        page.select(&selector).map(|img| img.attr("src").unwrap().to_owned()).collect()
    };
    let path = faces.first().expect("there is a face beside the post");
    let answer = person.client().get(person.url(path)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let cached = answer.headers()["cache-control"].to_str().unwrap().to_owned();
    assert!(cached.starts_with("private"), "what one sees another may not: {cached}");
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (kind, answer.bytes().await.unwrap().to_vec())
}

/// The colour in the middle, about.
fn colour(file: &[u8]) -> [u8; 3] {
    let drawn = image::load_from_memory(file).expect("it is a picture").to_rgb8();
    assert_eq!((drawn.width(), drawn.height()), (96, 96));
    drawn.get_pixel(48, 48).0.map(|part| part / 128)
}

async fn a_face_from_the_own_node_is_shown(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "With my picture").await;
    let client = Foreign::sign_in(server, &alice).await;
    let file = picture([255, 0, 0]);
    let data = format!("<data xmlns='urn:xmpp:avatar:data'>{}</data>", STANDARD.encode(&file));
    let info = format!("<info id='red' type='image/png' bytes='{}'/>", file.len());
    let metadata = format!("<metadata xmlns='urn:xmpp:avatar:metadata'>{info}</metadata>");
    for (node, payload) in [("urn:xmpp:avatar:data", &data), ("urn:xmpp:avatar:metadata", &metadata)] {
        client.create(None, node, &[("pubsub#access_model", "open")]).await.unwrap();
        client.publish(None, node, "red", payload).await.unwrap();
    }
    client.sign_out().await;
    for mut person in [Person::at(gateway), Person::signed_in(gateway, &bob).await] {
        let (kind, file) = face(&mut person, &alice).await;
        assert!(matches!(kind.as_str(), "image/jpeg" | "image/png"), "{kind}");
        assert_eq!(colour(&file), [1, 0, 0]);
    }
}

async fn a_face_from_a_vcard_is_shown(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, bob) = (server.account(), server.account());
    let mut author = Person::signed_in(gateway, &alice).await;
    author.post("/", "With the picture of my card").await;
    let client = Foreign::sign_in(server, &alice).await;
    let photo = STANDARD.encode(picture([0, 0, 255]));
    let card =
        format!("<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>{photo}</BINVAL></PHOTO></vCard>");
    client.iq("set", None, &card).await.unwrap();
    let mut person = Person::signed_in(gateway, &bob).await;
    let (kind, file) = face(&mut person, &alice).await;
    // Prosody keeps the card's picture in a node that only contacts may read.
    if kind != "image/gif" {
        assert_eq!(colour(&file), [0, 0, 1]);
    }
    // The owner may.
    let (_, file) = face(&mut author, &alice).await;
    assert_eq!(colour(&file), [0, 0, 1]);
    client.sign_out().await;
}

async fn somebody_shows_another_face_and_none(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let alice = server.account();
    let mut person = Person::signed_in(gateway, &alice).await;
    person.post("/", "Now with a face").await;
    let (kind, _) = face(&mut person, &alice).await;
    assert_eq!(kind, "image/gif");
    person.follow_link("Account").await;
    person.follow_link("Change your picture…").await;
    let form = person.page.form("Use it");
    person.submit(form.clone().choose("me.svg", "image/png", b"<svg/>")).await.must_say("This is not a picture");
    person.submit(form.clone().choose("me.png", "image/png", &picture([0, 255, 0]))).await;
    person.page.must_say("Your picture is changed");
    let mut stranger = Person::at(gateway);
    for reader in [&mut person, &mut stranger] {
        let (_, file) = face(reader, &alice).await;
        assert_eq!(colour(&file), [0, 1, 0]);
    }
    // Other clients find it where they look for it.
    let client = Foreign::sign_in(server, &alice).await;
    let told = client.items(&alice.address, "urn:xmpp:avatar:metadata").await.unwrap();
    assert!(told.contains("image/jpeg") && told.contains("bytes="), "{told}");
    client.sign_out().await;
    person.visit("/account/picture").await;
    person.press("Show no picture").await.must_say("Your picture is changed");
    let (kind, _) = face(&mut person, &alice).await;
    assert_eq!(kind, "image/gif");
}

async fn who_has_none_and_what_is_none_is_shown_by_a_letter(server: &'static Server) {
    let gateway = Gateway::shared(server);
    let (alice, carol) = (server.account(), server.account());
    let client = Foreign::sign_in(server, &carol).await;
    let card = format!(
        "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>{}</BINVAL></PHOTO></vCard>",
        STANDARD.encode("<svg onload='alert(1)'/>")
    );
    client.iq("set", None, &card).await.unwrap();
    client.sign_out().await;
    for account in [&alice, &carol] {
        let mut person = Person::signed_in(gateway, account).await;
        person.post("/", "Without a picture").await;
        let (kind, file) = face(&mut person, account).await;
        assert_eq!((kind.as_str(), file.starts_with(b"GIF89a"), file.len() < 60), ("image/gif", true, true));
    }
    let person = Person::at(gateway);
    for path in ["/faces/no%20address", "/faces/example.org", "/faces/%FF"] {
        let answer = person.client().get(person.url(path)).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
    }
}
