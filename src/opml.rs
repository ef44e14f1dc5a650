//! OPML 2.0, as far as a list of followed channels goes: one outline a channel, with its `xmpp:` address.

use minidom::Element;

use crate::xml::writer::escape_attribute;
use crate::xml::{Limits, Violation, document};

/// The largest file that is read, in bytes: 500 channels with long names.
pub const MAX_BYTES: usize = 512 * 1024;

/// The most channels in a file.
pub const MAX_CHANNELS: usize = 500;

/// How deep outlines may stand in each other, the root counted; readers of feeds put them into folders.
const DEPTH: usize = 16;

/// Why a file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpmlError {
    /// Larger than [`MAX_BYTES`], or with more elements than so many channels need.
    #[error("the file is too large")]
    TooLarge,
    /// Something else than OPML, or OPML that is broken.
    #[error("the file is not OPML")]
    NotOpml,
    /// OPML without the address of any channel.
    #[error("the file names no channel by an xmpp: address")]
    Empty,
    /// More than [`MAX_CHANNELS`].
    #[error("the file names more than {MAX_CHANNELS} channels")]
    TooMany,
}

/// Writes a list: each channel's name and its `xmpp:` address.
pub fn write<'a>(title: &str, channels: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n<head><title>");
    escape_attribute(title, &mut out);
    out.push_str("</title></head>\n<body>\n");
    for (name, uri) in channels {
        out.push_str("<outline type=\"xmpp\" text=\"");
        escape_attribute(name, &mut out);
        out.push_str("\" xmlUrl=\"");
        escape_attribute(&uri, &mut out);
        out.push_str("\"/>\n");
    }
    out.push_str("</body>\n</opml>\n");
    out
}

/// Reads the `xmpp:` addresses of a list, in its order and each once. Outlines of other kinds are passed over.
pub fn read(file: &[u8]) -> Result<Vec<String>, OpmlError> {
    // Twice as many elements as channels leaves room for folders and for what others keep beside.
    let limits = Limits { stanza_bytes: MAX_BYTES, depth: DEPTH, elements: 4 * MAX_CHANNELS, ..Limits::default() };
    let checked = document::check(file, limits).map_err(|violation| match violation {
        Violation::TooLarge => OpmlError::TooLarge,
        _ => OpmlError::NotOpml,
    })?;
    // OPML has no namespace, and the reader of trees wants one.
    let rest = checked.strip_prefix("<opml").ok_or(OpmlError::NotOpml)?;
    let root: Element = format!("<opml xmlns=\"{NS}\"{rest}").parse().map_err(|_| OpmlError::NotOpml)?;
    let body = root.get_child("body", NS).ok_or(OpmlError::NotOpml)?;
    let mut found: Vec<String> = Vec::new();
    let mut open: Vec<&Element> = vec![body];
    while let Some(element) = open.pop() {
        if element.has_ns(crate::xml::CUT) {
            return Err(OpmlError::TooLarge);
        }
        let address = ["xmlUrl", "url", "htmlUrl"].into_iter().filter_map(|name| element.attr(name));
        let address = address.map(str::trim).find(|address| address.starts_with("xmpp:"));
        if let Some(address) = address.filter(|address| !found.iter().any(|known| known == address)) {
            if found.len() == MAX_CHANNELS {
                return Err(OpmlError::TooMany);
            }
            found.push(address.to_owned());
        }
        let children: Vec<&Element> = element.children().collect();
        open.extend(children.into_iter().rev());
    }
    if found.is_empty() { Err(OpmlError::Empty) } else { Ok(found) }
}

/// Where elements of OPML are while we look at them.
const NS: &str = "urn:cirrus:opml";

#[cfg(test)]
mod tests {
    use super::*;

    fn list(outlines: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<opml version=\"2.0\"><head/><body>{outlines}</body></opml>")
    }

    #[test]
    fn a_list_reads_back() {
        let channels = [("a <b>\u{0}\"'&\n", "xmpp:a@b.c?;node=x&y".to_owned()), ("c", "xmpp:c@d.e".to_owned())];
        let written = write("mine & <yours>", channels.iter().map(|(name, uri)| (*name, uri.clone())));
        assert_eq!(read(written.as_bytes()), Ok(vec!["xmpp:a@b.c?;node=x&y".to_owned(), "xmpp:c@d.e".to_owned()]));
        assert_eq!(read(write("none", []).as_bytes()), Err(OpmlError::Empty));
    }

    #[test]
    fn lists_of_others_are_read_too() {
        let outlines = "<outline text='folder'><outline type='rss' xmlUrl='https://a.example/feed'/>\
            <outline url='xmpp:b@c.d'/><outline htmlUrl=' xmpp:e@f.g ' xmlUrl='https://x'/></outline>\
            <outline xmlUrl='xmpp:b@c.d'/><outline xmlUrl='xmpp:h@i.j'/>";
        assert_eq!(
            read(list(outlines).as_bytes()),
            Ok(["xmpp:b@c.d", "xmpp:e@f.g", "xmpp:h@i.j"].map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn hostile_files_are_refused() {
        let outlines =
            |count: usize| list(&(0..count).map(|n| format!("<outline xmlUrl='xmpp:c{n}@d.e'/>")).collect::<String>());
        assert_eq!(read(outlines(MAX_CHANNELS).as_bytes()).map(|found| found.len()), Ok(MAX_CHANNELS));
        assert_eq!(read(outlines(MAX_CHANNELS + 1).as_bytes()), Err(OpmlError::TooMany));
        assert!(read(outlines(100_000).as_bytes()).is_err());
        let deep = "<outline>".repeat(50) + "<outline xmlUrl='xmpp:a@b.c'/>" + &"</outline>".repeat(50);
        assert_eq!(read(list(&deep).as_bytes()), Err(OpmlError::TooLarge));
        let laughs = "<!DOCTYPE opml [<!ENTITY a 'aaaa'>]>".to_owned() + &list("<outline xmlUrl='xmpp:&a;@b.c'/>");
        for other in ["", "text", "<html/>", "<opml/>", "<opml><body>", &laughs, "\u{0}", "<opmlx><body/></opmlx>"] {
            assert_eq!(read(other.as_bytes()), Err(OpmlError::NotOpml), "{other}");
        }
        assert_eq!(read(b"<opml><body>\xff</body></opml>"), Err(OpmlError::NotOpml));
        assert_eq!(read(list(&"x".repeat(MAX_BYTES)).as_bytes()), Err(OpmlError::TooLarge));
    }
}
