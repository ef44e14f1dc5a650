//! Shapes of XML that cost other parsers seconds or their stack.

/// Makes the inside of a stanza, of at least so many bytes.
pub type Shape = fn(usize) -> String;

/// The shapes by name.
pub const SHAPES: [(&str, Shape); 10] = [
    ("deep", |bytes| wrapped("<a>", "</a>", bytes)),
    ("deep under a default namespace", |bytes| wrapped("<a xmlns='u'>", "</a>", bytes)),
    ("deep with a prefix each", |bytes| {
        let names = 0..bytes / 32;
        let open: String = names.clone().map(|n| format!("<p{n}:a xmlns:p{n}='u'>")).collect();
        open + &names.rev().map(|n| format!("</p{n}:a>")).collect::<String>()
    }),
    ("many attributes", |bytes| format!("<a {}/>", (0..bytes / 10).map(|n| format!(" a{n}=''")).collect::<String>())),
    ("many declarations", |bytes| {
        format!("<a {}/>", (0..bytes / 16).map(|n| format!(" xmlns:a{n}='u'")).collect::<String>())
    }),
    ("a long name", |bytes| format!("<{}/>", "a".repeat(bytes))),
    ("a long value", |bytes| format!("<a b='{}'/>", "&amp;".repeat(bytes / 5))),
    ("many children", |bytes| "<a/>".repeat(bytes / 4)),
    ("long text", |bytes| "&lt;x]]".repeat(bytes / 7)),
    ("wide and deep", |bytes| {
        let leaves = "<p:a p:b='' p:c='' p:d=''/>".repeat(bytes / 27);
        "<a xmlns:p='u'>".repeat(90) + &leaves + &"</a>".repeat(90)
    }),
];

/// As many elements within each other as fit.
pub fn wrapped(open: &str, close: &str, bytes: usize) -> String {
    let times = bytes / (open.len() + close.len());
    open.repeat(times) + "x" + &close.repeat(times)
}
