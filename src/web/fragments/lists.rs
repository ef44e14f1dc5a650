//! Lists and headers: timelines, rows of channels and people, the head of a channel.

use std::sync::Arc;

use askama::Template;

use super::card::{Place, Powers, entry_for, rendered};
use crate::channel::{About, Address, ChannelId, Kind, Role};
use crate::language::Text;
use crate::session::{Follow, FollowNews, Posts};
use crate::web::filters;
use crate::web::markup::{self, SafeHtml};
use crate::web::urls;
use crate::web::visit::Visitor;

/// A letter on a colour, by which an address is recognised at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monogram {
    /// Which of the colours; the same for the same address everywhere.
    pub hue: u8,
    /// One character.
    pub initial: String,
}

impl Monogram {
    /// How many colours there are.
    const HUES: u32 = 12;
    /// The grey for those who are not known.
    pub const NO_HUE: u8 = 12;

    /// The colour of an address and the first letter of a name.
    pub fn new(address: &str, name: &str) -> Self {
        let sum = address.bytes().fold(2_166_136_261_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(16_777_619));
        let initial = name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().take(1).collect());
        let hue = u8::try_from((sum >> 8) % Self::HUES).unwrap_or(0);
        Monogram { hue, initial: initial.unwrap_or_else(|| "·".to_owned()) }
    }
}

/// One page of posts, newest first, with the place where new ones arrive.
#[derive(Template)]
#[template(path = "fragments/timeline.html")]
pub struct Timeline {
    entries: Vec<SafeHtml>,
    left_out: usize,
    channels_left_out: usize,
    older_url: Option<String>,
    empty: Text,
    /// Whether a link to all channels stands beside it.
    shows_around: bool,
    is_one_channel: bool,
    may_moderate: bool,
    nonce: String,
}

impl Timeline {
    /// The posts of all followed channels.
    pub fn home(visitor: &Visitor, posts: &Posts) -> Self {
        let empty = Text::new("timeline-nothing-yet");
        let powers = Powers::of_author(visitor.viewer.as_ref());
        Timeline {
            empty,
            shows_around: true,
            is_one_channel: false,
            ..Self::new(visitor, posts, powers, urls::home_before)
        }
    }

    /// The posts of one channel.
    pub fn channel(visitor: &Visitor, posts: &Posts, id: &ChannelId, powers: Powers) -> Self {
        Self::new(visitor, posts, powers, |token| urls::channel_before(id, token))
    }

    /// The posts as this visitor sees them; `older` makes the address of the next page.
    fn new(visitor: &Visitor, posts: &Posts, powers: Powers, older: impl Fn(&str) -> String) -> Self {
        Timeline {
            entries: posts.posts.iter().map(|post| entry_for(post, Place::Post, powers)).collect(),
            left_out: posts.left_out,
            channels_left_out: posts.channels_left_out,
            older_url: posts.older.as_deref().map(older),
            empty: Text::new("timeline-empty"),
            shows_around: false,
            is_one_channel: true,
            may_moderate: powers.may_moderate,
            nonce: visitor.nonce.clone(),
        }
    }

    /// As HTML.
    pub fn html(&self) -> SafeHtml {
        rendered(self)
    }
}

/// The head of every page about one channel.
#[derive(Debug, Clone)]
pub struct ChannelHead {
    /// Its name.
    pub title: String,
    /// What a person types to get here.
    pub shown: String,
    /// Its page.
    pub url: String,
    /// What is talked about, where that can be listed.
    pub threads_url: Option<String>,
    /// What it says about itself.
    pub about_url: String,
    /// Who follows it.
    pub followers_url: String,
    /// A few sentences.
    pub description: Option<String>,
    /// Its colour.
    pub hue: u8,
    /// Its letter.
    pub initial: String,
    /// The picture of the person whose channel it is.
    pub picture: Option<String>,
    /// What its owner says in one line.
    pub status: Option<String>,
    /// Where its owner is.
    pub place: Option<String>,
    /// How many people ask to follow it, for those who can answer.
    pub waiting: usize,
    /// The form for its title and the like, for those who may change them.
    pub settings_url: Option<String>,
    /// The follow button, for those who are signed in.
    pub follow: Option<SafeHtml>,
}

