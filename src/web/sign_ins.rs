//! Which sign-ins are in use in this process, which have ended, and how many live streams each account holds.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use lru::LruCache;
use ring::digest;
use tokio_util::sync::CancellationToken;

use super::ended::{Ended, EndedFile};
use super::seal::{SignIn, SignInId};
use crate::channel::Address;
use crate::language::Text;
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
    in_use: LruCache<SignInId, (InUse, CancellationToken)>,
    ended: LruCache<SignInId, ()>,
}

/// A sign-in that is in use.
#[derive(Clone)]
pub struct InUse {
    /// Which one.
    pub(super) id: SignInId,
    /// Whose it is.
    pub(super) address: Address,
    /// When the password was typed.
    pub(super) created: Timestamp,
    /// When it was last seen.
    pub(super) used: Timestamp,
    /// What it was last seen with; at most 60 characters.
    pub(super) browser: Text,
}

impl InUse {
    /// What a page calls it by: the id itself stays in its cookie.
    pub(super) fn name(&self) -> String {
        let hash = digest::digest(&digest::SHA256, &self.id.0);
        hash.as_ref()[..16].iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
    }
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
    pub fn note(&self, sign_in: &SignIn, browser: Text, now: Timestamp) -> Option<CancellationToken> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.ended.contains(&sign_in.id) {
            return None;
        }
        if let Some((in_use, token)) = known.in_use.get_mut(&sign_in.id) {
            (in_use.created, in_use.used, in_use.browser) = (sign_in.created, now, browser);
            return Some(token.clone());
        }
        let token = CancellationToken::new();
        let address = sign_in.address.clone();
        let in_use = InUse { id: sign_in.id, address, created: sign_in.created, used: now, browser };
        if let Some((_, (_, forgotten))) = known.in_use.push(sign_in.id, (in_use, token.clone())) {
            // Its streams end, since nothing could end them later; the browser opens them again.
            forgotten.cancel();
        }
        Some(token)
    }

    /// The sign-ins of an account that are in use here, the last used first.
    pub(super) fn of(&self, address: &Address) -> Vec<InUse> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let all = known.in_use.iter().map(|(_, (in_use, _))| in_use);
        all.filter(|in_use| in_use.address == *address).cloned().collect()
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
        !known.in_use.iter().any(|(_, (other, _))| other.address == *address)
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

    fn named(browser: &str) -> Text {
        Text::new("browser-alone").with("browser", browser)
    }

    fn alice() -> Address {
        "alice@example.org".parse().expect("an address")
    }

    fn sign_in(id: u8) -> SignIn {
        let now = Timestamp::UNIX_EPOCH;
        SignIn { id: SignInId([id; 16]), address: alice(), secret: Vec::new().into(), created: now, used: now }
    }

    #[test]
    fn an_ended_sign_in_stays_ended() {
        let sign_ins = SignIns::new(1);
        let now = Timestamp::UNIX_EPOCH;
        let (one, two) = (sign_in(1), sign_in(2));
        let note = |sign_in: &SignIn| sign_ins.note(sign_in, named("Lynx"), now);
        let token = note(&one).expect("in use");
        note(&two).expect("in use");
        assert!(!sign_ins.end(one.id, &alice(), now, now), "another one is in use");
        assert!(token.is_cancelled());
        assert!(note(&one).is_none());
        assert_eq!(sign_ins.of(&alice()).len(), 1);
        assert!(sign_ins.end(two.id, &alice(), now, now), "it was the last");
    }

    #[test]
    fn a_person_s_own_are_listed_as_they_were_last_seen() {
        let sign_ins = SignIns::new(1);
        let at = |second| Timestamp::from_second(second).expect("a time");
        let (one, two) = (sign_in(1), sign_in(2));
        let other = SignIn { address: "bob@example.org".parse().expect("an address"), ..sign_in(3) };
        for (sign_in, browser, now) in [(&one, "Lynx", 1), (&two, "w3m", 2), (&other, "w3m", 3), (&one, "Dillo", 4)] {
            sign_ins.note(sign_in, named(browser), at(now)).expect("in use");
        }
        let listed = sign_ins.of(&alice());
        let seen: Vec<_> =
            listed.iter().map(|in_use| (in_use.browser.to_string(), in_use.used, in_use.created)).collect();
        assert_eq!(seen, [("Dillo".to_owned(), at(4), at(0)), ("w3m".to_owned(), at(2), at(0))]);
        assert_ne!(listed[0].name(), listed[1].name());
        assert!(!listed[0].name().contains("0101"), "the id itself is told to nobody");
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
