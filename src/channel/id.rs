//! Names of things: addresses, channels, posts. Parsed once at the edge, compared only in canonical form.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// An account, a service or a server: a bare JID in canonical form (RFC 7622).
pub type Address = jid::BareJid;

/// The node that holds a person's own posts (XEP-0277 Microblogging over XMPP).
pub const MICROBLOG: &str = "urn:xmpp:microblog:0";

/// How the nodes of a Buddycloud channel begin: the channel's name and the kind of node follow.
const BUDDYCLOUD: &str = "/user/";
/// How the node of a Buddycloud channel ends that holds its posts.
const POSTS: &str = "/posts";

/// The name of the Buddycloud channel whose posts a node holds, as written.
fn buddycloud_name(node: &str) -> Option<&str> {
    node.strip_prefix(BUDDYCLOUD)?.strip_suffix(POSTS)
}

/// What must be escaped inside the query of an `xmpp:` URI (RFC 5122 §2.2).
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'\'')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'@');

/// Why a text is not a name of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("the name is empty")]
    Empty,
    /// Longer than a name may be.
    #[error("the name is longer than {0} bytes")]
    TooLong(usize),
    /// A control character, which XML or a URL could not carry.
    #[error("the name has a control character")]
    Control,
    /// Not an XMPP address.
    #[error("this is not an XMPP address")]
    Address,
}

fn check(name: &str, max: usize) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > max {
        return Err(NameError::TooLong(max));
    }
    if name.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
        return Err(NameError::Control);
    }
    Ok(())
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $max:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The longest it may be, in bytes.
            pub const MAX: usize = $max;

            /// Checks length and characters.
            pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
                let name = name.into();
                check(&name, Self::MAX)?;
                Ok(Self(name))
            }

            /// The name itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(name: &str) -> Result<Self, NameError> {
                Self::new(name)
            }
        }
    };
}

name! {
    /// The name of a pubsub node (XEP-0060); 1 to 1,023 bytes.
    Node, 1023
}

name! {
    /// The name of a post inside its channel, a pubsub item id; 1 to 1,023 bytes.
    PostId, 1023
}

/// A channel: a node at an address. For a personal channel the address is the account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId {
    /// The account or the pubsub service that holds it.
    pub address: Address,
    /// The node there.
    pub node: Node,
}

impl ChannelId {
    /// A channel at any node.
    pub fn new(address: Address, node: Node) -> Self {
        ChannelId { address, node }
    }

    /// The personal channel of an account.
    pub fn personal(address: Address) -> Self {
        ChannelId { address, node: Node(MICROBLOG.to_owned()) }
    }

    /// The Buddycloud channel of this name: a person's own address, or a topic at the topics' domain. Which service is to
    /// be asked about it is not part of the name.
    pub fn buddycloud(name: Address) -> Self {
        let node = Node(format!("{BUDDYCLOUD}{name}{POSTS}"));
        ChannelId { address: name, node }
    }

    /// Whether this is a Buddycloud channel: the node says the same name as the address.
    pub fn is_buddycloud(&self) -> bool {
        buddycloud_name(self.node.as_str()) == Some(self.address.as_str())
    }

    /// Whether this is the channel that belongs to an account, whose owner's posts it holds.
    pub fn is_personal(&self) -> bool {
        self.node.as_str() == MICROBLOG && self.address.node().is_some()
    }

    /// Reads what a person types or pastes: `alice@example.org`, `xmpp:pubsub.example.org?;node=news`,
    /// `pubsub.example.org/news`, or `/user/juliet@capulet.lit/posts`. An address with a local part and no node means the
    /// personal microblog. A Buddycloud channel is named by its node, whatever service the text names beside it.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if let Some(name) = buddycloud_name(text) {
            return Ok(ChannelId::buddycloud(Address::from_str(name).map_err(|_| NameError::Address)?));
        }
        let (address, node) = match text.strip_prefix("xmpp:") {
            Some(uri) => {
                let (address, query) = uri.split_once('?').unwrap_or((uri, ""));
                let node = query.split([';', '&']).find_map(|pair| pair.strip_prefix("node="));
                let decode = |part: &str| {
                    percent_decode_str(part).decode_utf8().map(|t| t.into_owned()).map_err(|_| NameError::Address)
                };
                (decode(address)?, node.map(decode).transpose()?)
            }
            None => match text.trim_start_matches('@').split_once('/') {
                Some((address, node)) => (address.to_owned(), Some(node.to_owned())),
                None => (text.trim_start_matches('@').to_owned(), None),
            },
        };
        if address.is_empty() {
            return Err(NameError::Empty);
        }
        let address = Address::from_str(&address).map_err(|_| NameError::Address)?;
        match node {
            Some(node) => {
                let node = Node::new(node)?;
                let name = buddycloud_name(node.as_str()).and_then(|name| Address::from_str(name).ok());
                Ok(name.map_or_else(|| ChannelId::new(address, node), ChannelId::buddycloud))
            }
            None if address.node().is_some() => Ok(ChannelId::personal(address)),
            None => Err(NameError::Address),
        }
    }

    /// The `xmpp:` URI of this channel (RFC 5122, XEP-0060 §12.22).
    pub fn uri(&self) -> String {
        format!("xmpp:{}?;node={}", self.address, utf8_percent_encode(self.node.as_str(), QUERY))
    }

    /// The same node at the service that holds it, where other programs find it: a Buddycloud channel is not kept at
    /// the address that it bears.
    pub fn held_by(&self, service: &Address) -> ChannelId {
        ChannelId::new(service.clone(), self.node.clone())
    }
}

