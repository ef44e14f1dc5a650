//! Where a page ended, in a form that a URL can carry: what the next older page is asked by.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The longest token that is read, in bytes: a server's own may be long, and escaping makes it longer.
const MAX: usize = 8 * 1024;
/// How far back a person may leaf, in posts.
const MAX_SEEN: usize = 1_000_000;

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// How many items were given so far.
    pub seen: usize,
    /// The id of the oldest of them; may be empty.
    pub oldest: String,
    /// How the server is asked for more.
    pub way: Way,
}

/// How a server is asked for older items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By the token of a result set (XEP-0059), which is the server's and opaque.
    Set(String),
    /// By asking for more of the newest and leaving out what was seen: servers without result sets (Prosody 0.12).
    Count,
    /// By ids, one by one if it must be: some items are too large.
    Ids {
        /// Whether disco lists the newest first, as Prosody does, or last, as ejabberd does.
        newest_first: bool,
    },
    /// By position counted from the oldest, below this one: too large items where nobody tells the ids.
    Index(usize),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escape = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace('%', "-");
        let (kind, rest) = match &self.way {
            Way::Set(token) => ("s", escape(token)),
            Way::Count => ("c", String::new()),
            Way::Ids { newest_first } => ("i", u8::from(*newest_first).to_string()),
            Way::Index(end) => ("x", end.to_string()),
        };
        write!(f, "{kind}.{}.{}.{rest}", self.seen, escape(&self.oldest))
    }
}

impl Token {
    /// Reads what this prints; anything else is `None`.
    pub fn parse(text: &str) -> Option<Token> {
        if text.len() > MAX {
            return None;
        }
        let unescape =
            |text: &str| percent_decode_str(&text.replace('-', "%")).decode_utf8().ok().map(|text| text.into_owned());
        let mut parts = text.split('.');
        let (kind, seen, oldest, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let way = match kind {
            "s" => Way::Set(unescape(rest).filter(|token| !token.is_empty())?),
            "c" => Way::Count,
            "i" => Way::Ids { newest_first: rest == "1" },
            "x" => Way::Index(rest.parse().ok()?),
            _ => return None,
        };
        let seen = seen.parse().ok().filter(|seen| *seen <= MAX_SEEN)?;
        parts.next().is_none().then_some(Token { seen, oldest: unescape(oldest)?, way })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_and_need_no_escaping_in_urls() {
        for way in
            [Way::Set("2026-11-23T10:00:00.1Z|ü".into()), Way::Count, Way::Ids { newest_first: true }, Way::Index(7)]
        {
            let token = Token { seen: 40, oldest: "a.b-c d".into(), way };
            let text = token.to_string();
            assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')), "{text}");
            assert_eq!(Token::parse(&text), Some(token));
        }
        for text in ["", "s.1.a.", "q.1.a.b", "c.x.a.", "c.1.a..", "s.99999999999.a.b", "c.1.-ff."] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }
}
