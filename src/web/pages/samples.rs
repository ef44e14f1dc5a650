//! Every page rendered with hostile samples, and the rules that hold for all of them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod previews;

use std::collections::HashSet;
use std::sync::Arc;

use askama::Template;
use axum::http::Request;
use jiff::Timestamp;
use scraper::{ElementRef, Html, Selector};
use tokio_util::sync::CancellationToken;

use super::{
    account, channel, channels, closed, deletion, drafts, follows, home, live, new_channel, notices, notifications,
    people, person, posts, search, settings, share, tags, threads,
};
use crate::channel::kept::KeptDraft;
use crate::channel::{
    About, Access, Address, Author, ChannelId, Content, Link, Node, Notification, Post, PostId, PostRef, Role,
    Standing, What,
};
use crate::config::Config;
use crate::language::Text;
use crate::session::view::{BriefThread, ChannelNews, MailNotices};
use crate::session::{EventId, Follow, FollowNews, Notifications, Posts, Scope, Sessions};
use crate::web::fragments::{
    self, Beside, ChannelHead, ChannelRow, Channels, Composer, FollowButton, NoChannels, PersonRow, Place, Powers,
    Preview, Reactions, Timeline, When,
};
use crate::web::html::Frame;
use crate::web::seal::Seal;
use crate::web::state::State;
use crate::web::urls;
use crate::web::visit::Visitor;

/// Breaks out of text, attributes and scripts, turns the writing direction and carries the page's own vocabulary.
const EVIL: &str =
    "\"'><script>alert(1)</script><b data-hx-get=/x hx-get=/x>&lt;\u{202e}{{ 7 }}\u{0}</textarea></title>";

fn alice() -> Address {
    "alice@example.org".parse().unwrap()
}

fn community() -> ChannelId {
    ChannelId::new("pubsub.example.org".parse().unwrap(), Node::new("a\"<b>'&/..").unwrap())
}

fn post(id: &str, standing: Standing) -> Arc<Post> {
    Arc::new(Post {
        at: PostRef::new(community(), PostId::new(id).unwrap()),
        author: Author { address: Some(alice()), name: Some(EVIL.to_owned()), standing },
        content: Content {
            title: Some(EVIL.to_owned()),
            text: Some(EVIL.to_owned()),
            markup: Some(format!("<p>{EVIL}</p>")),
        },
        published: Timestamp::UNIX_EPOCH,
        updated: Timestamp::from_second(60).unwrap(),
        tags: vec![EVIL.to_owned()],
        links: vec![Link {
            rel: "enclosure".to_owned(),
            href: "https://example.net/\"><script>".to_owned(),
            media_type: Some(EVIL.to_owned()),
            title: Some(EVIL.to_owned()),
        }],
        replies: None,
        in_reply_to: None,
        about: None,
        rating: None,
        place: None,
        is_deleted: false,
    })
}

fn all() -> Vec<Arc<Post>> {
    let contradicted = Standing::Contradicted { claimed: EVIL.to_owned() };
    vec![post("1\"<", Standing::Verified), post("2", Standing::Unverified), post("3", contradicted)]
}

/// One notification of each kind, and several of some, by people who call themselves something evil.
fn told() -> Notifications {
    let at = |id| PostRef::new(community(), PostId::new(id).unwrap());
    let (post, reply) = (at("1\"<"), at("2"));
    let whats = [
        What::Replied { to: post.clone(), reply: reply.clone() },
        What::Posted(post.clone()),
        What::Mentioned { within: Some(post.clone()), post: reply.clone() },
        What::Liked { post: post.clone(), like: reply.clone() },
        What::Liked { post, like: reply },
        What::Followed(community()),
        What::Requested(community()),
        What::Invited(community()),
    ];
    let authors = [Some(alice()), None].map(|address| Author {
        standing: if address.is_some() { Standing::Verified } else { Standing::Unverified },
        address,
        name: Some(EVIL.to_owned()),
    });
    let one = |what: &What, who: &Author| {
        let (what, who) = (what.clone(), who.clone());
        Arc::new(Notification { what, who, at: Timestamp::from_second(60).unwrap(), words: Some(EVIL.to_owned()) })
    };
    let list = authors.iter().flat_map(|who| whats.iter().map(move |what| one(what, who))).collect();
    Notifications { list, read: Some(Timestamp::UNIX_EPOCH) }
}

