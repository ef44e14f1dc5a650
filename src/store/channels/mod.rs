//! The data of the channel service: channels, roles, followers, posts. SQLite or PostgreSQL, the same tests on both.
//!
//! Moments are milliseconds since 1970. Roles, states and the like are the words of the wire: what they mean is for
//! `hosting::channel_service` to say.

mod database;
mod schema;
mod nodes;
mod people;
mod posts;
mod lists;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use self::database::{Database, Purpose, Row};
use super::StoreError;

/// Where the data are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In memory, for the demo without a folder and for tests.
    Memory,
    /// A SQLite file, made if it is not there.
    File(PathBuf),
    /// A PostgreSQL database, by its connection string (`postgresql://…` or `host=… dbname=…`). Without TLS: a Unix
    /// socket, or a network that is the operator's own.
    Postgres(String),
}

/// One database of channels. It belongs to one thread, the only writer.
pub struct ChannelStore {
    database: Database,
    /// Of a SQLite file: what says that it is in use, until this is dropped or the program ends, however it ends.
    _lock: Option<File>,
}

/// A channel, ours or the copy of one that lives elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its number here.
    pub number: i64,
    /// Its name, a bare address: `juliet@capulet.lit`, `balcony@topics.capulet.lit`.
    pub name: String,
    /// Whether it is a topic channel and not a person's.
    pub is_topic: bool,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// `open`, `authorize`, `whitelist` or `local`.
    pub access: String,
    /// The role of new followers: `publisher` or `member`.
    pub default_role: String,
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub created: i64,
    /// When its metadata or posts last changed.
    pub updated: i64,
    /// The service that it lives at; `None` if that is ours.
    pub authority: Option<String>,
    /// For a copy: up to which moment it is known to be whole; `None` if it has to be read anew.
    pub synced: Option<i64>,
}

/// What [`ChannelStore::add_channel`] needs.
#[derive(Debug, Clone)]
pub struct NewChannel<'a> {
    /// See [`Channel::name`].
    pub name: &'a str,
    /// See [`Channel::is_topic`].
    pub is_topic: bool,
    /// What can be changed later.
    pub metadata: Metadata<'a>,
    /// See [`Channel::creator`].
    pub creator: &'a str,
    /// See [`Channel::authority`].
    pub authority: Option<&'a str>,
}

/// What moderators and owners may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata<'a> {
    /// Title.
    pub title: &'a str,
    /// Description.
    pub description: &'a str,
    /// See [`Channel::access`].
    pub access: &'a str,
    /// See [`Channel::default_role`].
    pub default_role: &'a str,
}

/// A node of a channel: `/user/<channel>/<kind>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its number.
    pub number: i64,
    /// Its channel's number.
    pub channel: i64,
    /// `posts`, `status`, `geo/current`, …
    pub kind: String,
    /// How many posts stand in it, tombstones included.
    pub posts: usize,
    /// How many of them answer no other.
    pub threads: usize,
}

/// A subscription of one address to one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The node.
    pub node: i64,
    /// The subscribed address, bare or full.
    pub jid: String,
    /// Its account.
    pub bare: String,
    /// `subscribed`, `pending` or `invited`.
    pub state: String,
    /// What the subscriber calls the node, where that is not its own name.
    pub called: Option<String>,
    /// The channel service of the subscriber's domain, when the subscription came through it: it is told instead.
    pub via: Option<String>,
    /// Ends with the subscriber's presence.
    pub is_temporary: bool,
    /// Who invited.
    pub invited_by: Option<String>,
    /// Since when.
    pub since: i64,
}

/// Who is told of what happens in a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The subscribed address.
    pub jid: String,
    /// See [`Subscription::called`].
    pub called: Option<String>,
    /// The full addresses of the account that are known to be online.
    pub resources: Vec<String>,
    /// Whether the account has a channel of its own here: it speaks Buddycloud.
    pub has_channel: bool,
}

/// A post, a reply, a status line: one item of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its place in the node's order: grows with the moment of publication, never changes, never comes again.
    pub place: i64,
    /// Its id within the node.
    pub id: String,
    /// The bare address that published it.
    pub publisher: String,
    /// One XML element that declares every namespace it uses; of a tombstone, `deleted-entry`.
    pub payload: String,
    /// When it was first published.
    pub published: i64,
    /// When it was last changed.
    pub updated: i64,
    /// The post it answers.
    pub parent: Option<String>,
    /// The post it rates.
    pub rated: Option<String>,
    /// Whether it is a tombstone.
    pub is_deleted: bool,
    /// For a post that answers none: when its thread was last added to.
    pub active: i64,
}

