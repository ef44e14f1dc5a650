//! Strangers' pictures from an address of ours: signed, so that nobody has anything else fetched through us.

use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::{self, Path, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use url::Url;

use super::answer::Finished;
use super::error::Error;
use super::seal::Seal;
use super::security::Foreign;
use super::state::State;
use super::urls;
use crate::config::Config;
use crate::media::{Size, Trouble};

/// The longest address that is shown from here, in bytes.
const MAX_URL: usize = 2000;

/// How long browsers keep a picture, and how long after that they show it when we do not answer.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=604800, stale-if-error=604800");

/// How pictures are named. Cards are made once for everybody in this process, and so are the addresses in them.
static ADDRESSES: OnceLock<Addresses> = OnceLock::new();

struct Addresses {
    /// What stands before the path.
    base: String,
    /// The newest first; all are accepted.
    keys: Vec<hmac::Key>,
}

/// Lets cards show pictures from now on, if the configuration does.
pub(super) fn show_in_cards(config: &Config, seal: &Seal) {
    if config.media.pictures {
        let base = config.media.public_url.clone();
        let _ = ADDRESSES.set(Addresses { base, keys: seal.picture_keys().cloned().collect() });
    }
}

/// The address of a stranger's picture in a size. `None` where pictures are not shown, or this one cannot be.
pub fn address(source: &str, size: Size) -> Option<String> {
    let addresses = ADDRESSES.get()?;
    let url = Url::parse(source).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if url.as_str().len() > MAX_URL || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    let word = word(size);
    let tag = hmac::sign(addresses.keys.first()?, signed(word, url.as_str()).as_bytes());
    let (tag, source) = (URL_SAFE_NO_PAD.encode(tag), URL_SAFE_NO_PAD.encode(url.as_str()));
    Some(format!("{}{}", addresses.base, urls::picture(&tag, word, &source)))
}

fn word(size: Size) -> &'static str {
    Size::ALL.into_iter().find(|(other, _)| *other == size).map_or("small", |(_, word)| word)
}

/// What the tag of an address is made of.
fn signed(size: &str, url: &str) -> String {
    format!("{size}\0{url}")
}

/// A picture. Only addresses that a page of ours named are fetched.
pub(super) async fn show(
    extract::State(state): extract::State<State>,
    Path((tag, size, encoded)): Path<(String, String, String)>,
) -> Response {
    let size = Size::ALL.into_iter().find(|(_, word)| *word == size);
    let url = URL_SAFE_NO_PAD.decode(&encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let (Some((size, word)), Some(url)) = (size, url) else { return Error::NotFound.into_response() };
    let tag = URL_SAFE_NO_PAD.decode(&tag).unwrap_or_default();
    let signed = signed(word, &url);
    let is_ours = state.seal.picture_keys().any(|key| hmac::verify(key, signed.as_bytes(), &tag).is_ok());
    let url = Url::parse(&url).ok().filter(|_| is_ours);
    let Some(url) = url else { return nothing(StatusCode::FORBIDDEN) };
    let mut response = match state.pictures.get(&url, size).await {
        Ok(picture) => {
            let ending = picture.media_type.rsplit('/').next().unwrap_or_default();
            let name = format!("inline; filename=\"picture.{ending}\"");
            let fields = [(header::CONTENT_TYPE, picture.media_type), (header::CONTENT_DISPOSITION, name.as_str())];
            let mut response = (fields, Body::from(picture.bytes)).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, KEEP);
            response
        }
        // The page shows what the picture is called instead.
        Err(Trouble::Busy) => nothing(StatusCode::SERVICE_UNAVAILABLE),
        Err(_) => nothing(StatusCode::NOT_FOUND),
    };
    response.extensions_mut().insert(Finished);
    response.extensions_mut().insert(Foreign);
    response
}

/// An answer that is not even a page of ours.
fn nothing(status: StatusCode) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html")]).into_response()
}

/// The address that pictures have to themselves gives nothing else.
pub(super) async fn alone(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    let own = &state.config.media.public_url;
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let is_apart = !own.is_empty() && *own != state.config.web.public_url;
    if is_apart && host.is_some_and(|host| own.rsplit("//").next() == Some(host)) && !is_picture(request.uri().path()) {
        return Error::NotFound.into_response();
    }
    next.run(request).await
}

fn is_picture(path: &str) -> bool {
    path.starts_with("/media/")
}
