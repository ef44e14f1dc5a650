//! `<body/>` as the answer to a request.

use std::time::Duration;

use minidom::Element;

use super::http::Response;
use super::{CLIENT, HTTPBIND, STREAMS, XBOSH};

/// An answer: HTTP 200 and one well-formed `<body/>` with nothing but attributes and elements.
#[derive(Debug, Clone)]
pub struct Answer {
    /// How it came.
    pub response: Response,
    /// Its text.
    pub text: String,
    /// How long after the request.
    pub after: Duration,
    body: Element,
}

impl Answer {
    /// Reads one.
    pub fn read(text: String, response: Response) -> Answer {
        let body: Element = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(body.is("body", HTTPBIND), "{text}");
        assert_eq!(body.texts().collect::<String>(), "", "text directly in the body: {text}");
        let has_streams = body.children().any(|child| child.ns() == STREAMS);
        let head = text.split('>').next().unwrap_or_default();
        let declares = ['\'', '"'].iter().any(|quote| head.contains(&format!("xmlns:stream={quote}{STREAMS}{quote}")));
        assert!(declares || !has_streams, "the prefix is not declared on the body: {text}");
        if has_streams {
            assert!(text.contains("<stream:"), "the literal prefix that clients look for: {text}");
        }
        Answer { after: response.after, response, text, body }
    }

    /// An attribute.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.find("", name)
    }

    /// An attribute of XEP-0206.
    pub fn xbosh(&self, name: &str) -> Option<&str> {
        self.find(XBOSH, name)
    }

    fn find(&self, namespace: &str, name: &str) -> Option<&str> {
        let mut all = self.body.attrs().iter();
        all.find(|((of, known), _)| of.as_str() == namespace && known.as_str() == name).map(|(_, value)| &**value)
    }

    /// An attribute that is a number.
    #[track_caller]
    pub fn number(&self, name: &str) -> u64 {
        let value = self.attr(name).unwrap_or_else(|| panic!("no {name}: {}", self.text));
        value.parse().unwrap_or_else(|_| panic!("{name} is no number: {}", self.text))
    }

    /// The names of all attributes, without prefixes.
    pub fn names(&self) -> Vec<String> {
        self.body.attrs().iter().map(|((_, name), _)| name.to_string()).collect()
    }

    /// What it carries.
    pub fn payloads(&self) -> Vec<&Element> {
        self.body.children().collect()
    }

    /// The texts of the messages that it carries.
    pub fn messages(&self) -> Vec<String> {
        self.body.children().filter_map(text_of).collect()
    }

    /// The features that it carries.
    pub fn features(&self) -> Option<&Element> {
        self.body.get_child("features", STREAMS)
    }

    /// Whether it ends the session.
    pub fn is_terminate(&self) -> bool {
        self.attr("type") == Some("terminate")
    }

    /// The session goes on.
    #[track_caller]
    pub fn must_go_on(&self) {
        assert_eq!((self.attr("type"), self.attr("condition")), (None, None), "{}", self.text);
    }

    /// The session goes on, and there is nothing to tell.
    #[track_caller]
    pub fn must_be_empty(&self) {
        self.must_go_on();
        assert!(self.payloads().is_empty(), "{}", self.text);
    }

    /// The session is over for this reason, and there is nothing else to tell.
    #[track_caller]
    pub fn must_end_with(&self, condition: &str) {
        assert_eq!((self.attr("type"), self.attr("condition")), (Some("terminate"), Some(condition)), "{}", self.text);
        assert!(self.payloads().is_empty(), "{}", self.text);
    }

    /// The request is to be repeated, and the session goes on (XEP-0124 §17.3).
    #[track_caller]
    pub fn must_be_recoverable(&self) {
        assert_eq!((self.attr("type"), self.attr("condition")), (Some("error"), None), "{}", self.text);
        assert!(self.payloads().is_empty(), "{}", self.text);
    }
}

/// The text of a message.
pub fn text_of(element: &Element) -> Option<String> {
    element.get_child("body", CLIENT).filter(|_| element.is("message", CLIENT)).map(Element::text)
}