/// What [`ChannelStore::put_post`] needs.
#[derive(Debug, Clone)]
pub struct NewPost<'a> {
    /// See [`Post::id`].
    pub id: &'a str,
    /// See [`Post::publisher`].
    pub publisher: &'a str,
    /// See [`Post::payload`].
    pub payload: &'a str,
    /// See [`Post::published`]; of a post that is there already, the old one stays.
    pub published: i64,
    /// See [`Post::updated`].
    pub updated: i64,
    /// See [`Post::parent`]; of a post that is there already, the old one stays.
    pub parent: Option<&'a str>,
    /// See [`Post::rated`].
    pub rated: Option<&'a str>,
    /// Title and text, for the search.
    pub words: &'a str,
}

/// What [`ChannelStore::put_post`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// There was none of this id.
    Added,
    /// There was one, a tombstone perhaps.
    Replaced,
}

/// Which part of a list, newest first (XEP-0059). At most one of `after` and `before`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Window<'a> {
    /// Older than this id.
    pub after: Option<&'a str>,
    /// Newer than this id; empty: the oldest part (the last page).
    pub before: Option<&'a str>,
    /// At most so many.
    pub max: usize,
    /// Which posts.
    pub which: Which,
}

/// Which posts of a node are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// All, replies and tombstones too.
    #[default]
    All,
    /// Those that answer no other, tombstones too.
    Threads,
    /// Those that answer no other and are not deleted.
    Living,
}

/// Who searches.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The account.
    pub bare: &'a str,
    /// Whether channels for the people of the service's own domain are open to it.
    pub is_local: bool,
}

/// Something that changed in what somebody follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When it was stored here, and which of the changes of that moment it is.
    pub at: (i64, i64),
    /// What it is.
    pub what: Changed,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// A post was published, edited or buried.
    Post(Placed),
    /// A post is gone.
    Removed {
        /// The channel's name.
        channel: String,
        /// Which of its nodes.
        kind: String,
        /// The post's id.
        id: String,
    },
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slice {
    /// Newest first.
    pub posts: Vec<Post>,
    /// How many the whole list has.
    pub count: usize,
    /// How many stand before the first of these, where that is known without counting them.
    pub index: Option<usize>,
}

/// A post and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The channel's name.
    pub channel: String,
    /// The node's kind.
    pub kind: String,
    /// The post.
    pub post: Post,
}

impl ChannelStore {
    /// Opens (or makes) the database and brings its schema up to date. What was committed survives a crash of the
    /// machine: a SQLite file uses write-ahead logging and is synced at every commit. A database that another channel
    /// service is using is refused.
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        let (database, lock) = match place {
            Place::Memory => (Database::sqlite(None)?, None),
            Place::File(path) => {
                let lock = lock_beside(path)?;
                (Database::sqlite(Some(path))?, Some(lock))
            }
            Place::Postgres(address) => (Database::postgres(address, Purpose::Serving)?, None),
        };
        database.migrate()?;
        Ok(ChannelStore { database, _lock: lock })
    }

    /// Opens a database that is there, to read only, whether or not a service is using it. What is read in one
    /// transaction is of one moment.
    pub fn open_to_read(place: &Place) -> Result<Self, StoreError> {
        let database = match place {
            Place::Memory => Database::sqlite(None)?,
            Place::File(path) => Database::sqlite_to_read(path)?,
            Place::Postgres(address) => Database::postgres(address, Purpose::Reading)?,
        };
        database.check_version()?;
        Ok(ChannelStore { database, _lock: None })
    }

    /// Opens a transaction around a batch of requests. A connection that was lost is made again here.
    pub fn begin(&self) -> Result<(), StoreError> {
        self.database.begin()
    }

    /// Makes the open transaction durable.
    pub fn commit(&self) -> Result<(), StoreError> {
        self.database.batch("COMMIT")
    }

    /// Undoes the open transaction.
    pub fn roll_back(&self) -> Result<(), StoreError> {
        self.database.batch("ROLLBACK")
    }

    /// Begins something that is done as a whole or not at all, inside the open transaction.
    pub fn begin_step(&self) -> Result<(), StoreError> {
        self.database.batch("SAVEPOINT step")
    }

    /// It was done.
    pub fn end_step(&self) -> Result<(), StoreError> {
        self.database.batch("RELEASE SAVEPOINT step")
    }

    /// It was not: it leaves no trace.
    pub fn undo_step(&self) -> Result<(), StoreError> {
        self.database.batch("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
    }

    /// A small fact that was noted under a name.
    pub fn fact(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.database.one("SELECT value FROM facts WHERE name = ?1", &[name.into()], |row| row.text(0))
    }

    /// Notes a small fact.
    pub fn set_fact(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.database
            .execute(
                "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                &[name.into(), value.into()],
            )
            .map(drop)
    }
}

/// Takes the lock of a SQLite file: that of an empty file beside it, so that other programs can still read the database.
fn lock_beside(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let failed = |source| StoreError::Lock { path: PathBuf::from(&name), source };
    let file = File::options().create(true).append(true).open(&name).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// A bound as the databases take it.
fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count in the first column.
fn size(row: &Row) -> usize {
    usize::try_from(row.integer(0)).unwrap_or(0)
}
