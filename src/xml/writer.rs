//! Writing text and attribute values so that every XML parser reads them back as they were.

pub use super::characters::is_xml_char;

/// Appends `text` as character data. Characters that XML forbids are dropped.
pub fn escape_text(text: &str, out: &mut String) {
    escape(text, out, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Appends `value` so that it may stand between quotation marks of either kind. Characters that XML forbids are dropped.
pub fn escape_attribute(value: &str, out: &mut String) {
    escape(value, out, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&apos;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

fn escape(text: &str, out: &mut String, replacement: fn(char) -> Option<&'static str>) {
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let instead = if is_xml_char(c) { replacement(c) } else { Some("") };
        if let Some(instead) = instead {
            out.push_str(&text[plain..at]);
            out.push_str(instead);
            plain = at + c.len_utf8();
        }
    }
    out.push_str(&text[plain..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_values_are_escaped() {
        let mut out = String::new();
        escape_text("a<b>&c]]>\r\n\u{0}\u{FFFE}\"é😀", &mut out);
        assert_eq!(out, "a&lt;b&gt;&amp;c]]&gt;&#xD;\n\"é😀");
        out.clear();
        escape_attribute("'\"\t\n\r<>&\u{1F}", &mut out);
        assert_eq!(out, "&apos;&quot;&#x9;&#xA;&#xD;&lt;&gt;&amp;");
    }
}
