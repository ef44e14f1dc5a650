//! A server that knows one dialogue by heart, and fails on any other word.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Mutex;

use minidom::Element;

use crate::xmpp::{Ask, AskError, Kind, Request};

type Answer = Result<Option<Element>, AskError>;

/// A dialogue: what must be asked, in order, and what is answered.
#[derive(Default)]
pub struct Script {
    lines: Mutex<VecDeque<(String, Vec<String>, Answer)>>,
    asked: Mutex<Vec<(String, Element)>>,
}

impl Script {
    pub fn new() -> Self {
        Script::default()
    }

    /// `head` is `get` or `set` and the address; `parts` must all occur in the payload; `answer` is XML or nothing.
    pub fn line(self, head: &str, parts: &[&str], answer: &str) -> Self {
        let answer = (!answer.is_empty()).then(|| answer.parse().expect(answer));
        self.push(head, parts, Ok(answer))
    }

    /// The same with a refusal: a condition, or a condition and an application-specific one.
    pub fn refusal(self, head: &str, parts: &[&str], conditions: &str) -> Self {
        let (condition, specific) = match conditions.split_once(' ') {
            Some((condition, specific)) => (condition, Some(specific.to_owned())),
            None => (conditions, None),
        };
        self.push(head, parts, Err(AskError::Stanza { condition: condition.to_owned(), specific, text: None }))
    }

    /// The same with no answer at all.
    pub fn failure(self, head: &str, parts: &[&str], error: AskError) -> Self {
        self.push(head, parts, Err(error))
    }

    /// The same with whatever came, an answer or a refusal.
    pub fn push(self, head: &str, parts: &[&str], answer: Answer) -> Self {
        let parts = parts.iter().map(|part| (*part).to_owned()).collect();
        self.lines.lock().unwrap().push_back((head.to_owned(), parts, answer));
        self
    }

    /// The dialogue must be over. Gives back what was asked.
    pub fn end(self) -> Vec<(String, Element)> {
        let left = self.lines.into_inner().unwrap();
        assert!(left.is_empty(), "never asked: {:?}", left.iter().map(|line| (&line.0, &line.1)).collect::<Vec<_>>());
        self.asked.into_inner().unwrap()
    }
}

impl Ask for Script {
    fn ask(&self, request: Request) -> impl Future<Output = Answer> + Send {
        let kind = if request.kind == Kind::Get { "get" } else { "set" };
        let asked = format!("{kind} {}", request.to.expect("every request is addressed"));
        let xml = String::from(&request.payload).replace('\'', "\"");
        let line = self.lines.lock().unwrap().pop_front();
        let (head, parts, answer) = line.unwrap_or_else(|| panic!("not in the script: {asked}: {xml}"));
        assert_eq!(asked, head, "{xml}\nexpected {parts:?}");
        for part in &parts {
            assert!(xml.contains(&part.replace('\'', "\"")), "no {part} in {xml}");
        }
        self.asked.lock().unwrap().push((asked, request.payload));
        std::future::ready(answer)
    }
}

/// The configuration form of a node.
pub fn form(fields: &[(&str, &str)]) -> String {
    let field = |(var, value): &(&str, &str)| format!("<field var='pubsub#{var}'><value>{value}</value></field>");
    format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure><x xmlns='jabber:x:data' type='form'>{}</x></configure></pubsub>",
        fields.iter().map(field).collect::<String>()
    )
}

/// The answer to a request for items.
pub fn items(items: &[&str]) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='x'>{}</items></pubsub>", items.concat())
}

/// An item of a few words.
pub fn item(id: &str, attributes: &str, day: u32, author: &str) -> String {
    format!(
        "<item id='{id}' {attributes}><entry xmlns='http://www.w3.org/2005/Atom'><title>{id}</title><author><uri>xmpp:{author}</uri></author>\
         <published>2026-01-{day:02}T00:00:00Z</published><updated>2026-01-{day:02}T00:00:00Z</updated></entry></item>"
    )
}
