//! Accounts: what is kept of a password (RFC 5802 §3, RFC 7677), and which names and passwords are taken.

use std::num::NonZeroU32;

use jid::NodePart;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{digest, hmac, pbkdf2};

use crate::store::{Credentials, Keys};

/// PBKDF2 rounds: RFC 7677 §4 wants 4096 at least.
pub const ITERATIONS: u32 = 10_000;
/// Bytes of a salt.
const SALT: usize = 16;
/// The longest name, in bytes.
const USER: usize = 64;
/// The longest password, in bytes.
const PASSWORD: usize = 1024;

/// Which SCRAM it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SCRAM-SHA-1
    Sha1,
    /// SCRAM-SHA-256
    Sha256,
}

impl Hash {
    fn hmac(self) -> hmac::Algorithm {
        match self {
            Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => hmac::HMAC_SHA256,
        }
    }

    /// H()
    pub fn digest(self, data: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Hash::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, data).as_ref().to_vec()
    }

    /// HMAC()
    pub fn sign(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(self.hmac(), key), data).as_ref().to_vec()
    }

    fn salted(self, password: &str, salt: &[u8], iterations: NonZeroU32) -> Vec<u8> {
        let (algorithm, length) = match self {
            Hash::Sha1 => (pbkdf2::PBKDF2_HMAC_SHA1, 20),
            Hash::Sha256 => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
        };
        let mut salted = vec![0; length];
        pbkdf2::derive(algorithm, iterations, salt, password.as_bytes(), &mut salted);
        salted
    }

    /// The keys of a password.
    pub fn keys(self, password: &str, salt: &[u8], iterations: u32) -> Keys {
        let iterations = NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN);
        let salted = self.salted(password, salt, iterations);
        let stored = self.digest(&self.sign(&salted, b"Client Key"));
        Keys { stored, server: self.sign(&salted, b"Server Key") }
    }
}

/// The keys of a new password, with a fresh salt. Takes some milliseconds of work: not for a task that others wait for.
pub fn derive(password: &str, iterations: u32) -> Credentials {
    let salt = random::<SALT>().to_vec();
    Credentials {
        iterations,
        sha1: Hash::Sha1.keys(password, &salt, iterations),
        sha256: Hash::Sha256.keys(password, &salt, iterations),
        salt,
    }
}

/// Credentials for a name that does not exist: always the same for the same name, and no password fits them. So a
/// stranger cannot tell them from real ones.
pub fn pretend(user: &str, secret: &[u8], iterations: u32) -> Credentials {
    let part = |label: &str| Hash::Sha256.sign(secret, format!("{label}\0{user}").as_bytes());
    let mut salt = part("salt");
    salt.truncate(SALT);
    let keys = |label: &str, length: usize| {
        let mut stored = part(label);
        stored.truncate(length);
        Keys { server: stored.clone(), stored }
    };
    Credentials { iterations, salt, sha1: keys("sha-1", 20), sha256: keys("sha-256", 32) }
}

/// The name of an account in its one form, if it can be one.
pub fn user(name: &str) -> Option<String> {
    let part = NodePart::new(name).ok()?;
    let name = part.as_str();
    (!name.is_empty() && name.len() <= USER).then(|| name.to_owned())
}

/// A password in its one form (SASLprep, RFC 4013), if it can be one.
pub fn password(text: &str) -> Option<String> {
    if text.is_empty() || text.len() > PASSWORD {
        return None;
    }
    stringprep::saslprep(text).ok().map(|text| text.into_owned()).filter(|text| !text.is_empty())
}

/// Fresh random bytes.
pub fn random<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// A fresh name nobody can guess, of 24 letters and digits.
pub fn fresh() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    random::<24>().iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}

/// Whether two secrets are equal, in a time that does not depend on where they differ.
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_and_passwords_have_one_form() {
        assert_eq!(user("Alice").as_deref(), Some("alice"));
        for bad in ["", "a b", "a@b", "a/b", &"x".repeat(65)] {
            assert_eq!(user(bad), None, "{bad}");
        }
        assert_eq!(password("I\u{AD}X").as_deref(), Some("IX"));
        assert_eq!(password(""), None);
        assert_eq!(password("\u{7}"), None);
    }

    #[test]
    fn a_name_that_does_not_exist_looks_the_same_each_time() {
        let (one, two) = (pretend("zoe", b"secret", 4096), pretend("zoe", b"secret", 4096));
        assert!(one == two && one.salt.len() == SALT);
        assert_ne!(one.salt, pretend("zoë", b"secret", 4096).salt);
        assert_ne!(one.salt, pretend("zoe", b"other", 4096).salt);
    }

    #[test]
    fn equality() {
        assert!(equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd"));
        assert!(!equal(b"abc", b"abcd"));
        assert_ne!(fresh(), fresh());
    }
}
