//! An archive to a channel: all of it or nothing. What comes in is as little believed as what clients send.

mod begin;
mod items;
mod people;

use std::collections::{HashMap, HashSet};
use std::io::Read;

use jid::BareJid;
use jiff::Timestamp;
use minidom::Element;

use super::{ArchiveError, NS};
use crate::hosting::channel_service::entry::ATOM;
use crate::hosting::channel_service::request::{OWNER, PUBSUB};
use crate::hosting::channel_service::{Settings, bounds};
use crate::store::StoreError;
use crate::store::channels::{ChannelStore, Metadata};
use crate::xml::splitter::{Piece, Splitter};
use crate::xml::{Limits, Violation};

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;
const TOMBSTONE: &str = "http://purl.org/atompub/tombstones/1.0";

/// A channel that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its name here.
    pub name: String,
    /// How many posts and replies it has, tombstones included.
    pub posts: usize,
    /// How many accounts have a role in it.
    pub roles: usize,
}

/// Why something of an archive is not taken in.
enum Fault {
    /// It is wrong in itself: why.
    Bad(String),
    /// Nothing is wrong with it: the whole is not wanted.
    Unwanted(String),
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Fault::Store(error)
    }
}

fn bad<T>(reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Bad(reason.into()))
}

/// Makes a channel of an archive, under another name if one is wanted. `fresh` makes ids for posts whose own are taken
/// by posts of other channels; `now` is in milliseconds since 1970.
pub fn read(
    store: &ChannelStore,
    settings: &Settings,
    archive: &mut impl Read,
    wanted: Option<&str>,
    fresh: fn() -> String,
    now: i64,
) -> Result<Import, ArchiveError> {
    store.begin()?;
    let reader = Reader {
        store,
        settings,
        wanted,
        fresh,
        now,
        title: String::new(),
        description: String::new(),
        channel: None,
        renamed: HashMap::new(),
        threads: HashSet::new(),
        posts: 0,
        roles: 0,
        owners: 0,
    };
    match reader.whole(archive) {
        Ok(import) => store.commit().map(|()| import).map_err(ArchiveError::from),
        Err(error) => {
            store.roll_back()?;
            Err(error)
        }
    }
}

struct Reader<'a> {
    store: &'a ChannelStore,
    settings: &'a Settings,
    wanted: Option<&'a str>,
    fresh: fn() -> String,
    now: i64,
    title: String,
    description: String,
    channel: Option<Begun>,
    /// Ids that had to change.
    renamed: HashMap<String, String>,
    /// Posts of the archive that can be answered, by their ids here.
    threads: HashSet<String>,
    posts: usize,
    roles: usize,
    owners: usize,
}

/// The channel as far as it is made.
#[derive(Clone)]
struct Begun {
    number: i64,
    name: String,
    /// What it was called where it comes from.
    old_name: String,
    is_topic: bool,
    /// It comes back to where it was.
    is_home: bool,
    access: String,
    default_role: String,
    updated: i64,
}

impl Begun {
    /// Who somebody is here: a person's channel under a new name is that of the new account, and so is what the old one
    /// did in it.
    fn person(&self, jid: &str) -> Result<String, Fault> {
        match BareJid::new(jid) {
            Ok(jid) if jid.node().is_none() => bad(format!("{jid} is no account")),
            Ok(jid) if !self.is_topic && jid.as_str() == self.old_name => Ok(self.name.clone()),
            Ok(jid) => Ok(jid.to_string()),
            Err(_) => bad(format!("“{}” is no address", short(jid))),
        }
    }
}

