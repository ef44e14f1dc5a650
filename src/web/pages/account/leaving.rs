//! The end of the account at the person's own server (XEP-0077 In-Band Registration §3.2).

use askama::Template;
use axum::extract;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::refusal;
use crate::channel::Address;
use crate::language::Text;
use crate::web::answer::{Echo, Private, set_cookie};
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::passwords;
use crate::web::state::State;
use crate::web::visit::{self, SignedIn, Visit};

#[derive(Template)]
#[template(path = "pages/account_leave.html")]
pub(in crate::web::pages) struct LeavePage {
    pub(in crate::web::pages) frame: Frame,
    pub(in crate::web::pages) address: String,
    pub(in crate::web::pages) problem: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/account_gone.html")]
pub(in crate::web::pages) struct GonePage {
    pub(in crate::web::pages) frame: Frame,
    pub(in crate::web::pages) address: String,
}

/// The form's fields.
#[derive(Deserialize)]
pub struct Fields {
    address: String,
    password: String,
}

/// What goes, and the question whether it shall.
pub async fn form(SignedIn(visit): SignedIn) -> Response {
    page(&visit, None)
}

/// Ends the account, and every sign-in of it.
pub async fn remove(
    extract::State(state): extract::State<State>,
    SignedIn(visit): SignedIn,
    Protected(fields): Protected<Fields>,
) -> Result<Response, Error> {
    let password = Zeroizing::new(fields.password);
    let sign_in = visit.sign_in.as_deref().ok_or(Error::SignedOut)?;
    if fields.address.trim().parse::<Address>().ok().as_ref() != Some(&sign_in.address) {
        let wrong = Text::new("leave-wrong-address").to_string();
        return Ok(page(&visit, Some((StatusCode::UNPROCESSABLE_ENTITY, wrong))));
    }
    if let Err(error) = passwords::prove(&state, visit.client, &sign_in.address, &password).await {
        return Ok(page(&visit, Some(refusal::wrong_password(&error))));
    }
    if let Err(error) = state.sessions.remove_account(&visit.session, password.to_string()).await {
        return Ok(page(&visit, Some(refusal::of(&error))));
    }
    tracing::info!(account.jid = %sign_in.address, "somebody removed the account");
    state.end_others(sign_in, |_| true);
    state.end(sign_in.id, &sign_in.address, sign_in.created);
    Ok(gone(&state, &visit, &sign_in.address))
}

fn gone(state: &State, visit: &Visit, address: &Address) -> Response {
    let mut frame = Frame::new(visit, Text::new("gone-title"));
    frame.viewer = None;
    let mut response = html::page(StatusCode::OK, &GonePage { frame, address: address.to_string() });
    response.extensions_mut().insert(Private);
    set_cookie(&mut response, visit::forget(state, visit::sign_in_cookie(state)));
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    response
}

fn page(visit: &Visit, problem: Option<(StatusCode, String)>) -> Response {
    let (status, problem) = problem.unzip();
    let address = visit.viewer.as_ref().map(ToString::to_string).unwrap_or_default();
    let page = LeavePage { frame: Frame::new(visit, Text::new("leave-title")), address, problem };
    let mut response = html::page(status.unwrap_or(StatusCode::OK), &page);
    response.extensions_mut().insert(Echo);
    response
}
