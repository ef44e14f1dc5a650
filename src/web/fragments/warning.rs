//! What readers are warned of: the rest of such a post is folded, and no other program is told it.

use std::borrow::Cow;

use crate::channel::{Content, Post};
use crate::language::Text;
use crate::web::markup;

/// The longest warning that is shown, in characters.
const MAX: usize = 200;

/// The words that stand in place of a post which not everybody wants to see: its headline, else that it is such a post.
pub fn warning(post: &Post) -> Option<String> {
    let has_more = post.content.text.is_some() || post.content.markup.is_some();
    let words = || post.content.title.as_deref().filter(|_| has_more).and_then(|title| markup::line(title, MAX));
    post.is_sensitive().then(|| words().unwrap_or_else(|| Text::new("warning-some").to_string()))
}

/// A post as programs are told it that show no more than they get: of one with a warning only that.
pub fn outside(post: &Post) -> Cow<'_, Post> {
    let Some(warning) = warning(post) else { return Cow::Borrowed(post) };
    let content = Content { text: Some(warning), ..Content::default() };
    Cow::Owned(Post { content, links: Vec::new(), ..post.clone() })
}
