//! The pictures of people, beside what they wrote. Whoever has none is shown by a letter, which stands below the picture.

use axum::body::Body;
use axum::extract::{self, Path};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::answer::Finished;
use super::error::Error;
use super::security::Foreign;
use super::state::State;
use super::visit::MaybeGuest;
use crate::channel::Address;
use crate::media::{Picture, Size, Trouble};
use crate::session::{Avatar, Session};

/// One pixel that nothing is seen of (GIF): a picture that is not there would be reported as a fault of the page.
const NOTHING: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\
    \x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// How long browsers keep a face, or that there is none. They keep it to themselves: what one sees another may not.
const KEEP: HeaderValue = HeaderValue::from_static("private, max-age=900");
/// One's own is asked for each time, so that a new one shows at once.
const KEEP_NOT: HeaderValue = HeaderValue::from_static("private, no-cache");

/// A face: the one that anybody may see, else the one that this viewer may.
pub(super) async fn show(
    extract::State(state): extract::State<State>,
    Path(address): Path<String>,
    visit: MaybeGuest,
) -> Response {
    let who = address.parse::<Address>().ok().filter(|who| who.node().is_some());
    let Some(who) = who else { return Error::NotFound.into_response() };
    if visit.session.as_ref().is_some_and(|session| session.hides(&who)) {
        return answer(None, KEEP_NOT);
    }
    let picture = match state.sessions.guest().await {
        Ok(guest) => of(&state, &guest, &who).await,
        Err(_) => None,
    };
    let picture = match (picture, &visit.viewer, &visit.session) {
        (None, Some(_), Some(session)) => of(&state, session, &who).await,
        (picture, ..) => picture,
    };
    answer(picture, if visit.viewer.as_ref() == Some(&who) { KEEP_NOT } else { KEEP })
}

fn answer(picture: Option<Picture>, keep: HeaderValue) -> Response {
    let (media_type, file) = match picture {
        Some(Picture { bytes, media_type }) => (media_type, Body::from(bytes)),
        None => ("image/gif", Body::from(NOTHING)),
    };
    let mut response = ([(header::CONTENT_TYPE, media_type)], [(header::CACHE_CONTROL, keep)], file).into_response();
    response.extensions_mut().insert(Finished);
    response.extensions_mut().insert(Foreign);
    response
}

/// Somebody has another face now.
pub(super) fn forget(state: &State, who: &Address) {
    for key in [format!("xmpp:{who}"), format!("xmpp://{who}/{who}")] {
        if let Ok(name) = Url::parse(&key) {
            state.pictures.forget(&name, Size::Face);
        }
    }
}

/// What one session may see of somebody; what the guest sees is kept for everybody, the rest for that account alone.
async fn of(state: &State, session: &Session, who: &Address) -> Option<Picture> {
    let key = match session.address() {
        None => format!("xmpp:{who}"),
        Some(viewer) => format!("xmpp://{viewer}/{who}"),
    };
    let fetch = async {
        match session.avatar(who).await {
            Ok(Some(Avatar::File(bytes))) => Ok(bytes.into()),
            Ok(Some(Avatar::Url(url))) => {
                let url = Url::parse(&url).map_err(|_| Trouble::Forbidden)?;
                state.pictures.file(&url).await
            }
            Ok(None) => Err(Trouble::Refused),
            Err(_) => Err(Trouble::Unreachable),
        }
    };
    state.pictures.get_by(&Url::parse(&key).ok()?, Size::Face, fetch).await.ok()
}
