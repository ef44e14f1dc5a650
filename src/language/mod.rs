//! The languages of the pages, and which of them is spoken to whom.
//!
//! Texts come in the language of the request that is being answered: [`Language::scope`] stands around each of them, as
//! other frameworks do with their locale. Outside of any request, English is spoken.

mod text;
mod texts;

use std::future::Future;

pub use text::{Text, Value};
pub use texts::ids;

/// A language in which all texts are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English, which the texts are written in first.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Portuguese.
    Portuguese,
    /// Polish.
    Polish,
    /// Arabic, from right to left.
    Arabic,
    /// Japanese.
    Japanese,
}

tokio::task_local! {
    static SPOKEN: Language;
}

/// The longest `Accept-Language` that is read, in bytes.
const MAX_ACCEPTED: usize = 512;

impl Language {
    /// All of them, in the order in which people choose.
    pub const ALL: [Language; 8] = [
        Language::English,
        Language::German,
        Language::French,
        Language::Spanish,
        Language::Portuguese,
        Language::Polish,
        Language::Arabic,
        Language::Japanese,
    ];

    /// Its BCP 47 tag, as in `lang` and in the names of the folders with its texts.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
            Language::French => "fr",
            Language::Spanish => "es",
            Language::Portuguese => "pt",
            Language::Polish => "pl",
            Language::Arabic => "ar",
            Language::Japanese => "ja",
        }
    }

    /// What those who speak it call it.
    pub fn name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::German => "Deutsch",
            Language::French => "Français",
            Language::Spanish => "Español",
            Language::Portuguese => "Português",
            Language::Polish => "Polski",
            Language::Arabic => "العربية",
            Language::Japanese => "日本語",
        }
    }

    /// Whether it is written from right to left.
    pub fn is_rtl(self) -> bool {
        self == Language::Arabic
    }

    /// The language with a tag such as `de` or `de-AT`; `None` if it is none of ours.
    pub fn tagged(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The best of ours for an `Accept-Language` field (RFC 9110 §12.5.4); `None` if it asks for none of ours.
    pub fn accepted(field: &str) -> Option<Self> {
        let field = field.get(..field.len().min(MAX_ACCEPTED))?;
        let ranges = field.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let language = Language::tagged(parts.next()?)?;
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight = weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok())?;
            (weight > 0.0).then_some((language, weight))
        });
        // Of those that are as welcome as each other the first counts.
        let best = ranges.reduce(|best, other| if other.1 > best.1 { other } else { best });
        best.map(|(language, _)| language)
    }

    /// The language that is spoken where this is called.
    pub fn spoken() -> Self {
        SPOKEN.try_with(|language| *language).unwrap_or_default()
    }

    /// Runs a future in which this language is spoken.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        SPOKEN.scope(self, future).await
    }

    /// Runs a function in which this language is spoken.
    pub fn speak<R>(self, function: impl FnOnce() -> R) -> R {
        SPOKEN.sync_scope(self, function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_get_what_they_ask_for() {
        for (field, language) in [
            ("de", Some(Language::German)),
            ("de-AT,de;q=0.9,en;q=0.8", Some(Language::German)),
            ("nl,en;q=0.7,fr;q=0.9", Some(Language::French)),
            ("pt-BR", Some(Language::Portuguese)),
            ("JA", Some(Language::Japanese)),
            ("en;q=0.5, ar;q=0.5", Some(Language::English)),
            ("de;q=0, pl;q=0.1", Some(Language::Polish)),
            ("de;q=x", None),
            ("*", None),
            ("nl", None),
            ("", None),
        ] {
            assert_eq!(Language::accepted(field), language, "{field}");
        }
        assert_eq!(Language::accepted(&"é,".repeat(10_000)), None);
    }

    #[tokio::test]
    async fn each_request_is_answered_in_its_language() {
        assert_eq!(Language::spoken(), Language::English);
        let german = Language::German.scope(async {
            tokio::task::yield_now().await;
            (Language::spoken(), Language::Polish.speak(Language::spoken))
        });
        let (german, english) = tokio::join!(german, async { Language::spoken() });
        assert_eq!((german, english), ((Language::German, Language::Polish), Language::English));
    }
}
