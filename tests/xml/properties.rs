//! Properties on random trees and on random bytes.

use cirrus::xml::writer::{escape_attribute, escape_text, is_xml_char};
use cirrus::xml::{Limits, document};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{property, seeds, tree};

#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Element { prefix: usize, name: String, values: Vec<(usize, String, String)>, children: Vec<Node> },
}

const NAMESPACES: [&str; 4] = ["", "u:1", "u:2", "a & b < 'c' \"d\"\t\n"];

fn nodes() -> impl Strategy<Value = Node> {
    let text = any::<String>().prop_map(|text| text.chars().filter(|&c| is_xml_char(c)).collect::<String>());
    let value = (0..4usize, "[a-z]{1,3}", text.clone());
    let leaf = text.prop_map(Node::Text);
    leaf.prop_recursive(6, 60, 5, move |inner| {
        let values = proptest::collection::vec(value.clone(), 0..4);
        (0..4usize, "[a-zé][a-z0-9.-]{0,4}", values, proptest::collection::vec(inner, 0..5))
            .prop_map(|(prefix, name, values, children)| Node::Element { prefix, name, values, children })
    })
}

fn expanded(prefix: usize, name: &str) -> String {
    if prefix == 0 { name.to_owned() } else { format!("{}\u{1}{name}", NAMESPACES[prefix]) }
}

fn qualified(prefix: usize, name: &str) -> String {
    if prefix == 0 { name.to_owned() } else { format!("p{prefix}:{name}") }
}

/// Writes a node and says what must be read of it.
fn write(node: &Node, out: &mut String, events: &mut Vec<Value>) {
    match node {
        Node::Text(text) => {
            escape_text(text, out);
            if text.is_empty() {
                return;
            }
            if let Some(Value::Array(last)) = events.last_mut().filter(|last| last[0] == "T") {
                last[1] = json!(last[1].as_str().unwrap().to_owned() + text);
            } else {
                events.push(json!(["T", text]));
            }
        }
        Node::Element { prefix, name, values, children } => {
            let tag = qualified(*prefix, name);
            let mut seen: Vec<(String, &str)> = Vec::new();
            *out += &format!("<{tag}");
            for (prefix, name, value) in values {
                if !seen.iter().any(|(other, _)| *other == expanded(*prefix, name)) {
                    seen.push((expanded(*prefix, name), value));
                    *out += &format!(" {}='", qualified(*prefix, name));
                    escape_attribute(value, out);
                    out.push('\'');
                }
            }
            out.push('>');
            seen.sort();
            events.push(json!(["S", expanded(*prefix, name), seen]));
            children.iter().for_each(|child| write(child, out, events));
            events.push(json!(["E"]));
            *out += &format!("</{tag}>");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_comes_out_as_it_went_in(node in nodes()) {
        let mut declarations = String::new();
        for (prefix, namespace) in NAMESPACES.iter().enumerate().skip(1) {
            declarations += &format!(" xmlns:p{prefix}='");
            escape_attribute(namespace, &mut declarations);
            declarations.push('\'');
        }
        let mut text = format!("<root{declarations}>");
        let mut events = vec![json!(["S", "root", []])];
        write(&node, &mut text, &mut events);
        text += "</root>";
        events.push(json!(["E"]));
        let clean = document::check(&text, Limits::default()).unwrap();
        prop_assert_eq!(tree::by_rxml(clean.as_bytes()), Some(Value::Array(events)));
    }

    #[test]
    fn any_text_in_a_form_makes_one_stanza(texts in proptest::collection::vec(any::<String>(), 3)) {
        let mut stanza = "<message to='".to_owned();
        escape_attribute(&texts[0], &mut stanza);
        stanza += "'><subject>";
        escape_text(&texts[1], &mut stanza);
        stanza += "</subject><body>";
        escape_text(&texts[2], &mut stanza);
        stanza += "</body></message>";
        let clean = document::check(&stanza, Limits { value_bytes: 1 << 20, ..Limits::default() }).unwrap();
        let tree = tree::by_rxml(clean.as_bytes()).unwrap();
        prop_assert_eq!(tree::children(&tree), 2);
        let elements = tree.as_array().unwrap().iter().filter(|event| event[0] == "S").count();
        prop_assert_eq!(elements, 3);
    }

    #[test]
    fn bytes_break_no_promise(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        property::check(&bytes);
    }
}

#[test]
fn mutations_break_no_promise() {
    for number in 0..3_000 {
        for choice in [0, 1, 2, 3, 14, 15, 254, 255] {
            property::check_in(choice, &seeds::mutation(1_000_000 + number));
        }
    }
}
