//! Liking a post, other reactions to it, and taking them back.

use axum::response::Response;

use serde::Deserialize;

use super::follow::Nothing;
use crate::channel::reaction::{Attach, Emoji};
use crate::language::Text;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::html;
use crate::web::urls::{self, AtPost};
use crate::web::visit::SignedIn;

/// Likes it.
pub async fn create(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    Protected(Nothing {}): Protected<Nothing>,
) -> Result<Response, Error> {
    visit.session.like(&at).await?;
    Ok(html::see_other(&urls::post(&at)))
}

/// Likes it no more.
pub async fn remove(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    Protected(Nothing {}): Protected<Nothing>,
) -> Result<Response, Error> {
    visit.session.unlike(&at).await?;
    Ok(html::see_other(&urls::post(&at)))
}

/// What the form of reactions sends: the button that was pressed, or what was typed.
#[derive(Deserialize)]
pub struct Chosen {
    add: Option<String>,
    take: Option<String>,
    #[serde(default)]
    any: String,
}

/// Attaches an emoji, or takes it back.
pub async fn react(
    AtPost(at): AtPost,
    SignedIn(visit): SignedIn,
    Protected(chosen): Protected<Chosen>,
) -> Result<Response, Error> {
    let read = |text: &str| Emoji::new(text).ok_or_else(|| Error::Form(Text::new("reactions-not-one")));
    let change = match (&chosen.take, &chosen.add) {
        (Some(emoji), _) => Attach::Take(read(emoji)?),
        (None, Some(emoji)) => Attach::Add(read(emoji)?),
        (None, None) => Attach::Add(read(&chosen.any)?),
    };
    visit.session.react(&at, &change).await?;
    Ok(html::see_other(&urls::post(&at)))
}
