//! Choosing how pages look in this browser.

use axum::extract;
use axum::response::Response;
use serde::Deserialize;

use crate::web::answer::set_cookie;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::html;
use crate::web::looks::Looks;
use crate::web::state::State;
use crate::web::urls;

/// One question of the form: its field, its label, and the answers with the words for them.
pub(in crate::web::pages) struct Choices {
    pub(in crate::web::pages) name: &'static str,
    pub(in crate::web::pages) label: &'static str,
    /// The answer's name, its words, and whether it is chosen.
    pub(in crate::web::pages) answers: Vec<(&'static str, &'static str, bool)>,
}

/// The answers to a question, each with its words.
type Words = &'static [(&'static str, &'static str)];

/// The questions, with the words for each answer.
const QUESTIONS: [(&str, &str, Words); 3] = [
    (
        "theme",
        "Colours",
        &[("device", "as this device has them"), ("light", "light"), ("dark", "dark"), ("contrast", "high contrast")],
    ),
    ("text", "Size of the text", &[("normal", "normal"), ("larger", "larger"), ("largest", "largest")]),
    ("posts", "Posts on a page", &[("10", "10"), ("20", "20"), ("50", "50")]),
];

impl Choices {
    /// The questions with the present answers.
    pub(in crate::web::pages) fn of(looks: Looks) -> Vec<Self> {
        let chosen = looks.names();
        let question = |((name, label, answers), chosen): ((_, _, Words), &str)| Choices {
            name,
            label,
            answers: answers.iter().map(|(name, words)| (*name, *words, *name == chosen)).collect(),
        };
        QUESTIONS.into_iter().zip(chosen).map(question).collect()
    }
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Chosen {
    theme: String,
    text: String,
    posts: String,
}

/// Keeps what was chosen in this browser.
pub async fn update(
    extract::State(state): extract::State<State>,
    Protected(chosen): Protected<Chosen>,
) -> Result<Response, Error> {
    let looks = Looks::named(&chosen.theme, &chosen.text, &chosen.posts);
    let looks = looks.ok_or_else(|| Error::Form("Pages cannot look like that.".to_owned()))?;
    let mut response = html::see_other(urls::ACCOUNT);
    set_cookie(&mut response, looks.cookie(&state));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_one_that_is_understood() {
        let [themes, texts, posts] = QUESTIONS.map(|(_, _, answers)| answers);
        for ((theme, _), (text, _), (posts, _)) in
            themes.iter().flat_map(|a| texts.iter().flat_map(move |b| posts.iter().map(move |c| (a, b, c))))
        {
            let looks = Looks::named(theme, text, posts).expect("one of ours");
            let chosen = Choices::of(looks).into_iter().map(|question| {
                question.answers.iter().filter(|(.., is_chosen)| *is_chosen).map(|(name, ..)| *name).collect::<Vec<_>>()
            });
            assert!(chosen.eq([vec![*theme], vec![*text], vec![*posts]]));
        }
    }
}
