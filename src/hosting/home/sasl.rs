//! The server's side of SASL: SCRAM (RFC 5802, RFC 7677), PLAIN (RFC 4616), ANONYMOUS (RFC 4505). No I/O.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::accounts::{Hash, equal};
use crate::store::{Credentials, Keys};

/// Why an exchange failed (RFC 6120 §6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The client gave up.
    #[error("aborted")]
    Aborted,
    /// Not base64.
    #[error("incorrect-encoding")]
    IncorrectEncoding,
    /// Somebody else's account was wished for.
    #[error("invalid-authzid")]
    InvalidAuthzid,
    /// Not offered here.
    #[error("invalid-mechanism")]
    InvalidMechanism,
    /// Not according to the mechanism.
    #[error("malformed-request")]
    MalformedRequest,
    /// Name or password are wrong; which one is not told.
    #[error("not-authorized")]
    NotAuthorized,
    /// The server itself failed.
    #[error("temporary-auth-failure")]
    Temporary,
}

/// A mechanism that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// SCRAM without channel binding.
    Scram(Hash),
    /// Name and password as they are.
    Plain,
    /// No account at all.
    Anonymous,
}

impl Mechanism {
    /// What accounts are offered, best first.
    pub const ACCOUNTS: &[Mechanism] =
        &[Mechanism::Scram(Hash::Sha256), Mechanism::Scram(Hash::Sha1), Mechanism::Plain];
    /// What guests are offered.
    pub const GUESTS: &[Mechanism] = &[Mechanism::Anonymous];

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::Scram(Hash::Sha256) => "SCRAM-SHA-256",
            Mechanism::Scram(Hash::Sha1) => "SCRAM-SHA-1",
            Mechanism::Plain => "PLAIN",
            Mechanism::Anonymous => "ANONYMOUS",
        }
    }
}

/// Reads the base64 of `<auth/>` and `<response/>`; `=` is an empty message.
pub fn decode(text: &str) -> Result<String, Failure> {
    if text == "=" {
        return Ok(String::new());
    }
    let bytes = BASE64.decode(text).map_err(|_| Failure::IncorrectEncoding)?;
    String::from_utf8(bytes).map_err(|_| Failure::MalformedRequest)
}

/// Writes base64; an empty message is `=`.
pub fn encode(message: &str) -> String {
    if message.is_empty() { "=".to_owned() } else { BASE64.encode(message) }
}

/// The message of PLAIN.
pub struct Plain {
    /// Whose account is wished for; empty means the own one.
    pub authzid: String,
    /// Whose password it is.
    pub user: String,
    /// The password.
    pub password: zeroize::Zeroizing<String>,
}

impl Plain {
    /// Reads the message.
    pub fn read(message: &str) -> Result<Self, Failure> {
        let mut parts = message.split('\0');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(authzid), Some(user), Some(password), None) if !user.is_empty() && !password.is_empty() => {
                Ok(Plain {
                    authzid: authzid.to_owned(),
                    user: user.to_owned(),
                    password: zeroize::Zeroizing::new(password.to_owned()),
                })
            }
            _ => Err(Failure::MalformedRequest),
        }
    }

    /// Whether the password fits. Some milliseconds of work.
    pub fn fits(&self, credentials: &Credentials) -> bool {
        let Some(password) = super::accounts::password(&self.password) else { return false };
        let keys = Hash::Sha256.keys(&password, &credentials.salt, credentials.iterations);
        equal(&keys.stored, &credentials.sha256.stored)
    }
}

/// A SCRAM exchange after the client's first message.
#[derive(Debug)]
pub struct Scram {
    hash: Hash,
    /// Whose account is wished for; empty means the own one.
    pub authzid: String,
    /// Whose password it is.
    pub user: String,
    header: String,
    client_first: String,
    nonce: String,
    server_first: String,
}

impl Scram {
    /// Reads the client's first message.
    pub fn begin(hash: Hash, message: &str, server_nonce: &str) -> Result<Self, Failure> {
        let malformed = Failure::MalformedRequest;
        let mut parts = message.splitn(3, ',');
        let (flag, identity, bare) = match (parts.next(), parts.next(), parts.next()) {
            (Some(flag), Some(identity), Some(bare)) => (flag, identity, bare),
            _ => return Err(malformed),
        };
        // No channel binding is offered here, so `p=` cannot be served; `y` is the truth.
        if !matches!(flag, "n" | "y") {
            return Err(malformed);
        }
        let authzid = match identity {
            "" => String::new(),
            identity => name(identity.strip_prefix("a=").ok_or(malformed)?)?,
        };
        let mut attributes = bare.split(',');
        // A mandatory extension would stand first; none is known here.
        let user = name(attributes.next().and_then(|part| part.strip_prefix("n=")).ok_or(malformed)?)?;
        let nonce = attributes.next().and_then(|part| part.strip_prefix("r=")).ok_or(malformed)?;
        if user.is_empty() || nonce.is_empty() || nonce.len() > 256 || !nonce.chars().all(|c| c.is_ascii_graphic()) {
            return Err(malformed);
        }
        Ok(Scram {
            hash,
            authzid,
            user,
            header: format!("{flag},{identity},"),
            client_first: bare.to_owned(),
            nonce: format!("{nonce}{server_nonce}"),
            server_first: String::new(),
        })
    }

