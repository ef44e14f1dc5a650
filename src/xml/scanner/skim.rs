//! Short ways through what is plain and here in one piece: attributes, and whatever is thrown away, which must still be
//! well-formed, but nobody is told of it.

use super::super::Violation;
use super::super::characters::{STOPS, TEXT, VALUE};
use super::words::predefined;
use super::{Scanner, Sink, State};

/// The longest name that is looked through quickly, in bytes.
const NAME_BYTES: usize = 256;

impl Scanner {
    /// Takes character data and elements without content, as far as they are here in one piece and of plain characters, and
    /// tells how many bytes they have. What is left goes the usual way.
    pub(super) fn skim(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        let mut brackets = self.brackets;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if STOPS[usize::from(byte)] & TEXT == 0 {
                brackets = 0;
                at += 1;
                continue;
            }
            let taken = match byte {
                b'<' => leaf(&bytes[at..]).unwrap_or(0),
                b'&' => predefined(&text[at..]).map_or(0, |(_, taken)| taken),
                b']' => {
                    brackets = (brackets + 1).min(2);
                    at += 1;
                    continue;
                }
                b'>' if brackets < 2 => 1,
                _ => 0,
            };
            if taken == 0 {
                break;
            }
            brackets = 0;
            at += taken;
        }
        self.brackets = brackets;
        at
    }

    /// Takes an attribute that is here in one piece, with a plain name and a value that needs no normalising, as most have,
    /// in one step. Gives how many bytes it has, or 0 if it is not such an attribute.
    pub(super) fn plain_attribute(&mut self, text: &str, sink: &mut impl Sink) -> Result<usize, Violation> {
        let bytes = text.as_bytes();
        let Some((name, length)) = attribute(bytes) else { return Ok(0) };
        let value = name + 2..length - 1;
        if name > self.name_bytes || value.len() > self.value_bytes {
            return Ok(0);
        }
        self.position += length as u64 - 1;
        self.state = State::Gap;
        sink.attribute(Some(&text[..name]), Some(&text[value]), self.position)?;
        Ok(length)
    }
}

/// How many bytes an element without content has whose names are plain and whose values need no normalising.
fn leaf(bytes: &[u8]) -> Option<usize> {
    let mut at = 1 + name(&bytes[1..])?;
    loop {
        match *bytes.get(at)? {
            b'/' => return (*bytes.get(at + 1)? == b'>').then_some(at + 2),
            b' ' => at += 1,
            _ => return None,
        }
        while *bytes.get(at)? == b' ' {
            at += 1;
        }
        if bytes[at] == b'/' {
            continue;
        }
        at += attribute(&bytes[at..])?.1;
    }
}

/// How many bytes the name has, and the whole, of an attribute whose name is plain and whose value needs no normalising.
fn attribute(bytes: &[u8]) -> Option<(usize, usize)> {
    let name = name(bytes)?;
    let (equals, quote) = (*bytes.get(name)?, *bytes.get(name + 1)?);
    if equals != b'=' || !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let value = bytes[name + 2..].iter().position(|byte| STOPS[usize::from(*byte)] & VALUE != 0)?;
    let end = name + 2 + value;
    (bytes[end] == quote).then_some((name, end + 1))
}

/// How many bytes of a plain ASCII name these begin with.
pub(super) fn name(bytes: &[u8]) -> Option<usize> {
    bytes.first().filter(|byte| byte.is_ascii_alphabetic())?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
    let length = bytes.iter().take(NAME_BYTES + 1).take_while(|byte| is_plain(byte)).count();
    (length <= NAME_BYTES).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_plain_is_taken() {
        for (text, length) in [
            ("<a/>", Some(4)),
            ("<a b='c' d=\"e\" />x", Some(17)),
            ("<p:a p:b=''/>", Some(13)),
            ("<a>", None),
            ("<a", None),
            ("<a b='c'd='e'/>", None),
            ("<a b='<'/>", None),
            ("<a b='&amp;'/>", None),
            ("<a b='\"'/>", None),
            ("<a b=c/>", None),
            ("<a b/>", None),
            ("</a>", None),
            ("<!-- -->", None),
            ("<1/>", None),
        ] {
            assert_eq!(leaf(text.as_bytes()), length, "{text}");
        }
    }
}
