//! Forms that change something: sent from a page of ours, with a token that only that page could know.

use axum::body::Bytes;
use axum::extract::{Form, FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

use super::error::Error;
use super::seal::{Seal, SignInId};
use super::state::State;
use super::urls;
use super::visit::Visitor;
use crate::language::Text;

/// The name of the hidden field.
pub const FIELD: &str = "csrf";

/// What a token is bound to.
#[derive(Clone, Copy)]
pub enum Binding {
    /// A sign-in.
    SignIn(SignInId),
    /// The random cookie of a browser that is not signed in.
    Pre([u8; 16]),
}

impl Binding {
    fn text(self) -> [u8; 17] {
        let (kind, id) = match self {
            Binding::SignIn(SignInId(id)) => (1, id),
            Binding::Pre(id) => (2, id),
        };
        let mut text = [kind; 17];
        text[1..].copy_from_slice(&id);
        text
    }
}

/// A token for one render of this visitor's page; empty if there is nothing to bind it to. The tag is hidden under
/// a random mask, so that a compressed page never holds the same secret bytes twice.
pub(super) fn token(visitor: &Visitor) -> String {
    match visitor.binding() {
        Some(binding) => masked(&visitor.state.seal, binding),
        None => String::new(),
    }
}

fn masked(seal: &Seal, binding: Binding) -> String {
    let mask: [u8; 16] = seal.random_bytes();
    let tag = seal.tag(&binding.text());
    let mut bytes = [0; 32];
    for index in 0..16 {
        bytes[index] = mask[index];
        bytes[16 + index] = mask[index] ^ tag[index];
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

fn is_valid(seal: &Seal, binding: Binding, token: &str) -> bool {
    let mut bytes = [0; 32];
    if URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) != Ok(32) {
        return false;
    }
    let (mask, hidden) = bytes.split_at(16);
    let text = binding.text();
    // No early end: how long it takes must not tell how much of a guess was right.
    seal.tags(&text).fold(false, |found, tag| {
        let difference = (0..16).fold(0, |all, index| all | (mask[index] ^ hidden[index] ^ tag[index]));
        found | (difference == 0)
    })
}

/// Whether a request that changes something may come from where its fields say. Both absent (text browsers):
/// the token alone decides.
pub(super) fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let fetch_site = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    let origin = headers.get(header::ORIGIN).is_none_or(|origin| {
        let origin = origin.to_str().ok().and_then(|origin| url::Url::parse(origin).ok());
        let ours = url::Url::parse(public_url).ok();
        match (origin, ours) {
            (Some(origin), Some(ours)) => origin.origin() == ours.origin() || is_same_loopback(&origin, &ours, headers),
            _ => false,
        }
    });
    let is_single = |name: &str| headers.get_all(name).iter().count() <= 1;
    fetch_site && origin && is_single("origin") && is_single("sec-fetch-site")
}

/// On loopback a page may be opened as `localhost`, `127.0.0.1` or `[::1]`: then the origin has to be the host
/// that was asked.
fn is_same_loopback(origin: &url::Url, ours: &url::Url, headers: &HeaderMap) -> bool {
    let is_loopback = |url: &url::Url| match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = host.and_then(|host| url::Url::parse(&format!("http://{host}")).ok());
    ours.scheme() == "http"
        && is_loopback(ours)
        && is_loopback(origin)
        && asked.is_some_and(|asked| asked.origin() == origin.origin())
}

/// Says that a request was checked; an extension of the request.
#[derive(Clone, Copy)]
struct Checked;

/// Checks a request that may change something, before any handler sees it: where it comes from, that it is a form,
/// and that its token is this visitor's. `form` is its body.
pub(super) fn check(visitor: &Visitor, parts: &mut Parts, form: Option<&Bytes>) -> Result<(), Error> {
    let refused = |error: Error| {
        tracing::warn!(client.address = %visitor.client, http.path = ?parts.uri.path(), reason = %error, "a form was refused");
        Err(error)
    };
    let is_from_here = is_from_here(&parts.headers, &visitor.state.config.web.public_url);
    let (true, true, Some(form)) = (is_from_here, parts.method == Method::POST, form) else {
        return refused(Error::CrossSite);
    };
    let is_public = matches!(parts.uri.path(), urls::SIGN_IN | urls::REGISTER | urls::LOOKS);
    if visitor.sign_in.is_none() && !is_public {
        return Err(Error::SignedOut);
    }
    let Some(binding) = visitor.binding() else { return refused(Error::NoCookie) };
    let token = field(form, FIELD).unwrap_or_default();
    if !is_valid(&visitor.state.seal, binding, &token) {
        return refused(Error::Stale);
    }
    parts.extensions.insert(Checked);
    Ok(())
}

/// A form that was sent from a page of ours. Fields that `T` does not name are ignored.
pub struct Protected<T>(pub T);

impl<T: DeserializeOwned> FromRequest<State> for Protected<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        if request.extensions().get::<Checked>().is_none() {
            return Err(Error::CrossSite);
        }
        match Form::<T>::from_request(request, state).await {
            Ok(Form(form)) => Ok(Protected(form)),
            Err(_) => Err(Error::Form(Text::new("error-field-missing"))),
        }
    }
}

