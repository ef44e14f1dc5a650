//! Every URL in one place: from names to paths and back. No handler and no template builds one itself.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::digest;

use super::error::Error;
use super::state::State;
use crate::channel::{Address, ChannelId, Node, PostId, PostRef};
use crate::session::Scope;

/// What stands for itself inside one segment of a path; everything else is percent-encoded.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b':');

/// The home timeline, or the front page of those who are not signed in.
pub const HOME: &str = "/";
/// The events of the home timeline.
pub const HOME_EVENTS: &str = "/events";
/// The channels known here.
pub const CHANNELS: &str = "/channels";
/// The followed channels, and the form to follow one by typing its address.
pub const FOLLOWS: &str = "/follows";
/// The sign-in form.
pub const SIGN_IN: &str = "/sign-in";
/// Where the sign-out button posts to.
pub const SIGN_OUT: &str = "/sign-out";
/// The registration form.
pub const REGISTER: &str = "/register";
/// What belongs to the account and to this browser.
pub const ACCOUNT: &str = "/account";
/// Where the chosen looks are sent to.
pub const LOOKS: &str = "/account/looks";
/// Where it is said which sign-ins shall end.
pub const SIGN_INS: &str = "/account/sign-ins";
/// The list of sign-ins within its page.
pub const SIGN_IN_LIST: &str = "/account#sign-ins";
/// The form for another password.
pub const PASSWORD: &str = "/account/password";
/// The person's picture, and another one.
pub const PICTURE: &str = "/account/picture";
/// The overview, and a word that the picture is changed.
pub const PICTURE_CHANGED: &str = "/account?changed=picture";
/// What the person says about themselves, and the form to change it.
pub const PROFILE: &str = "/account/profile";
/// Whom the person has blocked, and the form to block somebody.
pub const BLOCKED: &str = "/account/blocked";
/// The question whether the account shall go.
pub const LEAVING: &str = "/account/leave";
/// The overview, and a word that the password is changed.
pub const PASSWORD_CHANGED: &str = "/account?changed=password";
/// All own posts as a file.
pub const OWN_POSTS: &str = "/account/posts.atom";
/// The followed channels as a file.
pub const OWN_FOLLOWS: &str = "/account/follows.opml";
/// The form that follows what such a file names.
pub const IMPORT: &str = "/account/follows";
/// What this person is told of.
pub const NOTIFICATIONS: &str = "/notifications";
/// This person's own channel, whichever it is.
pub const OWN: &str = "/me";
/// The form for a new channel.
pub const NEW_CHANNEL: &str = "/channels/new";
/// Notices by e-mail.
pub const NOTICES: &str = "/notices";
/// Looking for channels and posts.
pub const SEARCH: &str = "/search";
/// Posts for other sites that quote them.
pub const OEMBED: &str = "/oembed";
/// The open channels, for search engines.
pub const SITEMAP: &str = "/sitemap.xml";
/// Where browsers report what the content security policy stopped.
pub const CSP_REPORT: &str = "/csp-report";

/// The forms of a channel's address, as the router reads them: a person's microblog, a Buddycloud channel by its own
/// name, a node of a service.
pub(super) const CHANNEL_BASES: [&str; 3] = ["/@{address}", "/b/{name}", "/c/{service}/{node}"];

/// One name as one segment. `.` and `..` would be taken for steps in the path even when percent-encoded, so they
/// (and names that start with the mark itself) get a `~` in front.
fn segment(name: &str) -> String {
    let mark = if matches!(name, "." | "..") || name.starts_with('~') { "~" } else { "" };
    format!("{mark}{}", utf8_percent_encode(name, SEGMENT))
}

/// Reads a decoded segment back.
pub fn name(segment: &str) -> &str {
    segment.strip_prefix('~').unwrap_or(segment)
}

/// A channel's page.
pub fn channel(channel: &ChannelId) -> String {
    if channel.is_personal() {
        format!("/@{}", segment(channel.address.as_str()))
    } else if channel.is_buddycloud() {
        format!("/b/{}", segment(channel.address.as_str()))
    } else {
        format!("/c/{}/{}", segment(channel.address.as_str()), segment(channel.node.as_str()))
    }
}

/// The path of the channel to which a path within it belongs; `None` for the channel's own page and all else.
pub fn channel_around(path: &str) -> Option<&str> {
    let path = path.split('?').next().unwrap_or_default();
    let names = match path.as_bytes() {
        [b'/', b'@', ..] => 1,
        [b'/', b'b', b'/', ..] => 2,
        [b'/', b'c', b'/', ..] => 3,
        _ => return None,
    };
    path.match_indices('/').nth(names).map(|(end, _)| &path[..end])
}

