//! The names of the open elements, as one stack of text.

use super::super::Violation;

/// What a name costs besides its bytes.
const PLACE_BYTES: usize = size_of::<u32>();

/// The room that is made at first: most stanzas need no more.
const FIRST_BYTES: usize = 64;

/// Names one after the other; the last may be unfinished.
#[derive(Debug)]
pub struct OpenNames {
    text: String,
    /// Where each finished name begins.
    places: Vec<u32>,
    /// Where the unfinished name begins.
    end: usize,
    limit: usize,
}

impl OpenNames {
    /// `limit` is in bytes, a few for each name's place included.
    pub fn new(limit: usize) -> Self {
        Self { text: String::new(), places: Vec::new(), end: 0, limit }
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
        self.end = 0;
    }

    /// Adds to the unfinished name, or begins one.
    pub fn extend(&mut self, piece: &str) -> Result<(), Violation> {
        let places = (self.places.len() + 1) * PLACE_BYTES;
        let len = self.text.len() + piece.len();
        if len + places > self.limit {
            return Err(Violation::TooLarge);
        }
        if len > self.text.capacity() {
            // Half as much again, so that a flood of names costs not much more than its bound.
            let capacity = len.max(self.text.capacity() * 3 / 2).max(FIRST_BYTES).min(self.limit);
            self.text.reserve_exact(capacity - self.text.len());
        }
        self.text.push_str(piece);
        Ok(())
    }

    pub fn unfinished(&self) -> &str {
        &self.text[self.end..]
    }

    pub fn finish(&mut self) -> Result<(), Violation> {
        let place = u32::try_from(self.end).map_err(|_| Violation::TooLarge)?;
        if self.places.len() == self.places.capacity() {
            self.places.reserve_exact((self.places.capacity() / 2).max(16));
        }
        self.places.push(place);
        self.end = self.text.len();
        Ok(())
    }

    /// The innermost finished name; there must be one, and no unfinished.
    pub fn last(&self) -> &str {
        &self.text[self.last_start()..]
    }

    pub fn pop(&mut self) {
        self.end = self.last_start();
        self.text.truncate(self.end);
        self.places.pop();
    }

    /// Forgets all names but the innermost.
    pub fn keep_last(&mut self) {
        self.text.drain(..self.last_start());
        self.places.clear();
        self.places.push(0);
        self.end = self.text.len();
    }

    fn last_start(&self) -> usize {
        *self.places.last().expect("a name is open") as usize
    }

    pub fn rest(&mut self) {
        self.text.shrink_to(512);
        self.places.shrink_to(32);
    }

    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        self.text.capacity() + self.places.capacity() * PLACE_BYTES
    }
}
