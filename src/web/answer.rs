//! How every answer is finished: errors become pages that give the typed text back, pages get their cache fields
//! and nonce, cookies are renewed.

use askama::Template;
use axum::body::Body;
use axum::extract;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;

use super::error::Error;
use super::forms::Received;
use super::html::{self, Frame};
use super::looks::Looks;
use super::security::ScriptNonce;
use super::state::State;
use super::visit::{self, Visitor};
use super::{csrf, files, shared_pages, urls};
use crate::language::Text;
use crate::session::SignInError;
use crate::web::filters;
use crate::web::sentences::Sentence;

/// The largest page that is shared; a page is at most 300 kB.
pub(super) const MAX_PAGE: usize = 8 * 1024 * 1024;

/// Marks an answer that repeats what was typed: it is not compressed, since its length could tell secrets.
#[derive(Clone, Copy)]
pub(super) struct Echo;

/// Marks an answer that is for one browser only although nobody is signed in.
#[derive(Clone, Copy)]
pub(super) struct Private;

/// Marks an answer whose body goes on: it is neither compressed nor collected, and leaves hyper (`server/handover`).
#[derive(Clone, Copy)]
pub(super) struct Endless;

/// Marks an answer whose body goes out as it is: an embedded file, compressed long before.
#[derive(Clone, Copy)]
pub(super) struct Finished;

/// A page about something that went wrong.
#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    title: Text,
    /// Whether there is nothing at this address.
    is_missing: bool,
    sentence: Text,
    /// Where to sign in, if that helps.
    sign_in: Option<String>,
    /// What to load again, if that may help.
    again: Option<&'a str>,
    /// The channel in which something is not allowed.
    channel: Option<&'a str>,
    /// What was typed.
    echo: Option<Typed>,
}

/// The line that htmx gets instead of a page.
#[derive(Template)]
#[template(
    source = r#"<p class="problem" role="alert">{{ sentence }}{% if let Some(url) = sign_in %} <a href="{{ url }}" target="_blank" rel="noopener">{{ "error-sign-in-tab"|t }}</a> {{ "error-then-again"|t }}{% endif %}</p>"#,
    ext = "html"
)]
struct ErrorLine {
    sentence: Text,
    /// Where to sign in, if that helps. What was typed stays here meanwhile.
    sign_in: Option<String>,
}

/// What a failed form held, ready to be sent again.
struct Typed {
    action: String,
    /// The id under which a post would have been published: sending twice publishes once.
    id: Option<String>,
    /// Whether the end is missing, because it did not arrive.
    is_cut: bool,
    text: Option<String>,
    address: Option<String>,
}

/// Wraps every route: finds out who asks, keeps what was typed, and finishes the answer.
pub(super) async fn finish(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = Visitor::read(&state, &parts);
    visitor.language.scope(finish_for(&state, visitor.clone(), parts, body, next)).await
}

async fn finish_for(state: &State, visitor: Visitor, mut parts: Parts, body: Body, next: Next) -> Response {
    parts.extensions.insert(visitor.clone());
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let known_version = parts.headers.get(header::IF_NONE_MATCH).cloned();
    let is_cross_site = !csrf::is_from_here(&parts.headers, &state.config.web.public_url);
    let is_form = method == Method::POST && csrf::is_form(&parts.headers);
    // Browsers send reports by themselves, with no page to carry a token; all that a report does is count.
    let changes_something = !method.is_safe() && path != urls::CSP_REPORT;

    // A form is read as a whole, so that it can be given back whatever happens to the request. Other bodies pass.
    let takes_files = method == Method::POST && visitor.sign_in.is_some() && urls::takes_files(&path);
    let boundary = files::boundary(&parts.headers).filter(|_| takes_files);
    let (body, form) = if let Some(boundary) = boundary.filter(|_| !is_cross_site) {
        let form = files::read(&state.forms, visitor.client, boundary, body, &mut parts).await;
        (Body::from(form.bytes.clone()), Some(form))
    } else if is_form {
        let form = state.forms.read(visitor.client, body).await;
        (Body::from(form.bytes.clone()), Some(form))
    } else {
        (body, None)
    };
    let arrived = form.as_ref().map_or(Ok(()), |form| form.problem.clone().map_or(Ok(()), Err));
    let whole = form.as_ref().map(|form| &form.bytes);
    let checked = match arrived {
        Ok(()) if changes_something => csrf::check(&visitor, &mut parts, whole),
        arrived => arrived,
    };
    let response = match checked {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    };
    let mut response = match problem(&response) {
        Some(error) => {
            let form = form.filter(|_| !is_cross_site && !urls::takes_passwords(&path));
            let typed = form.and_then(|form| Typed::read(&form, &path));
            let reload = (method == Method::GET).then_some(visitor.path.as_str());
            explain(&visitor, error, response.headers(), typed, reload)
        }
        None => response,
    };
    keep_or_share(&visitor, &method, known_version.as_ref(), &mut response).await;
    renew(&visitor, &mut response);
    response
}

