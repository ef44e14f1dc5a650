//! The sealed cookie: all that the gateway needs to bring a sign-in back, readable by nobody but the gateway.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hkdf, hmac};
use zeroize::Zeroizing;

use crate::channel::Address;

/// The longest value of a sealed cookie, in bytes. Browsers take 4,096 with name and attributes; a request has
/// to fit into 8 KiB with all its other fields.
pub const MAX_COOKIE: usize = 1024;

/// How many keys a key file may hold. Every cookie that does not open is tried by key id, not by each key.
const MAX_KEYS: usize = 16;

/// The layout of what is sealed; part of the associated data.
const VERSION: u8 = 1;

/// A key, its id and what is derived from it.
struct Key {
    id: [u8; 4],
    seal: LessSafeKey,
    tokens: hmac::Key,
    pages: hmac::Key,
    pictures: hmac::Key,
}

/// Seals and opens cookies, and makes what else must come from a secret: form tokens and page nonces. The first
/// key seals; all of them open.
pub struct Seal {
    keys: Vec<Key>,
    random: SystemRandom,
}

/// What names one browser's sign-in: 128 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignInId(pub [u8; 16]);

/// What a sealed cookie says.
#[derive(Clone)]
pub struct SignIn {
    /// Which sign-in this is.
    pub id: SignInId,
    /// Whose it is.
    pub address: Address,
    /// What the XMPP server wants to see when the session has to be opened again.
    pub secret: Zeroizing<Vec<u8>>,
    /// When the password was typed.
    pub created: Timestamp,
    /// When the cookie was last sealed.
    pub used: Timestamp,
}

/// How long a sign-in lasts.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    /// Since it was used last.
    pub idle: SignedDuration,
    /// Since the password was typed, however often it is used.
    pub at_most: SignedDuration,
}

impl Lifetime {
    /// How much of it is left to a sign-in, by when the password was typed and when it was last used.
    pub fn left(self, created: Timestamp, used: Timestamp, now: Timestamp) -> SignedDuration {
        let (unused, age) = (now.duration_since(used), now.duration_since(created));
        (self.idle - unused).min(self.at_most - age)
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file cannot be read or made.
    #[error("the key file {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of it is not a key.
    #[error("the key file {}: line {line} is not 32 bytes in base64", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
    },
    /// It has no key, or more than are ever needed.
    #[error("the key file {} must hold 1 to 16 keys, one a line", path.display())]
    Count {
        /// Which file.
        path: PathBuf,
    },
}

/// Why a sign-in cannot be put into a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sign-in does not fit into a cookie")]
pub struct TooLong;

impl Seal {
    /// Keys for this process only: nobody stays signed in over a restart.
    pub fn random() -> Self {
        let random = SystemRandom::new();
        let key = Key::derive(&*random_key(&random));
        Seal { keys: vec![key], random }
    }

