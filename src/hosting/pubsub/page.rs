//! Pages of items, XEP-0059 as XEP-0060 §6.5.4 uses it: oldest to newest, places as tokens.
//!
//! A token is the item's place, not its id, so that a page can go on from an item that was retracted meanwhile.

use super::{Refusal, bounds};
use crate::hosting::stanza::StanzaError;
use crate::store::{Item, Store};

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// At most so many.
    pub max: Option<usize>,
    /// After this token.
    pub after: Option<String>,
    /// Before this token; empty for the last page.
    pub before: Option<String>,
    /// From this index on.
    pub index: Option<usize>,
}

/// Where a page stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAnswer {
    /// Token and index of the first item, and token of the last; none for an empty page.
    pub ends: Option<(String, usize, String)>,
    /// How many there are in all.
    pub count: usize,
}

impl PageAnswer {
    /// `<set/>`
    pub fn write(&self, out: &mut String) {
        out.push_str("<set xmlns='http://jabber.org/protocol/rsm'>");
        if let Some((first, index, last)) = &self.ends {
            out.push_str(&format!("<first index='{index}'>{first}</first><last>{last}</last>"));
        }
        out.push_str(&format!("<count>{}</count></set>", self.count));
    }
}

/// Reads a page. Without one asked for it is the newest items, and it only says where it stands if some are left out.
pub(super) fn read(
    store: &Store,
    node: i64,
    max_items: Option<usize>,
    page: Option<Page>,
) -> Result<(Vec<Item>, Option<PageAnswer>), Refusal> {
    let count = store.item_count(node)?;
    let is_asked = page.is_some();
    let page = page.unwrap_or_else(|| Page { before: Some(String::new()), ..Page::default() });
    let size = [page.max, max_items].into_iter().flatten().min().unwrap_or(usize::MAX).min(bounds::PAGE_ITEMS);
    let items = match (&page.before, &page.after, page.index) {
        _ if size == 0 => Vec::new(),
        (Some(before), None, None) => {
            let before = if before.is_empty() { None } else { Some(token(before)?) };
            let items = store.items_before(node, before, size)?;
            let mut fitting = fitting(items.into_iter().rev());
            fitting.reverse();
            fitting
        }
        (None, Some(after), None) => fitting(store.items_after(node, token(after)?, 0, size)?),
        (None, None, index) => {
            let skip = index.unwrap_or(0);
            if skip > count {
                return Err(StanzaError::new("item-not-found").into());
            }
            fitting(store.items_after(node, 0, skip, size)?)
        }
        _ => return Err(StanzaError::new("bad-request").text("A page has one beginning only.").into()),
    };
    let wanted = max_items.unwrap_or(usize::MAX).min(count);
    if !is_asked && items.len() == wanted {
        return Ok((items, None));
    }
    let ends = match (items.first(), items.last()) {
        (Some(first), Some(last)) => {
            let index = match (&page.before, &page.after, page.index) {
                (Some(before), ..) if before.is_empty() => count - items.len(),
                (None, None, index) => index.unwrap_or(0),
                _ => store.item_index(node, first.sequence)?,
            };
            Some((first.sequence.to_string(), index, last.sequence.to_string()))
        }
        _ => None,
    };
    Ok((items, Some(PageAnswer { ends, count })))
}

fn token(text: &str) -> Result<i64, StanzaError> {
    text.parse().ok().filter(|place| *place > 0).ok_or_else(|| StanzaError::new("item-not-found"))
}

/// As many items from the front as one stanza should carry; one at least.
pub(super) fn fitting(items: impl IntoIterator<Item = Item>) -> Vec<Item> {
    let mut bytes = 0;
    let mut kept = Vec::new();
    for item in items {
        bytes += item.payload.len();
        if bytes > bounds::PAGE_BYTES && !kept.is_empty() {
            break;
        }
        kept.push(item);
    }
    kept
}
