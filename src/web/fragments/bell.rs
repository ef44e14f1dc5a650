//! The bell in the frame of every page, and the number beside it, which also comes while a page is open.

use askama::Template;

use super::card::rendered;
use crate::web::filters;
use crate::web::markup::SafeHtml;

/// How many notifications are new.
#[derive(Template)]
#[template(path = "fragments/notified.html")]
pub struct Notified {
    /// The number; nothing is shown for none.
    pub count: usize,
}

/// The way to the notifications.
#[derive(Template)]
#[template(path = "fragments/bell.html")]
pub struct Bell {
    /// How many are new.
    pub count: usize,
    /// Whether they are what this page shows.
    pub is_here: bool,
}

impl Notified {
    /// As HTML.
    pub fn html(&self) -> SafeHtml {
        rendered(self)
    }
}

impl Bell {
    /// As HTML.
    pub fn html(&self) -> SafeHtml {
        rendered(self)
    }
}
