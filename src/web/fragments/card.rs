//! The card of a post: the same bytes for every viewer of a language, rendered once and kept for the next page or stream.

use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lru::LruCache;

use super::lists::{self, Monogram};
use crate::channel::{Address, ChannelId, Link, Post, PostRef, Standing};
use crate::language::{Language, Text};
use crate::media::Size;
use crate::web::filters;
use crate::web::markup::{self, Heading, SafeHtml};
use crate::web::{pictures, urls};

/// How many cards are kept.
const KEPT: usize = 4096;
/// The largest card that is kept, in bytes: with [`KEPT`] at most 64 MiB, and as much again for the posts.
const KEPT_BYTES: usize = 16 * 1024;

/// Where the text of a card in a list is cut, in bytes of HTML: 20 of them stay well below 300 kB (security.md X6).
const LISTED_BYTES: usize = 6 * 1024;

/// Where a card stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In a list of posts; a long text is cut.
    Post,
    /// At the head of its own page, whole.
    Whole,
    /// Among the replies to a post.
    Reply,
}

type Kept = LruCache<(PostRef, Place, Language), (Arc<Post>, SafeHtml)>;

static CARDS: LazyLock<Mutex<Kept>> =
    LazyLock::new(|| Mutex::new(LruCache::new(NonZeroUsize::new(KEPT).expect("the constant is not zero"))));

#[derive(Template)]
#[template(path = "fragments/card.html")]
struct Card<'a> {
    id: String,
    is_reply: bool,
    at: String,
    author: Byline<'a>,
    permalink: String,
    published: When,
    edited: Option<When>,
    place: Option<String>,
    channel: Option<Named>,
    is_deleted: bool,
    title: Option<String>,
    body: SafeHtml,
    tags: Vec<String>,
    pictures: Vec<PictureLine>,
    links: Vec<LinkLine>,
    /// Where to read on, if the text is cut.
    whole_url: Option<String>,
    replies_url: Option<String>,
}

/// Who wrote it, in the words of a card.
struct Byline<'a> {
    hue: u8,
    initial: String,
    picture: Option<String>,
    /// The verified account; by it a page knows its viewer's own posts.
    key: Option<&'a Address>,
    url: Option<String>,
    name: String,
    /// The account, where the name is not that already.
    address: Option<String>,
    is_unverified: bool,
    claimed: Option<String>,
}

/// A moment, for programs and for people.
#[derive(Debug, Clone)]
pub struct When {
    /// As programs read it.
    pub machine: String,
    /// As people do.
    pub words: String,
}

impl When {
    /// A moment, to the second.
    pub fn new(at: Timestamp) -> Self {
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let date = TimeZone::UTC.to_datetime(at);
        let number = |part: i16| u64::try_from(part).unwrap_or_default();
        let words = Text::new("moment")
            .with("day", number(date.day().into()))
            .with("month", number(date.month().into()))
            .with("year", number(date.year()))
            .with("time", at.strftime("%H:%M").to_string());
        When { machine: at.to_string(), words: words.to_string() }
    }
}

struct Named {
    url: String,
    shown: String,
}

/// A picture that came beside the text.
struct PictureLine {
    small: String,
    large: String,
    words: String,
}

/// A link that came beside the text.
struct LinkLine {
    kind: Text,
    href: String,
    words: String,
    host: String,
    media_type: Option<String>,
}

#[derive(Template)]
#[template(path = "fragments/entry.html")]
struct Entry {
    card: SafeHtml,
    may_edit: bool,
    may_remove: bool,
    edit_url: String,
    remove_url: String,
}

/// A post's card.
pub fn card(post: &Arc<Post>, place: Place) -> SafeHtml {
    let key = (post.at.clone(), place, Language::spoken());
    {
        let mut cards = CARDS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, html)) = cards.get(&key)
            && (Arc::ptr_eq(known, post) || known == post)
        {
            return html.clone();
        }
    }
    let html = render(post, place);
    if html.as_str().len() <= KEPT_BYTES {
        CARDS.lock().unwrap_or_else(PoisonError::into_inner).put(key, (post.clone(), html.clone()));
    }
    html
}

