//! People with browsers: the URL map on one screen.

pub mod pages;
pub mod fragments;
pub mod filters;
pub mod markup;
pub mod html;
pub mod live;
pub mod visit;
pub mod csrf;
pub mod forms;
pub mod files;
pub mod attach;
pub mod seal;
pub mod sign_ins;
mod browsers;
mod passwords;
pub mod ended;
pub mod looks;
pub mod registrations;
pub mod urls;
pub mod error;
mod sentences;
mod faces;
pub mod assets;
pub mod security;
pub mod pictures;
pub mod state;
pub mod server;
pub mod shared_pages;
mod published;
mod answer;

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use error::Error;
use pages::{
    account, channel, channels, deletion, drafts, feed, follow, follows, home, likes, new_channel, notices,
    notifications, oembed, own, people, person, posts, register, search, settings, share, sign_in, sign_out, sitemap,
    tags, threads,
};
pub use server::run;
pub use state::State;

/// How long a page may take until it begins; a server that is asked has 30 s.
const DEADLINE: Duration = Duration::from_secs(40);

/// Every URL, and what stands around all of them.
pub fn router(state: State) -> Router {
    let mut routes = Router::new()
        .route(urls::HOME, get(home::show))
        .route(urls::HOME_EVENTS, get(live::home))
        .route(urls::CHANNELS, get(channels::list))
        .route(urls::NEW_CHANNEL, get(new_channel::form).post(new_channel::create))
        .route(urls::SEARCH, get(search::show))
        .route(urls::DRAFTS, get(drafts::list))
        .route(urls::DRAFT, get(drafts::show))
        .route(urls::REMOVE_DRAFT, post(drafts::remove))
        .route(urls::TAGS, get(tags::show))
        .route(urls::NOTICES, get(notices::show).post(notices::update))
        .route(urls::NOTIFICATIONS, get(notifications::show))
        .route(urls::OWN, get(own::show))
        .route(urls::FOLLOWS, get(follows::list).post(follows::create))
        .route(urls::READ, post(follows::mark_read))
        .route(urls::SIGN_IN, get(sign_in::form).post(sign_in::create))
        .route(urls::SIGN_OUT, post(sign_out::create))
        .route(urls::REGISTER, get(register::form).post(register::create))
        .route(urls::OEMBED, get(oembed::show))
        .route(urls::SITEMAP, get(sitemap::show))
        .route(urls::ACCOUNT, get(account::show))
        .route(urls::LOOKS, post(account::looks::update))
        .route(urls::SIGN_INS, post(account::sign_ins::end))
        .route(urls::OWN_POSTS, get(account::posts::download))
        .route(urls::OWN_FOLLOWS, get(account::follows::download))
        .route(urls::IMPORT, get(account::follows::form).post(account::follows::import))
        .route(urls::PICTURE, get(account::picture::form).post(account::picture::update))
        .route(urls::PROFILE, get(account::profile::form).post(account::profile::update))
        .route(urls::BLOCKED, get(account::blocked::show).post(account::blocked::change))
        .route(urls::PASSWORD, get(account::password::form).post(account::password::change))
        .route(urls::LEAVING, get(account::leaving::form).post(account::leaving::remove))
        .route(urls::CSP_REPORT, post(security::report).layer(DefaultBodyLimit::max(security::MAX_REPORT)))
        .route("/assets/{name}", get(assets::show))
        .route(urls::PERSON, get(person::show))
        .route(urls::FACE, get(faces::show))
        .route("/media/{tag}/{size}/{source}", get(pictures::show))
        .route("/robots.txt", get(sitemap::robots))
        .route("/favicon.ico", get(assets::favicon));
    for base in urls::CHANNEL_BASES {
        let at = |rest: &str| format!("{base}{rest}");
        routes = routes
            .route(base, get(channel::show))
            .route(&at("/feed"), get(feed::channel))
            .route(&at("/threads"), get(threads::show))
            .route(&at("/about"), get(channel::about))
            .route(&at("/followers"), get(people::list))
            .route(&at("/roles"), post(people::change))
            .route(&at("/requests"), post(people::answer))
            .route(&at("/invitations"), post(people::invite))
            .route(&at("/settings"), get(settings::form).post(settings::update))
            .route(&at("/status"), post(settings::set_status))
            .route(&at("/place"), post(settings::set_place))
            .route(&at("/delete"), get(deletion::confirm).post(deletion::remove))
            .route(&at("/live"), get(channel::live))
            .route(&at("/events"), get(live::channel))
            .route(&at("/follow"), post(follow::create))
            .route(&at("/unfollow"), post(follow::remove))
            .route(&at("/posts"), post(posts::create))
            .route(&at("/posts/{id}"), get(posts::show))
            .route(&at("/posts/{id}/feed"), get(feed::thread))
            .route(&at("/posts/{id}/events"), get(live::thread))
            .route(&at("/posts/{id}/replies"), post(posts::reply))
            .route(&at("/posts/{id}/like"), post(likes::create))
            .route(&at("/posts/{id}/unlike"), post(likes::remove))
            .route(&at("/posts/{id}/react"), post(likes::react))
            .route(&at("/posts/{id}/share"), get(share::form).post(share::create))
            .route(&at("/posts/{id}/edit"), get(posts::edit_form).post(posts::edit))
            .route(&at("/posts/{id}/remove"), get(posts::confirm_remove).post(posts::remove));
    }
    routes
        .fallback(async || Error::NotFound)
        .method_not_allowed_fallback(async || Error::Method)
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, DEADLINE))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .layer(from_fn_with_state(state.clone(), answer::finish))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_compressible)))
        .layer(from_fn_with_state(state.clone(), pictures::alone))
        .layer(from_fn_with_state(state.clone(), security::headers))
        .layer(from_fn_with_state(state.clone(), shared_pages::serve))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .with_state(state)
}

/// A page that repeats what was typed is not compressed beside its secrets; a stream must not wait in a compressor;
/// embedded files are compressed already.
fn is_compressible(_: StatusCode, _: Version, _: &HeaderMap, marks: &Extensions) -> bool {
    let is_left_alone = marks.get::<answer::Endless>().is_some() || marks.get::<answer::Finished>().is_some();
    !is_left_alone && marks.get::<answer::Echo>().is_none()
}

/// What log lines about a request have in common. The query is left out: it may hold what was searched for or
/// where somebody wanted to go.
fn span(request: &Request) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let id: String = id.chars().take(64).collect();
    tracing::info_span!("request", http.method = %request.method(), http.path = ?request.uri().path(), request.id = ?id)
}
