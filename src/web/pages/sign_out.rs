//! Signing out.

use axum::extract;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::web::answer::set_cookie;
use crate::web::csrf::Protected;
use crate::web::state::State;
use crate::web::urls;
use crate::web::visit::{self, Visitor};

/// The form has no field but the token.
#[derive(Deserialize)]
pub struct Nothing {}

/// Ends this sign-in: its cookie is refused from now on and its streams end. The XMPP session ends with the last
/// sign-in that uses it.
pub async fn create(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
    Protected(Nothing {}): Protected<Nothing>,
) -> Response {
    if let Some(sign_in) = &visitor.sign_in {
        let was_last = state.end(sign_in.id, &sign_in.address, sign_in.created);
        if was_last {
            state.sessions.sign_out(&sign_in.address).await;
        }
        tracing::info!(account.jid = %sign_in.address, "somebody signed out");
    }
    let mut response = Redirect::to(urls::HOME).into_response();
    set_cookie(&mut response, visit::forget(&state, visit::sign_in_cookie(&state)));
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    response
}
