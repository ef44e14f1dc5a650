//! The way to one's own channel, whichever it is.

use axum::response::Response;

use crate::web::error::Error;
use crate::web::visit::SignedIn;
use crate::web::{html, urls};

/// Leads there.
pub async fn show(SignedIn(visit): SignedIn) -> Result<Response, Error> {
    Ok(html::see_other(&urls::channel(&visit.session.own_channel().await?)))
}