/// What a post will look like; nothing of it is kept.
pub fn preview(post: &Post) -> SafeHtml {
    render(post, Place::Whole)
}

/// What somebody may do about the posts of a page, besides reading them.
#[derive(Debug, Clone, Copy)]
pub struct Powers<'a> {
    /// Who reads.
    pub viewer: Option<&'a Address>,
    /// Whether this person may take others' posts away.
    pub may_moderate: bool,
    /// Whether the service can change a post that was published.
    pub can_edit: bool,
}

impl<'a> Powers<'a> {
    /// Those of an author over the own posts.
    pub fn of_author(viewer: Option<&'a Address>) -> Self {
        Powers { viewer, may_moderate: false, can_edit: true }
    }
}

/// A post's card as an item of a list, with what its own author can do about it.
pub fn entry(post: &Arc<Post>, place: Place, viewer: Option<&Address>) -> SafeHtml {
    entry_for(post, place, Powers::of_author(viewer))
}

/// A post's card as an item of a list, with what the reader can do about it.
pub fn entry_for(post: &Arc<Post>, place: Place, powers: Powers) -> SafeHtml {
    let is_own = powers.viewer.is_some_and(|viewer| is_by(post, viewer));
    rendered(&Entry {
        card: card(post, place),
        may_edit: is_own && powers.can_edit && !post.is_deleted,
        may_remove: (is_own || powers.may_moderate) && !post.is_deleted,
        edit_url: urls::edit(&post.at),
        remove_url: urls::remove(&post.at),
    })
}

/// Whether somebody may want to change a post: it names them as its author, and nobody else is known to be.
pub fn is_by(post: &Post, person: &Address) -> bool {
    post.author.address.as_ref() == Some(person)
        || (post.at.channel.is_personal() && post.at.channel.address == *person)
}

/// Whether a channel is the own one of the account whose name it bears.
fn is_of_account(channel: &ChannelId) -> bool {
    channel.is_personal() || channel.is_buddycloud()
}

/// A template of ours as HTML. Ours do not fail: every value in them can be displayed.
pub(super) fn rendered(template: &impl Template) -> SafeHtml {
    SafeHtml::rendered(template).unwrap_or_else(|error| {
        tracing::error!(error = %error, "a fragment could not be rendered");
        SafeHtml::default()
    })
}

fn render(post: &Post, place: Place) -> SafeHtml {
    let is_reply = place == Place::Reply;
    let id = urls::card_id(&post.at);
    let limit = if place == Place::Whole { markup::MAX_BYTES } else { LISTED_BYTES };
    let shown = markup::content(&post.content, Heading(if is_reply { 3 } else { 2 }), limit);
    let words = shown.body.as_str().to_lowercase();
    let tags = post.tags.iter().take(50).filter_map(|tag| markup::line(tag, 100));
    let tags = tags.filter(|tag| !words.contains(&format!("#{tag}"))).collect();
    let permalink = match (&post.in_reply_to, is_reply) {
        (Some(to), true) => urls::reply_in_thread(to, &post.at),
        (None, true) => format!("#{id}"),
        (_, false) => urls::post(&post.at),
    };
    let channel = &post.at.channel;
    let is_at_home = is_of_account(channel) && post.author.address.as_ref() == Some(&channel.address);
    let author = byline(post);
    let (pictures, links): (Vec<&Link>, Vec<&Link>) = post.links.iter().take(50).partition(|link| is_picture(link));
    let pictures: Vec<(&Link, Option<PictureLine>)> = pictures.into_iter().map(|link| (link, picture(link))).collect();
    // What stands in the text already is not shown twice; what cannot be shown stays a link.
    let unshown = pictures.iter().filter(|(_, shown)| shown.is_none()).map(|(link, _)| *link);
    let links = links.into_iter().chain(unshown).filter_map(link).collect();
    let (body, pictures) = (shown.body, pictures.into_iter().filter_map(|(_, shown)| shown));
    let pictures = pictures.filter(|picture| !body.as_str().contains(&picture.large)).collect();
    rendered(&Card {
        is_reply,
        at: urls::post(&post.at),
        author,
        permalink,
        published: When::new(post.published),
        edited: post.is_edited().then(|| When::new(post.updated)),
        place: post.place.as_deref().and_then(markup::name),
        is_deleted: post.is_deleted,
        channel: (!is_reply && !is_at_home)
            .then(|| Named { url: urls::channel(channel), shown: lists::shown(channel) }),
        title: shown.headline,
        body,
        whole_url: shown.is_cut.then(|| urls::post(&post.at)),
        tags,
        pictures,
        links,
        replies_url: (place == Place::Post).then(|| format!("{}#replies-title", urls::post(&post.at))),
        id,
    })
}

