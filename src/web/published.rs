//! Answers for other programs: the same for everybody, kept for a minute, with a version.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;

/// How long others may keep it. Programs come again and again, people do not wait for them.
pub(super) const MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// The answer, or that nothing has changed since the asker was here.
pub(super) fn answer(media_type: &'static str, body: String, asked: &HeaderMap) -> Response {
    let version = digest::digest(&digest::SHA256, body.as_bytes());
    // Weak, since it may be compressed on the way.
    let version = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&version.as_ref()[..16]));
    let known = asked.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let mut response = if known.is_some_and(|known| known.split(',').any(|known| known.trim() == version)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], body).into_response()
    };
    let version = HeaderValue::try_from(version).expect("base64url is ASCII");
    response.headers_mut().insert(header::ETAG, version);
    response.headers_mut().insert(header::CACHE_CONTROL, MINUTE);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_knows_the_version_gets_no_body_again() {
        let ask = |known: Option<&HeaderValue>| {
            let fields = known.map(|known| (header::IF_NONE_MATCH, known.clone()));
            answer("text/plain", "a".to_owned(), &fields.into_iter().collect())
        };
        let first = ask(None);
        assert_eq!(first.status(), StatusCode::OK);
        let known = ask(first.headers().get(header::ETAG));
        assert_eq!((known.status(), known.headers().get(header::CONTENT_TYPE)), (StatusCode::NOT_MODIFIED, None));
        assert_eq!(ask(Some(&HeaderValue::from_static("W/\"other\""))).status(), StatusCode::OK);
    }
}
