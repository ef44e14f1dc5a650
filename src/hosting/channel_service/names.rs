//! What nodes are called: `/user/<channel>/<kind>`, and the names that plain pubsub clients use.

use jid::BareJid;

/// Before the id of a post: the view of its thread, as XEP-0277 §4 names a node for comments.
pub const COMMENTS: &str = "urn:xmpp:microblog:0:comments/";

/// What the kinds of nodes begin with that keep who listens to a thread.
const THREAD: &str = "comments/";
/// The channels that most people follow.
pub const TOP_FOLLOWED: &str = "/top-followed-nodes";
/// The channels in which most was published lately.
pub const TOP_PUBLISHED: &str = "/top-published-nodes";

/// The nodes that a personal channel has.
pub const PERSONAL: [&str; 6] = ["posts", "status", "subscriptions", "geo/previous", "geo/current", "geo/next"];
/// The nodes that a topic channel has.
pub const TOPIC: [&str; 2] = ["posts", "status"];

/// Bytes of a kind.
const KIND: usize = 64;
/// Bytes of a node's name.
const NAME: usize = 3_200;

/// What a node's name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A node of a channel.
    Node {
        /// The channel's name, in canonical form.
        channel: String,
        /// Which of its nodes.
        kind: String,
    },
    /// The thread of the post with this id.
    Comments(String),
}

/// Reads a node's name. A plain name, without `/user/`, means the posts of a topic channel: COMPAT(Movim, Libervia): so
/// ordinary clients create and call it.
pub fn read(node: &str, topics: &str) -> Option<Target> {
    if node.len() > NAME {
        return None;
    }
    if let Some(id) = node.strip_prefix(COMMENTS) {
        return (!id.is_empty()).then(|| Target::Comments(id.to_owned()));
    }
    if let Some(rest) = node.strip_prefix("/user/") {
        let (channel, kind) = rest.split_once('/')?;
        let channel = BareJid::new(channel).ok().filter(|channel| channel.node().is_some())?;
        return is_kind(kind).then(|| Target::Node { channel: channel.to_string(), kind: kind.to_owned() });
    }
    let channel = BareJid::new(&format!("{node}@{topics}")).ok()?;
    let is_name = channel.node().is_some() && channel.domain().as_str() == topics && !node.contains(['/', '@']);
    is_name.then(|| Target::Node { channel: channel.to_string(), kind: "posts".to_owned() })
}

/// The name of a channel's node.
pub fn node(channel: &str, kind: &str) -> String {
    match kind.strip_prefix(THREAD) {
        Some(id) => format!("{COMMENTS}{id}"),
        None => format!("/user/{channel}/{kind}"),
    }
}

/// The kind under which those are kept who listen to a thread.
pub fn comments_kind(id: &str) -> String {
    format!("{THREAD}{id}")
}

/// Whether it is such a kind.
pub fn is_comments_kind(kind: &str) -> bool {
    kind.starts_with(THREAD)
}

fn is_kind(kind: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    PERSONAL.contains(&kind) || (!kind.is_empty() && kind.len() <= KIND && kind.chars().all(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(node: &str) -> Option<(String, String)> {
        match read(node, "topics.x") {
            Some(Target::Node { channel, kind }) => Some((channel, kind)),
            _ => None,
        }
    }

    #[test]
    fn names_of_all_kinds() {
        let pair = |channel: &str, kind: &str| Some((channel.to_owned(), kind.to_owned()));
        assert_eq!(of("/user/Juliet@Capulet.LIT/geo/current"), pair("juliet@capulet.lit", "geo/current"));
        assert_eq!(of("/user/a@b/x-chess"), pair("a@b", "x-chess"));
        assert_eq!(of("trains"), pair("trains@topics.x", "posts"));
        assert_eq!(read("urn:xmpp:microblog:0:comments/p-1", "topics.x"), Some(Target::Comments("p-1".to_owned())));
        for bad in [
            "",
            "/user/a@b",
            "/user/a@b/",
            "/user/b/posts",
            "/user/a@b/comments/1",
            "/user/a@b/X",
            "a b@c",
            "a@b",
            "x/y",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
