//! What is written: new posts and replies.

use axum::http::StatusCode;
use axum::response::Response;
use ring::digest;
use serde::Deserialize;

use super::home;
use crate::channel::{Access, ChannelId, Draft, PostId, PostRef};
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
    let access = visit.session.access(&id).await;
    let draft = new_draft(&visit, &id, &written, access)?;
    let post = std::sync::Arc::new(visit.session.publish(&id, draft).await?);
    if !visit.is_htmx {
        return Ok(html::see_other(&urls::post_in_channel(&post.at)));
    }
    let entry = fragments::entry(&post, Place::Post, visit.viewer.as_ref());
    let fresh = Composer::post(&visit, &id, home::hint(access)).replacing();
    Ok(html::html_answer(StatusCode::OK, format!("{entry}{fresh}")))
}

/// Publishes a reply.
pub async fn reply(
    AtPost(to): AtPost,
    SignedIn(visit): SignedIn,
    Protected(written): Protected<Written>,
) -> Result<Response, Error> {
    let draft = new_draft(&visit, &to.channel, &written, Access::Unknown)?;
    let reply = std::sync::Arc::new(visit.session.reply(&to, draft).await?);
    if !visit.is_htmx {
        return Ok(html::see_other(&urls::reply_in_thread(&to, &reply.at)));
    }
    let entry = fragments::entry(&reply, Place::Reply, visit.viewer.as_ref());
    let fresh = Composer::reply(&visit, &to, super::posts::REPLY_HINT).replacing();
    Ok(html::html_answer(StatusCode::OK, format!("{entry}{fresh}")))
}

/// What a person wrote, as the draft of a new post.
fn new_draft(visit: &Visit, channel: &ChannelId, written: &Written, access: Access) -> Result<Draft, Error> {
    let text = plain(&written.text)?;
    let at = PostRef::new(channel.clone(), item(&written.id, &text)?);
    Ok(drafted(visit, &at, text, access))
}

/// What a person wrote, as the draft that replaces a post.
pub(super) fn draft(visit: &Visit, at: &PostRef, text: &str, access: Access) -> Result<Draft, Error> {
    Ok(drafted(visit, at, plain(text)?, access))
}

/// Only an open channel's post names its page here.
fn drafted(visit: &Visit, at: &PostRef, text: String, access: Access) -> Draft {
    let rendered = markup::markdown(&text);
    let page = (access == Access::Open).then(|| urls::absolute(&visit.state.config.web.public_url, &urls::post(at)));
    Draft { id: at.id.clone(), text, xhtml: rendered.xhtml, tags: rendered.tags, files: Vec::new(), page }
}

/// The text without what browsers and keyboards add to it.
fn plain(text: &str) -> Result<String, Error> {
    let text: String = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|c| matches!(c, '\t' | '\n') || !c.is_control()).collect();
    let text = text.trim_matches('\n').trim_end();
    if text.trim().is_empty() {
        return Err(Error::Form("There is nothing written yet.".to_owned()));
    }
    if text.len() > MAX_TEXT {
        return Err(Error::Form(format!(
            "This is too long: at most {MAX_TEXT} bytes of text fit into a post, and it has {}.",
            text.len()
        )));
    }
    Ok(text.to_owned())
}

/// The id of a new post: it follows from the id that the form was shown with and from the text. So the same text sent
/// twice is one post, and another text sent from the same form, which a browser's Back brings, is another post.
fn item(form: &str, text: &str) -> Result<PostId, Error> {
    if !(6..=128).contains(&form.len()) || form.bytes().any(|byte| !byte.is_ascii_alphanumeric() && byte != b'-') {
        return Err(Error::Form("This form is not complete. Please load the page again.".to_owned()));
    }
    let hash = digest::digest(&digest::SHA256, format!("{form}\0{text}").as_bytes());
    let first: [u8; 16] = hash.as_ref()[..16].try_into().expect("SHA-256 has 32 bytes");
    Ok(PostId::new(format!("{:032x}", u128::from_be_bytes(first))).expect("32 hexadecimal digits are an id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_and_one_text_are_one_post() {
        let id = |form, text| item(form, text).map(|id| id.to_string());
        assert_eq!(id("form-1", "Hello"), id("form-1", "Hello"));
        assert_ne!(id("form-1", "Hello"), id("form-1", "Hello again"));
        assert_ne!(id("form-1", "Hello"), id("form-2", "Hello"));
        assert!(id("", "Hello").is_err() && id("a<b>c/d", "Hello").is_err());
    }
}