/// Whether the body is what a form without files sends.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The first field of this name in a form's body.
pub(super) fn field(body: &Bytes, name: &str) -> Option<String> {
    url::form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_binding_only() {
        let (seal, other) = (Seal::random(), Seal::random());
        let bound = Binding::SignIn(SignInId([1; 16]));
        let token = masked(&seal, bound);
        assert!(is_valid(&seal, bound, &token));
        assert!(is_valid(&seal, bound, &masked(&seal, bound)));
        assert_ne!(token, masked(&seal, bound), "masked anew each time");
        assert!(!is_valid(&seal, Binding::SignIn(SignInId([2; 16])), &token));
        assert!(!is_valid(&seal, Binding::Pre([1; 16]), &token), "a sign-in's token is not a visitor's");
        assert!(!is_valid(&other, bound, &token));
        for wrong in ["", "x", &token[1..], &format!("{token}A"), &"A".repeat(43)] {
            assert!(!is_valid(&seal, bound, wrong), "{wrong:?}");
        }
    }

    #[test]
    fn where_a_form_may_come_from() {
        let ask = |fields: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in fields {
                headers.append(*name, value.parse().expect("a header"));
            }
            is_from_here(&headers, "https://social.example.org")
        };
        assert!(ask(&[]));
        assert!(ask(&[("sec-fetch-site", "same-origin")]));
        assert!(ask(&[("sec-fetch-site", "none")]));
        assert!(ask(&[("origin", "https://social.example.org")]));
        assert!(ask(&[("origin", "https://social.example.org:443"), ("sec-fetch-site", "same-origin")]));
        assert!(!ask(&[("sec-fetch-site", "same-site")]));
        assert!(!ask(&[("sec-fetch-site", "cross-site")]));
        assert!(!ask(&[("sec-fetch-site", "Same-Origin ")]));
        assert!(!ask(&[("origin", "null")]));
        assert!(!ask(&[("origin", "http://social.example.org")]));
        assert!(!ask(&[("origin", "https://social.example.org.evil.example")]));
        assert!(!ask(&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")]));
        assert!(!ask(&[("origin", "https://social.example.org"), ("sec-fetch-site", "cross-site")]));
        assert!(!ask(&[("origin", "https://social.example.org"), ("origin", "https://evil.example")]));
    }

    #[test]
    fn loopback_has_several_names() {
        let ask = |origin: &str, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("origin", origin.parse().expect("a header"));
            headers.insert("host", host.parse().expect("a header"));
            is_from_here(&headers, "http://localhost:8480")
        };
        assert!(ask("http://localhost:8480", "localhost:8480"));
        assert!(ask("http://127.0.0.1:8480", "127.0.0.1:8480"));
        assert!(!ask("http://127.0.0.1:9999", "127.0.0.1:8480"));
        assert!(!ask("http://evil.example:8480", "evil.example:8480"));
    }
}
