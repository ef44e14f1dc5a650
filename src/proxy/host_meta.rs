//! How clients find the doors (XEP-0156 §3): only those that are open are named.

use axum::Router;
use axum::http::header;
use axum::routing::get;

use crate::config::Config;
use crate::xml::writer::escape_attribute;

const BOSH: &str = "urn:xmpp:alt-connections:xbosh";
const WEBSOCKET: &str = "urn:xmpp:alt-connections:websocket";

/// Both forms, for programs on any page.
pub fn router(config: &Config) -> Router {
    let (xml, json) = (xml(config), json(config));
    let headers = |kind| {
        [
            (header::CONTENT_TYPE, kind),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (header::CACHE_CONTROL, "max-age=3600"),
        ]
    };
    let (as_xml, as_json) = (headers("application/xrd+xml"), headers("application/json"));
    Router::new()
        .route("/.well-known/host-meta", get(async move || (as_xml, xml)))
        .route("/.well-known/host-meta.json", get(async move || (as_json, json)))
}

fn links(config: &Config) -> Vec<(&'static str, String)> {
    let base = &config.web.public_url;
    let socket = base.strip_prefix("http").map_or_else(|| base.clone(), |rest| format!("ws{rest}"));
    let bosh = config.proxy.bosh.then(|| (BOSH, format!("{base}/http-bind")));
    let websocket = config.proxy.websocket.then(|| (WEBSOCKET, format!("{socket}/xmpp-websocket")));
    bosh.into_iter().chain(websocket).collect()
}

fn xml(config: &Config) -> String {
    let mut out = String::from(
        "<?xml version='1.0' encoding='utf-8'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n",
    );
    for (relation, address) in links(config) {
        out.push_str("  <Link rel='");
        out.push_str(relation);
        out.push_str("' href='");
        escape_attribute(&address, &mut out);
        out.push_str("'/>\n");
    }
    out.push_str("</XRD>\n");
    out
}

fn json(config: &Config) -> String {
    let links: Vec<_> =
        links(config).into_iter().map(|(rel, href)| serde_json::json!({ "rel": rel, "href": href })).collect();
    serde_json::json!({ "links": links }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_named() {
        let mut config = Config::default();
        config.web.public_url = "https://social.example.org".to_owned();
        let whole = xml(&config);
        assert!(
            whole.contains("<Link rel='urn:xmpp:alt-connections:xbosh' href='https://social.example.org/http-bind'/>")
        );
        assert!(whole.contains("websocket' href='wss://social.example.org/xmpp-websocket'/>"));
        config.proxy.websocket = false;
        let expected = "{\"links\":[{\"href\":\"https://social.example.org/http-bind\",\
                        \"rel\":\"urn:xmpp:alt-connections:xbosh\"}]}";
        assert_eq!(json(&config), expected);
    }
}