    /// Reads the key file; makes it, readable by its owner only, if there is none.
    /// The first line seals; further lines are older keys that still open.
    pub fn read_or_make(path: &Path) -> Result<Self, KeyError> {
        let file_error = |source| KeyError::File { path: path.to_owned(), source };
        let random = SystemRandom::new();
        let text = match fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, &random).map_err(file_error)?,
            Err(error) => return Err(file_error(error)),
        };
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let mut bytes = Zeroizing::new([0; 32]);
            match STANDARD.decode_slice(line.trim(), &mut *bytes) {
                Ok(32) => keys.push(Key::derive(&*bytes)),
                _ => return Err(KeyError::Line { path: path.to_owned(), line: index + 1 }),
            }
        }
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return Err(KeyError::Count { path: path.to_owned() });
        }
        Ok(Seal { keys, random })
    }

    /// Random bytes from the operating system.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        random_bytes(&self.random)
    }

    /// A new name for a sign-in.
    pub fn new_id(&self) -> SignInId {
        SignInId(self.random_bytes())
    }

    /// Seals a sign-in for the cookie of this name.
    pub fn seal(&self, cookie: &str, sign_in: &SignIn) -> Result<String, TooLong> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_COOKIE));
        bytes.extend_from_slice(&sign_in.id.0);
        bytes.extend_from_slice(&sign_in.created.as_second().to_be_bytes());
        bytes.extend_from_slice(&sign_in.used.as_second().to_be_bytes());
        let address = sign_in.address.as_str().as_bytes();
        bytes.extend_from_slice(&u16::try_from(address.len()).map_err(|_| TooLong)?.to_be_bytes());
        bytes.extend_from_slice(address);
        bytes.extend_from_slice(&sign_in.secret);
        let value = self.encrypt(cookie, &mut bytes);
        if value.len() > MAX_COOKIE { Err(TooLong) } else { Ok(value) }
    }

    /// Opens a cookie of this name that [`Seal::seal`] made, with any of the keys, unless it has outlived its time or
    /// claims to come from the future.
    pub fn open(&self, cookie: &str, value: &str, now: Timestamp, lifetime: Lifetime) -> Option<SignIn> {
        let bytes = self.decrypt(cookie, value)?;
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (created, rest) = rest.split_first_chunk::<8>()?;
        let (used, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (address, secret) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let sign_in = SignIn {
            id: SignInId(*id),
            address: std::str::from_utf8(address).ok()?.parse().ok()?,
            secret: Zeroizing::new(secret.to_vec()),
            created: Timestamp::from_second(i64::from_be_bytes(*created)).ok()?,
            used: Timestamp::from_second(i64::from_be_bytes(*used)).ok()?,
        };
        // A clock that was set back does not sign anybody out: a day of difference is forgiven.
        let is_past = now.duration_since(sign_in.used) > -SignedDuration::from_hours(25);
        (lifetime.left(sign_in.created, sign_in.used, now).is_positive() && is_past).then_some(sign_in)
    }

    /// A tag over `text` for form tokens.
    pub(super) fn tag(&self, text: &[u8]) -> [u8; 16] {
        first_half(hmac::sign(&self.keys[0].tokens, text))
    }

    /// The tags over `text` of all keys, the newest first.
    pub(super) fn tags<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = [u8; 16]> + 'a {
        self.keys.iter().map(move |key| first_half(hmac::sign(&key.tokens, text)))
    }

    /// The keys that sign addresses of pictures, the newest first.
    pub(super) fn picture_keys(&self) -> impl Iterator<Item = &hmac::Key> {
        self.keys.iter().map(|key| &key.pictures)
    }

    /// The nonce of a page that is the same for everybody: it follows from the page and cannot be foreseen.
    pub(super) fn page_nonce(&self, version: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(first_half(hmac::sign(&self.keys[0].pages, version)))
    }

    /// key id, nonce, ciphertext and tag, in base64url.
    fn encrypt(&self, cookie: &str, bytes: &mut Vec<u8>) -> String {
        let key = &self.keys[0];
        let nonce: [u8; NONCE_LEN] = self.random_bytes();
        key.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(associated(cookie)), bytes)
            .expect("a cookie is shorter than the cipher's limit");
        URL_SAFE_NO_PAD.encode([&key.id[..], &nonce, bytes].concat())
    }

    fn decrypt(&self, cookie: &str, value: &str) -> Option<Zeroizing<Vec<u8>>> {
        if value.len() > MAX_COOKIE {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        let (id, rest) = bytes.split_first_chunk::<4>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        self.keys.iter().filter(|key| key.id == *id).find_map(|key| {
            let mut sealed = Zeroizing::new(sealed.to_vec());
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let opened = key.seal.open_in_place(nonce, Aad::from(associated(cookie)), &mut sealed).ok()?.len();
            sealed.truncate(opened);
            Some(sealed)
        })
    }
}

impl Key {
    fn derive(bytes: &[u8]) -> Self {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"cirrus sealing key").extract(bytes);
        let derive = |purpose: &'static [u8]| {
            let mut out = Zeroizing::new([0; 32]);
            let info = [purpose];
            let okm = root.expand(&info, hkdf::HKDF_SHA256).expect("32 bytes are within HKDF's limit");
            okm.fill(&mut *out).expect("the length is the one asked for");
            out
        };
        let seal = UnboundKey::new(&CHACHA20_POLY1305, &*derive(b"cookie")).expect("the key has 32 bytes");
        let id = digest::digest(&digest::SHA256, &*derive(b"key id"));
        Key {
            id: id.as_ref()[..4].try_into().expect("SHA-256 has 32 bytes"),
            seal: LessSafeKey::new(seal),
            tokens: hmac::Key::new(hmac::HMAC_SHA256, &*derive(b"form tokens")),
            pages: hmac::Key::new(hmac::HMAC_SHA256, &*derive(b"page nonces")),
            pictures: hmac::Key::new(hmac::HMAC_SHA256, &*derive(b"picture addresses")),
        }
    }
}

fn associated(cookie: &str) -> Vec<u8> {
    [&[VERSION], cookie.as_bytes()].concat()
}

fn first_half(tag: hmac::Tag) -> [u8; 16] {
    tag.as_ref()[..16].try_into().expect("HMAC-SHA-256 has 32 bytes")
}

fn random_bytes<const N: usize>(random: &SystemRandom) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

fn random_key(random: &SystemRandom) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(random_bytes(random))
}