/// What went wrong, if something did and nobody has made a page of it yet.
fn problem(response: &Response) -> Option<Error> {
    if let Some(error) = response.extensions().get::<Error>() {
        return Some(error.clone());
    }
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes();
        kind.starts_with(b"text/html") || kind.starts_with(b"text/event-stream")
    });
    let status = response.status();
    ((status.is_client_error() || status.is_server_error()) && !is_page).then(|| Error::from_status(status))
}

/// What is said when the password in the cookie was right once; nobody has typed one now.
const NO_LONGER: &str = "error-no-longer";

/// Makes a page, a line or a way to the sign-in form of a problem.
fn explain(
    visitor: &Visitor,
    error: Error,
    fields: &HeaderMap,
    typed: Option<Typed>,
    reload: Option<&str>,
) -> Response {
    let status = error.status();
    if status.is_server_error() {
        tracing::info!(http.status = status.as_u16(), error = %error, "a request got an error page");
    }
    let next = reload.unwrap_or(urls::HOME);
    let is_refused = error == Error::SignIn(SignInError::Refused);
    let is_away = matches!(status.as_u16(), 502..=504);
    let sign_in = error.asks_for_sign_in().then(|| urls::sign_in_then(next));
    let mut response = if visitor.is_htmx && error.asks_for_sign_in() && typed.is_none() {
        let target = urls::sign_in_then(urls::HOME);
        (StatusCode::OK, [("hx-redirect", target)]).into_response()
    } else if error == Error::SignedOut && reload.is_some() {
        Redirect::to(&urls::sign_in_then(next)).into_response()
    } else if visitor.is_htmx {
        let line = html::page(status, &ErrorLine { sentence: error.sentence(), sign_in });
        let place = [("hx-retarget", "#notice"), ("hx-reswap", "innerHTML"), ("hx-reselect", ".problem")];
        (place, line).into_response()
    } else {
        let title = title(status);
        let page = ErrorPage {
            frame: Frame::new(visitor, &title),
            is_missing: status == StatusCode::NOT_FOUND,
            title,
            sentence: if is_refused { Text::new(NO_LONGER) } else { error.sentence() },
            sign_in,
            channel: (status == StatusCode::FORBIDDEN).then(|| urls::channel_around(&visitor.path)).flatten(),
            again: reload.filter(|_| is_away),
            echo: typed,
        };
        html::page(status, &page)
    };
    response.extensions_mut().insert(Echo);
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = fields.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    if error.ends_sign_in() {
        set_cookie(&mut response, visit::forget(&visitor.state, visit::sign_in_cookie(&visitor.state)));
    }
    response
}

fn title(status: StatusCode) -> Text {
    match status {
        StatusCode::NOT_FOUND => Text::new("title-not-found"),
        StatusCode::FORBIDDEN => Text::new("title-not-allowed"),
        StatusCode::UNAUTHORIZED => Text::new("title-not-signed-in"),
        StatusCode::TOO_MANY_REQUESTS => Text::new("title-too-often"),
        StatusCode::PAYLOAD_TOO_LARGE => Text::new("title-too-large"),
        StatusCode::GATEWAY_TIMEOUT | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => {
            Text::new("title-no-answer")
        }
        status if status.is_client_error() => Text::new("title-failed"),
        _ => Text::new("title-wrong-here"),
    }
}

impl Typed {
    fn read(form: &Received, path: &str) -> Option<Self> {
        let field = |name: &str| csrf::field(&form.bytes, name);
        let (text, address) = (field("text"), field("address"));
        (text.is_some() || address.is_some()).then(|| Typed {
            action: path.to_owned(),
            id: field("id"),
            is_cut: form.problem.is_some(),
            text,
            address,
        })
    }
}

