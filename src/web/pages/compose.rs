//! What is written: new posts and replies.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::home;
use crate::channel::{Access, Draft, PostId, PostRef};
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::fragments::{self, Composer, Place};
use crate::web::html;
use crate::web::markup;
use crate::web::urls::{self, AtChannel, AtPost};
use crate::web::visit::{SignedIn, Visit};

/// The longest text, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// What the composer sends.
#[derive(Deserialize)]
pub struct Written {
    #[serde(default)]
    id: String,
    #[serde(default)]
    text: String,
}

/// Publishes a post.
pub async fn create(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(written): Protected<Written>,
) -> Result<Response, Error> {
    let at = PostRef::new(id, item(&written.id)?);
    let access = visit.session.access(&at.channel).await;
    let draft = draft(&visit, &at, &written.text, access)?;
    let post = std::sync::Arc::new(visit.session.publish(&at.channel, draft).await?);
    if !visit.is_htmx {
        return Ok(html::see_other(&urls::post_in_channel(&post.at)));
    }
    let entry = fragments::entry(&post, Place::Post, visit.viewer.as_ref());
    let fresh = Composer::post(&visit, &at.channel, home::hint(access)).replacing();
    Ok(html::html_answer(StatusCode::OK, format!("{entry}{fresh}")))
}

/// Publishes a reply.
pub async fn reply(
    AtPost(to): AtPost,
    SignedIn(visit): SignedIn,
    Protected(written): Protected<Written>,
) -> Result<Response, Error> {
    let at = PostRef::new(to.channel.clone(), item(&written.id)?);
    let draft = draft(&visit, &at, &written.text, Access::Unknown)?;
    let reply = std::sync::Arc::new(visit.session.reply(&to, draft).await?);
    if !visit.is_htmx {
        return Ok(html::see_other(&urls::reply_in_thread(&to, &reply.at)));
    }
    let entry = fragments::entry(&reply, Place::Reply, visit.viewer.as_ref());
    let fresh = Composer::reply(&visit, &to, super::posts::REPLY_HINT).replacing();
    Ok(html::html_answer(StatusCode::OK, format!("{entry}{fresh}")))
}

/// What a person wrote, as a draft. Only an open channel's post names its page here.
pub(super) fn draft(visit: &Visit, at: &PostRef, text: &str, access: Access) -> Result<Draft, Error> {
    let text: String = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|c| matches!(c, '\t' | '\n') || !c.is_control()).collect();
    let text = text.trim_matches('\n').trim_end();
    if text.trim().is_empty() {
        return Err(Error::Form("There is nothing written yet.".to_owned()));
    }
    if text.len() > MAX_TEXT {
        return Err(Error::Form(format!("This is too long: at most {MAX_TEXT} bytes of text fit into a post.")));
    }
    let rendered = markup::markdown(text);
    let page = (access == Access::Open).then(|| urls::absolute(&visit.state.config.web.public_url, &urls::post(at)));
    Ok(Draft { id: at.id.clone(), text: text.to_owned(), xhtml: rendered.xhtml, tags: rendered.tags, page })
}

/// The id that the form was shown with. Servers and other programs want it short and plain.
fn item(id: &str) -> Result<PostId, Error> {
    let is_plain =
        (6..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let id = is_plain.then(|| PostId::new(id).ok()).flatten();
    id.ok_or_else(|| Error::Form("This form is not complete. Please load the page again.".to_owned()))
}
