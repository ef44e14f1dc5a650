//! Counts, cuts and writes anew: between the events of the scanner and an outlet for whole stanzas.
//!
//! A bound that breaks inside a stanza costs the part below; in the start tag of the stanza itself, or when it is the
//! size of the stanza, a stub remains, so that an answer still ends its request and stream management still counts it.
//! Elements of the streams namespace have no business inside a stanza and are cut out too (`Bound::Stream`).

use bytes::{BufMut, BytesMut};

use super::characters::is_common_name;
use super::head::{Head, Meaning, STUB_ATTRIBUTES, write_attribute, write_escaped};
use super::scanner::Verdict;
use super::scope::Scope;
use super::{Bound, CUT, Cuts, HTTPBIND, Limits, STREAMS, Violation};

/// Namespace of Atom (RFC 4287 §2).
const ATOM: &str = "http://www.w3.org/2005/Atom";

/// How many times its byte bound a stanza may take when it is written anew. Only text that is all `<` in CDATA sections
/// grows so much.
const MAX_GROWTH: usize = 2;

/// How many times the bound of the whole the payloads of a wrapper may take, each with the declarations that it leans
/// on: there may be many payloads, and long declarations.
const MAX_WRAPPED: usize = 4;

/// Bytes of the declarations of a stream header that are written again on each stanza, where that is done.
const DECLARED_BYTES: usize = 4096;

/// The room that is made for a stub at once; most take no more.
const STUB_BYTES: usize = 256;

/// The room that is made for what is written of one piece of input, at most: a stanza takes about as much as it came in.
const OUT_BYTES: usize = 4096;

const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";

/// Where whole things go.
pub trait Outlet {
    /// An XML declaration, which is always the same.
    fn declaration(&mut self);
    /// The start tag of a stream, and the declarations on it.
    fn header(&mut self, head: &Head, scope: &Scope);
    /// White space between stanzas.
    fn space(&mut self, text: &str);
    /// The start tag of a stanza that may follow, or of a document.
    fn begin(&mut self, _: &Head, _: Meaning<'_>) {}
    /// A whole stanza, or its stub, or a whole document.
    fn stanza(&mut self, written: BytesMut);
    /// The end tag of the stream.
    fn footer(&mut self, name: &str);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A stream header, then stanzas that lean on its declarations.
    Stream,
    /// The same, but each stanza is written with all declarations that it needs.
    Pieces,
    /// The same for a client to which a server's stream is passed on: elements of the streams namespace have the prefix
    /// `stream`, which clients look for, and features that only concern our own connection are left out.
    Relay,
    /// The `<feed/>` of Atom, its children as pieces, refused as a whole when a bound breaks.
    Feed,
    /// One element.
    Document,
    /// One element, refused as a whole when a bound breaks.
    Message,
    /// The `<body/>` of BOSH: pieces in a wrapper, refused as a whole when a bound breaks. What leans on the wrapper's
    /// default namespace is meant to be of `jabber:client` (XEP-0206 §2).
    Wrapper,
}

impl Kind {
    /// Whether stanzas come one after the other in a root that stays open.
    fn has_root(self) -> bool {
        !matches!(self, Kind::Document | Kind::Message)
    }

    /// Whether nothing of what breaks a bound is let through.
    fn is_strict(self) -> bool {
        matches!(self, Kind::Message | Kind::Wrapper | Kind::Feed)
    }

    /// Whether a prefix that is not declared costs the element only: of what servers send, since some lose declarations
    /// on their way, and whoever reads did not write it.
    fn forgives_prefixes(self) -> bool {
        matches!(self, Kind::Stream | Kind::Relay)
    }

    /// Whether each stanza stands for itself.
    fn declares(self) -> bool {
        matches!(self, Kind::Pieces | Kind::Relay | Kind::Wrapper | Kind::Feed)
    }

