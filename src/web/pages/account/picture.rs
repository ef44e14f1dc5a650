//! The picture of the person, which everybody may see (XEP-0084).

use askama::Template;
use axum::extract;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::language::Text;
use crate::media::{Picture, Size, Trouble};
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::faces;
use crate::web::files::Files;
use crate::web::filters;
use crate::web::fragments::Monogram;
use crate::web::html::{self, Frame};
use crate::web::sentences::Sentence;
use crate::web::state::State;
use crate::web::urls;
use crate::web::visit::{SignedIn, Visit};

#[derive(Template)]
#[template(path = "pages/account_picture.html")]
pub(in crate::web::pages) struct PicturePage {
    pub(in crate::web::pages) frame: Frame,
    pub(in crate::web::pages) problem: Option<String>,
    pub(in crate::web::pages) hue: u8,
    pub(in crate::web::pages) initial: String,
    pub(in crate::web::pages) picture: Option<String>,
}

/// What the form sends beside the file: whether the picture shall go.
#[derive(Deserialize)]
pub struct Fields {
    #[serde(default, rename = "do")]
    deed: String,
}

/// The present picture, and the form for another one.
pub async fn form(SignedIn(visit): SignedIn) -> Response {
    page(&visit, None)
}

/// Shows another picture from now on, or none.
pub async fn update(
    extract::State(state): extract::State<State>,
    SignedIn(visit): SignedIn,
    Files(files): Files,
    Protected(Fields { deed }): Protected<Fields>,
) -> Result<Response, Error> {
    let picture = match (deed.as_str(), files.into_iter().next()) {
        ("remove", _) => None,
        (_, None) => return Ok(page(&visit, Some(Text::new("picture-choose").to_string()))),
        (_, Some(file)) => match state.pictures.drawn(file.bytes, Size::Portrait).await {
            Ok(picture) => Some(picture),
            Err(trouble) => return Ok(page(&visit, Some(why_not(trouble)))),
        },
    };
    let file = picture.as_ref().map(|Picture { bytes, media_type }| (&bytes[..], *media_type));
    if let Err(error) = visit.session.set_avatar(file).await {
        return Ok(page(&visit, Some(error.sentence().to_string())));
    }
    if let Some(me) = &visit.viewer {
        faces::forget(&state, me);
    }
    Ok(html::see_other(urls::PICTURE_CHANGED))
}

fn why_not(trouble: Trouble) -> String {
    match trouble {
        Trouble::Unfit => Text::new("picture-unfit").to_string(),
        Trouble::TooLarge => Text::new("picture-too-large").to_string(),
        trouble => trouble.sentence().to_string(),
    }
}

fn page(visit: &Visit, problem: Option<String>) -> Response {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let address = visit.viewer.as_ref().map(ToString::to_string).unwrap_or_default();
    let Monogram { hue, initial } = Monogram::new(&address, &address);
    let picture = visit.viewer.as_ref().map(urls::face);
    html::page(
        status,
        &PicturePage { frame: Frame::new(visit, Text::new("picture-title")), problem, hue, initial, picture },
    )
}
