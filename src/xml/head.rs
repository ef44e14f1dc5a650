//! One start tag, gathered within its bounds until it is complete: only then its namespaces can be resolved.

use bytes::{BufMut, BytesMut};

use super::characters::is_common_name;
use super::scope::{self, MAX_BINDINGS, Scope};
use super::{Bound, Limits, Violation};

/// What the stub of a stanza keeps.
pub const STUB_ATTRIBUTES: [&str; 4] = ["type", "id", "from", "to"];

/// The room that is made at first: most tags need no more.
const FIRST_BYTES: usize = 256;
const FIRST_ATTRIBUTES: usize = 8;

#[derive(Debug)]
struct Attribute {
    name: usize,
    value: usize,
    end: usize,
}

/// The start tag that is being read. Buffers are kept from tag to tag.
#[derive(Debug, Default)]
pub struct Head {
    pub name: String,
    /// Bytes of input up to its `<`.
    pub at: u64,
    text: String,
    attributes: Vec<Attribute>,
    declarations: usize,
    /// The first bound this tag broke.
    pub broken: Option<Bound>,
    /// A declaration was not kept, so what the names mean is not known for certain.
    pub is_uncertain: bool,
}

/// What the name of an element means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning<'a> {
    pub prefix: &'a str,
    pub local: &'a str,
    pub namespace: &'a str,
}

impl Head {
    pub fn begin(&mut self, name: &str, at: u64) {
        self.at = at;
        self.name.clear();
        self.name.push_str(name);
        self.text.clear();
        self.attributes.clear();
        self.declarations = 0;
        self.broken = None;
        self.is_uncertain = false;
    }

    /// Takes an attribute or declaration, or notes the bound that it breaks. What a stub needs is kept in any case.
    pub fn add(&mut self, name: Option<&str>, value: Option<&str>, limits: &Limits) {
        let is_declaration = name.is_some_and(is_declaration);
        let broken = match (name, value) {
            (None, _) => Some(Bound::Name),
            (Some(name), _) if !is_common_name(name) => Some(Bound::Name),
            (_, None) => Some(Bound::Value),
            _ if is_declaration => (self.declarations >= limits.namespaces).then_some(Bound::Namespaces),
            _ => (self.attribute_count() >= limits.attributes).then_some(Bound::Attributes),
        };
        self.broken = self.broken.or(broken);
        self.is_uncertain |= broken.is_some() && is_declaration;
        let (Some(name), Some(value)) = (name, value) else { return };
        if broken.is_none() || (STUB_ATTRIBUTES.contains(&name) && self.value(name).is_none()) {
            self.declarations += usize::from(is_declaration);
            if self.text.capacity() == 0 {
                self.text.reserve(FIRST_BYTES);
                self.attributes.reserve(FIRST_ATTRIBUTES);
            }
            let start = self.text.len();
            self.text.push_str(name);
            self.text.push_str(value);
            self.attributes.push(Attribute { name: start, value: start + name.len(), end: self.text.len() });
        }
    }

    /// Attributes without namespace declarations.
    pub fn attribute_count(&self) -> usize {
        self.attributes.len() - self.declarations
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|a| (&self.text[a.name..a.value], &self.text[a.value..a.end]))
    }

    /// The value of the attribute that is written with just this name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.all().find(|&(n, _)| n == name).map(|(_, value)| value)
    }

    /// Puts the declarations into `scope`; `true` unless too many would be in force.
    pub fn declare(&self, scope: &mut Scope) -> Result<bool, Violation> {
        for (name, namespace) in self.all() {
            if let Some(prefix) = declared_prefix(name)? {
                scope.declare(prefix, namespace)?;
            }
        }
        Ok(scope.len() <= MAX_BINDINGS)
    }

    /// Checks all names of the tag against the declarations from the place `from` on, and tells what its own means.
    /// Each place of a declaration that is needed goes to `used`.
    pub fn resolve<'a>(
        &'a self,
        scope: &'a Scope,
        from: usize,
        mut used: impl FnMut(usize),
    ) -> Result<Meaning<'a>, Violation> {
        let mut lookup = |prefix: &str| -> Result<&'a str, Violation> {
            match (prefix, scope.find(prefix, from)) {
                ("xml", _) => Ok(scope::XML),
                ("xmlns", _) => Err(Violation::BadNamespace),
                ("", None) => Ok(""),
                (_, None) => Err(Violation::BadNamespace),
                (_, Some(at)) => {
                    used(at);
                    Ok(scope.get(at).1)
                }
            }
        };
        let (prefix, local) = scope::split(&self.name)?;
        let namespace = lookup(prefix)?;
        let mut expanded: Vec<(&str, &str)> = Vec::new();
        for (at, (name, _)) in self.all().enumerate() {
            if self.all().take(at).any(|(other, _)| other == name) {
                return Err(Violation::NotWellFormed);
            }
            let (prefix, local) = scope::split(name)?;
            if prefix.is_empty() || is_declaration(name) {
                continue;
            }
            let name = (lookup(prefix)?, local);
            if expanded.contains(&name) {
                return Err(Violation::BadNamespace);
            }
            expanded.push(name);
        }
        Ok(Meaning { prefix, local, namespace })
    }

    /// Writes the tag anew, without its end.
    pub fn write(&self, out: &mut BytesMut) {
        self.write_as(&self.name, None, out);
    }

    /// The same under another name, with one more declaration.
    pub fn write_as(&self, name: &str, declaration: Option<(&str, &str)>, out: &mut BytesMut) {
        out.put_u8(b'<');
        out.put_slice(name.as_bytes());
        for (name, value) in declaration.into_iter().chain(self.all()) {
            write_attribute(name, value, out);
        }
    }

    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        self.name.capacity() + self.text.capacity() + self.attributes.capacity() * size_of::<Attribute>()
    }

    pub fn rest(&mut self) {
        self.begin("", 0);
        self.name.shrink_to(64);
        self.text.shrink_to(512);
        self.attributes.shrink_to(16);
    }
}

fn is_declaration(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:")
}

fn declared_prefix(name: &str) -> Result<Option<&str>, Violation> {
    if name == "xmlns" {
        return Ok(Some(""));
    }
    match scope::split(name)? {
        ("xmlns", prefix) => Ok(Some(prefix)),
        _ => Ok(None),
    }
}

/// Appends ` name="value"`.
pub fn write_attribute(name: &str, value: &str, out: &mut BytesMut) {
    out.put_u8(b' ');
    out.put_slice(name.as_bytes());
    out.put_slice(b"=\"");
    write_escaped(value, true, out);
    out.put_u8(b'"');
}

/// Appends text of characters that XML allows, for a value between `"` or for content.
pub fn write_escaped(text: &str, is_value: bool, out: &mut BytesMut) {
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let instead: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'\r' => b"&#xD;",
            b'"' if is_value => b"&quot;",
            b'\t' if is_value => b"&#x9;",
            b'\n' if is_value => b"&#xA;",
            _ => continue,
        };
        out.put_slice(&bytes[plain..at]);
        out.put_slice(instead);
        plain = at + 1;
    }
    out.put_slice(&bytes[plain..]);
}
