//! What people attach to a post besides replies: that they like it, and emoji.

use super::id::Address;

/// The longest emoji, in bytes: a family of four with skin tones, or a flag of tags.
const MAX_BYTES: usize = 64;

/// The most different emoji that one person attaches to a post.
pub const MAX_EACH: usize = 20;

/// One emoji: a picture, its variants and what is joined to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Emoji(String);

impl Emoji {
    /// Reads one emoji and nothing else (the form of sequences of UTS #51 §1.4).
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_BYTES {
            return None;
        }
        let letters: Vec<char> = text.chars().collect();
        (is_flag(&letters) || is_keycap(&letters) || letters.split(|c| *c == JOINER).all(is_element))
            .then(|| Emoji(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const JOINER: char = '\u{200d}';
const AS_PICTURE: char = '\u{fe0f}';

fn is_flag(letters: &[char]) -> bool {
    letters.len() == 2 && letters.iter().all(|c| matches!(c, '\u{1f1e6}'..='\u{1f1ff}'))
}

fn is_keycap(letters: &[char]) -> bool {
    matches!(letters, ['0'..='9' | '#' | '*', AS_PICTURE, '\u{20e3}'])
}

/// A picture with a skin tone or the sign that it is meant as one, or tags that make a flag of it.
fn is_element(letters: &[char]) -> bool {
    let Some((picture, rest)) = letters.split_first() else { return false };
    let is_variant = |rest: &[char]| {
        matches!(rest, [] | [AS_PICTURE] | ['\u{1f3fb}'..='\u{1f3ff}'] | ['\u{1f3fb}'..='\u{1f3ff}', AS_PICTURE])
    };
    let is_of_tags = |rest: &[char]| {
        rest.split_last().is_some_and(|(end, tags)| {
            *end == '\u{e007f}' && !tags.is_empty() && tags.iter().all(|c| matches!(c, '\u{e0020}'..='\u{e007e}'))
        })
    };
    is_picture(*picture) && (is_variant(rest) || is_of_tags(rest))
}

fn is_picture(c: char) -> bool {
    let is_skin = matches!(c, '\u{1f3fb}'..='\u{1f3ff}');
    let is_letter_of_flag = matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
    let is_known = matches!(c,
        '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{21aa}' | '\u{231a}'..='\u{23ff}'
        | '\u{24c2}' | '\u{25aa}'..='\u{25fe}' | '\u{2600}'..='\u{27bf}' | '\u{2934}' | '\u{2935}'
        | '\u{2b05}'..='\u{2b55}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}');
    is_known && !is_skin && !is_letter_of_flag
}

/// What one person attached to a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Who.
    pub who: Address,
    /// Whether the post was noticed, which is a like.
    pub is_like: bool,
    /// The emoji, each once; at most [`MAX_EACH`].
    pub emoji: Vec<Emoji>,
}

/// What somebody changes about what they attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attach {
    /// They like the post.
    Like,
    /// They like it no more.
    Unlike,
    /// One emoji more.
    Add(Emoji),
    /// One less.
    Take(Emoji),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_told_from_everything_else() {
        for good in ["👍", "♥", "❤️", "👍🏽", "🇪🇺", "👩‍👩‍👧‍👦", "🏳️‍🌈", "3️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", " 🎉 "]
        {
            assert!(Emoji::new(good).is_some(), "{good}");
        }
        let long = "👩\u{200d}".repeat(20) + "👩";
        for bad in
            ["", "a", "1", "👍👍", "👍a", "<b>", "\u{200d}", "🏽", "🇪", "👍\u{200d}", "\u{202e}👍", long.as_str()]
        {
            assert!(Emoji::new(bad).is_none(), "{bad}");
        }
    }
}