/// The personal channel of an account.
pub fn person(address: &Address) -> String {
    channel(&ChannelId::personal(address.clone()))
}

/// The channel in which an author of some channel writes of their own: in the same language.
pub fn author(address: &Address, beside: &ChannelId) -> String {
    if beside.is_buddycloud() { channel(&ChannelId::buddycloud(address.clone())) } else { person(address) }
}

/// A page of a channel that is older than the newest.
pub fn channel_before(id: &ChannelId, token: &str) -> String {
    format!("{}?before={}", channel(id), utf8_percent_encode(token, SEGMENT))
}

/// A page of the home timeline that is older than the newest.
pub fn home_before(token: &str) -> String {
    format!("{HOME}?before={}", utf8_percent_encode(token, SEGMENT))
}

/// The threads of a channel, that with the latest reply first.
pub fn threads(id: &ChannelId) -> String {
    format!("{}/threads", channel(id))
}

/// The next page of them.
pub fn threads_before(id: &ChannelId, token: &str) -> String {
    format!("{}?before={}", threads(id), utf8_percent_encode(token, SEGMENT))
}

/// The picture of a person.
pub const FACE: &str = "/faces/{address}";

/// The address of the picture of a person.
pub fn face(who: &Address) -> String {
    FACE.replace("{address}", &utf8_percent_encode(who.as_str(), SEGMENT).to_string())
}

/// Where it is said that everything was read.
pub const READ: &str = "/follows/read";

/// The newest posts of a channel, for feed readers.
pub fn feed(id: &ChannelId) -> String {
    format!("{}/feed", channel(id))
}

/// A post and its replies, for feed readers.
pub fn thread_feed(at: &PostRef) -> String {
    format!("{}/feed", post(at))
}

/// A post for other sites that quote it, as an absolute URL.
pub fn oembed(public_url: &str, at: &PostRef) -> String {
    let page = absolute(public_url, &post(at));
    absolute(public_url, &format!("{OEMBED}?url={}&format=json", utf8_percent_encode(&page, NON_ALPHANUMERIC)))
}

/// What a channel says about itself.
pub fn about(id: &ChannelId) -> String {
    format!("{}/about", channel(id))
}

/// Who follows a channel.
pub fn followers(id: &ChannelId) -> String {
    format!("{}/followers", channel(id))
}

/// The same, and a word that the invitation is on its way.
pub fn followers_after_invitation(id: &ChannelId) -> String {
    format!("{}?invited=yes", followers(id))
}

/// The channel page that stays open and needs no script.
pub fn live(id: &ChannelId) -> String {
    format!("{}/live", channel(id))
}

/// Where a new post is sent to.
pub fn posts(id: &ChannelId) -> String {
    format!("{}/posts", channel(id))
}

/// Whether the form that is sent to a path holds a password, so that nothing of it is given back.
pub fn takes_passwords(path: &str) -> bool {
    matches!(path, SIGN_IN | REGISTER | PASSWORD | LEAVING)
}

/// Whether the form that is sent to a path may bring files: posts and replies do, a list of what somebody follows, and
/// the picture of a person.
pub fn takes_files(path: &str) -> bool {
    if path == IMPORT || path == PICTURE {
        return true;
    }
    let within = channel_around(path).map_or("", |channel| &path[channel.len()..]);
    match within.strip_prefix("/posts") {
        Some("") => true,
        Some(post) => post.strip_suffix("/replies").is_some_and(|id| id.len() > 1 && !id[1..].contains('/')),
        None => false,
    }
}

/// Where the follow button posts to.
pub fn follow(id: &ChannelId) -> String {
    format!("{}/follow", channel(id))
}

/// Where the unfollow button posts to.
pub fn unfollow(id: &ChannelId) -> String {
    format!("{}/unfollow", channel(id))
}

/// The form for a channel's title and the like.
pub fn settings(id: &ChannelId) -> String {
    format!("{}/settings", channel(id))
}

/// The question whether a channel shall go, and where the answer is sent to.
pub fn delete_channel(id: &ChannelId) -> String {
    format!("{}/delete", channel(id))
}

/// Where a new status line is sent to.
pub fn status(id: &ChannelId) -> String {
    format!("{}/status", channel(id))
}

/// Where the place of a channel's owner is sent to.
pub fn place(id: &ChannelId) -> String {
    format!("{}/place", channel(id))
}

