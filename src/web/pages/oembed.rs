//! A post for other sites that quote it (oEmbed 1.0).

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::{only_open, posts};
use crate::web::error::Error;
use crate::web::fragments::{Credit, When, outside};
use crate::web::markup::{self, SafeHtml};
use crate::web::published;
use crate::web::urls;
use crate::web::visit::AsGuest;

/// How wide a quotation is where nothing narrower is asked for, in pixels.
const WIDTH: u32 = 550;

/// How much of a post is quoted, in bytes of HTML.
const QUOTED: usize = 2 * 1024;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    url: String,
    format: Option<String>,
    maxwidth: Option<u32>,
}

/// What stands on the other site: words and links, nothing that runs.
#[derive(Template)]
#[template(path = "fragments/quotation.html")]
struct Quotation<'a> {
    body: SafeHtml,
    author: &'a str,
    url: &'a str,
    published: When,
}

/// Describes a post of ours by the address of its page.
pub async fn show(
    asked: Result<Query<Asked>, QueryRejection>,
    guest: AsGuest,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let Query(asked) = asked.unwrap_or_default();
    if asked.format.as_deref().is_some_and(|format| format != "json") {
        return Err(Error::OnlyJson);
    }
    let public_url = guest.state.config.web.public_url.as_str();
    let at = urls::read_post(public_url, &asked.url).ok_or(Error::NotFound)?;
    let thread = guest.session.thread(&at).await?;
    only_open(&thread.about)?;
    let post = &*outside(&thread.post);
    if post.is_deleted {
        return Err(Error::NotFound);
    }
    let url = urls::absolute(public_url, &urls::post(&at));
    let credit = Credit::new(post);
    let quotation = Quotation {
        body: markup::published(&post.content, QUOTED),
        author: &credit.name,
        url: &url,
        published: When::new(post.published),
    };
    let mut answer = json!({
        "version": "1.0",
        "type": "rich",
        "title": posts::title(&thread),
        "author_name": credit.name,
        "provider_name": "Cirrus",
        "provider_url": public_url,
        "cache_age": 60,
        "html": quotation.render().map_err(|_| Error::Internal)?,
        "width": asked.maxwidth.unwrap_or(WIDTH).min(WIDTH),
        // It depends on the words and on the other site's letters.
        "height": null,
    });
    if let Some(page) = credit.page {
        answer["author_url"] = urls::absolute(public_url, &page).into();
    }
    Ok(published::answer("application/json; charset=utf-8", answer.to_string(), &headers))
}
