//! The client's side of SCRAM-SHA-1 (RFC 5802): an exchange in several steps.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};

/// The client's first message, without the header for channel binding.
pub fn first(name: &str) -> String {
    format!("n={name},r=chosen-by-the-client")
}

/// The client's last message, after the server's first one.
pub fn last(first: &str, server_first: &str, password: &str) -> String {
    let field = |name: &str| {
        let mut fields = server_first.split(',');
        fields.find_map(|field| field.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {server_first}"))
    };
    let salt = STANDARD.decode(field("s=")).expect("a salt");
    let rounds = field("i=").parse::<NonZeroU32>().expect("a number of rounds");
    let mut salted = [0; 20];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, rounds, &salt, password.as_bytes(), &mut salted);
    let sign = |key: &[u8], text: &[u8]| {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key), text);
        tag.as_ref().to_vec()
    };
    let client_key = sign(&salted, b"Client Key");
    let stored_key = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &client_key);
    let without_proof = format!("c=biws,r={}", field("r="));
    let signature = sign(stored_key.as_ref(), format!("{first},{server_first},{without_proof}").as_bytes());
    let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, sign)| key ^ sign).collect();
    format!("{without_proof},p={}", STANDARD.encode(proof))
}
