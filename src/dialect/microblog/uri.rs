//! `xmpp:` URIs (RFC 5122, XEP-0060 §12.22) as strangers write them, in canonical form or not at all.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::channel::{Address, ChannelId, Node, PostId, PostRef};

/// The account that a URI means, as a bare JID in canonical form: query, resource, case and percent-encoding make no
/// difference. `acct:` and a mere address are understood too.
pub fn address(uri: &str) -> Option<Address> {
    let (path, _) = split(uri)?;
    parse_address(path)
}

/// Whether a URI says that it names an account here, so that it may be compared at all.
pub fn names_account(uri: &str) -> bool {
    let uri = uri.trim();
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme) => ["xmpp", "acct"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) || scheme.contains('@'),
        None => uri.contains('@'),
    }
}

/// The channel that a URI means.
pub fn channel(uri: &str) -> Option<ChannelId> {
    let (path, query) = split(uri)?;
    Some(ChannelId::new(parse_address(path)?, Node::new(value(query, "node")?).ok()?))
}

/// The post that a URI means.
pub fn post(uri: &str) -> Option<PostRef> {
    let (_, query) = split(uri)?;
    Some(PostRef::new(channel(uri)?, PostId::new(value(query, "item")?).ok()?))
}

/// What means something inside a query, or may not stand in a URI at all.
const SPECIAL: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'\'')
    .add(b';')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The URI of a post with as little encoded as possible.
///
/// COMPAT(Movim): it takes the node of what a post answers as it stands.
pub fn plain(post: &PostRef) -> String {
    let [node, item] = [post.channel.node.as_str(), post.id.as_str()].map(|part| utf8_percent_encode(part, SPECIAL));
    format!("xmpp:{}?;node={node};item={item}", post.channel.address)
}

/// Path and query.
fn split(uri: &str) -> Option<(&str, &str)> {
    let uri = uri.trim();
    let rest = match uri.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("xmpp") || scheme.eq_ignore_ascii_case("acct") => rest,
        Some((scheme, _)) if !scheme.contains('@') => return None,
        _ => uri,
    };
    let rest = rest.split('#').next().unwrap_or_default();
    Some(rest.split_once('?').unwrap_or((rest, "")))
}

fn parse_address(path: &str) -> Option<Address> {
    // With an authority the path comes after it (RFC 5122 §2.2); the authority only says whose account to use.
    let path = match path.strip_prefix("//") {
        Some(path) => path.split_once('/')?.1,
        None => path,
    };
    let path = decode(path)?;
    Some(path.parse::<jid::Jid>().ok()?.to_bare())
}

/// The one value of a key; two that differ are none.
fn value(query: &str, key: &str) -> Option<String> {
    let mut values = query.split([';', '&']).filter_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    let first = values.next()?;
    values.all(|value| value == first).then(|| decode(first)).flatten()
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_one_form() {
        let alice: Address = "alice@example.org".parse().expect("an address");
        for uri in [
            "xmpp:alice@example.org",
            "XMPP:Alice@EXAMPLE.org",
            " xmpp:alice@example.org/phone ",
            "xmpp:alice@example.org?message;body=hi",
            "xmpp:%61lice@example.org",
            "xmpp:alice%40example.org",
            "xmpp:alice@example.org#me",
            "xmpp://guest@other.example/alice@example.org",
            "acct:alice@example.org",
            "alice@example.org",
        ] {
            assert_eq!(address(uri).as_ref(), Some(&alice), "{uri}");
            assert!(names_account(uri), "{uri}");
        }
        for uri in ["", "xmpp:", "https://alice@example.org", "mailto:alice@example.org", "xmpp:%ff@example.org"] {
            assert_eq!(address(uri), None, "{uri}");
        }
        // A Cyrillic а is another person.
        assert_ne!(address("xmpp:\u{430}lice@example.org").as_ref(), Some(&alice));
        assert!(!names_account("https://example.org/@alice"));
    }

    #[test]
    fn posts_and_channels_read_back() {
        let post_ref = PostRef::new(
            ChannelId::new("pubsub.example.org".parse().expect("an address"), Node::new("a/b&c;d").expect("a node")),
            PostId::new("x=y;z%").expect("an id"),
        );
        assert_eq!(post(&post_ref.uri()), Some(post_ref.clone()));
        assert_eq!(post(&plain(&post_ref)), Some(post_ref.clone()));
        assert_eq!(channel(&post_ref.uri()), Some(post_ref.channel));
        let plain = "xmpp:alice@example.org?;node=urn:xmpp:microblog:0;item=ID";
        assert!(post(plain).expect("a post").channel.is_personal());
        assert_eq!(post("xmpp:a@b?;node=x;item=1;item=2"), None);
        assert_eq!(post("xmpp:a@b?;node=x"), None);
    }
}
