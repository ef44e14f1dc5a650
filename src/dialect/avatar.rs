//! The pictures of people: in their own PEP (XEP-0084), else in their vCard (XEP-0153).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minidom::Element;
use ring::digest;

use super::get;
use super::microblog::open;
use crate::channel::Address;
use crate::xmpp::element::{element, only_child, text_element};
use crate::xmpp::pubsub::{Window, answer, request};
use crate::xmpp::{Ask, AskError};

const METADATA: &str = "urn:xmpp:avatar:metadata";
const DATA: &str = "urn:xmpp:avatar:data";
const VCARD: &str = "vcard-temp";

/// The largest picture that is read, in bytes; the guard bounds the stanza that brings it.
const MAX: usize = 512 * 1024;

/// Somebody's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Avatar {
    /// The file, of whatever kind; it must be drawn anew before anybody sees it.
    File(Vec<u8>),
    /// Where it is on the web, unchecked.
    Url(String),
}

/// The picture that somebody shows to whoever asks; `None` if there is none. A server that refuses one way is asked the
/// other: some keep pictures in only one place.
pub async fn read(ask: &impl Ask, who: &Address) -> Result<Option<Avatar>, AskError> {
    match by_pep(ask, who).await {
        Ok(Some(avatar)) => return Ok(Some(avatar)),
        Ok(None) | Err(AskError::Stanza { .. } | AskError::TooLarge) => {}
        Err(error) => return Err(error),
    }
    match get(ask, who, Element::bare("vCard", VCARD)).await {
        Ok(card) => Ok(card.as_ref().and_then(of_vcard)),
        Err(AskError::Stanza { .. } | AskError::TooLarge) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Shows a picture to everybody from now on, or none: an empty description says that there is none (XEP-0084 §4.5).
pub async fn write(ask: &impl Ask, me: &Address, picture: Option<(&[u8], &str)>) -> Result<(), AskError> {
    let mut metadata = Element::bare("metadata", METADATA);
    let Some((bytes, media_type)) = picture else {
        return open::publish(ask, me, METADATA, "none", metadata).await;
    };
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    let id: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    open::publish(ask, me, DATA, &id, text_element("data", DATA, &STANDARD.encode(bytes))).await?;
    let length = bytes.len().to_string();
    let info = [("id", id.as_str()), ("type", media_type), ("bytes", length.as_str())];
    metadata.append_child(element("info", METADATA, &info));
    open::publish(ask, me, METADATA, &id, metadata).await
}

async fn by_pep(ask: &impl Ask, who: &Address) -> Result<Option<Avatar>, AskError> {
    let newest = request::items(METADATA, Some(1), None::<&Window<'_>>);
    let items = answer::read_items(get(ask, who, newest).await?).items;
    let metadata = items.iter().rev().find_map(|item| item.payload.first()).filter(|it| it.is("metadata", METADATA));
    // An empty one says that the picture was taken away. Those on the web have an address, and no data here.
    let Some(info) = metadata.and_then(|it| it.children().find(|child| child.is("info", METADATA))) else {
        return Ok(None);
    };
    if let Some(url) = info.attr("url") {
        return Ok(Some(Avatar::Url(url.to_owned())));
    }
    let Some(id) = info.attr("id") else { return Ok(None) };
    let items = answer::read_items(get(ask, who, request::items_by_id(DATA, &[id])).await?).items;
    let data = items.iter().filter(|item| !item.is_cut).find_map(|item| item.payload.first());
    Ok(data.filter(|data| data.is("data", DATA)).and_then(file))
}

fn of_vcard(card: &Element) -> Option<Avatar> {
    if !card.is("vCard", VCARD) {
        return None;
    }
    let photo = only_child(card, "PHOTO", VCARD)?;
    file(only_child(photo, "BINVAL", VCARD)?)
}

/// Base64, which clients break into lines.
fn file(element: &Element) -> Option<Avatar> {
    let text: Vec<u8> = element.text().bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(text).ok()?;
    (!bytes.is_empty() && bytes.len() <= MAX).then_some(Avatar::File(bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dialect::microblog::tests::script::Script;

    const HEAD: &str = "get juliet@capulet.lit";

    async fn read_of(script: Script) -> Result<Option<Avatar>, AskError> {
        let read = read(&script, &"juliet@capulet.lit".parse().unwrap()).await;
        script.end();
        read
    }

    fn items(node: &str, payload: &str) -> String {
        format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'><item id='a1'>{payload}</item></items></pubsub>"
        )
    }

    fn metadata(info: &str) -> String {
        items(METADATA, &format!("<metadata xmlns='urn:xmpp:avatar:metadata'>{info}</metadata>"))
    }

    #[tokio::test]
    async fn it_is_looked_for_in_both_places() {
        let data = items(DATA, "<data xmlns='urn:xmpp:avatar:data'>aGVs\nbG8=</data>");
        let script = Script::new()
            .line(HEAD, &["urn:xmpp:avatar:metadata"], &metadata("<info id='a1' type='image/png' bytes='5'/>"))
            .line(HEAD, &["urn:xmpp:avatar:data", "id='a1'"], &data);
        assert_eq!(read_of(script).await, Ok(Some(Avatar::File(b"hello".to_vec()))));
        let card = "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>aGVsbG8=</BINVAL></PHOTO></vCard>";
        let script = Script::new().refusal(HEAD, &["metadata"], "forbidden").line(HEAD, &["<vCard"], card);
        assert_eq!(read_of(script).await, Ok(Some(Avatar::File(b"hello".to_vec()))));
        let script = Script::new().line(HEAD, &[], &metadata("<info id='a1' url='https://capulet.lit/j.png'/>"));
        assert_eq!(read_of(script).await, Ok(Some(Avatar::Url("https://capulet.lit/j.png".to_owned()))));
    }

    #[tokio::test]
    async fn a_new_one_is_open_to_everybody() {
        let me = "juliet@capulet.lit".parse().unwrap();
        let head = "set juliet@capulet.lit";
        let open = ["<create node='urn:xmpp:avatar:", "pubsub#access_model", "<value>open</value>"];
        let id = "id='aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'";
        let script = Script::new()
            .refusal(HEAD, &["<configure node='urn:xmpp:avatar:data'"], "item-not-found")
            .line(head, &open, "")
            .line(head, &["<publish node='urn:xmpp:avatar:data'", id, "aGVsbG8="], "")
            .refusal(HEAD, &["<configure node='urn:xmpp:avatar:metadata'"], "item-not-found")
            .line(head, &open, "")
            .line(head, &["<publish node='urn:xmpp:avatar:metadata'", id, "bytes='5'", "type='image/png'"], "");
        assert_eq!(write(&script, &me, Some((b"hello", "image/png"))).await, Ok(()));
        script.end();
        let script = Script::new()
            .refusal(HEAD, &["<configure"], "forbidden")
            .refusal(head, &["<create"], "conflict")
            .line(head, &["<publish node='urn:xmpp:avatar:metadata'", "<metadata"], "");
        assert_eq!(write(&script, &me, None).await, Ok(()));
        script.end();
    }

    #[tokio::test]
    async fn nothing_and_nonsense_are_no_picture() {
        for card in [
            "<vCard xmlns='vcard-temp'/>",
            "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>%%%</BINVAL></PHOTO></vCard>",
            "<vCard xmlns='vcard-temp'><PHOTO><EXTVAL>https://x.lit</EXTVAL></PHOTO></vCard>",
            "<other xmlns='x'/>",
        ] {
            let script = Script::new().line(HEAD, &[], &metadata("")).line(HEAD, &["<vCard"], card);
            assert_eq!(read_of(script).await, Ok(None), "{card}");
        }
        let script = Script::new().refusal(HEAD, &[], "item-not-found").refusal(HEAD, &[], "service-unavailable");
        assert_eq!(read_of(script).await, Ok(None));
        let script = Script::new().failure(HEAD, &[], AskError::Timeout);
        assert_eq!(read_of(script).await, Err(AskError::Timeout));
    }
}
