//! Names on the wire: nodes of a channel, and ids that are local to it or global.

use crate::channel::{Address, ChannelId, Node, PostId};

/// The kind of node that holds the status line.
pub const STATUS: &str = "status";
/// The kind of node that says where the owner is.
pub const PLACE: &str = "geo/current";
/// Where the owner was before.
pub const PLACE_BEFORE: &str = "geo/previous";
/// The kinds of nodes besides the posts whose readers should be those of the posts.
pub const BESIDE: [&str; 5] = [STATUS, "geo/previous", PLACE, "geo/next", "subscriptions"];

/// The node of a channel that is of a kind.
pub fn node(channel: &ChannelId, kind: &str) -> String {
    format!("/user/{}/{kind}", channel.address)
}

/// The channel of a node and the kind of that node, `posts` for its posts.
pub fn read_node(node: &str) -> Option<(ChannelId, &str)> {
    if node.len() > Node::MAX {
        return None;
    }
    let (name, kind) = node.strip_prefix("/user/")?.split_once('/')?;
    let name: Address = name.parse().ok()?;
    (!kind.is_empty()).then(|| (ChannelId::buddycloud(name), kind))
}

/// The channel whose posts a node holds.
pub fn read_posts_node(node: &str) -> Option<ChannelId> {
    read_node(node).filter(|(_, kind)| *kind == "posts").map(|(channel, _)| channel)
}

/// What an item is called inside its channel. A global name is `tag:<service>,<node>,<local name>`.
///
/// COMPAT(buddycloud-server-java): it uses the global name in events and in answers to publishing, the local one in lists.
pub fn local(id: &str) -> &str {
    let id = id.trim();
    if id.starts_with("tag:") { id.rsplit_once(',').map_or(id, |(_, local)| local) } else { id }
}

/// The same as an id of ours.
pub fn post_id(id: &str) -> Option<PostId> {
    PostId::new(local(id)).ok()
}

/// The global name of a post.
pub fn global(service: &Address, channel: &ChannelId, id: &PostId) -> String {
    format!("tag:{service},{},{id}", channel.node)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nodes_name_a_channel_and_a_kind() {
        let (channel, kind) = read_node("/user/Juliet@Capulet.lit/geo/current").unwrap();
        assert_eq!((channel.address.as_str(), kind), ("juliet@capulet.lit", PLACE));
        assert_eq!(node(&channel, kind), "/user/juliet@capulet.lit/geo/current");
        assert_eq!(read_posts_node(channel.node.as_str()), Some(channel));
        for text in ["", "/user/", "/user/a@b", "/user/a@b/", "/user//posts", "/firehose", "urn:xmpp:microblog:0"] {
            assert_eq!(read_node(text), None, "{text}");
        }
    }

    #[test]
    fn ids_are_what_stands_after_the_last_comma() {
        let java = "tag:null@buddycloud.montague.lit,/user/romeo@montague.lit/posts,14384077-4686";
        assert_eq!(local(java), "14384077-4686");
        assert_eq!(local("j-post-1"), "j-post-1");
        assert_eq!(local("a,b"), "a,b", "a comma alone makes no global name");
        assert_eq!(local("tag:x"), "tag:x");
        let channel = ChannelId::buddycloud("juliet@capulet.lit".parse().unwrap());
        let id = PostId::new("a").unwrap();
        assert_eq!(local(&global(&"x.lit".parse().unwrap(), &channel, &id)), "a");
        assert_eq!(post_id("tag:a,b,"), None);
    }
}
