//! Drafts that people keep in their own account.

use super::writing::within;
use super::{Error, Session};
use crate::channel::PostId;
use crate::channel::kept::{KeptDraft, MAX_DRAFT_BYTES, MAX_DRAFTS};
use crate::dialect::microblog::drafts;

/// Why a draft is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// There are as many as may be, or they are as long.
    #[error("no more drafts are kept")]
    Full,
    /// The server says no.
    #[error(transparent)]
    Session(#[from] Error),
}

impl Session {
    /// What is kept, the latest first.
    pub async fn drafts(&self) -> Result<Vec<KeptDraft>, Error> {
        let me = self.me()?;
        within(drafts::list(self.wire(), me)).await
    }

    /// Keeps a draft, in place of what was kept under its id.
    pub async fn keep_draft(&self, draft: &KeptDraft) -> Result<(), DraftError> {
        let me = self.me()?;
        let others: Vec<KeptDraft> = self.drafts().await?.into_iter().filter(|known| known.id != draft.id).collect();
        let bytes = others.iter().map(KeptDraft::bytes).sum::<usize>() + draft.bytes();
        if others.len() >= MAX_DRAFTS || bytes > MAX_DRAFT_BYTES {
            return Err(DraftError::Full);
        }
        Ok(within(drafts::keep(self.wire(), me, draft)).await?)
    }

    /// Takes a draft away, if it is there.
    pub async fn drop_draft(&self, id: &PostId) -> Result<(), Error> {
        let me = self.me()?;
        within(drafts::remove(self.wire(), me, id)).await
    }
}
