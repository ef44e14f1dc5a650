//! Where chat clients look up the doors (XEP-0156, RFC 6415): XML and JSON, for pages of any origin, and only what is open.

use reqwest::header::HeaderMap;

use crate::support::gateway::{Gateway, Settings};
use crate::support::servers;

const BOSH: &str = "urn:xmpp:alt-connections:xbosh";
const WEBSOCKET: &str = "urn:xmpp:alt-connections:websocket";

/// Relation and address of each link, as the XML and the JSON have them, which must be the same.
async fn links(gateway: &Gateway) -> Vec<(String, String)> {
    let (headers, text) = get(gateway, "/.well-known/host-meta").await;
    assert!(headers["content-type"].to_str().unwrap().starts_with("application/xrd+xml"), "{headers:?}");
    let document: minidom::Element = text.parse().unwrap();
    let xrd = "http://docs.oasis-open.org/ns/xri/xrd-1.0";
    assert!(document.is("XRD", xrd), "{text}");
    let value = |link: &minidom::Element, name: &str| link.attr(name).unwrap().to_owned();
    let from_xml: Vec<_> = document
        .children()
        .filter(|child| child.is("Link", xrd))
        .map(|link| (value(link, "rel"), value(link, "href")))
        .collect();

    let (headers, text) = get(gateway, "/.well-known/host-meta.json").await;
    assert!(headers["content-type"].to_str().unwrap().starts_with("application/json"), "{headers:?}");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let value = |link: &serde_json::Value, name: &str| link[name].as_str().unwrap().to_owned();
    let from_json: Vec<_> =
        document["links"].as_array().unwrap().iter().map(|link| (value(link, "rel"), value(link, "href"))).collect();
    assert_eq!(from_xml, from_json);
    from_json
}

async fn get(gateway: &Gateway, path: &str) -> (HeaderMap, String) {
    let request = crate::support::web::client()
        .build()
        .unwrap()
        .get(format!("{}{path}", gateway.url))
        .header("origin", "https://elsewhere.example");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    let headers = response.headers().clone();
    let allowed: Vec<_> = headers.get_all("access-control-allow-origin").iter().collect();
    assert_eq!(allowed, ["*"], "pages of any origin may read {path}");
    assert!(headers.get("set-cookie").is_none(), "{headers:?}");
    (headers, response.text().await.unwrap())
}

fn gateway(public_url: Option<&str>, proxy: &str) -> Gateway {
    Gateway::start(&Settings {
        proxy: proxy.to_owned(),
        public_url: public_url.map(str::to_owned),
        ..Settings::for_server(servers::home())
    })
}

#[tokio::test]
async fn names_both_doors_below_the_public_address() {
    let gateway = gateway(Some("https://social.example.org"), "");
    let bosh = (BOSH.to_owned(), "https://social.example.org/http-bind".to_owned());
    let websocket = (WEBSOCKET.to_owned(), "wss://social.example.org/xmpp-websocket".to_owned());
    let links = links(&gateway).await;
    assert_eq!(links.len(), 2, "{links:?}");
    assert!(links.contains(&bosh) && links.contains(&websocket), "{links:?}");
}

#[tokio::test]
async fn names_only_what_is_switched_on() {
    for (proxy, rel) in [("bosh = false\n", WEBSOCKET), ("websocket = false\n", BOSH)] {
        let links = links(&gateway(None, proxy)).await;
        assert_eq!(links.len(), 1, "{links:?}");
        assert_eq!(links[0].0, rel);
    }
    let gateway = gateway(None, "bosh = false\nwebsocket = false\n");
    for path in
        ["/.well-known/host-meta", "/.well-known/host-meta.json", "/http-bind", "/http-bind/", "/xmpp-websocket"]
    {
        assert_eq!(crate::support::web::get(format!("{}{path}", gateway.url)).await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn the_doors_are_where_it_says() {
    let gateway = gateway(None, "");
    for (_, address) in links(&gateway).await {
        let page = if address.starts_with("ws:") { address.replacen("ws", "http", 1) } else { address.clone() };
        let status = crate::support::web::get(page).await.unwrap().status();
        assert_ne!(status, 404, "{address}");
    }
}