    /// The name of the root.
    fn root(self) -> (&'static str, &'static str) {
        match self {
            Kind::Wrapper => (HTTPBIND, "body"),
            Kind::Feed => (ATOM, "feed"),
            _ => (STREAMS, "stream"),
        }
    }
}

/// Features between us and the server (RFC 6120 §5, XEP-0138): a client behind us can do nothing with them.
const OWN_FEATURES: [&str; 3] =
    ["urn:ietf:params:xml:ns:xmpp-tls", "http://jabber.org/features/compress", "http://jabber.org/protocol/compress"];

#[derive(Debug)]
struct Frame {
    bindings: usize,
    marks: u16,
}

/// What is known of the stanza being read.
#[derive(Debug, Default)]
struct Stanza {
    start: u64,
    /// Open elements, those in cut parts too; 0 between stanzas.
    depth: usize,
    /// Its start tag is complete.
    has_head: bool,
    /// Depth of the outermost element that is being cut out, and where it began.
    skip: Option<(usize, u64)>,
    /// Only a stub will remain.
    stub: Option<Bound>,
    /// Not even a stub can be written.
    is_lost: bool,
    is_sasl: bool,
    is_features: bool,
    /// The name that it gets instead of its own.
    renamed: Option<String>,
    elements: usize,
    attributes: usize,
    /// Declarations of the stream header that it leans on, a bit each.
    used: u128,
    cut: Option<Bound>,
    cuts: Cuts,
}

#[derive(Debug)]
pub struct Sieve {
    kind: Kind,
    limits: Limits,
    /// The stream header was read and not closed.
    is_open: bool,
    /// A new stream header may come instead of a stanza.
    expects_header: bool,
    head: Head,
    scope: Scope,
    /// How many declarations in `scope` are the stream header's.
    inherited: usize,
    frames: Vec<Frame>,
    stanza: Stanza,
    out: BytesMut,
    /// Bytes of all payloads of a wrapper so far.
    wrapped: usize,
    stub: BytesMut,
    cuts: Cuts,
}

impl Sieve {
    pub fn new(kind: Kind, limits: Limits) -> Self {
        Self {
            kind,
            limits,
            is_open: false,
            expects_header: false,
            head: Head::default(),
            scope: Scope::default(),
            inherited: 0,
            frames: Vec::new(),
            stanza: Stanza::default(),
            out: BytesMut::new(),
            wrapped: 0,
            stub: BytesMut::new(),
            cuts: Cuts::default(),
        }
    }

    pub fn cuts(&self) -> Cuts {
        self.cuts
    }

    pub fn expect_header(&mut self) {
        self.expects_header = true;
    }

    pub fn is_between_stanzas(&self) -> bool {
        self.is_open && self.stanza.depth == 0
    }

    /// May an XML declaration or a new root come now?
    pub fn may_restart(&self) -> bool {
        !matches!(self.kind, Kind::Wrapper | Kind::Feed) && self.is_between_stanzas()
    }

    /// Gives memory back that only an unusual stanza needed.
    pub fn rest(&mut self) {
        self.head.rest();
        self.scope.rest();
        self.frames.shrink_to(16);
        self.stub = BytesMut::new();
        if self.out.is_empty() {
            self.out = BytesMut::new();
        }
    }

    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        let frames = self.frames.capacity() * size_of::<Frame>();
        self.head.held_bytes() + self.scope.held_bytes() + frames + self.out.capacity() + self.stub.capacity()
    }

    /// Makes room for what is written of so much input.
    pub fn expect(&mut self, input: usize) {
        self.out.reserve(input.min(OUT_BYTES));
    }

    pub fn declaration(&mut self, outlet: &mut impl Outlet) {
        self.is_open = false;
        outlet.declaration();
    }

    fn awaits_header(&self) -> bool {
        self.kind.has_root() && !self.is_open
    }

    pub fn open(&mut self, name: &str, at: u64) -> Result<(), Violation> {
        if self.stanza.depth == 0 {
            self.stanza = Stanza { start: at, ..Stanza::default() };
        }
        self.stanza.depth += 1;
        if self.is_ignoring(at)? {
            return Ok(());
        }
        if self.stanza.depth > self.limits.depth {
            self.cut(Bound::Depth, at)?;
        } else if self.stanza.elements >= self.limits.elements {
            self.cut(Bound::Elements, at)?;
        } else {
            self.stanza.elements += 1;
            let fits = name.len() <= self.limits.name_bytes && is_common_name(name);
            self.head.begin(if fits { name } else { "" }, at);
            self.head.broken = (!fits).then_some(Bound::Name);
        }
        Ok(())
    }

    pub fn attribute(&mut self, name: Option<&str>, value: Option<&str>, at: u64) -> Result<(), Violation> {
        if !self.is_ignoring(at)? {
            self.head.add(name, value, &self.limits);
        }
        Ok(())
    }

