//! Pictures and files that go with posts, with scripts off and on.

use crate::support::browser::Tab;
use crate::support::foreign::{Foreign, MICROBLOG};
use crate::support::gateway::{Gateway, Settings};
use crate::support::person::{Person, channel_of};
use crate::support::servers::{self, Server};

on_servers! { [home prosody ejabberd] {
    a_photo_goes_with_a_post
    a_file_goes_with_a_reply
    what_is_too_large_gives_the_text_back
} }

fn gateway(server: &Server) -> Gateway {
    let mut settings = Settings::for_server(server);
    settings.media = "internal_hosts = [\"127.0.0.1\"]\n".to_owned();
    Gateway::start(&settings)
}

/// A photo that says where it was taken.
fn photo() -> Vec<u8> {
    let mut photo = Vec::new();
    let picture = image::RgbImage::from_fn(900, 600, |x, y| image::Rgb([x as u8, y as u8, 40]));
    picture.write_to(&mut std::io::Cursor::new(&mut photo), image::ImageFormat::Jpeg).unwrap();
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0 48.8584 N";
    let mut segment = vec![0xff, 0xe1];
    segment.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    segment.extend_from_slice(exif);
    photo.splice(2..2, segment);
    photo
}

/// The pictures of the page: what each is called, and its address.
fn pictures(person: &Person) -> Vec<(String, String)> {
    let page = scraper::Html::parse_document(&person.page.body);
    let selector = scraper::Selector::parse("article :not(.face) > img").unwrap();
    let found = page.select(&selector);
    found.map(|img| (img.attr("alt").unwrap().to_owned(), img.attr("src").unwrap().to_owned())).collect()
}

async fn a_photo_goes_with_a_post(server: &'static Server) {
    let (gateway, alice) = (gateway(server), server.account());
    let mut person = Person::signed_in(&gateway, &alice).await;
    person.visit("/").await;
    let form = person.page.form("Add").fill("text", "Look at *this*");
    let form = form.choose("cloud.jpg", "image/jpeg", &photo()).choose("notes.txt", "text/plain", b"Some notes");
    person.submit(form).await.must_be(200);
    let form = person.page.form("Preview").fill("alt", "A cloud over Paris");
    assert_eq!(form.value("text"), Some("Look at *this*"), "what was written stays");
    person.submit(form).await.must_be(200);
    assert_eq!(pictures(&person)[0].0, "A cloud over Paris", "the preview shows it");
    person.page.must_say("notes.txt");
    let form = person.page.form("Post");
    assert_eq!(form.value("alt"), Some("A cloud over Paris"));
    person.submit(form).await.must_be(200);
    person.visit(&channel_of(&alice)).await.must_say("Look at");
    let (words, address) = pictures(&person).remove(0);
    assert_eq!(words, "A cloud over Paris");
    let shown = person.client().get(person.url(&address)).send().await.unwrap();
    assert_eq!(shown.status(), 200);
    let drawn = image::load_from_memory(&shown.bytes().await.unwrap()).unwrap();
    assert_eq!((drawn.width(), drawn.height()), (800, 533));

    // Others get it as an enclosure, from the author's own server, without the place.
    let other = Foreign::sign_in(server, &server.account()).await;
    let items = other.items(&alice.address, MICROBLOG).await.unwrap();
    let entry = scraper::Html::parse_fragment(&items);
    let links = scraper::Selector::parse("link[rel=enclosure]").unwrap();
    let links: Vec<_> = entry.select(&links).map(|link| link.value().clone()).collect();
    assert_eq!(links.len(), 2, "{items}");
    assert_eq!((links[0].attr("type"), links[0].attr("title")), (Some("image/jpeg"), Some("A cloud over Paris")));
    assert_eq!((links[1].attr("type"), links[1].attr("title")), (Some("text/plain"), Some("notes.txt")));
    let file = person.client().get(links[0].attr("href").unwrap()).send().await.unwrap().bytes().await.unwrap();
    assert!(image::load_from_memory(&file).is_ok());
    assert!(!file.windows(7).any(|part| part == b"48.8584"), "the photo tells where it was taken");
}

