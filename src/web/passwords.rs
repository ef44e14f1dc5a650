//! Passwords that people type, in whichever form: tried at their server within the limits on attempts.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::error::Error;
use super::state::State;
use crate::channel::Address;
use crate::session::{Secret, SignInError};

/// The longest password, in bytes.
pub(super) const MAX_PASSWORD: usize = 1024;

/// Refusals are told at multiples of this after they were asked for. Servers on the same continent say no within one.
const REFUSAL_STEP: Duration = Duration::from_millis(500);

/// Signs in with a password, which is tried once and counted, and gives what to keep of it.
pub(super) async fn prove(state: &State, client: IpAddr, address: &Address, password: &str) -> Result<Secret, Error> {
    let began = Instant::now();
    let tried = attempt(state, client, address, password).await;
    if matches!(tried, Err(Error::SignIn(SignInError::Refused))) {
        sleep_until(next_step(began, Instant::now())).await;
    }
    tried
}

async fn attempt(state: &State, client: IpAddr, address: &Address, password: &str) -> Result<Secret, Error> {
    if password.is_empty() || password.len() > MAX_PASSWORD {
        return Err(Error::SignIn(SignInError::Refused));
    }
    let (domain, account) = (address.domain().to_string(), address.to_string());
    let admitted = state.attempts.admit(client, &domain, Some(&account), Instant::now());
    admitted.map_err(Error::TooOften)?;
    let Ok(_permit) = state.signing_in.try_acquire() else {
        state.attempts.take_back(&domain);
        return Err(Error::Busy);
    };
    match state.sessions.sign_in(address, password.to_owned()).await {
        Ok((_session, secret)) => {
            state.attempts.befriend(client, &domain, &account);
            Ok(secret)
        }
        Err(failure) => {
            if failure != SignInError::Refused {
                state.attempts.take_back(&domain);
            }
            tracing::info!(client.address = %client, reason = %failure, "a sign-in failed");
            Err(Error::SignIn(failure))
        }
    }
}

/// When a refusal is told. How soon a server says no may tell whether an account exists, so all wait for the same
/// steps of the clock.
fn next_step(began: Instant, now: Instant) -> Instant {
    let steps = (now - began).as_millis() / REFUSAL_STEP.as_millis() + 1;
    began + REFUSAL_STEP * u32::try_from(steps).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_keep_step() {
        let began = Instant::now();
        let told = |after| (next_step(began, began + Duration::from_millis(after)) - began).as_millis();
        assert_eq!([0, 30, 499, 500, 730].map(told), [500, 500, 500, 1000, 1000]);
    }
}