/// Where somebody's part in a channel is changed.
pub fn roles(id: &ChannelId) -> String {
    format!("{}/roles", channel(id))
}

/// Where requests to follow are answered.
pub fn requests(id: &ChannelId) -> String {
    format!("{}/requests", channel(id))
}

/// Where invitations are sent to.
pub fn invitations(id: &ChannelId) -> String {
    format!("{}/invitations", channel(id))
}

/// Where a like of a post is sent to.
pub fn like(at: &PostRef) -> String {
    format!("{}/like", post(at))
}

/// Where it is said that a post is liked no more.
pub fn unlike(at: &PostRef) -> String {
    format!("{}/unlike", post(at))
}

/// What somebody has begun to write.
pub const DRAFTS: &str = "/drafts";
/// One of it, in the form again.
pub const DRAFT: &str = "/drafts/{id}";
/// Where it is thrown away.
pub const REMOVE_DRAFT: &str = "/drafts/{id}/remove";

/// A draft in the form again.
pub fn draft(id: &PostId) -> String {
    format!("{DRAFTS}/{}", segment(id.as_str()))
}

/// Where a draft is thrown away.
pub fn remove_draft(id: &PostId) -> String {
    format!("{}/remove", draft(id))
}

/// The posts with a tag: a page, and with `.atom` behind it a feed.
pub const TAGS: &str = "/tags/{tag}";

/// The page of the posts with a tag.
pub fn tag(tag: &str) -> String {
    format!("/tags/{}", segment(tag))
}

/// The newest posts with a tag, for feed readers.
pub fn tag_feed(tag: &str) -> String {
    format!("{}.atom", self::tag(tag))
}

/// Where an emoji for a post is sent to.
pub fn react(at: &PostRef) -> String {
    format!("{}/react", post(at))
}

/// A person, as the router reads it.
pub const PERSON: &str = "/people/{address}";

/// The page of a person.
pub fn profile(who: &Address) -> String {
    PERSON.replace("{address}", &utf8_percent_encode(who.as_str(), SEGMENT).to_string())
}

/// The form that blocks somebody, filled in.
pub fn block(who: &Address) -> String {
    format!("{BLOCKED}?who={}", utf8_percent_encode(who.as_str(), SEGMENT))
}

/// The page of what was found for some words.
pub fn search(words: &str) -> String {
    format!("{SEARCH}?q={}", utf8_percent_encode(words, SEGMENT))
}

/// The page of a post and its replies.
pub fn post(post: &PostRef) -> String {
    format!("{}/posts/{}", channel(&post.channel), segment(post.id.as_str()))
}

/// Where a reply is sent to.
pub fn replies(to: &PostRef) -> String {
    format!("{}/replies", post(to))
}

/// The form that passes a post on, and where it is sent to.
pub fn share(at: &PostRef) -> String {
    format!("{}/share", post(at))
}

/// The form that changes a post.
pub fn edit(at: &PostRef) -> String {
    format!("{}/edit", post(at))
}

/// The question whether a post shall go.
pub fn remove(at: &PostRef) -> String {
    format!("{}/remove", post(at))
}

/// A post inside its channel's page.
pub fn post_in_channel(at: &PostRef) -> String {
    format!("{}#{}", channel(&at.channel), card_id(at))
}

/// A reply inside the page of the post it answers.
pub fn reply_in_thread(to: &PostRef, reply: &PostRef) -> String {
    format!("{}#{}", post(to), card_id(reply))
}

/// The live events of what a page shows.
pub fn events(scope: &Scope) -> String {
    match scope {
        Scope::Home => HOME_EVENTS.to_owned(),
        Scope::Channel(id) => format!("{}/events", channel(id)),
        Scope::Thread(at) => format!("{}/events", post(at)),
    }
}

/// The sign-in form that leads back to `next` afterwards.
pub fn sign_in_then(next: &str) -> String {
    if next == HOME { SIGN_IN.to_owned() } else { format!("{SIGN_IN}?next={}", utf8_percent_encode(next, SEGMENT)) }
}

/// The sign-in form after the password was changed.
pub const SIGN_IN_WITH_NEW: &str = "/sign-in?changed=yes";

/// The sign-in form for an account that was just made.
pub fn sign_in_with(address: &Address) -> String {
    format!("{SIGN_IN}?made={}", utf8_percent_encode(address.as_str(), SEGMENT))
}

/// A stranger's picture: the tag that makes it ours to fetch, the size, the address in base64url.
pub fn picture(tag: &str, size: &str, source: &str) -> String {
    format!("/media/{tag}/{size}/{source}")
}

