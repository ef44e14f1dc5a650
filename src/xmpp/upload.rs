//! HTTP File Upload (XEP-0363): a place for a file at the server of the person who sends it.

use minidom::Element;

use super::disco::Info;
use super::element::{element, only_child};

/// The namespace, and the feature of a service.
pub const NS: &str = "urn:xmpp:http:upload:0";

/// The longest URL of a slot, in bytes.
const MAX_URL: usize = 4096;
/// The longest value of a header field, in bytes.
const MAX_FIELD: usize = 8192;
/// The fields that a service may ask for (§5).
const FIELDS: [&str; 3] = ["Authorization", "Cookie", "Expires"];

/// Where to put a file, and where it is then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Where it is put.
    pub put: String,
    /// With which header fields.
    pub fields: Vec<(&'static str, String)>,
    /// Where everybody gets it.
    pub get: String,
}

/// Asks for a slot. The size is in bytes.
pub fn request(name: &str, size: usize, media_type: &str) -> Element {
    let size = size.to_string();
    element("request", NS, &[("filename", name), ("size", &size), ("content-type", media_type)])
}

/// Reads the answer to [`request`].
pub fn read(answer: &Element) -> Option<Slot> {
    if !answer.is("slot", NS) {
        return None;
    }
    let url = |name| {
        let url = only_child(answer, name, NS)?.attr("url")?;
        (url.len() <= MAX_URL).then(|| url.to_owned())
    };
    let put = only_child(answer, "put", NS)?;
    let field = |header: &Element| {
        let wanted = header.attr("name")?;
        let name = FIELDS.into_iter().find(|name| name.eq_ignore_ascii_case(wanted))?;
        let value: String = header.text().chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        (value.len() <= MAX_FIELD).then_some((name, value))
    };
    let fields = put.children().filter(|child| child.is("header", NS)).take(10).filter_map(field).collect();
    Some(Slot { put: url("put")?, fields, get: url("get")? })
}

/// The largest file that a service takes, in bytes, if it says so.
pub fn largest(info: &Info) -> Option<u64> {
    info.form(NS)?.get("max-file-size")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn slot(put: &str) -> Option<Slot> {
        let text = format!("<slot xmlns='{NS}'>{put}<get url='https://files.example/a.png'/></slot>");
        read(&text.parse().unwrap())
    }

    #[test]
    fn a_slot_is_read_and_only_its_fields_are_sent() {
        let found = slot(
            "<put url='https://up.example/a'><header name='authorization'>Bearer \r\nX</header>\
             <header name='Host'>evil.example</header></put>",
        );
        let fields = vec![("Authorization", "Bearer X".to_owned())];
        let (put, get) = ("https://up.example/a".to_owned(), "https://files.example/a.png".to_owned());
        assert_eq!(found.unwrap(), Slot { put, fields, get });
        assert_eq!(slot("<put/>"), None);
        assert_eq!(slot("<put url='a'/><put url='b'/>"), None);
        assert_eq!(slot(""), None);
    }

    #[test]
    fn a_request_has_name_size_and_type() {
        let request = request("a cat.png", 12, "image/png");
        assert_eq!((request.attr("filename"), request.attr("size")), (Some("a cat.png"), Some("12")));
    }
}