impl ChannelHead {
    /// The head, without a button.
    pub fn new(about: &About) -> Self {
        let row = ChannelRow::new(about);
        ChannelHead {
            title: row.title,
            shown: row.shown,
            url: row.url,
            threads_url: about.id.is_buddycloud().then(|| urls::threads(&about.id)),
            about_url: urls::about(&about.id),
            followers_url: urls::followers(&about.id),
            description: about.description.as_deref().and_then(|text| markup::line(text, 5000)),
            hue: row.hue,
            initial: row.initial,
            picture: row.picture,
            status: about.status.as_deref().and_then(|text| markup::line(text, 500)),
            place: about.place.as_deref().and_then(markup::name),
            waiting: 0,
            settings_url: None,
            follow: None,
        }
    }
}

/// A channel in a list.
#[derive(Debug, Clone)]
pub struct ChannelRow {
    /// Its name.
    pub title: String,
    /// What a person types to get there.
    pub shown: String,
    /// Its page.
    pub url: String,
    /// The beginning of its description.
    pub description: Option<String>,
    /// Its colour.
    pub hue: u8,
    /// Its letter.
    pub initial: String,
    /// The picture of the person whose channel it is.
    pub picture: Option<String>,
    /// Whether the owner has yet to let this person in.
    pub is_pending: bool,
    /// Who invites this person.
    pub invited_by: Option<String>,
    /// Where the button to accept the invitation posts to.
    pub accept_url: Option<String>,
    /// Where the button to stop following posts to, if there is one.
    pub unfollow_url: Option<String>,
    /// Whether it is the reader's own.
    pub is_own: bool,
    /// How many posts are new to the reader, in words as short as a number.
    pub unread: Option<String>,
    /// How many of them name the reader.
    pub mentions: usize,
}

impl ChannelRow {
    /// A row without a button.
    pub fn new(about: &About) -> Self {
        let shown = shown(&about.id);
        let title = about.title.as_deref().and_then(markup::name).unwrap_or_else(|| shown.clone());
        let Monogram { hue, initial } = Monogram::new(&shown, &title);
        let description = about.description.as_deref().and_then(|text| markup::line(text, 200));
        let url = urls::channel(&about.id);
        let is_of_person = (about.id.is_personal() || about.id.is_buddycloud()) && about.kind != Kind::Topic;
        ChannelRow {
            title,
            shown,
            url,
            description,
            hue,
            initial,
            picture: is_of_person.then(|| urls::face(&about.id.address)),
            is_pending: false,
            invited_by: None,
            accept_url: None,
            unfollow_url: None,
            is_own: false,
            unread: None,
            mentions: 0,
        }
    }

    /// A row with what is new in it.
    pub fn with_news(line: &FollowNews) -> Self {
        let FollowNews { follow, is_own, news } = line;
        let row = if *is_own { ChannelRow::new(&follow.about) } else { ChannelRow::followed(follow) };
        let more = if news.is_more { "+" } else { "" };
        ChannelRow {
            is_own: *is_own,
            unread: (news.unread > 0).then(|| format!("{}{more}", news.unread)),
            mentions: news.mentions,
            ..row
        }
    }

    /// A row with the button to stop following.
    pub fn followed(follow: &Follow) -> Self {
        let unfollow_url = Some(urls::unfollow(&follow.about.id));
        let invited_by = follow.invited_by.as_ref().map(ToString::to_string);
        let accept_url = invited_by.is_some().then(|| urls::follow(&follow.about.id));
        ChannelRow {
            is_pending: follow.is_pending,
            invited_by,
            accept_url,
            unfollow_url,
            ..ChannelRow::new(&follow.about)
        }
    }
}

/// A channel's address as people say it: they type this to get there. A Buddycloud channel is called by its own name.
pub fn shown(id: &ChannelId) -> String {
    if id.is_buddycloud() { id.address.to_string() } else { id.to_string() }
}

