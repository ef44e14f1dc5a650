//! Which characters XML 1.0 (fifth edition, §2.2 and §2.3) allows where.

/// Byte class: stops a run of character data.
pub const TEXT: u8 = 1;
/// Byte class: stops a run inside a CDATA section.
pub const CDATA: u8 = 2;
/// Byte class: stops a run inside an attribute value.
pub const VALUE: u8 = 4;

/// For each byte of UTF-8 the classes in which a run of plain characters stops there. 0xEF may begin U+FFFE or U+FFFF.
pub static STOPS: [u8; 256] = stops();

const fn stops() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = TEXT | CDATA | VALUE;
        byte += 1;
    }
    table[b'\t' as usize] = VALUE;
    table[b'\n' as usize] = VALUE;
    table[b'<' as usize] = TEXT | VALUE;
    table[b'&' as usize] = TEXT | VALUE;
    table[b']' as usize] = TEXT | CDATA;
    table[b'>' as usize] = TEXT | CDATA;
    table[b'"' as usize] = VALUE;
    table[b'\'' as usize] = VALUE;
    table[0xEF] = TEXT | CDATA | VALUE;
    table
}

/// May this character stand in a document at all (production 2)?
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// May a name begin with it (production 4)? The colon is included.
pub fn is_name_start(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '_' | ':'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// May a name go on with it (production 4a)? The colon is included.
pub fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// White space (production 3).
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
