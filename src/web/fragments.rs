//! The pieces of pages that may travel alone: one template serves the page, the answer to a form and the live event.

mod bell;
mod card;
mod event;
mod forms;
mod lists;
mod preview;
mod quoted;
mod reactions;
mod warning;

pub use bell::{Bell, Notified};
pub use card::{Place, Powers, When, card, entry, entry_for, is_by, preview};
pub use event::event;
pub use forms::{Composer, ComposerKind, FollowButton, fresh_id};
pub use lists::{
    Beside, ChannelHead, ChannelRow, Channels, Monogram, NoChannels, PersonRow, RoleChoice, Timeline, replies, shown,
};
pub use preview::{Credit, Preview};
pub use quoted::{is_comments, is_reply, quoted};
pub use reactions::Reactions;
pub use warning::{outside, warning};