impl fmt::Display for ChannelId {
    /// The form that a person can type again into "follow": [`ChannelId::parse`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_personal() {
            write!(f, "{}", self.address)
        } else if self.is_buddycloud() {
            write!(f, "{}", self.node)
        } else {
            write!(f, "{}/{}", self.address, self.node)
        }
    }
}

/// One post in one channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PostRef {
    /// The channel that holds it.
    pub channel: ChannelId,
    /// Its id there.
    pub id: PostId,
}

impl PostRef {
    /// A post in a channel.
    pub fn new(channel: ChannelId, id: PostId) -> Self {
        PostRef { channel, id }
    }

    /// The same item at the service that holds it.
    pub fn held_by(&self, service: &Address) -> PostRef {
        PostRef::new(self.channel.held_by(service), self.id.clone())
    }

    /// The `xmpp:` URI of this post (RFC 5122, XEP-0060 §12.22).
    pub fn uri(&self) -> String {
        format!("{};item={}", self.channel.uri(), utf8_percent_encode(self.id.as_str(), QUERY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        let personal = ChannelId::parse(" alice@Example.org ").expect("an address");
        assert!(personal.is_personal());
        assert_eq!(personal.to_string(), "alice@example.org");
        assert_eq!(ChannelId::parse("@alice@example.org"), Ok(personal.clone()));
        assert_eq!(ChannelId::parse(&personal.uri()), Ok(personal));
        let community = ChannelId::parse("pubsub.example.org/rust & friends").expect("a community");
        assert_eq!(community.node.as_str(), "rust & friends");
        assert_eq!(ChannelId::parse(&community.uri()), Ok(community.clone()));
        assert_eq!(ChannelId::parse(&community.to_string()), Ok(community));
        assert_eq!(ChannelId::parse("example.org"), Err(NameError::Address));
        assert_eq!(ChannelId::parse("/user/no address/posts"), Err(NameError::Address));
        assert_eq!(ChannelId::parse(""), Err(NameError::Empty));
        assert_eq!(ChannelId::parse("a@b/\u{1}"), Err(NameError::Control));
    }

    #[test]
    fn a_buddycloud_channel_is_named_by_its_node() {
        let juliet = ChannelId::buddycloud("Juliet@Capulet.lit".parse().expect("an address"));
        assert!(juliet.is_buddycloud() && !juliet.is_personal());
        assert_eq!(juliet.to_string(), "/user/juliet@capulet.lit/posts");
        let at_service = "xmpp:buddycloud.capulet.lit?pubsub;action=retrieve;node=/user/juliet@capulet.lit/posts";
        for text in
            [juliet.to_string(), juliet.uri(), at_service.to_owned(), "/user/JULIET@capulet.lit/posts".to_owned()]
        {
            assert_eq!(ChannelId::parse(&text), Ok(juliet.clone()), "{text}");
        }
        for text in
            ["juliet@capulet.lit", "juliet@capulet.lit//user/juliet@capulet.lit/status", "example.org/user/x/posts"]
        {
            assert!(!ChannelId::parse(text).expect("a channel").is_buddycloud(), "{text}");
        }
        let post = PostRef::new(juliet.clone(), PostId::new("a;b&c=d e").expect("an id"));
        assert_eq!(
            post.held_by(&"buddycloud.capulet.lit".parse().expect("an address")).uri(),
            "xmpp:buddycloud.capulet.lit?;node=%2Fuser%2Fjuliet%40capulet.lit%2Fposts;item=a%3Bb%26c%3Dd%20e"
        );
        let another = ChannelId::new("romeo@montague.lit".parse().expect("an address"), juliet.node.clone());
        assert!(!another.is_buddycloud(), "the node must name the same channel");
    }
}
