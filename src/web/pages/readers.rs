//! Who can read something, in words: before it is written, and beside what is written.

use super::home;
use crate::channel::{About, Access, Circle};
use crate::language::Text;

/// Told to somebody who is about to write into a channel; whether it is the own one changes the words.
pub(super) fn hint(about: &About, is_own: bool) -> Text {
    match about.circle.filter(|_| about.access == Access::Restricted) {
        Some(circle) => Text::new(closed(circle, is_own)),
        None => home::hint(about.access),
    }
}

/// Told beside a post; nothing where nobody knows.
pub(super) fn mark(about: &About, is_own: bool) -> Option<Text> {
    match (about.access, about.circle) {
        (Access::Open, _) => Some(Text::new("readers-open")),
        (Access::Restricted, Some(circle)) => Some(Text::new(closed(circle, is_own))),
        (Access::Restricted, None) => Some(Text::new("readers-closed")),
        (Access::Unknown, _) => None,
    }
}

fn closed(circle: Circle, is_own: bool) -> &'static str {
    match (circle, is_own) {
        (Circle::Contacts, true) => "readers-own-contacts",
        (Circle::Contacts, false) => "readers-contacts",
        (Circle::Followers, true) => "readers-own-followers",
        (Circle::Followers, false) => "readers-followers",
        (Circle::Members, true) => "readers-own-members",
        (Circle::Members, false) => "readers-members",
    }
}
