//! A text by its name, with what stands in its gaps.

use std::fmt;

use super::{Language, texts};

/// A text of `templates/texts`, which becomes words in the language that is spoken where it is written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    id: &'static str,
    gaps: Vec<(&'static str, Value)>,
}

/// What stands in a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number, by which a text may choose its form.
    Number(u64),
    /// Words as they are.
    Words(String),
    /// Another text.
    Text(Text),
}

impl Text {
    /// A text without gaps, or with gaps that are filled by [`Text::with`].
    pub fn new(id: &'static str) -> Self {
        Text { id, gaps: Vec::new() }
    }

    /// The same with one gap filled.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.gaps.push((name, value.into()));
        self
    }

    /// The words in a language.
    pub fn in_language(&self, language: Language) -> String {
        texts::words(language, self.id, &self.gaps)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::spoken()))
    }
}

macro_rules! numbers {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Value {
            fn from(number: $kind) -> Self {
                Value::Number(number as u64)
            }
        }

        impl From<&$kind> for Value {
            fn from(number: &$kind) -> Self {
                Value::Number(*number as u64)
            }
        }

        impl From<&&$kind> for Value {
            fn from(number: &&$kind) -> Self {
                Value::Number(**number as u64)
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 usize }

impl From<String> for Value {
    fn from(words: String) -> Self {
        Value::Words(words)
    }
}

impl From<&String> for Value {
    fn from(words: &String) -> Self {
        Value::Words(words.clone())
    }
}

impl From<&&String> for Value {
    fn from(words: &&String) -> Self {
        Value::Words((*words).clone())
    }
}

impl From<&str> for Value {
    fn from(words: &str) -> Self {
        Value::Words(words.to_owned())
    }
}

impl From<&&str> for Value {
    fn from(words: &&str) -> Self {
        Value::Words((*words).to_owned())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Value::Text(text)
    }
}

impl From<&Text> for Value {
    fn from(text: &Text) -> Self {
        Value::Text(text.clone())
    }
}
