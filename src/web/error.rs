//! What can go wrong with a request, as a status and a sentence for the reader.

use std::fmt;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::sentences::Sentence;
use crate::language::{Language, Text};
use crate::session::{self, SignInError};

/// Why a request got no page. It becomes a page (or, for htmx, a line) in [`super::answer`], which knows who asked
/// and gives back what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The URL names nothing.
    NotFound,
    /// The URL exists, but not for this method.
    Method,
    /// The session said so.
    Session(session::Error),
    /// The session could not be opened again.
    SignIn(SignInError),
    /// This page needs a sign-in.
    SignedOut,
    /// A live page's sign-in is over. A stream cannot be answered by a sign-in form, so the page tells and links.
    SignInEnded,
    /// Nobody reads public channels for those who are not signed in.
    GuestUnavailable,
    /// The form was sent from another site.
    CrossSite,
    /// The form's token is not that of this sign-in.
    Stale,
    /// The form lacks a field, or a field is not what it should be.
    Form(Text),
    /// The browser keeps no cookies, so no form of it can be told from one that was forged.
    NoCookie,
    /// More than a form may hold.
    TooLarge,
    /// Tried too often.
    TooOften(Duration),
    /// The account holds as many live streams as allowed.
    TooManyStreams,
    /// Other forms than JSON are not offered.
    OnlyJson,
    /// A ceiling of ours is reached.
    Busy,
    /// It took too long.
    Timeout,
    /// Our own fault.
    Internal,
}

impl std::error::Error for Error {}

/// In English, for logs; readers get [`Sentence::sentence`] in their language.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence().in_language(Language::English))
    }
}

impl From<session::Error> for Error {
    fn from(error: session::Error) -> Self {
        Error::Session(error)
    }
}

impl From<SignInError> for Error {
    fn from(error: SignInError) -> Self {
        Error::SignIn(error)
    }
}

impl Sentence for Error {
    fn sentence(&self) -> Text {
        match self {
            Error::NotFound => Text::new("error-not-found"),
            Error::Method => Text::new("error-method"),
            Error::Session(error) => error.sentence(),
            Error::SignIn(error) => error.sentence(),
            Error::SignedOut => Text::new("error-signed-out"),
            Error::SignInEnded => Text::new("error-sign-in-ended"),
            Error::GuestUnavailable => Text::new("error-no-guests"),
            Error::CrossSite => Text::new("error-cross-site"),
            Error::Stale => Text::new("error-stale"),
            Error::Form(sentence) => sentence.clone(),
            Error::NoCookie => Text::new("error-no-cookie"),
            Error::TooLarge => Text::new("error-too-large"),
            Error::TooOften(wait) => Text::new("error-too-often").with("wait", span(*wait)),
            Error::TooManyStreams => Text::new("error-too-many-streams"),
            Error::OnlyJson => Text::new("error-only-json"),
            Error::Busy => Text::new("error-busy"),
            Error::Timeout => Text::new("error-timeout"),
            Error::Internal => Text::new("error-internal"),
        }
    }
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
            status if status.is_client_error() => Error::Form(Text::new("error-incomplete")),
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
        let mut response = (self.status(), self.sentence().to_string()).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A waiting time as people say it.
fn span(wait: Duration) -> Text {
    match wait.as_secs() {
        seconds @ 0..=90 => Text::new("error-wait-seconds").with("seconds", seconds.max(1)),
        seconds => Text::new("error-wait-minutes").with("minutes", seconds.div_ceil(60)),
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
