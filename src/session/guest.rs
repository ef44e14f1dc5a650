//! The session that reads public channels for everybody.

use std::time::Duration;

use tokio::time::Instant;
use zeroize::Zeroizing;

use super::registry::Sessions;
use super::{Session, SignInError};
use crate::xmpp::connect::Login;
use crate::xmpp::sasl::Secret;

/// How long an attempt to get a guest session is remembered when it failed.
const RETRY: Duration = Duration::from_secs(30);

/// The session, or why there is none.
#[derive(Default)]
pub(super) struct Guest {
    session: Option<Session>,
    failed: Option<(Instant, SignInError)>,
}

impl Guest {
    /// What is known without asking the server. What it refused is not tried again: it would be refused again, and
    /// count against the account and this host.
    fn known(&self) -> Option<Result<Session, SignInError>> {
        match (&self.session, &self.failed) {
            (Some(session), _) if !session.is_ended() => Some(Ok(session.clone())),
            (_, Some((_, SignInError::Refused))) => Some(Err(SignInError::Refused)),
            (_, Some((at, error))) if at.elapsed() < RETRY => Some(Err(error.clone())),
            _ => None,
        }
    }
}

impl Sessions {
    /// The session that reads public channels for everybody, if the server gives one.
    pub async fn guest(&self) -> Result<Session, SignInError> {
        if let Some(known) = self.guest_slot().known() {
            return known;
        }
        let _turn = self.guest_turn().acquire().await;
        if let Some(known) = self.guest_slot().known() {
            return known;
        }
        let opened = self.open_guest().await;
        match &opened {
            Ok(session) => *self.guest_slot() = Guest { session: Some(session.clone()), failed: None },
            Err(error) => {
                if *error == SignInError::Refused {
                    tracing::error!(
                        "the server refuses the guest, who is not tried again: put guest.account and \
                         guest.password_file right, or leave them empty, and restart"
                    );
                } else {
                    tracing::warn!(reason = %error, "there is no guest session, public pages offer sign-in instead");
                }
                *self.guest_slot() = Guest { session: None, failed: Some((Instant::now(), error.clone())) };
            }
        }
        opened
    }

    async fn open_guest(&self) -> Result<Session, SignInError> {
        let config = self.config();
        let login = if config.guest.account.is_empty() {
            let domain = [&config.guest.domain]
                .into_iter()
                .filter(|domain| !domain.is_empty())
                .chain(&config.xmpp.domains)
                .next();
            let domain = domain.and_then(|domain| domain.parse().ok()).ok_or(SignInError::Domain)?;
            Login::Anonymous { domain }
        } else {
            let address = config.guest.account.parse().map_err(|_| SignInError::Domain)?;
            let password = std::fs::read_to_string(&config.guest.password_file).map_err(|error| {
                tracing::error!(file = %config.guest.password_file.display(), %error, "the guest's password cannot be read");
                SignInError::Refused
            })?;
            Login::Account { address, secret: Secret::Password(Zeroizing::new(password.trim_end().to_owned())) }
        };
        let (connection, kept) = self.authenticate(&login).await?;
        let login = match login {
            Login::Account { address, .. } => Login::Account { address, secret: kept },
            anonymous => anonymous,
        };
        self.start(None, login, connection).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_guest_who_was_refused_is_not_tried_again() {
        let failed = |error| Guest { session: None, failed: Some((Instant::now(), error)) };
        let (away, refused) = (failed(SignInError::Unreachable), failed(SignInError::Refused));
        assert!(away.known().is_some(), "a server that is away is given some time");
        tokio::time::advance(RETRY).await;
        assert!(away.known().is_none());
        assert!(matches!(refused.known(), Some(Err(SignInError::Refused))));
    }
}
