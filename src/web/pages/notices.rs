//! Notices by e-mail, where the channel service has somebody who sends them.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::language::Text;
use crate::session::view::MailNotices;
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::html::{self, Frame};
use crate::web::sentences::Sentence;
use crate::web::urls;
use crate::web::visit::{SignedIn, Visit};

/// The longest e-mail address, in bytes (RFC 5321 §4.5.3.1).
const MAX_TARGET: usize = 254;

#[derive(Template)]
#[template(path = "pages/notices.html")]
pub(super) struct NoticesPage {
    pub(super) frame: Frame,
    pub(super) forms: Vec<NoticesForm>,
    pub(super) problem: Option<Text>,
}

/// The form of one e-mail address.
pub(super) struct NoticesForm {
    pub(super) number: usize,
    /// Empty for a new one.
    pub(super) target: String,
    pub(super) choices: [(&'static str, Text, bool); 6],
}

impl NoticesForm {
    pub(super) fn new(number: usize, notices: &MailNotices) -> Self {
        NoticesForm {
            number,
            target: notices.target.clone(),
            choices: [
                ("mention", Text::new("notice-mention"), notices.mention),
                ("after", Text::new("notice-after"), notices.post_after_me),
                ("mine", Text::new("notice-mine"), notices.post_on_mine),
                ("followed", Text::new("notice-followed"), notices.post_on_followed),
                ("follow", Text::new("notice-follow"), notices.follow),
                ("request", Text::new("notice-request"), notices.request),
            ],
        }
    }
}

/// What such a form sends.
#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    target: String,
    mention: Option<String>,
    after: Option<String>,
    mine: Option<String>,
    followed: Option<String>,
    follow: Option<String>,
    request: Option<String>,
}

/// What is chosen at present.
pub async fn show(SignedIn(visit): SignedIn) -> Result<Response, Error> {
    page(&visit, None, None).await
}

/// Chooses for one e-mail address.
pub async fn update(SignedIn(visit): SignedIn, Protected(chosen): Protected<Chosen>) -> Result<Response, Error> {
    let notices = MailNotices {
        target: chosen.target.trim().to_owned(),
        mention: chosen.mention.is_some(),
        post_after_me: chosen.after.is_some(),
        post_on_mine: chosen.mine.is_some(),
        post_on_followed: chosen.followed.is_some(),
        follow: chosen.follow.is_some(),
        request: chosen.request.is_some(),
    };
    let is_address = notices.target.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
    let is_plain = notices.target.len() <= MAX_TARGET && !notices.target.contains(|c: char| c.is_whitespace());
    if !is_address || !is_plain {
        let problem = Error::Form(Text::new("notices-wrong"));
        return page(&visit, Some(notices), Some(problem)).await;
    }
    match visit.session.set_mail_notices(&notices).await {
        Ok(()) => Ok(html::see_other(urls::NOTICES)),
        Err(error) => page(&visit, Some(notices), Some(error.into())).await,
    }
}

async fn page(visit: &Visit, typed: Option<MailNotices>, problem: Option<Error>) -> Result<Response, Error> {
    let mut all = visit.session.mail_notices().await?;
    match typed {
        Some(typed) => match all.iter_mut().find(|known| known.target == typed.target) {
            Some(known) => *known = typed,
            None => all.push(typed),
        },
        None => all.push(MailNotices::default()),
    }
    let forms = all.iter().enumerate().map(|(number, notices)| NoticesForm::new(number, notices)).collect();
    let status = problem.as_ref().map_or(StatusCode::OK, Error::status);
    let problem = problem.map(|error| error.sentence());
    Ok(html::page(status, &NoticesPage { frame: Frame::new(visit, Text::new("notices-title")), forms, problem }))
}
