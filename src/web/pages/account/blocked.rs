//! Whom the person has blocked: the list, and the form that puts somebody on it (XEP-0191).

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use jid::Jid;
use serde::Deserialize;

use crate::language::Text;
use crate::web::answer::Echo;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::sentences::Sentence;
use crate::web::urls;
use crate::web::visit::{SignedIn, Visit};

/// How many addresses one page lists.
const LISTED: usize = 500;

#[derive(Template)]
#[template(path = "pages/account_blocked.html")]
pub(in crate::web::pages) struct BlockedPage {
    pub(in crate::web::pages) frame: Frame,
    /// What stands in the form.
    pub(in crate::web::pages) typed: String,
    pub(in crate::web::pages) problem: Option<String>,
    /// `None` where the server keeps no such list.
    pub(in crate::web::pages) names: Option<Vec<String>>,
    pub(in crate::web::pages) left_out: usize,
}

/// `?who=`: whom somebody came here to block.
#[derive(Debug, Default, Deserialize)]
pub struct Meant {
    #[serde(default)]
    who: String,
}

/// What the forms send.
#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    who: String,
    #[serde(default, rename = "do")]
    deed: String,
    #[serde(default)]
    back: String,
}

/// The list and the form.
pub async fn show(SignedIn(visit): SignedIn, meant: Result<Query<Meant>, QueryRejection>) -> Result<Response, Error> {
    let who = meant.map(|Query(meant)| meant.who).unwrap_or_default();
    page(&visit, who, None).await
}

/// Puts an address on the list, or takes it off.
pub async fn change(
    SignedIn(visit): SignedIn,
    Protected(Change { who, deed, back }): Protected<Change>,
) -> Result<Response, Error> {
    let done = match (deed.as_str(), read(&who)) {
        ("unblock", Some(jid)) => visit.session.unblock(&jid).await.map_err(Error::from),
        (_, Some(jid)) => block(&visit, &Jid::from(jid.to_bare())).await,
        (_, None) => Err(Error::Form(Text::new("blocking-no-address"))),
    };
    match done {
        Ok(()) if back.is_empty() => Ok(html::see_other(urls::BLOCKED)),
        Ok(()) => Ok(html::see_other(&urls::local_path(&back))),
        Err(error) => page(&visit, who, Some(error)).await,
    }
}

async fn block(visit: &Visit, who: &Jid) -> Result<(), Error> {
    let viewer = visit.viewer.as_ref();
    let refusal = if viewer.is_some_and(|viewer| viewer.as_str() == who.as_str()) {
        Text::new("blocking-yourself")
    } else if viewer.is_some_and(|viewer| viewer.domain().as_str() == who.as_str()) {
        Text::new("blocking-own-server")
    } else {
        return Ok(visit.session.block(who).await?);
    };
    Err(Error::Form(refusal))
}

/// An address as people write it: a person, or a whole server, which has a dot in its name.
fn read(who: &str) -> Option<Jid> {
    let who = who.trim();
    let who = who.strip_prefix("xmpp:").unwrap_or(who).split('?').next()?;
    let is_name = who.contains(['@', '.', ':']) && who.len() <= 3071;
    who.parse().ok().filter(|_| is_name)
}

async fn page(visit: &Visit, typed: String, problem: Option<Error>) -> Result<Response, Error> {
    let list = visit.session.block_list().await?;
    let all = list.as_ref().map_or(0, |blocks| blocks.names().count());
    let names = list.map(|blocks| blocks.names().take(LISTED).map(str::to_owned).collect());
    let is_echo = !typed.is_empty();
    let page = BlockedPage {
        frame: Frame::new(visit, Text::new("blocking-title")),
        typed: typed.chars().filter(|c| !c.is_control()).take(3071).collect(),
        problem: problem.as_ref().map(|error| error.sentence().to_string()),
        names,
        left_out: all.saturating_sub(LISTED),
    };
    let mut response = html::page(problem.map_or(StatusCode::OK, |error| error.status()), &page);
    if is_echo {
        response.extensions_mut().insert(Echo);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_servers_are_read_and_words_are_not() {
        let read = |who: &str| read(who).map(|jid| jid.to_string());
        for (typed, expected) in [
            (" bob@example.org ", "bob@example.org"),
            ("xmpp:bob@example.org?roster", "bob@example.org"),
            ("Example.ORG", "example.org"),
        ] {
            assert_eq!(read(typed).as_deref(), Some(expected), "{typed}");
        }
        for nothing in ["", "bob", "@", "bob@", "a b@example.org", &"x.".repeat(2000)] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }
}
