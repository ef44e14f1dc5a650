//! Another password for the account, at the person's own server (XEP-0077 In-Band Registration).

use askama::Template;
use axum::extract;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use zeroize::Zeroize;

use super::refusal;
use crate::language::Text;
use crate::session::{AccountError, Secret};
use crate::web::answer::{Echo, set_cookie};
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::passwords::{self, MAX_PASSWORD};
use crate::web::seal::SignIn;
use crate::web::state::State;
use crate::web::urls;
use crate::web::visit::{self, SignedIn, Visit};

#[derive(Template)]
#[template(path = "pages/account_password.html")]
pub(in crate::web::pages) struct PasswordPage {
    pub(in crate::web::pages) frame: Frame,
    pub(in crate::web::pages) address: String,
    pub(in crate::web::pages) problem: Option<String>,
}

/// The form's fields.
#[derive(Deserialize)]
pub struct Fields {
    password: String,
    new: String,
    again: String,
}

/// Passwords are not left lying in memory.
impl Drop for Fields {
    fn drop(&mut self) {
        for field in [&mut self.password, &mut self.new, &mut self.again] {
            field.zeroize();
        }
    }
}

/// The form.
pub async fn form(SignedIn(visit): SignedIn) -> Response {
    page(&visit, None)
}

/// Changes the password. This browser stays signed in; the account's other sign-ins end.
pub async fn change(
    extract::State(state): extract::State<State>,
    SignedIn(visit): SignedIn,
    Protected(fields): Protected<Fields>,
) -> Result<Response, Error> {
    let sign_in = visit.sign_in.as_deref().ok_or(Error::SignedOut)?;
    if let Some(wrong) = unusable(&fields) {
        return Ok(page(&visit, Some((StatusCode::UNPROCESSABLE_ENTITY, wrong.to_string()))));
    }
    if let Err(error) = passwords::prove(&state, visit.client, &sign_in.address, &fields.password).await {
        return Ok(page(&visit, Some(refusal::wrong_password(&error))));
    }
    let changed = state.sessions.change_password(&visit.session, &fields.password, fields.new.clone()).await;
    match changed {
        Ok(secret) => {
            tracing::info!(account.jid = %sign_in.address, "somebody changed the password");
            state.end_others(sign_in, |_| true);
            Ok(stay(&state, sign_in, &secret))
        }
        Err(AccountError::SignIn(failure)) => {
            tracing::info!(account.jid = %sign_in.address, reason = %failure, "a new password does not sign in yet");
            state.end_others(sign_in, |_| true);
            Ok(sign_in_again(&state, sign_in))
        }
        Err(error) => Ok(page(&visit, Some(refusal::of(&error)))),
    }
}

/// Why these fields are not sent to any server.
fn unusable(fields: &Fields) -> Option<Text> {
    if fields.new != fields.again {
        Some(Text::new("password-not-twice"))
    } else if fields.new.is_empty() {
        Some(Text::new("password-empty"))
    } else if fields.new.len() > MAX_PASSWORD || fields.new.contains(char::is_control) {
        Some(Text::new("password-unfit"))
    } else {
        None
    }
}

/// The same sign-in with the new secret: the forms of this browser's open pages stay good.
fn stay(state: &State, old: &SignIn, secret: &Secret) -> Response {
    let now = state.now();
    let sign_in = SignIn { secret: secret.to_bytes(), created: now, used: now, ..old.clone() };
    let Some(cookie) = visit::sealed_cookie(state, &sign_in) else { return sign_in_again(state, old) };
    let mut response = html::see_other(urls::PASSWORD_CHANGED);
    set_cookie(&mut response, cookie);
    response
}

fn sign_in_again(state: &State, old: &SignIn) -> Response {
    state.end(old.id, &old.address, old.created);
    let mut response = html::see_other(urls::SIGN_IN_WITH_NEW);
    set_cookie(&mut response, visit::forget(state, visit::sign_in_cookie(state)));
    response
}

fn page(visit: &Visit, problem: Option<(StatusCode, String)>) -> Response {
    let (status, problem) = problem.unzip();
    let address = visit.viewer.as_ref().map(ToString::to_string).unwrap_or_default();
    let page = PasswordPage { frame: Frame::new(visit, Text::new("password-title")), address, problem };
    let mut response = html::page(status.unwrap_or(StatusCode::OK), &page);
    response.extensions_mut().insert(Echo);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_reaches_no_server() {
        let wrong = |new: &str, again: &str| {
            unusable(&Fields { password: "old".to_owned(), new: new.to_owned(), again: again.to_owned() })
        };
        assert_eq!(wrong("correct horse", "correct horse"), None);
        assert!(wrong("correct horse", "correct  horse").is_some());
        assert!(wrong("", "").is_some());
        assert!(wrong("tab\t", "tab\t").is_some());
        let long = "x".repeat(MAX_PASSWORD);
        assert_eq!(wrong(&long, &long), None);
        let longer = format!("{long}x");
        assert!(wrong(&longer, &longer).is_some());
    }
}
