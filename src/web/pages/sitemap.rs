//! What search engines may look at: the open channels known here, and what is nothing for them.

use askama::Template;
use axum::extract;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::channel::Access;
use crate::web::error::Error;
use crate::web::published;
use crate::web::state::State;
use crate::web::urls;

/// How many channels are listed; the protocol allows 50,000.
const LISTED: usize = 1_000;

/// The namespace of sitemaps.
const NS: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// Forms, pages of one person and endless answers, as patterns (RFC 9309 §2.2.3).
const NOT_FOR_ROBOTS: &str = "\
User-agent: *
Disallow: /account
Disallow: /events
Disallow: /channels/new
Disallow: /csp-report
Disallow: /follows
Disallow: /me$
Disallow: /notices
Disallow: /register
Disallow: /search
Disallow: /sign-in
Disallow: /sign-out
Disallow: /http-bind
Disallow: /xmpp-websocket
Disallow: /*/delete$
Disallow: /*/edit$
Disallow: /*/events
Disallow: /*/live$
Disallow: /*/remove$
Disallow: /*/settings$
";

#[derive(Template)]
#[template(path = "pages/sitemap.xml")]
struct Sitemap {
    namespace: &'static str,
    urls: Vec<String>,
}

/// The front page and the open channels.
pub async fn show(extract::State(state): extract::State<State>, asked: HeaderMap) -> Result<Response, Error> {
    let known = match state.sessions.guest().await {
        Ok(guest) => guest.known().await.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    let open = known.iter().filter(|about| about.access == Access::Open).take(LISTED);
    let paths =
        [urls::HOME, urls::CHANNELS].map(str::to_owned).into_iter().chain(open.map(|about| urls::channel(&about.id)));
    let paths = paths.map(|path| urls::absolute(&state.config.web.public_url, &path));
    let map = Sitemap { namespace: NS, urls: paths.collect() };
    let map = map.render().map_err(|_| Error::Internal)?;
    Ok(published::answer("application/xml; charset=utf-8", map, &asked))
}

/// Where robots may go, and where the list is.
pub async fn robots(extract::State(state): extract::State<State>, asked: HeaderMap) -> Response {
    let map = urls::absolute(&state.config.web.public_url, urls::SITEMAP);
    published::answer("text/plain; charset=utf-8", format!("{NOT_FOR_ROBOTS}\nSitemap: {map}\n"), &asked)
}