/// Makes a key file. Of two processes that start at once one makes it and the other reads it.
fn make(path: &Path, random: &SystemRandom) -> io::Result<Zeroizing<String>> {
    let key = Zeroizing::new(format!("{}\n", &*Zeroizing::new(STANDARD.encode(*random_key(random)))));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Zeroizing::new(fs::read_to_string(path)?)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);
    const MONTH: Lifetime =
        Lifetime { idle: SignedDuration::from_hours(30 * 24), at_most: SignedDuration::from_hours(180 * 24) };

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn sign_in(seal: &Seal, secret: &[u8]) -> SignIn {
        let address = "alice@example.org".parse().unwrap();
        SignIn { id: seal.new_id(), address, secret: Zeroizing::new(secret.to_vec()), created: now(), used: now() }
    }

    #[test]
    fn what_is_sealed_comes_back() {
        let seal = Seal::random();
        let sealed = sign_in(&seal, b"secret");
        let value = seal.seal("__Host-cirrus", &sealed).unwrap();
        let opened = seal.open("__Host-cirrus", &value, now(), MONTH).unwrap();
        assert!(opened.id == sealed.id && opened.address == sealed.address && *opened.secret == *sealed.secret);
        assert_eq!((opened.created, opened.used), (now(), now()));
        assert_ne!(value, seal.seal("__Host-cirrus", &sealed).unwrap(), "each seal has its own nonce");
    }

    #[test]
    fn every_changed_byte_and_every_other_name_is_refused() {
        let seal = Seal::random();
        let value = seal.seal("__Host-cirrus", &sign_in(&seal, b"secret")).unwrap();
        assert!(seal.open("cirrus", &value, now(), MONTH).is_none());
        assert!(Seal::random().open("__Host-cirrus", &value, now(), MONTH).is_none());
        for index in 0..value.len() {
            let mut changed = value.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(seal.open("__Host-cirrus", &changed, now(), MONTH).is_none(), "byte {index}");
            assert!(seal.open("__Host-cirrus", &value[..index], now(), MONTH).is_none(), "cut at {index}");
        }
    }

    #[test]
    fn it_ends_when_it_is_not_used() {
        let seal = Seal::random();
        let value = seal.seal("c", &sign_in(&seal, b"secret")).unwrap();
        let open = |at: Timestamp| seal.open("c", &value, at, MONTH).is_some();
        assert!(open(now() + MONTH.idle - SignedDuration::from_secs(1)));
        assert!(!open(now() + MONTH.idle));
        assert!(open(now() - SignedDuration::from_hours(24)), "a clock set back a day signs nobody out");
        assert!(!open(now() - SignedDuration::from_hours(26)));
    }

    #[test]
    fn it_ends_however_often_it_is_used() {
        let seal = Seal::random();
        let last = now() + MONTH.at_most;
        let used = SignIn { used: last - DAY, ..sign_in(&seal, b"secret") };
        let value = seal.seal("c", &used).unwrap();
        assert!(seal.open("c", &value, last - SignedDuration::from_secs(1), MONTH).is_some());
        assert!(seal.open("c", &value, last, MONTH).is_none());
    }

    #[test]
    fn it_fits_or_is_refused() {
        let seal = Seal::random();
        assert!(seal.seal("c", &sign_in(&seal, &[7; 400])).unwrap().len() <= MAX_COOKIE);
        assert!(seal.seal("c", &sign_in(&seal, &[7; 4000])) == Err(TooLong));
    }

    #[test]
    fn ten_thousand_ids_differ() {
        let seal = Seal::random();
        let ids: std::collections::HashSet<_> = (0..10_000).map(|_| seal.new_id()).collect();
        assert_eq!(ids.len(), 10_000);
    }

    #[test]
    fn the_key_file_is_made_once_and_rotates() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/sealing.key");
        let first = Seal::read_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left behind");
        let value = first.seal("c", &sign_in(&first, b"secret")).unwrap();
        assert!(Seal::read_or_make(&path).unwrap().open("c", &value, now(), MONTH).is_some(), "after a restart");

        let old = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("# newest first\n{}\n{old}", STANDARD.encode([9; 32]))).unwrap();
        let rotated = Seal::read_or_make(&path).unwrap();
        assert!(rotated.open("c", &value, now(), MONTH).is_some(), "an older key still opens");
        let newer = rotated.seal("c", &sign_in(&rotated, b"secret")).unwrap();
        assert!(first.open("c", &newer, now(), MONTH).is_none(), "the newest key seals");

        fs::write(&path, "short\n").unwrap();
        assert!(matches!(Seal::read_or_make(&path), Err(KeyError::Line { line: 1, .. })));
        fs::write(&path, "\n").unwrap();
        assert!(matches!(Seal::read_or_make(&path), Err(KeyError::Count { .. })));
    }
}
