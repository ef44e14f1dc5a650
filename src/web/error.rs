//! What can go wrong with a request, as a status and a sentence for the reader.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::session::{self, SignInError};

/// Why a request got no page. It becomes a page (or, for htmx, a line) in [`super::answer`], which knows who asked
/// and gives back what was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The URL names nothing.
    #[error("There is no page at this address.")]
    NotFound,
    /// The URL exists, but not for this method.
    #[error("This address does not take that kind of request.")]
    Method,
    /// The session said so.
    #[error("{}", capital(.0))]
    Session(#[from] session::Error),
    /// The session could not be opened again.
    #[error("{}", capital(.0))]
    SignIn(#[from] SignInError),
    /// This page needs a sign-in.
    #[error("You are not signed in.")]
    SignedOut,
    /// A live page's sign-in is over. A stream cannot be answered by a sign-in form, so the page tells and links.
    #[error("Your sign-in has ended.")]
    SignInEnded,
    /// Nobody reads public channels for those who are not signed in.
    #[error("Public channels cannot be read here without signing in.")]
    GuestUnavailable,
    /// The form was sent from another site.
    #[error("This form was sent from another site, so nothing was done.")]
    CrossSite,
    /// The form's token is not that of this sign-in.
    #[error("This form is too old, or you have signed in or out since, so nothing was done. Please send it again.")]
    Stale,
    /// The form lacks a field, or a field is not what it should be.
    #[error("{0}")]
    Form(String),
    /// The browser keeps no cookies, so no form of it can be told from one that was forged.
    #[error("Your browser sent no cookie, so nothing was done. Allow cookies for this site and load the page again.")]
    NoCookie,
    /// More than a form may hold.
    #[error("This is more than a form may hold.")]
    TooLarge,
    /// Tried too often.
    #[error("Too many attempts. Please wait {} and try again.", minutes(*.0))]
    TooOften(Duration),
    /// The account holds as many live streams as allowed.
    #[error("Too many pages of this account are live at the same time.")]
    TooManyStreams,
    /// Other forms than JSON are not offered.
    #[error("This is offered as JSON only.")]
    OnlyJson,
    /// A ceiling of ours is reached.
    #[error("The server is busy. Please try again in a moment.")]
    Busy,
    /// It took too long.
    #[error("This took too long.")]
    Timeout,
    /// Our own fault.
    #[error("Something went wrong here. It has been noted.")]
    Internal,
}

impl Error {
    /// The HTTP status that says the same.
    pub fn status(&self) -> StatusCode {
        match self {
            Error::NotFound | Error::Session(session::Error::NotFound) => StatusCode::NOT_FOUND,
            Error::Method => StatusCode::METHOD_NOT_ALLOWED,
            Error::Session(error) => match error {
                session::Error::NotFound => StatusCode::NOT_FOUND,
                session::Error::Forbidden | session::Error::Blocked => StatusCode::FORBIDDEN,
                session::Error::Timeout => StatusCode::GATEWAY_TIMEOUT,
                session::Error::Disconnected | session::Error::Ended => StatusCode::SERVICE_UNAVAILABLE,
                session::Error::RemoteUnreachable => StatusCode::BAD_GATEWAY,
                session::Error::Unsupported => StatusCode::NOT_IMPLEMENTED,
                session::Error::Taken => StatusCode::CONFLICT,
                session::Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                session::Error::Refused(_) => StatusCode::BAD_GATEWAY,
            },
            Error::SignIn(error) => sign_in_status(error),
            Error::SignedOut | Error::SignInEnded => StatusCode::UNAUTHORIZED,
            Error::GuestUnavailable | Error::CrossSite | Error::Stale | Error::NoCookie => StatusCode::FORBIDDEN,
            Error::Form(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::TooOften(_) | Error::TooManyStreams => StatusCode::TOO_MANY_REQUESTS,
            Error::OnlyJson => StatusCode::NOT_IMPLEMENTED,
            Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Error::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Error::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether the reader is helped by a link to the sign-in form.
    pub fn asks_for_sign_in(&self) -> bool {
        matches!(self, Error::SignedOut | Error::GuestUnavailable | Error::SignIn(SignInError::Refused))
    }

    /// Whether the sign-in cookie is worth nothing any more, so that the browser may forget it.
    pub fn ends_sign_in(&self) -> bool {
        matches!(self, Error::SignInEnded | Error::SignIn(SignInError::Refused))
    }

    /// What is known when only a status is: the answer of a layer that has no words for people.
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Error::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Error::Method,
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Error::Timeout,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Error::Busy,
            status if status.is_client_error() => Error::Form("This request is not complete.".to_owned()),
            _ => Error::Internal,
        }
    }

    /// Seconds after which trying again makes sense.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Error::TooOften(wait) => Some(wait.as_secs().max(1)),
            Error::Busy | Error::SignIn(SignInError::Full) => Some(30),
            Error::TooManyStreams => Some(60),
            Error::Session(session::Error::Disconnected | session::Error::Ended) => Some(5),
            _ => None,
        }
    }
}

/// The HTTP status of a failed sign-in.
pub fn sign_in_status(error: &SignInError) -> StatusCode {
    match error {
        SignInError::Refused => StatusCode::UNAUTHORIZED,
        SignInError::Domain => StatusCode::FORBIDDEN,
        SignInError::Timeout => StatusCode::GATEWAY_TIMEOUT,
        SignInError::Full => StatusCode::SERVICE_UNAVAILABLE,
        SignInError::Unreachable
        | SignInError::Certificate
        | SignInError::Unencrypted
        | SignInError::Mechanism
        | SignInError::Protocol => StatusCode::BAD_GATEWAY,
    }
}

impl IntoResponse for Error {
    /// A bare status that carries the error along; the sentence stands in the body for whoever sees it unfinished.
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.to_string()).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A sentence that starts with a capital and ends with a full stop.
pub fn capital(words: &impl ToString) -> String {
    let words = words.to_string();
    let mut letters = words.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let stop = if words.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// A waiting time as people say it.
fn minutes(wait: Duration) -> String {
    match wait.as_secs() {
        0..=1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_a_sentence() {
        assert_eq!(Error::from(session::Error::Timeout).to_string(), "The server did not answer in time.");
        assert_eq!(Error::from(SignInError::Refused).to_string(), "The address or the password is wrong.");
        assert_eq!(
            Error::TooOften(Duration::from_secs(600)).to_string(),
            "Too many attempts. Please wait 10 minutes and try again."
        );
    }
}
