//! How far somebody has read, as one private item in the account's own PEP: so all gateways and browsers agree.
//!
//! XEP-0490 does the same for chats. It names messages by the ids that an archive gives them, which posts do not have.

use minidom::Element;

use super::private;
use crate::channel::{Address, ChannelId, ReadMarkers};
use crate::xmpp::element::element;
use crate::xmpp::{Ask, AskError};

const NODE: &str = "urn:cirrus:read:0";
const ID: &str = "current";

/// How many channels are read of it.
const MAX: usize = 1_000;

/// What the account keeps; `None` if nothing, or nothing that can be read.
pub async fn read(ask: &impl Ask, me: &Address) -> Result<Option<ReadMarkers>, AskError> {
    Ok(private::read(ask, me, NODE, ID).await?.as_ref().and_then(read_markers))
}

/// Keeps it.
pub async fn write(ask: &impl Ask, me: &Address, markers: &ReadMarkers) -> Result<(), AskError> {
    private::write(ask, me, NODE, ID, write_markers(markers)).await
}

fn read_markers(item: &Element) -> Option<ReadMarkers> {
    if !item.is("read", NODE) {
        return None;
    }
    let mut markers = ReadMarkers::new(item.attr("since")?.parse().ok()?);
    // Whoever wrote it may not have known of notifications.
    if let Some(at) = item.attr("notified").and_then(|at| at.parse().ok()) {
        markers.mark_notified(at);
    }
    let channels = item.children().filter(|child| child.is("channel", NODE)).take(MAX);
    for (channel, at) in channels.filter_map(|child| Some((child.attr("uri")?, child.attr("at")?))) {
        if let (Ok(channel), Ok(at)) = (ChannelId::parse(channel), at.parse()) {
            markers.mark(&channel, at);
        }
    }
    Some(markers)
}

fn write_markers(markers: &ReadMarkers) -> Element {
    let (since, notified) = (markers.since().to_string(), markers.notified().to_string());
    let mut item = element("read", NODE, &[("since", &since), ("notified", &notified)]);
    for (channel, at) in markers.channels() {
        item.append_child(element("channel", NODE, &[("uri", &channel.uri()), ("at", &at.to_string())]));
    }
    item
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_broken_is_passed_over() {
        let mut markers = ReadMarkers::new("2026-01-01T00:00:00Z".parse().unwrap());
        markers.mark_notified("2026-01-05T00:00:00Z".parse().unwrap());
        let buddycloud = ChannelId::buddycloud("juliet@capulet.lit".parse().unwrap());
        for channel in [ChannelId::parse("a@b.lit").unwrap(), ChannelId::parse("p.lit/x & y").unwrap(), buddycloud] {
            markers.mark(&channel, "2026-01-02T03:04:05.678Z".parse().unwrap());
        }
        assert_eq!(read_markers(&write_markers(&markers)), Some(markers));
        let broken = "<read xmlns='urn:cirrus:read:0' since='2026-01-01T00:00:00Z'><channel uri='a@b.lit' at='never'/>\
            <channel uri='' at='2026-01-02T00:00:00Z'/><channel/><other/></read>";
        let read = read_markers(&broken.parse().unwrap()).unwrap();
        assert_eq!(read, ReadMarkers::new("2026-01-01T00:00:00Z".parse().unwrap()));
        for nothing in ["<read xmlns='urn:cirrus:read:0'/>", "<read xmlns='x' since='2026-01-01T00:00:00Z'/>"] {
            assert_eq!(read_markers(&nothing.parse().unwrap()), None);
        }
    }
}
