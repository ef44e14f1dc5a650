//! Restricted XML 1.0 (RFC 6120 §11.1) from bytes to events, in pieces of any size, without names resolved.
//!
//! The scanner keeps the names of open elements in one byte stack, so that depth costs the length of the name and four
//! bytes, and never keeps more of a value than its bound.

mod open_names;
mod skim;
mod text;
mod words;

use open_names::OpenNames;

use super::characters::{is_name_char, is_name_start, is_space};
use super::{Limits, Violation};

/// What the scanner tells. `at` is the number of bytes of input up to the place in question.
pub trait Sink {
    /// May an XML declaration or a new root come now, between two children of the root?
    fn may_restart(&self) -> bool;
    /// An XML declaration; whatever was open is forgotten.
    fn declaration(&mut self);
    /// A start tag begins. `at` counts up to its `<`.
    fn open(&mut self, name: &str, at: u64) -> Result<(), Violation>;
    /// `None` stands for a name or value over its bound.
    fn attribute(&mut self, name: Option<&str>, value: Option<&str>, at: u64) -> Result<(), Violation>;
    /// The start tag ends.
    fn head_end(&mut self, is_empty: bool, at: u64) -> Result<Verdict, Violation>;
    /// An element ends; for an empty element this follows its `head_end`. `at` counts up to and with its `>`.
    fn close(&mut self, name: &str, is_empty: bool, at: u64) -> Result<(), Violation>;
    /// Whether all that comes is thrown away, until an element ends. `at` counts up to what comes.
    fn skims(&mut self, at: u64) -> Result<bool, Violation>;
    /// Character data with references and CDATA resolved, in pieces.
    fn text(&mut self, text: &str, at: u64) -> Result<(), Violation>;
}

/// What becomes of an element whose start tag was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is a child of what was open.
    Child,
    /// It is the root of a new document; what was open is forgotten.
    Root,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was read yet: only here an XML declaration is expected.
    Start,
    /// Before or after the root.
    Outside,
    Text,
    Cdata,
    /// After `<`; `true` when an XML declaration may follow.
    Less(bool),
    OpenName,
    /// In a start tag after white space.
    Inside,
    /// In a start tag directly after a name or value.
    Gap,
    AttributeName,
    BeforeEquals,
    BeforeValue,
    Value,
    /// After `/` in a start tag.
    Slash,
    CloseName,
    AfterCloseName,
    /// After `<!`.
    Bang,
    /// After `<?`; `true` when an XML declaration may follow.
    Instruction(bool),
    Declaration,
    Reference(Place),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Text,
    Value,
}

#[derive(Debug)]
pub struct Scanner {
    state: State,
    /// An incomplete UTF-8 sequence at the end of the last piece.
    tail: [u8; 4],
    tail_len: u8,
    /// The last character was a carriage return, so a line feed belongs to it.
    after_return: bool,
    /// `]` in a row, at most 2.
    brackets: u8,
    quote: u8,
    has_root: bool,
    position: u64,
    tag_at: u64,
    open: OpenNames,
    /// Bytes of the innermost open name that its end tag has repeated.
    matched: usize,
    word: String,
    name: String,
    name_fits: bool,
    value: String,
    value_fits: bool,
    name_bytes: usize,
    value_bytes: usize,
}

impl Scanner {
    pub fn new(limits: &Limits) -> Self {
        Self {
            state: State::Start,
            tail: [0; 4],
            tail_len: 0,
            after_return: false,
            brackets: 0,
            quote: 0,
            has_root: false,
            position: 0,
            tag_at: 0,
            // A stanza within its byte bound cannot have more: `<a>` takes three bytes there and five here.
            open: OpenNames::new((2 * limits.stanza_bytes).max(64 * 1024)),
            matched: 0,
            word: String::new(),
            name: String::new(),
            name_fits: true,
            value: String::new(),
            value_fits: true,
            name_bytes: limits.name_bytes,
            value_bytes: limits.value_bytes,
        }
    }

    /// Has the root been closed, with nothing half read after it?
    pub fn is_complete(&self) -> bool {
        self.has_root && self.open.is_empty() && self.state == State::Outside && self.tail_len == 0
    }

    /// Is no tag, reference or character half read?
    pub fn is_at_rest(&self) -> bool {
        matches!(self.state, State::Start | State::Outside | State::Text) && self.tail_len == 0
    }

