//! References, and what begins with `<!` or `<?` (XML 1.0 §2.7, §2.8 and §4.1; RFC 6120 §11.1).

use super::super::Violation;
use super::super::characters::{is_space, is_xml_char};
use super::{Place, Scanner, Sink, State};

/// The longest reference or XML declaration that is read.
const WORD_BYTES: usize = 256;

impl Scanner {
    pub(super) fn step_bang(&mut self, byte: u8) -> Result<usize, Violation> {
        const CDATA: &str = "[CDATA[";
        match byte {
            b'-' | b'D' if self.word.is_empty() => return Err(Violation::Restricted),
            _ if byte != CDATA.as_bytes()[self.word.len()] || self.open.is_empty() => {
                return Err(Violation::NotWellFormed);
            }
            _ => self.word.push(char::from(byte)),
        }
        if self.word == CDATA {
            self.begin_text();
            self.state = State::Cdata;
        }
        Ok(1)
    }

    pub(super) fn step_instruction(
        &mut self,
        byte: u8,
        allowed: bool,
        sink: &mut impl Sink,
    ) -> Result<usize, Violation> {
        if self.word == "xml" && (is_space(byte) || byte == b'?') {
            if !allowed {
                return Err(Violation::NotWellFormed);
            }
            self.word.clear();
            self.state = State::Declaration;
            return self.step_declaration(byte, sink);
        }
        self.word.push(char::from(byte));
        if "xml".starts_with(self.word.as_str()) { Ok(1) } else { Err(Violation::Restricted) }
    }

    pub(super) fn step_declaration(&mut self, byte: u8, sink: &mut impl Sink) -> Result<usize, Violation> {
        if !byte.is_ascii() || self.word.len() >= WORD_BYTES {
            return Err(Violation::NotWellFormed);
        }
        self.word.push(char::from(byte));
        if self.word.ends_with("?>") {
            check_declaration(&self.word[..self.word.len() - 2])?;
            sink.declaration();
            self.open.clear();
            self.has_root = false;
            self.state = State::Outside;
        }
        Ok(1)
    }

    pub(super) fn step_reference(&mut self, byte: u8, place: Place, sink: &mut impl Sink) -> Result<usize, Violation> {
        if byte != b';' {
            if !(byte.is_ascii_alphanumeric() || byte == b'#') || self.word.len() >= WORD_BYTES {
                return Err(Violation::NotWellFormed);
            }
            self.word.push(char::from(byte));
            return Ok(1);
        }
        let c = resolve(&self.word).ok_or(Violation::NotWellFormed)?;
        let mut buffer = [0; 4];
        let piece: &str = c.encode_utf8(&mut buffer);
        match place {
            Place::Text => {
                sink.text(piece, self.position)?;
                self.begin_text();
            }
            Place::Value => {
                self.add_value(piece);
                self.state = State::Value;
            }
        }
        Ok(1)
    }
}

/// The text that a reference to a predefined entity stands for, and the bytes of the reference, if `text` begins with
/// one (XML 1.0 §4.6).
pub(super) fn predefined(text: &str) -> Option<(&'static str, usize)> {
    const ENTITIES: [(&str, &str); 5] =
        [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&quot;", "\""), ("&apos;", "'")];
    let (reference, meaning) = ENTITIES.iter().find(|(reference, _)| text.starts_with(reference))?;
    Some((meaning, reference.len()))
}

/// The character that `&word;` stands for.
fn resolve(word: &str) -> Option<char> {
    match word {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "apos" => return Some('\''),
        "quot" => return Some('"'),
        _ => (),
    }
    let number = word.strip_prefix('#')?;
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    char::from_u32(code).filter(|&c| is_xml_char(c))
}

/// Checks what stands between `<?xml` and `?>` (XML 1.0, production 23).
fn check_declaration(text: &str) -> Result<(), Violation> {
    let mut rest = text;
    let version = pseudo_attribute(&mut rest, "version")?.ok_or(Violation::NotWellFormed)?;
    let encoding = pseudo_attribute(&mut rest, "encoding")?;
    let standalone = pseudo_attribute(&mut rest, "standalone")?;
    if !rest.bytes().all(is_space) || standalone.is_some_and(|word| word != "yes" && word != "no") {
        return Err(Violation::NotWellFormed);
    }
    if version != "1.0" || encoding.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
        return Err(Violation::Restricted);
    }
    Ok(())
}

fn pseudo_attribute<'a>(rest: &mut &'a str, name: &str) -> Result<Option<&'a str>, Violation> {
    let space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let trimmed = rest.trim_start_matches(space);
    let Some(after) = trimmed.strip_prefix(name).filter(|_| trimmed.len() < rest.len()) else {
        return Ok(None);
    };
    let after = after.trim_start_matches(space).strip_prefix('=').ok_or(Violation::NotWellFormed)?;
    let after = after.trim_start_matches(space);
    let quote = after.chars().next().filter(|&c| c == '"' || c == '\'').ok_or(Violation::NotWellFormed)?;
    let (value, after) = after[1..].split_once(quote).ok_or(Violation::NotWellFormed)?;
    *rest = after;
    Ok(Some(value))
}
