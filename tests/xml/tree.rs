//! What a document says, as a list of events that two parsers can be compared by.

use rxml::{Event, Parse, Parser, error::EndOrError};
use serde_json::{Value, json};

/// What rxml, the parser above the guard, reads. Names are `namespace\x01local`, as expat writes them.
pub fn by_rxml(document: &[u8]) -> Option<Value> {
    let mut parser = Parser::default();
    let mut events: Vec<Value> = Vec::new();
    let mut text = String::new();
    let mut pieces: Vec<&[u8]> = document.chunks(4096).collect();
    pieces.push(b"");
    let last = pieces.len() - 1;
    for (at, mut piece) in pieces.into_iter().enumerate() {
        loop {
            let event = match parser.parse(&mut piece, at == last) {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(EndOrError::NeedMoreData) => break,
                Err(EndOrError::Error(_)) => return None,
            };
            if let Event::Text(_, more) = &event {
                text.push_str(more);
                continue;
            }
            if !text.is_empty() {
                events.push(json!(["T", std::mem::take(&mut text)]));
            }
            match event {
                Event::StartElement(_, (namespace, name), attributes) => {
                    let mut list: Vec<(String, String)> = attributes
                        .into_iter()
                        .map(|((namespace, name), value)| (expanded(namespace.as_str(), &name), value))
                        .collect();
                    list.sort();
                    events.push(json!(["S", expanded(namespace.as_str(), &name), list]));
                }
                Event::EndElement(_) => events.push(json!(["E"])),
                _ => (),
            }
        }
    }
    Some(Value::Array(events))
}

fn expanded(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}\u{1}{name}") }
}

/// How many children the root has.
pub fn children(tree: &Value) -> usize {
    let mut depth = 0;
    let mut children = 0;
    for event in tree.as_array().unwrap() {
        match event[0].as_str().unwrap() {
            "S" => {
                children += usize::from(depth == 1);
                depth += 1;
            }
            "E" => depth -= 1,
            _ => (),
        }
    }
    children
}
