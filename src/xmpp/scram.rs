//! SCRAM as a client (RFC 5802; SHA-256: RFC 7677; channel binding: RFC 9266): messages in, messages out, no I/O.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

/// The most PBKDF2 rounds a server may ask for: about 0.3 s of one core. Without it a server could keep a core busy
/// for hours with `i=4294967295`.
pub const MOST_ITERATIONS: u32 = 1_000_000;

/// Fewer rounds than RFC 7677 §4 recommends are worth a line in the log. They are accepted, because the server chose
/// them when the password was set, and refusing would only lock the person out.
pub const RECOMMENDED_ITERATIONS: u32 = 4096;

/// The longest salt that is taken, in bytes; servers use 16 to 36.
pub const LONGEST_SALT: usize = 255;

/// The two hash functions in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SCRAM-SHA-1.
    Sha1,
    /// SCRAM-SHA-256.
    Sha256,
}

impl Hash {
    /// The mechanism's name without channel binding.
    pub fn mechanism(self) -> &'static str {
        match self {
            Hash::Sha1 => "SCRAM-SHA-1",
            Hash::Sha256 => "SCRAM-SHA-256",
        }
    }

    /// The length of its digest, in bytes.
    pub fn length(self) -> usize {
        match self {
            Hash::Sha1 => digest::SHA1_OUTPUT_LEN,
            Hash::Sha256 => digest::SHA256_OUTPUT_LEN,
        }
    }

    fn digest(self, data: &[u8]) -> digest::Digest {
        match self {
            Hash::Sha1 => digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data),
            Hash::Sha256 => digest::digest(&digest::SHA256, data),
        }
    }

    fn key(self, key: &[u8]) -> hmac::Key {
        match self {
            Hash::Sha1 => hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key),
            Hash::Sha256 => hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }
}

/// Why an exchange is broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScramError {
    /// The message does not follow the grammar of RFC 5802 §7, or demands an extension.
    #[error("the server's SCRAM message is malformed")]
    Malformed,
    /// The server's nonce does not begin with ours, or adds nothing to it.
    #[error("the server did not extend our nonce")]
    Nonce,
    /// More rounds than [`MOST_ITERATIONS`], or none.
    #[error("the server asks for an impossible number of iterations")]
    Iterations,
    /// The server reported an error in place of its signature.
    #[error("the server reports a SCRAM error")]
    Reported,
    /// The server could not show that it knows the password's verifier.
    #[error("the server could not prove who it is")]
    Signature,
    /// The kept keys are for another salt or number of rounds: the password was changed.
    #[error("the kept keys do not fit the server's salt")]
    OtherSalt,
    /// The password has characters that SASLprep forbids (RFC 4013 §2.3), so that no server can have stored it.
    #[error("the password cannot be prepared")]
    Password,
}

/// How the exchange is bound to the channel (RFC 5802 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// We cannot bind to this channel.
    Unsupported,
    /// We could, and the server does not offer it. If it did and somebody removed the offer, the server will notice.
    NotOffered,
    /// Bound by the TLS exporter (RFC 9266).
    Exporter([u8; 32]),
}

/// What replaces the password once the server's salt is known: enough to sign in, useless for another salt.
#[derive(Clone)]
pub struct Keys {
    salting: Salting,
    client: Zeroizing<Vec<u8>>,
    server: Zeroizing<Vec<u8>>,
}

impl Keys {
    /// For which mechanism they are.
    pub fn hash(&self) -> Hash {
        self.salting.hash
    }