    /// The server's first message.
    pub fn challenge(&mut self, credentials: &Credentials) -> String {
        let salt = BASE64.encode(&credentials.salt);
        self.server_first = format!("r={},s={salt},i={}", self.nonce, credentials.iterations);
        self.server_first.clone()
    }

    /// Checks the client's final message and answers the server's.
    pub fn finish(&self, message: &str, credentials: &Credentials) -> Result<String, Failure> {
        let malformed = Failure::MalformedRequest;
        let (without_proof, proof) = message.rsplit_once(",p=").ok_or(malformed)?;
        let mut attributes = without_proof.split(',');
        let header = attributes.next().and_then(|part| part.strip_prefix("c=")).ok_or(malformed)?;
        let nonce = attributes.next().and_then(|part| part.strip_prefix("r=")).ok_or(malformed)?;
        let proof = BASE64.decode(proof).map_err(|_| malformed)?;
        if header != BASE64.encode(&self.header) || nonce != self.nonce {
            return Err(Failure::NotAuthorized);
        }
        let keys: &Keys = match self.hash {
            Hash::Sha1 => &credentials.sha1,
            Hash::Sha256 => &credentials.sha256,
        };
        let transcript = format!("{},{},{without_proof}", self.client_first, self.server_first);
        let signature = self.hash.sign(&keys.stored, transcript.as_bytes());
        if proof.len() != signature.len() {
            return Err(Failure::NotAuthorized);
        }
        let client_key: Vec<u8> = proof.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        if !equal(&self.hash.digest(&client_key), &keys.stored) {
            return Err(Failure::NotAuthorized);
        }
        Ok(format!("v={}", BASE64.encode(self.hash.sign(&keys.server, transcript.as_bytes()))))
    }
}

/// Undoes the escaping of names: `=2C` is a comma, `=3D` an equals sign, any other `=` is wrong.
fn name(text: &str) -> Result<String, Failure> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        out.push_str(before);
        rest = if let Some(after) = after.strip_prefix("2C") {
            out.push(',');
            after
        } else if let Some(after) = after.strip_prefix("3D") {
            out.push('=');
            after
        } else {
            return Err(Failure::MalformedRequest);
        };
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn credentials(hash: Hash, salt: &str) -> Credentials {
        let salt = BASE64.decode(salt).unwrap();
        let keys = hash.keys("pencil", &salt, 4096);
        Credentials { iterations: 4096, salt, sha1: keys.clone(), sha256: keys }
    }

    /// RFC 5802 §5
    #[test]
    fn sha_1_vector() {
        let credentials = credentials(Hash::Sha1, "QSXCR+Q6sek8bf92");
        let mut scram = Scram::begin(Hash::Sha1, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j").unwrap();
        assert_eq!(
            scram.challenge(&credentials),
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
        );
        let last = "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
        assert_eq!(scram.finish(last, &credentials).unwrap(), "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
    }

    /// RFC 7677 §3
    #[test]
    fn sha_256_vector() {
        let credentials = credentials(Hash::Sha256, "W22ZaJ0SNY7soEsUEjb6gQ==");
        let server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let mut scram = Scram::begin(Hash::Sha256, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", server_nonce).unwrap();
        scram.challenge(&credentials);
        let last = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                    p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(scram.finish(last, &credentials).unwrap(), "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        for wrong in [
            last.replace("dHzb", "dHza"),
            last.replace("c=biws", "c=eSws"),
            last.replace("r=rO", "r=rP"),
            last.replace("p=", "p=AAAA"),
        ] {
            assert_eq!(scram.finish(&wrong, &credentials), Err(Failure::NotAuthorized), "{wrong}");
        }
        assert_eq!(scram.finish("c=biws", &credentials), Err(Failure::MalformedRequest));
    }

    #[test]
    fn first_messages_are_read_strictly() {
        let begin = |message: &str| Scram::begin(Hash::Sha1, message, "x");
        let good = begin("y,a=al=2Cice,n=b=3Dob,r=abc,ext=1").unwrap();
        assert_eq!((good.authzid.as_str(), good.user.as_str()), ("al,ice", "b=ob"));
        for bad in [
            "",
            "n,,",
            "p=tls-unique,,n=a,r=b",
            "n,,m=x,n=a,r=b",
            "n,,n=a=zz,r=b",
            "n,,n=a,r=",
            "n,b,n=a,r=b",
            "n,,n=,r=b",
        ] {
            assert_eq!(begin(bad).unwrap_err(), Failure::MalformedRequest, "{bad}");
        }
    }

    #[test]
    fn plain_is_read_strictly() {
        assert_eq!(Plain::read("\0bob\0secret").unwrap().user, "bob");
        for bad in ["", "bob", "\0bob", "\0bob\0", "\0\0secret", "\0bob\0a\0b"] {
            assert!(Plain::read(bad).is_err(), "{bad:?}");
        }
        assert_eq!(decode("="), Ok(String::new()));
        assert_eq!(decode("!"), Err(Failure::IncorrectEncoding));
    }

    #[test]
    fn a_password_fits_only_its_own_keys() {
        let credentials = crate::hosting::home::accounts::derive("secret", 10);
        assert!(Plain::read("\0bob\0secret").unwrap().fits(&credentials));
        assert!(!Plain::read("\0bob\0Secret").unwrap().fits(&credentials));
    }
}
