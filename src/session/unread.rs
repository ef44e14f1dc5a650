//! What somebody has read and what is new to them. Markers live in the account's own private node, so that all browsers and
//! gateways agree; a session knows them for a while and writes what changed a moment later, many changes at once.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use super::command::Command;
use super::reading::SIDE_BY_SIDE;
use super::view::{ChannelNews, Follow, FollowNews, PageRequest};
use super::{Error, Session};
use crate::channel::{About, Address, ChannelId, ReadMarkers};
use crate::dialect::microblog::markers;

/// How long what the server keeps is believed: other gateways change it too.
const FRESH: Duration = Duration::from_secs(60);

/// How long further changes are waited for before they are written.
const GATHER: Duration = Duration::from_millis(500);

/// How long a page waits for the list beside it, and for what was read before.
pub(super) const BESIDE: Duration = Duration::from_millis(700);

/// How many channels without a name are asked for it, for one list.
const MAX_UNNAMED: usize = 40;

/// What a session knows of the markers.
#[derive(Default)]
pub(super) struct Unread {
    known: Mutex<Option<ReadMarkers>>,
    /// When the server was asked; whoever holds this asks.
    asked: tokio::sync::Mutex<Option<Instant>>,
    is_writing: AtomicBool,
}

impl Unread {
    fn known(&self) -> Option<ReadMarkers> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is known. Says whether the server must be told.
    pub(super) fn change(&self, change: impl FnOnce(&mut Option<ReadMarkers>) -> bool) -> bool {
        change(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in what the server keeps. Somebody of whom it keeps nothing has read everything up to now.
    fn learn(&self, kept: Option<ReadMarkers>, now: Timestamp) -> bool {
        self.change(|known| match (known.as_mut(), kept) {
            (Some(known), Some(kept)) => known.merge(&kept),
            (None, Some(kept)) => {
                *known = Some(kept);
                false
            }
            (Some(_), None) => true,
            (None, None) => {
                *known = Some(ReadMarkers::new(now));
                true
            }
        })
    }
}

impl Session {
    /// How far this person has read; `None` for the guest, and while the server does not say.
    pub(super) async fn markers(&self) -> Option<ReadMarkers> {
        let me = self.address()?;
        let unread = &self.recent().unread;
        let mut asked = unread.asked.lock().await;
        if asked.is_none_or(|at| at.elapsed() >= FRESH) {
            *asked = Some(Instant::now());
            match markers::read(self.wire(), me).await {
                Ok(kept) => {
                    if unread.learn(kept, Timestamp::now()) {
                        self.write_soon(me);
                    }
                    if let Some(read) = unread.known().map(|known| known.notified()) {
                        let _ = self.wire().tell(Command::Notified { read, answer: None }).await;
                    }
                }
                Err(error) => tracing::debug!(account.jid = %me, reason = %error, "what was read could not be read"),
            }
        }
        unread.known()
    }

    /// This person has read a channel up to a moment. No page waits long for that: a server that is slow to say what was
    /// read before is told with the next page.
    pub async fn mark_read(&self, channel: &ChannelId, at: Timestamp) {
        let Some(me) = self.address() else { return };
        if !matches!(timeout(BESIDE, self.markers()).await, Ok(Some(_))) {
            return;
        }
        // A post that is dated in the future hides nothing that comes before.
        let at = at.min(Timestamp::now());
        if self.recent().unread.change(|known| known.as_mut().is_some_and(|known| known.mark(channel, at))) {
            self.write_soon(me);
        }
    }

    /// This person has read everything.
    pub async fn mark_all_read(&self) -> Result<(), Error> {
        let me = self.me()?;
        self.markers().await.ok_or(Error::Timeout)?;
        let now = Timestamp::now();
        if self.recent().unread.change(|known| known.as_mut().is_some_and(|known| known.mark_all(now))) {
            self.write_soon(me);
        }
        Ok(())
    }

    /// Writes what is known, with whatever another gateway wrote meanwhile. What cannot be written stays known here.
    pub(super) fn write_soon(&self, me: &Address) {
        if self.recent().unread.is_writing.swap(true, Ordering::AcqRel) {
            return;
        }
        let (session, me) = (self.clone(), me.clone());
        tokio::spawn(async move {
            sleep(GATHER).await;
            let (unread, wire) = (&session.recent().unread, session.wire().unhurried());
            unread.is_writing.store(false, Ordering::Release);
            let written = async {
                let kept = markers::read(&wire, &me).await?;
                if unread.learn(kept, Timestamp::now())
                    && let Some(known) = unread.known()
                {
                    markers::write(&wire, &me, &known).await?;
                }
                Ok::<_, crate::xmpp::AskError>(())
            };
            if let Err(error) = written.await {
                tracing::info!(account.jid = %me, reason = %error, "what was read could not be kept on the server");
            }
        });
    }

    /// The followed channels and one's own with what is new in them, after all of them were read. First one's own, then by
    /// mentions, by what is new, and by their latest post.
    pub async fn overview(&self) -> Result<Vec<FollowNews>, Error> {
        // Reading the first page reads every channel as far as that takes.
        let (read, _) = tokio::join!(self.home(PageRequest::default()), self.markers());
        if let Err(error) = read {
            tracing::debug!(reason = %error, "channels are listed without what is new in them");
        }
        self.learn_titles().await;
        self.news().await
    }

    /// The same as far as it is known already; `None` for the guest, and where it takes long.
    pub async fn overview_at_hand(&self) -> Option<Vec<FollowNews>> {
        self.address()?;
        let news = async {
            self.markers().await;
            self.news().await
        };
        timeout(BESIDE, news).await.ok()?.ok()
    }

    /// Asks the channels what they are called that nobody has named yet, as far as that is quick.
    async fn learn_titles(&self) {
        let Ok(follows) = self.follows().await else { return };
        let unnamed = follows.iter().filter(|follow| follow.is_followed() && self.named(follow).title.is_none());
        let asked = stream::iter(unnamed.take(MAX_UNNAMED)).for_each_concurrent(SIDE_BY_SIDE, async |follow| {
            self.about(&follow.about.id).await;
        });
        let _ = timeout(BESIDE, asked).await;
    }

    /// A followed channel under the name by which it is known.
    fn named(&self, follow: &Follow) -> About {
        let about = &follow.about;
        if about.title.is_some() { about.clone() } else { self.remembered(&about.id) }
    }

    async fn news(&self) -> Result<Vec<FollowNews>, Error> {
        let follows = self.follows().await?;
        let own = self.own_channel().await?;
        let markers = self.recent().unread.known();
        let mut news = match markers {
            Some(markers) => self.wire().call(|answer| Command::News { markers, answer }).await?,
            None => Default::default(),
        };
        let own_line = Follow { about: self.remembered(&own), is_pending: false, invited_by: None };
        let blocks = self.blocks();
        let is_shown = |follow: &&Follow| follow.about.id != own && !blocks.hides(&follow.about.id.address);
        let others = follows.iter().filter(is_shown).cloned();
        let lines = std::iter::once(own_line).chain(others).map(|follow| FollowNews {
            is_own: follow.about.id == own,
            news: news.remove(&follow.about.id).unwrap_or_default(),
            follow: Follow { about: self.named(&follow), ..follow },
        });
        let mut lines: Vec<FollowNews> = lines.collect();
        lines.sort_by_cached_key(|line| {
            let ChannelNews { mentions, unread, latest, .. } = line.news;
            let order = (line.is_own, mentions, unread > 0, latest);
            (Reverse(order), line.follow.about.title.clone(), line.follow.about.id.clone())
        });
        Ok(lines)
    }
}