    pub fn head_end(&mut self, is_empty: bool, at: u64, outlet: &mut impl Outlet) -> Result<Verdict, Violation> {
        if self.awaits_header() {
            self.read_header(at, outlet)?;
            return Ok(Verdict::Root);
        }
        if self.is_ignoring(at)? {
            return Ok(Verdict::Child);
        }
        let bindings = self.scope.len();
        self.stanza.attributes += self.head.attribute_count();
        if self.stanza.attributes > 4 * self.limits.elements {
            self.head.broken = self.head.broken.or(Some(Bound::Attributes));
        }
        // The start tag of the stanza is needed for its stub, even when it breaks a bound.
        let is_wanted = self.head.broken.is_none() || self.stanza.depth == 1;
        if is_wanted && !self.head.declare(&mut self.scope)? {
            self.head.broken = self.head.broken.or(Some(Bound::Namespaces));
        }
        if self.stanza.depth == 1 {
            if self.expects_header && self.is_header(bindings) {
                self.read_header(at, outlet)?;
                return Ok(Verdict::Root);
            }
            self.begin_stanza(outlet)?;
        } else if self.head.broken.is_none() {
            let used = &mut self.stanza.used;
            let inherited = self.inherited;
            let meaning = match self.head.resolve(&self.scope, 0, |place| note_use(used, place, inherited)) {
                Err(Violation::BadNamespace) if self.kind.forgives_prefixes() => {
                    self.scope.truncate(bindings);
                    self.cut(Bound::Prefix, self.head.at)?;
                    return Ok(Verdict::Child);
                }
                meaning => meaning?,
            };
            let is_own = self.stanza.is_features && self.stanza.depth == 2;
            let is_left_out = is_own && OWN_FEATURES.contains(&meaning.namespace);
            self.head.broken = match meaning.namespace {
                STREAMS => Some(Bound::Stream),
                CUT => Some(Bound::Forged),
                _ => None,
            };
            if is_left_out {
                self.stanza.skip = Some((self.stanza.depth, at));
                self.scope.truncate(bindings);
                return Ok(Verdict::Child);
            }
        }
        if self.stanza.stub.is_some() {
            return Ok(Verdict::Child);
        }
        if let Some(bound) = self.head.broken {
            self.scope.truncate(bindings);
            self.cut(bound, self.head.at)?;
            return Ok(Verdict::Child);
        }
        match self.stanza.renamed.as_deref().filter(|_| self.stanza.depth == 1) {
            Some(name) => {
                // Where the prefix is not declared further out, it is here.
                let is_declared = self.scope.find("stream", 0).is_some();
                self.head.write_as(name, (!is_declared).then_some(("xmlns:stream", STREAMS)), &mut self.out);
            }
            None => self.head.write(&mut self.out),
        }
        self.out.put_slice(if is_empty { b"/>" } else { b">" });
        self.frames.push(Frame { bindings, marks: 0 });
        Ok(Verdict::Child)
    }

    pub fn close(&mut self, name: &str, is_empty: bool, at: u64, outlet: &mut impl Outlet) -> Result<(), Violation> {
        if self.stanza.depth == 0 {
            self.is_open = false;
            outlet.footer(name);
            return Ok(());
        }
        let depth = self.stanza.depth;
        if !self.is_ignoring(at)? {
            if !is_empty {
                let renamed = self.stanza.renamed.as_deref().filter(|_| depth == 1);
                self.out.put_slice(b"</");
                self.out.put_slice(renamed.unwrap_or(name).as_bytes());
                self.out.put_u8(b'>');
            }
            if let Some(frame) = self.frames.pop() {
                self.scope.truncate(frame.bindings);
            }
        } else if let Some((_, start)) = self.stanza.skip.filter(|&(cut, _)| cut == depth) {
            self.stanza.skip = None;
            self.stanza.cuts.parts += 1;
            self.stanza.cuts.bytes += at - start;
        }
        self.is_ignoring(at)?;
        self.stanza.depth -= 1;
        if self.stanza.depth == 0 { self.end_stanza(at, outlet) } else { Ok(()) }
    }

    pub fn text(&mut self, text: &str, at: u64, outlet: &mut impl Outlet) -> Result<(), Violation> {
        if self.stanza.depth == 0 {
            // A carriage return would be one written as a reference.
            let space = text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n')).count();
            if !self.expects_header {
                outlet.space(&text[..space]);
            }
            if space < text.len() {
                return Err(Violation::NotWellFormed);
            }
        } else if !self.is_ignoring(at)? {
            write_escaped(text, false, &mut self.out);
        }
        Ok(())
    }

