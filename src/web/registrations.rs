//! The forms that servers want filled in for a new account, asked for once and shown to everybody.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::error::Error;
use super::state::State;
use crate::session::{RegisterError, RegistrationForm};

/// How long a form is shown before the server is asked again.
const FRESH: Duration = Duration::from_secs(60);

/// How long it is believed whether a server makes accounts; pages that only link to the form do not wait for it.
const BELIEVED: Duration = Duration::from_secs(600);

/// Registrations that may be sent at the same time; each takes up to 10 s. Signing in has room of its own.
const AT_ONCE: usize = 16;

/// What a server said: its form, or why there is none.
type Said = Result<RegistrationForm, RegisterError>;

/// What is known of the servers whose members may sign in here.
pub struct Registrations {
    servers: HashMap<String, Server>,
    /// Room for filled-in forms on their way.
    pub sending: Semaphore,
}

struct Server {
    said: Mutex<Option<(Instant, Said)>>,
    /// A server is asked by one at a time; the others wait for what it says.
    turn: Semaphore,
}

impl Registrations {
    /// Nothing is known yet.
    pub fn new(domains: &[String]) -> Self {
        let server = || Server { said: Mutex::new(None), turn: Semaphore::new(1) };
        let servers = domains.iter().map(|domain| (domain.clone(), server())).collect();
        Registrations { servers, sending: Semaphore::new(AT_ONCE) }
    }

    /// The form of a server, asked for if what is known is too old.
    pub async fn form(&self, state: &State, domain: &str) -> Result<Said, Error> {
        let server = self.servers.get(domain).ok_or(Error::NotFound)?;
        if let Some(said) = server.known(FRESH) {
            return Ok(said);
        }
        let _turn = server.turn.acquire().await.map_err(|_| Error::Busy)?;
        if let Some(said) = server.known(FRESH) {
            return Ok(said);
        }
        let said = state.sessions.registration_form(domain).await;
        *server.said.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), said.clone()));
        Ok(said)
    }

    /// The form as it was when the server was asked last; nobody is asked.
    pub fn last(&self, domain: &str) -> Option<Said> {
        self.servers.get(domain)?.known(Duration::MAX)
    }

    /// Whether somebody may make an account, as far as known: `false` only where every server said no. What is not
    /// known is found out meanwhile, for the next page.
    pub fn is_offered(&self, state: &State) -> bool {
        let mut is_offered = false;
        for (domain, server) in &self.servers {
            let said = server.known(BELIEVED);
            if said.is_none() && server.turn.available_permits() > 0 {
                let (state, domain) = (state.clone(), domain.clone());
                tokio::spawn(async move { state.registrations.form(&state, &domain).await.map(drop) });
            }
            is_offered |= !matches!(said, Some(Err(RegisterError::Closed | RegisterError::NotAllowed(_))));
        }
        is_offered
    }
}

impl Server {
    fn known(&self, age: Duration) -> Option<Said> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.as_ref().filter(|(at, _)| at.elapsed() < age).map(|(_, said)| said.clone())
    }
}
