//! Single characters: which of them go into a page, which are seen, and how they are written.

/// Whether XML 1.0 can carry this character (§2.2), control characters but tab and newline aside.
pub(super) fn is_carried(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Writes one character so that it means itself, in text and in attributes.
pub(super) fn escape(c: char, out: &mut String) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '"' => out.push_str("&quot;"),
        c => out.push(c),
    }
}

/// Whether a character goes into a page. Overrides of the writing direction never do, and none of its
/// controls do inside a link, where they could make an address read as another.
pub(super) fn is_shown(c: char, in_link: bool) -> bool {
    let is_control =
        matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    is_carried(c) && !matches!(c, '\u{202d}' | '\u{202e}') && !(in_link && is_control)
}

/// Whether a reader sees something where this character stands.
pub(super) fn is_visible(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}
