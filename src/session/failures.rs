//! Which ways to sign in failed lately: what a server refused is not sent to it again only because a browser comes back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use ring::hmac;
use tokio::time::Instant;

use super::SignInError;
use crate::channel::Address;
use crate::xmpp::sasl::Secret;

/// How many failures are remembered, about 100 bytes each; the least recently asked for are forgotten first.
const REMEMBERED: usize = 10_000;

/// How long another failure than a refusal is believed, so that a crowd of requests does not dial one after the other.
const BRIEFLY: Duration = Duration::from_secs(5);

/// See the module. A secret is not kept, only what it is recognised by in this process.
pub(super) struct Failures {
    key: hmac::Key,
    known: Mutex<LruCache<[u8; 32], (Instant, SignInError)>>,
}

impl Failures {
    /// `key` must be random.
    pub(super) fn new(key: [u8; 32]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Failures { key, known: Mutex::new(LruCache::unbounded()) }
    }

    /// What came of this secret, if trying it again makes no sense yet. A refusal stands until the process ends.
    pub(super) fn get(&self, address: &Address, secret: &Secret, now: Instant) -> Option<SignInError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, error) = known.get(&self.name(address, secret))?;
        let is_good = *error == SignInError::Refused || now.duration_since(*at) < BRIEFLY;
        is_good.then(|| error.clone())
    }

    /// Remembers a failure.
    pub(super) fn insert(&self, address: &Address, secret: &Secret, error: SignInError, now: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.put(self.name(address, secret), (now, error));
        if known.len() > REMEMBERED {
            known.pop_lru();
        }
    }

    /// Forgets a failure, because the server accepted this secret after all.
    pub(super) fn forget(&self, address: &Address, secret: &Secret) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).pop(&self.name(address, secret));
    }

    fn name(&self, address: &Address, secret: &Secret) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(address.as_str().as_bytes());
        // No address has this byte, so that no two pairs are written alike.
        context.update(&[0]);
        context.update(&secret.to_bytes());
        let mut name = [0; 32];
        name.copy_from_slice(context.sign().as_ref());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(name: &str) -> Address {
        name.parse().expect("an address")
    }

    #[test]
    fn a_refusal_stands_and_anything_else_passes() {
        let (failures, now) = (Failures::new([1; 32]), Instant::now());
        let (alice, bob) = (address("alice@example.org"), address("bob@example.org"));
        let (old, new) = (Secret::password("old"), Secret::password("new"));
        failures.insert(&alice, &old, SignInError::Refused, now);
        failures.insert(&bob, &old, SignInError::Unreachable, now);
        let later = now + BRIEFLY;
        assert_eq!(failures.get(&alice, &old, later), Some(SignInError::Refused));
        assert_eq!(failures.get(&alice, &new, now), None, "another password may be right");
        assert_eq!(failures.get(&bob, &old, now), Some(SignInError::Unreachable));
        assert_eq!(failures.get(&bob, &old, later), None, "the server may be back");
        failures.forget(&alice, &old);
        assert_eq!(failures.get(&alice, &old, later), None);
    }

    #[test]
    fn memory_is_bounded() {
        let failures = Failures::new([1; 32]);
        for number in 0..=REMEMBERED {
            let secret = Secret::password(number.to_string());
            failures.insert(&address("alice@example.org"), &secret, SignInError::Refused, Instant::now());
        }
        assert_eq!(failures.known.lock().expect("not poisoned").len(), REMEMBERED);
    }
}
