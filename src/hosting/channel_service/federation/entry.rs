//! What a copy of a post needs to know of the entry that another service sent.
//!
//! Read by local names, like everything from other services.

use jiff::Timestamp;
use minidom::Element;

/// The longest text that the search sees of one post.
const WORDS: usize = 64 * 1024;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who wrote it, as it says.
    pub author: Option<String>,
    /// When it was published, in milliseconds since 1970.
    pub published: i64,
    /// When it was last changed.
    pub updated: i64,
    /// The post it answers.
    pub parent: Option<String>,
    /// The post it rates.
    pub rated: Option<String>,
    /// Title and text.
    pub words: String,
    /// Whether it is a tombstone (RFC 6721).
    pub is_tombstone: bool,
}

/// Reads an entry, a tombstone, or anything else; what has no dates is of `now`.
pub fn read(payload: &Element, now: i64) -> Entry {
    let child = |name: &str| payload.children().find(|child| child.name() == name);
    let moment = |name: &str| child(name).and_then(|date| milliseconds(&date.text()));
    let published = moment("published").or_else(|| moment("updated")).unwrap_or(now);
    let author = child("author").and_then(|author| {
        let uri = author.children().find(|child| child.name() == "uri").map(Element::text);
        let uri = uri.and_then(|uri| uri.split_once(':').map(|(_, address)| address.to_owned()));
        uri.or_else(|| author.children().find(|child| child.name() == "name").map(Element::text))
    });
    let parent = child("in-reply-to").and_then(|reply| reply.attr("ref")).map(super::wire::local_id);
    let is_rating = child("rating").is_some();
    let target = child("target").and_then(|target| target.children().find(|child| child.name() == "id"));
    let rated = target.filter(|_| is_rating).map(Element::text);
    let mut words = [child("title"), child("content")].into_iter().flatten().map(Element::text).collect::<Vec<_>>();
    words.iter_mut().for_each(|text| text.truncate(text.floor_char_boundary(WORDS)));
    Entry {
        author,
        published,
        updated: moment("updated").unwrap_or(published).max(published),
        parent: parent.map(str::to_owned),
        rated: rated.map(|id| super::wire::local_id(id.trim()).to_owned()),
        words: words.join(" "),
        is_tombstone: payload.name() == "deleted-entry",
    }
}

fn milliseconds(text: &str) -> Option<i64> {
    text.trim().parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn entries_of_both_old_servers() {
        let node: Element = "<entry xmlns='http://www.w3.org/2005/Atom'><content>parent</content><author>\
             <uri>acct:juliet@capulet.lit</uri></author><id>j-post-1</id>\
             <published>2026-11-23T16:22:40.513+00:00</published><updated>2026-11-23T16:22:40.514+00:00</updated></entry>"
            .parse()
            .unwrap();
        let entry = read(&node, 0);
        assert_eq!(entry.author.as_deref(), Some("juliet@capulet.lit"));
        assert_eq!(entry.updated - entry.published, 1);
        assert_eq!((entry.words.as_str(), entry.parent, entry.rated), ("parent", None, None));
        let java: Element =
            "<entry xmlns='http://www.w3.org/2005/Atom'><title>Rating</title><content>rating:5.0</content>\
             <published>2026-11-23T16:24:49.589Z</published>\
             <in-reply-to xmlns='http://purl.org/syndication/thread/1.0' ref='14384077'/>\
             <target xmlns='http://activitystrea.ms/spec/1.0/'><id xmlns='http://www.w3.org/2005/Atom'>\
             tag:null@buddycloud.montague.lit,/user/romeo@montague.lit/posts,14384077</id></target>\
             <rating xmlns='http://activitystrea.ms/schema/1.0/review'>5.0</rating></entry>"
                .parse()
                .unwrap();
        let entry = read(&java, 0);
        assert_eq!((entry.parent.as_deref(), entry.rated.as_deref()), (Some("14384077"), Some("14384077")));
        assert_eq!(read(&"<x xmlns='u'/>".parse().unwrap(), 7).published, 7);
    }
}