/// The DOM id of a post's card: the same in the page, in the answer to a form and in a live event.
pub fn card_id(at: &PostRef) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [at.channel.address.as_str(), at.channel.node.as_str(), at.id.as_str()] {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    let hash = context.finish();
    let first: [u8; 8] = hash.as_ref()[..8].try_into().expect("SHA-256 has 32 bytes");
    format!("post-{:016x}", u64::from_be_bytes(first))
}

/// A path of ours as an absolute URL, for what leaves this site.
pub fn absolute(public_url: &str, path: &str) -> String {
    format!("{}{path}", public_url.trim_end_matches('/'))
}

/// Where to go after signing in: `wanted` if it is a path of this site, else home. It is read as a browser reads
/// it, against a base of ours, and only the path and query of the result are kept.
pub fn local_path(wanted: &str) -> String {
    let is_plain = wanted.len() <= 2000
        && wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains(|c: char| c == '\\' || c.is_control());
    let base = url::Url::parse("https://here.invalid/").expect("the constant is a URL");
    match base.join(wanted) {
        Ok(url) if is_plain && url.origin() == base.origin() && !url.path().starts_with("//") => {
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
            format!("{}{query}{fragment}", url.path())
        }
        _ => HOME.to_owned(),
    }
}

/// The channel that a request's path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtChannel(pub ChannelId);

/// The post that a request's path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtPost(pub PostRef);

impl FromRequestParts<State> for AtChannel {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Error::NotFound)?;
        let param = |key: &str| params.iter().find(|(k, _)| *k == key).map(|(_, value)| name(value));
        let read = match param("name") {
            Some(name) => read_buddycloud(name),
            None => read_channel(param("address"), param("service"), param("node")),
        };
        read.map(AtChannel).ok_or(Error::NotFound)
    }
}

impl FromRequestParts<State> for AtPost {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let AtChannel(channel) = AtChannel::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Error::NotFound)?;
        let id = params.iter().find(|(key, _)| *key == "id").map(|(_, value)| name(value));
        let id = id.and_then(|id| PostId::new(id).ok()).ok_or(Error::NotFound)?;
        Ok(AtPost(PostRef::new(channel, id)))
    }
}

fn read_channel(address: Option<&str>, service: Option<&str>, node: Option<&str>) -> Option<ChannelId> {
    match (address, service, node) {
        (Some(address), ..) => {
            let address: Address = address.parse().ok()?;
            address.node().is_some().then(|| ChannelId::personal(address))
        }
        (None, Some(service), Some(node)) => Some(ChannelId::new(service.parse().ok()?, Node::new(node).ok()?)),
        _ => None,
    }
}

fn read_buddycloud(name: &str) -> Option<ChannelId> {
    let name: Address = name.parse().ok()?;
    name.node().is_some().then(|| ChannelId::buddycloud(name))
}

/// Reads one of our own paths back into the channel and, where it names one, the post. Query and fragment are
/// ignored.
pub fn read(path: &str) -> Option<(ChannelId, Option<PostId>)> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.strip_prefix('/')?.split('/').map(|part| percent_decode_str(part).decode_utf8().ok());
    let first = segments.next()??;
    let channel = match first.strip_prefix('@') {
        Some(address) => read_channel(Some(name(address)), None, None)?,
        None if first == "b" => read_buddycloud(name(&segments.next()??))?,
        None if first == "c" => {
            let (service, node) = (segments.next()??, segments.next()??);
            read_channel(None, Some(name(&service)), Some(name(&node)))?
        }
        None => return None,
    };
    match segments.next() {
        Some(Some(posts)) if posts == "posts" => {
            let id = segments.next().flatten();
            let id = id.map(|id| PostId::new(name(&id))).transpose().ok()?;
            Some((channel, id))
        }
        _ => Some((channel, None)),
    }
}

/// Reads the absolute URL of a post's own page back.
pub fn read_post(public_url: &str, wanted: &str) -> Option<PostRef> {
    let (base, wanted) = (url::Url::parse(public_url).ok()?, url::Url::parse(wanted).ok()?);
    let (channel, id) = read(wanted.path()).filter(|_| wanted.origin() == base.origin())?;
    let at = PostRef::new(channel, id?);
    let depth = |path: &str| path.matches('/').count();
    (depth(wanted.path()) == depth(&post(&at))).then_some(at)
}

#[cfg(test)]
#[path = "urls_tests.rs"]
mod tests;