    /// Looks at the size that the stanza has reached; tells whether what comes now is thrown away.
    pub fn is_ignoring(&mut self, at: u64) -> Result<bool, Violation> {
        if self.stanza.depth > 0 {
            let bytes = at.saturating_sub(self.stanza.start);
            if bytes > self.limits.total_bytes as u64 {
                return Err(Violation::TooLarge);
            }
            if bytes > self.limits.stanza_bytes as u64 || self.out.len() > MAX_GROWTH * self.limits.stanza_bytes {
                if !self.kind.has_root() || self.kind.is_strict() || self.awaits_header() {
                    return Err(Violation::TooLarge);
                }
                self.stanza.stub = Some(Bound::Bytes);
                self.out = BytesMut::new();
            }
        }
        Ok(self.stanza.skip.is_some() || (self.stanza.stub.is_some() && self.stanza.has_head))
    }

    /// Whether nothing of what comes in the stanza matters but that it is well-formed, until an element ends.
    pub fn skims(&mut self, at: u64) -> Result<bool, Violation> {
        Ok(self.stanza.depth > 0 && self.is_ignoring(at)?)
    }

    /// The element just opened goes, with everything in it. Marks of one kind are written once in one parent.
    fn cut(&mut self, bound: Bound, at: u64) -> Result<(), Violation> {
        if self.kind.is_strict() {
            return Err(Violation::TooLarge);
        }
        self.stanza.skip = Some((self.stanza.depth, at));
        self.stanza.cut = self.stanza.cut.or(Some(bound));
        let bit = 1 << bound as u16;
        if let Some(parent) = self.frames.last_mut().filter(|parent| parent.marks & bit == 0) {
            parent.marks |= bit;
            write_mark(bound, &mut self.out);
        }
        Ok(())
    }

    /// Is the start tag at hand a stream header by its own declarations, those from the place `bindings` on?
    fn is_header(&self, bindings: usize) -> bool {
        self.head.broken.is_none()
            && self
                .head
                .resolve(&self.scope, bindings, |_| ())
                .is_ok_and(|meaning| meaning.namespace == STREAMS && meaning.local == "stream")
    }

    fn read_header(&mut self, at: u64, outlet: &mut impl Outlet) -> Result<(), Violation> {
        self.is_ignoring(at)?;
        self.scope.truncate(0);
        if self.head.broken.is_some() || !self.head.declare(&mut self.scope)? {
            return Err(Violation::TooLarge);
        }
        let meaning = self.head.resolve(&self.scope, 0, |_| ())?;
        if (meaning.namespace, meaning.local) != self.kind.root() {
            return Err(Violation::BadNamespace);
        }
        self.inherited = self.scope.len();
        let declared =
            (0..self.inherited).map(|place| self.scope.get(place)).map(|(prefix, uri)| prefix.len() + uri.len());
        if self.kind.declares() && self.kind != Kind::Wrapper && declared.sum::<usize>() > DECLARED_BYTES {
            return Err(Violation::TooLarge);
        }
        self.stanza = Stanza::default();
        self.is_open = true;
        self.expects_header = false;
        outlet.header(&self.head, &self.scope);
        Ok(())
    }

    /// Reads the start tag of a stanza and keeps what a stub would need.
    fn begin_stanza(&mut self, outlet: &mut impl Outlet) -> Result<(), Violation> {
        self.stanza.has_head = true;
        let used = &mut self.stanza.used;
        let inherited = self.inherited;
        let resolved = self.head.resolve(&self.scope, 0, |place| note_use(used, place, inherited));
        let lacks_prefix = resolved == Err(Violation::BadNamespace) && self.kind.forgives_prefixes();
        let broken = self.head.broken.or(lacks_prefix.then_some(Bound::Prefix));
        let meaning = match resolved {
            Err(violation) if broken.is_none() => return Err(violation),
            Ok(meaning) if !meaning.local.is_empty() && !self.head.is_uncertain => meaning,
            _ => {
                // Without its name, or a declaration that its name may need, nothing true can be written.
                self.stanza.is_lost = true;
                self.stanza.stub = self.stanza.stub.or(broken);
                return if !self.kind.has_root() || self.kind.is_strict() { Err(Violation::TooLarge) } else { Ok(()) };
            }
        };
        let is_header = meaning.local == "stream" || !self.kind.has_root() || self.kind.is_strict();
        if meaning.namespace == CUT || (meaning.namespace == STREAMS && is_header) {
            return Err(Violation::Restricted);
        }
        self.stanza.is_sasl = meaning.namespace == SASL && matches!(meaning.local, "success" | "auth" | "response");
        self.stanza.stub = self.stanza.stub.or(self.head.broken);
        outlet.begin(&self.head, meaning);
        if !self.kind.has_root() || self.kind.is_strict() {
            return if self.stanza.stub.is_some() { Err(Violation::TooLarge) } else { Ok(()) };
        }
        if self.kind == Kind::Relay && meaning.namespace == STREAMS {
            self.stanza.is_features = meaning.local == "features";
            let bound = self.scope.find("stream", 0);
            if meaning.prefix != "stream" && bound.is_none_or(|place| self.scope.get(place).1 == STREAMS) {
                self.stanza.renamed = Some(format!("stream:{}", meaning.local));
                if let Some(place) = bound {
                    note_use(&mut self.stanza.used, place, self.inherited);
                }
            }
        }
        self.stub.clear();
        self.stub.reserve(STUB_BYTES);
        self.stub.put_u8(b'<');
        self.stub.put_slice(self.head.name.as_bytes());
        if meaning.prefix.is_empty() {
            write_attribute("xmlns", meaning.namespace, &mut self.stub);
        } else if meaning.prefix != "xml" {
            write_attribute(&format!("xmlns:{}", meaning.prefix), meaning.namespace, &mut self.stub);
        }
        for name in STUB_ATTRIBUTES {
            if let Some(value) = self.head.value(name) {
                write_attribute(name, value, &mut self.stub);
            }
        }
        self.stub.put_u8(b'>');
        write_mark(self.stanza.stub.unwrap_or(Bound::Bytes), &mut self.stub);
        self.stub.put_slice(b"</");
        self.stub.put_slice(self.head.name.as_bytes());
        self.stub.put_u8(b'>');
        Ok(())
    }

