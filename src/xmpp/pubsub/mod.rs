//! Publish-Subscribe (XEP-0060) and Personal Eventing (XEP-0163): what a client asks and what it is told.
//!
//! Elements by hand, because the types of `xmpp-parsers` refuse items that come with a result set (XEP-0059) and
//! cannot write several of the requests below. We write strictly and read leniently.

pub mod request;
pub mod owner;
pub mod answer;
pub mod event;

pub use answer::{Item, Items, ResultSet, Subscription, SubscriptionState};
pub use event::{Happening, Notice};
pub use request::Window;

/// The namespace of what everybody may ask.
pub const NS: &str = "http://jabber.org/protocol/pubsub";
/// The namespace of what owners may ask.
pub const OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
/// The namespace of what servers tell unasked.
pub const EVENT: &str = "http://jabber.org/protocol/pubsub#event";
/// The namespace of result sets (XEP-0059).
pub const RSM: &str = "http://jabber.org/protocol/rsm";
/// The form that configures a node.
pub const NODE_CONFIG: &str = "http://jabber.org/protocol/pubsub#node_config";
/// The form with which a publisher says what the node must be like.
pub const PUBLISH_OPTIONS: &str = "http://jabber.org/protocol/pubsub#publish-options";
/// The form with which a node tells about itself in disco.
pub const META_DATA: &str = "http://jabber.org/protocol/pubsub#meta-data";