    /// Appends them as bytes, to be sealed: hash, rounds, length of the salt, salt, client key, server key.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(if self.salting.hash == Hash::Sha1 { 1 } else { 2 });
        out.extend(self.salting.iterations().to_be_bytes());
        out.push(self.salting.salt.len() as u8);
        out.extend(&self.salting.salt);
        out.extend(self.client.iter());
        out.extend(self.server.iter());
    }

    /// Reads what [`Keys::write`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (&hash, rest) = bytes.split_first()?;
        let hash = match hash {
            1 => Hash::Sha1,
            2 => Hash::Sha256,
            _ => return None,
        };
        let (iterations, rest) = rest.split_first_chunk::<4>()?;
        let iterations = NonZeroU32::new(u32::from_be_bytes(*iterations))?;
        let (&length, rest) = rest.split_first()?;
        let (salt, rest) = rest.split_at_checked(length.into())?;
        if rest.len() != 2 * hash.length() || iterations.get() > MOST_ITERATIONS {
            return None;
        }
        let (client, server) = rest.split_at(hash.length());
        let (client, server) = (Zeroizing::new(client.to_vec()), Zeroizing::new(server.to_vec()));
        Some(Keys { salting: Salting { hash, salt: salt.to_vec(), iterations }, client, server })
    }
}

/// The first step: our message, and what we need to judge the answer.
pub struct First {
    hash: Hash,
    header: &'static str,
    binding: Binding,
    nonce: String,
    bare: String,
}

impl First {
    /// Starts an exchange. `nonce` must be fresh and without a comma; `username` is the local part of the JID, which
    /// is already prepared.
    pub fn new(hash: Hash, username: &str, nonce: String, binding: Binding) -> Self {
        let header = match binding {
            Binding::Unsupported => "n,,",
            Binding::NotOffered => "y,,",
            Binding::Exporter(_) => "p=tls-exporter,,",
        };
        let username = username.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={username},r={nonce}");
        First { hash, header, binding, nonce, bare }
    }

    /// The client-first-message.
    pub fn message(&self) -> String {
        format!("{}{}", self.header, self.bare)
    }

    /// Reads the server-first-message.
    pub fn challenged(self, message: &[u8]) -> Result<Challenged, ScramError> {
        let message = std::str::from_utf8(message).map_err(|_| ScramError::Malformed)?;
        // Extensions may follow the three attributes; a mandatory one (`m=`) would come first and is refused.
        let mut attributes = message.split(',');
        let mut next = |name: &str| {
            attributes.next().and_then(|attribute| attribute.strip_prefix(name)).ok_or(ScramError::Malformed)
        };
        let nonce = next("r=")?;
        let salt = BASE64.decode(next("s=")?).map_err(|_| ScramError::Malformed)?;
        let iterations = next("i=")?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err(ScramError::Nonce);
        }
        if salt.is_empty() || salt.len() > LONGEST_SALT {
            return Err(ScramError::Malformed);
        }
        if iterations.is_empty() || !iterations.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ScramError::Malformed);
        }
        let iterations = iterations
            .parse::<u32>()
            .ok()
            .filter(|&count| count <= MOST_ITERATIONS)
            .and_then(NonZeroU32::new)
            .ok_or(ScramError::Iterations)?;
        let mut bound = self.header.as_bytes().to_vec();
        if let Binding::Exporter(data) = self.binding {
            bound.extend(data);
        }
        let without_proof = format!("c={},r={nonce}", BASE64.encode(bound));
        let signed = format!("{},{message},{without_proof}", self.bare);
        Ok(Challenged { salting: Salting { hash: self.hash, salt, iterations }, without_proof, signed })
    }
}

/// How a server keeps a password: by which hash, with which salt, in how many rounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salting {
    hash: Hash,
    salt: Vec<u8>,
    iterations: NonZeroU32,
}

impl Salting {
    /// How many rounds the server asks for.
    pub fn iterations(&self) -> u32 {
        self.iterations.get()
    }

    /// Whether these keys are for this salt and this number of rounds.
    pub fn fits(&self, keys: &Keys) -> bool {
        *self == keys.salting
    }

    /// Runs PBKDF2: up to 0.3 s of computing, call it where blocking is allowed.
    pub fn derive(self, password: &str) -> Result<Keys, ScramError> {
        let password = stringprep::saslprep(password).map_err(|_| ScramError::Password)?;
        let algorithm = match self.hash {
            Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        };
        let mut salted = Zeroizing::new(vec![0; self.hash.length()]);
        pbkdf2::derive(algorithm, self.iterations, &self.salt, password.as_bytes(), &mut salted);
        let key = self.hash.key(&salted);
        let client = Zeroizing::new(hmac::sign(&key, b"Client Key").as_ref().to_vec());
        let server = Zeroizing::new(hmac::sign(&key, b"Server Key").as_ref().to_vec());
        Ok(Keys { salting: self, client, server })
    }
}

