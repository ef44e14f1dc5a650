//! Character data, CDATA sections and attribute values (XML 1.0 §2.4, §2.7, §2.11 and §3.3.3).

use super::super::Violation;
use super::super::characters::{self, STOPS};
use super::words::predefined;
use super::{Place, Scanner, Sink, State, skim};

impl Scanner {
    pub(super) fn step_text(&mut self, text: &str, sink: &mut impl Sink) -> Result<usize, Violation> {
        let byte = text.as_bytes()[0];
        if std::mem::take(&mut self.after_return) && byte == b'\n' {
            return Ok(1);
        }
        let taken = plain_run(text, characters::TEXT)?;
        if taken > 0 {
            self.brackets = 0;
            sink.text(&text[..taken], self.position)?;
            return Ok(taken);
        }
        match byte {
            b'<' => {
                let taken = self.plain_tag(text, sink)?;
                if taken > 0 {
                    return Ok(taken);
                }
                let fresh = sink.may_restart();
                return self.less(fresh);
            }
            b'&' => {
                self.brackets = 0;
                if let Some((meaning, taken)) = predefined(text) {
                    sink.text(meaning, self.position + taken as u64 - 1)?;
                    return Ok(taken);
                }
                self.word.clear();
                return self.go(State::Reference(Place::Text));
            }
            b'\r' => {
                self.brackets = 0;
                self.after_return = true;
                sink.text("\n", self.position)?;
            }
            b']' => {
                self.brackets = (self.brackets + 1).min(2);
                sink.text("]", self.position)?;
            }
            b'>' if self.brackets < 2 => {
                self.brackets = 0;
                sink.text(">", self.position)?;
            }
            _ => return Err(Violation::NotWellFormed),
        }
        Ok(1)
    }

    /// Takes a tag that is here in one piece and has nothing but a plain ASCII name, as most have, in one step instead
    /// of one for each of its parts. Gives how many bytes it has, or 0 if it is not such a tag.
    fn plain_tag(&mut self, text: &str, sink: &mut impl Sink) -> Result<usize, Violation> {
        let bytes = text.as_bytes();
        if bytes.get(1) == Some(&b'/') {
            let name = self.open.last();
            let end = 2 + name.len();
            if bytes.get(end) != Some(&b'>') || &bytes[2..end] != name.as_bytes() {
                return Ok(0);
            }
            self.position += end as u64;
            self.end_element(false, sink)?;
            return Ok(end + 1);
        }
        let Some(name) = skim::name(&bytes[1..]) else { return Ok(0) };
        let end = 1 + name;
        let (is_empty, last) = match (bytes.get(end), bytes.get(end + 1)) {
            (Some(b'>'), _) => (false, end),
            (Some(b'/'), Some(b'>')) => (true, end + 1),
            _ => return Ok(0),
        };
        self.tag_at = self.position;
        self.open.extend(&text[1..end])?;
        self.end_open_name(sink)?;
        self.position += last as u64;
        self.end_head(is_empty, sink)?;
        Ok(last + 1)
    }

    pub(super) fn step_cdata(&mut self, text: &str, sink: &mut impl Sink) -> Result<usize, Violation> {
        let byte = text.as_bytes()[0];
        if std::mem::take(&mut self.after_return) && byte == b'\n' {
            return Ok(1);
        }
        match byte {
            b']' if self.brackets < 2 => {
                self.brackets += 1;
                return Ok(1);
            }
            b']' => {
                sink.text("]", self.position)?;
                return Ok(1);
            }
            b'>' if self.brackets == 2 => {
                self.begin_text();
                return Ok(1);
            }
            _ => (),
        }
        if self.brackets > 0 {
            sink.text(&"]]"[..usize::from(self.brackets)], self.position)?;
            self.brackets = 0;
        }
        let taken = plain_run(text, characters::CDATA)?;
        if taken > 0 {
            sink.text(&text[..taken], self.position)?;
            return Ok(taken);
        }
        match byte {
            b'\r' => {
                self.after_return = true;
                sink.text("\n", self.position)?;
            }
            b'>' => sink.text(">", self.position)?,
            _ => return Err(Violation::NotWellFormed),
        }
        Ok(1)
    }

    pub(super) fn step_value(&mut self, text: &str, sink: &mut impl Sink) -> Result<usize, Violation> {
        let byte = text.as_bytes()[0];
        if std::mem::take(&mut self.after_return) && byte == b'\n' {
            return Ok(1);
        }
        let taken = plain_run(text, characters::VALUE)?;
        if taken > 0 {
            self.add_value(&text[..taken]);
            return Ok(taken);
        }
        match byte {
            b'"' | b'\'' if byte == self.quote => {
                self.state = State::Gap;
                let name = self.name_fits.then_some(self.name.as_str());
                let value = self.value_fits.then_some(self.value.as_str());
                sink.attribute(name, value, self.position)?;
            }
            b'"' => self.add_value("\""),
            b'\'' => self.add_value("'"),
            b'&' => {
                if let Some((meaning, taken)) = predefined(text) {
                    self.add_value(meaning);
                    return Ok(taken);
                }
                self.word.clear();
                return self.go(State::Reference(Place::Value));
            }
            // Normalisation (XML 1.0 §3.3.3): white space that is written as such becomes a space.
            b'\t' | b'\n' => self.add_value(" "),
            b'\r' => {
                self.after_return = true;
                self.add_value(" ");
            }
            _ => return Err(Violation::NotWellFormed),
        }
        Ok(1)
    }
}

/// How many bytes of plain characters `text` begins with; U+FFFE and U+FFFF are refused.
fn plain_run(text: &str, class: u8) -> Result<usize, Violation> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match bytes[at..].iter().position(|&b| STOPS[usize::from(b)] & class != 0) {
            None => return Ok(bytes.len()),
            Some(run) => at += run,
        }
        if bytes[at] != 0xEF {
            return Ok(at);
        }
        if bytes[at + 1] == 0xBF && bytes[at + 2] >= 0xBE {
            // What comes before is good.
            return if at > 0 { Ok(at) } else { Err(Violation::NotWellFormed) };
        }
        at += 3;
    }
}
