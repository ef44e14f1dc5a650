//! What a stranger can grow in the channel service, and how far.

/// Bytes of a post as it is stored: with what surrounds it, it fits a stanza of 64 kB, which is all that some servers pass.
pub const PAYLOAD: usize = 56 * 1024;
/// Bytes of a post that came from elsewhere, where what the service writes may take more; it still fits such a stanza.
pub const MOVED_PAYLOAD: usize = PAYLOAD + 4 * 1024;
/// Bytes of an item's id.
pub const ITEM_ID: usize = 255;
/// Characters of a title.
pub const TITLE: usize = 128;
/// Characters of a description.
pub const DESCRIPTION: usize = 1_024;
/// Characters of the title that is made of a text.
pub const HEADLINE: usize = 80;
/// Topic channels that one account may make.
pub const CHANNELS: usize = 200;
/// Nodes of one channel.
pub const NODES: usize = 40;
/// Subscriptions of one account.
pub const SUBSCRIPTIONS: usize = 5_000;
/// Followers of one node.
pub const FOLLOWERS: usize = 50_000;
/// People who wait to be let into one channel.
pub const WAITING: usize = 1_000;
/// Subscriptions to one node that end with somebody's presence.
pub const LISTENERS: usize = 1_000;
/// Invitations that one person has sent, or got, and that are not answered.
pub const INVITATIONS: usize = 50;
/// People with a role in one channel.
pub const ROLES: usize = 100_000;
/// Posts of one node.
pub const POSTS: usize = 1_000_000;
/// Items of one page, and of one that does not say how many.
pub const PAGE: usize = 100;
/// Bytes of one page; a single larger post still travels alone.
pub const PAGE_BYTES: usize = 200 * 1024;
/// Bytes of one answer, whatever it is: Prosody takes 512 KiB of a component.
pub const ANSWER: usize = 400_000;
/// Bytes that wait to be sent before what was done is made durable and they go out.
pub const OUTGOING: usize = 16 * 1024 * 1024;
/// Entries of one page of a list of people or channels.
pub const LIST: usize = 500;
/// Ids asked for by name in one request.
pub const IDS: usize = 50;
/// Replies that are given with one thread.
pub const THREAD: usize = 100;
/// Full addresses at which one account is known to be online.
pub const RESOURCES: usize = 20;
/// Channels in a list of the most followed or most active.
pub const TOP: usize = 50;
/// Changes in one answer about what was missed, and their bytes; each travels alone.
pub const CHANGES: usize = 200;
/// See there.
pub const CHANGES_BYTES: usize = 1024 * 1024;