/// The second step: the server has told salt and rounds.
pub struct Challenged {
    /// What it told.
    pub salting: Salting,
    without_proof: String,
    signed: String,
}

impl Challenged {
    /// The client-final-message, and what the server must answer.
    pub fn answer(self, keys: &Keys) -> Result<(String, Expected), ScramError> {
        if !self.salting.fits(keys) {
            return Err(ScramError::OtherSalt);
        }
        let hash = keys.hash();
        let stored = hash.digest(&keys.client);
        let signature = hmac::sign(&hash.key(stored.as_ref()), self.signed.as_bytes());
        let proof: Vec<u8> = keys.client.iter().zip(signature.as_ref()).map(|(key, sign)| key ^ sign).collect();
        let message = format!("{},p={}", self.without_proof, BASE64.encode(proof));
        Ok((message, Expected { server: hash.key(&keys.server), signed: self.signed }))
    }
}

/// The last step: only a server that knows the verifier can sign what was said.
pub struct Expected {
    server: hmac::Key,
    signed: String,
}

impl Expected {
    /// Checks the server-final-message. Nothing the server says may be believed before.
    pub fn verify(&self, message: &[u8]) -> Result<(), ScramError> {
        let message = std::str::from_utf8(message).map_err(|_| ScramError::Malformed)?;
        let first = message.split(',').next().unwrap_or_default();
        if first.starts_with("e=") {
            return Err(ScramError::Reported);
        }
        let signature = first.strip_prefix("v=").ok_or(ScramError::Signature)?;
        let signature = BASE64.decode(signature).map_err(|_| ScramError::Malformed)?;
        hmac::verify(&self.server, self.signed.as_bytes(), &signature).map_err(|_| ScramError::Signature)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// One vector: the two servers' messages in, our two messages out.
    fn vector(hash: Hash, nonce: &str, first: &str, server_first: &str, last: &str, server_last: &str) {
        let start = First::new(hash, "user", nonce.to_owned(), Binding::Unsupported);
        assert_eq!(start.message(), first);
        let challenged = start.challenged(server_first.as_bytes()).unwrap();
        let keys = challenged.salting.clone().derive("pencil").unwrap();
        let (message, expected) = challenged.answer(&keys).unwrap();
        assert_eq!(message, last);
        assert_eq!(expected.verify(server_last.as_bytes()), Ok(()));
        assert_eq!(expected.verify(b"v=AAAA"), Err(ScramError::Signature));
        assert_eq!(expected.verify(b""), Err(ScramError::Signature));
        assert_eq!(expected.verify(b"e=invalid-proof"), Err(ScramError::Reported));
    }

    #[test]
    fn rfc_5802_section_5() {
        vector(
            Hash::Sha1,
            "fyko+d2lbbFgONRv9qkxdawL",
            "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        );
    }

    #[test]
    fn rfc_7677_section_3() {
        vector(
            Hash::Sha256,
            "rOprNGfwEbeRWgbNEkqO",
            "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        );
    }

    fn challenge(message: &str) -> Result<Challenged, ScramError> {
        First::new(Hash::Sha256, "user", "abc".to_owned(), Binding::Unsupported).challenged(message.as_bytes())
    }

    #[test]
    fn hostile_first_messages_are_refused() {
        for (message, error) in [
            ("r=abc,s=QSXCR+Q6sek8bf92,i=4096", ScramError::Nonce),
            ("r=xbcdef,s=QSXCR+Q6sek8bf92,i=4096", ScramError::Nonce),
            ("r=,s=QSXCR+Q6sek8bf92,i=4096", ScramError::Nonce),
            ("r=abcdef,s=QSXCR+Q6sek8bf92,i=4294967295", ScramError::Iterations),
            ("r=abcdef,s=QSXCR+Q6sek8bf92,i=1000001", ScramError::Iterations),
            ("r=abcdef,s=QSXCR+Q6sek8bf92,i=99999999999999999999", ScramError::Iterations),
            ("r=abcdef,s=QSXCR+Q6sek8bf92,i=0", ScramError::Iterations),
            ("r=abcdef,s=QSXCR+Q6sek8bf92,i=-1", ScramError::Malformed),
            ("r=abcdef,s=QSXCR+Q6sek8bf92,i=+4096", ScramError::Malformed),
            ("r=abcdef,s=QSXCR+Q6sek8bf92,i=", ScramError::Malformed),
            ("r=abcdef,s=QSXCR+Q6sek8bf92", ScramError::Malformed),
            ("r=abcdef,s=,i=4096", ScramError::Malformed),
            ("r=abcdef,s=!!!,i=4096", ScramError::Malformed),
            ("m=ext,r=abcdef,s=QSXCR+Q6sek8bf92,i=4096", ScramError::Malformed),
            ("s=QSXCR+Q6sek8bf92,r=abcdef,i=4096", ScramError::Malformed),
            ("", ScramError::Malformed),
        ] {
            assert_eq!(challenge(message).map(|_| ()), Err(error), "{message}");
        }
        let long = format!("r=abcdef,s={},i=4096", BASE64.encode([0; 256]));
        assert_eq!(challenge(&long).map(|_| ()), Err(ScramError::Malformed));
        assert!(challenge("r=abcdef,s=QSXCR+Q6sek8bf92,i=1,x=ignored").is_ok());
    }

    #[test]
    fn names_are_escaped_and_passwords_prepared() {
        let first = First::new(Hash::Sha1, "a=b,c", "n".to_owned(), Binding::NotOffered);
        assert_eq!(first.message(), "y,,n=a=3Db=2Cc,r=n");
        let derive = |password| challenge("r=abcd,s=QSXCR+Q6sek8bf92,i=1").unwrap().salting.derive(password);
        // RFC 4013 §3: a soft hyphen vanishes, Ⅸ becomes IX, a control character is forbidden.
        assert_eq!(*derive("I\u{ad}X").unwrap().client, *derive("\u{2168}").unwrap().client);
        assert_eq!(derive("a\u{7}").map(|_| ()), Err(ScramError::Password));
    }

    #[test]
    fn the_channel_is_bound() {
        let first = First::new(Hash::Sha256, "user", "abc".to_owned(), Binding::Exporter([7; 32]));
        assert!(first.message().starts_with("p=tls-exporter,,n=user"));
        let challenged = first.challenged(b"r=abcd,s=QSXCR+Q6sek8bf92,i=1").unwrap();
        let mut bound = b"p=tls-exporter,,".to_vec();
        bound.extend([7; 32]);
        assert!(challenged.without_proof.starts_with(&format!("c={},r=abcd", BASE64.encode(bound))));
    }

    #[test]
    fn kept_keys_fit_one_salt_only() {
        let keys = challenge("r=abcd,s=QSXCR+Q6sek8bf92,i=10").unwrap().salting.derive("pencil").unwrap();
        let mut bytes = Vec::new();
        keys.write(&mut bytes);
        let keys = Keys::read(&bytes).unwrap();
        assert!(challenge("r=abcx,s=QSXCR+Q6sek8bf92,i=10").unwrap().answer(&keys).is_ok());
        let other = challenge("r=abcx,s=QSXCR+Q6sek8bf92,i=11").unwrap().answer(&keys).map(|_| ());
        assert_eq!(other, Err(ScramError::OtherSalt));
        let other = challenge("r=abcx,s=QSXCR+Q6sek8bfAA,i=10").unwrap().answer(&keys).map(|_| ());
        assert_eq!(other, Err(ScramError::OtherSalt));
        for length in 0..bytes.len() {
            assert!(Keys::read(&bytes[..length]).is_none());
        }
    }
}
