//! What is written: new posts and replies.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use ring::digest;

use super::home;
use crate::channel::{Access, Author, ChannelId, Content, Draft, Link, Post, PostId, PostRef, Standing};
use crate::language::Text;
use crate::web::attach::{self, Attached};
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::files::Files;
use crate::web::filters;
use crate::web::fragments::{self, Composer, Place};
use crate::web::html::{self, Frame};
use crate::web::markup::{self, SafeHtml};
use crate::web::sentences::Sentence;
use crate::web::urls::{self, AtChannel, AtPost};
use crate::web::visit::{SignedIn, Visit};

/// The longest text, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// What the composer sends.
struct Written {
    id: String,
    text: String,
    files: Vec<Attached>,
    step: Step,
}

/// What is to be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It goes out.
    Publish,
    /// The files are put at the author's server, and the form comes back.
    Add,
    /// The form comes back, with what it will look like.
    Preview,
}

impl Written {
    fn read(fields: &[(String, String)]) -> Self {
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let step = match field("do").as_deref() {
            Some("add") => Step::Add,
            Some("preview") => Step::Preview,
            _ => Step::Publish,
        };
        let [id, text] = ["id", "text"].map(|name| field(name).unwrap_or_default());
        Written { id, text, files: attach::named(fields), step }
    }

    /// Puts what came with the form at the author's server. What was put stays in the form, whatever comes next.
    async fn add(&mut self, visit: &Visit, files: Files) -> Result<(), Error> {
        for file in files.0 {
            if self.files.len() >= attach::MOST {
                return Err(Error::Form(Text::new("compose-too-many-files").with("most", attach::MOST)));
            }
            self.files.push(attach::put(visit, file).await?);
        }
        Ok(())
    }
}

/// The page with the form and what it will look like, for browsers without scripts.
#[derive(Template)]
#[template(path = "pages/compose.html")]
pub(super) struct ComposePage {
    pub(super) frame: Frame,
    pub(super) title: Text,
    pub(super) composer: SafeHtml,
    pub(super) back_url: String,
}

/// Where something is written.
enum Desk {
    Channel(ChannelId, Access),
    Thread(PostRef),
}

impl Desk {
    fn channel(&self) -> &ChannelId {
        match self {
            Desk::Channel(id, _) => id,
            Desk::Thread(to) => &to.channel,
        }
    }

    fn access(&self) -> Access {
        match self {
            Desk::Channel(_, access) => *access,
            Desk::Thread(_) => Access::Unknown,
        }
    }

    async fn composer(&self, visit: &Visit) -> Composer {
        let composer = match self {
            Desk::Channel(id, access) => Composer::post(visit, id, home::hint(*access)),
            Desk::Thread(to) => Composer::reply(visit, to, super::posts::reply_hint()),
        };
        composer.taking(attach::limit(&visit.session).await)
    }

    /// The form again, with what was written and what it will look like.
    async fn again(&self, visit: &Visit, written: Written, problem: Option<&Error>) -> Response {
        let mut composer = self.composer(visit).await;
        if problem.is_none()
            && let Ok(draft) = new_draft(visit, self, &written)
        {
            composer = composer.below(self.preview(visit, draft));
        }
        let said = problem.map(|error| error.sentence().to_string()).unwrap_or_default();
        let composer =
            composer.given_back(PostId::new(written.id).ok(), &written.text, &said).with_files(written.files);
        let status = problem.map_or(StatusCode::OK, Error::status);
        if visit.is_htmx {
            // A fragment that replaces the form arrives as a success: it says itself what is wrong.
            return html::html_answer(StatusCode::OK, composer.replacing().to_string());
        }
        let (title, back_url) = match self {
            Desk::Channel(id, _) => (Text::new("composer-new-post"), urls::channel(id)),
            Desk::Thread(to) => (Text::new("composer-your-reply"), urls::post(to)),
        };
        html::page(
            status,
            &ComposePage { frame: Frame::new(visit, &title), title, composer: composer.html(), back_url },
        )
    }

