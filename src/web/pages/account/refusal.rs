//! What people are told when their account stays as it is.

use axum::http::StatusCode;

use crate::language::Text;
use crate::session::{AccountError, SignInError};
use crate::web::error::{Error, sign_in_status};
use crate::web::sentences::Sentence;

/// Why a typed password did not prove who asks.
pub(super) fn wrong_password(error: &Error) -> (StatusCode, String) {
    let sentence = match error {
        Error::SignIn(SignInError::Refused) => Text::new("password-wrong").to_string(),
        error => error.sentence().to_string(),
    };
    (error.status(), sentence)
}

/// What the server said.
pub(super) fn of(error: &AccountError) -> (StatusCode, String) {
    let status = match error {
        AccountError::Unsupported => StatusCode::NOT_IMPLEMENTED,
        AccountError::NotAllowed(_) => StatusCode::FORBIDDEN,
        AccountError::NotAcceptable(_) => StatusCode::UNPROCESSABLE_ENTITY,
        AccountError::Wait => StatusCode::TOO_MANY_REQUESTS,
        AccountError::Session(error) => Error::Session(error.clone()).status(),
        AccountError::SignIn(error) => sign_in_status(error),
    };
    (status, error.sentence().to_string())
}
