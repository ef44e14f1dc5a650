//! What the person says about themselves, and to whom (XEP-0292).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::channel::profile::{Audience, Profile};
use crate::language::Text;
use crate::web::answer::Echo;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::markup;
use crate::web::sentences::Sentence;
use crate::web::urls;
use crate::web::visit::{SignedIn, Visit};

#[derive(Template)]
#[template(path = "pages/account_profile.html")]
pub(in crate::web::pages) struct ProfilePage {
    pub(in crate::web::pages) frame: Frame,
    pub(in crate::web::pages) typed: Typed,
    pub(in crate::web::pages) problem: Option<String>,
    pub(in crate::web::pages) own_url: String,
}

impl ProfilePage {
    /// What an address on the web looks like.
    fn example(&self) -> &'static str {
        "https://example.org/"
    }
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    pub(in crate::web::pages) name: String,
    #[serde(default)]
    pub(in crate::web::pages) nickname: String,
    #[serde(default)]
    pub(in crate::web::pages) note: String,
    #[serde(default)]
    pub(in crate::web::pages) place: String,
    #[serde(default)]
    pub(in crate::web::pages) links: String,
    #[serde(default)]
    pub(in crate::web::pages) audience: String,
}

impl Typed {
    fn of(profile: &Profile, audience: Option<Audience>) -> Self {
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        Typed {
            name: said(&profile.name),
            nickname: said(&profile.nickname),
            note: said(&profile.note),
            place: said(&profile.place),
            links: profile.links.join("\n"),
            // Nothing is shown to everybody that was not meant to be.
            audience: if audience == Some(Audience::Everybody) { "everybody" } else { "contacts" }.to_owned(),
        }
    }

    pub(in crate::web::pages) fn is_for_everybody(&self) -> bool {
        self.audience == "everybody"
    }

    /// What is meant, or why it cannot be said.
    fn read(&self) -> Result<(Profile, Audience), Text> {
        let links: Vec<&str> = self.links.lines().map(str::trim).filter(|link| !link.is_empty()).collect();
        if links.len() > Profile::LINKS {
            return Err(Text::new("profile-too-many-links").with("count", Profile::LINKS));
        }
        let is_web = |link: &str| link.starts_with("https://") || link.starts_with("http://");
        if let Some(wrong) = links.iter().find(|link| !is_web(link) || markup::read_link(link).is_none()) {
            return Err(Text::new("profile-no-link").with("link", wrong.chars().take(100).collect::<String>()));
        }
        let text = |text: &str, most: usize| {
            let text = text.trim().replace("\r\n", "\n");
            let is_too_long = text.chars().count() > most;
            if is_too_long { Err(Text::new("profile-too-long")) } else { Ok((!text.is_empty()).then_some(text)) }
        };
        let profile = Profile {
            name: text(&self.name, Profile::NAME)?,
            nickname: text(&self.nickname, Profile::NAME)?,
            note: text(&self.note, Profile::NOTE)?,
            place: text(&self.place, Profile::NAME)?,
            links: links.into_iter().map(str::to_owned).collect(),
        };
        Ok((profile, if self.is_for_everybody() { Audience::Everybody } else { Audience::Contacts }))
    }
}

/// The form with what is said at present.
pub async fn form(SignedIn(visit): SignedIn) -> Result<Response, Error> {
    let (profile, audience) = visit.session.own_profile().await?;
    Ok(page(&visit, Typed::of(&profile, audience), None))
}

/// Says something else from now on.
pub async fn update(SignedIn(visit): SignedIn, Protected(typed): Protected<Typed>) -> Response {
    let (profile, audience) = match typed.read() {
        Ok(read) => read,
        Err(problem) => return page(&visit, typed, Some((StatusCode::UNPROCESSABLE_ENTITY, problem.to_string()))),
    };
    match visit.session.set_profile(&profile, audience).await {
        Ok(()) => html::see_other(&own_url(&visit)),
        Err(error) => {
            let problem = error.sentence().to_string();
            page(&visit, typed, Some((Error::from(error).status(), problem)))
        }
    }
}

fn own_url(visit: &Visit) -> String {
    visit.viewer.as_ref().map_or_else(|| urls::ACCOUNT.to_owned(), urls::profile)
}

fn page(visit: &Visit, typed: Typed, problem: Option<(StatusCode, String)>) -> Response {
    let (status, problem) = problem.map_or((StatusCode::OK, None), |(status, problem)| (status, Some(problem)));
    let page =
        ProfilePage { frame: Frame::new(visit, Text::new("profile-own")), typed, problem, own_url: own_url(visit) };
    let mut response = html::page(status, &page);
    response.extensions_mut().insert(Echo);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_said() {
        let typed = Typed {
            name: " Juliet ".to_owned(),
            links: "https://capulet.lit/\r\n\r\n  http://x.lit ".to_owned(),
            ..Typed::default()
        };
        let (profile, audience) = typed.read().expect("it can be said");
        assert_eq!(profile.name.as_deref(), Some("Juliet"));
        assert_eq!(profile.links, ["https://capulet.lit/", "http://x.lit"]);
        assert_eq!(audience, Audience::Contacts, "unless somebody chose otherwise");
        for wrong in ["javascript:alert(1)", "capulet.lit", &"https://x.lit\n".repeat(11)] {
            assert!(Typed { links: wrong.to_owned(), ..Typed::default() }.read().is_err(), "{wrong}");
        }
        assert!(Typed { name: "x".repeat(201), ..Typed::default() }.read().is_err());
        let again = Typed::of(&profile, Some(Audience::Everybody));
        assert_eq!(again.read().expect("it can be said"), (profile, Audience::Everybody));
    }
}
