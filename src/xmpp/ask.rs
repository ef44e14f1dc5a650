//! The one way to ask a server something: an IQ out, its answer back. Dialects are written against it.

use std::future::Future;
use std::time::Duration;

use minidom::Element;

/// The namespace of the mark that the guard leaves where it cut something out.
pub const CUT: &str = crate::xml::CUT;

/// An IQ to be sent; the id is made by whoever sends it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whom to ask; `None` is one's own account.
    pub to: Option<jid::Jid>,
    /// `get` or `set`.
    pub kind: Kind,
    /// The one child.
    pub payload: Element,
}

/// The two kinds of request (RFC 6120 §8.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ask for something.
    Get,
    /// Change something.
    Set,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The other side answered with a stanza error (RFC 6120 §8.3).
    #[error("{condition}{}", text.as_deref().map(|t| format!(": {t}")).unwrap_or_default())]
    Stanza {
        /// The defined condition, by element name: `item-not-found`, `forbidden`, …
        condition: String,
        /// An application-specific condition (its element name), such as `precondition-not-met`.
        specific: Option<String>,
        /// A stranger's text; at most 300 characters.
        text: Option<String>,
    },
    /// The answer came, but was larger than the guard lets through: ask for less.
    #[error("the answer was too large")]
    TooLarge,
    /// Too many wait for that domain already: it does not answer.
    #[error("the other server does not answer")]
    Unreachable,
    /// No answer within the deadline.
    #[error("no answer in time")]
    Timeout,
    /// The stream was lost before the answer came.
    #[error("disconnected")]
    Disconnected,
}

impl AskError {
    /// Whether the defined or the specific condition has this name.
    pub fn is(&self, name: &str) -> bool {
        matches!(self, AskError::Stanza { condition, specific, .. } if condition == name || specific.as_deref() == Some(name))
    }
}

/// The same way for services that only help: nobody waits long for one that does not answer.
pub struct Briefly<'a, A>(pub &'a A);

/// How long they are waited for.
const BRIEFLY: Duration = Duration::from_secs(5);

impl<A: Ask> Ask for Briefly<'_, A> {
    async fn ask(&self, request: Request) -> Result<Option<Element>, AskError> {
        tokio::time::timeout(BRIEFLY, self.0.ask(request)).await.unwrap_or(Err(AskError::Timeout))
    }
}

/// Sends requests and awaits their answers. The answer is the IQ's child, or `None` for an empty result.
/// Answers are matched by id *and* sender before they get here (security.md P6).
pub trait Ask: Sync {
    /// Sends one request and awaits its answer, at most 30 s.
    fn ask(&self, request: Request) -> impl Future<Output = Result<Option<Element>, AskError>> + Send;
}
