//! What one follows, as a file to keep, and such a file read back: OPML with `xmpp:` addresses.

use std::time::Duration;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use crate::channel::ChannelId;
use crate::language::Text;
use crate::opml;
use crate::session::Follow;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::files::Files;
use crate::web::filters;
use crate::web::fragments::shown;
use crate::web::html::{self, Frame};
use crate::web::markup;
use crate::web::sentences::Sentence;
use crate::web::visit::{SignedIn, Visit};

/// How long a file may take: an answer has to begin within 40 s. What was not reached is said, and the same file goes on
/// from there, because what is followed already takes no time.
const WHOLE: Duration = Duration::from_secs(30);

/// How long one channel may take. Its server may be gone.
const EACH: Duration = Duration::from_secs(6);

#[derive(Template)]
#[template(path = "pages/account_follows.html")]
pub(in crate::web::pages) struct ImportPage {
    pub(in crate::web::pages) frame: Frame,
    pub(in crate::web::pages) problem: Option<String>,
    pub(in crate::web::pages) lines: Vec<Line>,
}

/// What came of one address. Strangers wrote it, and servers may have said the words.
pub(in crate::web::pages) struct Line {
    address: String,
    words: String,
}

impl Line {
    pub(in crate::web::pages) fn new(address: &str, words: &str) -> Self {
        let plain = |text| markup::name(text).unwrap_or_default();
        Line { address: plain(address), words: plain(words) }
    }
}

/// The form has no field but the token and the file.
#[derive(Deserialize)]
pub struct Nothing {}

/// The file.
pub async fn download(SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let follows = visit.session.follows().await?;
    let kept: Vec<_> = follows.iter().filter(|follow| follow.invited_by.is_none()).collect();
    let titles: Vec<String> = kept.iter().map(|follow| title(follow)).collect();
    let channels = titles.iter().zip(&kept).map(|(title, follow)| (title.as_str(), follow.about.id.uri()));
    let whose = visit.viewer.as_ref().map(ToString::to_string).unwrap_or_default();
    let file = opml::write(&Text::new("export-follows").with("person", whose).to_string(), channels);
    let fields = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/x-opml; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"follows.opml\"")),
    ];
    Ok((fields, file).into_response())
}

fn title(follow: &Follow) -> String {
    follow.about.title.clone().unwrap_or_else(|| shown(&follow.about.id))
}

/// The form that takes such a file.
pub async fn form(SignedIn(visit): SignedIn) -> Response {
    page(&visit, None, Vec::new())
}

/// Follows what a file names, one after the other.
pub async fn import(
    SignedIn(visit): SignedIn,
    Files(files): Files,
    Protected(Nothing {}): Protected<Nothing>,
) -> Result<Response, Error> {
    let Some(file) = files.first() else {
        return Ok(page(&visit, Some(Text::new("import-choose").to_string()), Vec::new()));
    };
    let addresses = match opml::read(&file.bytes) {
        Ok(addresses) => addresses,
        Err(error) => return Ok(page(&visit, Some(error.sentence().to_string()), Vec::new())),
    };
    let known = visit.session.follows().await?;
    let until = Instant::now() + WHOLE;
    let mut lines = Vec::with_capacity(addresses.len());
    for address in addresses {
        let words = follow(&visit, &known, &address, until).await;
        lines.push(Line::new(&address, &words));
    }
    Ok(page(&visit, None, lines))
}

/// Follows one channel, and says what came of it.
async fn follow(visit: &Visit, known: &[Follow], address: &str, until: Instant) -> String {
    let id = match ChannelId::parse(address) {
        Ok(id) => id,
        Err(error) => return Text::new("import-refused").with("reason", error.sentence()).to_string(),
    };
    // An address that names no node means a person, whose channel may stand elsewhere.
    let is_whole = address.contains("node=");
    if known.iter().any(|follow| follow.about.id == id && follow.invited_by.is_none()) {
        return Text::new("import-followed-already").to_string();
    }
    let now = Instant::now();
    if now >= until {
        return Text::new("import-not-reached").to_string();
    }
    let follow = async {
        let id = if is_whole { id } else { visit.session.resolve(id).await };
        if known.iter().any(|follow| follow.about.id == id && follow.invited_by.is_none()) {
            return Ok(None);
        }
        visit.session.follow(&id).await.map(Some)
    };
    match timeout_at(until.min(now + EACH), follow).await {
        Ok(Ok(None)) => Text::new("import-followed-already").to_string(),
        Ok(Ok(Some(follow))) if follow.is_pending => Text::new("import-asked").to_string(),
        Ok(Ok(Some(_))) => Text::new("import-followed").to_string(),
        Ok(Err(error)) => Text::new("import-refused").with("reason", error.sentence()).to_string(),
        Err(_) => Text::new("import-silent").to_string(),
    }
}

fn page(visit: &Visit, problem: Option<String>, lines: Vec<Line>) -> Response {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    html::page(status, &ImportPage { frame: Frame::new(visit, Text::new("import-title")), problem, lines })
}
