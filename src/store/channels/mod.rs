//! The data of the channel service: channels, roles, followers, posts. SQLite or PostgreSQL, the same tests on both.
//!
//! Moments are milliseconds since 1970. Roles, states and the like are the words of the wire: what they mean is for
//! `hosting::channel_service` to say.

use std::path::PathBuf;

use super::StoreError;

/// Where the data are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In memory, for the demo without a folder and for tests.
    Memory,
    /// A SQLite file, made if it is not there.
    File(PathBuf),
    /// A PostgreSQL database, by its connection string (`postgresql://…` or `host=… dbname=…`).
    Postgres(String),
}

/// One database of channels. It belongs to one thread, the only writer.
#[derive(Debug)]
pub struct ChannelStore {
    place: Place,
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
#[derive(Debug, Clone, Copy)]
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
    /// Only posts that answer no other.
    pub parents_only: bool,
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

#[expect(unused_variables, clippy::todo, missing_docs)]
impl ChannelStore {
    /// Opens (or makes) the database and brings its schema up to date. What was committed survives a crash of the
    /// machine: a SQLite file uses write-ahead logging and is synced at every commit.
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        todo!()
    }

    // Transactions: one around a batch of requests, a step inside it for each request.
    pub fn begin(&self) -> Result<(), StoreError> {
        todo!()
    }
    pub fn commit(&self) -> Result<(), StoreError> {
        todo!()
    }
    pub fn roll_back(&self) -> Result<(), StoreError> {
        todo!()
    }
    /// Does something as a whole: it is undone when it fails (a savepoint).
    pub fn step<T, E: From<StoreError>>(&self, step: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        todo!()
    }

    // Small facts: schema secrets, cursors.
    pub fn fact(&self, name: &str) -> Result<Option<String>, StoreError> {
        todo!()
    }
    pub fn set_fact(&self, name: &str, value: &str) -> Result<(), StoreError> {
        todo!()
    }

    // Channels.
    pub fn channel(&self, name: &str) -> Result<Option<Channel>, StoreError> {
        todo!()
    }
    pub fn channel_of(&self, number: i64) -> Result<Option<Channel>, StoreError> {
        todo!()
    }
    pub fn add_channel(&self, new: &NewChannel<'_>, now: i64) -> Result<i64, StoreError> {
        todo!()
    }
    pub fn set_metadata(&self, channel: i64, metadata: &Metadata<'_>, now: i64) -> Result<(), StoreError> {
        todo!()
    }
    pub fn set_synced(&self, channel: i64, synced: Option<i64>) -> Result<(), StoreError> {
        todo!()
    }
    /// Removes a channel with everything in it.
    pub fn remove_channel(&self, channel: i64) -> Result<(), StoreError> {
        todo!()
    }
    /// How many channels somebody made.
    pub fn channels_made_by(&self, creator: &str) -> Result<usize, StoreError> {
        todo!()
    }
    /// Our own channels that are open to everybody, by name.
    pub fn listed(&self, after: Option<&str>, max: usize) -> Result<Vec<Channel>, StoreError> {
        todo!()
    }
    pub fn listed_count(&self) -> Result<usize, StoreError> {
        todo!()
    }
    /// Our own open channels whose name, title or description has all of these words.
    pub fn find_channels(&self, words: &str, skip: usize, max: usize) -> Result<Vec<Channel>, StoreError> {
        todo!()
    }
    /// Our own open channels with the most followers of `posts`, and how many.
    pub fn most_followed(&self, max: usize) -> Result<Vec<(Channel, usize)>, StoreError> {
        todo!()
    }
    /// Our own open channels with the most posts since a moment, and how many.
    pub fn most_active(&self, since: i64, max: usize) -> Result<Vec<(Channel, usize)>, StoreError> {
        todo!()
    }
    /// The copies of channels that live elsewhere.
    pub fn replicas(&self) -> Result<Vec<Channel>, StoreError> {
        todo!()
    }

    /// People with subscriptions in copies, with the service that those are of.
    pub fn remote_followers(&self) -> Result<Vec<(String, String)>, StoreError> {
        todo!()
    }
    /// Every other service that is told of something, once each.
    pub fn all_relays(&self) -> Result<Vec<String>, StoreError> {
        todo!()
    }

    // Nodes.
    pub fn node(&self, channel: i64, kind: &str) -> Result<Option<Node>, StoreError> {
        todo!()
    }
    pub fn nodes(&self, channel: i64) -> Result<Vec<Node>, StoreError> {
        todo!()
    }
    pub fn add_node(&self, channel: i64, kind: &str) -> Result<i64, StoreError> {
        todo!()
    }
    pub fn remove_node(&self, node: i64) -> Result<(), StoreError> {
        todo!()
    }

    // Roles, one for a whole channel: `owner`, `moderator`, `publisher`, `member`, `outcast`.
    pub fn role(&self, channel: i64, bare: &str) -> Result<Option<String>, StoreError> {
        todo!()
    }
    pub fn set_role(&self, channel: i64, bare: &str, role: Option<&str>) -> Result<(), StoreError> {
        todo!()
    }
    /// Who has a role in a channel, by address.
    pub fn roles(&self, channel: i64, after: Option<&str>, max: usize) -> Result<Vec<(String, String)>, StoreError> {
        todo!()
    }
    pub fn role_count(&self, channel: i64) -> Result<usize, StoreError> {
        todo!()
    }
    /// Somebody's roles by channel name.
    pub fn roles_of(&self, bare: &str, after: Option<&str>, max: usize) -> Result<Vec<(String, String)>, StoreError> {
        todo!()
    }
    /// Owners and moderators.
    pub fn moderators(&self, channel: i64) -> Result<Vec<String>, StoreError> {
        todo!()
    }

