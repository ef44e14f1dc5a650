//! What somebody has begun to write and keeps in the own account: the list, going on, and throwing away.

use askama::Template;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::response::Response;

use super::compose::ComposePage;
use super::follow::Nothing;
use super::readers;
use crate::channel::PostId;
use crate::channel::kept::KeptDraft;
use crate::language::Text;
use crate::web::attach::{self, Attached};
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{self, Composer, When};
use crate::web::html::{self, Frame};
use crate::web::markup;
use crate::web::urls;
use crate::web::visit::SignedIn;

/// How much of a draft the list shows, in characters.
const BEGINNING: usize = 200;

#[derive(Template)]
#[template(path = "pages/drafts.html")]
pub(super) struct DraftsPage {
    pub(super) frame: Frame,
    pub(super) drafts: Vec<Row>,
}

/// A draft in the list.
pub(super) struct Row {
    pub(super) url: String,
    pub(super) remove_url: String,
    pub(super) beginning: Option<String>,
    pub(super) channel: String,
    pub(super) changed: When,
}

impl Row {
    pub(super) fn new(draft: &KeptDraft) -> Self {
        let words = draft.warning.as_deref().unwrap_or(&draft.text);
        Row {
            url: urls::draft(&draft.id),
            remove_url: urls::remove_draft(&draft.id),
            beginning: markup::line(words, BEGINNING),
            channel: fragments::shown(&draft.channel),
            changed: When::new(draft.changed),
        }
    }
}

/// All of them, the latest first.
pub async fn list(SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let drafts = visit.session.drafts().await?;
    let page = DraftsPage {
        frame: Frame::new(&visit, Text::new("drafts-title")).beside(&visit, &visit.session).await,
        drafts: drafts.iter().map(Row::new).collect(),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// The form with what was kept.
pub async fn show(id: Result<Path<String>, PathRejection>, SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let id = read(id)?;
    let draft = visit.session.drafts().await?.into_iter().find(|draft| draft.id == id).ok_or(Error::NotFound)?;
    let about = visit.session.audience(&draft.channel).await;
    let is_own = visit.viewer.as_ref() == Some(&draft.channel.address);
    let composer = Composer::post(&visit, &draft.channel, readers::hint(&about, is_own))
        .taking(attach::limit(&visit.session).await)
        .given_back(None, &draft.text, "")
        .warning_of(draft.warning.as_deref().unwrap_or_default())
        .with_files(draft.files.iter().filter_map(Attached::of_link).collect())
        .going_on(Some(draft.id));
    let page = ComposePage {
        frame: Frame::new(&visit, Text::new("drafts-go-on")),
        title: Text::new("drafts-go-on"),
        composer: composer.html(),
        back_url: urls::DRAFTS.to_owned(),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// Throws one away.
pub async fn remove(
    id: Result<Path<String>, PathRejection>,
    SignedIn(visit): SignedIn,
    Protected(Nothing {}): Protected<Nothing>,
) -> Result<Response, Error> {
    visit.session.drop_draft(&read(id)?).await?;
    Ok(html::see_other(urls::DRAFTS))
}

fn read(id: Result<Path<String>, PathRejection>) -> Result<PostId, Error> {
    let Path(id) = id.map_err(|_| Error::NotFound)?;
    PostId::new(urls::name(&id)).map_err(|_| Error::NotFound)
}