    fn end_stanza(&mut self, at: u64, outlet: &mut impl Outlet) -> Result<(), Violation> {
        self.scope.truncate(self.inherited);
        self.frames.clear();
        self.expects_header = self.stanza.is_sasl;
        if self.stanza.stub.is_none() {
            if self.kind.declares() {
                self.add_declarations()?;
            }
            outlet.stanza(self.out.split());
        } else {
            self.out = BytesMut::new();
            self.stanza.cuts.stubs += 1;
            self.stanza.cuts.bytes = at - self.stanza.start;
            if !self.stanza.is_lost {
                outlet.stanza(self.stub.split());
            }
        }
        if let Some(bound) = self.stanza.stub.or(self.stanza.cut) {
            self.report(bound);
        }
        Ok(())
    }

    /// Puts the declarations that the stanza leans on right after its name.
    fn add_declarations(&mut self) -> Result<(), Violation> {
        let mut added = BytesMut::with_capacity(if self.stanza.used == 0 { 0 } else { 64 });
        for place in (0..self.inherited).filter(|place| self.stanza.used >> place & 1 == 1) {
            match self.scope.get(place) {
                ("", HTTPBIND) if self.kind == Kind::Wrapper => write_attribute("xmlns", "jabber:client", &mut added),
                ("", namespace) => write_attribute("xmlns", namespace, &mut added),
                (prefix, namespace) => write_attribute(&format!("xmlns:{prefix}"), namespace, &mut added),
            }
        }
        if self.kind == Kind::Wrapper {
            self.wrapped += self.out.len() + added.len();
            if self.wrapped > MAX_WRAPPED.saturating_mul(self.limits.total_bytes) {
                return Err(Violation::TooLarge);
            }
        }
        if !added.is_empty() {
            let name = self.out[1..].iter().take_while(|b| !matches!(b, b' ' | b'/' | b'>')).count();
            self.out.put_slice(&added);
            self.out[1 + name..].rotate_right(added.len());
        }
        Ok(())
    }

    fn report(&mut self, bound: Bound) {
        let cuts = self.stanza.cuts;
        self.cuts.stubs += cuts.stubs;
        self.cuts.parts += cuts.parts;
        self.cuts.bytes += cuts.bytes;
        super::count(&cuts);
        tracing::warn!(
            xml.bound = bound.word(),
            xml.stubs = cuts.stubs,
            xml.parts = cuts.parts,
            xml.bytes = cuts.bytes,
            "A stanza broke a bound and was let through without the offending part"
        );
    }
}

fn note_use(used: &mut u128, place: usize, inherited: usize) {
    if place < inherited {
        *used |= 1 << place;
    }
}

fn write_mark(bound: Bound, out: &mut BytesMut) {
    out.put_slice(b"<cut xmlns=\"");
    out.put_slice(CUT.as_bytes());
    out.put_slice(b"\" bound=\"");
    out.put_slice(bound.word().as_bytes());
    out.put_slice(b"\"/>");
}
