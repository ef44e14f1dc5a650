//! What people do with their account as a whole (XEP-0077): another password, and its end.

use std::time::Duration;

use tokio::time::timeout;

use super::registry::Sessions;
use super::{Error, Session, SignInError};
use crate::channel::Address;
use crate::xmpp::sasl::Secret;
use crate::xmpp::{AskError, account};

/// How long the server may take. Before and after it somebody signs in, which takes up to 9 s each.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why an account stays as it is. Texts are the server's own, at most 300 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The server does not know this way.
    #[error("your server cannot do this here; it may have a page of its own for it")]
    Unsupported,
    /// The server refuses, in its own words.
    #[error("your server does not allow this{}", said(.0))]
    NotAllowed(Option<String>),
    /// The server does not like the new password.
    #[error("your server did not accept this{}", said(.0))]
    NotAcceptable(Option<String>),
    /// Too much for now.
    #[error("your server takes no such change for now, try again later")]
    Wait,
    /// The server could not be asked, or said something else.
    #[error(transparent)]
    Session(#[from] Error),
    /// It is done, but signing in with the new password failed.
    #[error("the password is changed, but signing in with it failed: {0}")]
    SignIn(SignInError),
}

fn said(text: &Option<String>) -> String {
    text.as_ref().map(|text| format!(": {text}")).unwrap_or_default()
}

impl From<AskError> for AccountError {
    fn from(error: AskError) -> Self {
        let AskError::Stanza { condition, text, .. } = error else { return AccountError::Session(error.into()) };
        tracing::info!(stanza.condition = %condition, "a server refused to change an account");
        match condition.as_str() {
            "not-allowed" | "forbidden" | "not-authorized" | "registration-required" => AccountError::NotAllowed(text),
            "not-acceptable" | "bad-request" | "jid-malformed" => AccountError::NotAcceptable(text),
            "service-unavailable" | "feature-not-implemented" | "item-not-found" => AccountError::Unsupported,
            "resource-constraint" | "policy-violation" => AccountError::Wait,
            _ => AccountError::Session(Error::Refused(text.unwrap_or(condition))),
        }
    }
}

impl AccountError {
    /// Whether it may have happened all the same: no answer came.
    fn is_unclear(&self) -> bool {
        matches!(self, AccountError::Session(Error::Timeout | Error::Disconnected | Error::Ended))
    }
}

impl Sessions {
    /// Changes the password of a session's account. The session ends, because it began with the old one, and with it
    /// what the server accepted before; the secret of the new session comes back.
    pub async fn change_password(&self, session: &Session, old: &str, new: String) -> Result<Secret, AccountError> {
        let me = session.me()?.clone();
        let unclear = match within(account::change_password(session.wire(), &me, old, &new)).await {
            Err(error) if !error.is_unclear() => return Err(error),
            answer => answer.err(),
        };
        self.sign_out(&me).await;
        match self.sign_in(&me, new).await {
            Ok((_, secret)) => Ok(secret),
            Err(failure) => Err(unclear.unwrap_or(AccountError::SignIn(failure))),
        }
    }

    /// Ends a session's account at its server, and the session. `password` was accepted a moment ago: where no answer
    /// comes, its refusal tells that the account is gone.
    pub async fn remove_account(&self, session: &Session, password: String) -> Result<(), AccountError> {
        let me = session.me()?.clone();
        match within(account::remove(session.wire())).await {
            Err(error) if error.is_unclear() && self.is_gone(&me, password).await => {}
            answer => answer?,
        }
        self.sign_out(&me).await;
        Ok(())
    }

    async fn is_gone(&self, address: &Address, password: String) -> bool {
        matches!(self.sign_in(address, password).await, Err(SignInError::Refused))
    }
}

async fn within(change: impl Future<Output = Result<(), AskError>>) -> Result<(), AccountError> {
    Ok(timeout(PATIENCE, change).await.unwrap_or(Err(AskError::Timeout))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_refuse_is_told_apart() {
        let told = |condition: &str, text: Option<&str>| {
            let (condition, text) = (condition.to_owned(), text.map(str::to_owned));
            AccountError::from(AskError::Stanza { condition, specific: None, text }).to_string()
        };
        assert_eq!(told("not-allowed", None), "your server does not allow this");
        assert_eq!(told("not-authorized", Some("ask us")), "your server does not allow this: ask us");
        assert_eq!(told("not-acceptable", Some("too weak")), "your server did not accept this: too weak");
        assert!(told("service-unavailable", Some("x")).starts_with("your server cannot do this here"));
        assert!(told("resource-constraint", None).ends_with("try again later"));
        assert_eq!(told("internal-server-error", None), "the server refused: internal-server-error");
    }

    #[test]
    fn only_silence_is_unclear() {
        assert!(AccountError::from(AskError::Disconnected).is_unclear());
        assert!(AccountError::from(AskError::Timeout).is_unclear());
        assert!(!AccountError::from(AskError::TooLarge).is_unclear());
        assert!(!AccountError::NotAllowed(None).is_unclear());
    }
}
