//! The guard against every bound, restart and trick that has a name.

#![allow(clippy::unwrap_used)]

use super::*;

const HEADER: &str = "<?xml version=\"1.0\"?><stream:stream xmlns=\"jabber:client\" \
                      xmlns:stream=\"http://etherx.jabber.org/streams\" id=\"1\" version=\"1.0\">";

fn limits() -> Limits {
    Limits {
        stanza_bytes: 400,
        depth: 4,
        attributes: 5,
        namespaces: 3,
        elements: 10,
        name_bytes: 13,
        value_bytes: 40,
        total_bytes: 4000,
    }
}

/// The result of a stream of one header and `input`, without the header.
fn pass(input: &str) -> Result<String, Violation> {
    let mut whole = String::new();
    for size in [usize::MAX, 1, 7] {
        let mut guard = Guard::new(limits());
        let mut out = BytesMut::new();
        let bytes = [HEADER.as_bytes(), input.as_bytes()].concat();
        for piece in bytes.chunks(size.min(bytes.len())) {
            guard.push(piece, &mut out)?;
        }
        let text = String::from_utf8(out.to_vec()).unwrap();
        let text = text.strip_prefix(HEADER).unwrap().to_owned();
        assert!(whole.is_empty() || whole == text, "pieces of {size} bytes give something else: {whole} {text}");
        whole = text;
    }
    Ok(whole)
}

#[test]
fn a_stanza_passes() {
    let stanza = "<message to=\"a@b\" xml:lang=\"en\"><body>h&amp;i &lt;&gt; é😀</body><x xmlns=\"y\"/></message>";
    assert_eq!(pass(stanza).unwrap(), stanza);
}
