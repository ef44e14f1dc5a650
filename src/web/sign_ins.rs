//! Which sign-ins are in use in this process, which have ended, and how many live streams each account holds.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use lru::LruCache;
use tokio_util::sync::CancellationToken;

use super::ended::{Ended, EndedFile};
use super::seal::SignInId;
use crate::channel::Address;
use crate::network::bounded::bounded;
use crate::network::shares::{Share, Shares};

/// How many sign-ins are remembered as in use, and how many as ended; the least recently used go first.
pub(super) const MAX_REMEMBERED: usize = 65_536;

/// Streams that readers without a sign-in may hold from one network.
const GUEST_STREAMS_PER_NETWORK: usize = 1_000;

/// The sign-ins that this process has seen.
///
/// A cookie cannot be taken back from whoever copied it, so the id of an ended sign-in is remembered and refused, over
/// restarts too where the sealing key is kept.
pub struct SignIns {
    streams_per_account: usize,
    known: Mutex<Known>,
    file: Option<EndedFile>,
    streams: Shares<Holder>,
}

struct Known {
    in_use: LruCache<SignInId, (Address, CancellationToken)>,
    ended: LruCache<SignInId, ()>,
}

/// Whose streams are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Holder {
    /// All browsers of an account.
    Account(Address),
    /// All readers in one network who are not signed in; of an IPv6 address the first 64 bits.
    Guest(IpAddr),
}

/// The right to hold one stream; given back when dropped.
pub type StreamPermit = Share<Holder>;

impl SignIns {
    /// Nothing seen yet.
    pub fn new(streams_per_account: usize) -> Self {
        SignIns {
            streams_per_account,
            known: Mutex::new(Known { in_use: bounded(MAX_REMEMBERED), ended: bounded(MAX_REMEMBERED) }),
            streams: Shares::new(),
            file: None,
        }
    }

    /// The same with the ends that a file remembers, and that it shall remember.
    pub fn kept(mut self, file: EndedFile, ended: Vec<Ended>) -> Self {
        let known = self.known.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (id, _) in ended {
            known.ended.push(id, ());
        }
        self.file = Some(file);
        self
    }

    /// Notes that a sign-in is in use. `None` if it has ended; else a token that is cancelled when it ends.
    pub fn note(&self, id: SignInId, address: &Address) -> Option<CancellationToken> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.ended.contains(&id) {
            return None;
        }
        if let Some((_, token)) = known.in_use.get(&id) {
            return Some(token.clone());
        }
        let token = CancellationToken::new();
        if let Some((_, (_, forgotten))) = known.in_use.push(id, (address.clone(), token.clone())) {
            // Its streams end, since nothing could end them later; the browser opens them again.
            forgotten.cancel();
        }
        Some(token)
    }

    /// Ends a sign-in: its cookie is refused from now on and its streams end.
    /// Says whether the account has no other sign-in in use here. From `until` on the cookie is too old anyway.
    pub fn end(&self, id: SignInId, address: &Address, until: Timestamp, now: Timestamp) -> bool {
        if let Some(file) = &self.file {
            file.append((id, until), now);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.ended.push(id, ());
        if let Some((_, token)) = known.in_use.pop(&id) {
            token.cancel();
        }
        !known.in_use.iter().any(|(_, (other, _))| other == address)
    }

    /// Asks for one more stream; `None` if the holder has as many as allowed.
    pub fn open_stream(&self, holder: Holder) -> Option<StreamPermit> {
        let most = match holder {
            Holder::Account(_) => self.streams_per_account,
            Holder::Guest(_) => GUEST_STREAMS_PER_NETWORK,
        };
        self.streams.take(holder, 1, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> Address {
        "alice@example.org".parse().expect("an address")
    }

    #[test]
    fn an_ended_sign_in_stays_ended() {
        let sign_ins = SignIns::new(1);
        let (one, two) = (SignInId([1; 16]), SignInId([2; 16]));
        let token = sign_ins.note(one, &alice()).expect("in use");
        sign_ins.note(two, &alice()).expect("in use");
        let now = Timestamp::UNIX_EPOCH;
        assert!(!sign_ins.end(one, &alice(), now, now), "another one is in use");
        assert!(token.is_cancelled());
        assert!(sign_ins.note(one, &alice()).is_none());
        assert!(sign_ins.end(two, &alice(), now, now), "it was the last");
    }

    #[test]
    fn streams_are_counted_and_given_back() {
        let sign_ins = SignIns::new(2);
        let holder = Holder::Account(alice());
        let first = sign_ins.open_stream(holder.clone()).expect("the first");
        let _second = sign_ins.open_stream(holder.clone()).expect("the second");
        assert!(sign_ins.open_stream(holder.clone()).is_none());
        drop(first);
        assert!(sign_ins.open_stream(holder).is_some());
    }
}
