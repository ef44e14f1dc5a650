//! A person: what they say about themselves, and the ways to them.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::closed;
use crate::channel::profile::Profile;
use crate::channel::{Address, ChannelId};
use crate::media::Size;
use crate::session::{self, Person};
use crate::web::error::Error;
use crate::web::filters;
use crate::web::fragments::{ChannelRow, Monogram};
use crate::web::html::{self, Frame};
use crate::web::markup::{self, SafeHtml};
use crate::web::visit::Visit;
use crate::web::{pictures, urls};

/// How many of the followed channels one page lists.
const LISTED: usize = 100;

#[derive(Template)]
#[template(path = "pages/person.html")]
pub(super) struct PersonPage {
    pub(super) frame: Frame,
    pub(super) head: PersonHead,
    /// `None` where nothing is said, or nothing to this visitor.
    pub(super) note: Option<SafeHtml>,
    pub(super) place: Option<String>,
    pub(super) links: Vec<LinkLine>,
    pub(super) is_silent: bool,
    pub(super) follows: Vec<ChannelRow>,
    pub(super) channel_url: String,
    pub(super) edit_url: Option<&'static str>,
    pub(super) block_url: Option<String>,
    pub(super) uri: String,
}

/// The head of the page.
pub(super) struct PersonHead {
    pub(super) name: String,
    /// What else they are called.
    pub(super) nickname: Option<String>,
    pub(super) address: String,
    pub(super) hue: u8,
    pub(super) initial: String,
    pub(super) picture: Option<String>,
    pub(super) banner: Option<String>,
}

/// A link of theirs.
pub(super) struct LinkLine {
    pub(super) href: String,
    pub(super) words: String,
}

impl PersonHead {
    pub(super) fn new(who: &Address, person: &Person) -> Self {
        let profile = person.profile.as_ref();
        let address = who.to_string();
        let nickname = profile.and_then(|profile| profile.nickname.as_deref()).and_then(markup::name);
        let name = profile.and_then(Profile::called).and_then(markup::name).unwrap_or_else(|| address.clone());
        let Monogram { hue, initial } = Monogram::new(&address, &name);
        PersonHead {
            nickname: nickname.filter(|nickname| *nickname != name),
            name,
            address,
            hue,
            initial,
            picture: Some(urls::face(who)),
            banner: person.banner.as_deref().and_then(|url| pictures::address(url, Size::Large)),
        }
    }
}

/// Shows somebody.
pub async fn show(Path(address): Path<String>, visit: Visit) -> Result<Response, Error> {
    let who = address.parse::<Address>().ok().filter(|who| who.node().is_some()).ok_or(Error::NotFound)?;
    let person = match visit.session.person(&who).await {
        Ok(person) => person,
        Err(error @ session::Error::Blocked) => {
            return closed::page(&visit, &ChannelId::personal(who), error).await;
        }
        Err(error) => return Err(error.into()),
    };
    let is_own = visit.viewer.as_ref() == Some(&who);
    let head = PersonHead::new(&who, &person);
    let may_block = visit.viewer.is_some() && !is_own && visit.session.can_block();
    let Person { profile, follows, .. } = person;
    let is_silent = profile.is_none();
    let profile = profile.unwrap_or_default();
    let links = profile.links.iter().take(Profile::LINKS).filter_map(|link| markup::read_link(link));
    let page = PersonPage {
        frame: Frame::new(&visit, head.name.clone()),
        head,
        note: profile.note.as_deref().map(markup::text).filter(|note| !note.is_empty()),
        place: profile.place.as_deref().and_then(markup::name),
        links: links.map(|target| LinkLine { words: words(&target), href: target.href }).collect(),
        is_silent,
        follows: follows.iter().take(LISTED).map(|follow| ChannelRow::new(&follow.about)).collect(),
        channel_url: urls::person(&who),
        edit_url: is_own.then_some(urls::PROFILE),
        block_url: may_block.then(|| urls::block(&who)),
        uri: format!("xmpp:{who}"),
    };
    Ok(html::page(StatusCode::OK, &page))
}

/// An address as it is read: without what every one of them begins with.
fn words(target: &markup::Target) -> String {
    let whole = target.original.split_once("://").map_or(target.original.as_str(), |(_, rest)| rest);
    markup::name(whole.trim_end_matches('/')).unwrap_or_else(|| target.shown.clone())
}