impl Reader<'_> {
    fn whole(mut self, archive: &mut impl Read) -> Result<Import, ArchiveError> {
        let mut splitter = Splitter::of_feed(Limits::default());
        let mut chunk = vec![0; CHUNK];
        let mut number = 0;
        let mut is_closed = false;
        loop {
            let length = archive.read(&mut chunk)?;
            let pushed = splitter.push(&chunk[..length]);
            while let Some(piece) = splitter.next() {
                match piece {
                    Piece::Open(_) => {}
                    Piece::Close => is_closed = true,
                    Piece::Stanza(text) => {
                        number += 1;
                        self.element(number, &text)?;
                    }
                }
            }
            let place = || match number {
                _ if is_closed => "the end of the feed".to_owned(),
                0 => "the beginning of the archive".to_owned(),
                _ => format!("after element {number} of the feed"),
            };
            if let Err(violation) = pushed {
                let reason = match violation {
                    Violation::BadNamespace if number == 0 => "this is no Atom feed".to_owned(),
                    other => other.to_string(),
                };
                return Err(ArchiveError::Refused { place: place(), reason });
            }
            if length == 0 {
                let reason = "the archive breaks off".to_owned();
                return match is_closed {
                    true => self.finish().map_err(|fault| locate(fault, place)),
                    false => Err(ArchiveError::Refused { place: place(), reason }),
                };
            }
        }
    }

    fn element(&mut self, number: usize, text: &[u8]) -> Result<(), ArchiveError> {
        let mut name = "element".to_owned();
        let read = Element::from_reader(text).ok();
        let done = match read {
            Some(element) => {
                element.name().clone_into(&mut name);
                self.child(element)
            }
            None => bad("it cannot be read"),
        };
        done.map_err(|fault| locate(fault, || format!("element {number} of the feed, <{name}/>")))
    }

    fn child(&mut self, element: Element) -> Result<(), Fault> {
        match (element.name(), element.ns().as_str()) {
            ("title", ATOM) => self.title = bounded("title", &element.text(), bounds::TITLE)?,
            ("subtitle", ATOM) => self.description = bounded("description", &element.text(), bounds::DESCRIPTION)?,
            ("channel", NS) => self.begin(&element)?,
            ("affiliations", OWNER) => self.affiliations(&element)?,
            ("subscriptions", OWNER) => self.subscriptions(&element)?,
            ("entry", ATOM) => self.entry(element)?,
            ("deleted-entry", TOMBSTONE) => self.tombstone(element)?,
            ("items", PUBSUB) => self.items(&element)?,
            // What a feed may have besides.
            _ => {}
        }
        Ok(())
    }

    /// The channel that is being made.
    fn begun(&self) -> Result<Begun, Fault> {
        match &self.channel {
            Some(begun) => Ok(begun.clone()),
            None => bad("what it belongs to is not known: this feed is no archive of a channel"),
        }
    }

    fn finish(self) -> Result<Import, Fault> {
        let begun = self.begun()?;
        if self.owners == 0 {
            return bad("the channel has no owner");
        }
        // Where no title was chosen it is the address.
        let is_chosen = !self.title.is_empty() && self.title != begun.old_name;
        let title = if is_chosen { &self.title } else { &begun.name };
        let (access, default_role) = (begun.access.as_str(), begun.default_role.as_str());
        let metadata = Metadata { title, description: &self.description, access, default_role };
        self.store.set_metadata(begun.number, &metadata, begun.updated)?;
        Ok(Import { name: begun.name, posts: self.posts, roles: self.roles })
    }

    /// A moment that an element names; nothing happened in the future.
    fn moment(&self, element: &Element, name: &'static str) -> Result<i64, Fault> {
        let text = value(element, name)?;
        match text.parse::<Timestamp>() {
            Ok(moment) => Ok(moment.as_millisecond().clamp(0, self.now)),
            Err(_) => bad(format!("“{}” is no moment", short(text))),
        }
    }
}

fn locate(fault: Fault, place: impl Fn() -> String) -> ArchiveError {
    match fault {
        Fault::Bad(reason) => ArchiveError::Refused { place: place(), reason },
        Fault::Unwanted(reason) => ArchiveError::Unwanted(reason),
        Fault::Store(error) => ArchiveError::Store(error),
    }
}

fn value<'a>(element: &'a Element, name: &'static str) -> Result<&'a str, Fault> {
    element.attr(name).ok_or_else(|| Fault::Bad(format!("<{}/> has no “{name}”", element.name())))
}

fn bounded(what: &str, text: &str, characters: usize) -> Result<String, Fault> {
    let is_broken = what == "title" && text.chars().any(char::is_control);
    if text.chars().count() > characters || is_broken {
        return bad(format!("this {what} cannot be used"));
    }
    Ok(text.to_owned())
}

/// What a stranger wrote, in a sentence.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
