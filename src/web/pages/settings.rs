//! A channel's title, description and rules, and its status line: the form and what it changes.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{channel, deletion};
use crate::channel::{About, Access, ChannelId, Role, Settings};
use crate::language::Text;
use crate::session::{self, Abilities, PageRequest};
use crate::web::answer::Echo;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::ChannelHead;
use crate::web::html::{self, Frame};
use crate::web::urls::{self, AtChannel};
use crate::web::visit::{SignedIn, Visit};

/// The longest title and the longest description, in characters: what every service takes.
const MAX_TITLE: usize = 50;
const MAX_DESCRIPTION: usize = 200;

/// The longest status line, in characters.
const MAX_STATUS: usize = 200;

#[derive(Template)]
#[template(path = "pages/settings.html")]
pub(super) struct SettingsPage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) action: String,
    pub(super) typed: TypedSettings,
    /// Where a status line is sent to, and the present one; where the channel has one.
    pub(super) status: Option<(String, String)>,
    pub(super) place: Option<(String, String)>,
    pub(super) notices_url: Option<&'static str>,
    pub(super) delete_url: Option<String>,
    pub(super) problem: Option<String>,
}

/// What the fields of a channel hold.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct TypedSettings {
    /// Its name, for a new one.
    #[serde(default)]
    pub name: String,
    /// What it is called.
    #[serde(default)]
    pub title: String,
    /// A few sentences about it.
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    access: String,
    #[serde(default)]
    role: String,
    /// Whether the service knows different kinds of followers.
    #[serde(skip)]
    pub(super) offers_role: bool,
}

/// What the forms for the status line and the place send.
#[derive(Deserialize)]
pub struct Status {
    #[serde(default)]
    text: String,
}

impl Status {
    fn line(&self) -> String {
        let line: String = self.text.chars().filter(|c| !c.is_control()).take(MAX_STATUS).collect();
        line.trim().to_owned()
    }
}

impl TypedSettings {
    /// Those of a channel as it is.
    pub(super) fn of(about: &About) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        TypedSettings {
            name: String::new(),
            title: text(&about.title),
            description: text(&about.description),
            access: if about.access == Access::Restricted { "restricted" } else { "open" }.to_owned(),
            role: if about.default_role == Some(Role::Follower) { "follower" } else { "publisher" }.to_owned(),
            offers_role: false,
        }
    }

    /// The same for a service of these abilities.
    pub(super) fn offering(mut self, abilities: Abilities) -> Self {
        self.offers_role = abilities.default_role;
        self
    }

    /// Whether only those may read it who are let in.
    pub fn is_private(&self) -> bool {
        self.access == "restricted"
    }

    /// Whether new followers may only read.
    pub fn is_reading_only(&self) -> bool {
        self.role == "follower"
    }

    /// The same as a channel's settings, within their bounds.
    pub fn read(&self) -> Result<Settings, Error> {
        let line = |text: &str, most: usize, too_long| {
            let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let text = text.trim().to_owned();
            if text.chars().count() > most {
                return Err(Error::Form(Text::new(too_long).with("most", most)));
            }
            Ok(text)
        };
        Ok(Settings {
            title: Some(line(&self.title, MAX_TITLE, "settings-too-long-title")?),
            description: Some(line(&self.description, MAX_DESCRIPTION, "settings-too-long-description")?),
            access: Some(if self.is_private() { Access::Restricted } else { Access::Open }),
            default_role: match self.role.as_str() {
                "publisher" => Some(Role::Publisher),
                "follower" => Some(Role::Follower),
                _ => None,
            },
        })
    }
}

/// The form.
pub async fn form(AtChannel(id): AtChannel, SignedIn(visit): SignedIn) -> Result<Response, Error> {
    page(&visit, &id, None, None).await
}

/// Changes what was typed.
pub async fn update(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(typed): Protected<TypedSettings>,
) -> Result<Response, Error> {
    let changed = match typed.read() {
        Ok(settings) => visit.session.configure(&id, &settings).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    match changed {
        Ok(()) => Ok(html::see_other(&urls::about(&id))),
        Err(error) => page(&visit, &id, Some(typed), Some(error)).await,
    }
}

/// Changes the status line of one's own channel.
pub async fn set_status(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(status): Protected<Status>,
) -> Result<Response, Error> {
    if visit.viewer.as_ref() != Some(&id.address) {
        return Err(session::Error::Forbidden.into());
    }
    visit.session.set_status(&status.line()).await?;
    Ok(html::see_other(&urls::channel(&id)))
}

/// Says where one is.
pub async fn set_place(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(place): Protected<Status>,
) -> Result<Response, Error> {
    if visit.viewer.as_ref() != Some(&id.address) {
        return Err(session::Error::Forbidden.into());
    }
    visit.session.set_place(&place.line()).await?;
    Ok(html::see_other(&urls::channel(&id)))
}

/// The form with what is, or with what was typed and why it was not taken.
async fn page(
    visit: &Visit,
    id: &ChannelId,
    typed: Option<TypedSettings>,
    problem: Option<Error>,
) -> Result<Response, Error> {
    let view = visit.session.channel(id, PageRequest { before: None, size: 1 }).await?;
    if !view.may_configure() {
        return Err(session::Error::Forbidden.into());
    }
    let channel = channel::head(visit, &view);
    let is_own = visit.viewer.as_ref() == Some(&id.address);
    let typed = typed.unwrap_or_else(|| TypedSettings::of(&view.about));
    let mood = view.about.status.clone().unwrap_or_default();
    let place = view.about.place.clone().unwrap_or_default();
    let page = SettingsPage {
        frame: Frame::new(visit, Text::new("settings-page").with("channel", &channel.title)),
        channel,
        action: urls::settings(id),
        typed: typed.offering(view.abilities),
        status: (is_own && view.abilities.status).then(|| (urls::status(id), mood)),
        place: (is_own && view.abilities.status).then(|| (urls::place(id), place)),
        notices_url: (is_own && view.abilities.notices).then_some(urls::NOTICES),
        delete_url: deletion::may_delete(&view).then(|| urls::delete_channel(id)),
        problem: problem.as_ref().map(ToString::to_string),
    };
    let mut response = html::page(problem.map_or(StatusCode::OK, |error| error.status()), &page);
    response.extensions_mut().insert(Echo);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_kept_within_its_bounds() {
        let typed = |title: &str| TypedSettings { title: title.to_owned(), ..TypedSettings::default() };
        let read = typed("  Balcony\n talk ").read().expect("good settings");
        assert_eq!(read.title.as_deref(), Some("Balcony  talk"));
        assert_eq!((read.access, read.default_role), (Some(Access::Open), None), "no service was asked for a role");
        assert!(typed(&"x".repeat(MAX_TITLE)).read().is_ok());
        assert!(matches!(typed(&"x".repeat(MAX_TITLE + 1)).read(), Err(Error::Form(_))));
    }
}
