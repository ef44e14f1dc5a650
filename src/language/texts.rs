//! The texts of all languages, from the Fluent files that are embedded (`templates/texts/LANGUAGE/*.ftl`).

use std::collections::BTreeSet;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

use super::{Language, Value};

#[derive(RustEmbed)]
#[folder = "templates/texts/"]
struct Files;

type Bundle = FluentBundle<FluentResource>;

/// The texts of each language, read when the first of them is asked for.
static BUNDLES: [OnceLock<Bundle>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];

fn bundle(language: Language) -> &'static Bundle {
    BUNDLES[language as usize].get_or_init(|| read(language))
}

/// What stands in a language's files, as far as it can be read; a test reads all of it.
fn read(language: Language) -> Bundle {
    let identifier: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![identifier]);
    // Addresses are written from left to right, whatever stands around them.
    bundle.set_use_isolating(language.is_rtl());
    for text in files(language) {
        let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, errors)| {
            tracing::error!(language = language.tag(), errors = ?errors, "a file of texts has mistakes");
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(language = language.tag(), errors = ?errors, "two texts have the same name");
        }
    }
    bundle
}

fn files(language: Language) -> impl Iterator<Item = String> {
    let folder = format!("{}/", language.tag());
    let names = Files::iter().filter(move |name| name.starts_with(&folder));
    names.filter_map(|name| Files::get(&name)).map(|file| String::from_utf8_lossy(&file.data).into_owned())
}

/// The names of the texts that a language has.
pub fn ids(language: Language) -> BTreeSet<String> {
    let lines: Vec<String> = files(language).collect();
    let lines = lines.iter().flat_map(|file| file.lines());
    let names = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    names.filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim().to_owned()).collect()
}

/// A text as words. One that a language lacks comes in English; one that nobody has is its name, and is told.
pub(super) fn words(language: Language, id: &'static str, gaps: &[(&'static str, Value)]) -> String {
    let found = [language, Language::English].into_iter().find_map(|language| {
        let pattern = bundle(language).get_message(id)?.value()?;
        let mut arguments = FluentArgs::with_capacity(gaps.len());
        for (name, value) in gaps {
            arguments.set(*name, fluent(language, value));
        }
        let mut errors = Vec::new();
        let words = bundle(language).format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(text = id, language = language.tag(), errors = ?errors, "a text has gaps that nobody fills");
        }
        Some(words)
    });
    found.unwrap_or_else(|| {
        tracing::error!(text = id, "there is no such text");
        id.to_owned()
    })
}

fn fluent(language: Language, value: &Value) -> FluentValue<'static> {
    match value {
        Value::Number(number) => FluentValue::from(*number),
        Value::Words(words) => FluentValue::from(words.clone()),
        Value::Text(text) => FluentValue::from(text.in_language(language)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    #[test]
    fn every_file_can_be_read() {
        for language in Language::ALL {
            let mut bundle = Bundle::new_concurrent(vec![language.tag().parse().expect("a tag")]);
            for text in files(language) {
                let resource = FluentResource::try_new(text).map_err(|(_, errors)| errors).expect("texts");
                bundle.add_resource(resource).expect("each name once");
            }
        }
    }

    #[test]
    fn numbers_choose_the_form() {
        let likes = |language, count: usize| Text::new("likes").with("count", count).in_language(language);
        assert_eq!(likes(Language::English, 1), "One person likes this.");
        assert_eq!(likes(Language::English, 2), "2 people like this.");
    }

    #[test]
    fn a_text_that_nobody_has_is_its_name() {
        assert_eq!(Text::new("no-such-text").to_string(), "no-such-text");
    }
}
