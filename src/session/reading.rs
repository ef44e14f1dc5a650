//! What pages read through a session.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::future::{join, join4};
use futures::{StreamExt, stream};
use tokio::time::{Instant, timeout};
use tokio_stream::wrappers::ReceiverStream;

use super::command::{Command, Newest};
use super::event::{EventId, Scope};
use super::timeline::Step;
use super::view::{ChannelView, Follow, Followers, PageRequest, Posts, Thread};
use super::{Error, Session, Watch};
use crate::channel::{About, Access, Address, ChannelId, Post, PostRef, Posting, Role};
use crate::dialect::{self, Dialect, Learned, Microblog, Services};

/// Posts on a page when nothing else is said.
pub(super) const NEWEST: usize = 20;

/// The most posts on a page.
const MOST: usize = 50;

/// Channels read at the same time for one home page.
const SIDE_BY_SIDE: usize = 8;

/// How long a home page waits for slow channels; they come with the next page.
const HOME: Duration = Duration::from_secs(6);

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

fn size(page: &PageRequest) -> usize {
    if page.size == 0 { NEWEST } else { page.size.min(MOST) }
}

impl Session {
    /// Posts of all followed channels and one's own, newest first.
    pub async fn home(&self, page: PageRequest) -> Result<Posts, Error> {
        self.touch();
        if self.follows().await.is_err() {
            tracing::debug!("a home page is shown without the list of followed channels");
        }
        let deadline = Instant::now() + HOME;
        for _ in 0..ROUNDS {
            let (before, size) = (page.before.clone(), size(&page));
            let (step, seen) = self.wire().call(|answer| Command::Home { before, size, answer }).await?;
            match step {
                Step::Page(posts, older) => return Ok(Posts { posts, older, left_out: 0, seen }),
                Step::Read(wanted) => {
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

    async fn read_for_home(&self, channel: ChannelId, from: Option<String>, deadline: Instant) {
        let read = Microblog.posts(self.wire(), &channel, from.as_deref(), NEWEST);
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
        let read = Microblog.posts(self.wire(), id, page.before.as_deref(), size(&page));
        let (mut about, posts, follows, role) = join4(self.about(id), read, self.follow_of(id), self.role(id)).await;
        let is_own = self.address().is_some_and(|own| ChannelId::personal(own.clone()) == *id);
        let (read, is_made) = match posts {
            Ok(read) => (read, true),
            Err(error) if is_own && (error.is("item-not-found") || error.is("forbidden")) => {
                (Default::default(), false)
            }
            Err(error) => return Err(error.into()),
        };
        if !is_made {
            // It will be: publishing makes it so.
            about.access = Access::Open;
        }
        // Strangers are told nothing about an account's node, but what the guest may read is open to everybody.
        if self.address().is_none() && about.access == Access::Unknown {
            about.access = Access::Open;
        }
        if is_made {
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
        let (posts, seen) = self.wire().call(|answer| Command::Read { posts: read.posts, newest, answer }).await?;
        let liveness = self.liveness(id).await?;
        let role = if role == Role::Stranger && follows.is_some() { Role::Follower } else { role };
        Ok(ChannelView {
            is_made,
            may_publish: may_publish(self.address().is_some(), role, about.posting),
            is_followed: follows.is_some(),
            role,
            liveness,
            hides_publisher,
            posts: Posts { posts, older: read.older, left_out, seen },
            about,
        })
    }

    /// What is known of a channel; asks the server when nothing is.
    pub async fn about(&self, id: &ChannelId) -> About {
        if let Some(about) = self.shared().channel(id) {
            return about;
        }
        // A header that cannot be read is no reason not to show the posts.
        Microblog.about(self.wire(), id).await.unwrap_or_else(|_| About::unknown(id.clone()))
    }

    /// This person's part in a channel, where the server tells.
    async fn role(&self, id: &ChannelId) -> Role {
        let Some(me) = self.address() else { return Role::Stranger };
        if ChannelId::personal(me.clone()) == *id {
            return Role::Owner;
        }
        if id.address.node().is_some() {
            return Role::Stranger;
        }
        let roles = Microblog.roles(self.wire(), &id.address).await.unwrap_or_default();
        roles.into_iter().find(|(channel, _)| channel == id).map_or(Role::Stranger, |(_, role)| role)
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
        let post = Microblog.post(self.wire(), at).await?.ok_or(Error::NotFound)?;
        let (mut posts, _) =
            self.wire().call(|answer| Command::Read { posts: vec![post], newest: Newest::No, answer }).await?;
        posts.pop().ok_or(Error::NotFound)
    }

    /// A post with its replies, oldest first.
    pub async fn thread(&self, at: &PostRef) -> Result<Thread, Error> {
        self.touch();
        let (about, post) = join(self.about(&at.channel), self.read_post(at)).await;
        let post = post?;
        let read = match Microblog.replies(self.wire(), &post).await {
            Ok(read) => read,
            // A post whose place of replies is missing or closed is still worth reading.
            Err(error) => {
                tracing::debug!(channel.id = %at.channel, reason = %error, "the replies to a post could not be read");
                Default::default()
            }
        };
        let left_out = read.problems.len();
        if let Some(place) = &post.replies {
            self.shared().learn_publishers(place, &read);
        }
        let newest = post.replies.clone().map_or(Newest::No, Newest::Page);
        let (mut replies, seen) =
            self.wire().call(|answer| Command::Read { posts: read.posts, newest, answer }).await?;
        let likes = dialect::count_likes(replies.iter().map(|reply| &**reply));
        replies.retain(|reply| !reply.is_like());
        replies.sort_by_key(|reply| reply.published);
        let liveness = self.liveness(post.replies.as_ref().unwrap_or(&at.channel)).await?;
        let may_reply = self.address().is_some() && post.replies.is_some();
        Ok(Thread { about, post, replies, likes, may_reply, left_out, liveness, seen })
    }

    /// Who follows a channel, where the server tells us.
    pub async fn followers(&self, id: &ChannelId) -> Result<Followers, Error> {
        self.touch();
        Ok(match Microblog.followers(self.wire(), id).await? {
            dialect::Followers::Known(list) => Followers::Known(list),
            dialect::Followers::Counted(count) => Followers::Counted(count),
            dialect::Followers::Hidden => Followers::Hidden,
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

    /// The channels known here: those of the services of our domains, and open ones read here.
    pub async fn known(&self) -> Result<Vec<About>, Error> {
        self.touch();
        let config = &self.shared().config;
        let domains: Vec<Address> = config.xmpp.domains.iter().filter_map(|domain| domain.parse().ok()).collect();
        let found: Vec<_> = stream::iter(domains)
            .map(|domain| async move { self.services(&domain).await })
            .buffered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut services: Vec<Address> =
            found.iter().flat_map(|offered| &offered.channels).map(|service| service.address.clone()).collect();
        services.extend(config.xmpp.services.iter().filter_map(|service| service.parse().ok()));
        services.sort();
        services.dedup();
        let lists: Vec<_> = stream::iter(services)
            .map(|service| async move { Microblog.channels(self.wire(), &service).await.unwrap_or_default() })
            .buffered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut known: Vec<About> = lists.into_iter().flatten().collect();
        for about in self.shared().channels() {
            if !known.iter().any(|other| other.id == about.id) {
                known.push(about);
            }
        }
        Ok(known)
    }

    /// What a domain offers to anybody, asked at most every ten minutes.
    async fn services(&self, domain: &Address) -> Arc<Services> {
        if let Some(known) = self.shared().services(domain.as_str()) {
            return known;
        }
        match Microblog.discover(self.wire(), domain).await {
            Ok(offered) => {
                let offered = Arc::new(offered);
                self.shared().learn_services(domain.as_str(), Arc::clone(&offered));
                offered
            }
            Err(error) => {
                tracing::warn!(server.domain = domain.as_str(), reason = %error, "a server does not say what it offers");
                Arc::default()
            }
        }
    }

    /// What a person's own domain offers to that person, with what was learned by trying.
    pub(super) async fn own_services(&self, me: &Address) -> Services {
        if let Some(known) = self.inner.services.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return known;
        }
        let domain: Address = me.domain().to_owned().into();
        let offered = Services::clone(&*self.services(&domain).await);
        *self.inner.services.lock().unwrap_or_else(PoisonError::into_inner) = Some(offered.clone());
        offered
    }

    /// Remembers what publishing taught.
    pub(super) fn learn(&self, learned: &[Learned]) {
        if let Some(services) = &mut *self.inner.services.lock().unwrap_or_else(PoisonError::into_inner) {
            services.learn(learned);
        }
    }

    /// The channels that this person follows, from the servers; `None` if they do not answer.
    pub(super) async fn read_follows(&self) -> Option<Vec<Follow>> {
        let me = self.address()?;
        let services = self.own_services(me).await;
        match Microblog.follows(self.wire(), me, &services).await {
            Ok(follows) => Some(follows.into_iter().map(|followed| self.follow_from(followed)).collect()),
            Err(error) => {
                tracing::warn!(account.jid = me.as_str(), reason = %error, "the followed channels could not be read");
                None
            }
        }
    }

    fn follow_from(&self, followed: dialect::Followed) -> Follow {
        let known = self.shared().channel(&followed.channel);
        let mut about = known.unwrap_or_else(|| About::unknown(followed.channel));
        about.title = about.title.or(followed.title);
        Follow { about, is_pending: followed.is_pending }
    }

    /// What happens from now on in a scope; with `after`, first what was missed. An id that is not in the backlog
    /// (another epoch, too old) is answered by one [`super::Event::Resync`].
    pub async fn watch(&self, scope: Scope, after: Option<EventId>) -> Result<Watch, Error> {
        self.touch();
        let replies = match &scope {
            Scope::Thread(at) => self.post(at).await?.replies.clone(),
            Scope::Home | Scope::Channel(_) => None,
        };
        let (missed, receiver) = self.wire().call(|answer| Command::Watch { scope, replies, after, answer }).await?;
        Ok(Box::pin(stream::iter(missed).chain(ReceiverStream::new(receiver))))
    }
}
