//! Drafts, each an item of a private node in the account's own PEP (XEP-0223): so all gateways and browsers have them.

use minidom::Element;

use super::{page, private};
use crate::atom::{MAX_PARTS, MAX_TEXT, MAX_URI};
use crate::channel::kept::{KeptDraft, MAX_DRAFTS};
use crate::channel::{Address, ChannelId, Link, PostId};
use crate::dialect::set;
use crate::xmpp::element::{element, only_child, text_element};
use crate::xmpp::pubsub::{Item, request};
use crate::xmpp::{Ask, AskError};

const NODE: &str = "urn:cirrus:drafts:0";

/// What is kept, the latest first; what cannot be read is passed over.
pub async fn list(ask: &impl Ask, me: &Address) -> Result<Vec<KeptDraft>, AskError> {
    let items = match page::ask_items(ask, &private::place(me, NODE), Some(2 * MAX_DRAFTS), None).await {
        Err(error) if private::NOTHING.iter().any(|condition| error.is(condition)) => return Ok(Vec::new()),
        items => items?,
    };
    let mut drafts: Vec<KeptDraft> = items.items.iter().filter_map(read).collect();
    drafts.sort_by_key(|draft| std::cmp::Reverse(draft.changed));
    Ok(drafts)
}

/// Keeps one, in place of what was kept under its id. The node is made first: one that comes of publishing would keep the
/// latest draft only.
pub async fn keep(ask: &impl Ask, me: &Address, draft: &KeptDraft) -> Result<(), AskError> {
    private::keep(ask, me, NODE).await?;
    private::publish(ask, me, NODE, draft.id.as_str(), write(draft)).await
}

/// Takes one away, if it is there.
pub async fn remove(ask: &impl Ask, me: &Address, id: &PostId) -> Result<(), AskError> {
    match set(ask, me, request::retract(NODE, id.as_str())).await {
        Err(error) if private::NOTHING.iter().any(|condition| error.is(condition)) => Ok(()),
        done => done.map(|_| ()),
    }
}

fn read(item: &Item) -> Option<KeptDraft> {
    let id = PostId::new(item.id.as_deref()?).ok()?;
    let draft = item.payload.first().filter(|draft| !item.is_cut && draft.is("draft", NODE))?;
    let text = |name| only_child(draft, name, NODE).map(Element::text);
    let files = draft.children().filter(|child| child.is("file", NODE)).take(MAX_PARTS).filter_map(|file| {
        let href = file.attr("href").filter(|href| href.len() <= MAX_URI)?.to_owned();
        let [media_type, title] = ["type", "title"].map(|name| file.attr(name).map(str::to_owned));
        Some(Link { rel: "enclosure".to_owned(), href, media_type, title })
    });
    Some(KeptDraft {
        id,
        channel: ChannelId::parse(draft.attr("channel")?).ok()?,
        text: text("text").filter(|text| text.len() <= MAX_TEXT).unwrap_or_default(),
        warning: text("warning").filter(|warning| !warning.is_empty()),
        files: files.collect(),
        changed: draft.attr("changed")?.parse().ok()?,
    })
}

fn write(draft: &KeptDraft) -> Element {
    let KeptDraft { channel, text, warning, files, changed, .. } = draft;
    let mut item = element("draft", NODE, &[("channel", &channel.uri()), ("changed", &changed.to_string())]);
    item.append_child(text_element("text", NODE, text));
    if let Some(warning) = warning {
        item.append_child(text_element("warning", NODE, warning));
    }
    for file in files {
        let mut attributes = vec![("href", file.href.as_str())];
        attributes.extend(file.media_type.as_deref().map(|kind| ("type", kind)));
        attributes.extend(file.title.as_deref().map(|title| ("title", title)));
        item.append_child(element("file", NODE, &attributes));
    }
    item
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn item(id: &str, payload: Element) -> Item {
        Item { id: Some(id.to_owned()), publisher: None, payload: vec![payload], is_cut: false }
    }

    #[test]
    fn what_is_written_is_read_and_what_is_broken_is_passed_over() {
        let file = Link {
            rel: "enclosure".to_owned(),
            href: "https://up.example/a.png".to_owned(),
            media_type: Some("image/png".to_owned()),
            title: Some("A <cat>".to_owned()),
        };
        let draft = KeptDraft {
            id: PostId::new("draft-1").unwrap(),
            channel: ChannelId::parse("p.example/birds & bees").unwrap(),
            text: "Half a\n\nthought <b>".to_owned(),
            warning: Some("Bees".to_owned()),
            files: vec![file],
            changed: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        };
        assert_eq!(read(&item("draft-1", write(&draft))), Some(draft.clone()));
        let short = KeptDraft { warning: None, files: Vec::new(), ..draft };
        assert_eq!(read(&item("draft-1", write(&short))), Some(short));
        for broken in ["<draft xmlns='x'/>", "<draft xmlns='urn:cirrus:drafts:0' channel='a@b.lit' changed='never'/>"] {
            assert_eq!(read(&item("x", broken.parse().unwrap())), None);
        }
    }
}