/// Which list it is that holds no channel, for the words that say what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoChannels {
    /// What is known here, to a stranger.
    Known,
    /// The same to somebody who is signed in and can follow one.
    KnownToMember,
    /// What somebody follows.
    Followed,
    /// The same, narrowed down.
    Filtered,
}

/// A list of channels.
#[derive(Template)]
#[template(path = "fragments/channels.html")]
pub struct Channels {
    /// The rows.
    pub channels: Vec<ChannelRow>,
    /// Why there are none.
    pub problem: Option<Text>,
    /// How many more there are, which are not listed.
    pub left_out: usize,
    /// What is said where there are none.
    pub empty: NoChannels,
    /// The token for the buttons.
    pub csrf: String,
}

impl Channels {
    /// As HTML.
    pub fn html(&self) -> SafeHtml {
        rendered(self)
    }
}

/// The followed channels beside a page.
#[derive(Template)]
#[template(path = "fragments/beside.html")]
pub struct Beside {
    rows: Vec<ChannelRow>,
    left_out: usize,
    path: String,
    csrf: String,
    has_news: bool,
}

impl Beside {
    /// How many channels stand there; the list has a page of its own.
    const ROWS: usize = 40;

    /// One's own channel, and those that are followed.
    pub fn new(visitor: &Visitor, lines: &[FollowNews]) -> Self {
        let shown = lines.iter().filter(|line| line.is_own || line.follow.is_followed());
        let mut rows: Vec<ChannelRow> = shown.map(ChannelRow::with_news).collect();
        let left_out = rows.len().saturating_sub(Self::ROWS);
        rows.truncate(Self::ROWS);
        Beside {
            has_news: rows.iter().any(|row| row.unread.is_some()),
            rows,
            left_out,
            path: visitor.path.split('?').next().unwrap_or_default().to_owned(),
            csrf: visitor.csrf.clone(),
        }
    }

    /// As HTML.
    pub fn html(&self) -> SafeHtml {
        rendered(self)
    }
}

/// A person in a list.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// The account.
    pub shown: String,
    /// The person's own channel.
    pub url: String,
    /// Owner or the like.
    pub badge: Option<Text>,
    /// The colour.
    pub hue: u8,
    /// The letter.
    pub initial: String,
    /// The picture.
    pub picture: Option<String>,
    /// The parts that may be given to this person; empty where the reader may give none.
    pub choices: Vec<RoleChoice>,
}

/// A part in a channel that may be given to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleChoice {
    /// What the form sends.
    pub value: &'static str,
    /// What people read.
    pub words: Text,
    /// Whether it is the part that the person has.
    pub is_chosen: bool,
}

impl PersonRow {
    /// A person with a part in a channel, whose followers are listed.
    pub fn new((address, role): &(Address, Role), channel: &ChannelId) -> Self {
        let shown = address.to_string();
        let Monogram { hue, initial } = Monogram::new(&shown, &shown);
        let badge = match role {
            Role::Owner => Some(Text::new("role-owner")),
            Role::Moderator => Some(Text::new("role-moderator")),
            Role::Publisher => Some(Text::new("role-may-post")),
            Role::Banned => Some(Text::new("role-kept-out")),
            Role::Follower | Role::Stranger => None,
        };
        let picture = Some(urls::face(address));
        PersonRow { shown, url: urls::author(address, channel), badge, hue, initial, picture, choices: Vec::new() }
    }
}

impl PersonRow {
    /// The same with the parts that somebody of this role may give: only owners make moderators.
    pub fn with_choices(mut self, roles: &[(&'static str, Role, &'static str)], giver: Role, has: Role) -> Self {
        let given = roles.iter().filter(|(_, role, _)| *role != Role::Moderator || giver == Role::Owner);
        self.choices = given
            .map(|(value, role, words)| RoleChoice { value, words: Text::new(words), is_chosen: *role == has })
            .collect();
        self
    }
}

/// Replies, oldest first, as items of a list.
pub fn replies(posts: &[Arc<crate::channel::Post>], powers: Powers) -> Vec<SafeHtml> {
    posts.iter().map(|post| entry_for(post, Place::Reply, powers)).collect()
}
