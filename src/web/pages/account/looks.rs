//! Choosing how pages look in this browser.

use std::iter;

use axum::extract;
use axum::response::Response;
use serde::Deserialize;

use crate::language::{Language, Text};
use crate::web::answer::set_cookie;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::html;
use crate::web::looks::{BROWSERS_OWN, Looks};
use crate::web::state::State;
use crate::web::urls;

/// One question of the form: its field, its label, and the answers with the words for them.
pub(in crate::web::pages) struct Choices {
    pub(in crate::web::pages) name: &'static str,
    pub(in crate::web::pages) label: Text,
    /// The answers.
    pub(in crate::web::pages) answers: Vec<Answer>,
}

/// An answer to a question.
pub(in crate::web::pages) struct Answer {
    /// What the form sends.
    pub(in crate::web::pages) name: &'static str,
    /// What people read.
    pub(in crate::web::pages) words: String,
    /// The language of these words, where it is another one than the page's.
    pub(in crate::web::pages) language: Option<&'static str>,
    /// Whether it is the present one.
    pub(in crate::web::pages) is_chosen: bool,
}

/// The names of the answers, and the text for each.
type Answers = [(&'static str, &'static str)];

const THEMES: [(&str, &str); 4] = [
    ("device", "looks-theme-device"),
    ("light", "looks-theme-light"),
    ("dark", "looks-theme-dark"),
    ("contrast", "looks-theme-contrast"),
];

const SIZES: [(&str, &str); 3] =
    [("normal", "looks-text-normal"), ("larger", "looks-text-larger"), ("largest", "looks-text-largest")];

const PER_PAGE: [&str; 3] = ["10", "20", "50"];

impl Choices {
    /// The questions with the present answers.
    pub(in crate::web::pages) fn of(looks: Looks) -> Vec<Self> {
        let [theme, text, posts, language] = looks.names();
        let said = |answers: &Answers, chosen: &str| {
            let answer = |(name, id): &(&'static str, &'static str)| Answer {
                name,
                words: Text::new(id).to_string(),
                language: None,
                is_chosen: *name == chosen,
            };
            answers.iter().map(answer).collect()
        };
        let number = |name| Answer { name, words: name.to_owned(), language: None, is_chosen: name == posts };
        let own = |each: Language| Answer {
            name: each.tag(),
            words: each.name().to_owned(),
            language: Some(each.tag()),
            is_chosen: each.tag() == language,
        };
        let automatic = Answer {
            name: BROWSERS_OWN,
            words: Text::new("looks-language-auto").to_string(),
            language: None,
            is_chosen: language == BROWSERS_OWN,
        };
        let languages = iter::once(automatic).chain(Language::ALL.map(own)).collect();
        vec![
            Choices { name: "language", label: Text::new("looks-language"), answers: languages },
            Choices { name: "theme", label: Text::new("looks-theme"), answers: said(&THEMES, theme) },
            Choices { name: "text", label: Text::new("looks-text"), answers: said(&SIZES, text) },
            Choices { name: "posts", label: Text::new("looks-posts"), answers: PER_PAGE.map(number).into() },
        ]
    }
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Chosen {
    theme: String,
    text: String,
    posts: String,
    language: String,
}

/// Keeps what was chosen in this browser.
pub async fn update(
    extract::State(state): extract::State<State>,
    Protected(chosen): Protected<Chosen>,
) -> Result<Response, Error> {
    let looks = Looks::named(&chosen.theme, &chosen.text, &chosen.posts, &chosen.language);
    let looks = looks.ok_or_else(|| Error::Form(Text::new("looks-wrong")))?;
    let mut response = html::see_other(urls::ACCOUNT);
    set_cookie(&mut response, looks.cookie(&state));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_one_that_is_understood() {
        let names = |at: usize| Choices::of(Looks::default())[at].answers.iter().map(|answer| answer.name).collect();
        let [languages, themes, texts, posts]: [Vec<&str>; 4] = [0, 1, 2, 3].map(names);
        for (at, language) in languages.iter().enumerate() {
            let of = |answers: &[&'static str]| answers[at % answers.len()];
            let (theme, text, posts) = (of(&themes), of(&texts), of(&posts));
            let looks = Looks::named(theme, text, posts, language).expect("one of ours");
            let chosen = Choices::of(looks).into_iter().map(|question| {
                question.answers.iter().filter(|answer| answer.is_chosen).map(|answer| answer.name).collect::<Vec<_>>()
            });
            assert!(chosen.eq([vec![*language], vec![theme], vec![text], vec![posts]]));
        }
    }
}
