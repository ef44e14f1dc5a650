//! Scanner and sieve joined: bytes in, whole stanzas out to an outlet.

use super::scanner::{Scanner, Sink, Verdict};
use super::sieve::{Kind, Outlet, Sieve};
use super::{Cuts, Limits, Violation};

#[derive(Debug)]
pub struct Reader {
    scanner: Scanner,
    sieve: Sieve,
    failed: Option<Violation>,
}

impl Reader {
    pub fn new(kind: Kind, limits: Limits) -> Self {
        Self { scanner: Scanner::new(&limits), sieve: Sieve::new(kind, limits), failed: None }
    }

    /// Reads on; whatever was completed before a violation has gone out, and the violation stays.
    pub fn push(&mut self, input: &[u8], outlet: &mut impl Outlet) -> Result<(), Violation> {
        if let Some(violation) = self.failed {
            return Err(violation);
        }
        self.sieve.expect(input.len());
        let mut joint = Joint { sieve: &mut self.sieve, outlet };
        let result = self
            .scanner
            .push(input, &mut joint)
            // A value or white space in a tag may grow without an event.
            .and_then(|()| self.sieve.is_ignoring(self.scanner.position()).map(drop));
        if let Err(violation) = result {
            self.failed = Some(violation);
            super::count(&Cuts { violations: 1, ..Cuts::default() });
        } else if self.sieve.is_between_stanzas() {
            self.scanner.rest();
            self.sieve.rest();
        }
        result
    }

    pub fn is_complete(&self) -> bool {
        self.failed.is_none() && self.scanner.is_complete()
    }

    /// Is something half read?
    pub fn has_unread(&self) -> bool {
        !self.scanner.is_at_rest() || (self.scanner.position() > 0 && !self.sieve.is_between_stanzas())
    }

    pub fn expect_header(&mut self) {
        self.sieve.expect_header();
    }

    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        self.scanner.held_bytes() + self.sieve.held_bytes()
    }

    pub fn cuts(&self) -> Cuts {
        self.sieve.cuts()
    }
}

struct Joint<'a, O> {
    sieve: &'a mut Sieve,
    outlet: &'a mut O,
}

impl<O: Outlet> Sink for Joint<'_, O> {
    fn may_restart(&self) -> bool {
        self.sieve.may_restart()
    }

    fn declaration(&mut self) {
        self.sieve.declaration(self.outlet);
    }

    fn open(&mut self, name: &str, at: u64) -> Result<(), Violation> {
        self.sieve.open(name, at)
    }

    fn attribute(&mut self, name: Option<&str>, value: Option<&str>, at: u64) -> Result<(), Violation> {
        self.sieve.attribute(name, value, at)
    }

    fn head_end(&mut self, is_empty: bool, at: u64) -> Result<Verdict, Violation> {
        self.sieve.head_end(is_empty, at, self.outlet)
    }

    fn close(&mut self, name: &str, is_empty: bool, at: u64) -> Result<(), Violation> {
        self.sieve.close(name, is_empty, at, self.outlet)
    }

    fn skims(&mut self, at: u64) -> Result<bool, Violation> {
        self.sieve.skims(at)
    }

    fn text(&mut self, text: &str, at: u64) -> Result<(), Violation> {
        self.sieve.text(text, at, self.outlet)
    }
}
