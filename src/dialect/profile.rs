//! The profiles of people: vCard4 in their own PEP (XEP-0292), else vcard-temp (XEP-0054); the picture above it is Movim's.

use minidom::Element;

use super::microblog::{nodes, open, private};
use super::{get, shortened};
use crate::channel::Address;
use crate::channel::profile::{Audience, Profile};
use crate::xmpp::element::{element, only_child, text_element};
use crate::xmpp::pubsub::{Item, Window, answer, request};
use crate::xmpp::{Ask, AskError};

const NODE: &str = "urn:xmpp:vcard4";
const NS: &str = "urn:ietf:params:xml:ns:vcard-4.0";
const ID: &str = "current";
const TEMP: &str = "vcard-temp";
/// The nickname by itself (XEP-0172), which chat programs show.
const NICK: &str = "http://jabber.org/protocol/nick";
const BANNER: &str = "urn:xmpp:movim-banner:0";

/// Access for whoever may see when somebody is online.
const PRESENCE: [(&str, &str); 2] = [("pubsub#access_model", "presence"), ("pubsub#persist_items", "true")];

/// The longest address of a link or a picture, in bytes.
const ADDRESS: usize = 2_000;

/// What somebody says about themselves to whoever asks; `None` if nothing, or nothing to this person.
pub async fn read(ask: &impl Ask, who: &Address) -> Result<Option<Profile>, AskError> {
    match newest(ask, who, NODE).await {
        Ok(Some(card)) if card.is("vcard", NS) => return Ok(Some(read_card(&card))),
        Ok(_) | Err(AskError::Stanza { .. } | AskError::TooLarge) => {}
        Err(error) => return Err(error),
    }
    match get(ask, who, Element::bare("vCard", TEMP)).await {
        Ok(card) => {
            Ok(card.filter(|card| card.is("vCard", TEMP)).map(|card| read_temp(&card)).filter(|it| !it.is_empty()))
        }
        Err(AskError::Stanza { .. } | AskError::TooLarge) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where the wide picture is that Movim shows above a profile, unchecked.
pub async fn banner(ask: &impl Ask, who: &Address) -> Option<String> {
    let payload = newest(ask, who, BANNER).await.ok()??;
    let info = payload.children().find(|child| child.name() == "info" && child.attr("url").is_some());
    info?.attr("url").filter(|url| url.len() <= ADDRESS).map(str::to_owned)
}

/// One's own profile, and who may read it; everything that is not said is empty.
pub async fn own(ask: &impl Ask, me: &Address) -> Result<(Profile, Option<Audience>), AskError> {
    let profile = read(ask, me).await?.unwrap_or_default();
    let audience = match nodes::configuration(ask, me, NODE).await {
        Ok(form) if form.get("pubsub#access_model") == Some("open") => Some(Audience::Everybody),
        Ok(_) => Some(Audience::Contacts),
        Err(AskError::Stanza { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok((profile, audience))
}

/// Says something else about oneself from now on. What other programs wrote into the card, and has no field here, stays.
pub async fn write(ask: &impl Ask, me: &Address, profile: &Profile, audience: Audience) -> Result<(), AskError> {
    let before = match newest(ask, me, NODE).await {
        Ok(card) => card.filter(|card| card.is("vcard", NS)),
        Err(error) if private::NOTHING.iter().any(|condition| error.is(condition)) => None,
        // Whatever stands there would be lost.
        Err(error) => return Err(error),
    };
    publish(ask, me, NODE, write_card(before.as_ref(), profile), audience).await?;
    let nick = text_element("nick", NICK, profile.nickname.as_deref().unwrap_or_default());
    publish(ask, me, NICK, nick, audience).await
}

async fn publish(
    ask: &impl Ask,
    me: &Address,
    node: &str,
    payload: Element,
    audience: Audience,
) -> Result<(), AskError> {
    if audience == Audience::Everybody {
        return open::publish(ask, me, node, ID, payload).await;
    }
    match nodes::configuration(ask, me, node).await {
        Ok(form) => {
            if !nodes::adjust(ask, me, node, &form, &PRESENCE).await {
                return Err(super::refused("not-acceptable", "the server does not keep this to your contacts"));
            }
        }
        Err(AskError::Stanza { .. }) => _ = nodes::create(ask, me, node, &PRESENCE, &PRESENCE[..1]).await?,
        Err(error) => return Err(error),
    }
    nodes::publish(ask, &private::place(me, node), ID, payload, &[]).await
}

/// What the newest item of a node holds.
async fn newest(ask: &impl Ask, who: &Address, node: &str) -> Result<Option<Element>, AskError> {
    let newest = request::items(node, Some(1), None::<&Window<'_>>);
    let items = answer::read_items(get(ask, who, newest).await?).items;
    if items.iter().any(|item: &Item| item.is_cut) {
        return Err(AskError::TooLarge);
    }
    Ok(items.into_iter().next_back().and_then(|item| item.payload.into_iter().next()))
}

fn words(text: &str, most: usize) -> Option<String> {
    let text = shortened(text.trim(), most);
    (!text.is_empty()).then_some(text)
}

/// The properties whose words have a field here: their names, and what the words stand in (RFC 6351 §5).
const FIELDS: [(&str, &str); 3] = [("fn", "text"), ("nickname", "text"), ("note", "text")];

fn read_card(card: &Element) -> Profile {
    let all = |name: &'static str, within: &'static str| {
        let properties = card.children().filter(move |child| child.is(name, NS));
        properties.filter_map(move |property| only_child(property, within, NS)).map(Element::text)
    };
    let first = |name, within, most| all(name, within).find_map(|text| words(&text, most));
    let links = all("url", "uri").filter_map(|uri| words(&uri, ADDRESS)).filter(|uri| uri.len() <= ADDRESS);
    Profile {
        name: first("fn", "text", Profile::NAME),
        nickname: first("nickname", "text", Profile::NAME),
        note: first("note", "text", Profile::NOTE),
        place: place(|name| first("adr", name, Profile::NAME)),
        links: links.take(Profile::LINKS).collect(),
    }
}

fn place(part: impl Fn(&'static str) -> Option<String>) -> Option<String> {
    let parts: Vec<String> = ["locality", "country"].into_iter().filter_map(part).collect();
    words(&parts.join(", "), Profile::NAME)
}

fn read_temp(card: &Element) -> Profile {
    let child = |parent: &Element, name: &str, most| {
        parent.children().filter(|child| child.is(name, TEMP)).find_map(|child| words(&child.text(), most))
    };
    let address = card.children().find(|child| child.is("ADR", TEMP));
    let part = |name: &str| address.and_then(|address| child(address, name, Profile::NAME));
    let parts: Vec<String> = [part("LOCALITY"), part("CTRY")].into_iter().flatten().collect();
    Profile {
        name: child(card, "FN", Profile::NAME),
        nickname: child(card, "NICKNAME", Profile::NAME),
        note: child(card, "DESC", Profile::NOTE),
        place: words(&parts.join(", "), Profile::NAME),
        links: child(card, "URL", ADDRESS).filter(|url| url.len() <= ADDRESS).into_iter().collect(),
    }
}

/// The card with these words, and all that has no field here as it was.
fn write_card(before: Option<&Element>, profile: &Profile) -> Element {
    let mut card = Element::bare("vcard", NS);
    let said = [&profile.name, &profile.nickname, &profile.note];
    for ((name, within), text) in FIELDS.into_iter().zip(said) {
        if let Some(text) = text {
            card.append_child(property(name, within, text));
        }
    }
    for link in &profile.links {
        card.append_child(property("url", "uri", link));
    }
    let was = before.map(read_card).unwrap_or_default();
    let is_ours = |child: &&Element| {
        let is_field = ["fn", "nickname", "note", "url"].iter().any(|name| child.is(*name, NS));
        // An address has more parts than the place here, which go with it only when the place changes.
        is_field || (child.is("adr", NS) && was.place != profile.place)
    };
    if let Some(place) = profile.place.as_ref().filter(|place| was.place.as_ref() != Some(place)) {
        card.append_child(property("adr", "locality", place));
    }
    for kept in before.into_iter().flat_map(Element::children).filter(|child| !is_ours(child)) {
        card.append_child(kept.clone());
    }
    card
}

fn property(name: &str, within: &str, text: &str) -> Element {
    let mut property = element(name, NS, &[]);
    property.append_child(text_element(within, NS, text));
    property
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dialect::microblog::tests::script::Script;

    const HEAD: &str = "get juliet@capulet.lit";
    const CARD: &str = "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Juliet Capulet</text></fn>\
        <nickname><text> J </text></nickname><note><text>At the balcony.</text></note><url><uri>https://capulet.lit/</uri></url>\
        <url><uri>https://balcony.lit/</uri></url><adr><locality>Verona</locality><country>Italy</country></adr>\
        <bday><date>1580-01-01</date></bday></vcard>";

    fn juliet() -> Profile {
        Profile {
            name: Some("Juliet Capulet".to_owned()),
            nickname: Some("J".to_owned()),
            note: Some("At the balcony.".to_owned()),
            place: Some("Verona, Italy".to_owned()),
            links: vec!["https://capulet.lit/".to_owned(), "https://balcony.lit/".to_owned()],
        }
    }

    fn items(payload: &str) -> String {
        format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'><item id='current'>{payload}</item></items></pubsub>"
        )
    }

    async fn read_of(script: Script) -> Result<Option<Profile>, AskError> {
        let read = read(&script, &"juliet@capulet.lit".parse().unwrap()).await;
        script.end();
        read
    }

    #[tokio::test]
    async fn it_is_looked_for_in_both_places() {
        let script = Script::new().line(HEAD, &["urn:xmpp:vcard4"], &items(CARD));
        assert_eq!(read_of(script).await, Ok(Some(juliet())));
        let temp = "<vCard xmlns='vcard-temp'><FN>Juliet</FN><URL>https://capulet.lit/</URL><ADR><LOCALITY>Verona</LOCALITY></ADR></vCard>";
        let script = Script::new().refusal(HEAD, &["urn:xmpp:vcard4"], "forbidden").line(HEAD, &["<vCard"], temp);
        let read = read_of(script).await.unwrap().unwrap();
        assert_eq!((read.name.as_deref(), read.place.as_deref()), (Some("Juliet"), Some("Verona")));
        let script = Script::new().refusal(HEAD, &[], "item-not-found").line(HEAD, &[], "<vCard xmlns='vcard-temp'/>");
        assert_eq!(read_of(script).await, Ok(None), "an empty one says nothing");
    }

    #[test]
    fn what_has_no_field_here_stays() {
        let before: Element = CARD.parse().unwrap();
        let same = String::from(&write_card(Some(&before), &juliet()));
        assert!(same.contains("<country>Italy</country>") && same.contains("1580-01-01"), "{same}");
        let moved = Profile { place: Some("Mantua".to_owned()), links: Vec::new(), ..juliet() };
        let card = write_card(Some(&before), &moved);
        assert_eq!(read_card(&card), moved);
        assert!(String::from(&card).contains("1580-01-01"));
        assert_eq!(read_card(&write_card(None, &juliet())), juliet());
    }

    #[test]
    fn what_is_too_long_is_cut_and_what_is_too_much_is_left_out() {
        let long = "x".repeat(10_000);
        let many = "<url><uri>https://x.lit/</uri></url>".repeat(50);
        let card = format!(
            "<vcard xmlns='{NS}'><fn><text>{long}</text></fn><note><text>{long}</text></note>{many}<url><uri>https://{long}</uri></url></vcard>"
        );
        let read = read_card(&card.parse().unwrap());
        assert!(read.name.unwrap().chars().count() <= Profile::NAME + 1);
        assert!(read.note.unwrap().chars().count() <= Profile::NOTE + 1);
        assert_eq!(read.links.len(), Profile::LINKS);
    }
}
