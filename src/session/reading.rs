//! What pages read through a session.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, join3, join4, ready};
use futures::{StreamExt, stream};
use tokio::time::{Instant, timeout};
use tokio_stream::wrappers::ReceiverStream;

use super::command::{Command, Newest};
use super::event::{EventId, Scope};
use super::timeline::Step;
use super::view::{BriefThread, ChannelView, Follow, PageRequest, Part, Posts, Thread, Threads};
use super::{Error, Session, Watch, blocking, reactions};
use crate::channel::{About, Access, Address, ChannelId, Followers, Post, PostRef, Posting, Role};
use crate::dialect::avatar::{self, Avatar};
use crate::dialect::microblog::nodes;
use crate::dialect::{self, Dialect, Microblog};
use crate::xmpp::AskError;
use jiff::Timestamp;

/// Posts on a page when nothing else is said.
pub(super) const NEWEST: usize = 20;

/// The most posts on a page.
const MOST: usize = 50;

/// Threads on a page when nothing else is said.
const THREADS: usize = 10;

/// Channels read at the same time for one home page.
pub(super) const SIDE_BY_SIDE: usize = 8;

/// How long a home page waits for slow channels; they come with the next page.
const HOME: Duration = Duration::from_secs(6);

/// Channels of one service that are read at once rather than one by one.
const MANY: usize = 3;

/// Posts and replies of one channel, and of all together, that are then asked for.
const PER_CHANNEL: usize = 50;
const AT_ONCE: usize = 100;

/// Rounds of reading for one home page.
const ROUNDS: usize = 40;

/// Whether somebody may publish into a channel, as far as known before trying.
fn may_publish(is_signed_in: bool, role: Role, posting: Posting) -> bool {
    is_signed_in
        && match posting {
            Posting::Anybody => role != Role::Banned,
            Posting::Followers => role >= Role::Follower,
            Posting::Publishers | Posting::Unknown => role >= Role::Publisher,
        }
}

/// Whether a reply is a like of that post, and not of another reply to it.
fn is_like_of(reply: &Post, at: &PostRef) -> bool {
    reply.is_like() && reply.about.as_ref().is_none_or(|about| about == at)
}

fn size(page: &PageRequest) -> usize {
    if page.size == 0 { NEWEST } else { page.size.min(MOST) }
}

impl Session {
    /// Posts of all followed channels and one's own, newest first.
    pub async fn home(&self, page: PageRequest) -> Result<Posts, Error> {
        self.touch();
        self.learn_blocks().await;
        if self.follows().await.is_err() {
            tracing::debug!("a home page is shown without the list of followed channels");
        }
        let deadline = Instant::now() + HOME;
        let mut is_first = true;
        for _ in 0..ROUNDS {
            let (before, size) = (page.before.clone(), size(&page));
            let (step, seen) = self.wire().call(|answer| Command::Home { before, size, answer }).await?;
            match step {
                Step::Page { posts, older, channels_left_out } => {
                    return Ok(Posts { posts, older, left_out: 0, channels_left_out, seen });
                }
                Step::Read(wanted) => {
                    let wanted = if is_first { self.read_at_once(wanted, deadline).await } else { wanted };
                    is_first = false;
                    stream::iter(wanted)
                        .for_each_concurrent(SIDE_BY_SIDE, |(channel, from)| {
                            self.read_for_home(channel, from, deadline)
                        })
                        .await;
                }
            }
        }
        Err(Error::Timeout)
    }

