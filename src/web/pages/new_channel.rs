//! The form for a new channel, and how it is made.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::settings::TypedSettings;
use crate::channel::NewChannel;
use crate::language::Text;
use crate::session;
use crate::web::answer::Echo;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::sentences::Sentence;
use crate::web::urls;
use crate::web::visit::{SignedIn, Visit};

/// The longest name, in bytes.
const MAX_NAME: usize = 500;

#[derive(Template)]
#[template(path = "pages/channel_new.html")]
pub(super) struct NewChannelPage {
    pub(super) frame: Frame,
    pub(super) typed: TypedSettings,
    pub(super) problem: Option<String>,
}

/// The form.
pub async fn form(SignedIn(visit): SignedIn) -> Result<Response, Error> {
    if !visit.session.abilities().await.create {
        return Err(session::Error::Unsupported.into());
    }
    Ok(page(&visit, TypedSettings::default(), None).await)
}

/// Makes the channel.
pub async fn create(SignedIn(visit): SignedIn, Protected(typed): Protected<TypedSettings>) -> Response {
    let made = match read(&typed) {
        Ok(new) => visit.session.create(&new).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    match made {
        Ok(id) => html::see_other(&urls::channel(&id)),
        Err(error) => page(&visit, typed, Some(error)).await,
    }
}

fn read(typed: &TypedSettings) -> Result<NewChannel, Error> {
    let name = typed.name.trim();
    let is_plain = !name
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '/' | '"' | '&' | '\'' | '<' | '>' | ':'));
    if name.is_empty() || name.len() > MAX_NAME || !is_plain {
        return Err(Error::Form(Text::new("new-name-wrong")));
    }
    let mut settings = typed.read()?;
    // A channel without a title is called by its name.
    settings.title = settings.title.filter(|title| !title.is_empty()).or_else(|| Some(name.chars().take(50).collect()));
    Ok(NewChannel { name: name.to_owned(), settings })
}

async fn page(visit: &Visit, typed: TypedSettings, problem: Option<Error>) -> Response {
    let page = NewChannelPage {
        frame: Frame::new(visit, Text::new("new-title")),
        typed: typed.offering(visit.session.abilities().await),
        problem: problem.as_ref().map(|error| error.sentence().to_string()),
    };
    let mut response = html::page(problem.map_or(StatusCode::OK, |error| error.status()), &page);
    response.extensions_mut().insert(Echo);
    response
}