fn byline(post: &Post) -> Byline<'_> {
    let author = &post.author;
    let address = author.address.as_ref();
    let is_unverified = author.standing == Standing::Unverified;
    let chosen = author.name.as_deref().and_then(markup::name);
    let shown = address.map(ToString::to_string);
    let name = chosen.or_else(|| shown.clone()).unwrap_or_else(|| "Somebody".to_owned());
    let monogram = Monogram::new(shown.as_deref().unwrap_or("?"), &name);
    Byline {
        picture: address.filter(|who| !is_unverified && who.node().is_some()).map(urls::face),
        hue: if is_unverified { Monogram::NO_HUE } else { monogram.hue },
        initial: if is_unverified { "?".to_owned() } else { monogram.initial },
        key: address.filter(|_| author.standing == Standing::Verified),
        url: address.filter(|_| !is_unverified).map(|address| urls::author(address, &post.at.channel)),
        address: shown.filter(|shown| *shown != name),
        name,
        is_unverified,
        claimed: match &author.standing {
            Standing::Contradicted { claimed } => {
                Some(markup::name(claimed).unwrap_or_else(|| Text::new("card-somebody-else").to_string()))
            }
            _ => None,
        },
    }
}

/// The first picture that came beside a post, large, from an address of ours.
pub(super) fn first_picture(post: &Post) -> Option<String> {
    post.links.iter().take(50).filter(|link| is_picture(link)).find_map(picture).map(|picture| picture.large)
}

/// Whether something that came beside the text is a picture, as far as its sender says.
fn is_picture(link: &Link) -> bool {
    let ending = link.href.split(['?', '#']).next().unwrap_or_default().rsplit('.').next().unwrap_or_default();
    let is_named_so = ["gif", "jpeg", "jpg", "png", "webp"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    let is_said_so = link.media_type.as_deref().map(|kind| kind.starts_with("image/") && !kind.contains("svg"));
    link.rel == "enclosure" && is_said_so.unwrap_or(is_named_so)
}

fn picture(link: &Link) -> Option<PictureLine> {
    let source = markup::read_link(&link.href)?.original;
    let words = link.title.as_deref().and_then(markup::name).unwrap_or_else(|| Text::new("card-picture").to_string());
    Some(PictureLine {
        small: pictures::address(&source, Size::Small)?,
        large: pictures::address(&source, Size::Large)?,
        words,
    })
}

fn link(link: &Link) -> Option<LinkLine> {
    let kind = match link.rel.as_str() {
        "enclosure" => Text::new("link-attachment"),
        "related" => Text::new("link-related"),
        "via" => Text::new("link-via"),
        _ => return None,
    };
    let target = markup::read_link(&link.href)?;
    let file = target.original.split(['?', '#']).next().unwrap_or("").rsplit('/').next().unwrap_or("").to_owned();
    let words = link.title.as_deref().and_then(markup::name);
    let words = words.or_else(|| markup::name(&file)).unwrap_or_else(|| target.shown.clone());
    let media_type = link.media_type.as_deref().and_then(markup::name);
    Some(LinkLine { kind, href: target.href, words, host: target.shown, media_type })
}
