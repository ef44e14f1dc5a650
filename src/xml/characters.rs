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

/// Is a name written in letters that every parser knows? The fifth edition allows what the fourth, and so expat,
/// refuses, and rxml 0.14 refuses U+FDF0 to U+FFFD, which the fifth allows: one such name would end a stream. These are
/// the letters and digits that all agree on, as far as anybody has names of them.
pub fn is_common_name(name: &str) -> bool {
    name.is_ascii() || name.chars().all(|c| c.is_ascii() || is_common_letter(c))
}

fn is_common_letter(c: char) -> bool {
    matches!(c,
        '\u{B7}' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{131}' | '\u{134}'..='\u{13E}'
        | '\u{141}'..='\u{148}' | '\u{14A}'..='\u{17E}' | '\u{180}'..='\u{1C3}' | '\u{388}'..='\u{38A}'
        | '\u{38E}'..='\u{3A1}' | '\u{3A3}'..='\u{3CE}' | '\u{401}'..='\u{40C}' | '\u{40E}'..='\u{44F}'
        | '\u{451}'..='\u{45C}' | '\u{5D0}'..='\u{5EA}' | '\u{621}'..='\u{63A}' | '\u{641}'..='\u{64A}'
        | '\u{905}'..='\u{939}' | '\u{3041}'..='\u{3094}' | '\u{30A1}'..='\u{30FA}' | '\u{4E00}'..='\u{9FA5}'
        | '\u{AC00}'..='\u{D7A3}')
}

/// White space (production 3).
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
