//! Attempts to sign in, by whichever door: counted before any server is asked, so that the server, which sees one
//! address for all of us, has no reason to shut us out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::limiter::{Acquainted, Limiter, network_of};
use crate::config::Limits;

const MINUTE: Duration = Duration::from_secs(60);

/// How long a server that bans addresses remembers a failure: ejabberd's `c2s_auth_ban_lifetime`.
const MEMORY: Duration = Duration::from_secs(3600);

/// Who tried how often. Accounts are bare addresses in their canonical form.
pub struct Attempts {
    by_address: Limiter<IpAddr>,
    by_account: Limiter<String>,
    /// By account and address, for addresses from which that account has signed in before.
    by_friend: Limiter<(String, IpAddr)>,
    friends: Acquainted<(String, IpAddr)>,
    /// What each server has seen of us since it let somebody in; as many as there are domains for members.
    by_server: Mutex<HashMap<String, Row>>,
    failures_per_server: u32,
}

/// Attempts in a row that did not succeed, or not yet.
struct Row {
    number: u32,
    last: Instant,
}

impl Attempts {
    /// Nobody has tried yet.
    pub fn new(limits: &Limits) -> Self {
        Attempts {
            by_address: Limiter::new(limits.sign_ins_per_address, MINUTE),
            by_account: Limiter::new(limits.sign_ins_per_account, 5 * MINUTE),
            by_friend: Limiter::new(limits.sign_ins_per_account, 5 * MINUTE),
            friends: Acquainted::new(),
            by_server: Mutex::default(),
            failures_per_server: limits.failures_per_server,
        }
    }

    /// Counts an attempt to register. `Err` says how long to wait before the next one.
    pub fn admit_new(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        self.by_address.attempt(network_of(client), now).inspect_err(|wait| too_many(client, *wait))
    }

    /// Counts an attempt to sign in at the server of a domain, which is one of ours in its canonical form. `Err` says how long to wait before the next one.
    pub fn admit(&self, client: IpAddr, domain: &str, account: Option<&str>, now: Instant) -> Result<(), Duration> {
        self.count(client, domain, account, now).inspect_err(|wait| too_many(client, *wait))
    }

    fn count(&self, client: IpAddr, domain: &str, account: Option<&str>, now: Instant) -> Result<(), Duration> {
        let network = network_of(client);
        self.by_address.attempt(network, now)?;
        let mut is_friend = false;
        if let Some(account) = account {
            // Where the account has signed in before, a stranger's guesses do not shut it out.
            let friend = (account.to_owned(), network);
            is_friend = self.friends.contains(&friend);
            if is_friend {
                self.by_friend.attempt(friend, now)?;
            } else {
                self.by_account.attempt(friend.0, now)?;
            }
        }
        self.count_at_server(domain, is_friend, now)
    }

    fn count_at_server(&self, domain: &str, is_friend: bool, now: Instant) -> Result<(), Duration> {
        let ceiling = if is_friend { self.failures_per_server } else { self.failures_per_server * 2 / 3 };
        if self.failures_per_server == 0 {
            return Ok(());
        }
        let mut servers = self.by_server.lock().unwrap_or_else(PoisonError::into_inner);
        let row = servers.entry(domain.to_owned()).or_insert(Row { number: 0, last: now });
        if now - row.last >= MEMORY {
            row.number = 0;
        }
        if row.number >= ceiling.max(1) {
            return Err(MEMORY - (now - row.last));
        }
        *row = Row { number: row.number + 1, last: now };
        Ok(())
    }

    /// The server let somebody in, whoever it was: it counts from nothing again.
    pub fn succeeded(&self, domain: &str) {
        self.by_server.lock().unwrap_or_else(PoisonError::into_inner).remove(domain);
    }

    /// A success shows that this address is no guesser for this account. What the address tried stays counted.
    pub fn befriend(&self, client: IpAddr, domain: &str, account: &str) {
        self.succeeded(domain);
        let friend = (account.to_owned(), network_of(client));
        self.by_friend.forgive(&friend);
        if !self.friends.contains(&friend) {
            self.by_account.forgive(&friend.0);
            self.friends.insert(friend);
        }
    }

    /// The server did not say no: it was never asked, or did not answer.
    pub fn take_back(&self, domain: &str) {
        let mut servers = self.by_server.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = servers.get_mut(domain) {
            row.number = row.number.saturating_sub(1);
        }
    }
}

fn too_many(client: IpAddr, wait: Duration) {
    tracing::warn!(client.address = %client, wait = ?wait, "too many attempts to sign in");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 5));
    const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

    #[test]
    fn a_stranger_s_guesses_do_not_shut_a_friend_out() {
        let attempts = Attempts::new(&Limits { sign_ins_per_address: 100, ..Limits::default() });
        let now = Instant::now();
        assert_eq!(attempts.admit(HOME, "b.c", Some("a@b.c"), now), Ok(()));
        attempts.befriend(HOME, "b.c", "a@b.c");
        let guessed = (0..50).filter(|_| attempts.admit(STRANGER, "b.c", Some("a@b.c"), now).is_ok()).count();
        assert_eq!(guessed, Limits::default().sign_ins_per_account as usize);
        assert_eq!(attempts.admit(HOME, "b.c", Some("a@b.c"), now), Ok(()));
    }

    #[test]
    fn a_server_never_sees_as_many_failures_as_it_bans_for() {
        let attempts = Attempts::new(&Limits::default());
        let mut now = Instant::now();
        attempts.admit(HOME, "b.c", Some("a@b.c"), now).unwrap();
        attempts.befriend(HOME, "b.c", "a@b.c");
        let guesses = |now| {
            let guess = |n: u8| attempts.admit(IpAddr::from([198, 51, 100, n]), "b.c", Some(&format!("{n}@b.c")), now);
            (0..100).filter(|n| guess(*n).is_ok()).count()
        };
        assert_eq!(guesses(now), 12);
        attempts.admit(STRANGER, "d.e", Some("x@d.e"), now).unwrap();
        assert_eq!((0..9).filter(|_| attempts.admit(HOME, "b.c", Some("a@b.c"), now).is_ok()).count(), 6);
        attempts.befriend(HOME, "b.c", "a@b.c");
        assert_eq!(guesses(now), 12, "a success makes good again");
        now += MEMORY;
        assert_eq!(guesses(now), 12, "and so does time");
        attempts.take_back("b.c");
        now += MINUTE;
        assert_eq!(guesses(now), 1, "what the server never answered does not count");
    }
}
