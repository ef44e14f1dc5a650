//! Character data, CDATA sections and attribute values (XML 1.0 §2.4, §2.7, §2.11 and §3.3.3).

use super::super::Violation;
use super::super::characters::{self, STOPS};
use super::{Place, Scanner, Sink, State};

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
                let fresh = sink.may_restart();
                return self.less(fresh);
            }
            b'&' => {
                self.brackets = 0;
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