fn about() -> About {
    About {
        posting: crate::channel::Posting::Publishers,
        title: Some(EVIL.to_owned()),
        description: Some(EVIL.to_owned()),
        access: Access::Open,
        status: Some(EVIL.to_owned()),
        place: Some(EVIL.to_owned()),
        ..About::unknown(community())
    }
}

fn typed_settings() -> settings::TypedSettings {
    let mut typed = settings::TypedSettings::of(&about());
    typed.name = EVIL.to_owned();
    let abilities = crate::session::Abilities { default_role: true, ..Default::default() };
    typed.offering(abilities)
}

fn visitor(viewer: Option<Address>) -> Visitor {
    let config = Arc::new(Config::default());
    let sessions = Sessions::new(config.clone(), CancellationToken::new()).unwrap();
    let state = State::with(config, sessions, Seal::random(), || Timestamp::UNIX_EPOCH);
    let (parts, ()) = Request::get("/?x=%22%3E%3Cscript%3E").body(()).unwrap().into_parts();
    let mut visitor = Visitor::read(&state, &parts);
    visitor.viewer = viewer;
    visitor.csrf = "token".to_owned();
    visitor
}

/// Every page of ours by name.
fn pages(visitor: &Visitor) -> Vec<(&'static str, String)> {
    let news = || {
        let follow = Follow { about: about(), is_pending: false, invited_by: None };
        let news = ChannelNews { unread: 20, is_more: true, mentions: 2, latest: None };
        let own = Follow { about: About::unknown(ChannelId::personal(alice())), ..follow.clone() };
        [
            FollowNews { follow: own, is_own: true, news: ChannelNews::default() },
            FollowNews { follow, is_own: false, news },
        ]
    };
    let preview = Preview::post("https://social.example.org", &previews::thread(), EVIL);
    let frame = || {
        let frame = Frame::new(visitor, EVIL).live(&Scope::Channel(community()), EventId { epoch: 1, number: 2 });
        let beside = Some(Beside::new(visitor, &news()).html());
        Frame { beside, unread: 1, ..frame.presenting(preview.as_ref()) }
    };
    let listed = Posts {
        posts: all(),
        older: Some(EVIL.to_owned()),
        left_out: 2,
        channels_left_out: 1,
        seen: EventId { epoch: 1, number: 2 },
    };
    let head = || ChannelHead {
        follow: Some(FollowButton::requested(visitor, &community()).html()),
        waiting: 2,
        settings_url: Some("/settings".to_owned()),
        ..ChannelHead::new(&about())
    };
    let composer = || {
        let typed = Composer::post(visitor, &community(), Text::new("reply-hint")).given_back(None, EVIL, EVIL);
        Some(typed.html())
    };
    let powers = || Powers { viewer: visitor.viewer.as_ref(), may_moderate: true, can_edit: true };
    let timeline = || Timeline::channel(visitor, &listed, &community(), powers()).html();
    let rows = || Channels {
        channels: vec![
            ChannelRow::new(&about()),
            ChannelRow::followed(&Follow { about: about(), is_pending: true, invited_by: Some(alice()) }),
        ],
        problem: None,
        left_out: 3,
        empty: NoChannels::Followed,
        csrf: "token".to_owned(),
    };
    let entry = || fragments::entry(&all()[0], Place::Whole, Some(&alice()));
    let line = || Text::new("error-address-hint").with("problem", EVIL);
    let render = |page: &dyn Fn() -> askama::Result<String>| page().unwrap();
    vec![
        (
            "home",
            render(&|| {
                home::HomePage { frame: frame(), composer: composer(), timeline: timeline(), is_newest: false }.render()
            }),
        ),
        (
            "welcome",
            render(&|| home::WelcomePage { frame: frame(), may_register: true, channels: rows().html() }.render()),
        ),
        (
            "channels",
            render(&|| {
                channels::ChannelsPage {
                    frame: frame(),
                    channels: rows().html(),
                    most_followed: Some(rows().html()),
                    most_active: Some(rows().html()),
                    may_create: true,
                    may_search: true,
                }
                .render()
            }),
        ),
        (
            "channel",
            render(&|| {
                channel::ChannelPage {
                    frame: frame(),
                    channel: head(),
                    note: Some(line()),
                    composer: composer(),
                    liveness: line(),
                    live_url: "/live".to_owned(),
                    feed_url: Some("/feed".to_owned()),
                    hides_publisher: true,
                    profile_url: Some("/people/x".to_owned()),
                    block: Some(("/block".to_owned(), EVIL.to_owned())),
                    timeline: timeline(),
                    is_newest: true,
                }
                .render()
            }),
        ),
        (
            "threads",
            render(&|| {
                let post = post("head", Standing::Verified);
                let replies = [all(), vec![self::post("4", Standing::Unverified)]].concat();
                threads::ThreadsPage {
                    frame: frame(),
                    channel: ChannelHead { threads_url: Some("/threads".to_owned()), ..head() },
                    threads: vec![threads::Thread::new(&BriefThread { post, replies })],
                    left_out: 2,
                    older_url: Some("/threads?before=x".to_owned()),
                    is_first: false,
                }
                .render()
            }),
        ),
        (
            "about",
            render(&|| {
                channel::AboutPage {
                    frame: frame(),
                    channel: head(),
                    access: line(),
                    followers: Some(3),
                    role: Some(line()),
                    kind: Some(line()),
                    newcomers: Some(line()),
                    creator: Some(("/b/x".to_owned(), EVIL.to_owned())),
                    created: Some(When::new(Timestamp::UNIX_EPOCH)),
                    liveness: line(),
                    hides_publisher: true,
                    feed_url: Some("/feed".to_owned()),
                    uri: community().uri(),
                }
                .render()
            }),
        ),
        (
            "followers",
            render(&|| {
                let person = || PersonRow::new(&(alice(), Role::Publisher), &community());
                let changeable = person().with_choices(&people::ROLES, Role::Owner, Role::Publisher);
                people::FollowersPage {
                    frame: frame(),
                    channel: head(),
                    sentence: EVIL.to_owned(),
                    people: vec![person(), changeable],
                    left_out: 3,
                    requests: vec![person()],
                    banned: vec![person()],
                    may_manage: true,
                    may_invite: true,
                    roles_url: "/roles".to_owned(),
                    requests_url: "/requests".to_owned(),
                    invitations_url: "/invitations".to_owned(),
                    typed: people::Typed { kept_out: EVIL.to_owned(), invited: EVIL.to_owned(), is_invited: true },
                    problem: Some(EVIL.to_owned()),
                }
                .render()
            }),
        ),
        (
            "live",
            render(&|| {
                live::LivePage { frame: frame(), channel: head(), liveness: line(), live_url: "/live".to_owned() }
                    .render()
            }),
        ),
        (
            "post",
            render(&|| {
                posts::PostPage {
                    frame: frame(),
                    up: Some(("/c".to_owned(), EVIL.to_owned())),
                    entry: entry(),
                    likes: 2,
                    like_url: Some("/like".to_owned()),
                    unlike_url: Some("/unlike".to_owned()),
                    reactions: Reactions::new(visitor, &previews::thread()).map(|reactions| reactions.html()),
                    readers: Some(Text::new("readers-open")),
                    replies: vec![fragments::entry(&all()[1], Place::Reply, Some(&alice()))],
                    may_moderate: true,
                    left_out: 1,
                    has_hidden_replies: true,
                    note: Some(line()),
                    composer: Some(
                        Composer::reply(visitor, &all()[0].at, Text::new("reply-hint"))
                            .given_back(None, EVIL, EVIL)
                            .html(),
                    ),
                    follow_url: Some("/b/x".to_owned()),
                    feed_url: Some("/feed".to_owned()),
                    uri: all()[0].at.uri(),
                    sign_in_url: Some("/sign-in".to_owned()),
                }
                .render()
            }),
        ),
        (
            "post_edit",
            render(&|| {
                let (action, back_url) = ("/edit".to_owned(), "/back".to_owned());
                posts::EditPage {
                    frame: frame(),
                    is_reply: false,
                    action,
                    text: format!("\n{EVIL}"),
                    warning: Some(EVIL.to_owned()),
                    back_url,
                }
                .render()
            }),
        ),
        (
            "post_remove",
            render(&|| {
                let (action, back_url, next_url) = ("/remove".to_owned(), "/back".to_owned(), "/next".to_owned());
                posts::RemovePage { frame: frame(), is_reply: true, action, entry: entry(), back_url, next_url }
                    .render()
            }),
        ),
        (
            "share",
            render(&|| {
                share::SharePage {
                    frame: frame(),
                    action: "/share".to_owned(),
                    form_id: fragments::fresh_id(visitor),
                    hint: Text::new("hint-open"),
                    entry: fragments::entry(&all()[0], Place::Post, None),
                    back_url: "/back".to_owned(),
                }
                .render()
            }),
        ),
        (
            "drafts",
            render(&|| {
                let draft = KeptDraft {
                    id: PostId::new(EVIL.replace('\0', "")).unwrap_or_else(|_| PostId::new("d").unwrap()),
                    channel: community(),
                    text: EVIL.to_owned(),
                    warning: None,
                    files: Vec::new(),
                    changed: Timestamp::UNIX_EPOCH,
                };
                drafts::DraftsPage { frame: frame(), drafts: vec![drafts::Row::new(&draft)] }.render()
            }),
        ),
        (
            "tag",
            render(&|| {
                tags::TagPage {
                    frame: frame(),
                    looked_at: Text::new("tags-looked-at-own"),
                    entries: vec![entry()],
                    feed_url: "/tags/x.atom".to_owned(),
                }
                .render()
            }),
        ),
        (
            "channel_closed",
            render(&|| {
                let sign_in_url = Some("/sign-in".to_owned());
                closed::ClosedPage { frame: frame(), channel: head(), sentence: line(), sign_in_url, may_ask: true }
                    .render()
            }),
        ),
        (
            "channel_blocked",
            render(&|| {
                let (shown, name) = (EVIL.to_owned(), EVIL.to_owned());
                closed::ChannelBlockedPage { frame: frame(), shown, name, is_server: true }.render()
            }),
        ),
        (
            "person",
            render(&|| {
                let said = crate::channel::Profile {
                    name: Some(EVIL.to_owned()),
                    nickname: Some(format!("{EVIL}!")),
                    ..Default::default()
                };
                let told = crate::session::Person { profile: Some(said), ..Default::default() };
                person::PersonPage {
                    frame: frame(),
                    head: person::PersonHead::new(&alice(), &told),
                    note: Some(crate::web::markup::text(EVIL)),
                    place: Some(EVIL.to_owned()),
                    links: vec![person::LinkLine { href: "https://example.net/".to_owned(), words: EVIL.to_owned() }],
                    is_silent: true,
                    follows: vec![ChannelRow::new(&about())],
                    channel_url: "/c".to_owned(),
                    edit_url: Some(urls::PROFILE),
                    block_url: Some("/block".to_owned()),
                    uri: EVIL.to_owned(),
                }
                .render()
            }),
        ),
        (
            "account_profile",
            render(&|| {
                let typed = account::profile::Typed {
                    name: EVIL.to_owned(),
                    nickname: EVIL.to_owned(),
                    note: EVIL.to_owned(),
                    place: EVIL.to_owned(),
                    links: EVIL.to_owned(),
                    audience: EVIL.to_owned(),
                };
                let (problem, own_url) = (Some(EVIL.to_owned()), "/people/x".to_owned());
                account::profile::ProfilePage { frame: frame(), typed, problem, own_url }.render()
            }),
        ),
        (
            "account_blocked",
            render(&|| {
                let names = Some(vec![EVIL.to_owned()]);
                let (typed, problem) = (EVIL.to_owned(), Some(EVIL.to_owned()));
                account::blocked::BlockedPage { frame: frame(), typed, problem, names, left_out: 2 }.render()
            }),
        ),
        (
            "settings",
            render(&|| {
                settings::SettingsPage {
                    frame: frame(),
                    channel: head(),
                    action: "/settings".to_owned(),
                    typed: typed_settings(),
                    status: Some(("/status".to_owned(), EVIL.to_owned())),
                    place: Some(("/place".to_owned(), EVIL.to_owned())),
                    notices_url: Some("/notices"),
                    delete_url: Some("/delete".to_owned()),
                    problem: Some(EVIL.to_owned()),
                }
                .render()
            }),
        ),
        (
            "notices",
            render(&|| {
                let notices = MailNotices { target: EVIL.to_owned(), mention: true, ..MailNotices::default() };
                let forms = vec![notices::NoticesForm::new(0, &notices)];
                notices::NoticesPage { frame: frame(), forms, problem: Some(line()) }.render()
            }),
        ),
        (
            "account",
            render(&|| {
                let when = || When::new(Timestamp::UNIX_EPOCH);
                let row = |name: Option<&str>| account::sign_ins::SignInRow {
                    browser: EVIL.to_owned(),
                    since: when(),
                    used: when(),
                    name: name.map(str::to_owned),
                };
                let sign_ins = account::sign_ins::SignInList { rows: vec![row(None), row(Some("x"))], left_out: 2 };
                let choices = account::looks::Choices::of(visitor.looks);
                account::AccountPage { frame: frame(), done: Some(line()), choices, sign_ins: Some(sign_ins) }.render()
            }),
        ),
        (
            "account_picture",
            render(&|| {
                account::picture::PicturePage {
                    frame: frame(),
                    problem: Some(EVIL.to_owned()),
                    hue: 1,
                    initial: "\"".to_owned(),
                    picture: Some(urls::face(&alice())),
                }
                .render()
            }),
        ),
        (
            "account_password",
            render(&|| {
                let (address, problem) = (EVIL.to_owned(), Some(EVIL.to_owned()));
                account::password::PasswordPage { frame: frame(), address, problem }.render()
            }),
        ),
        (
            "account_leave",
            render(&|| {
                let (address, problem) = (EVIL.to_owned(), Some(EVIL.to_owned()));
                account::leaving::LeavePage { frame: frame(), address, problem }.render()
            }),
        ),
        (
            "account_follows",
            render(&|| {
                let lines = vec![account::follows::Line::new(EVIL, EVIL)];
                account::follows::ImportPage { frame: frame(), problem: Some(EVIL.to_owned()), lines }.render()
            }),
        ),
        ("account_gone", render(&|| account::leaving::GonePage { frame: frame(), address: EVIL.to_owned() }.render())),
        (
            "channel_new",
            render(&|| {
                let problem = Some(EVIL.to_owned());
                new_channel::NewChannelPage { frame: frame(), typed: typed_settings(), problem }.render()
            }),
        ),
        (
            "channel_delete",
            render(&|| {
                deletion::DeletePage {
                    frame: frame(),
                    title: EVIL.to_owned(),
                    shown: EVIL.to_owned(),
                    action: "/delete".to_owned(),
                    back_url: "/settings".to_owned(),
                }
                .render()
            }),
        ),
        (
            "search",
            render(&|| {
                search::SearchPage {
                    frame: frame(),
                    words: EVIL.to_owned(),
                    problem: Some(EVIL.to_owned()),
                    channels: Some(rows().html()),
                    posts: Some(vec![fragments::entry(&all()[1], Place::Post, Some(&alice()))]),
                }
                .render()
            }),
        ),
        (
            "notifications",
            render(&|| {
                let rows = notifications::rows(&told());
                notifications::NotificationsPage { frame: frame(), rows }.render()
            }),
        ),
        (
            "notifications_empty",
            render(&|| notifications::NotificationsPage { frame: frame(), rows: Vec::new() }.render()),
        ),
        (
            "follows",
            render(&|| {
                follows::FollowsPage {
                    frame: frame(),
                    typed: EVIL.to_owned(),
                    problem: Some(EVIL.to_owned()),
                    channels: rows().html(),
                    words: EVIL.to_owned(),
                    can_filter: true,
                    has_news: true,
                }
                .render()
            }),
        ),
    ]
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

#[test]
fn every_page_keeps_the_rules_whatever_strangers_wrote() {
    for visitor in [visitor(Some(alice())), visitor(None)] {
        for (name, html) in pages(&visitor) {
            let page = Html::parse_document(&html);
            only_our_own_scripts(name, &page, &visitor.nonce);
            assert_eq!(select(&page, "h1").len(), 1, "{name} has one main heading");
            assert_eq!(select(&page, "main").len(), 1, "{name}");
            headings_leave_no_level_out(name, &page);
            ids_are_there_once(name, &page);
            fields_have_names(name, &page);
            forms_carry_the_token(name, &page);
            for words in select(&page, ".body, .headline, .description, .mood, .row-text, .names") {
                assert!(!words.text().any(|text| text.contains('\u{202e}')), "{name} turns a direction");
            }
        }
    }
}

fn only_our_own_scripts(name: &str, page: &Html, nonce: &str) {
    let scripts = select(page, "script:not([type='application/ld+json'])");
    assert_eq!(scripts.len(), 1, "{name}");
    assert_eq!(scripts[0].attr("nonce"), Some(nonce), "{name}");
    assert!(select(page, "iframe, object, embed, style, svg script, base, [style]").is_empty(), "{name}");
    let pictures = select(page, "img").into_iter().map(|picture| picture.attr("src").unwrap_or_default());
    assert!(pictures.into_iter().all(|source| source.starts_with("/faces/")), "{name}");
    for element in select(page, "*") {
        let marks: Vec<_> = element.value().attrs().map(|(name, _)| name).collect();
        assert!(!marks.iter().any(|mark| mark.starts_with("on") || mark.starts_with("hx-")), "{name}: {marks:?}");
        let is_htmx = marks.iter().any(|mark| mark.starts_with("data-hx-"));
        assert!(!is_htmx || element.attr("data-hx-nonce") == Some(nonce), "{name}: {marks:?}");
    }
    assert!(
        select(page, "article [data-hx-nonce], article[data-hx-nonce], .body [class]:not(.host, .tag)").is_empty(),
        "{name}"
    );
}

fn headings_leave_no_level_out(name: &str, page: &Html) {
    let mut last = 0;
    for heading in select(page, "h1, h2, h3, h4, h5, h6") {
        let level = heading.value().name().as_bytes()[1] - b'0';
        assert!(level <= last + 1, "{name}: a heading of level {level} follows one of level {last}");
        assert!(heading.text().any(|text| !text.trim().is_empty()), "{name}: an empty heading");
        last = level;
    }
}

fn ids_are_there_once(name: &str, page: &Html) {
    let mut seen = HashSet::new();
    for element in select(page, "[id]") {
        let id = element.attr("id").unwrap();
        assert!(seen.insert(id.to_owned()), "{name}: {id} twice");
    }
    for element in select(page, "[for], [aria-labelledby], [aria-describedby]") {
        let named = ["for", "aria-labelledby", "aria-describedby"].iter().filter_map(|key| element.attr(key));
        for id in named.flat_map(str::split_whitespace) {
            assert!(seen.contains(id), "{name}: nothing has the id {id}");
        }
    }
}

fn fields_have_names(name: &str, page: &Html) {
    let labelled: HashSet<_> = select(page, "label[for]").iter().filter_map(|label| label.attr("for")).collect();
    for field in select(page, "input:not([type=hidden]), textarea, select") {
        assert!(field.attr("id").is_some_and(|id| labelled.contains(id)), "{name}: a field without a label");
    }
}

fn forms_carry_the_token(name: &str, page: &Html) {
    let token = Selector::parse("input[type=hidden][name=csrf]").unwrap();
    for form in select(page, "form[method=post]") {
        assert_eq!(form.select(&token).next().and_then(|field| field.attr("value")), Some("token"), "{name}");
    }
}

#[test]
fn what_was_typed_comes_back_unchanged() {
    let visitor = visitor(Some(alice()));
    for typed in [EVIL, "\nfirst line empty", "  spaces  ", "</textarea><script>"] {
        let html = Composer::post(&visitor, &community(), Text::new("reply-hint")).given_back(None, typed, "").html();
        let page = Html::parse_fragment(html.as_str());
        let field = select(&page, "textarea")[0];
        let text: String = field.text().collect();
        // Nobody can type the null character; HTML has none.
        assert_eq!(text.replace('\u{fffd}', "\u{0}"), typed, "in {html}");
    }
}

#[test]
fn a_card_is_the_same_for_everybody() {
    for post in all() {
        for place in [Place::Post, Place::Whole, Place::Reply] {
            let card = fragments::card(&post, place);
            assert!(!card.as_str().contains("hx-") || card.as_str().contains("&#60;b data-hx-get"), "{card}");
            assert_eq!(card, fragments::card(&Arc::new((*post).clone()), place));
            let mine = fragments::entry(&post, place, Some(&alice()));
            let theirs = fragments::entry(&post, place, None);
            assert!(mine.as_str().contains(card.as_str()) && theirs.as_str().contains(card.as_str()));
            assert!(mine.as_str().contains("class=\"strip\"") && !theirs.as_str().contains("class=\"strip\""));
        }
    }
}
