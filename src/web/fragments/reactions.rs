//! The emoji that people attached to a post, and the buttons to do the same.

use askama::Template;

use super::card::rendered;
use crate::session::{Counted, Thread};
use crate::web::filters;
use crate::web::markup::SafeHtml;
use crate::web::urls;
use crate::web::visit::Visitor;

/// What is offered to choose from.
const OFFERED: [&str; 6] = ["👍", "🎉", "😄", "😮", "😢", "🤔"];

/// See the module.
#[derive(Template)]
#[template(path = "fragments/reactions.html")]
pub struct Reactions {
    reactions: Vec<Counted>,
    /// What nobody attached yet and is offered.
    offered: Vec<&'static str>,
    /// Where a choice is sent to, for those who may choose.
    action: Option<String>,
    csrf: String,
}

impl Reactions {
    /// Of a post's page; `None` if there are none and nothing can be done.
    pub fn new(visitor: &Visitor, thread: &Thread) -> Option<Self> {
        let may_react = visitor.viewer.is_some() && thread.takes_reactions && !thread.post.is_deleted;
        let is_new = |emoji: &&str| !thread.reactions.iter().any(|known| known.emoji.as_str() == *emoji);
        (may_react || !thread.reactions.is_empty()).then(|| Reactions {
            reactions: thread.reactions.clone(),
            offered: OFFERED.into_iter().filter(is_new).collect(),
            action: may_react.then(|| urls::react(&thread.post.at)),
            csrf: visitor.csrf.clone(),
        })
    }

    /// As HTML.
    pub fn html(&self) -> SafeHtml {
        rendered(self)
    }
}
