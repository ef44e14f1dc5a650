//! Files: what the media server of a domain keeps, as links beside the post (buddycloud-media-server).

use minidom::Element;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::loose;
use crate::atom::{MAX_PARTS, MAX_URI};
use crate::channel::{Address, Link};
use crate::dialect::ChannelService;

/// The form in which a media server says where it is.
pub const FORM: &str = "http://buddycloud.org/v1/api";

/// A media server as far as links need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    domain: Address,
}

impl Endpoint {
    /// That of the domain of a channel service.
    pub fn of(service: &ChannelService) -> Option<Endpoint> {
        let url = service.helpers.media.clone()?;
        Some(Endpoint { url, domain: service.domain.clone() })
    }

    /// The files that an entry names. Those of another domain's media server are left out: where that is we do not know.
    ///
    /// COMPAT(buddycloud-server-java): it changes the namespace of the list.
    pub fn enclosures(&self, entry: &Element) -> Vec<Link> {
        let items = loose::children(entry, "media").flat_map(|media| loose::children(media, "item"));
        items.take(MAX_PARTS).filter_map(|item| self.enclosure(item.attr("channel")?, item.attr("id")?)).collect()
    }

    fn enclosure(&self, channel: &str, id: &str) -> Option<Link> {
        let channel: Address = channel.parse().ok()?;
        let own = channel.domain().as_str();
        let is_here = own == self.domain.as_str() || own.strip_suffix(self.domain.as_str())?.ends_with('.');
        let escape = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let href = format!("{}/{}/{}", self.url, escape(channel.as_str()), escape(id));
        let link = || Link { rel: "enclosure".to_owned(), href, media_type: None, title: None };
        (is_here && !id.is_empty()).then(link).filter(|link| link.href.len() <= MAX_URI)
    }
}

/// The base URL that a media server gives in its form; only the web's own schemes.
pub fn read_url(url: &str) -> Option<String> {
    let url = url.trim().trim_end_matches('/');
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let is_plain =
        !url.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '"' | '<' | '>'));
    (is_web && is_plain && url.len() <= MAX_URI / 2).then(|| url.to_owned())
}
