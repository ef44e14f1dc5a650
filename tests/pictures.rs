//! Pictures of other sites: fetched by the gateway, drawn anew, and never a way in.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use futures::stream;

use crate::support::foreign::{self, Foreign, MICROBLOG};
use crate::support::gateway::{Gateway, Settings};
use crate::support::person::{Person, channel_of};
use crate::support::servers::{self, Account, Server};

/// A site with pictures, good and bad.
struct Site {
    url: String,
    asked: Arc<Mutex<Vec<HeaderMap>>>,
    /// How often something was asked for that must never be reached.
    inside: Arc<AtomicUsize>,
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

fn as_picture(bytes: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "image/png")], bytes.into()).into_response()
}

impl Site {
    async fn start() -> Site {
        let asked: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
        let inside: Arc<AtomicUsize> = Arc::default();
        let secret = {
            let inside = inside.clone();
            let count = async move || {
                inside.fetch_add(1, Ordering::Relaxed);
                as_picture(png(9, 9))
            };
            let listener = tokio::net::TcpListener::bind("127.0.0.2:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(async move { axum::serve(listener, Router::new().fallback(count)).await });
            address
        };
        let seen = asked.clone();
        let good = async move |request: Request| {
            seen.lock().unwrap().push(request.headers().clone());
            as_picture(png(1200, 600))
        };
        let endless = |pause: u64| {
            as_picture(Body::from_stream(stream::unfold(0_u64, move |count| async move {
                if pause > 0 {
                    tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
                }
                Some((Ok::<_, Infallible>(Bytes::from_static(&[0x89; 4096])), count + 1))
            })))
        };
        let router = Router::new()
            .route("/good.png", get(good))
            .route("/moved.png", get(async || Redirect::to("/good.png")))
            .route("/loop.png", get(async || Redirect::to("/loop.png")))
            .route("/inside.png", get(async move || Redirect::to(&format!("http://{secret}/"))))
            .route("/metadata.png", get(async || Redirect::to("http://169.254.169.254/latest/")))
            .route("/file.png", get(async || Redirect::to("file:///etc/passwd")))
            .route("/slow.png", get(async move || endless(200)))
            .route("/endless.png", get(async move || endless(0)))
            .route("/large.png", get(async || ([(header::CONTENT_LENGTH, "9000000")], vec![1_u8; 9_000_000])))
            .route("/svg.png", get(async || as_picture("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")))
            .route("/page.png", get(async || as_picture("<!doctype html><script>alert(1)</script>")))
            .route("/bomb.png", get(async || as_picture(bomb())))
            .route("/gone.png", get(async || StatusCode::NOT_FOUND));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Site { url, asked, inside }
    }
}

/// A PNG that says it has 60,000 by 60,000 pixels.
fn bomb() -> Vec<u8> {
    let mut bomb = png(1, 1);
    let side = 60_000_u32.to_be_bytes();
    bomb[16..20].copy_from_slice(&side);
    bomb[20..24].copy_from_slice(&side);
    let mut crc = flate2::Crc::new();
    crc.update(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    bomb
}

async fn publish(server: &Server, author: &Account, site: &str, names: &[&str]) {
    let writer = Foreign::sign_in(server, author).await;
    writer.open_microblog().await;
    let pictures: String = names.iter().map(|name| format!("<img src='{site}/{name}' alt='of {name}'/>")).collect();
    let entry = format!(
        "<entry xmlns='http://www.w3.org/2005/Atom'><title>Clouds</title><id>clouds</id>\
         <content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Clouds</p><p>{pictures}</p></div></content>\
         <author><name>A</name></author><published>{now}</published><updated>{now}</updated>\
         <link rel='enclosure' href='{site}/good.png' type='image/png' title='A cloud'/>\
         <link rel='enclosure' href='{site}/song.ogg' type='audio/ogg' title='A song'/></entry>",
        now = foreign::now(),
    );
    writer.publish(None, MICROBLOG, "clouds", &entry).await.unwrap();
}

/// The pictures of a page: what each is called, and its address.
fn pictures(person: &Person) -> Vec<(String, String)> {
    let selector = scraper::Selector::parse(":not(.face) > img").unwrap();
    let page = scraper::Html::parse_document(&person.page.body);
    let found = page.select(&selector);
    found.map(|img| (img.attr("alt").unwrap().to_owned(), img.attr("src").unwrap().to_owned())).collect()
}

fn gateway(server: &Server, change: impl FnOnce(&mut Settings)) -> Gateway {
    let mut settings = Settings::for_server(server);
    settings.media = "internal_hosts = [\"127.0.0.1\"]\n".to_owned();
    change(&mut settings);
    Gateway::start(&settings)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_a_strangers_picture_and_the_stranger_no_reader() {
    let (server, site) = (servers::home(), Site::start().await);
    let (gateway, alice) = (gateway(server, |_| {}), server.account());
    publish(server, &alice, &site.url, &["good.png", "moved.png"]).await;
    let mut bob = Person::signed_in(&gateway, &server.account()).await;
    bob.visit(&channel_of(&alice)).await;
    let shown = pictures(&bob);
    let names: Vec<&str> = shown.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["of good.png", "of moved.png"], "what came beside the text stands in it already");
    bob.page.must_say("A song");
    for (_, address) in &shown {
        let answer = bob.client().get(bob.url(address)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "image/jpeg", "it was drawn anew");
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        assert!(header("content-disposition").starts_with("inline;") && header("x-content-type-options") == "nosniff");
        let drawn = image::load_from_memory(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (800, 400));
    }
    for asked in site.asked.lock().unwrap().iter() {
        for telling in ["cookie", "referer", "authorization", "x-forwarded-for", "accept-language"] {
            assert!(!asked.contains_key(telling), "{telling} was sent");
        }
    }
    // A crowd costs one fetch.
    let before = site.asked.lock().unwrap().len();
    for _ in 0..5 {
        bob.client().get(bob.url(&shown[0].1)).send().await.unwrap();
    }
    assert_eq!(site.asked.lock().unwrap().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_of_a_post_shows_its_picture_from_here() {
    let (server, site) = (servers::home(), Site::start().await);
    let (gateway, alice) = (gateway(server, |_| {}), server.account());
    publish(server, &alice, &site.url, &["good.png"]).await;
    let mut bob = Person::at(&gateway);
    bob.visit(&channel_of(&alice)).await;
    let post = bob.page.post_link("A song");
    let page = bob.visit(post.as_str()).await.body.clone();
    let page = scraper::Html::parse_document(&page);
    let selector = scraper::Selector::parse("head meta[property='og:image']").unwrap();
    let address = page.select(&selector).next().and_then(|meta| meta.attr("content")).expect("a picture");
    assert!(address.starts_with(&format!("{}/media/", gateway.url)), "{address}");
    assert_eq!(bob.client().get(address).send().await.unwrap().headers()["content-type"], "image/jpeg");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_anything_else_fetched() {
    let (server, site) = (servers::home(), Site::start().await);
    let (gateway, alice) = (gateway(server, |_| {}), server.account());
    publish(server, &alice, &site.url, &["good.png"]).await;
    let mut bob = Person::at(&gateway);
    bob.visit(&channel_of(&alice)).await;
    let (_, address) = pictures(&bob).remove(0);
    let parts: Vec<&str> = address.split('/').collect();
    let other =
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, format!("{}/gone.png", site.url));
    let forged = [
        (format!("/media/{}/small/{other}", parts[2]), 403),
        (format!("/media/{}/face/{}", parts[2], parts[4]), 403),
        (format!("/media/AAAA/small/{}", parts[4]), 403),
        (format!("/media/{}/huge/{}", parts[2], parts[4]), 404),
        (format!("/media/{}/small/%00", parts[2]), 404),
    ];
    for (address, status) in forged {
        assert_eq!(bob.visit(&address).await.status, status, "{address}");
    }
    assert!(site.asked.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_site_gets_nowhere() {
    let (server, site) = (servers::home(), Site::start().await);
    let (gateway, alice) = (gateway(server, |_| {}), server.account());
    let hostile = [
        "loop.png",
        "inside.png",
        "metadata.png",
        "file.png",
        "slow.png",
        "endless.png",
        "large.png",
        "svg.png",
        "page.png",
        "bomb.png",
        "gone.png",
    ];
    publish(server, &alice, &site.url, &hostile).await;
    let mut bob = Person::at(&gateway);
    bob.visit(&channel_of(&alice)).await;
    let before = gateway.memory();
    let shown = pictures(&bob);
    assert_eq!(shown.len(), hostile.len() + 1);
    let ask = shown.iter().map(async |(name, address)| {
        let answer = bob.client().get(bob.url(address)).send().await.unwrap();
        (name.clone(), answer.status().as_u16(), answer.bytes().await.unwrap().len())
    });
    for (name, status, length) in futures::future::join_all(ask).await {
        match name.as_str() {
            "A cloud" => assert_eq!(status, 200, "a good one beside them"),
            _ => assert!((status == 404 || status == 503) && length == 0, "{name}: {status}, {length} bytes"),
        }
    }
    assert_eq!(site.inside.load(Ordering::Relaxed), 0, "the operator's network was reached");
    let grown = gateway.memory().saturating_sub(before) / 1024 / 1024;
    assert!(grown <= 64, "the gateway grew by {grown} MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_can_have_an_address_of_their_own() {
    let (server, site) = (servers::home(), Site::start().await);
    let alice = server.account();
    let gateway = gateway(server, |settings| {
        settings.media.push_str("public_url = \"http://media.localhost:1\"\n");
    });
    publish(server, &alice, &site.url, &["good.png"]).await;
    let mut bob = Person::at(&gateway);
    let policy = bob.client().get(bob.url(&channel_of(&alice))).send().await.unwrap();
    let policy = policy.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("img-src 'self' http://media.localhost:1;"), "{policy}");
    bob.visit(&channel_of(&alice)).await;
    let (_, address) = pictures(&bob).remove(0);
    let path = address.strip_prefix("http://media.localhost:1").unwrap();
    let ask = async |path: &str| {
        let request = bob.client().get(bob.url(path)).header(header::HOST, "media.localhost:1");
        request.send().await.unwrap()
    };
    let picture = ask(path).await;
    assert_eq!(picture.status(), 200);
    assert_eq!(picture.headers()["cross-origin-resource-policy"], "cross-origin");
    assert_eq!(ask("/").await.status(), 404, "nothing else is there");
    assert_eq!(ask("/sign-in").await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_can_be_switched_off() {
    let (server, site) = (servers::home(), Site::start().await);
    let alice = server.account();
    let gateway = gateway(server, |settings| settings.media.push_str("pictures = false\n"));
    publish(server, &alice, &site.url, &["good.png"]).await;
    let mut bob = Person::at(&gateway);
    bob.visit(&channel_of(&alice)).await;
    assert!(pictures(&bob).is_empty());
    bob.page.must_say("Picture: of good.png");
    bob.page.must_say("A cloud");
}