    /// Reads the newest posts of many channels of the own channel service in one request; gives back those channels that
    /// have to be read one by one. What was missed while the connection was lost comes in the same way.
    async fn read_at_once(
        &self,
        wanted: Vec<(ChannelId, Option<String>)>,
        deadline: Instant,
    ) -> Vec<(ChannelId, Option<String>)> {
        let is_unread = |(channel, from): &(ChannelId, Option<String>)| channel.is_buddycloud() && from.is_none();
        let (many, mut rest): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_unread);
        let service = if many.len() < MANY || self.address().is_none() { None } else { self.local_buddycloud().await };
        let Some(service) = service.filter(|_| self.recent().may_ask_at_once()) else {
            rest.extend(many);
            return rest;
        };
        let ask = service.recent(self.wire(), Timestamp::UNIX_EPOCH, PER_CHANNEL, AT_ONCE);
        match tokio::time::timeout_at(deadline, ask).await {
            Ok(Ok(recent)) => {
                let channels = many.into_iter().map(|(channel, _)| channel).collect();
                let _ = self.wire().tell(Command::HomeRecent { channels, recent, per_channel: PER_CHANNEL }).await;
            }
            failed => {
                if let Ok(Err(error)) = failed {
                    tracing::debug!(reason = %error, "a channel service does not tell what is new in all channels");
                }
                self.recent().note_one_by_one();
                rest.extend(many);
            }
        }
        rest
    }

    async fn read_for_home(&self, channel: ChannelId, from: Option<String>, deadline: Instant) {
        let read = self.read_posts(self.wire(), &channel, from.as_deref(), NEWEST);
        let page = match tokio::time::timeout_at(deadline, read).await {
            Ok(Ok(page)) => Some((page.posts, page.older)),
            // A channel that has no posts yet is often not there at all.
            Ok(Err(error)) if error.is("item-not-found") => Some((Vec::new(), None)),
            Ok(Err(_)) | Err(_) => None,
        };
        let _ = self.wire().tell(Command::HomeRead { channel, from, page }).await;
    }

    /// A channel's header, this person's part in it, and one page of its posts, newest first.
    pub async fn channel(&self, id: &ChannelId, page: PageRequest) -> Result<ChannelView, Error> {
        self.touch();
        self.not_blocked(id).await?;
        let read = self.read_posts(self.wire(), id, page.before.as_deref(), size(&page));
        let (header, posts, follow, role) = join4(self.header(id), read, self.follow_of(id), self.role(id)).await;
        let (read, is_made) = match posts {
            Ok(read) => (read, true),
            Err(error) if self.is_unmade(id, &error) => (Default::default(), false),
            Err(error) => return Err(self.unreadable(id, error)),
        };
        let is_told = header.is_ok();
        let mut about = header.unwrap_or_else(|_| self.remembered(id));
        if !is_made {
            // It will be: publishing makes it so.
            about.access = Access::Open;
        }
        self.mark_open(&mut about);
        if is_made {
            self.recent().note_read(id);
        }
        if is_made && is_told {
            self.shared().learn_channel(&about);
        }
        let left_out = read.problems.len();
        self.shared().learn_publishers(id, &read);
        // What is written below the posts of a personal channel stands elsewhere, and may be kept more secret there.
        let places = read.posts.iter().filter_map(|post| post.replies.as_ref());
        let hides_publisher =
            read.hides_publisher || places.into_iter().any(|place| self.shared().hides_publisher(place));
        let newest = match (&page.before, size(&page)) {
            (Some(_), _) => Newest::No,
            (None, size) if size < NEWEST => Newest::Some(id.clone()),
            (None, _) => Newest::Page(id.clone()),
        };
        let (mut posts, seen) = self.wire().call(|answer| Command::Read { posts: read.posts, newest, answer }).await?;
        self.leave_out(&mut posts);
        let liveness = self.liveness(id).await?;
        let part = Part::new(role, follow);
        let language = self.language(id).await?;
        let (abilities, service) = (language.abilities(), language.service(id).clone());
        Ok(ChannelView {
            is_made,
            may_publish: may_publish(self.address().is_some(), part.role, about.posting),
            part,
            abilities,
            service,
            liveness,
            hides_publisher,
            posts: Posts { posts, older: read.older, left_out, channels_left_out: 0, seen },
            about,
        })
    }

    /// Strangers are told nothing about an account's node, but what the guest may read is open to everybody.
    fn mark_open(&self, about: &mut About) {
        if self.address().is_none() && about.access == Access::Unknown {
            about.access = Access::Open;
        }
    }

    /// What this person is to a channel, whether or not it can be read.
    pub async fn part(&self, id: &ChannelId) -> Part {
        let (role, follow) = join(self.role(id), self.follow_of(id)).await;
        Part::new(role, follow)
    }

    /// Whether this person may read a channel: remembered for a minute, else asked.
    pub async fn may_read(&self, id: &ChannelId) -> Result<(), Error> {
        self.touch();
        self.not_blocked(id).await?;
        if self.recent().was_read(id) {
            return Ok(());
        }
        match self.read_newest(id).await {
            Ok(_) => {
                self.recent().note_read(id);
                Ok(())
            }
            Err(error) if self.is_unmade(id, &error) => Ok(()),
            Err(error) => Err(self.unreadable(id, error)),
        }
    }

    /// The newest post of a channel, which says whether it can be read.
    async fn read_newest(&self, id: &ChannelId) -> Result<dialect::Page, AskError> {
        self.read_posts(self.wire(), id, None, 1).await
    }

    /// Who may read a channel, as far as known before trying to write into it. One's own opens with the first post.
    pub async fn access(&self, id: &ChannelId) -> Access {
        self.audience(id).await.access
    }

    /// What is known of a channel, for whom it is above all. One's own opens with the first post.
    pub async fn audience(&self, id: &ChannelId) -> About {
        if self.own_channel().await.as_ref() != Ok(id) {
            return self.about(id).await;
        }
        let unmade = || About { access: Access::Open, ..About::unknown(id.clone()) };
        self.own_about().await.map_or_else(|_| About::unknown(id.clone()), |about| about.unwrap_or_else(unmade))
    }

    /// What is known of this person's own channel; `None` if it is not made yet. Remembered for a minute.
    pub async fn own_about(&self) -> Result<Option<About>, Error> {
        let own = self.own_channel().await?;
        let ask = async {
            let (posts, header) = join(self.read_newest(&own), self.header(&own)).await;
            match posts {
                Ok(_) => {
                    let mut about = header?;
                    // Some servers tell nobody but the owner, and only when asked for everything.
                    if about.access == Access::Unknown
                        && own.is_personal()
                        && let Ok(told) = nodes::own_readers(self.wire(), &own).await
                    {
                        (about.access, about.circle) = told;
                    }
                    Ok(Some(about))
                }
                Err(error) if self.is_unmade(&own, &error) => Ok(None),
                Err(error) => Err(error),
            }
        };
        Ok(self.recent().own.get((), ask).await?)
    }

    fn is_own(&self, id: &ChannelId) -> bool {
        (id.is_personal() || id.is_buddycloud()) && self.address() == Some(&id.address)
    }

    /// Whether a channel cannot be read because it is this person's own, which the first post makes.
    fn is_unmade(&self, id: &ChannelId, error: &AskError) -> bool {
        self.is_own(id) && (error.is("item-not-found") || error.is("forbidden"))
    }

    /// A channel that cannot be read: what was known of it is no longer true.
    fn unreadable(&self, id: &ChannelId, error: AskError) -> Error {
        let error = Error::from(error);
        if matches!(error, Error::Forbidden | Error::NotFound) {
            self.forget(id);
        }
        error
    }

    /// Forgets what was known of a channel, because it changed.
    pub(super) fn forget(&self, id: &ChannelId) {
        self.shared().forget_channel(id);
        self.recent().forget(id);
    }

    /// What is known of a channel; asks the server when nothing is.
    pub async fn about(&self, id: &ChannelId) -> About {
        // A header that cannot be read is no reason not to show the posts.
        self.header(id).await.unwrap_or_else(|_| self.remembered(id))
    }

    async fn header(&self, id: &ChannelId) -> Result<About, AskError> {
        match self.shared().fresh_channel(id) {
            Some(about) => Ok(about),
            None => self.read_about(id).await,
        }
    }

    /// What was known of a channel when it last said something.
    pub(super) fn remembered(&self, id: &ChannelId) -> About {
        self.shared().channel(id).unwrap_or_else(|| About::unknown(id.clone()))
    }

    /// This person's part in a channel, where the server tells.
    async fn role(&self, id: &ChannelId) -> Role {
        if self.is_own(id) {
            return Role::Owner;
        }
        if self.address().is_none() {
            return Role::Stranger;
        }
        let roles = if id.is_buddycloud() {
            // Rights in all Buddycloud channels are known to the own service; at another one this person has none.
            let ask = async {
                match self.local_buddycloud().await {
                    Some(service) => service.roles(self.wire(), &service.service().address).await.map(Arc::new),
                    None => Ok(Arc::default()),
                }
            };
            self.recent().buddycloud.get((), ask).await
        } else if id.address.node().is_some() {
            return Role::Stranger;
        } else {
            let ask = async { Microblog.roles(self.wire(), &id.address).await.map(Arc::new) };
            self.recent().roles.get(id.address.clone(), ask).await
        };
        let roles = roles.unwrap_or_default();
        roles.iter().find(|(channel, _)| channel == id).map_or(Role::Stranger, |(_, role)| *role)
    }

    /// Whether this person follows a channel; asked by the session itself, which is no use of it.
    pub(super) async fn is_following(&self, id: &ChannelId) -> bool {
        let follows = timeout(HOME, self.wire().call(Command::Follows)).await;
        let follows = follows.ok().and_then(Result::ok).flatten().unwrap_or_default();
        follows.iter().any(|follow| follow.about.id == *id && follow.is_followed())
    }

    async fn follow_of(&self, id: &ChannelId) -> Option<Follow> {
        self.address()?;
        self.follows().await.ok()?.iter().find(|follow| follow.about.id == *id).cloned()
    }

    pub(super) async fn liveness(&self, channel: &ChannelId) -> Result<super::view::Liveness, Error> {
        let channel = channel.clone();
        self.wire().call(|answer| Command::Liveness { channel, answer }).await
    }

    /// One post, from what was seen lately or from the server.
    pub async fn post(&self, at: &PostRef) -> Result<Arc<Post>, Error> {
        self.touch();
        let wanted = at.clone();
        if let Some(post) = self.wire().call(|answer| Command::Known { at: wanted, answer }).await? {
            return Ok(post);
        }
        self.read_post(at).await
    }

    pub(super) async fn read_post(&self, at: &PostRef) -> Result<Arc<Post>, Error> {
        let post = self.language(&at.channel).await?.post(self.wire(), at).await?.ok_or(Error::NotFound)?;
        let (mut posts, _) =
            self.wire().call(|answer| Command::Read { posts: vec![post], newest: Newest::No, answer }).await?;
        posts.pop().ok_or(Error::NotFound)
    }

    /// A post with its replies, oldest first.
    pub async fn thread(&self, at: &PostRef) -> Result<Thread, Error> {
        self.touch();
        self.not_blocked(&at.channel).await?;
        let (mut about, post, role) = join3(self.about(&at.channel), self.read_post(at), self.role(&at.channel)).await;
        let post = post?;
        if self.blocks().hides_post(&post) {
            return Err(Error::Blocked);
        }
        self.mark_open(&mut about);
        let (replies, attached) = join(self.read_replies(&post), self.read_attached(at)).await;
        let (read, has_hidden_replies) = match replies {
            Ok(read) => (read, false),
            // Nobody has made the place for replies.
            Err(error) if error.is("item-not-found") => (Default::default(), false),
            // A post whose place of replies is closed is still worth reading.
            Err(error) => {
                tracing::debug!(channel.id = %at.channel, reason = %error, "the replies to a post could not be read");
                (Default::default(), true)
            }
        };
        let left_out = read.problems.len();
        if let Some(place) = &post.replies {
            self.shared().learn_publishers(place, &read);
        }
        let elsewhere = post.replies.clone().filter(|replies| *replies != at.channel);
        let newest = elsewhere.map_or(Newest::No, Newest::Page);
        let (mut replies, seen) =
            self.wire().call(|answer| Command::Read { posts: read.posts, newest, answer }).await?;
        self.leave_out(&mut replies);
        let likes: Vec<&Post> = replies.iter().map(|reply| &**reply).filter(|reply| is_like_of(reply, at)).collect();
        let takes_reactions = attached.is_some();
        let mut attached = attached.unwrap_or_default();
        attached.retain(|one| !self.hides(&one.who));
        let likers = reactions::likers(&likes, &attached);
        let is_liked = self.address().is_some_and(|me| likers.contains(me));
        let likes = likers.len();
        let reactions = reactions::counted(&attached, self.address());
        if takes_reactions {
            self.note_likers(at, &attached).await;
        }
        replies.retain(|reply| !reply.is_like());
        replies.sort_by_key(|reply| reply.published);
        let liveness = self.liveness(post.replies.as_ref().unwrap_or(&at.channel)).await?;
        let is_in_place = post.replies.as_ref() == Some(&at.channel);
        let may_reply = self.address().is_some()
            && post.replies.is_some()
            && !post.is_deleted
            && (!is_in_place || may_publish(true, role, about.posting));
        let language = self.language(&at.channel).await?;
        let (abilities, service) = (language.abilities(), language.service(&at.channel).clone());
        Ok(Thread {
            about,
            post,
            replies,
            likes,
            is_liked,
            takes_reactions,
            reactions,
            role,
            abilities,
            service,
            may_reply,
            left_out,
            has_hidden_replies,
            liveness,
            seen,
        })
    }

    /// One page of a channel's threads, that with the latest reply first.
    pub async fn threads(&self, id: &ChannelId, page: PageRequest) -> Result<Threads, Error> {
        self.touch();
        self.not_blocked(id).await?;
        let size = if page.size == 0 { THREADS } else { page.size.min(MOST) };
        let read = self.language(id).await?.threads(self.wire(), id, page.before.as_deref(), size).await;
        let read = match read {
            Ok(read) => read,
            Err(error) if self.is_unmade(id, &error) => Default::default(),
            Err(error) => return Err(self.unreadable(id, error)),
        };
        let lengths: Vec<usize> = read.threads.iter().map(|thread| thread.replies.len()).collect();
        let posts = read.threads.into_iter().flat_map(|thread| std::iter::once(thread.post).chain(thread.replies));
        let posts = posts.collect();
        let (posts, _) = self.wire().call(|answer| Command::Read { posts, newest: Newest::No, answer }).await?;
        let (blocks, mut posts) = (self.blocks(), posts.into_iter());
        let threads = lengths.into_iter().filter_map(|length| {
            let post = posts.next()?;
            let mut replies = posts.by_ref().take(length).filter(|reply| !reply.is_like()).collect();
            self.leave_out(&mut replies);
            Some(BriefThread { post, replies })
        });
        let threads = threads.filter(|thread| !blocks.hides_post(&thread.post));
        Ok(Threads { threads: threads.collect(), older: read.older, left_out: read.problems.len() })
    }

    /// This person's own likes of a post.
    pub(super) async fn own_likes(&self, post: &Post) -> Result<Vec<PostRef>, Error> {
        let is_own = |reply: &Post| reply.author.address.as_ref() == self.address() && is_like_of(reply, &post.at);
        let replies = self.read_replies(post).await?.posts;
        Ok(replies.into_iter().filter(is_own).map(|like| like.at).collect())
    }

    async fn read_replies(&self, to: &Post) -> Result<dialect::Page, AskError> {
        self.language(&to.at.channel).await?.replies(self.wire(), to).await
    }

    /// The picture of a person, as far as this session may see it.
    pub async fn avatar(&self, who: &Address) -> Result<Option<Avatar>, Error> {
        Ok(avatar::read(&self.wire().unhurried(), who).await?)
    }

    /// Who follows a channel, where the server tells us.
    pub async fn followers(&self, id: &ChannelId) -> Result<Followers, Error> {
        self.touch();
        self.not_blocked(id).await?;
        let followers = self.language(id).await?.followers(self.wire(), self.address(), id).await?;
        Ok(match followers {
            Followers::Known(people) => {
                let blocks = self.blocks();
                Followers::Known(people.into_iter().filter(|(who, _)| !blocks.hides(who)).collect())
            }
            untold => untold,
        })
    }

    /// The channels this person follows.
    pub async fn follows(&self) -> Result<Arc<Vec<Follow>>, Error> {
        self.touch();
        if self.address().is_none() {
            return Ok(Arc::default());
        }
        let follows = timeout(HOME, self.wire().call(Command::Follows)).await.map_err(|_| Error::Timeout)??;
        follows.ok_or(Error::Timeout)
    }

    /// What happens from now on in a scope; with `after`, first what was missed. An id that is not in the backlog
    /// (another epoch, too old) is answered by one [`super::Event::Resync`].
    pub async fn watch(&self, scope: Scope, after: Option<EventId>) -> Result<Watch, Error> {
        self.touch();
        self.learn_blocks().await;
        let replies = match &scope {
            Scope::Thread(at) => self.post(at).await?.replies.clone(),
            Scope::Home | Scope::Channel(_) => None,
        };
        let (missed, receiver) = self.wire().call(|answer| Command::Watch { scope, replies, after, answer }).await?;
        // Looked at when an event is handed over: somebody may be blocked while the page is open.
        let list = Arc::clone(&self.recent().blocks);
        let events = stream::iter(missed).chain(ReceiverStream::new(receiver));
        Ok(Box::pin(events.filter(move |numbered| ready(!blocking::hides(&list.blocks(), &numbered.event)))))
    }
}
