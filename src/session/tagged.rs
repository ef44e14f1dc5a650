//! Posts with a tag, among what a session holds: no service can be asked for them.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::time::timeout;

use super::command::Command;
use super::reading::SIDE_BY_SIDE;
use super::view::PageRequest;
use super::{Error, Session};
use crate::channel::{Access, Post};

/// The most posts with a tag that are given.
const MOST: usize = 50;

/// Channels that are read for guests before their posts are looked through, and how long that may take.
const CHANNELS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(4);

impl Session {
    /// The newest 50 posts with a tag (lower case, without `#`) among those that this session has seen lately. Before,
    /// the newest posts of the followed channels are read; for guests, those of some channels that are known here.
    pub async fn tagged(&self, tag: &str) -> Result<Vec<Arc<Post>>, Error> {
        self.touch();
        if self.address().is_none() {
            let _ = timeout(PATIENCE, self.read_some()).await;
        } else if let Err(error) = self.home(PageRequest::default()).await {
            tracing::debug!(reason = %error, "posts with a tag are looked for without those of the home page");
        }
        let tag = tag.to_owned();
        let mut posts = self.wire().call(|answer| Command::Tagged { tag, most: MOST, answer }).await?;
        self.leave_out(&mut posts);
        // What the guest was let into is not for everybody.
        let is_shown = |post: &Arc<Post>| {
            self.address().is_some() || self.remembered(&post.at.channel).access != Access::Restricted
        };
        Ok(posts.into_iter().filter(is_shown).collect())
    }

    /// Reads channels that are known here and were not read within a minute.
    async fn read_some(&self) {
        let known = self.known().await.unwrap_or_default();
        let wanted = known.iter().filter(|about| about.access != Access::Restricted).take(CHANNELS);
        let wanted = wanted.filter(|about| !self.recent().was_read(&about.id));
        stream::iter(wanted)
            .for_each_concurrent(SIDE_BY_SIDE, async |about| {
                let _ = self.channel(&about.id, PageRequest::default()).await;
            })
            .await;
    }
}
