//! Who follows a channel, and what its owner and moderators do about people.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{channel, closed};
use crate::channel::{Address, ChannelId, Followers, Role};
use crate::language::Text;
use crate::session::{self, PageRequest, Verdict};
use crate::web::csrf::Protected;
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{ChannelHead, PersonRow};
use crate::web::html::{self, Frame};
use crate::web::sentences::Sentence;
use crate::web::urls::{self, AtChannel};
use crate::web::visit::{SignedIn, Visit};

/// How many followers one page lists.
const LISTED: usize = 500;

#[derive(Template)]
#[template(path = "pages/followers.html")]
pub(super) struct FollowersPage {
    pub(super) frame: Frame,
    pub(super) channel: ChannelHead,
    pub(super) sentence: String,
    pub(super) people: Vec<PersonRow>,
    pub(super) left_out: usize,
    pub(super) requests: Vec<PersonRow>,
    pub(super) banned: Vec<PersonRow>,
    pub(super) may_manage: bool,
    pub(super) may_invite: bool,
    pub(super) roles_url: String,
    pub(super) requests_url: String,
    pub(super) invitations_url: String,
    pub(super) typed: Typed,
    pub(super) problem: Option<String>,
}

/// The addresses in the forms below the list, given back where they were not taken.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) kept_out: String,
    pub(super) invited: String,
    /// Whether an invitation has just gone out.
    pub(super) is_invited: bool,
}

/// What the form for somebody's part sends.
#[derive(Deserialize)]
pub struct Part {
    #[serde(default)]
    who: String,
    #[serde(default)]
    role: String,
}

/// What the answer to a request sends.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    who: String,
    #[serde(default)]
    verdict: String,
    /// The page that it was given on.
    #[serde(default)]
    back: String,
}

/// What an invitation sends.
#[derive(Deserialize)]
pub struct Invitation {
    #[serde(default)]
    who: String,
}

/// `?invited`: whether an invitation has just gone out.
#[derive(Debug, Default, Deserialize)]
pub struct After {
    invited: Option<String>,
}

/// Who follows it, where the server tells.
pub async fn list(
    AtChannel(id): AtChannel,
    after: Result<Query<After>, QueryRejection>,
    visit: Visit,
) -> Result<Response, Error> {
    let is_invited = after.is_ok_and(|Query(After { invited })| invited.is_some());
    page(&visit, &id, Typed { is_invited, ..Typed::default() }, None).await
}

/// Gives somebody another part.
pub async fn change(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(Part { who, role }): Protected<Part>,
) -> Result<Response, Error> {
    let changed = match (read(&who), read_role(&role)) {
        (Ok(who), Some(role)) => visit.session.set_role(&id, &who, role).await.map_err(Error::from),
        (Err(error), _) => Err(error),
        (_, None) => Err(Error::Form(Text::new("error-no-such-part"))),
    };
    let kept_out = if role == "banned" { who } else { String::new() };
    done(&visit, &id, Typed { kept_out, ..Typed::default() }, changed).await
}

