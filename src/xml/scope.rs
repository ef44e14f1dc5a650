//! Which prefix means which namespace where (Namespaces in XML 1.0), as one flat stack.

use super::Violation;

/// Bound to the prefix `xml`, always and only (§3).
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Bound to the prefix `xmlns`, always and only (§3).
pub const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Declarations in force at once, so that a lookup stays cheap.
pub const MAX_BINDINGS: usize = 128;

/// The room that is made at first: two or three declarations.
const FIRST_BYTES: usize = 128;

#[derive(Clone, Copy, Debug)]
struct Binding {
    prefix: usize,
    namespace: usize,
    end: usize,
}

/// The declarations in force, innermost last. The default namespace has the empty prefix.
#[derive(Debug, Default)]
pub struct Scope {
    text: String,
    bindings: Vec<Binding>,
}

impl Scope {
    pub fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Forgets all declarations after the first `len`.
    pub fn truncate(&mut self, len: usize) {
        if let Some(first) = self.bindings.get(len) {
            self.text.truncate(first.prefix);
            self.bindings.truncate(len);
        }
    }

    /// Declares a prefix, after the constraints of §3 and §5 that need nothing else.
    pub fn declare(&mut self, prefix: &str, namespace: &str) -> Result<(), Violation> {
        let is_allowed = match prefix {
            "xml" => namespace == XML,
            "xmlns" => false,
            _ => namespace != XML && namespace != XMLNS && (prefix.is_empty() || !namespace.is_empty()),
        };
        if !is_allowed {
            return Err(Violation::BadNamespace);
        }
        if self.text.capacity() == 0 {
            self.text.reserve(FIRST_BYTES);
        }
        let start = self.text.len();
        self.text.push_str(prefix);
        self.text.push_str(namespace);
        self.bindings.push(Binding { prefix: start, namespace: start + prefix.len(), end: self.text.len() });
        Ok(())
    }

    /// The place of the innermost declaration of a prefix at or after the place `from`.
    pub fn find(&self, prefix: &str, from: usize) -> Option<usize> {
        let text = self.text.as_bytes();
        let is_it = |b: &Binding| &text[b.prefix..b.namespace] == prefix.as_bytes();
        self.bindings[from..].iter().rposition(is_it).map(|at| at + from)
    }

    /// The prefix and namespace declared at a place.
    pub fn get(&self, at: usize) -> (&str, &str) {
        let binding = self.bindings[at];
        (&self.text[binding.prefix..binding.namespace], &self.text[binding.namespace..binding.end])
    }

    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        self.text.capacity() + self.bindings.capacity() * size_of::<Binding>()
    }

    pub fn rest(&mut self) {
        self.text.shrink_to(512);
        self.bindings.shrink_to(16);
    }
}

/// Splits a name at its colon; each part must be a name without one (§4).
pub fn split(name: &str) -> Result<(&str, &str), Violation> {
    let (prefix, local) = match name.split_once(':') {
        None => return Ok(("", name)),
        Some(parts) => parts,
    };
    let starts_well = local.chars().next().is_some_and(|c| c != ':' && super::characters::is_name_start(c));
    if prefix.is_empty() || !starts_well || local.contains(':') {
        return Err(Violation::BadNamespace);
    }
    Ok((prefix, local))
}