    fn preview(&self, visit: &Visit, draft: Draft) -> SafeHtml {
        let now = visit.state.now();
        let post = Post {
            at: PostRef::new(self.channel().clone(), draft.id),
            author: Author { address: visit.viewer.clone(), name: None, standing: Standing::Verified },
            content: Content { title: None, text: Some(draft.text), markup: Some(draft.xhtml) },
            published: now,
            updated: now,
            tags: draft.tags,
            links: draft.files,
            replies: None,
            in_reply_to: None,
            about: None,
            rating: None,
            place: None,
            is_deleted: false,
        };
        fragments::preview(&post)
    }
}

/// Publishes a post.
pub async fn create(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    files: Files,
    Protected(fields): Protected<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let access = visit.session.access(&id).await;
    write(&visit, Desk::Channel(id, access), Written::read(&fields), files).await
}

/// Publishes a reply.
pub async fn reply(
    AtPost(to): AtPost,
    SignedIn(visit): SignedIn,
    files: Files,
    Protected(fields): Protected<Vec<(String, String)>>,
) -> Result<Response, Error> {
    write(&visit, Desk::Thread(to), Written::read(&fields), files).await
}

async fn write(visit: &Visit, desk: Desk, mut written: Written, files: Files) -> Result<Response, Error> {
    let has_files = !files.0.is_empty();
    if let Err(error) = written.add(visit, files).await {
        return Ok(desk.again(visit, written, Some(&error)).await);
    }
    if written.step != Step::Publish {
        return Ok(desk.again(visit, written, None).await);
    }
    let publish = async {
        let draft = new_draft(visit, &desk, &written)?;
        Ok(Arc::new(match &desk {
            Desk::Channel(id, _) => visit.session.publish(id, draft).await?,
            Desk::Thread(to) => visit.session.reply(to, draft).await?,
        }))
    };
    let post = match publish.await {
        Ok(post) => post,
        // What is at the server already is not sent a second time.
        Err(error) if has_files || !written.files.is_empty() => {
            return Ok(desk.again(visit, written, Some(&error)).await);
        }
        Err(error) => return Err(error),
    };
    if !visit.is_htmx {
        return Ok(html::see_other(&match &desk {
            Desk::Channel(..) => urls::post_in_channel(&post.at),
            Desk::Thread(to) => urls::reply_in_thread(to, &post.at),
        }));
    }
    let place = if matches!(desk, Desk::Thread(_)) { Place::Reply } else { Place::Post };
    let entry = fragments::entry(&post, place, visit.viewer.as_ref());
    let fresh = desk.composer(visit).await.replacing();
    Ok(html::html_answer(StatusCode::OK, format!("{entry}{fresh}")))
}

/// What a person wrote, as the draft of a new post. A post may be pictures alone.
fn new_draft(visit: &Visit, desk: &Desk, written: &Written) -> Result<Draft, Error> {
    let files: Vec<Link> = written.files.iter().map(Attached::link).collect();
    let is_silent = written.text.trim().is_empty() && !files.is_empty();
    let text = if is_silent { String::new() } else { plain(&written.text)? };
    let named: String = files.iter().map(|file| format!("\0{}", file.href)).collect();
    let at = PostRef::new(desk.channel().clone(), item(&written.id, &format!("{text}{named}"))?);
    Ok(Draft { files, ..drafted(visit, &at, text, desk.access()) })
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
        return Err(Error::Form(Text::new("compose-nothing")));
    }
    if text.len() > MAX_TEXT {
        return Err(Error::Form(Text::new("compose-too-long").with("most", MAX_TEXT).with("size", text.len())));
    }
    Ok(text.to_owned())
}

/// The id of a new post: it follows from the id that the form was shown with and from the text. So the same text sent
/// twice is one post, and another text sent from the same form, which a browser's Back brings, is another post.
fn item(form: &str, text: &str) -> Result<PostId, Error> {
    if !(6..=128).contains(&form.len()) || form.bytes().any(|byte| !byte.is_ascii_alphanumeric() && byte != b'-') {
        return Err(Error::Form(Text::new("compose-not-complete")));
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
