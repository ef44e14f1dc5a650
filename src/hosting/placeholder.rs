//! Stands in for the guard's splitter and writer until they are there.

pub mod writer {
    //! Escaping.
    fn allowed(c: char) -> bool {
        matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
    }
    /// Text.
    pub fn escape_text(text: &str, out: &mut String) {
        for c in text.chars().filter(|c| allowed(*c)) {
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                c => out.push(c),
            }
        }
    }
    /// Attribute values.
    pub fn escape_attribute(text: &str, out: &mut String) {
        for c in text.chars().filter(|c| allowed(*c)) {
            match c {
                '<' => out.push_str("&lt;"),
                '&' => out.push_str("&amp;"),
                '\'' => out.push_str("&apos;"),
                '"' => out.push_str("&quot;"),
                '\n' => out.push_str("&#10;"),
                '\t' => out.push_str("&#9;"),
                '\r' => out.push_str("&#13;"),
                c => out.push(c),
            }
        }
    }
}

/// Marks what was cut.
pub const CUT: &str = "urn:cirrus:cut";

/// Bounds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Of a stanza.
    pub stanza_bytes: usize,
    /// Of everything in one stanza.
    pub total_bytes: usize,
}
impl Default for Limits {
    fn default() -> Self {
        Limits { stanza_bytes: 1 << 20, total_bytes: 1 << 24 }
    }
}

/// Fatal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "goes away")]
pub enum Violation {
    NotWellFormed,
    Restricted,
    BadNamespace,
    TooLarge,
}

pub mod splitter {
    //! Splits a stream.
    use super::writer::{escape_attribute, escape_text};
    use super::{Limits, Violation};
    use bytes::Bytes;
    use rxml::{Event, Namespace, Parse as _, Parser};
    use std::collections::VecDeque;

    /// A stream's header.
    #[derive(Debug, Clone, Default)]
    #[expect(missing_docs, reason = "goes away")]
    pub struct Header {
        pub to: Option<String>,
        pub from: Option<String>,
        pub id: Option<String>,
        pub version: Option<String>,
        pub lang: Option<String>,
        pub namespace: String,
    }
    /// A piece.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "goes away")]
    pub enum Piece {
        Open(Header),
        Stanza(Bytes),
        Close,
    }
    /// The splitter.
    #[expect(missing_debug_implementations, reason = "goes away")]
    pub struct Splitter {
        parser: Parser,
        limits: Limits,
        depth: usize,
        out: String,
        names: Vec<String>,
        pieces: VecDeque<Piece>,
    }
    impl Splitter {
        /// New.
        pub fn new(limits: Limits) -> Self {
            Splitter {
                parser: Parser::default(),
                limits,
                depth: 0,
                out: String::new(),
                names: vec![],
                pieces: VecDeque::new(),
            }
        }
        /// Again.
        pub fn restart(&mut self) {
            *self = Self::new(self.limits.clone());
        }
        /// Next.
        #[expect(clippy::should_implement_trait, reason = "goes away")]
        pub fn next(&mut self) -> Option<Piece> {
            self.pieces.pop_front()
        }
        /// Push.
        pub fn push(&mut self, mut input: &[u8]) -> Result<(), Violation> {
            loop {
                let event = match self.parser.parse(&mut input, false) {
                    Ok(Some(event)) => event,
                    Ok(None) => return Ok(()),
                    Err(rxml::error::EndOrError::NeedMoreData) => return Ok(()),
                    Err(_) => return Err(Violation::NotWellFormed),
                };
                match event {
                    Event::XmlDeclaration(..) => {}
                    Event::StartElement(_, (ns, name), attrs) => {
                        self.depth += 1;
                        if self.depth == 1 {
                            let get = |n: &str| attrs.get(&Namespace::NONE, n).cloned();
                            if ns.as_str() != "http://etherx.jabber.org/streams" || name.as_str() != "stream" {
                                return Err(Violation::BadNamespace);
                            }
                            self.pieces.push_back(Piece::Open(Header {
                                to: get("to"),
                                from: get("from"),
                                id: get("id"),
                                version: get("version"),
                                lang: None,
                                namespace: "jabber:client".into(),
                            }));
                            continue;
                        }
                        self.out.push('<');
                        self.out.push_str(&name);
                        self.out.push_str(" xmlns='");
                        escape_attribute(&ns, &mut self.out);
                        self.out.push('\'');
                        for ((ns, n), v) in attrs.iter() {
                            let n = if ns == &Namespace::XML { format!("xml:{n}") } else { n.to_string() };
                            self.out.push_str(&format!(" {n}='"));
                            escape_attribute(v, &mut self.out);
                            self.out.push('\'');
                        }
                        self.out.push('>');
                        self.names.push(name.to_string());
                    }
                    Event::EndElement(_) => {
                        self.depth -= 1;
                        if self.depth == 0 {
                            self.pieces.push_back(Piece::Close);
                            continue;
                        }
                        let name = self.names.pop().unwrap_or_default();
                        self.out.push_str(&format!("</{name}>"));
                        if self.depth == 1 {
                            if self.out.len() > self.limits.stanza_bytes {
                                return Err(Violation::TooLarge);
                            }
                            self.pieces.push_back(Piece::Stanza(Bytes::from(std::mem::take(&mut self.out))));
                        }
                    }
                    Event::Text(_, text) => {
                        if self.depth > 1 {
                            escape_text(&text, &mut self.out);
                        }
                    }
                }
            }
        }
    }
}
