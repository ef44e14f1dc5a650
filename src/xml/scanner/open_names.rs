//! The names of the open elements, as one stack of bytes.

use super::super::Violation;

/// The length of a name, after it.
const LENGTH_BYTES: usize = 4;

/// Names, each followed by its length; the last may be unfinished, without one.
#[derive(Debug)]
pub struct OpenNames {
    bytes: Vec<u8>,
    limit: usize,
    /// Where the unfinished name begins.
    end: usize,
}

impl OpenNames {
    pub fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, end: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.end == 0
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.end = 0;
    }

    /// Adds to the unfinished name, or begins one.
    pub fn extend(&mut self, piece: &str) -> Result<(), Violation> {
        let len = self.bytes.len() + piece.len() + LENGTH_BYTES;
        if len > self.limit {
            return Err(Violation::TooLarge);
        }
        if len > self.bytes.capacity() {
            // Half as much again, so that a flood of names costs not much more than its bound.
            let capacity = len.max(self.bytes.capacity() * 3 / 2).min(self.limit);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(piece.as_bytes());
        Ok(())
    }

    pub fn unfinished(&self) -> &str {
        text(&self.bytes[self.end..])
    }

    pub fn finish(&mut self) -> Result<(), Violation> {
        let len = u32::try_from(self.bytes.len() - self.end).map_err(|_| Violation::TooLarge)?;
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.end = self.bytes.len();
        Ok(())
    }

    /// The innermost finished name; there must be one, and no unfinished.
    pub fn last(&self) -> &str {
        text(&self.bytes[self.last_start()..self.end - LENGTH_BYTES])
    }

    pub fn pop(&mut self) {
        self.end = self.last_start();
        self.bytes.truncate(self.end);
    }

    /// Forgets all names but the innermost.
    pub fn keep_last(&mut self) {
        self.bytes.drain(..self.last_start());
        self.end = self.bytes.len();
    }

    fn last_start(&self) -> usize {
        let at = self.end - LENGTH_BYTES;
        let len: [u8; LENGTH_BYTES] = self.bytes[at..self.end].try_into().expect("a length ends each name");
        at - u32::from_le_bytes(len) as usize
    }

    pub fn rest(&mut self) {
        self.bytes.shrink_to(512);
    }

    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("names were taken from text")
}
