//! What a stranger can grow in a pubsub service, and how far.

/// Bytes of a node's name: XEP-0060 has no bound, real names stay under 256.
pub const NODE_NAME: usize = 512;
/// Bytes of an item's id.
pub const ITEM_ID: usize = 512;
/// Bytes of a title or type.
pub const TITLE: usize = 1024;
/// Bytes of a description.
pub const DESCRIPTION: usize = 8 * 1024;
/// Nodes one account may make: every post brings a comments node.
pub const NODES: usize = 20_000;
/// Items a node keeps at most; older ones go.
pub const ITEMS: usize = 200_000;
/// Bytes of one payload: half of the stanza bound, so that it can be sent back with what surrounds it.
pub const PAYLOAD: usize = 128 * 1024;
/// Subscriptions one account may have, everywhere together.
pub const SUBSCRIPTIONS: usize = 5_000;
/// Subscribers one node may have.
pub const SUBSCRIBERS: usize = 20_000;
/// Affiliations one node may have.
pub const AFFILIATES: usize = 2_000;
/// Items of one page.
pub const PAGE_ITEMS: usize = 500;
/// Bytes of the payloads of one page; a single larger item still travels alone.
pub const PAGE_BYTES: usize = 768 * 1024;
/// Nodes of one page of disco#items.
pub const PAGE_NODES: usize = 2_000;
/// Item ids asked for by name in one request.
pub const IDS: usize = 200;