/// Says who may keep a page and for how long. A page that is the same for everybody gets a version, and with it
/// its nonce: it follows from the page under a key, so stored text cannot foresee it, because new text makes a new
/// version. What was rendered with this request's random nonce is rewritten.
async fn keep_or_share(visitor: &Visitor, method: &Method, known: Option<&HeaderValue>, response: &mut Response) {
    let mut nonce = visitor.nonce.clone();
    let is_html =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let marks = response.extensions();
    let is_marked =
        marks.get::<Echo>().is_some() || marks.get::<Private>().is_some() || marks.get::<Endless>().is_some();
    let is_shared = *method == Method::GET
        && response.status() == StatusCode::OK
        && is_html
        && !is_marked
        && !visitor.has_cookie
        && visitor.looks == Looks::default()
        && !response.headers().contains_key(header::SET_COOKIE);
    if is_html {
        let vary = HeaderValue::from_static("HX-Request, Cookie, Accept-Language");
        response.headers_mut().append(header::VARY, vary);
    }
    if is_shared {
        let body = std::mem::take(response.body_mut());
        match axum::body::to_bytes(body, MAX_PAGE).await {
            Ok(page) => {
                let (page, version, shared_nonce) = share(&visitor.state, visitor, &page);
                let etag = format!("W/\"{version}\"");
                let is_known = known.is_some_and(|known| known.to_str().is_ok_and(|known| known.contains(&etag)));
                if is_known {
                    *response.status_mut() = StatusCode::NOT_MODIFIED;
                    response.headers_mut().remove(header::CONTENT_TYPE);
                    response.headers_mut().remove(header::CONTENT_LENGTH);
                } else {
                    *response.body_mut() = Body::from(page);
                }
                let fields = response.headers_mut();
                fields.insert(header::ETAG, HeaderValue::try_from(etag).expect("base64url is ASCII"));
                fields.insert(header::CACHE_CONTROL, shared_pages::PUBLIC);
                nonce = shared_nonce;
            }
            Err(_) => *response = StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    } else if is_html || !response.headers().contains_key(header::CACHE_CONTROL) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    response.extensions_mut().insert(ScriptNonce(nonce));
}

/// The page with its own nonce, its version, and the nonce.
fn share(state: &State, visitor: &Visitor, page: &[u8]) -> (Vec<u8>, String, String) {
    let mut page = page.to_vec();
    let places = positions(&page, visitor.nonce.as_bytes());
    let blank = [b'.'; 64];
    for &at in &places {
        page[at..at + visitor.nonce.len()].copy_from_slice(&blank[..visitor.nonce.len()]);
    }
    let mut context = digest::Context::new(&digest::SHA256);
    // htmx takes a page's own nonce in an answer for a stolen one, so fragments never share it.
    context.update(if visitor.is_htmx { b"fragment\0" } else { b"document\0" });
    context.update(visitor.path.as_bytes());
    context.update(b"\0");
    context.update(&page);
    let version = context.finish();
    let nonce = state.seal.page_nonce(version.as_ref());
    for &at in &places {
        page[at..at + nonce.len()].copy_from_slice(nonce.as_bytes());
    }
    (page, URL_SAFE_NO_PAD.encode(&version.as_ref()[..16]), nonce)
}

/// Where `wanted` stands in `page`.
fn positions(page: &[u8], wanted: &[u8]) -> Vec<usize> {
    let Ok(text) = std::str::from_utf8(page) else { return Vec::new() };
    let Ok(wanted) = std::str::from_utf8(wanted) else { return Vec::new() };
    text.match_indices(wanted).map(|(at, _)| at).collect()
}

/// Seals the sign-in cookie again when it is a day old, and takes one away that opens nothing any more, unless this
/// answer sets it already.
fn renew(visitor: &Visitor, response: &mut Response) {
    let name = visit::sign_in_cookie(&visitor.state);
    let is_set = response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .any(|field| field.as_bytes().strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"=")));
    if is_set {
        return;
    }
    if let Some(cookie) = visitor.resealed() {
        set_cookie(response, cookie);
    } else if visitor.has_cookie && visitor.sign_in.is_none() {
        set_cookie(response, visit::forget(&visitor.state, name));
    }
}

/// Adds a cookie to an answer.
pub(super) fn set_cookie(response: &mut Response, cookie: cookie::Cookie<'_>) {
    let value = HeaderValue::try_from(cookie.to_string()).expect("our cookies are ASCII");
    response.headers_mut().append(header::SET_COOKIE, value);
}

/// A panic in a handler ends that request only.
pub(super) fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = words.unwrap_or("without words"), "a handler panicked");
    Error::Internal.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_of_layers_become_errors_and_pages_stay() {
        assert_eq!(problem(&StatusCode::OK.into_response()), None);
        assert_eq!(problem(&StatusCode::NOT_FOUND.into_response()), Some(Error::NotFound));
        assert_eq!(
            problem(&(StatusCode::BAD_REQUEST, "inner words").into_response()).map(|e| e.status().as_u16()),
            Some(422)
        );
        assert_eq!(problem(&(StatusCode::NOT_FOUND, axum::response::Html("page")).into_response()), None);
        assert_eq!(problem(&Error::Busy.into_response()), Some(Error::Busy));
    }

    #[test]
    fn every_nonce_is_found() {
        assert_eq!(positions(b"<script nonce=\"abc\"><b hx-nonce=\"abc\">ab c</b>", b"abc"), [15, 33]);
    }
}
