//! Liking a post, and taking that back.

use axum::response::Response;

use super::follow::Nothing;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::html;
use crate::web::urls::{self, AtPost};
use crate::web::visit::SignedIn;

/// Likes it.
pub async fn create(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    Protected(Nothing {}): Protected<Nothing>,
) -> Result<Response, Error> {
    visit.session.like(&at).await?;
    Ok(html::see_other(&urls::post(&at)))
}

/// Likes it no more.
pub async fn remove(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    Protected(Nothing {}): Protected<Nothing>,
) -> Result<Response, Error> {
    visit.session.unlike(&at).await?;
    Ok(html::see_other(&urls::post(&at)))
}