    /// Bytes read so far, an incomplete character at the end not counted.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Gives memory back that only an unusual stanza needed; for the time between stanzas.
    pub fn rest(&mut self) {
        const KEEP: usize = 512;
        self.name.clear();
        self.value.clear();
        self.open.rest();
        self.word.shrink_to(KEEP);
        self.name.shrink_to(KEEP);
        self.value.shrink_to(KEEP);
    }

    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        self.open.held_bytes() + self.word.capacity() + self.name.capacity() + self.value.capacity()
    }

    /// Reads on. After an error the scanner must not be used again.
    pub fn push(&mut self, mut input: &[u8], sink: &mut impl Sink) -> Result<(), Violation> {
        while self.tail_len > 0 && !input.is_empty() {
            let len = usize::from(self.tail_len);
            self.tail[len] = input[0];
            input = &input[1..];
            self.tail_len += 1;
            let tail = self.tail;
            match std::str::from_utf8(&tail[..=len]) {
                Ok(text) => {
                    self.tail_len = 0;
                    self.scan(text, sink)?;
                }
                Err(error) if error.error_len().is_none() => (),
                Err(_) => return Err(Violation::NotWellFormed),
            }
        }
        match std::str::from_utf8(input) {
            Ok(text) => self.scan(text, sink),
            Err(error) => {
                let (valid, rest) = input.split_at(error.valid_up_to());
                let text = std::str::from_utf8(valid).expect("valid up to here, as the error says");
                self.scan(text, sink)?;
                if error.error_len().is_some() {
                    return Err(Violation::NotWellFormed);
                }
                self.tail[..rest.len()].copy_from_slice(rest);
                self.tail_len = u8::try_from(rest.len()).expect("an incomplete character has at most three bytes");
                Ok(())
            }
        }
    }

    fn scan(&mut self, text: &str, sink: &mut impl Sink) -> Result<(), Violation> {
        let base = self.position;
        let mut at = 0;
        let mut skims = sink.skims(base)?;
        while at < text.len() {
            if skims && self.state == State::Text && !self.after_return {
                at += self.skim(&text[at..]);
            }
            self.position = base + at as u64;
            if at < text.len() {
                at += self.step(&text[at..], sink)?;
                skims = skims && sink.skims(base + at as u64)?;
            }
        }
        self.position = base + at as u64;
        Ok(())
    }

    /// Takes at least one byte of `text`, always whole characters, and tells how many.
    fn step(&mut self, text: &str, sink: &mut impl Sink) -> Result<usize, Violation> {
        let byte = text.as_bytes()[0];
        match self.state {
            State::Start => match byte {
                // A byte order mark is no part of the document (XML 1.0 §4.3.3).
                0xEF if self.position == 0 && text.starts_with('\u{FEFF}') => Ok(3),
                b'<' => self.less(true),
                _ if is_space(byte) => self.go(State::Outside),
                _ => Err(Violation::NotWellFormed),
            },
            State::Outside => match byte {
                b'<' => self.less(false),
                _ if is_space(byte) => Ok(1),
                _ => Err(Violation::NotWellFormed),
            },
            State::Text => self.step_text(text, sink),
            State::Cdata => self.step_cdata(text, sink),
            State::Value => self.step_value(text, sink),
            State::Less(fresh) => self.step_less(text, fresh),
            State::OpenName => {
                let taken = name_run(text);
                self.open.extend(&text[..taken])?;
                if taken == 0 {
                    self.end_open_name(sink)?;
                    self.step_gap(byte, sink)?;
                }
                Ok(taken.max(1))
            }
            State::Gap => self.step_gap(byte, sink).map(|()| 1),
            State::Inside => match byte {
                b'>' | b'/' => self.step_gap(byte, sink).map(|()| 1),
                _ if is_space(byte) => Ok(1),
                _ => {
                    let taken = self.plain_attribute(text, sink)?;
                    if taken > 0 {
                        return Ok(taken);
                    }
                    let first = first_char(text);
                    if !is_name_start(first) {
                        return Err(Violation::NotWellFormed);
                    }
                    self.name.clear();
                    self.name_fits = true;
                    self.state = State::AttributeName;
                    self.add_name(&text[..first.len_utf8()]);
                    Ok(first.len_utf8())
                }
            },
            State::AttributeName => {
                let taken = name_run(text);
                if taken > 0 {
                    self.add_name(&text[..taken]);
                    return Ok(taken);
                }
                self.state = State::BeforeEquals;
                self.step_before_equals(byte)
            }
            State::BeforeEquals => self.step_before_equals(byte),
            State::BeforeValue => match byte {
                b'"' | b'\'' => {
                    self.quote = byte;
                    self.value.clear();
                    self.value_fits = true;
                    self.after_return = false;
                    self.go(State::Value)
                }
                _ if is_space(byte) => Ok(1),
                _ => Err(Violation::NotWellFormed),
            },
            State::Slash => {
                if byte != b'>' {
                    return Err(Violation::NotWellFormed);
                }
                self.end_head(true, sink)?;
                Ok(1)
            }
            State::CloseName => self.step_close_name(text, sink),
            State::AfterCloseName => match byte {
                b'>' => self.end_element(false, sink).map(|()| 1),
                _ if is_space(byte) => Ok(1),
                _ => Err(Violation::NotWellFormed),
            },
            State::Bang => self.step_bang(byte),
            State::Instruction(allowed) => self.step_instruction(byte, allowed, sink),
            State::Declaration => self.step_declaration(byte, sink),
            State::Reference(place) => self.step_reference(byte, place, sink),
        }
    }

    fn go(&mut self, state: State) -> Result<usize, Violation> {
        self.state = state;
        Ok(1)
    }

    fn less(&mut self, fresh: bool) -> Result<usize, Violation> {
        self.tag_at = self.position;
        self.brackets = 0;
        self.go(State::Less(fresh))
    }

    fn step_less(&mut self, text: &str, fresh: bool) -> Result<usize, Violation> {
        match text.as_bytes()[0] {
            b'/' if !self.open.is_empty() => {
                self.matched = 0;
                self.go(State::CloseName)
            }
            b'!' => {
                self.word.clear();
                self.go(State::Bang)
            }
            b'?' => {
                self.word.clear();
                self.go(State::Instruction(fresh))
            }
            _ => {
                let first = first_char(text);
                if !is_name_start(first) || (self.open.is_empty() && self.has_root) {
                    return Err(Violation::NotWellFormed);
                }
                self.open.extend(&text[..first.len_utf8()])?;
                self.state = State::OpenName;
                Ok(first.len_utf8())
            }
        }
    }

    fn end_open_name(&mut self, sink: &mut impl Sink) -> Result<(), Violation> {
        sink.open(self.open.unfinished(), self.tag_at)?;
        self.open.finish()?;
        self.state = State::Gap;
        Ok(())
    }

    fn step_gap(&mut self, byte: u8, sink: &mut impl Sink) -> Result<(), Violation> {
        match byte {
            b'>' => self.end_head(false, sink),
            b'/' => self.go(State::Slash).map(drop),
            _ if is_space(byte) => self.go(State::Inside).map(drop),
            _ => Err(Violation::NotWellFormed),
        }
    }

    fn step_before_equals(&mut self, byte: u8) -> Result<usize, Violation> {
        match byte {
            b'=' => self.go(State::BeforeValue),
            _ if is_space(byte) => Ok(1),
            _ => Err(Violation::NotWellFormed),
        }
    }

    fn end_head(&mut self, is_empty: bool, sink: &mut impl Sink) -> Result<(), Violation> {
        if sink.head_end(is_empty, self.position + 1)? == Verdict::Root {
            self.open.keep_last();
        }
        self.has_root = true;
        self.begin_text();
        if is_empty { self.end_element(true, sink) } else { Ok(()) }
    }

    fn begin_text(&mut self) {
        self.state = State::Text;
        self.brackets = 0;
        self.after_return = false;
    }

    fn end_element(&mut self, is_empty: bool, sink: &mut impl Sink) -> Result<(), Violation> {
        sink.close(self.open.last(), is_empty, self.position + 1)?;
        self.open.pop();
        self.begin_text();
        if self.open.is_empty() {
            self.state = State::Outside;
        }
        Ok(())
    }

    fn step_close_name(&mut self, text: &str, sink: &mut impl Sink) -> Result<usize, Violation> {
        let wanted = &self.open.last().as_bytes()[self.matched..];
        let byte = text.as_bytes()[0];
        if wanted.is_empty() {
            self.state = State::AfterCloseName;
            return match byte {
                b'>' => self.end_element(false, sink).map(|()| 1),
                _ if is_space(byte) => Ok(1),
                _ => Err(Violation::NotWellFormed),
            };
        }
        let taken = wanted.len().min(text.len());
        if wanted[..taken] != text.as_bytes()[..taken] {
            return Err(Violation::NotWellFormed);
        }
        self.matched += taken;
        Ok(taken)
    }

    fn add_name(&mut self, piece: &str) {
        if self.name.len() + piece.len() > self.name_bytes {
            self.name_fits = false;
        }
        if self.name_fits {
            self.name.push_str(piece);
        }
    }

    fn add_value(&mut self, piece: &str) {
        if self.value.len() + piece.len() > self.value_bytes {
            self.value_fits = false;
        }
        if self.value_fits {
            self.value.push_str(piece);
        }
    }
}

fn first_char(text: &str) -> char {
    text.chars().next().expect("callers have at least one byte")
}

/// How many bytes of name characters `text` begins with.
fn name_run(text: &str) -> usize {
    let ascii =
        text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':')).count();
    match text.as_bytes().get(ascii) {
        Some(0x80..) => text.char_indices().find(|&(_, c)| !is_name_char(c)).map_or(text.len(), |(at, _)| at),
        _ => ascii,
    }
}
