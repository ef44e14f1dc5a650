//! Following one channel, by its button.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::fragments::FollowButton;
use crate::web::html;
use crate::web::urls::{self, AtChannel};
use crate::web::visit::SignedIn;

/// The form has no field but the token.
#[derive(Deserialize)]
pub struct Nothing {}

/// Follows it.
pub async fn create(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(Nothing {}): Protected<Nothing>,
) -> Result<Response, Error> {
    let follow = visit.session.follow(&id).await?;
    if visit.is_htmx {
        let button = if follow.is_pending { FollowButton::requested } else { FollowButton::followed };
        return Ok(html::page(StatusCode::OK, &button(&visit, &id)));
    }
    Ok(html::see_other(&urls::channel(&id)))
}

/// Stops following it.
pub async fn remove(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(Nothing {}): Protected<Nothing>,
) -> Result<Response, Error> {
    visit.session.unfollow(&id).await?;
    if visit.is_htmx {
        return Ok(html::page(StatusCode::OK, &FollowButton::stranger(&visit, &id)));
    }
    Ok(html::see_other(&urls::channel(&id)))
}
