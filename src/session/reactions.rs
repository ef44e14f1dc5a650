//! Likes and reactions: in the manner of each service, and beside Movim's hearts as attachments (XEP-0470).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::command::Command;
use super::writing::within;
use super::{Error, Session};
use crate::channel::reaction::{Attach, Emoji, Reaction};
use crate::channel::{self, Access, Address, Post, PostId, PostRef};
use crate::dialect::Dialect;
use crate::dialect::microblog::is_comments_node;

/// How long a page waits for the attachments of its post, and a post that was published for their place.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many different emoji are shown of a post, those of most people first.
const SHOWN: usize = 30;

/// An emoji that people attached to a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Which.
    pub emoji: Emoji,
    /// How many people attached it.
    pub people: usize,
    /// Whether this person did.
    pub is_own: bool,
}

impl Session {
    /// What people attached to a post; `None` where nothing can be attached, or nothing was told in time.
    pub(super) async fn read_attached(&self, at: &PostRef) -> Option<Vec<Reaction>> {
        if is_comments_node(at.channel.node.as_str()) {
            return None;
        }
        let read = async { self.language(&at.channel).await?.reactions(self.wire(), at).await };
        timeout(PATIENCE, read).await.ok()?.ok()?
    }

    /// Makes the place for what others attach to a post that was just published.
    pub(super) async fn take_reactions(&self, at: &PostRef, access: Access) {
        let make = async {
            if let Ok(language) = self.language(&at.channel).await {
                language.take_reactions(self.wire(), at, access).await;
            }
        };
        let _ = timeout(PATIENCE, make).await;
    }

    /// Takes that place away with its post.
    pub(super) async fn forget_reactions(&self, at: &PostRef) {
        let remove = async {
            if !is_comments_node(at.channel.node.as_str())
                && let Ok(language) = self.language(&at.channel).await
            {
                language.forget_reactions(self.wire(), at).await;
            }
        };
        let _ = timeout(PATIENCE, remove).await;
    }

    /// Likes a post, in every way that its place can take.
    pub async fn like(&self, at: &PostRef) -> Result<(), Error> {
        let me = self.me()?;
        let post = self.read_post(at).await?;
        let attached = self.attach(at, &Attach::Like).await;
        if post.replies.is_none() {
            return attached;
        }
        // Liking twice is liking once.
        let id = PostId::new(format!("like-{me}-{}", at.id)).unwrap_or_else(|_| at.id.clone());
        let like = within(async {
            self.language(&at.channel).await?.like(self.wire(), me, &post, &id, Timestamp::now()).await
        });
        match like.await {
            Ok(like) => self.happened(channel::Event::Published(Box::new(like))).await,
            // It is liked in one way at least.
            Err(error) if attached.is_ok() => {
                tracing::debug!(channel.id = %at.channel, reason = %error, "a post is liked in one of two ways");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Likes a post no more, in whatever way it was liked.
    pub async fn unlike(&self, at: &PostRef) -> Result<(), Error> {
        let me = self.me()?;
        let post = self.read_post(at).await?;
        match self.attach(at, &Attach::Unlike).await {
            Err(Error::Unsupported) if post.replies.is_some() => {}
            attached => attached?,
        }
        for like in self.own_likes(&post).await? {
            within(async { self.language(&like.channel).await?.remove(self.wire(), me, &like).await }).await?;
            self.happened(channel::Event::Removed(like)).await;
        }
        Ok(())
    }

    /// Attaches an emoji to a post, or takes it back.
    pub async fn react(&self, at: &PostRef, change: &Attach) -> Result<(), Error> {
        self.attach(at, change).await
    }

    async fn attach(&self, at: &PostRef, change: &Attach) -> Result<(), Error> {
        let me = self.me()?;
        within(async { self.language(&at.channel).await?.attach(self.wire(), me, at, change, Timestamp::now()).await })
            .await?;
        if matches!(change, Attach::Like | Attach::Unlike)
            && let Some(attached) = self.read_attached(at).await
        {
            self.note_likers(at, &attached).await;
        }
        Ok(())
    }

    /// Has the task remember who likes a post by an attachment, so that who likes it in both ways counts once.
    pub(super) async fn note_likers(&self, at: &PostRef, attached: &[Reaction]) {
        let who = attached.iter().filter(|one| one.is_like).map(|one| one.who.clone()).collect();
        let _ = self.wire().tell(Command::Likers { to: at.clone(), who }).await;
    }
}

/// Who likes a post, by replies that say so and by attachments.
pub(super) fn likers<'a>(replies: &[&'a Post], attached: &'a [Reaction]) -> HashSet<&'a Address> {
    let by_reply = replies.iter().filter_map(|reply| reply.author.address.as_ref());
    by_reply.chain(attached.iter().filter(|one| one.is_like).map(|one| &one.who)).collect()
}

/// The emoji of a post, that of most people first.
pub(super) fn counted(attached: &[Reaction], me: Option<&Address>) -> Vec<Counted> {
    let mut counts: HashMap<&Emoji, (usize, bool)> = HashMap::new();
    for one in attached {
        for emoji in &one.emoji {
            let (people, is_own) = counts.entry(emoji).or_default();
            *people += 1;
            *is_own |= me == Some(&one.who);
        }
    }
    let counted = counts.into_iter().map(|(emoji, (people, is_own))| Counted { emoji: emoji.clone(), people, is_own });
    let mut counted: Vec<Counted> = counted.collect();
    counted.sort_by(|a, b| b.people.cmp(&a.people).then_with(|| a.emoji.cmp(&b.emoji)));
    counted.truncate(SHOWN);
    counted
}
