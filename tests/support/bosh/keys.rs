//! Key sequences (XEP-0124 §15).

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// Keys that were not shown yet, the next one last.
pub struct Keys(Vec<String>);

impl Keys {
    /// A sequence of so many keys (§15.3).
    pub fn new(seed: &str, number: usize) -> Keys {
        let mut keys = vec![sha1(seed)];
        for _ in 1..number {
            keys.push(sha1(&keys[keys.len() - 1]));
        }
        Keys(keys)
    }

    /// The next key to show; the first is the `newkey`.
    pub fn next(&mut self) -> String {
        self.0.pop().expect("there are keys left")
    }
}

/// The hash of a key.
pub fn sha1(text: &str) -> String {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