    // Subscriptions.
    pub fn subscription(&self, node: i64, jid: &str) -> Result<Option<Subscription>, StoreError> {
        todo!()
    }
    /// Every subscription of an account to a node (bare and full addresses).
    pub fn subscriptions_by(&self, node: i64, bare: &str) -> Result<Vec<Subscription>, StoreError> {
        todo!()
    }
    pub fn set_subscription(&self, subscription: &Subscription) -> Result<(), StoreError> {
        todo!()
    }
    pub fn end_subscription(&self, node: i64, jid: &str) -> Result<bool, StoreError> {
        todo!()
    }
    /// Ends every subscription of an account in a channel.
    pub fn end_subscriptions(&self, channel: i64, bare: &str) -> Result<(), StoreError> {
        todo!()
    }
    pub fn subscriptions(&self, node: i64, after: Option<&str>, max: usize) -> Result<Vec<Subscription>, StoreError> {
        todo!()
    }
    /// How many accounts are subscribed (state `subscribed`) to a node.
    pub fn follower_count(&self, node: i64) -> Result<usize, StoreError> {
        todo!()
    }
    /// An account's subscriptions, ordered by channel name and kind; `after` is a `(channel, kind)` before them.
    pub fn subscriptions_of(
        &self,
        bare: &str,
        after: Option<(&str, &str)>,
        max: usize,
    ) -> Result<Vec<(String, String, Subscription)>, StoreError> {
        todo!()
    }
    pub fn subscription_count_of(&self, bare: &str) -> Result<usize, StoreError> {
        todo!()
    }
    /// Who is told of what happens in a node: `subscribed`, not banned, and not through another service.
    pub fn recipients(&self, node: i64) -> Result<Vec<Recipient>, StoreError> {
        todo!()
    }
    /// The other services that are told, once each.
    pub fn relays(&self, node: i64) -> Result<Vec<String>, StoreError> {
        todo!()
    }
    /// The temporary subscriptions of a full address (or of all of an account's, by its bare one) end.
    pub fn end_temporary(&self, jid: &str) -> Result<(), StoreError> {
        todo!()
    }

    // Who is online.
    /// At most `max` of an account are kept; the oldest go.
    pub fn add_resource(&self, bare: &str, full: &str, now: i64, max: usize) -> Result<(), StoreError> {
        todo!()
    }
    pub fn remove_resource(&self, full: &str) -> Result<bool, StoreError> {
        todo!()
    }
    pub fn resources(&self, bare: &str) -> Result<Vec<String>, StoreError> {
        todo!()
    }
    pub fn all_resources(&self) -> Result<Vec<String>, StoreError> {
        todo!()
    }

    // Posts.
    /// Adds a post, or replaces the one of the same id in its place. A reply moves its thread's `active` on.
    pub fn put_post(&self, node: i64, new: &NewPost<'_>, now: i64) -> Result<Put, StoreError> {
        todo!()
    }
    pub fn post(&self, node: i64, id: &str) -> Result<Option<Post>, StoreError> {
        todo!()
    }
    /// Where posts of this id stand, whatever the node; ours before copies.
    pub fn whereabouts(&self, id: &str) -> Result<Vec<Placed>, StoreError> {
        todo!()
    }
    /// A part of a node's posts, tombstones included; `None` if the id in the window is not there.
    pub fn posts(&self, node: i64, window: &Window<'_>) -> Result<Option<Slice>, StoreError> {
        todo!()
    }
    /// A part of the replies to a post.
    pub fn replies(&self, node: i64, parent: &str, window: &Window<'_>) -> Result<Option<Slice>, StoreError> {
        todo!()
    }
    /// Posts that answer no other, those with the latest reply first; `after` is an id.
    pub fn threads(&self, node: i64, after: Option<&str>, max: usize) -> Result<Option<Slice>, StoreError> {
        todo!()
    }
    /// Whether somebody has rated a post.
    pub fn has_rated(&self, node: i64, rated: &str, bare: &str) -> Result<bool, StoreError> {
        todo!()
    }
    /// Puts a tombstone in a post's place; false if there is none.
    pub fn bury_post(&self, node: i64, id: &str, tombstone: &str, now: i64) -> Result<bool, StoreError> {
        todo!()
    }
    /// Removes a post without a trace; false if there is none.
    pub fn remove_post(&self, node: i64, id: &str) -> Result<bool, StoreError> {
        todo!()
    }
    /// The newest posts since a moment (by `updated`) of the `posts` nodes that an account is subscribed to and not banned from, newest first, at
    /// most `per_channel` of each; `after` is a post's channel and id, and `count` is not computed beyond 1,000.
    pub fn recent(
        &self,
        bare: &str,
        since: i64,
        per_channel: usize,
        parents_only: bool,
        after: Option<(&str, &str)>,
        max: usize,
    ) -> Result<Vec<Placed>, StoreError> {
        todo!()
    }
    /// What changed (published, edited, buried) in the nodes that an account is subscribed to, in the order it did;
    /// by the moment it was stored here, from `since` to before `until`.
    pub fn changes(&self, bare: &str, since: i64, until: i64, max: usize) -> Result<Vec<Placed>, StoreError> {
        todo!()
    }
    /// Posts with all of these words, newest first, in channels that an account may read: open ones, and those where it
    /// has a role other than `outcast`; and how many there are, counted up to 1,000.
    pub fn search(
        &self,
        words: &str,
        author: Option<&str>,
        reader: &str,
        skip: usize,
        max: usize,
    ) -> Result<(Vec<Placed>, usize), StoreError> {
        todo!()
    }
}