/// Lets somebody in, or not.
pub async fn answer(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(Answer { who, verdict, back }): Protected<Answer>,
) -> Result<Response, Error> {
    let verdict = if verdict == "approve" { Verdict::Approve } else { Verdict::Deny };
    let answered = match read(&who) {
        Ok(who) => visit.session.answer_request(&id, &who, verdict).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    if answered.is_ok() && !back.is_empty() {
        return Ok(html::see_other(&urls::local_path(&back)));
    }
    done(&visit, &id, Typed::default(), answered).await
}

/// Invites somebody.
pub async fn invite(
    AtChannel(id): AtChannel,
    SignedIn(visit): SignedIn,
    Protected(Invitation { who }): Protected<Invitation>,
) -> Result<Response, Error> {
    let invited = match read(&who) {
        Ok(who) => visit.session.invite(&id, &who).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    match invited {
        Ok(()) => Ok(html::see_other(&urls::followers_after_invitation(&id))),
        failed => done(&visit, &id, Typed { invited: who, ..Typed::default() }, failed).await,
    }
}

/// The list as it is now; where something did not work, with the sentence that says why and what was typed.
async fn done(visit: &Visit, id: &ChannelId, typed: Typed, result: Result<(), Error>) -> Result<Response, Error> {
    match result {
        Ok(()) => Ok(html::see_other(&urls::followers(id))),
        Err(error) => page(visit, id, typed, Some(error)).await,
    }
}

fn read(who: &str) -> Result<Address, Error> {
    let address = who.trim().parse::<Address>().ok().filter(|address| address.node().is_some());
    address.ok_or_else(|| Error::Form(Text::new("error-address-form")))
}

fn read_role(role: &str) -> Option<Role> {
    ROLES.iter().find(|(value, ..)| *value == role).map(|(_, role, _)| *role)
}

/// The parts that can be given, how the form calls them and how people do.
pub(super) const ROLES: [(&str, Role, &str); 5] = [
    ("follower", Role::Follower, "role-may-read"),
    ("publisher", Role::Publisher, "role-may-post"),
    ("moderator", Role::Moderator, "role-moderator"),
    ("banned", Role::Banned, "role-kept-out"),
    ("stranger", Role::Stranger, "role-none"),
];

async fn page(visit: &Visit, id: &ChannelId, typed: Typed, problem: Option<Error>) -> Result<Response, Error> {
    let request = PageRequest { before: None, size: 1 };
    let (view, followers) = tokio::join!(visit.session.channel(id, request), visit.session.followers(id));
    let (view, followers) = match (view, followers) {
        (Ok(view), Ok(followers)) => (view, followers),
        (Err(error), _) | (_, Err(error)) => return closed::page(visit, id, error).await,
    };
    let channel = channel::head(visit, &view);
    let (sentence, people) = match followers {
        Followers::Known(people) => (count(people.len() as u64), people),
        Followers::Counted(number) => (format!("{} The server does not say who.", count(number)), Vec::new()),
        Followers::Hidden => ("The server does not tell who follows this channel.".to_owned(), Vec::new()),
    };
    let may_manage = view.may_manage() && view.abilities.roles;
    let may_answer = view.may_manage() && view.abilities.requests;
    let unknown = || async { Ok::<_, session::Error>(Vec::new()) };
    let (requests, banned) =
        tokio::join!(async { if may_answer { visit.session.requests(id).await } else { unknown().await } }, async {
            if may_manage { visit.session.banned(id).await } else { unknown().await }
        },);
    let row = |part: &(Address, Role)| {
        let is_changeable = may_manage && part.1 != Role::Owner && visit.viewer.as_ref() != Some(&part.0);
        PersonRow::new(part, id).with_choices(if is_changeable { &ROLES } else { &[] }, view.part.role, part.1)
    };
    let plain = |people: Vec<Address>| -> Vec<PersonRow> {
        people.into_iter().take(LISTED).map(|person| PersonRow::new(&(person, Role::Stranger), id)).collect()
    };
    let page = FollowersPage {
        frame: Frame::new(visit, Text::new("followers-page").with("channel", &channel.title)),
        channel,
        sentence,
        left_out: people.len().saturating_sub(LISTED),
        people: people.iter().take(LISTED).map(row).collect(),
        requests: plain(requests.unwrap_or_default()),
        banned: plain(banned.unwrap_or_default()),
        may_manage,
        may_invite: view.may_manage() && view.abilities.invite,
        roles_url: urls::roles(id),
        requests_url: urls::requests(id),
        invitations_url: urls::invitations(id),
        typed,
        problem: problem.as_ref().map(|error| error.sentence().to_string()),
    };
    Ok(html::page(problem.map_or(StatusCode::OK, |error| error.status()), &page))
}

fn count(number: u64) -> String {
    match number {
        0 => Text::new("followers-none").to_string(),
        number => Text::new("followers-count").with("count", number).to_string(),
    }
}
