//! Attempts to sign in, by whichever door: counted before any server is asked, so that the server, which sees one
//! address for all of us, has no reason to shut us out.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::limiter::{Acquainted, Limiter, network_of};
use crate::config::Limits;

const MINUTE: Duration = Duration::from_secs(60);

/// Who tried how often. Accounts are bare addresses in their canonical form.
pub struct Attempts {
    by_address: Limiter<IpAddr>,
    by_account: Limiter<String>,
    /// By account and address, for addresses from which that account has signed in before.
    by_friend: Limiter<(String, IpAddr)>,
    friends: Acquainted<(String, IpAddr)>,
}

impl Attempts {
    /// Nobody has tried yet.
    pub fn new(limits: &Limits) -> Self {
        Attempts {
            by_address: Limiter::new(limits.sign_ins_per_address, MINUTE),
            by_account: Limiter::new(limits.sign_ins_per_account, 5 * MINUTE),
            by_friend: Limiter::new(limits.sign_ins_per_account, 5 * MINUTE),
            friends: Acquainted::new(),
        }
    }

    /// Counts an attempt to sign in or to register. `Err` says how long to wait before the next one.
    pub fn admit(&self, client: IpAddr, account: Option<&str>, now: Instant) -> Result<(), Duration> {
        let network = network_of(client);
        let limited = |wait| {
            tracing::warn!(client.address = %client, wait = ?wait, "too many attempts to sign in");
            wait
        };
        self.by_address.attempt(network, now).map_err(limited)?;
        if let Some(account) = account {
            // Where the account has signed in before, a stranger's guesses do not shut it out.
            let friend = (account.to_owned(), network);
            if self.friends.contains(&friend) {
                self.by_friend.attempt(friend, now).map_err(limited)?;
            } else {
                self.by_account.attempt(friend.0, now).map_err(limited)?;
            }
        }
        Ok(())
    }

    /// A success shows that this address is no guesser for this account. What the address tried stays counted.
    pub fn befriend(&self, client: IpAddr, account: &str) {
        let friend = (account.to_owned(), network_of(client));
        self.by_friend.forgive(&friend);
        if !self.friends.contains(&friend) {
            self.by_account.forgive(&friend.0);
            self.friends.insert(friend);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 5));
    const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

    #[test]
    fn a_stranger_s_guesses_do_not_shut_a_friend_out() {
        let attempts = Attempts::new(&Limits { sign_ins_per_address: 100, ..Limits::default() });
        let now = Instant::now();
        assert_eq!(attempts.admit(HOME, Some("a@b.c"), now), Ok(()));
        attempts.befriend(HOME, "a@b.c");
        let guessed = (0..50).filter(|_| attempts.admit(STRANGER, Some("a@b.c"), now).is_ok()).count();
        assert_eq!(guessed, Limits::default().sign_ins_per_account as usize);
        assert_eq!(attempts.admit(HOME, Some("a@b.c"), now), Ok(()));
    }
}
