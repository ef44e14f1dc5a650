//! Where links lead: which schemes are allowed, which addresses are pages of ours, and what is shown of them.

use url::Url;

use crate::channel::{Address, ChannelId, PostId, PostRef};
use crate::web::urls;

/// The longest address that becomes a link, in bytes.
const MAX_HREF: usize = 2000;

/// A link that may be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// For the `href` of a page of ours.
    pub href: String,
    /// The same for other programs.
    pub original: String,
    /// What a reader must see of it: the host, or the address.
    pub shown: String,
    /// Whether it stays on this site.
    pub is_ours: bool,
}

/// Reads an address of one of the allowed schemes: http, https, mailto, xmpp. Relative ones are refused.
pub fn read(href: &str) -> Option<Target> {
    let href = href.trim();
    if href.len() > MAX_HREF {
        return None;
    }
    let url = Url::parse(href).ok()?;
    match url.scheme() {
        "http" | "https" => web(url),
        "mailto" => {
            let shown = plain(url.path());
            let original = encoded(url.as_str());
            (!shown.is_empty()).then(|| Target { href: original.clone(), original, shown, is_ours: false })
        }
        "xmpp" => xmpp(href, &url),
        _ => None,
    }
}

/// Whether a link's words already begin with where it leads.
pub fn says(words: &str, shown: &str) -> bool {
    let words = words.trim().to_lowercase();
    let shown = shown.to_lowercase();
    let bare = ["https://", "http://", "mailto:", "xmpp:", "@"].iter().find_map(|start| words.strip_prefix(start));
    let bare = bare.unwrap_or(&words);
    let follows =
        bare.strip_prefix(&shown).or_else(|| bare.strip_prefix("www.")?.strip_prefix(shown.strip_prefix("www.")?));
    match follows {
        Some("") => true,
        Some(rest) => !shown.contains('@') && rest.starts_with(['/', '?', '#']),
        None => false,
    }
}

fn web(mut url: Url) -> Option<Target> {
    let host = url.host_str().filter(|host| !host.is_empty())?.to_owned();
    // A name before the host serves only to make the address look like another.
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let shown = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    };
    let original = encoded(url.as_str());
    Some(Target { href: original.clone(), original, shown, is_ours: false })
}

/// An `xmpp:` address. One that names an account or a node is a channel, which has a page here.
fn xmpp(href: &str, url: &Url) -> Option<Target> {
    let original = encoded(&format!("xmpp:{}", &href[href.find(':')? + 1..]));
    let query = url.query().unwrap_or("");
    let shown = plain(url.path());
    let address: Address = shown.parse().ok()?;
    let is_channel = query.is_empty() || query.split([';', '&']).any(|pair| pair.starts_with("node="));
    if !is_channel {
        return Some(Target { href: original.clone(), original, shown: address.to_string(), is_ours: false });
    }
    let channel = ChannelId::parse(&format!("xmpp:{}", &href[href.find(':')? + 1..])).ok()?;
    let shown = channel.to_string();
    let item =
        query.split([';', '&']).find_map(|pair| pair.strip_prefix("item=")).and_then(|id| PostId::new(plain(id)).ok());
    let href = match item {
        Some(id) => urls::post(&PostRef::new(channel, id)),
        None => urls::channel(&channel),
    };
    Some(Target { href, original, shown, is_ours: true })
}

/// Percent-decoded, without characters that would not show.
fn plain(part: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
    decoded.chars().filter(|c| !c.is_control()).collect()
}

/// Without the characters that mean something to HTML, which a URL does not need.
fn encoded(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '"' => out.push_str("%22"),
            '\'' => out.push_str("%27"),
            '`' => out.push_str("%60"),
            c if c.is_control() || c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}