/// What is typed while files are on their way stays, and goes on after the post is out.
#[tokio::test(flavor = "multi_thread")]
async fn writing_goes_on_while_files_are_sent() {
    let server = servers::home();
    let (gateway, alice) = (gateway(server), server.account());
    let tab = Tab::open(&gateway.url).await;
    tab.sign_in(&alice).await;
    let send_while_typing = |send: &str, text: &str| {
        format!(
            "(() => {{
                const area = document.querySelector('.composer textarea');
                {send};
                area.value += '{text}';
                area.dispatchEvent(new Event('input', {{ bubbles: true }}));
            }})()"
        )
    };
    let choose = "const chosen = new DataTransfer();
        chosen.items.add(new File(['Some notes'], 'notes.txt', { type: 'text/plain' }));
        const input = document.querySelector('.adding input[type=file]');
        input.files = chosen.files;
        input.dispatchEvent(new Event('change', { bubbles: true }))";
    tab.evaluate(&send_while_typing(choose, "Here they are.")).await;
    tab.wait_for("the file in the form", "!!document.querySelector('.attached li')").await;
    let typed = "document.querySelector('.composer textarea').value";
    assert_eq!(tab.evaluate(typed).await, "Here they are.");
    let post = "document.querySelector('#composer-send').click()";
    tab.evaluate(&send_while_typing(post, " And one more thing")).await;
    tab.wait_for("an empty form", "!document.querySelector('.attached li')").await;
    tab.wait_for_text("notes.txt").await;
    assert_eq!(tab.evaluate(typed).await, "And one more thing");
    tab.must_be_clean();
}

async fn a_file_goes_with_a_reply(server: &'static Server) {
    let (gateway, alice) = (gateway(server), server.account());
    let mut person = Person::signed_in(&gateway, &alice).await;
    person.post("/", "Who has a picture?").await;
    person.visit(&channel_of(&alice)).await;
    person.open_post("Who has a picture?").await;
    // Without "Add" first: it is added and sent at once. A picture may be all there is.
    let form = person.page.form("Reply").choose("cloud.jpg", "image/jpeg", &photo());
    person.submit(form).await.must_be(200);
    person.open_post("Who has a picture?").await;
    assert_eq!(pictures(&person).len(), 1, "{}", person.page.body);
}

async fn what_is_too_large_gives_the_text_back(server: &'static Server) {
    let (gateway, alice) = (gateway(server), server.account());
    let mut person = Person::signed_in(&gateway, &alice).await;
    person.visit("/").await;
    let form = person.page.form("Post").fill("text", "A very large thing");
    let form = form.choose("large.bin", "application/octet-stream", &vec![7; 11 * 1024 * 1024]);
    person.submit(form).await;
    assert!((400..500).contains(&person.page.status));
    person.page.must_say("A file may have 10 MB");
    assert!(person.page.body.contains("A very large thing"), "the text is given back");
    person.visit("/").await.must_not_say("A very large thing");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_server_takes_no_files_none_are_asked_for() {
    let server = servers::prosody_stock();
    let gateway = gateway(server);
    let mut person = Person::signed_in(&gateway, &server.account()).await;
    person.visit("/").await.must_not_say("Add pictures or files");
    let form = person.page.form("Preview").fill("text", "Look *first*");
    person.submit(form).await.must_say("Preview");
    assert_eq!(person.page.count(".preview em"), 1);
    let form = person.page.form("Post");
    person.submit(form).await.must_say("Look first");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_send_no_files() {
    let server = servers::home();
    let gateway = gateway(server);
    let mut person = Person::signed_in(&gateway, &server.account()).await;
    person.visit("/").await;
    let form = person.page.form("Post").fill("text", "Not mine").choose("a.bin", "text/plain", b"x");
    let mut stranger = Person::at(&gateway);
    stranger.visit("/").await;
    stranger.submit(form).await;
    assert!(stranger.page.status >= 400);
    person.visit("/").await.must_not_say("Not mine");
}
