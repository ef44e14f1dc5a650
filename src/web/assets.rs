//! The style sheet, the script and the icons: embedded, joined and compressed once, kept by browsers for ever.

use std::collections::HashMap;
use std::io::Write;

use axum::body::{Body, Bytes};
use axum::extract::{self, Path};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ring::digest;
use rust_embed::RustEmbed;

use super::answer::Finished;
use super::error::Error;
use super::state::State;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The style sheets that come first; the others follow by name.
const FIRST_STYLES: [&str; 2] = ["css/tokens.css", "css/layout.css"];

/// The scripts, in the order in which they are joined.
const SCRIPTS: [&str; 4] = ["vendor/htmx.min.js", "vendor/hx-csp.min.js", "vendor/hx-sse.min.js", "js/app.js"];

/// What changes its content changes its name, so it may be kept for a year without asking.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The most thorough compression, where waiting for it at the start is bearable.
const BROTLI_QUALITY: i32 = if cfg!(debug_assertions) { 4 } else { 11 };

/// One file in the forms it is sent in.
struct Asset {
    kind: &'static str,
    etag: String,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// All files, by the name in their URL.
pub struct Assets {
    files: HashMap<String, Asset>,
    urls: HashMap<String, String>,
    style: String,
    script: String,
}

impl Assets {
    /// Joins and compresses what is embedded.
    pub fn load() -> Self {
        let mut assets =
            Assets { files: HashMap::new(), urls: HashMap::new(), style: String::new(), script: String::new() };
        let mut styles: Vec<String> = Files::iter().map(String::from).filter(|name| name.ends_with(".css")).collect();
        styles.sort_by_key(|name| {
            let first = FIRST_STYLES.iter().position(|first| first == name).unwrap_or(FIRST_STYLES.len());
            (first, name.clone())
        });
        assets.style = assets.add("app.css", join(styles.iter().map(String::as_str), ""));
        // A script that ends without a semicolon must not run on into the next one.
        assets.script = assets.add("app.js", join(SCRIPTS, ";\n"));
        for name in Files::iter() {
            let is_alone = ![".css", ".js", ".md", ".txt"].iter().any(|end| name.ends_with(end));
            if let Some(file) = Files::get(&name).filter(|_| is_alone) {
                let url = assets.add(&name.replace('/', "-"), file.data.into_owned());
                assets.urls.insert(name.into_owned(), url);
            }
        }
        assets
    }

    /// The URL of the style sheet.
    pub fn style(&self) -> &str {
        &self.style
    }

    /// The URL of the script.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// The URL of another file under `static/`, such as `icons/icon.svg`.
    pub fn url(&self, file: &str) -> Option<&str> {
        self.urls.get(file).map(String::as_str)
    }

    fn add(&mut self, name: &str, plain: Vec<u8>) -> String {
        let hash = digest::digest(&digest::SHA256, &plain);
        let hash: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
        let hashed = format!("{stem}-{hash}.{ending}");
        let kind = kind(ending);
        let is_text = kind.starts_with("text/") || kind.ends_with("json") || kind.ends_with("xml");
        let smaller = |packed: Vec<u8>| (is_text && packed.len() < plain.len()).then(|| Bytes::from(packed));
        let (brotli, gzip) = (smaller(brotli(&plain)), smaller(gzip(&plain)));
        let etag = format!("\"{hash}\"");
        self.files.insert(hashed.clone(), Asset { kind, etag, plain: Bytes::from(plain), brotli, gzip });
        format!("/assets/{hashed}")
    }
}

fn join<'a>(names: impl IntoIterator<Item = &'a str>, between: &str) -> Vec<u8> {
    let mut joined = Vec::new();
    for file in names.into_iter().filter_map(Files::get) {
        joined.extend_from_slice(&file.data);
        joined.extend_from_slice(b"\n");
        joined.extend_from_slice(between.as_bytes());
    }
    joined
}

fn brotli(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: BROTLI_QUALITY, ..Default::default() };
    let mut plain = plain;
    brotli::BrotliCompress(&mut plain, &mut packed, &params).expect("memory takes what is written");
    packed
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(plain).expect("memory takes what is written");
    packer.finish().expect("memory takes what is written")
}

fn kind(ending: &str) -> &'static str {
    match ending {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A file by its hashed name.
pub async fn show(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    asked: HeaderMap,
) -> Response {
    match state.assets.files.get(&name) {
        Some(asset) => asset.answer(&asked, FOR_EVER),
        None => Error::NotFound.into_response(),
    }
}

/// The icon, for browsers that do not read the page.
pub async fn favicon(extract::State(state): extract::State<State>, asked: HeaderMap) -> Response {
    match ["icons/favicon.ico", "icons/icon.svg"].into_iter().find(|name| state.assets.url(name).is_some()) {
        Some(name) => state.assets.fixed(name, &asked),
        None => Error::NotFound.into_response(),
    }
}

impl Assets {
    fn fixed(&self, name: &str, asked: &HeaderMap) -> Response {
        let asset = self.url(name).and_then(|url| self.files.get(url.strip_prefix("/assets/")?));
        asset.map_or_else(|| Error::NotFound.into_response(), |asset| asset.answer(asked, "public, max-age=86400"))
    }
}

impl Asset {
    fn answer(&self, asked: &HeaderMap, keep: &'static str) -> Response {
        let (body, encoding) = match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if accepts(asked, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts(asked, "gzip") => (gzip, Some("gzip")),
            _ => (&self.plain, None),
        };
        // Each encoding is another representation and a strong tag names exactly one.
        let etag = match encoding {
            Some(encoding) => format!("{}-{encoding}\"", self.etag.trim_end_matches('"')),
            None => self.etag.clone(),
        };
        let known = asked.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
        let is_known = known.is_some_and(|known| known.split(',').any(|known| known.trim() == etag));
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, self.kind)], Body::from(body.clone())).into_response()
        };
        let fields = response.headers_mut();
        if let Some(encoding) = encoding.filter(|_| !is_known) {
            fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        fields.insert(header::ETAG, HeaderValue::try_from(etag).expect("a hash is ASCII"));
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        fields.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        response.extensions_mut().insert(Finished);
        response
    }
}

/// Whether an encoding is accepted: named without `q=0`.
fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    let fields = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|field| field.to_str().ok());
    fields.flat_map(|field| field.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()).unwrap_or(1.0);
        name.trim().eq_ignore_ascii_case(encoding) && weight > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_chosen_by_what_is_accepted() {
        let ask = |field: &str, encoding: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, field.parse().expect("a header"));
            accepts(&headers, encoding)
        };
        assert!(ask("gzip, deflate, br, zstd", "br"));
        assert!(ask("GZIP;q=0.5", "gzip"));
        assert!(!ask("br;q=0", "br"));
        assert!(!ask("identity", "gzip"));
    }

    #[test]
    fn names_follow_content() {
        let assets = Assets::load();
        assert!(assets.style().starts_with("/assets/app-") && assets.style().ends_with(".css"));
        assert!(assets.script().starts_with("/assets/app-") && assets.script().ends_with(".js"));
        assert!(assets.url("vendor/htmx.min.js").is_none(), "scripts travel joined");
    }
}
