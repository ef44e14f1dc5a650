//! What Movim asks of an entry before it shows it completely, checked on the raw answer of a server.

use minidom::Element;

const ATOM: &str = "http://www.w3.org/2005/Atom";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// An entry as it lies on a server.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The id of its item.
    pub id: String,
    /// Who published it, as the server says; empty where it does not.
    pub publisher: String,
    /// The entry.
    pub element: Element,
}

/// The Atom entries in an answer to a request for items.
pub fn entries(answer: &str) -> Vec<Entry> {
    fn walk(element: &Element, found: &mut Vec<Entry>) {
        if element.name() == "item"
            && let Some(entry) = element.get_child("entry", ATOM)
        {
            let attribute = |name| element.attr(name).unwrap_or_default().to_owned();
            found.push(Entry { id: attribute("id"), publisher: attribute("publisher"), element: entry.clone() });
        }
        for child in element.children() {
            walk(child, found);
        }
    }
    let root: Element = answer.parse().unwrap_or_else(|error| panic!("{error}: {answer}"));
    let mut found = Vec::new();
    walk(&root, &mut found);
    found
}

impl Entry {
    /// The text of the first child with a name.
    pub fn text(&self, name: &str) -> Option<String> {
        self.element.get_child(name, ATOM).map(Element::text)
    }

    /// The links with a relation, as (address, title).
    pub fn links(&self, relation: &str) -> Vec<(String, Option<String>)> {
        self.element
            .children()
            .filter(|child| child.name() == "link" && child.attr("rel") == Some(relation))
            .map(|link| (link.attr("href").unwrap_or_default().to_owned(), link.attr("title").map(str::to_owned)))
            .collect()
    }

    /// The terms of its categories.
    pub fn tags(&self) -> Vec<String> {
        self.element
            .children()
            .filter(|child| child.name() == "category")
            .filter_map(|child| child.attr("term").map(str::to_owned))
            .collect()
    }

    /// The XHTML content, as XML.
    pub fn xhtml(&self) -> Option<String> {
        let content =
            self.element.children().find(|child| child.name() == "content" && child.attr("type") == Some("xhtml"))?;
        Some(String::from(content.get_child("div", XHTML)?))
    }

    /// The plain content.
    pub fn source(&self) -> Option<String> {
        self.element
            .children()
            .find(|child| child.name() == "content" && child.attr("type") == Some("text"))
            .map(Element::text)
    }

    /// Service and node of its comments, as Movim reads the link: what follows 36 characters of the decoded query.
    pub fn comments(&self) -> Option<(String, String)> {
        let mut links = self.links("replies").into_iter();
        let (href, _) = links.rfind(|(_, title)| title.as_deref() == Some("comments"))?;
        let (service, query) = href.strip_prefix("xmpp:")?.split_once('?')?;
        let query = percent_encoding::percent_decode_str(query).decode_utf8().ok()?;
        Some((service.to_owned(), format!("urn:xmpp:microblog:0:comments/{}", query.get(36..)?)))
    }

    /// Fails unless Movim shows its author outside of microblogs: only the publisher is believed.
    #[track_caller]
    pub fn must_be_by(&self, author: &str) {
        assert_eq!(self.publisher.split('/').next(), Some(author), "{}", String::from(&self.element));
        self.must_please_movim(author);
    }

    /// Fails unless Movim and Libervia would show this post or comment whole, under this author.
    #[track_caller]
    pub fn must_please_movim(&self, author: &str) {
        let whole = String::from(&self.element);
        assert!((6..=128).contains(&self.id.len()) && !self.id.contains(char::is_whitespace), "id {:?}", self.id);
        assert!(self.text("title").is_some_and(|title| !title.trim().is_empty()), "no title: {whole}");
        for date in ["published", "updated"] {
            let text = self.text(date).unwrap_or_else(|| panic!("no {date}: {whole}"));
            assert!(text.parse::<jiff::Timestamp>().is_ok(), "{date} is {text:?}");
        }
        let uri = self.element.get_child("author", ATOM).and_then(|author| author.get_child("uri", ATOM));
        assert_eq!(uri.map(Element::text), Some(format!("xmpp:{author}")), "{whole}");
        assert!(self.text("id").is_some_and(|id| !id.is_empty()), "no id: {whole}");
        for (href, title) in self.links("replies") {
            if title.as_deref() == Some("comments") {
                let (_, query) = href.split_once('?').unwrap_or_else(|| panic!("comments link {href:?}"));
                let decoded = percent_encoding::percent_decode_str(query).decode_utf8().unwrap();
                assert!(decoded.starts_with(";node=urn:xmpp:microblog:0:comments/"), "comments link {href:?}");
                assert!(decoded.len() > 36);
            }
        }
        let mut prefixed = whole.split('<').filter(|tag| {
            let name = tag.trim_start_matches('/').split([' ', '>', '/']).next().unwrap_or_default();
            name.contains(':')
        });
        assert_eq!(prefixed.next(), None, "a prefixed element: {whole}");
    }
}
